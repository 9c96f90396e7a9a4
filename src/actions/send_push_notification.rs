//! *send push notification*: asks a user on the phone, and waits for what the user says.

use std::time::Duration;

use schemars::json_schema;
use serde::Serialize;
use serde_json::value::RawValue;

use super::ids::{UserAddress, not_one_of};
use super::objects::factor;
use super::roles;
use super::session::OktaSession;
use crate::okta::api::factors::{Challenge, Factor, FactorHolder, POLL_EVERY};
use crate::okta::api::users::subject;
use crate::okta::{Error, Okta};
use crate::runtime::envelope::output::Output;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::table::connector::{Action, Done};
use crate::runtime::table::facts::{ActionType, Data, Facts};
use crate::runtime::table::facts::{DataPath, text};
use crate::runtime::table::parameter::{Choice, Choices};
use crate::runtime::text::{capital, seconds};
use crate::{inline_schema, parameters};

pub struct SendPushNotification;

/// The types of factors: one works for now.
#[derive(Clone, Debug)]
pub struct FactorTypes;

impl Choices for FactorTypes {
    const OFFERED: &'static [&'static str] = &["push"];
    const PATTERNS: &'static [&'static str] = &["[Pp][Uu][Ss][Hh]\\s*\\(.*\\)"];

    fn judge(_: Option<&'static str>, given: &str) -> Result<String, String> {
        // Stored playbooks hold `sms (not yet implemented)`: the remark is dropped.
        let name = given.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "push" => Ok(name),
            "sms" | "token:software:totp" => Err(format!("`{name}` is not built yet: only push works")),
            _ => Err(not_one_of(Self::OFFERED)),
        }
    }
}

parameters! {
    /// What *send push notification* takes.
    pub struct Parameters {
        /// Id, login or e-mail address of the user
        email: UserAddress,
        /// Type of the factor: push
        factortype: Choice<FactorTypes>,
    }
}

const DATA: &[&[DataPath]] = &[factor::RESULT, factor::FACTOR, factor::PROFILE, factor::LINKS];

/// The summary of *send push notification*.
#[derive(Serialize)]
pub struct Summary {
    /// The outcome, as Okta sent it.
    result: Box<RawValue>,
}

inline_schema!([] Summary, |_| json_schema!({
    "type": "object",
    "properties": {"result": {
        "description": "The outcome, as Okta sent it.",
        "type": "object",
        "properties": {"factorResult": {
            "description": "SUCCESS, REJECTED, TIMEOUT, EXPIRED or CANCELLED.",
            "type": "string",
        }},
        "required": ["factorResult"],
    }},
    "required": ["result"],
    "additionalProperties": false,
}));

/// Left at the end of the time for calling the challenge off.
const RESERVE: Duration = Duration::from_secs(5);

impl Action<OktaSession> for SendPushNotification {
    const FACTS: Facts = Facts {
        action: "send push notification",
        identifier: "send_push_notification",
        action_type: ActionType::Contain,
        read_only: false,
        description: "Ask a user by push notification, and wait for the answer",
        verbose: "The first active push factor is used. Whatever the user says is a success of the action: decide on summary.result.factorResult, \
            which is SUCCESS only when the user approved. Where no answer comes within wait_seconds (asset setting), the challenge is called off and the action fails. \
            The factor types sms and token:software:totp are not built yet.",
        roles: roles::HELP_DESK,
        data: Data::Objects(DATA),
        summary: &[text("result.factorResult", "SUCCESS").column("Result").description("What came of it")],
    };
    type Parameters = Parameters;
    type Summary = Summary;

    fn run(okta: &Okta, parameters: Parameters, output: &mut Output) -> Result<Done<Summary>, Failure> {
        let user = subject(okta, &parameters.email.0);
        let holder = okta.factor_holder(&parameters.email.0)?;
        let factors = read_factors(okta, &holder)?;
        let wanted = parameters.factortype.0.as_str();
        let Some((factor, _)) =
            factors.iter().find(|(factor, _)| factor.factor_type == wanted && factor.status == "ACTIVE")
        else {
            return Err(not_enrolled(okta, &user, &factors));
        };
        let device = okta.shown(factor.device(), 100);
        okta.run.log.line(&format!("asking {user} on the device \"{device}\""));
        let (outcome, sentence) = wait_for_answer(okta, okta.challenge(&holder, factor)?, &user, &device)?;
        output.item(&outcome.raw)?;
        for (_, raw) in &factors {
            output.item(raw)?;
        }
        Ok(Done::says(Summary { result: outcome.raw }, sentence))
    }
}

