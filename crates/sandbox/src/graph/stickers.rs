//! The sticker catalogue, which an app reads with its own token.

use serde_json::{Value, json};

use super::error::Refusal;
use crate::call::Call;
use crate::clock::stamp;
use crate::tokens::Bearer;
use crate::world::World;

const PACK: &str = "227877430692340";
const STICKERS: [(u64, &str); 3] =
    [(369_239_263_222_822, "thumbs up"), (369_239_343_222_814, "bigger thumbs up"), (369_239_383_222_810, "biggest thumbs up")];

/// `/sticker_packs`, `/sticker_packs/{id}/stickers` and `/sticker_search`.
pub(super) fn answer(world: &World, call: &Call, bearer: &Bearer, path: &[&str]) -> Result<Value, Refusal> {
    if !matches!(bearer, Bearer::App(_)) {
        return Err(Refusal::new(15, "(#15) This method must be called with an app access_token."));
    }
    match path {
        ["sticker_packs"] => Ok(json!({"data": [{"id": PACK, "name": "Thumbs", "updated_time": stamp(world.now())}]})),
        ["sticker_packs", PACK, "stickers"] => Ok(json!({"data": STICKERS.iter().map(sticker).collect::<Vec<_>>()})),
        ["sticker_search"] => {
            let query = call.text("q").unwrap_or_default().to_lowercase();
            let found = STICKERS.iter().filter(|(_, name)| name.contains(&query));
            Ok(json!({"data": found.map(sticker).collect::<Vec<_>>()}))
        }
        _ => Err(Refusal::missing(call.method.as_str(), path.get(1).copied().unwrap_or_default())),
    }
}

fn sticker((id, name): &(u64, &str)) -> Value {
    json!({"id": id.to_string(), "label": name, "url": format!("https://scontent.xx.fbcdn.net/sticker/{id}.png")})
}
