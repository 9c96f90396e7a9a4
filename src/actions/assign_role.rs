//! *assign role*: assigns an admin role to a user.

use super::ids::{RoleType, UserId};
use super::objects::role;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::roles::Held;
use crate::okta::api::users::subject;
use crate::okta::settle::{Reading, Settled};
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::DataPath;
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::text::capital;

pub struct AssignRole;

parameters! {
    /// Parameters of *assign role*.
    pub struct Parameters {
        /// Role type. Okta has retired MOBILE_ADMIN
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
        action_type: ActionType::Generic,
        read_only: false,
        settles: Settles::Refusal,
        description: "Assign an admin role to a user",
        verbose: "If the role is already assigned directly to the user, the action succeeds. CUSTOM roles are not supported.",
        roles: roles::SUPER,
        data: Data::Objects(DATA),
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let (kind, user) = (parameters.kind.0.as_str(), subject(okta, &parameters.user_id.0));
        let holder = okta.role_holder(&parameters.user_id.0)?;
        let done = format!("Assigned the role {kind} to {user}");
        let error = match okta.assign_role(&holder, kind) {
            Ok(answer) => {
                output.item(&answer.raw())?;
                return Ok(Done::says(NoSummary {}, done));
            }
            Err(error) if error.is_about_state() && error.kind() == Kind::Conflict => error,
            Err(error) => return Err(error.into()),
        };
        // Okta says that the role is already assigned, but only an assignment to the user itself counts.
        let settled = okta.settle(|| {
            let held = okta.roles_now(&holder)?;
            let has = |held: &Held| held.role.kind == kind;
            let through_group = held.iter().any(has);
            Ok(match held.into_iter().find(|held| has(held) && held.role.assignment_type == "USER") {
                Some(Held { raw, since, .. }) => Reading::Made(raw, since),
                None => Reading::NotMade(through_group),
            })
        });
        match settled {
            Ok(Settled::Ours(raw)) => {
                output.item(&raw)?;
                Ok(Done::says(NoSummary {}, done))
            }
            Ok(Settled::Already(raw)) => {
                output.item(&raw)?;
                Ok(Done::says(NoSummary {}, format!("{} already has the role {kind}", capital(&user))))
            }
            Ok(Settled::Not(true)) => {
                let mut failure = Failure::from(error);
                failure.message = format!("{} The user has {kind} only through a group.", failure.message);
                Err(failure)
            }
            Ok(Settled::Not(false)) | Err(_) => Err(error.into()),
        }
    }
}
