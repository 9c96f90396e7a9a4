//! *unassign role*: takes an admin role away from a user.

use super::ids::{RoleId, UserId};
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::users::subject;
use crate::okta::settle::{Reading, Settled};
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts};
use crate::runtime::text;

pub struct UnassignRole;

parameters! {
    /// What *unassign role* takes.
    pub struct Parameters {
        /// Id or login of the user
        user_id: UserId,
        /// Id of the role assignment, from list roles
        role_id: RoleId,
    }
}

impl Action<OktaSession> for UnassignRole {
    const FACTS: Facts = Facts {
        action: "unassign role",
        identifier: "unassign_role",
        action_type: ActionType::Generic,
        read_only: false,
        description: "Take an admin role away from a user",
        verbose: "A role assignment that the user does not have is a success. One that comes through a group cannot be taken away here.",
        roles: roles::SUPER,
        data: Data::Empty,
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, _: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let (role, user) = (parameters.role_id.0.as_str(), subject(okta, &parameters.user_id.0));
        let shown = okta.shown(role, 100);
        let holder = okta.role_holder(&parameters.user_id.0)?;
        let done = format!("Took the role {shown} away from {user}");
        let error = match okta.unassign_role(&holder, role) {
            Ok(()) => return Ok(Done::says(NoSummary {}, done)),
            Err(error) if error.is_about_state() || error.kind() == Kind::NotFound => error,
            Err(error) => return Err(error.into()),
        };
        let not_found = error.kind() == Kind::NotFound;
        let settled = okta.settle(|| {
            let held = okta.roles_now(&holder)?.into_iter().map(|(held, _)| held).find(|held| held.id == role);
            Ok(match held {
                None => Reading::Made(()),
                Some(held) => Reading::Open(held),
            })
        });
        match settled {
            Ok(Settled::Ours(())) => Ok(Done::says(NoSummary {}, done)),
            Ok(Settled::Already(())) if not_found => {
                Ok(Done::says(NoSummary {}, format!("{} already lacks the role {shown}", text::capital(&user))))
            }
            Ok(Settled::Not(held)) if held.assignment_type == "GROUP" => {
                let mut failure = Failure::from(error);
                failure.details.kind = Kind::Conflict;
                failure.message = format!(
                    "{} holds the role {} ({shown}) through a group: it can only be taken away from the group.",
                    text::capital(&user),
                    held.kind
                );
                Err(failure)
            }
            // An unknown user is answered like an unknown role; the second answer is about the user.
            Err(second) if not_found && second.kind() == Kind::NotFound => Err(second.into()),
            _ => Err(error.into()),
        }
    }
}
