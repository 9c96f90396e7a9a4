//! Changes of a user's status, for *disable user* and *enable user*. After a refusal the user is read:
//! Okta's error alone does not tell "already suspended" from "locked out".

use crate::okta::api::users::subject;
use crate::okta::settle::{Reading, Settled};
use crate::okta::{Error, Okta};
use crate::runtime::error::{Failure, Kind};
use crate::runtime::text::capital;

/// A change of a user's status.
pub struct Change {
    /// Sends the change to Okta.
    pub send: fn(&Okta, &str) -> Result<(), Error>,
    /// The status it leads to.
    pub to: &'static str,
    /// `Disabled`
    pub done: &'static str,
    /// `is already disabled`
    pub already: &'static str,
}

/// Makes the change and returns the message of the result.
///
/// # Errors
/// When the user's status does not allow it, or Okta cannot be asked.
pub fn change(okta: &Okta, user: &str, change: &Change) -> Result<String, Failure> {
    let subject = subject(okta, user);
    let ours = match (change.send)(okta, user) {
        Ok(()) => true,
        Err(error) if error.is_about_state() => refused_for_state(okta, user, change.to, error)?,
        Err(error) => return Err(error.into()),
    };
    Ok(match ours {
        true => format!("{} {subject}", change.done),
        false => format!("{} {}", capital(&subject), change.already),
    })
}

/// Settles a refused status change: `Ok(true)` if an earlier attempt of ours made it, `Ok(false)` if
/// the user already had the status.
///
/// # Errors
/// `conflict` with the user's status and advice that fits it; Okta's own error if the user cannot be read.
fn refused_for_state(okta: &Okta, user: &str, wanted: &str, error: Error) -> Result<bool, Failure> {
    let settled = okta.settle(|| {
        Ok(match okta.user_status(user)? {
            (Some(status), since) if status == wanted => Reading::Made((), since),
            (Some(status), _) => Reading::NotMade(Some(status)),
            (None, _) => Reading::Open(None),
        })
    });
    let status = match settled {
        Ok(Settled::Ours(())) => return Ok(true),
        Ok(Settled::Already(())) => return Ok(false),
        Ok(Settled::Not(Some(status))) => status,
        Ok(Settled::Not(None)) | Err(_) => return Err(error.into()),
    };
    // In the status that it needs, the user is not what Okta refused; unless its words say so, and the
    // status has changed since.
    let needed = if wanted == "SUSPENDED" { "ACTIVE" } else { "SUSPENDED" };
    if status == needed && error.kind() != Kind::Conflict {
        return Err(error.into());
    }
    let mut failure = Failure::from(error);
    failure.set_kind(Kind::Conflict);
    let done = if wanted == "SUSPENDED" { "disabled" } else { "enabled" };
    failure.message = format!(
        "{} has the status {}: only a user with the status {needed} can be {done}. {}.",
        capital(&subject(okta, user)),
        okta.shown(&status, 40),
        advice(&status, wanted)
    );
    Err(failure)
}

/// What to do about a user in this status.
fn advice(status: &str, wanted: &str) -> &'static str {
    match (status, wanted) {
        ("DEPROVISIONED", "SUSPENDED") => "The user is deactivated and cannot sign in",
        ("DEPROVISIONED", _) => "Activate the user in the Okta Admin Console first",
        ("STAGED", "SUSPENDED") => {
            "The user was never activated and cannot sign in; to keep it that way, deactivate the user in the Okta Admin Console"
        }
        ("STAGED", _) => "Activate the user in the Okta Admin Console",
        ("PROVISIONED", "SUSPENDED") => {
            "The user has not completed activation; to prevent it, deactivate the user in the Okta Admin Console"
        }
        ("PROVISIONED", _) => "The user must complete activation, for example with reset password",
        ("LOCKED_OUT", "SUSPENDED") => {
            "The user is locked out for now; run clear user sessions, and unlock the user in the Okta Admin Console before disabling it"
        }
        ("LOCKED_OUT", _) => "Unlock the user in the Okta Admin Console, or run reset password",
        ("PASSWORD_EXPIRED" | "RECOVERY", "SUSPENDED") => {
            "The user must choose a new password first; run clear user sessions and set password, then disable user"
        }
        ("PASSWORD_EXPIRED" | "RECOVERY", _) => {
            "The user must choose a new password: run reset password or set password"
        }
        ("ACTIVE", "SUSPENDED") => "Try again: the status has changed in the meantime",
        ("SUSPENDED", _) => "Try again: the status has changed in the meantime",
        _ => "Check the user in the Okta Admin Console",
    }
}
