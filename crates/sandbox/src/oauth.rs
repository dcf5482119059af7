//! `/oauth/access_token` and `/debug_token`.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::call::Call;
use crate::graph::error::Refusal;
use crate::secret::same;
use crate::tokens::{Bearer, Code, DATA_ACCESS, LONG, SHORT, Token, app_token};
use crate::world::World;
use crate::world::cast::{App, ConfiguredToken};
use crate::world::settings::DebugIds;
use crate::world::talk::Road;

/// `/oauth/access_token`: a code, a short token or the app's own secret becomes a token.
pub(crate) fn access_token(world: &mut World, call: &Call) -> Result<Value, Refusal> {
    let app = client(world, call)?;
    let (id, own) = (app.id.clone(), app_token(app));
    match call.text("grant_type").as_deref() {
        Some("client_credentials") => Ok(json!({"access_token": own, "token_type": "bearer"})),
        Some("fb_exchange_token") => exchange(world, call, &id),
        None | Some("authorization_code") => redeem(world, call, &id),
        Some(other) => Err(Refusal::parameter(&format!("Unknown grant_type '{other}'"))),
    }
}

/// The client's id and secret: parameters, or HTTP Basic.
pub(crate) fn credentials(call: &Call) -> (Option<String>, Option<String>) {
    let (basic_id, basic_secret) = call.basic.clone().unzip();
    (call.text("client_id").or(basic_id), call.text("client_secret").or(basic_secret))
}

fn client<'w>(world: &'w World, call: &Call) -> Result<&'w App, Refusal> {
    let (id, secret) = credentials(call);
    let id = id.ok_or_else(|| Refusal::new(101, "Missing client_id parameter."))?;
    let app = world
        .app(&id)
        .ok_or_else(|| Refusal::new(101, "Error validating application. Cannot get application info due to a system error."))?;
    let secret = secret.ok_or_else(|| Refusal::new(1, "Missing client_secret parameter.").status(400))?;
    if !same(&secret, &app.secret) {
        return Err(Refusal::new(1, "Error validating client secret.").status(400));
    }
    if app.blocked { Err(Refusal::blocked()) } else { Ok(app) }
}

fn redeem(world: &mut World, call: &Call, app: &str) -> Result<Value, Refusal> {
    let code = code(world, call, app)?;
    let expires_in = |life: chrono::TimeDelta| life.num_seconds();
    let configured = code.configuration.as_ref().and_then(|id| {
        let app = world.app(app)?;
        app.configurations.iter().find(|it| it.id == *id && it.token == ConfiguredToken::SystemUser).cloned()
    });
    if let Some(configuration) = configured {
        let business = world.business_behind(&code.person);
        let expires = configuration.expires.then(|| world.now() + LONG);
        let token = world.business_token(&code.person, app, &business, expires, None).ok_or_else(unauthorised)?;
        let mut told = json!({"access_token": token.value, "token_type": "bearer"});
        if configuration.expires {
            told["expires_in"] = json!(expires_in(LONG));
        }
        return Ok(told);
    }
    let token = world.user_token(&code.person, app, false, code.metadata).ok_or_else(unauthorised)?;
    Ok(json!({
        "access_token": token.value,
        "token_type": "bearer",
        "expires_in": expires_in(SHORT),
    }))
}

/// Takes a code that an app was sent, which works once.
fn code(world: &mut World, call: &Call, app: &str) -> Result<Code, Refusal> {
    let text = call.text("code").ok_or_else(|| Refusal::new(100, "Missing authorization code"))?;
    let now = world.now();
    let code =
        world.codes.get_mut(&text).filter(|code| code.app == app).ok_or_else(|| Refusal::new(100, "Invalid verification code format."))?;
    if code.used {
        return Err(Refusal::new(100, "This authorization code has been used.").sub(36_009));
    }
    if code.expires <= now {
        return Err(Refusal::new(100, "This authorization code has expired.").sub(36_007));
    }
    if call.text("redirect_uri").as_deref() != Some(code.redirect_uri.as_str()) {
        let sentence = "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request";
        return Err(Refusal::new(100, sentence).sub(36_008));
    }
    if !is_proved(code, call) {
        return Err(Refusal::new(100, "Invalid code_verifier parameter."));
    }
    code.used = true;
    Ok(code.clone())
}

/// Whether the caller holds the proof key that the login began with.
fn is_proved(code: &Code, call: &Call) -> bool {
    let Some((challenge, method)) = &code.challenge else { return true };
    let verifier = call.text("code_verifier").unwrap_or_default();
    let shown = if method == "S256" { URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) } else { verifier };
    same(&shown, challenge)
}

fn unauthorised() -> Refusal {
    Refusal::token(Some(458), "Error validating access token: The person has not authorized the application.")
}

