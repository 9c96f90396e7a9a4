//! Zones, devices, risk, access codes, API tokens, apps (okta-api.md, «Operations»).

mod client;

use client::{Client, Person, each, org};
use okta_rehearsal::Rehearsal;
use okta_rehearsal::org::Features;
use serde_json::{Value, json};

fn zone(client: &Client, name: &str) -> (String, Value) {
    let zones = client.get("/api/v1/zones").list();
    let zone = zones.iter().find(|zone| zone["name"] == name).expect(name).clone();
    (format!("/api/v1/zones/{}", zone["id"].as_str().unwrap()), zone)
}

/// PUT replaces the whole zone; a system zone has to come back as one.
#[test]
fn a_zone_is_replaced_by_what_was_read_with_a_change() {
    let (rehearsal, client, _) = org();
    let (path, mut blocked) = zone(&client, "BlockedIpZone");
    assert_eq!((&blocked["usage"], &blocked["system"]), (&json!("BLOCKLIST"), &json!(true)));
    blocked["gateways"].as_array_mut().unwrap().push(json!({"type": "RANGE", "value": "192.0.2.1-192.0.2.9"}));
    let got = client.put(&path, &blocked.to_string());
    assert_eq!((got.status, got.json()["gateways"].as_array().unwrap().len()), (200, 2), "{}", got.text());
    let change = rehearsal.org().changes()[0].clone();
    assert_eq!((change.operation.as_str(), change.name.as_str()), ("zone.update", "BlockedIpZone"));
    let mut stripped = blocked.clone();
    stripped.as_object_mut().unwrap().remove("system");
    assert_eq!(client.put(&path, &stripped.to_string()).error().1, "E0000001", "without system");
    let mut other = blocked.clone();
    other["type"] = json!("DYNAMIC");
    assert_eq!(client.put(&path, &other.to_string()).status, 400, "another type");
    assert_eq!(client.get(&path).json()["gateways"].as_array().unwrap().len(), 2);
}

/// Limits of addresses: at least one; 150, 1000 and 5000 at most.
#[test]
fn a_zone_has_one_address_and_not_too_many() {
    let (_rehearsal, client, _) = org();
    let gateways = |count: usize| -> Value {
        (0..count).map(|n| json!({"type": "CIDR", "value": format!("10.{}.{}.0/24", n / 256, n % 256)})).collect()
    };
    let body = |usage: &str, count: usize| {
        json!({"name": format!("{usage} {count}"), "type": "IP", "usage": usage, "gateways": gateways(count)})
            .to_string()
    };
    for (usage, count, status) in [
        ("POLICY", 0, 400),
        ("POLICY", 150, 200),
        ("POLICY", 151, 400),
        ("BLOCKLIST", 1000, 200),
        ("BLOCKLIST", 1001, 400),
    ] {
        assert_eq!(client.post("/api/v1/zones", &body(usage, count)).status, status, "{usage} {count}");
    }
    assert_eq!(client.post("/api/v1/zones", &body("POLICY", 150)).status, 400, "the name is taken");
    let odd = json!({"name": "odd", "type": "IP", "gateways": [{"type": "CIDR", "value": "over there"}]});
    assert_eq!(client.post("/api/v1/zones", &odd.to_string()).status, 400);
    let (path, mut system) = zone(&client, "BlockedIpZone");
    system["gateways"] = gateways(1001);
    assert_eq!(client.put(&path, &system.to_string()).status, 200);
}

