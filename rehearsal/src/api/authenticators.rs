//! Authenticators, and temporary access codes (okta-api.md, «Operations»).

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use crate::clock::iso;
use crate::org::ids::Kind;
use crate::org::{Org, Target};
use crate::server::Answer;

const KNOWN: &[(&str, &str, &str)] = &[
    ("okta_password", "password", "Password"),
    ("okta_email", "email", "Email"),
    ("phone_number", "phone", "Phone"),
    ("okta_verify", "app", "Okta Verify"),
    ("webauthn", "security_key", "Security Key or Biometric"),
    ("tac", "tac", "Temporary Access Code"),
];

/// The place of `tac` in the list.
const ACCESS_CODE: u64 = 5;

fn id(org: &Org, number: u64) -> String {
    org.plan().ids.of(Kind::Authenticator, "aut", number)
}

pub(super) fn list(org: &mut Org, _: &Call<'_>) -> Outcome {
    let made = iso(1_609_459_200_000);
    let all: Vec<Value> = KNOWN
        .iter()
        .zip(0..)
        .map(|((key, kind, name), number)| {
            let id = id(org, number);
            json!({
                "id": id, "key": key, "type": kind, "name": name, "status": "ACTIVE", "created": made, "lastUpdated": made,
                "_links": {"self": {"href": format!("{}/api/v1/authenticators/{id}", org.origin)}},
            })
        })
        .collect();
    Ok(Answer::json(200, &all))
}

/// `profile.tac` is a secret in the answer; a new code voids the old one.
pub(super) fn issue_access_code(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let authenticator = call.body["authenticatorId"].as_str().unwrap_or_default();
    if authenticator != id(org, ACCESS_CODE) {
        return Err(Refusal::not_found(authenticator, "Authenticator"));
    }
    // Okta's description has it as text, okta-api.md too: minutes from 10 to 14400.
    let ttl = &call.body["profile"]["ttl"];
    let minutes = ttl.as_str().and_then(|text| text.parse::<u64>().ok()).or_else(|| ttl.as_u64());
    let Some(minutes) = minutes.filter(|minutes| (10..=14_400).contains(minutes)) else {
        return Err(Refusal::invalid("ttl", &["ttl: 10 to 14400 minutes".to_owned()]));
    };
    let (now, number) = (org.now(), org.changes().len() as u64);
    let tac = format!("{:08}", org.plan().ids.chance("tac", number) % 100_000_000);
    let enrollment = json!({
        "id": org.plan().ids.of(Kind::Enrollment, "tac", user.number), "key": "tac", "type": "tac",
        "name": "Temporary Access Code", "status": "ACTIVE", "created": iso(now), "lastUpdated": iso(now),
        "profile": {
            "tac": tac, "multiUse": call.body["profile"]["multiUse"] == true, "expiresAt": iso(now + minutes * 60_000),
        },
    });
    org.access_codes.insert(user.number, enrollment.clone());
    let after = json!({"minutes": minutes});
    org.note("user.authenticator.tac.create", "Issue a temporary access code", &Target::user(&user), json!({}), after);
    Ok(Answer::json(200, &enrollment))
}
