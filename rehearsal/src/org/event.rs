//! The system log: a little history that the seed makes, then every change (okta-api.md,
//! «Operations», system log).

use serde_json::{Value, json};

use super::ids::stir;
use super::plan::Plan;
use crate::clock::iso;

/// Sign-ins of the week before the org was made.
pub(crate) const HISTORY: u64 = 60;
const EVERY: u64 = 9_000_000;

fn uuid(plan: &Plan, number: u64) -> String {
    let (high, low) = (stir(plan.seed ^ number.rotate_left(20)), stir(number ^ plan.seed.rotate_left(40)));
    let rest = format!("{low:016x}");
    format!("{:08x}-{:04x}-4{:03x}-a{}-{}", high >> 32, high >> 16 & 0xffff, high & 0xfff, &rest[1..4], &rest[4..16])
}

/// Who did something to whom.
pub(crate) struct Deed<'a> {
    pub event: &'a str,
    pub message: &'a str,
    pub actor: Value,
    pub targets: Vec<Value>,
    /// Epoch milliseconds.
    pub published: u64,
    pub request: &'a str,
}

pub(crate) fn event(plan: &Plan, number: u64, deed: &Deed<'_>) -> Value {
    json!({
        "uuid": uuid(plan, number),
        "published": iso(deed.published),
        "eventType": deed.event,
        "version": "0",
        "severity": "INFO",
        "displayMessage": deed.message,
        "legacyEventType": null,
        "actor": deed.actor,
        "client": {"ipAddress": "203.0.113.9", "userAgent": {"rawUserAgent": "rehearsal"}, "zone": "null"},
        "outcome": {"result": "SUCCESS", "reason": null},
        "target": deed.targets,
        "transaction": {"type": "WEB", "id": deed.request, "detail": {}},
        "debugContext": {"debugData": {}},
        "authenticationContext": {"externalSessionId": "unknown", "authenticationStep": 0},
        "securityContext": {},
        "request": {"ipChain": []},
    })
}

/// A sign-in that the seed makes; the first is the oldest.
pub(crate) fn history(plan: &Plan, number: u64) -> Value {
    let user = plan.ids.chance("sign-in", number) % plan.users.max(1);
    let (first, last, _) = plan.people.name(user);
    let actor = json!({
        "id": plan.user_id(user), "type": "User", "alternateId": plan.people.login(user),
        "displayName": format!("{first} {last}"),
    });
    let published = plan.started.saturating_sub((HISTORY - number) * EVERY);
    let deed = Deed {
        event: "user.session.start",
        message: "User login to Okta",
        actor,
        targets: Vec::new(),
        published,
        request: "history",
    };
    event(plan, number, &deed)
}
