//! The status of users (okta-api.md, «Operations»): which step leads from where to where.

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use crate::org::{Org, Status, Target, User};
use crate::server::Answer;

/// Puts a user into a status and enters it.
pub(super) fn step(org: &mut Org, mut user: User, to: Status, event: &str, message: &str) -> User {
    let (before, now) = (user.status, org.now());
    user.status = to;
    user.last_updated = now;
    if before != to {
        user.status_changed = Some(now);
    }
    org.put_user(user.clone());
    org.note(event, message, &Target::user(&user), json!({"status": before}), json!({"status": to}));
    user
}

fn empty() -> Outcome {
    Ok(Answer::new(200, "{}"))
}

/// Only from ACTIVE.
pub(super) fn suspend(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    if user.status != Status::Active {
        let cause = "Cannot suspend a user that is not active".to_owned();
        return Err(Refusal::invalid("suspendUser", &[cause]));
    }
    step(org, user, Status::Suspended, "user.lifecycle.suspend", "Suspend okta user");
    empty()
}

/// Only from SUSPENDED.
pub(super) fn unsuspend(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    if user.status != Status::Suspended {
        let cause = "Cannot unsuspend a user that is not suspended".to_owned();
        return Err(Refusal::invalid("unsuspendUser", &[cause]));
    }
    step(org, user, Status::Active, "user.lifecycle.unsuspend", "Unsuspend okta user");
    empty()
}

/// Without a mail the link is in the answer.
fn activation(org: &Org, send_email: bool) -> Outcome {
    if send_email {
        return empty();
    }
    let token = format!("fake-activation-token-{}", org.changes().len());
    let url = format!("{}/welcome/{token}", org.origin);
    Ok(Answer::json(200, &json!({"activationUrl": url, "activationToken": token})))
}

/// From STAGED or DEPROVISIONED; 403 E0000016 if already active. A user who has a password is
/// ACTIVE at once, others have to set one first.
pub(super) fn activate(org: &mut Org, call: &Call<'_>) -> Outcome {
    let mut user = call.user(org)?;
    if !matches!(user.status, Status::Staged | Status::Deprovisioned) {
        return Err(Refusal::because(
            403,
            "E0000016",
            "Activation failed because the user is already active",
            "Activation failed because the user is already active",
        ));
    }
    let to = match user.status == Status::Staged && user.password_changed.is_some() {
        true => Status::Active,
        false => Status::Provisioned,
    };
    user.activated = Some(org.now());
    user.transitioning_to = org.lingers.then_some(to);
    step(org, user, to, "user.lifecycle.activate", "Activate okta user");
    activation(org, call.flag("sendEmail", true))
}

/// Only from PROVISIONED or RECOVERY. What Okta says otherwise is its usual 403 E0000038 (?).
pub(super) fn reactivate(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    if !matches!(user.status, Status::Provisioned | Status::Recovery) {
        return Err(Refusal::wrong_status());
    }
    step(org, user, Status::Provisioned, "user.lifecycle.reactivate", "Reactivate okta user");
    activation(org, call.flag("sendEmail", false))
}

/// From any other status. Ends memberships, roles, factors and app assignments.
pub(super) fn deprovision(org: &mut Org, mut user: User) -> User {
    user.transitioning_to = org.lingers.then_some(Status::Deprovisioned);
    let number = user.number;
    let user = step(org, user, Status::Deprovisioned, "user.lifecycle.deactivate", "Deactivate okta user");
    for group in org.groups_of(number).iter().map(|group| group.number).filter(|group| *group > 0) {
        org.set_member(group, number, false);
    }
    for app in org.apps.numbers() {
        org.app_users.insert((app, number), false);
    }
    org.set_own_roles(number, Vec::new());
    org.set_factors(number, Vec::new());
    user
}

pub(super) fn deactivate(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    if user.status == Status::Deprovisioned {
        return Err(Refusal::wrong_status());
    }
    deprovision(org, user);
    empty()
}

/// From LOCKED_OUT, and from ACTIVE where unknown devices are blocked; users of Okta's own
/// directory only.
pub(super) fn unlock(org: &mut Org, call: &Call<'_>) -> Outcome {
    let mut user = call.user(org)?;
    let locked = user.status == Status::LockedOut || (user.status == Status::Active && user.blocked);
    if !locked || user.provider != "OKTA" {
        return Err(Refusal::new(403, "E0000032", "Unlock is not allowed for this user."));
    }
    user.blocked = false;
    step(org, user, Status::Active, "user.account.unlock", "Unlock user account");
    empty()
}

/// All factors are unenrolled; not of a deactivated user.
pub(super) fn reset_factors(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    if user.status == Status::Deprovisioned {
        return Err(Refusal::wrong_status());
    }
    let kinds: Value = org.factors_of(&user).iter().map(|factor| factor.kind.clone()).collect();
    org.set_factors(user.number, Vec::new());
    org.note(
        "user.mfa.factor.reset_all",
        "Reset all factors for user",
        &Target::user(&user),
        json!({"factors": kinds}),
        json!({"factors": []}),
    );
    empty()
}
