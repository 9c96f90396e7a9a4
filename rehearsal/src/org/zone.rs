//! Network zones: the system's and some of the company's own (okta-api.md, «Operations», network zones).

use serde_json::{Value, json};

use super::ids::Kind;
use super::people::PLACES;
use super::plan::Plan;
use crate::clock::iso;

pub(crate) const SEEDED: u64 = 4 + PLACES.len() as u64;

pub(crate) fn id(plan: &Plan, number: u64) -> String {
    plan.ids.of(Kind::Zone, "nzo", number)
}

pub(crate) fn seeded(plan: &Plan, number: u64) -> Value {
    let (name, kind, usage, system) = match number {
        0 => ("LegacyIpZone".to_owned(), "IP", "POLICY", true),
        1 => ("BlockedIpZone".to_owned(), "IP", "BLOCKLIST", true),
        2 => ("DefaultExemptIpZone".to_owned(), "IP", "POLICY", true),
        3 => ("DefaultEnhancedDynamicZone".to_owned(), "DYNAMIC_V2", "BLOCKLIST", true),
        _ => (format!("Office {}", PLACES[(number - 4) as usize % PLACES.len()].0), "IP", "POLICY", false),
    };
    let created = iso(plan.moment("zone", number, 1_514_764_800_000, 1_748_736_000_000));
    let mut zone = json!({
        "id": id(plan, number), "name": name, "type": kind, "status": "ACTIVE", "usage": usage, "system": system,
        "created": created, "lastUpdated": created,
    });
    match (kind, number) {
        ("DYNAMIC_V2", _) => {
            zone["asns"] = json!({"include": [], "exclude": []});
            zone["locations"] = json!({"include": [], "exclude": []});
            zone["ipServiceCategories"] = json!({"include": ["ALL_ANONYMIZERS"], "exclude": []});
        }
        (_, 0..=2) => {
            zone["gateways"] = json!([{"type": "CIDR", "value": format!("198.51.100.{}/32", number + 1)}]);
            zone["proxies"] = Value::Null;
        }
        _ => {
            zone["gateways"] = json!([{"type": "CIDR", "value": format!("203.0.113.{}/28", (number - 4) * 16 % 256)}]);
            zone["proxies"] = Value::Null;
        }
    }
    if number == 2 {
        zone["useAsExemptList"] = json!(true);
    }
    zone
}