fn exchange(world: &mut World, call: &Call, app: &str) -> Result<Value, Refusal> {
    let text = call.required("fb_exchange_token")?;
    let Bearer::User(short) = world.bearer(&text)? else {
        return Err(Refusal::parameter("fb_exchange_token must be a user access token"));
    };
    if short.app != app {
        return Err(Refusal::parameter("The token belongs to another app"));
    }
    if short.business.is_some() {
        return Ok(json!({"access_token": short.value, "token_type": "bearer"}));
    }
    let token = world.user_token(&short.person, app, true, short.metadata).ok_or_else(unauthorised)?;
    Ok(json!({
        "access_token": token.value,
        "token_type": "bearer",
        "expires_in": LONG.num_seconds(),
    }))
}

/// `/debug_token`: what a token is, asked by its app or somebody with a role on it.
pub(crate) fn debug_token(world: &World, call: &Call, bearer: &Bearer) -> Result<Value, Refusal> {
    let input = call.required("input_token")?;
    let own = bearer.app();
    let may = match bearer {
        Bearer::App(_) => true,
        Bearer::User(token) | Bearer::Page(token) | Bearer::Instagram(token) => {
            world.app(own).is_some_and(|app| app.roles.contains(&token.person))
        }
    };
    if !may {
        return Err(Refusal::parameter(
            "You must provide an app access token, or a user access token that is an owner or developer of the app",
        ));
    }
    if let Some((id, _)) = input.split_once('|') {
        return world
            .bearer(&input)
            .map_or_else(|_| Ok(invalid(None, "Invalid OAuth access token signature.")), |_| of_app(world, id, own));
    }
    let Some(token) = world.tokens.get(&input).filter(|token| token.road == Road::Facebook) else {
        return Ok(invalid(None, "The access token could not be decrypted"));
    };
    if token.app != own {
        return Err(mismatch());
    }
    Ok(json!({"data": described(world, token)}))
}

fn of_app(world: &World, id: &str, own: &str) -> Result<Value, Refusal> {
    if id != own {
        return Err(mismatch());
    }
    let name = world.app(id).map(|app| app.name.clone());
    Ok(json!({"data": {
        "app_id": id, "type": "APP", "application": name, "is_valid": true, "scopes": [],
    }}))
}

fn mismatch() -> Refusal {
    Refusal::parameter("The App_id in the input_token did not match the Viewing App")
}

fn invalid(subcode: Option<i64>, message: &str) -> Value {
    let mut error = json!({"code": 190, "message": message});
    if let Some(subcode) = subcode {
        error["subcode"] = json!(subcode);
    }
    json!({"data": {"error": error, "is_valid": false, "scopes": []}})
}

fn described(world: &World, token: &Token) -> Value {
    let grant = world.grant(&token.person, &token.app);
    let flaw = world.flaw(token);
    let scopes: Vec<&String> = grant
        .filter(|_| flaw.is_none())
        .map(|grant| grant.permissions.keys().filter(|name| world.has(token, name)).collect())
        .unwrap_or_default();
    let data_access = grant.filter(|_| token.business.is_none()).map_or(0, |grant| (grant.last_login + DATA_ACCESS).timestamp());
    let mut data = json!({
        "app_id": token.app,
        "type": match (&token.page, &token.business) {
            (Some(_), _) => "PAGE",
            (None, Some(_)) => "SYSTEM_USER",
            (None, None) => "USER",
        },
        "application": world.app(&token.app).map(|app| &app.name),
        "data_access_expires_at": data_access,
        "expires_at": token.expires.map_or(0, |expires| expires.timestamp()),
        "issued_at": token.issued.timestamp(),
        "is_valid": flaw.is_none(),
        "scopes": scopes,
        "granular_scopes": granular(world, token, &scopes),
        "user_id": token.person,
    });
    if let Some(page) = &token.page {
        data["profile_id"] = json!(page);
    }
    if !token.metadata.is_null() {
        data["metadata"] = token.metadata.clone();
    }
    if world.quirks.debug_token_ids == DebugIds::Number {
        for name in ["app_id", "user_id", "profile_id"] {
            if let Some(number) = data[name].as_str().and_then(|id| id.parse::<u64>().ok()) {
                data[name] = json!(number);
            }
        }
    }
    if let Some((subcode, sentence)) = flaw {
        data["error"] = json!({
            "code": 190,
            "message": format!("Error validating access token: {sentence}"),
            "subcode": subcode,
        });
    }
    data
}

/// A permission without `target_ids` holds for every asset, present and future.
fn granular(world: &World, token: &Token, scopes: &[&String]) -> Vec<Value> {
    let chosen = world.grant(&token.person, &token.app).and_then(|grant| grant.pages.as_ref());
    scopes
        .iter()
        .filter(|scope| scope.starts_with("pages_") || scope.starts_with("instagram_"))
        .map(|scope| {
            let mut entry = json!({"scope": scope});
            if let Some(chosen) = chosen {
                entry["target_ids"] = json!(targets(world, scope, chosen));
            }
            entry
        })
        .collect()
}

fn targets(world: &World, scope: &str, chosen: &BTreeSet<String>) -> Vec<String> {
    if !scope.starts_with("instagram_") {
        return chosen.iter().cloned().collect();
    }
    chosen.iter().filter_map(|page| world.linked_account(world.page(page)?)).map(|account| account.id.clone()).collect()
}
