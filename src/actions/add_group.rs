//! *add group*: makes a group, or finds that it is there.

use schemars::JsonSchema;
use serde::Serialize;

use super::asset::OktaSession;
use super::objects::group;
use super::roles;
use crate::connector::{Action, Data, Done, Facts, Verb};
use crate::error::{Failure, Kind};
use crate::okta::groups::{Group, subject};
use crate::okta::{Error, Okta};
use crate::output::{DataPath, text};
use crate::parameter::Text;
use crate::parameters;
use crate::result::Output;

pub struct AddGroup;

parameters! {
    /// What *add group* takes.
    pub struct Parameters {
        /// Name of the group, unique in the org
        name: Text,
        /// What the group is for
        description: Text,
    }
}

const DATA: &[&[DataPath]] = &[group::COMMON];
/// The summary of *add group*.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Summary {
    /// Okta's id of the group.
    pub group_id: String,
}

/// No group of the org has the name: a lost request did not make it, and a refused one was
/// refused for another kind of group.
fn absent(okta: &Okta, error: Error, lost: bool) -> Failure {
    let mut failure = Failure::from(error);
    match lost {
        true => okta.run.effects.settled(false),
        false => failure
            .message
            .push_str(" A group of an app or a built-in one has the name, or one that differs in case only."),
    }
    failure
}

impl Action<OktaSession> for AddGroup {
    const FACTS: Facts = Facts {
        action: "add group",
        identifier: "add_group",
        verb: Verb::Generic,
        read_only: false,
        description: "Make a group in the org",
        verbose: "A group of the org that has exactly this name already is a success; its description stays as it is.",
        roles: roles::ORG,
        data: Data::Objects(DATA),
        summary: &[text("group_id", "00gq3x7ZkT9aLmN4w5d7").contains(&["okta group id"]).says("Id of the group")],
    };
    type Parameters = Parameters;
    type Summary = Summary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Summary>, Failure> {
        let (name, description) = (&parameters.name.0, &parameters.description.0);
        let group = subject(name);
        let error = match okta.create_group(name, description) {
            Ok(answer) => {
                let made: Group = answer.parse().map_err(|_| okta.nonsense(&answer, &group, "is no group"))?;
                output.item(&answer.raw())?;
                return Ok(Done::says(Summary { group_id: made.id }, format!("Added {group}")));
            }
            Err(error) => error,
        };
        let lost = okta.run.effects.is_lost();
        if !lost && error.kind() != Kind::Conflict {
            return Err(error.into());
        }
        // Names are unique: whether the group is there settles what became of a lost answer, too.
        let Ok(found) = okta.group_named(name) else { return Err(error.into()) };
        let Some((found, raw)) = found else { return Err(absent(okta, error, lost)) };
        if lost {
            okta.run.effects.settled(true);
        }
        output.item(&raw)?;
        let was = if lost { "is there: Okta has it, though its answer was lost" } else { "was there already" };
        let other = match found.profile.description.unwrap_or_default() == *description {
            true => "",
            false => "; its description is another and was kept",
        };
        Ok(Done::says(Summary { group_id: found.id }, format!("{} {was}{other}", crate::text::capital(&group))))
    }
}
