//! The risk of a user (okta-api.md, «Operations»): needs Identity Threat Protection.

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use crate::org::{Org, Risk, Target, User};
use crate::server::Answer;

fn enabled(org: &Org) -> Result<(), Refusal> {
    match org.features.risk {
        true => Ok(()),
        false => {
            Err(Refusal::new(401, "E0000015", "You do not have permission to access the feature you are requesting"))
        }
    }
}

fn json_of(org: &Org, user: &User, risk: &Risk) -> Value {
    let own = format!("{}/api/v1/users/{}", org.origin, user.id);
    let mut answer = json!({
        "riskLevel": risk.level,
        "_links": {"self": {"href": format!("{own}/risk"), "hints": {"allow": ["GET", "PUT"]}}, "user": {"href": own}},
    });
    if let Some(reason) = &risk.reason {
        answer["riskReason"] = json!(reason);
    }
    answer
}

/// GET may also say NONE.
pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    enabled(org)?;
    let user = call.user(org)?;
    Ok(Answer::json(200, &json_of(org, &user, &org.risk_of(user.number))))
}

/// 201 where there was none, 200 where there was.
pub(super) fn set(org: &mut Org, call: &Call<'_>) -> Outcome {
    enabled(org)?;
    let user = call.user(org)?;
    let level = call.body["riskLevel"].as_str().unwrap_or_default();
    if !matches!(level, "HIGH" | "MEDIUM" | "LOW") {
        return Err(Refusal::invalid("riskLevel", &[format!("riskLevel: '{level}' is not a level")]));
    }
    let reason = call.body["riskReason"].as_str();
    let fits = |letter: char| letter.is_alphanumeric() || " -,.".contains(letter);
    if reason.is_some_and(|reason| reason.chars().count() > 500 || !reason.chars().all(fits)) {
        let cause = "riskReason: 500 letters, digits, spaces and -,. at most".to_owned();
        return Err(Refusal::invalid("riskReason", &[cause]));
    }
    let old = org.risk_of(user.number);
    let risk = Risk { level: level.to_owned(), reason: reason.map(str::to_owned) };
    let status = if org.risks.insert(user.number, risk.clone()).is_none() { 201 } else { 200 };
    org.note(
        "user.risk.change",
        "Admin reported user risk",
        &Target::user(&user),
        json!({"riskLevel": old.level}),
        json!({"riskLevel": risk.level}),
    );
    Ok(Answer::json(status, &json_of(org, &user, &risk)))
}
