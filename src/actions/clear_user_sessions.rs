//! *clear user sessions*: ends all sessions of a user.

use super::ids::UserId;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::users::subject;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};

pub struct ClearUserSessions;

parameters! {
    /// Parameters of *clear user sessions*.
    pub struct Parameters {
        /// Id or login of the user
        id: UserId,
    }
}

impl Action<OktaSession> for ClearUserSessions {
    const FACTS: Facts = Facts {
        action: "clear user sessions",
        identifier: "clear_user_sessions",
        action_type: ActionType::Contain,
        read_only: false,
        settles: Settles::Nothing,
        description: "End all sessions of a user",
        verbose: "The user must sign in again everywhere. OAuth tokens issued to apps remain valid.",
        roles: roles::USERS,
        data: Data::Empty,
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, _: &mut Output) -> Result<Done<NoSummary>, Failure> {
        okta.clear_sessions(&parameters.id.0)?;
        Ok(Done::says(NoSummary {}, format!("Ended all sessions of {}", subject(okta, &parameters.id.0))))
    }
}
