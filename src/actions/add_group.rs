//! *add group*: makes a group, or finds that it is there.

use schemars::JsonSchema;
use serde::Serialize;

use super::objects::group;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::groups::{Group, subject};
use crate::okta::settle::{Reading, Settled};
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::table::connector::{Action, Done};
use crate::runtime::table::facts::{ActionType, Data, Facts};
use crate::runtime::table::facts::{DataPath, text};
use crate::runtime::table::parameter::Text;
use crate::runtime::text::capital;

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

impl Action<OktaSession> for AddGroup {
    const FACTS: Facts = Facts {
        action: "add group",
        identifier: "add_group",
        action_type: ActionType::Generic,
        read_only: false,
        description: "Make a group in the org",
        verbose: "A group of the org that has exactly this name already is a success; its description stays as it is.",
        roles: roles::ORG,
        data: Data::Objects(DATA),
        summary: &[text("group_id", "00gq3x7ZkT9aLmN4w5d7")
            .contains(&["okta group id"])
            .description("Id of the group")],
    };
    type Parameters = Parameters;
    type Summary = Summary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Summary>, Failure> {
        let (name, description) = (&parameters.name.0, &parameters.description.0);
        let group = subject(okta, name);
        let error = match okta.create_group(name, description) {
            Ok(answer) => {
                let made: Group = answer.parse().map_err(|_| okta.invalid_answer(&answer, &group, "is no group"))?;
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
        let settled = okta.settle(|| {
            Ok(match okta.group_named(name)? {
                Some(found) => Reading::Made(found),
                None => Reading::NotMade(()),
            })
        });
        let ((found, raw), was) = match settled {
            Ok(Settled::Ours(found)) => (found, "is there: Okta has it, though its answer was lost"),
            Ok(Settled::Already(found)) => (found, "was there already"),
            Err(_) => return Err(error.into()),
            Ok(Settled::Not(())) => {
                let mut failure = Failure::from(error);
                if !lost {
                    failure.message.push_str(
                        " A group of an app or a built-in one has the name, or one that differs in case only.",
                    );
                }
                return Err(failure);
            }
        };
        output.item(&raw)?;
        let other = match found.profile.description.unwrap_or_default() == *description {
            true => "",
            false => "; its description is another and was kept",
        };
        Ok(Done::says(Summary { group_id: found.id }, format!("{} {was}{other}", capital(&group))))
    }
}
