//! *disable user*: suspends a user.

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

pub struct DisableUser;

parameters! {
    /// Parameters of *disable user*.
    pub struct Parameters {
        /// Id or login of the user to disable
        id: UserId,
    }
}

impl Action<OktaSession> for DisableUser {
    const FACTS: Facts = Facts {
        action: "disable user",
        identifier: "disable_user",
        action_type: ActionType::Contain,
        read_only: false,
        settles: Settles::Refusal,
        description: "Suspend a user: the user cannot sign in until enabled again",
        verbose: "Only a user with the status ACTIVE can be suspended. If the user is already suspended, the action succeeds.",
        roles: roles::USERS,
        data: Data::Empty,
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, _: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let change = Change { send: Okta::suspend, to: "SUSPENDED", done: "Disabled", already: "is already disabled" };
        Ok(Done::says(NoSummary {}, states::change(okta, &parameters.id.0, &change)?))
    }
}
