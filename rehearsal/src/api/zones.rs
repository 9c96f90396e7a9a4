//! Network zones (okta-api.md, «Operations»): PUT replaces the whole zone and keeps its type.

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use super::scim::{self, Operator};
use super::user_list::invalid_search;
use crate::clock::iso;
use crate::org::ids::Kind;
use crate::org::{Org, Target};
use crate::server::Answer;

/// Twenty a page, whatever the reference says (okta-api.md, «Pagination»).
const PAGE: u64 = 20;
const MOST: u64 = 200;

fn linked(org: &Org, mut zone: Value) -> Value {
    let own = format!("{}/api/v1/zones/{}", org.origin, zone["id"].as_str().unwrap_or_default());
    let mut links = json!({"self": {"href": own, "hints": {"allow": ["GET", "PUT", "DELETE"]}}});
    let step = if zone["status"] == "ACTIVE" { "deactivate" } else { "activate" };
    links[step] = json!({"href": format!("{own}/lifecycle/{step}"), "hints": {"allow": ["POST"]}});
    zone["_links"] = links;
    zone
}

pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let limit = call.limit(PAGE, MOST)?;
    let after = page::after(org, call)?;
    let filter = match call.parameter("filter") {
        None => None,
        Some(text) => Some(scim::parse(text).map_err(|why| invalid_search(&why))?),
    };
    let allowed =
        |path: &str, operator: Operator| ["id", "usage", "system", "name"].contains(&path) && operator == Operator::Eq;
    if let Some((path, operator)) = filter.as_ref().and_then(|filter| filter.refused(&allowed)) {
        return Err(invalid_search(&format!("{path} cannot be compared by {operator:?} here")));
    }
    let value = |zone: &Value, path: &str| match &zone[path] {
        Value::String(text) => vec![text.clone()],
        Value::Null => vec![],
        other => vec![other.to_string()],
    };
    let all = org.zones.all(org.plan()).map(|(_, zone)| zone);
    let all = all.filter(|zone| filter.as_ref().is_none_or(|filter| filter.fits(&|path| value(zone, path))));
    let all = all.map(|zone| linked(org, zone)).collect();
    page::answer(org, call, Page::of(all, after, limit), limit)
}

fn find(org: &Org, call: &Call<'_>) -> Result<(u64, Value), Refusal> {
    let id = call.argument(0);
    let number = org.plan().ids.number(Kind::Zone, "nzo", id);
    let found = number.and_then(|number| Some((number, org.zones.get(org.plan(), number)?)));
    found.ok_or_else(|| Refusal::not_found(id, "NetworkZone"))
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (_, zone) = find(org, call)?;
    Ok(Answer::json(200, &linked(org, zone)))
}

/// Limits of the addresses (okta-api.md, «Operations», network zones). For zones without
/// addresses there is nothing to check.
fn check(zone: &Value, is_system: bool) -> Result<(), Refusal> {
    let invalid = |field: &str, cause: String| Err(Refusal::invalid(field, &[cause]));
    if zone["name"].as_str().is_none_or(str::is_empty) {
        return invalid("name", "name: The field cannot be left blank".to_owned());
    }
    if zone["type"] != "IP" {
        return Ok(());
    }
    let count = |name: &str| zone[name].as_array().map_or(0, Vec::len);
    let most = match (is_system, zone["usage"].as_str()) {
        (true, _) => 5000,
        (_, Some("BLOCKLIST")) => 1000,
        _ => 150,
    };
    if count("gateways") + count("proxies") == 0 {
        return invalid("gateways", "gateways: a zone needs at least one address".to_owned());
    }
    if count("gateways") > most {
        return invalid("gateways", format!("gateways: a zone like this has at most {most} addresses"));
    }
    for address in zone["gateways"].as_array().into_iter().flatten() {
        let text = address["value"].as_str().unwrap_or_default();
        if !is_address(address["type"].as_str().unwrap_or_default(), text) {
            return invalid("gateways", format!("gateways: {text:?} is not an address of its type"));
        }
    }
    Ok(())
}

