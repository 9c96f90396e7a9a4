//! Passwords: set, expired, reset (okta-api.md, «Operations»). The org keeps those set through the
//! API, so that a used one is refused; none is ever sent or reported.

use serde_json::json;

use super::call::{Call, Outcome, Refusal};
use super::lifecycle::step;
use super::single::single;
use crate::org::{Org, Status, Target, User};
use crate::server::Answer;

/// The org's policy: this long, with lower and upper case and a digit, without the login.
const SHORTEST: usize = 8;

pub(super) enum Judged {
    Good,
    Weak(Refusal),
}

/// What the policy says about a new password.
pub(super) fn judge(login: &str, used: &[String], password: &str) -> Judged {
    let local = login.split('@').next().unwrap_or_default().to_lowercase();
    let has = |test: fn(char) -> bool| password.chars().any(test);
    let weak = password.chars().count() < SHORTEST
        || !has(char::is_lowercase)
        || !has(char::is_uppercase)
        || !has(|letter| letter.is_ascii_digit())
        || password.to_lowercase().contains(&local);
    if weak {
        let cause = format!(
            "password: Password requirements were not met. Password requirements: at least {SHORTEST} characters, \
             a lowercase letter, an uppercase letter, a number, no parts of your username."
        );
        return Judged::Weak(Refusal::invalid("password", &[cause]));
    }
    if used.iter().any(|old| old == password) {
        return Judged::Weak(Refusal::because(
            403,
            "E0000080",
            "The password does not meet the complexity requirements of the current password policy.",
            "Password has been used too recently",
        ));
    }
    Judged::Good
}

/// Sets a password. Who waited for one is ACTIVE with it.
pub(super) fn set(org: &Org, user: &mut User, password: &str) -> Result<(), Refusal> {
    if user.provider != "OKTA" {
        return Err(Refusal::new(403, "E0000014", "Update of credentials failed"));
    }
    let used: &[String] = if org.keeps_password_history { &user.passwords } else { &[] };
    if let Judged::Weak(refusal) = judge(user.login(), used, password) {
        return Err(refusal);
    }
    user.passwords.push(password.to_owned());
    let now = org.now();
    user.password_changed = Some(now);
    if matches!(user.status, Status::Provisioned | Status::Recovery | Status::PasswordExpired) {
        user.status = Status::Active;
        user.status_changed = Some(now);
    }
    Ok(())
}

pub(super) fn note_set(org: &mut Org, before: &User, after: &User) {
    org.note(
        "user.account.update_password",
        "User update password for Okta",
        &Target::user(after),
        json!({"status": before.status}),
        json!({"status": after.status, "password": "changed"}),
    );
}

/// `POST /users/{id}/credentials/change_password` with the old password.
pub(super) fn change(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let [old, new] = ["oldPassword", "newPassword"].map(|name| call.body[name]["value"].as_str().unwrap_or_default());
    if !matches!(user.status, Status::Active | Status::PasswordExpired | Status::Recovery) {
        return Err(Refusal::wrong_status());
    }
    // A password that the seed gave is known to nobody: any is taken for it.
    if user.passwords.last().is_some_and(|current| current != old) {
        return Err(Refusal::because(
            403,
            "E0000014",
            "Update of credentials failed",
            "oldPassword: Old Password Is Incorrect",
        ));
    }
    let mut changed = user.clone();
    set(org, &mut changed, new)?;
    changed.last_updated = org.now();
    org.put_user(changed.clone());
    note_set(org, &user, &changed);
    Ok(Answer::json(200, &json!({"password": {}, "provider": {"type": "OKTA", "name": "OKTA"}})))
}

fn can_expire(user: &User) -> Result<(), Refusal> {
    match user.status {
        Status::Active | Status::PasswordExpired => Ok(()),
        _ => Err(Refusal::wrong_status()),
    }
}

/// 200 with the user, now PASSWORD_EXPIRED.
pub(super) fn expire(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    can_expire(&user)?;
    let user = step(org, user, Status::PasswordExpired, "user.account.expire_password", "User password expired");
    Ok(single(org, &user))
}

/// 200 `{tempPassword}`: a secret in the answer.
pub(super) fn expire_with_temporary(org: &mut Org, call: &Call<'_>) -> Outcome {
    let mut user = call.user(org)?;
    can_expire(&user)?;
    let temporary = format!("Fake-Temp-{}", 1000 + org.changes().len());
    user.passwords.push(temporary.clone());
    user.password_changed = Some(org.now());
    step(org, user, Status::PasswordExpired, "user.account.expire_password", "User password expired");
    Ok(Answer::json(200, &json!({"tempPassword": temporary})))
}

/// `sendEmail` is required. Each call sends a mail or voids the last link.
pub(super) fn reset(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let send_email = match call.parameter("sendEmail") {
        Some("true") => true,
        Some("false") => false,
        _ => {
            return Err(Refusal::new(400, "E0000028", "The request is missing a required parameter: sendEmail"));
        }
    };
    if matches!(user.status, Status::Staged | Status::Suspended | Status::Deprovisioned) {
        return Err(Refusal::wrong_status());
    }
    let link = format!("{}/reset_password/fake-link-{}", org.origin, org.changes().len() + 1);
    step(org, user, Status::Recovery, "user.account.reset_password", "User reset password for Okta (by admin)");
    Ok(match send_email {
        true => Answer::new(200, "{}"),
        false => Answer::json(200, &json!({"resetPasswordUrl": link})),
    })
}