#[test]
fn zones_are_found_switched_and_deleted() {
    let (_rehearsal, client, _) = org();
    let block = client.get("/api/v1/zones?filter=usage%20eq%20%22BLOCKLIST%22").list();
    assert_eq!(each(&block, "/name"), ["BlockedIpZone", "DefaultEnhancedDynamicZone"]);
    let (path, _) = zone(&client, "Office Lisbon");
    assert_eq!(client.post(&format!("{path}/lifecycle/deactivate"), "").json()["status"], "INACTIVE");
    assert_eq!(client.post(&format!("{path}/lifecycle/activate"), "").json()["status"], "ACTIVE");
    assert_eq!(client.delete(&path).status, 204);
    assert_eq!(client.get(&path).error().1, "E0000007");
    let (system, _) = zone(&client, "BlockedIpZone");
    assert_eq!(client.delete(&system).status, 501, "not known");
}

/// Somebody who has a device.
fn owner(rehearsal: &Rehearsal, client: &Client) -> (Person, String) {
    let ids: Vec<(String, String)> = (1..10)
        .filter_map(|number| rehearsal.org().user(number))
        .map(|user| (user.id.clone(), user.login().to_owned()))
        .collect();
    for (id, login) in ids {
        let person = Person { path: format!("/api/v1/users/{id}"), id, login };
        if let Some(entry) = client.get(&person.to("devices")).list().first() {
            assert!(entry["deviceUserId"].is_string() && entry["created"].is_string());
            return (person, entry["device"]["id"].as_str().unwrap().to_owned());
        }
    }
    panic!("nobody has a device");
}

#[test]
fn devices_are_found_and_go_through_their_states() {
    let (rehearsal, client, _) = org();
    let (user, device) = owner(&rehearsal, &client);
    let path = format!("/api/v1/devices/{device}");
    let serial = client.get(&path).json()["profile"]["serialNumber"].as_str().unwrap().to_owned();
    let found =
        client.get(&format!("/api/v1/devices?search=profile.serialNumber%20co%20%22{}%22&expand=user", &serial[2..]));
    assert_eq!(each(&found.list(), "/id"), [device.as_str()]);
    assert_eq!(found.list()[0]["_embedded"]["users"][0]["user"]["id"], json!(user.id));
    assert_eq!(client.get(&format!("{path}/users")).list()[0]["user"]["id"], json!(user.id));
    for (step, status, after) in [
        ("unsuspend", 403, "ACTIVE"),
        ("suspend", 204, "SUSPENDED"),
        ("unsuspend", 204, "ACTIVE"),
        ("deactivate", 204, "DEACTIVATED"),
        ("suspend", 403, "DEACTIVATED"),
        ("activate", 204, "ACTIVE"),
        ("deactivate", 204, "DEACTIVATED"),
    ] {
        assert_eq!(client.post(&format!("{path}/lifecycle/{step}"), "").status, status, "{step}");
        assert_eq!(client.get(&path).json()["status"], after, "{step}");
    }
    assert_eq!(client.delete(&path).status, 204);
    assert_eq!(client.get(&path).status, 404);
    let all = client.all("/api/v1/devices?limit=30").0;
    assert!(all.len() > 50 && !each(&all, "/id").contains(&device));
}

/// okta-api.md, «Operations», devices: Identity Engine only; user risk.
#[test]
fn what_is_not_licensed_is_not_there() {
    let (rehearsal, client, user) = org();
    rehearsal.org().features = Features { devices: false, risk: false, ..Features::default() };
    assert_eq!(client.get("/api/v1/devices").status, 404);
    assert_eq!(client.get(&user.to("devices")).status, 404);
    assert_eq!(client.get(&user.to("risk")).error().1, "E0000015");
}

