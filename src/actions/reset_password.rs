//! *reset password*: a link for choosing a new password, emailed or returned.

use super::ids::UserId;
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::users::subject;
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
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
    /// Parameters of *reset password*.
    pub struct Parameters {
        /// Id or login of the user
        user_id: UserId,
        /// How to deliver the link (Email sends it to the user, UI returns it in the result)
        receive_type: Choice<Receivers>,
    }
}

const DATA: &[&[DataPath]] = &[OWN];

const OWN: &[DataPath] = &[url("resetPasswordUrl", "https://example.okta.com/reset_password/example-reset-token")
    .description("Link to choose a new password with; only there when receive_type is UI")];
impl Action<OktaSession> for ResetPassword {
    const FACTS: Facts = Facts {
        action: "reset password",
        identifier: "reset_password",
        action_type: ActionType::Correct,
        read_only: false,
        settles: Settles::Nothing,
        description: "Start a password reset: Okta emails a link to the user or returns it",
        verbose: "With UI, data contains the link: anyone who has it can set the password. Each call invalidates the previous link.",
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
            return Ok(Done::says(NoSummary {}, format!("Okta emailed a password reset link to {user}")));
        }
        output.item(&answer.raw())?;
        Ok(Done::says(NoSummary {}, format!("The password reset link for {user} is in data: keep it secret")))
    }
}
