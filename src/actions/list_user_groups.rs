//! *list user groups*: the groups of the org, or those that match.

use super::asset::OktaSession;
use super::listing::{self, Counted, Counts, Unpaged, asked};
use super::objects::group;
use super::roles;
use crate::connector::{Action, Data, Done, Facts, Verb};
use crate::error::Failure;
use crate::okta::Okta;
use crate::okta::groups::MOST_WITH_QUERY;
use crate::output::DataPath;
use crate::parameter::{Count, Text};
use crate::parameters;
use crate::result::Output;

pub struct ListUserGroups;

parameters! {
    /// What *list user groups* takes.
    pub struct Parameters {
        /// Begin of the group's name
        query: Option<Text>,
        /// Exact filter, for example type eq "OKTA_GROUP"
        filter: Option<Text>,
        /// The most groups to return; all if empty
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
        verb: Verb::Investigate,
        read_only: true,
        description: "List the groups of the org",
        verbose: "Lists groups of the org, not of one user. filter knows type, id, lastUpdated and lastMembershipUpdated. \
            The answer to query is never paged: summary.truncated says when it may be cut.",
        roles: roles::GROUP_LISTERS,
        data: Data::Objects(DATA),
        summary: &[listing::number_path(Self::NAME)],
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
