//! Factors of users (okta-api.md, «Operations»): listed, enrolled, reset.

use serde_json::json;

use super::call::{Call, Outcome, Refusal};
use crate::org::{Factor, OKTA_VERIFY, Org, Status, Target, User};
use crate::server::Answer;

pub(super) fn find(org: &Org, call: &Call<'_>) -> Result<(User, Factor), Refusal> {
    let user = call.user(org)?;
    let id = call.argument(1);
    let factor = org.factors_of(&user).into_iter().find(|factor| factor.id == id);
    Ok((user, factor.ok_or_else(|| Refusal::not_found(id, "UserFactor"))?))
}

pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let factors = org.factors_of(&user);
    Ok(Answer::json(200, &factors.iter().map(|factor| factor.json(&org.origin, &user.id)).collect::<Vec<_>>()))
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (user, factor) = find(org, call)?;
    Ok(Answer::json(200, &factor.json(&org.origin, &user.id)))
}

/// Enrolling is known for factors that need nothing from the user (`activate=true` for sms, call
/// and email); the exchange of keys with a phone isn't.
pub(super) fn enroll(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let kind = call.body["factorType"].as_str().unwrap_or_default();
    if !matches!(kind, "sms" | "call" | "email") {
        return Err(Refusal::unknown(&format!("enrolling a factor of the type {kind:?}")));
    }
    if user.status == Status::Deprovisioned {
        return Err(Refusal::wrong_status());
    }
    let mut factors = org.factors_of(&user);
    if factors.iter().any(|factor| factor.kind == kind) {
        let cause = "A factor of this type is already set up.".to_owned();
        return Err(Refusal::invalid("factorEnrollRequest", &[cause]));
    }
    let mut factor =
        Factor::new(org.plan(), &user, kind, org.now()).ok_or_else(|| Refusal::unknown("such a factor"))?;
    if let Some(profile) = call.body.get("profile") {
        factor.profile = profile.clone();
    }
    factor.status = if call.flag("activate", false) { "ACTIVE" } else { "PENDING_ACTIVATION" }.to_owned();
    let answer = Answer::json(200, &factor.json(&org.origin, &user.id));
    factors.push(factor);
    org.set_factors(user.number, factors);
    let after = json!({"factor": kind});
    org.note("user.mfa.factor.activate", "Enroll a factor", &Target::user(&user), json!({}), after);
    Ok(answer)
}

/// Removing `push` or `signed_nonce` removes the other Okta Verify factors too; not of a
/// deactivated user; `removeRecoveryEnrollment` is for sms and call.
pub(super) fn reset(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (user, factor) = find(org, call)?;
    if user.status == Status::Deprovisioned {
        return Err(Refusal::wrong_status());
    }
    let recovery = call.flag("removeRecoveryEnrollment", false);
    let takes_all = matches!(factor.kind.as_str(), "push" | "signed_nonce");
    let goes = |other: &Factor| other.id == factor.id || (takes_all && OKTA_VERIFY.contains(&other.kind.as_str()));
    let (gone, kept): (Vec<Factor>, Vec<Factor>) = org.factors_of(&user).into_iter().partition(goes);
    org.set_factors(user.number, kept);
    let kinds: Vec<&str> = gone.iter().map(|factor| factor.kind.as_str()).collect();
    org.note(
        "user.mfa.factor.deactivate",
        "Reset factor for user",
        &Target::user(&user),
        json!({"factors": kinds}),
        json!({"factors": [], "recovery": if recovery { "removed" } else { "kept" }}),
    );
    Ok(Answer::new(204, ""))
}
