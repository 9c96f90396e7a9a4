//! Devices (okta-api.md, «Operations»): Identity Engine only.

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use super::scim::{self, Operator};
use super::user_list::invalid_search;
use crate::clock::iso;
use crate::org::ids::Kind;
use crate::org::{Org, Target, User};
use crate::server::Answer;

/// okta-api.md, «Pagination».
const MOST: u64 = 200;

/// An org of the Classic Engine has no such path.
fn enabled(org: &Org) -> Result<(), Refusal> {
    match org.features.devices {
        true => Ok(()),
        false => Err(Refusal::new(404, "E0000007", "Not found: Resource not found: devices (Resource)")),
    }
}

fn device(org: &Org, user: &User) -> Option<Value> {
    let status = org.device_status(user)?;
    let id = org.plan().device_id(user.number);
    let own = format!("{}/api/v1/devices/{id}", org.origin);
    let serial = format!("SN{:012X}", org.plan().ids.chance("serial", user.number) >> 16);
    Some(json!({
        "id": id, "status": status, "resourceType": "UDDevice", "created": iso(user.created),
        "lastUpdated": iso(user.last_updated),
        "profile": {
            "displayName": format!("{}'s laptop", user.profile.text("firstName")), "platform": "MACOS",
            "serialNumber": serial, "registered": true, "secureHardwarePresent": true,
            "manufacturer": "Example", "model": "Laptop 14", "osVersion": "15.1",
        },
        "resourceId": id, "resourceDisplayName": {"value": format!("{}'s laptop", user.profile.text("firstName")), "sensitive": false},
        "resourceAlternateId": null,
        "_links": {
            "self": {"href": own, "hints": {"allow": ["GET", "DELETE"]}},
            "users": {"href": format!("{own}/users"), "hints": {"allow": ["GET"]}},
        },
    }))
}

/// `search` is SCIM with `co` for the profile's attributes.
pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    enabled(org)?;
    let limit = call.limit(MOST, MOST)?;
    let after = page::after(org, call)?;
    let search = match call.parameter("search") {
        None => None,
        Some(text) => Some(scim::parse(text).map_err(|why| invalid_search(&why))?),
    };
    let allowed = |path: &str, operator: Operator| {
        let known = path.starts_with("profile.") || ["id", "status", "lastUpdated"].contains(&path);
        known && !matches!(operator, Operator::Ne | Operator::Ew)
    };
    if let Some((path, operator)) = search.as_ref().and_then(|search| search.refused(&allowed)) {
        return Err(invalid_search(&format!("{path} cannot be compared by {operator:?} here")));
    }
    let value = |device: &Value, path: &str| -> Vec<String> {
        let found = path.split('.').fold(device, |value, name| &value[name]);
        match found {
            Value::String(text) => vec![text.clone()],
            Value::Null => vec![],
            other => vec![other.to_string()],
        }
    };
    let (mut items, mut next, mut last) = (Vec::new(), None, 0);
    for number in after.map_or(0, |last| last + 1)..org.users.next() {
        let Some(user) = org.user(number) else { continue };
        let Some(mut device) = device(org, &user) else { continue };
        if search.as_ref().is_some_and(|search| !search.fits(&|path| value(&device, path))) {
            continue;
        }
        if items.len() as u64 == limit {
            next = Some(last);
            break;
        }
        if call.parameter("expand") == Some("user") {
            device["_embedded"] = json!({"users": [owner(org, &user)]});
        }
        last = number;
        items.push(device);
    }
    page::answer(org, call, Page { items, next }, limit)
}

fn owner(org: &Org, user: &User) -> Value {
    json!({
        "created": iso(user.created), "managementStatus": "NOT_MANAGED", "screenLockType": "BIOMETRIC",
        "user": serde_json::to_value(user.listed(&org.origin)).expect("plain data"),
    })
}

fn find(org: &Org, call: &Call<'_>) -> Result<(User, Value), Refusal> {
    enabled(org)?;
    let id = call.argument(0);
    let user = org.plan().ids.number(Kind::Device, "guo", id).and_then(|number| org.user(number));
    let found = user.and_then(|user| Some((user.clone(), device(org, &user)?)));
    found.ok_or_else(|| Refusal::not_found(id, "Device"))
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    Ok(Answer::json(200, &find(org, call)?.1))
}

pub(super) fn users(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (user, _) = find(org, call)?;
    Ok(Answer::json(200, &[owner(org, &user)]))
}

/// Entries of a user's list: `{created,device,deviceUserId}`.
pub(super) fn of_user(org: &mut Org, call: &Call<'_>) -> Outcome {
    enabled(org)?;
    let user = call.user(org)?;
    let entries: Vec<Value> = device(org, &user)
        .into_iter()
        .map(|device| {
            let id = org.plan().ids.of(Kind::Enrollment, "dus", user.number);
            json!({"created": iso(user.created), "device": device, "deviceUserId": id})
        })
        .collect();
    Ok(Answer::json(200, &entries))
}

/// Steps that a device's status doesn't allow are refused as those of users are (?).
fn step(org: &mut Org, call: &Call<'_>, from: &[&str], to: &str, event: &str) -> Outcome {
    let (user, device) = find(org, call)?;
    let before = device["status"].as_str().unwrap_or_default().to_owned();
    if !from.contains(&before.as_str()) {
        return Err(Refusal::new(403, "E0000152", &format!("The device is {before}: the operation is not allowed")));
    }
    org.devices.insert(user.number, to.to_owned());
    let target = Target::object("UDDevice", &json!({"id": device["id"], "name": device["profile"]["displayName"]}));
    org.note(event, "Change the status of a device", &target, json!({"status": before}), json!({"status": to}));
    Ok(Answer::new(204, ""))
}

pub(super) fn suspend(org: &mut Org, call: &Call<'_>) -> Outcome {
    step(org, call, &["ACTIVE"], "SUSPENDED", "device.lifecycle.suspend")
}

pub(super) fn unsuspend(org: &mut Org, call: &Call<'_>) -> Outcome {
    step(org, call, &["SUSPENDED"], "ACTIVE", "device.lifecycle.unsuspend")
}

pub(super) fn activate(org: &mut Org, call: &Call<'_>) -> Outcome {
    step(org, call, &["CREATED", "DEACTIVATED"], "ACTIVE", "device.lifecycle.activate")
}

pub(super) fn deactivate(org: &mut Org, call: &Call<'_>) -> Outcome {
    step(org, call, &["ACTIVE", "SUSPENDED", "CREATED"], "DEACTIVATED", "device.lifecycle.deactivate")
}

/// A device has to be deactivated first (?).
pub(super) fn delete(org: &mut Org, call: &Call<'_>) -> Outcome {
    step(org, call, &["DEACTIVATED"], "DELETED", "device.lifecycle.delete")
}
