//! *list users*: all users in the org, or those that match.

use super::listing::{self, Counted, Counts, Unpaged, asked};
use super::objects::user;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::users::{PAGE, UserQuery};
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done};
use crate::runtime::table::facts::DataPath;
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::parameter::{Count, Text};

pub struct ListUsers;

parameters! {
    /// Parameters of *list users*.
    pub struct Parameters {
        /// Start of a first name, last name or email address; returns at most 200 users
        query: Option<Text>,
        /// Filter expression, for example status eq "STAGED"
        filter: Option<Text>,
        /// Search expression over most user properties, for example profile.department eq "Sales"
        search: Option<Text>,
        /// Maximum number of users to return; all if empty
        limit: Option<Count>,
    }
}

const DATA: &[&[DataPath]] = &[user::IDENTITY, user::ACCOUNT, user::PROFILE, user::PRIMARY_PHONE];

impl Counted for ListUsers {
    const NAME: &'static str = "num_users";
}

impl Action<OktaSession> for ListUsers {
    const FACTS: Facts = Facts {
        action: "list users",
        identifier: "list_users",
        action_type: ActionType::Investigate,
        read_only: true,
        settles: Settles::Nothing,
        description: "List the users in the org",
        verbose: "Use at most one of query, filter and search; Okta rejects most combinations. \
            filter supports status, lastUpdated, id, profile.login, profile.email, profile.firstName and profile.lastName; \
            search also supports created, activated, statusChanged and the other profile fields. \
            Operators: eq, sw (starts with), pr (is present), gt, ge, lt, le. \
            Only filter and search find users with the status DEPROVISIONED. \
            Results for query are not paginated: summary.truncated is true if there may be more.",
        roles: roles::USER_LISTERS,
        data: Data::Objects(DATA),
        summary: &listing::summary_paths(Self::NAME),
    };
    type Parameters = Parameters;
    type Summary = Counts<Self>;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Counts<Self>>, Failure> {
        let Parameters { query, filter, search, limit } = &parameters;
        let text = |value: &Option<Text>| value.as_ref().map(|text| text.0.clone());
        let (q, filter, search) = (text(query), text(filter), text(search));
        let users = UserQuery { q: q.as_deref(), filter: filter.as_deref(), search: search.as_deref() };
        let pages = okta.users(&users, limit.map(|limit| limit.0));
        listing::write(
            pages,
            *limit,
            q.is_some().then(|| Unpaged { asked: asked(*limit, PAGE), advice: "Use `filter` or `search`" }),
            output,
        )
    }
}
