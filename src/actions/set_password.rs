//! *set password*: sets a new password without the old one.

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
use crate::runtime::table::parameter::SecretText;

pub struct SetPassword;

parameters! {
    /// Parameters of *set password*.
    pub struct Parameters {
        /// New password; Okta checks it against the password policy
        new_password: SecretText,
        /// Id or login of the user
        id: UserId,
    }
}

const DATA: &[&[DataPath]] = &[user::IDENTITY, user::ACCOUNT, user::PROFILE, user::LINKS, OWN];

/// Links whose `contains` differs from *get user*.
const OWN: &[DataPath] = &[
    text("_links.activate.href", "https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7/lifecycle/activate"),
    url("_links.unsuspend.href", "https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7/lifecycle/unsuspend"),
];
impl Action<OktaSession> for SetPassword {
    const FACTS: Facts = Facts {
        action: "set password",
        identifier: "set_password",
        action_type: ActionType::Contain,
        read_only: false,
        settles: Settles::Refusal,
        description: "Set a user's password without the old one",
        verbose: "The password is sent only to Okta; the result shows asterisks in its place.",
        roles: roles::USERS,
        data: Data::Objects(DATA),
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let user = okta.set_password(&parameters.id.0, &parameters.new_password.0)?;
        output.item(&user.raw())?;
        Ok(Done::says(NoSummary {}, format!("Set the password of {}", subject(okta, &parameters.id.0))))
    }
}
