//! Rules that fill groups. They are kept, not carried out: members are what the seed and the
//! client have made of them.

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use crate::clock::iso;
use crate::org::ids::Kind;
use crate::org::{Org, Target};
use crate::server::Answer;

/// Okta's description: 1 to 200, 50 by default.
const MOST: u64 = 200;
const DEFAULT: u64 = 50;

pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let limit = call.limit(DEFAULT, MOST)?;
    let after = page::after(org, call)?;
    let search = call.parameter("search").unwrap_or_default().to_lowercase();
    let all = org.rules.all(org.plan()).map(|(_, rule)| rule);
    let all = all.filter(|rule| rule["name"].as_str().unwrap_or_default().to_lowercase().contains(&search)).collect();
    page::answer(org, call, Page::of(all, after, limit), limit)
}

/// A new rule is INACTIVE until somebody activates it.
pub(super) fn create(org: &mut Org, call: &Call<'_>) -> Outcome {
    let name = call.body["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        return Err(Refusal::invalid("name", &["name: The field cannot be left blank".to_owned()]));
    }
    let (number, now) = (org.rules.next(), iso(org.now()));
    let rule = json!({
        "id": org.plan().ids.of(Kind::Rule, "0pr", number), "type": "group_rule", "status": "INACTIVE", "name": name,
        "created": now, "lastUpdated": now, "conditions": call.body["conditions"], "actions": call.body["actions"],
    });
    org.rules.put(number, rule.clone());
    org.note("group.rule.create", "Create group rule", &Target::object("GroupRule", &rule), Value::Null, rule.clone());
    Ok(Answer::json(200, &rule))
}
