//! *list roles*: the admin roles of a user.

use super::ids::UserId;
use super::listing::{self, Counted, Counts};
use super::objects::{role, user};
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done};
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::facts::{DataPath, text};

pub struct ListRoles;

parameters! {
    /// Parameters of *list roles*.
    pub struct Parameters {
        /// Id or login of the user
        user_id: UserId,
    }
}

const DATA: &[&[DataPath]] = &[role::ASSIGNMENT, user::ACCOUNT, user::PROFILE, user::PRIMARY_PHONE, OWN];

/// User paths that the published interface also lists for this action, without `contains`. Okta sends
/// only the assignment.
const OWN: &[DataPath] = &[
    text("profile.login", "ada@example.com"),
    text("profile.email", "ada@example.com"),
    text("profile.secondEmail", "ada@home.example.com"),
    text("credentials.emails.*.value", "ada@example.com"),
    text("lastLogin", "2026-03-02T07:58:41.000Z"),
    text("_links.self.href", "https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7"),
];

impl Counted for ListRoles {
    const NAME: &'static str = "num_roles";
}

impl Action<OktaSession> for ListRoles {
    const FACTS: Facts = Facts {
        action: "list roles",
        identifier: "list_roles",
        action_type: ActionType::Investigate,
        read_only: true,
        settles: Settles::Nothing,
        description: "List the admin roles of a user",
        verbose: "Includes roles that the user has through a group: assignmentType is GROUP for these.",
        roles: roles::SUPER,
        data: Data::Objects(DATA),
        summary: &listing::summary_paths(Self::NAME),
    };
    type Parameters = Parameters;
    type Summary = Counts<Self>;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Counts<Self>>, Failure> {
        let holder = okta.role_holder(&parameters.user_id.0)?;
        listing::write(okta.roles(&holder), None, None, output)
    }
}
