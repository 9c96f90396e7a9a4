//! *assign role*: gives a user an admin role.

use super::asset::OktaSession;
use super::ids::{RoleType, UserId};
use super::objects::role;
use super::roles;
use crate::connector::{Action, Data, Done, Facts, NoSummary, Verb};
use crate::error::{Failure, Kind};
use crate::okta::Okta;
use crate::okta::users::subject;
use crate::output::DataPath;
use crate::parameters;
use crate::result::Output;

pub struct AssignRole;

parameters! {
    /// What *assign role* takes.
    pub struct Parameters {
        /// Type of the role
        kind "type": RoleType,
        /// Id or login of the user
        user_id: UserId,
    }
}

const DATA: &[&[DataPath]] = &[role::ASSIGNMENT];
impl Action<OktaSession> for AssignRole {
    const FACTS: Facts = Facts {
        action: "assign role",
        identifier: "assign_role",
        verb: Verb::Generic,
        read_only: false,
        description: "Give a user an admin role",
        verbose: "A user that holds the role by an assignment of its own already is a success. CUSTOM roles are not possible.",
        roles: roles::SUPER,
        data: Data::Objects(DATA),
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let (kind, user) = (parameters.kind.0.as_str(), subject(&parameters.user_id.0));
        let holder = okta.role_holder(&parameters.user_id.0)?;
        let done = format!("Assigned the role {kind} to {user}");
        let error = match okta.assign_role(&holder, kind) {
            Ok(answer) => {
                output.item(&answer.raw())?;
                return Ok(Done::says(NoSummary {}, done));
            }
            Err(error) if error.kind() == Kind::Conflict => error,
            Err(error) => return Err(error.into()),
        };
        // Okta says that the role is there: only an assignment to the user itself counts.
        let Ok(held) = okta.roles_now(&holder) else { return Err(error.into()) };
        let lost = okta.run.effects.is_lost();
        let own = held.iter().find(|(role, _)| role.kind == kind && role.assignment_type == "USER");
        if lost {
            okta.run.effects.settled(own.is_some());
        }
        if let Some((_, raw)) = own {
            output.item(raw)?;
            let already = format!("{} already has the role {kind}", crate::text::capital(&user));
            return Ok(Done::says(NoSummary {}, if lost { done } else { already }));
        }
        let mut failure = Failure::from(error);
        if held.iter().any(|(role, _)| role.kind == kind) {
            failure.message = format!("{} Of these roles the user holds {kind} only through a group.", failure.message);
        }
        Err(failure)
    }
}