fn read_factors(okta: &Okta, holder: &FactorHolder) -> Result<Vec<(Factor, Box<RawValue>)>, Error> {
    let mut found = Vec::new();
    let mut pages = okta.factors(holder);
    while let Some(page) = pages.next_page()? {
        for item in page.items() {
            let factor = serde_json::from_str(item)
                .map_err(|_| okta.invalid_answer(page.answer(), holder.subject(), "is no list of factors"))?;
            found.push((factor, RawValue::from_string(item.to_owned()).expect("checked to be JSON")));
        }
    }
    Ok(found)
}

fn not_enrolled(okta: &Okta, user: &str, factors: &[(Factor, Box<RawValue>)]) -> Failure {
    let unfinished = factors.iter().find(|(factor, _)| factor.factor_type == "push");
    let message = match unfinished {
        Some((factor, _)) => format!(
            "The push factor of {user} has the status {}: it has to be activated on the phone first.",
            okta.shown(&factor.status, 40)
        ),
        None => format!("{} has no push factor: Okta Verify has to be enrolled first.", capital(user)),
    };
    Failure::new(Kind::Conflict, message)
}

/// Polls until the user has answered. Whenever we stop first, the challenge is called off, so
/// that nobody approves it unseen later.
fn wait_for_answer(
    okta: &Okta,
    challenge: Challenge,
    user: &str,
    device: &str,
) -> Result<(Challenge, String), Failure> {
    let clock = &okta.run.clock;
    // Whatever becomes of the polls, time is left to call the challenge off.
    let until = (clock.now() + okta.org.challenge_wait).min(okta.run.deadline().saturating_sub(RESERVE));
    let begun = clock.now();
    let mut challenge = challenge;
    let caller = okta.clone();
    let cancellation = match okta.cancellation(&challenge) {
        Ok(cancellation) => cancellation,
        Err(error) => {
            call_off(okta, None);
            return Err(error.into());
        }
    };
    if let Some(operation) = cancellation.clone() {
        okta.run.on_cancel(Some(Box::new(move || call_off(&caller, Some(operation)))));
    }
    while challenge.result == "WAITING" {
        let left = until.saturating_sub(clock.now());
        if left.is_zero() {
            let called_off = match call_off(okta, cancellation) {
                true => "the challenge was called off",
                false => "Okta could not be told to call the challenge off: it can still be approved on the phone",
            };
            return Err(Failure::new(
                Kind::Timeout,
                format!(
                    "{} did not answer on \"{device}\" within {}; {called_off}.",
                    capital(user),
                    seconds(clock.now().saturating_sub(begun))
                ),
            ));
        }
        clock.sleep(POLL_EVERY.min(left));
        // A last look at the end of the time still gets its answer.
        okta.run.cap(Some(until + RESERVE / 2));
        let polled = okta.poll(&challenge);
        okta.run.cap(None);
        challenge = match polled {
            Ok(challenge) => challenge,
            Err(error) => {
                call_off(okta, cancellation);
                return Err(error.into());
            }
        };
    }
    match result_sentence(okta, &challenge.result, user, device) {
        Ok(sentence) => Ok((challenge, sentence)),
        Err(failure) => {
            match failure.kind() {
                // Okta says itself that nobody was asked.
                Kind::Rejected => okta.run.effects.settle(false),
                _ => drop(call_off(okta, cancellation)),
            }
            Err(failure)
        }
    }
}

/// Best effort; whether it was done.
fn call_off(okta: &Okta, cancellation: Option<crate::okta::client::Operation>) -> bool {
    let done = cancellation.is_some_and(|operation| okta.send(operation).is_ok());
    if done {
        okta.run.effects.settle(false);
    } else {
        okta.run.effects.doubt();
    }
    done
}

/// What came of it. Only what Okta documents is an answer.
fn result_sentence(okta: &Okta, result: &str, user: &str, device: &str) -> Result<String, Failure> {
    let who = capital(user);
    Ok(match result {
        "SUCCESS" => format!("{who} approved on \"{device}\""),
        "REJECTED" => format!("{who} rejected on \"{device}\""),
        "TIMEOUT" => format!("{who} did not answer on \"{device}\": timed out"),
        "EXPIRED" => format!("{who} did not answer on \"{device}\": the challenge expired"),
        "CANCELLED" => format!("The challenge for {user} on \"{device}\" was cancelled"),
        "ERROR" => {
            return Err(Failure::new(
                Kind::Rejected,
                format!(
                    "Okta could not ask {user} on \"{device}\" (factorResult ERROR). Look at the factor in Okta's console."
                ),
            ));
        }
        other => {
            let other = okta.shown(other, 40);
            return Err(Failure::new(
                Kind::Protocol,
                format!("Okta answered with a factorResult that is not known: \"{other}\"."),
            ));
        }
    })
}
