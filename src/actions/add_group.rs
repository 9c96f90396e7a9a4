//! *add group*: creates a group, or finds that it already exists.

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
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::facts::{DataPath, text};
use crate::runtime::table::parameter::Text;
use crate::runtime::text::capital;

pub struct AddGroup;

parameters! {
    /// Parameters of *add group*.
    pub struct Parameters {
        /// Name of the group; must be unique in the org
        name: Text,
        /// Description of the group
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
        settles: Settles::Loss,
        description: "Create a group",
        verbose: "If the org already has a group of type OKTA_GROUP with exactly this name, the action succeeds and leaves its description unchanged.",
        roles: roles::ORG,
        data: Data::Objects(DATA),
        summary: &[text("group_id", "00gq3x7ZkT9aLmN4w5d7")
            .contains(&["okta group id"])
            .description("Okta's id of the group")],
    };
    type Parameters = Parameters;
    type Summary = Summary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Summary>, Failure> {
        let (name, description) = (&parameters.name.0, &parameters.description.0);
        let group = subject(okta, name);
        let error = match okta.create_group(name, description) {
            Ok(answer) => {
                let made: Group = answer.parse().map_err(|_| okta.invalid_answer(&answer, &group, "is not a group"))?;
                output.item(&answer.raw())?;
                return Ok(Done::says(Summary { group_id: made.id }, format!("Added {group}")));
            }
            Err(error) => error,
        };
        let lost = okta.run.effects.is_lost();
        let name_taken = error.is_about_state() && error.kind() == Kind::Conflict;
        if !lost && !name_taken {
            return Err(error.into());
        }
        // Names are unique, so looking for the group also settles the outcome after a lost response.
        let settled = okta.settle(|| {
            Ok(match okta.group_named(name)? {
                Some((found, raw, since)) => Reading::Made((found, raw), since),
                None => Reading::NotMade(()),
            })
        });
        let ((found, raw), was) = match settled {
            Ok(Settled::Ours(found)) => (found, "exists in Okta, although the response was lost"),
            Ok(Settled::Already(found)) => (found, "already exists"),
            Err(_) => return Err(error.into()),
            Ok(Settled::Not(())) => {
                let mut failure = Failure::from(error);
                if !lost {
                    failure.message.push_str(
                        " The name is taken by an app group, a built-in group, or a group whose name differs only in case.",
                    );
                }
                return Err(failure);
            }
        };
        output.item(&raw)?;
        let other = match found.profile.description.unwrap_or_default() == *description {
            true => "",
            false => "; its description differs and was left unchanged",
        };
        Ok(Done::says(Summary { group_id: found.id }, format!("{} {was}{other}", capital(&group))))
    }
}
