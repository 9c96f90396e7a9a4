//! *list user groups*: all groups in the org, or those that match.

use super::listing::{self, Counted, Counts, Unpaged, asked};
use super::objects::group;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::groups::MOST_WITH_QUERY;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done};
use crate::runtime::table::facts::DataPath;
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::parameter::{Count, Text};

pub struct ListUserGroups;

parameters! {
    /// Parameters of *list user groups*.
    pub struct Parameters {
        /// Start of the group name
        query: Option<Text>,
        /// Filter expression, for example type eq "OKTA_GROUP"
        filter: Option<Text>,
        /// Maximum number of groups to return; all if empty
        limit: Option<Count>,
    }
}

const DATA: &[&[DataPath]] = &[group::COMMON, group::SOURCE];

impl Counted for ListUserGroups {
    const NAME: &'static str = "num_groups";
}

impl Action<OktaSession> for ListUserGroups {
    const FACTS: Facts = Facts {
        action: "list user groups",
        identifier: "list_user_groups",
        action_type: ActionType::Investigate,
        read_only: true,
        settles: Settles::Nothing,
        description: "List the groups in the org",
        verbose: "Lists the groups in the org, not those of one user. filter supports type, id, lastUpdated and lastMembershipUpdated. \
            Results for query are not paginated: summary.truncated is true if there may be more.",
        roles: roles::GROUP_LISTERS,
        data: Data::Objects(DATA),
        summary: &listing::summary_paths(Self::NAME),
    };
    type Parameters = Parameters;
    type Summary = Counts<Self>;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Counts<Self>>, Failure> {
        let Parameters { query, filter, limit } = parameters;
        let (q, filter) = (query.as_ref().map(|text| text.0.as_str()), filter.as_ref().map(|text| text.0.as_str()));
        let pages = okta.groups(q, filter, limit.map(|limit| limit.0));
        listing::write(
            pages,
            limit,
            q.map(|_| Unpaged { asked: asked(limit, MOST_WITH_QUERY), advice: "Use `filter` or a longer `query`" }),
            output,
        )
    }
}
