//! What *disable user* and *enable user* make of a refusal: the user is read, since Okta's words
//! alone do not tell «already so» from «locked out».

use crate::okta::api::users::subject;
use crate::okta::settle::{Reading, Settled};
use crate::okta::{Error, Okta};
use crate::runtime::error::{Failure, Kind};
use crate::runtime::text::capital;

/// A change of a user's status.
pub struct Change {
    /// Asks Okta for it.
    pub send: fn(&Okta, &str) -> Result<(), Error>,
    /// The status it leads to.
    pub to: &'static str,
    /// `Disabled`
    pub done: &'static str,
    /// `is already disabled`
    pub already: &'static str,
}

/// Makes the change; the message of the result.
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

/// After Okta refused to bring a user into a state: `Ok(true)` if an earlier attempt of ours
/// brought it there, `Ok(false)` if it was there already.
///
/// # Errors
/// `conflict` with the user's status and what fits it; Okta's own error if the user cannot be read.
fn refused_for_state(okta: &Okta, user: &str, wanted: &str, error: Error) -> Result<bool, Failure> {
    let settled = okta.settle(|| {
        Ok(match okta.user_state(user)?.status {
            Some(status) if status == wanted => Reading::Made(()),
            Some(status) => Reading::NotMade(Some(status)),
            None => Reading::Open(None),
        })
    });
    let status = match settled {
        Ok(Settled::Ours(())) => return Ok(true),
        Ok(Settled::Already(())) => return Ok(false),
        Ok(Settled::Not(Some(status))) => status,
        Ok(Settled::Not(None)) | Err(_) => return Err(error.into()),
    };
    let mut failure = Failure::from(error);
    failure.details.kind = Kind::Conflict;
    let needed = if wanted == "SUSPENDED" { "ACTIVE can be disabled" } else { "SUSPENDED can be enabled" };
    failure.message = format!(
        "{} has the status {}: only a user with the status {needed}. {}.",
        capital(&subject(okta, user)),
        okta.shown(&status, 40),
        advice(&status, wanted)
    );
    Err(failure)
}

/// The action that fits a status.
fn advice(status: &str, wanted: &str) -> &'static str {
    match (status, wanted) {
        ("DEPROVISIONED", "SUSPENDED") => "The user is deactivated, nobody can sign in as it",
        ("DEPROVISIONED", _) => "Activate the user in Okta's console first",
        ("STAGED", "SUSPENDED") => {
            "The user was never activated, nobody can sign in as it; deactivate it in Okta's console to keep it so"
        }
        ("STAGED", _) => "Activate the user in Okta's console",
        ("PROVISIONED", "SUSPENDED") => {
            "The user has not finished its activation; deactivate it in Okta's console to stop it"
        }
        ("PROVISIONED", _) => "The user has to finish its activation, for example with reset password",
        ("LOCKED_OUT", "SUSPENDED") => {
            "The user is locked out for now; use clear user sessions, and unlock it in Okta's console before disabling it"
        }
        ("LOCKED_OUT", _) => "Unlock the user in Okta's console, or use reset password",
        ("PASSWORD_EXPIRED" | "RECOVERY", "SUSPENDED") => {
            "The user has to choose a new password first; use clear user sessions and set password, then disable it"
        }
        ("PASSWORD_EXPIRED" | "RECOVERY", _) => {
            "The user has to choose a new password: use reset password or set password"
        }
        ("ACTIVE", "SUSPENDED") => "Try again: the status has changed in the meantime",
        ("SUSPENDED", _) => "Try again: the status has changed in the meantime",
        _ => "Look at the user in Okta's console",
    }
}
