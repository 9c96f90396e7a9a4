//! *reset password*: a link to choose a new password with, mailed or returned.

use serde::Deserialize;

use super::ids::UserId;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::answer::Answer;
use crate::okta::api::users::subject;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts};
use crate::runtime::table::facts::{DataPath, url};
use crate::runtime::table::parameter::{Choice, Choices};

pub struct ResetPassword;

/// How the user gets the link.
#[derive(Clone, Debug)]
pub struct Receivers;

impl Choices for Receivers {
    const OFFERED: &'static [&'static str] = &["Email", "UI"];
}

parameters! {
    /// What *reset password* takes.
    pub struct Parameters {
        /// Id or login of the user
        user_id: UserId,
        /// Email: Okta mails the link to the user; UI: the result has it
        receive_type: Choice<Receivers>,
    }
}

const DATA: &[&[DataPath]] = &[OWN];

const OWN: &[DataPath] = &[url("resetPasswordUrl", "https://example.okta.com/reset_password/example-reset-token")
    .description("Link to choose a new password with; only there when receive_type is UI")];
/// What is read of the answer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    reset_password_url: String,
}

impl Action<OktaSession> for ResetPassword {
    const FACTS: Facts = Facts {
        action: "reset password",
        identifier: "reset_password",
        action_type: ActionType::Correct,
        read_only: false,
        description: "Start the reset of a password: Okta mails a link to the user, or returns it",
        verbose: "With UI, the link is in data: whoever has it can set the password. Each call voids the link before it.",
        roles: roles::HELP_DESK,
        data: Data::Objects(DATA),
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let Parameters { user_id, receive_type } = &parameters;
        let user = subject(okta, &user_id.0);
        let by_mail = receive_type.0 == "Email";
        let answer = okta.reset_password(&user_id.0, by_mail)?;
        if by_mail {
            return Ok(Done::says(NoSummary {}, format!("Okta has mailed a link to reset the password to {user}")));
        }
        let has_link = |answer: &Answer| answer.parse::<Link>().is_ok_and(|link| !link.reset_password_url.is_empty());
        if !has_link(&answer) {
            okta.run.effects.doubt();
            return Err(okta
                .invalid_answer(&answer, &user, "has no link, though Okta says that the reset has begun")
                .into());
        }
        output.item(&answer.raw())?;
        Ok(Done::says(NoSummary {}, format!("The link to reset the password of {user} is in data: keep it secret")))
    }
}
