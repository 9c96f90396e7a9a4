//! *enable user*: unsuspends a user.

use super::ids::UserId;
use super::roles;
use super::session::OktaSession;
use super::states::{self, Change};
use crate::okta::Okta;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};

pub struct EnableUser;

parameters! {
    /// Parameters of *enable user*.
    pub struct Parameters {
        /// Id or login of the user to enable
        id: UserId,
    }
}

impl Action<OktaSession> for EnableUser {
    const FACTS: Facts = Facts {
        action: "enable user",
        identifier: "enable_user",
        action_type: ActionType::Correct,
        read_only: false,
        settles: Settles::Refusal,
        description: "Unsuspend a user: a disabled user can sign in again",
        verbose: "Only a user with the status SUSPENDED can be unsuspended. If the user is already active, the action succeeds.",
        roles: roles::USERS,
        data: Data::Empty,
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, _: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let change = Change { send: Okta::unsuspend, to: "ACTIVE", done: "Enabled", already: "is already enabled" };
        Ok(Done::says(NoSummary {}, states::change(okta, &parameters.id.0, &change)?))
    }
}
