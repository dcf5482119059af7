//! Codes and tokens of Instagram Login.

use serde_json::{Value, json};

use crate::call::Call;
use crate::graph::error::Refusal;
use crate::oauth::credentials;
use crate::reply::Reply;
use crate::secret::same;
use crate::tokens::{Bearer, LONG, REFRESHABLE, Token};
use crate::world::World;
use crate::world::settings::{EarlyRefresh, TokenShape};

/// `POST api.instagram.com/oauth/access_token`: a code becomes a token that lives an hour.
pub(crate) fn redeem(world: &mut World, call: &Call) -> Reply {
    match token(world, call) {
        Ok(told) => Reply::graph(200, &told),
        Err(sentence) => {
            let told = json!({"error_type": "OAuthException", "code": 400, "error_message": sentence});
            Reply::graph(400, &told)
        }
    }
}

fn token(world: &mut World, call: &Call) -> Result<Value, String> {
    if call.method != http::Method::POST {
        return Err("You must use POST to exchange a code".to_owned());
    }
    let (id, secret) = credentials(call);
    let id = id.ok_or("You must provide a client_id")?;
    let app = world.instagram_app(&id).ok_or("Invalid platform app")?;
    if app.blocked {
        return Err("API access blocked.".to_owned());
    }
    let product = app.instagram.clone().ok_or("Invalid platform app")?;
    let secret = secret.ok_or("You must provide a client_secret")?;
    if !same(&secret, &product.secret) {
        return Err("Error validating client secret".to_owned());
    }
    if call.text("grant_type").as_deref() != Some("authorization_code") {
        return Err("You must include a valid grant_type".to_owned());
    }
    let text = call.text("code").ok_or("You must provide a code")?;
    // The browser's address ends in a fragment that clients sometimes take along.
    let text = text.trim_end_matches("#_");
    let now = world.now();
    let code = world.codes.get_mut(text).filter(|code| code.app == id).ok_or("Invalid authorization code")?;
    if code.used {
        return Err("This authorization code has been used".to_owned());
    }
    if code.expires <= now {
        return Err("This authorization code has expired".to_owned());
    }
    if call.text("redirect_uri").as_deref() != Some(code.redirect_uri.as_str()) {
        return Err("Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request".to_owned());
    }
    code.used = true;
    let account = code.person.clone();
    let token = world.instagram_token(&account, &id, false).ok_or("The account has not authorized the application")?;
    let permissions: Vec<String> = world.grant(&account, &id).map(granted).unwrap_or_default();
    Ok(match world.quirks.ig_token_shape {
        TokenShape::Flat => json!({"access_token": token.value, "user_id": account, "permissions": permissions}),
        TokenShape::Data => {
            json!({"data": [{"access_token": token.value, "user_id": account, "permissions": permissions.join(",")}]})
        }
    })
}

fn granted(grant: &crate::tokens::Grant) -> Vec<String> {
    grant.permissions.iter().filter(|(_, granted)| **granted).map(|(name, _)| name.clone()).collect()
}

/// `GET graph.instagram.com/access_token`: an hour's token becomes one of sixty days.
pub(super) fn exchange(world: &mut World, call: &Call) -> Result<Value, Refusal> {
    let token = held(world, call, "ig_exchange_token")?;
    let product = world.instagram_app(&token.app).and_then(|app| app.instagram.clone());
    let (_, secret) = credentials(call);
    let known = product.zip(secret).is_some_and(|(product, secret)| same(&secret, &product.secret));
    if !known {
        return Err(Refusal::new(1, "Error validating client secret.").status(400));
    }
    if token.long {
        return Err(Refusal::parameter("The token is already long-lived"));
    }
    let long = world.instagram_token(&token.person, &token.app, true).ok_or_else(gone)?;
    Ok(told(&long))
}

/// `GET graph.instagram.com/refresh_access_token`: sixty days from now, once the token is a day old.
pub(super) fn refresh(world: &mut World, call: &Call) -> Result<Value, Refusal> {
    let token = held(world, call, "ig_refresh_token")?;
    if !token.long {
        return Err(Refusal::parameter("Only a long-lived token can be refreshed"));
    }
    let now = world.now();
    let early = now - token.issued < REFRESHABLE;
    if early && world.quirks.early_refresh == EarlyRefresh::Refused {
        return Err(Refusal::parameter("The token is less than 24 hours old"));
    }
    let fresh = world.instagram_token(&token.person, &token.app, true).ok_or_else(gone)?;
    Ok(told(&fresh))
}

fn held(world: &World, call: &Call, grant: &str) -> Result<Token, Refusal> {
    if call.method != http::Method::GET {
        return Err(Refusal::new(100, "Unsupported post request.").kind("IGApiException"));
    }
    if call.text("grant_type").as_deref() != Some(grant) {
        return Err(Refusal::parameter(&format!("Param grant_type must be {grant}")));
    }
    let text = call.token.as_deref().unwrap_or_default();
    match world.bearer(text)? {
        Bearer::Instagram(token) if world.app_behind(&token.app).is_some_and(|app| app.blocked) => Err(Refusal::blocked()),
        Bearer::Instagram(token) => Ok(token),
        _ => Err(Refusal::token(None, "Invalid OAuth access token - Cannot parse access token")),
    }
}

fn gone() -> Refusal {
    Refusal::token(Some(458), "Error validating access token: The account has not authorized the application.")
}

fn told(token: &Token) -> Value {
    json!({"access_token": token.value, "token_type": "bearer", "expires_in": LONG.num_seconds()})
}
