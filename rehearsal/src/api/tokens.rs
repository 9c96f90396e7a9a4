//! API tokens (okta-api.md, «Operations»).

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use crate::org::ids::Kind;
use crate::org::{Org, Target};
use crate::server::Answer;

fn linked(org: &Org, mut token: Value) -> Value {
    let own = format!("{}/api/v1/api-tokens/{}", org.origin, token["id"].as_str().unwrap_or_default());
    token["_link"] = json!({"self": {"href": own, "hints": {"allow": ["GET", "PUT", "DELETE"]}}});
    token
}

pub(super) fn list(org: &mut Org, _: &Call<'_>) -> Outcome {
    let all: Vec<Value> = org.tokens.all(org.plan()).map(|(_, token)| linked(org, token)).collect();
    Ok(Answer::json(200, &all))
}

fn find(org: &Org, call: &Call<'_>) -> Result<(u64, Value), Refusal> {
    let id = call.argument(0);
    let number = match id {
        "current" => Some(0),
        id => org.plan().ids.number(Kind::ApiToken, "00T", id),
    };
    let found = number.and_then(|number| Some((number, org.tokens.get(org.plan(), number)?)));
    found.ok_or_else(|| Refusal::not_found(id, "ApiToken"))
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (_, token) = find(org, call)?;
    Ok(Answer::json(200, &linked(org, token)))
}

/// Revoking the one in use ends the caller's access: the next request is 401.
pub(super) fn revoke(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (number, token) = find(org, call)?;
    org.tokens.remove(number);
    if number == 0 {
        org.token = Some("00fake-token-that-nobody-has".to_owned());
    }
    let target = Target::object("Token", &token);
    org.note(
        "system.api_token.revoke",
        "Revoke API token",
        &target,
        json!({"revoked": false}),
        json!({"revoked": true}),
    );
    Ok(Answer::new(204, ""))
}