fn is_address(kind: &str, text: &str) -> bool {
    let is_ip = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    match kind {
        "CIDR" => {
            text.split_once('/').is_some_and(|(ip, bits)| is_ip(ip) && bits.parse::<u8>().is_ok_and(|bits| bits <= 128))
        }
        "RANGE" => text.split_once('-').is_some_and(|(from, to)| is_ip(from) && is_ip(to)),
        _ => false,
    }
}

pub(super) fn create(org: &mut Org, call: &Call<'_>) -> Outcome {
    let mut zone = call.body.clone();
    check(&zone, false)?;
    let taken = org.zones.all(org.plan()).any(|(_, other)| other["name"] == zone["name"]);
    if taken {
        let cause = "name: An object with this field already exists in the current organization".to_owned();
        return Err(Refusal::invalid("name", &[cause]));
    }
    let (number, now) = (org.zones.next(), iso(org.now()));
    zone["id"] = json!(org.plan().ids.of(Kind::Zone, "nzo", number));
    (zone["created"], zone["lastUpdated"]) = (json!(now), json!(now));
    (zone["status"], zone["system"]) = (json!("ACTIVE"), json!(false));
    if zone["usage"].is_null() {
        zone["usage"] = json!("POLICY");
    }
    org.zones.put(number, zone.clone());
    org.note("zone.create", "Create network zone", &Target::object("NetworkZone", &zone), Value::Null, zone.clone());
    Ok(Answer::json(200, &linked(org, zone)))
}

/// The object comes back as it was read, `system` included (a system zone without it is refused).
pub(super) fn replace(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (number, old) = find(org, call)?;
    let mut zone = call.body.clone();
    let is_system = old["system"] == true;
    if zone["type"] != old["type"] {
        return Err(Refusal::invalid("type", &["type: The type of a zone cannot be changed".to_owned()]));
    }
    if is_system && zone["system"] != true {
        let cause = "system: a system zone has to be sent back as one".to_owned();
        return Err(Refusal::invalid("system", &[cause]));
    }
    check(&zone, is_system)?;
    for name in ["id", "created", "system", "status"] {
        if name != "status" || zone[name].is_null() {
            zone[name] = old[name].clone();
        }
    }
    zone["lastUpdated"] = json!(iso(org.now()));
    if let Some(members) = zone.as_object_mut() {
        members.remove("_links");
    }
    org.zones.put(number, zone.clone());
    org.note("zone.update", "Update network zone", &Target::object("NetworkZone", &zone), old, zone.clone());
    Ok(Answer::json(200, &linked(org, zone)))
}

pub(super) fn delete(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (number, zone) = find(org, call)?;
    if zone["system"] == true {
        return Err(Refusal::unknown("deleting a system zone"));
    }
    org.zones.remove(number);
    org.note("zone.delete", "Delete network zone", &Target::object("NetworkZone", &zone), zone.clone(), Value::Null);
    Ok(Answer::new(204, ""))
}

fn set_status(org: &mut Org, call: &Call<'_>, to: &str, event: &str) -> Outcome {
    let (number, mut zone) = find(org, call)?;
    let before = json!({"status": zone["status"]});
    zone["status"] = json!(to);
    zone["lastUpdated"] = json!(iso(org.now()));
    org.zones.put(number, zone.clone());
    let target = Target::object("NetworkZone", &zone);
    org.note(event, "Change the status of a network zone", &target, before, json!({"status": to}));
    Ok(Answer::json(200, &linked(org, zone)))
}

pub(super) fn activate(org: &mut Org, call: &Call<'_>) -> Outcome {
    set_status(org, call, "ACTIVE", "zone.activate")
}

pub(super) fn deactivate(org: &mut Org, call: &Call<'_>) -> Outcome {
    set_status(org, call, "INACTIVE", "zone.deactivate")
}
