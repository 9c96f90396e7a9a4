//! *get user*: one user, by id or login.

use super::ids::UserId;
use super::objects::user;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::users::subject;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::facts::{DataPath, text, url};

pub struct GetUser;

parameters! {
    /// Parameters of *get user*.
    pub struct Parameters {
        /// Id or login of the user
        user_id: UserId,
    }
}

const DATA: &[&[DataPath]] = &[user::IDENTITY, user::ACCOUNT, user::PROFILE, user::LINKS, OWN];

/// Links that only this action lists, or whose `contains` differs from *set password*.
const OWN: &[DataPath] = &[
    url("_links.activate.href", "https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7/lifecycle/activate"),
    url("_links.reactivate.href", "https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7/lifecycle/reactivate"),
    text("_links.reactivate.method", "POST"),
    text("_links.unsuspend.href", "https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7/lifecycle/unsuspend"),
    text(
        "_links.resetFactors.href",
        "https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7/lifecycle/reset_factors",
    ),
    text("_links.resetFactors.method", "POST"),
];
impl Action<OktaSession> for GetUser {
    const FACTS: Facts = Facts {
        action: "get user",
        identifier: "get_user",
        action_type: ActionType::Investigate,
        read_only: true,
        settles: Settles::Nothing,
        description: "Look up a user",
        verbose: "Finds the user by id, by login, or by the part of the login before the @ if that is unambiguous.",
        roles: roles::READERS,
        data: Data::Objects(DATA),
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let user = okta.user(&parameters.user_id.0)?;
        output.item(&user.raw())?;
        Ok(Done::says(NoSummary {}, format!("Found {}", subject(okta, &parameters.user_id.0))))
    }
}
