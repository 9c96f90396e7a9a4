//! *get group*: one group, by id.

use super::ids::GroupId;
use super::objects::group;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::groups::subject;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::DataPath;
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};

pub struct GetGroup;

parameters! {
    /// Parameters of *get group*.
    pub struct Parameters {
        /// Id of the group
        group_id: GroupId,
    }
}

const DATA: &[&[DataPath]] = &[group::COMMON, group::SOURCE];
impl Action<OktaSession> for GetGroup {
    const FACTS: Facts = Facts {
        action: "get group",
        identifier: "get_group",
        action_type: ActionType::Investigate,
        read_only: true,
        settles: Settles::Nothing,
        description: "Look up a group",
        verbose: "",
        roles: roles::READERS,
        data: Data::Objects(DATA),
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let group = okta.group(&parameters.group_id.0)?;
        output.item(&group.raw())?;
        Ok(Done::says(NoSummary {}, format!("Found {}", subject(okta, &parameters.group_id.0))))
    }
}