#[test]
fn a_risk_is_none_until_it_is_set() {
    let (rehearsal, client, user) = org();
    assert_eq!(client.get(&user.to("risk")).json()["riskLevel"], "NONE");
    let body = r#"{"riskLevel":"HIGH","riskReason":"Seen in two countries, on one day."}"#;
    assert_eq!(client.put(&user.to("risk"), body).status, 201);
    assert_eq!(client.put(&user.to("risk"), r#"{"riskLevel":"LOW"}"#).status, 200);
    assert_eq!(client.get(&user.to("risk")).json()["riskLevel"], "LOW");
    assert_eq!(client.put(&user.to("risk"), r#"{"riskLevel":"LOW","riskReason":"<b>"}"#).error().1, "E0000001");
    assert_eq!(rehearsal.org().changes().len(), 2);
}

/// The code is a secret in the answer; it stays out of the report.
#[test]
fn an_access_code_is_issued_by_the_tac_authenticator() {
    let (rehearsal, client, user) = org();
    let all = client.get("/api/v1/authenticators").list();
    let tac = all.iter().find(|one| one["key"] == "tac").unwrap()["id"].as_str().unwrap().to_owned();
    let body =
        |id: &str, ttl: &str| json!({"authenticatorId": id, "profile": {"ttl": ttl, "multiUse": false}}).to_string();
    let path = user.to("authenticator-enrollments/tac");
    let got = client.post(&path, &body(&tac, "60"));
    assert_eq!(got.status, 200, "{}", got.text());
    let code = got.json()["profile"]["tac"].as_str().unwrap().to_owned();
    assert_ne!(client.post(&path, &body(&tac, "60")).json()["profile"]["tac"], json!(code));
    assert_eq!(client.post(&path, &body(&tac, "9")).status, 400);
    assert_eq!(client.post(&path, &body("autnothing", "60")).status, 404);
    assert!(!rehearsal.report().json().to_string().contains(&code));
}

/// Revoking the token in use ends the caller's access.
#[test]
fn tokens_are_listed_and_revoked_and_the_own_one_ends_all() {
    let (_rehearsal, client, _) = org();
    let tokens = client.get("/api/v1/api-tokens").list();
    let other = format!("/api/v1/api-tokens/{}", tokens[1]["id"].as_str().unwrap());
    assert_eq!(client.get(&other).json()["name"], tokens[1]["name"]);
    assert_eq!(client.delete(&other).status, 204);
    assert_eq!(client.get(&other).status, 404);
    assert_eq!(client.delete("/api/v1/api-tokens/current").status, 204);
    assert_eq!(client.get("/api/v1/api-tokens").error().1, "E0000011");
}

#[test]
fn apps_are_found_and_assignments_taken_away() {
    let (rehearsal, client, _) = org();
    let apps = client.get("/api/v1/apps?q=mail").list();
    assert_eq!(each(&apps, "/label"), ["Mail"]);
    // Somebody with an assignment of their own that no group gives.
    let (app, id) = (2..8)
        .flat_map(|app| (1..10).map(move |user| (app, user)))
        .find_map(|(app, user)| {
            let (app, user) = {
                let org = rehearsal.org();
                (org.plan().app_id(app), org.user(user)?.id)
            };
            let got = client.get(&format!("/api/v1/apps/{app}/users/{user}"));
            (got.status == 200 && got.json()["scope"] == "USER").then_some((app, user))
        })
        .expect("an assignment");
    let links = |id: &str| each(&client.get(&format!("/api/v1/users/{id}/appLinks")).list(), "/appInstanceId");
    assert!(links(&id).contains(&app));
    let filtered = client.get(&format!("/api/v1/apps?filter=user.id%20eq%20%22{id}%22&expand=user%2F{id}")).list();
    assert!(each(&filtered, "/_embedded/user/id").contains(&id));
    let path = format!("/api/v1/apps/{app}/users/{id}");
    assert_eq!(client.delete(&path).status, 204);
    assert_eq!(client.delete(&path).status, 404);
    let everyone = rehearsal.org().group(0).unwrap().id;
    let mail = apps[0]["id"].as_str().unwrap();
    let group = format!("/api/v1/apps/{mail}/groups/{everyone}");
    assert_eq!((client.get(&group).status, client.delete(&group).status, client.get(&group).status), (200, 204, 404));
    assert_eq!(client.get(&format!("/api/v1/apps/{mail}")).json()["label"], "Mail");
    rehearsal.report().assert_clean();
}
