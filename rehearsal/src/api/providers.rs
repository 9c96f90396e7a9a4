//! Identity providers (okta-api.md, «Operations»).

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use crate::org::ids::Kind;
use crate::org::{Org, Target};
use crate::server::Answer;

/// okta-api.md, «Pagination».
const MOST: u64 = 200;
const DEFAULT: u64 = 20;

fn linked(org: &Org, mut provider: Value) -> Value {
    let own = format!("{}/api/v1/idps/{}", org.origin, provider["id"].as_str().unwrap_or_default());
    provider["_links"] = json!({
        "self": {"href": own, "hints": {"allow": ["GET", "PUT", "DELETE"]}},
        "users": {"href": format!("{own}/users"), "hints": {"allow": ["GET"]}},
        "deactivate": {"href": format!("{own}/lifecycle/deactivate"), "hints": {"allow": ["POST"]}},
    });
    provider
}

/// `q`: the name holds it.
pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let limit = call.limit(DEFAULT, MOST)?;
    let after = page::after(org, call)?;
    let q = call.parameter("q").unwrap_or_default().to_lowercase();
    let kind = call.parameter("type");
    let all = org.providers.all(org.plan()).map(|(_, provider)| provider);
    let all = all.filter(|provider| provider["name"].as_str().unwrap_or_default().to_lowercase().contains(&q));
    let all = all.filter(|provider| kind.is_none_or(|kind| provider["type"] == kind));
    let all = all.map(|provider| linked(org, provider)).collect();
    page::answer(org, call, Page::of(all, after, limit), limit)
}

fn find(org: &Org, call: &Call<'_>) -> Result<(u64, Value), Refusal> {
    let id = call.argument(0);
    let number = org.plan().ids.number(Kind::Provider, "0oa", id);
    let found = number.and_then(|number| Some((number, org.providers.get(org.plan(), number)?)));
    found.ok_or_else(|| Refusal::not_found(id, "IdpAppInstance"))
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (_, provider) = find(org, call)?;
    Ok(Answer::json(200, &linked(org, provider)))
}

pub(super) fn delete(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (number, provider) = find(org, call)?;
    org.providers.remove(number);
    let before = json!({"status": provider["status"]});
    let target = Target::object("IdentityProvider", &provider);
    org.note("system.idp.lifecycle.delete", "Delete identity provider", &target, before, Value::Null);
    Ok(Answer::new(204, ""))
}
