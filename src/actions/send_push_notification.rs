//! *send push notification*: asks the user to approve on the phone, and waits for the answer.

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
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::facts::{DataPath, text};
use crate::runtime::table::parameter::{Choice, Choices};
use crate::runtime::text::{capital, seconds};
use crate::{inline_schema, parameters};

pub struct SendPushNotification;

/// The factor types; only push is supported for now.
#[derive(Clone, Debug)]
pub struct FactorTypes;

impl Choices for FactorTypes {
    const OFFERED: &'static [&'static str] = &["push"];
    const PATTERNS: &'static [&'static str] = &["[Pp][Uu][Ss][Hh]\\s*\\(.*\\)"];

    fn judge(_: Option<&'static str>, given: &str) -> Result<String, String> {
        // Stored playbooks contain `sms (not yet implemented)`: the remark is dropped.
        let name = given.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "push" => Ok(name),
            "sms" | "token:software:totp" => Err(format!("does not support `{name}` yet: use push")),
            _ => Err(not_one_of(Self::OFFERED)),
        }
    }
}

parameters! {
    /// Parameters of *send push notification*.
    pub struct Parameters {
        /// Id, login or email address of the user
        email: UserAddress,
        /// Factor type
        factortype: Choice<FactorTypes>,
    }
}

const DATA: &[&[DataPath]] = &[factor::RESULT, factor::FACTOR, factor::PROFILE, factor::LINKS];

/// The summary of *send push notification*.
#[derive(Serialize)]
pub struct Summary {
    /// Result of the challenge, as sent by Okta.
    result: Box<RawValue>,
}

inline_schema!([] Summary, |_| json_schema!({
    "type": "object",
    "properties": {"result": {
        "description": "Result of the challenge, as sent by Okta.",
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

/// Time reserved at the end for cancelling the challenge.
const RESERVE: Duration = Duration::from_secs(5);
/// Minimum time for the user to answer; with less, no challenge is sent.
const LEAST_WAIT: Duration = POLL_EVERY;

impl Action<OktaSession> for SendPushNotification {
    const FACTS: Facts = Facts {
        action: "send push notification",
        identifier: "send_push_notification",
        action_type: ActionType::Contain,
        read_only: false,
        settles: Settles::Nothing,
        description: "Send a push notification to a user and wait for the answer",
        verbose: "Uses the user's first active push factor. The action succeeds whatever the user answers: check summary.result.factorResult, \
            which is SUCCESS only if the user approved. If the user does not answer within wait_seconds (asset setting), the challenge is cancelled and the action fails. \
            The factor types sms and token:software:totp are not supported yet.",
        roles: roles::HELP_DESK,
        data: Data::Objects(DATA),
        summary: &[text("result.factorResult", "SUCCESS").column("Result").description("Result of the challenge")],
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
        let challenge = challenge(okta, &holder, factor, &user, &device)?;
        let (outcome, sentence) = wait_for_answer(okta, challenge, &user, &device)?;
        // An answered challenge leaves nothing behind.
        okta.run.effects.settle(false);
        okta.run.effects.set_off(Some(format!("The push notification was sent to \"{device}\".")));
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
                .map_err(|_| okta.invalid_answer(page.answer(), holder.subject(), "is not a list of factors"))?;
            found.push((factor, RawValue::from_string(item.to_owned()).expect("checked to be JSON")));
        }
    }
    Ok(found)
}

fn not_enrolled(okta: &Okta, user: &str, factors: &[(Factor, Box<RawValue>)]) -> Failure {
    let unfinished = factors.iter().find(|(factor, _)| factor.factor_type == "push");
    let message = match unfinished {
        Some((factor, _)) => format!(
            "The push factor of {user} has the status {}: activate it on the phone first.",
            okta.shown(&factor.status, 40)
        ),
        None => format!("{} has no push factor: the user must enroll in Okta Verify first.", capital(user)),
    };
    Failure::new(Kind::Conflict, message)
}

/// Sends the challenge, unless too little time is left for the user to answer.
fn challenge(
    okta: &Okta,
    holder: &FactorHolder,
    factor: &Factor,
    user: &str,
    device: &str,
) -> Result<Challenge, Failure> {
    let last = okta.run.deadline().saturating_sub(RESERVE + LEAST_WAIT);
    if okta.run.clock.now() >= last {
        let limited = okta.run.stats.limited();
        let (kind, spent) = match limited.is_zero() {
            true => (Kind::Timeout, String::new()),
            false => {
                (Kind::RateLimited, format!(": {} of it were spent waiting for Okta's rate limit", seconds(limited)))
            }
        };
        let message = format!(
            "No push notification was sent: too little of the time limit (`timeout_seconds`) is left for {user} to answer{spent}."
        );
        return Err(Failure::new(kind, message));
    }
    okta.run.log.line(&format!("asking {user} on the device \"{device}\""));
    // Waiting for a rate limit must leave the user enough time to answer.
    okta.run.cap(Some(last));
    let challenge = okta.challenge(holder, factor);
    okta.run.cap(None);
    Ok(challenge?)
}

/// Polls until the user has answered. If polling stops before that, the challenge is cancelled, so that it cannot be
/// approved unnoticed later.
fn wait_for_answer(
    okta: &Okta,
    challenge: Challenge,
    user: &str,
    device: &str,
) -> Result<(Challenge, String), Failure> {
    let clock = &okta.run.clock;
    // Whatever happens to the polls, time is left to cancel the challenge.
    let wait = okta.org.challenge_wait.min(okta.run.left().saturating_sub(RESERVE));
    let until = clock.now() + wait;
    let mut challenge = challenge;
    set_off(okta, device, false);
    let cancellation = match okta.cancellation(&challenge) {
        Ok(cancellation) => cancellation,
        Err(error) => {
            cancel_challenge(okta, None, device);
            return Err(error.into());
        }
    };
    if let Some(operation) = cancellation.clone() {
        let (org, device) = (okta.org.clone(), device.to_owned());
        okta.run.on_cancel(Some(Box::new(move |run| cancel_challenge(&Okta { org, run }, Some(operation), &device))));
    }
    while challenge.result == "WAITING" {
        let left = until.saturating_sub(clock.now());
        if left.is_zero() {
            cancel_challenge(okta, cancellation, device);
            let message = format!("{} did not answer on \"{device}\" within {}.", capital(user), seconds(wait));
            return Err(Failure::new(Kind::Timeout, message));
        }
        clock.sleep(POLL_EVERY.min(left));
        // The last poll may run past the end of the wait.
        okta.run.cap(Some(until + RESERVE / 2));
        let polled = okta.poll(&challenge);
        okta.run.cap(None);
        challenge = match polled {
            Ok(challenge) => challenge,
            Err(error) => {
                cancel_challenge(okta, cancellation, device);
                return Err(error.into());
            }
        };
    }
    match result_sentence(okta, &challenge.result, user, device) {
        Ok(sentence) => Ok((challenge, sentence)),
        Err(failure) => {
            match failure.kind() {
                // Okta itself says that the user was not asked.
                Kind::Rejected => {
                    okta.run.effects.settle(false);
                    okta.run.effects.set_off(None);
                }
                _ => drop(cancel_challenge(okta, cancellation, device)),
            }
            Err(failure)
        }
    }
}

/// Remembers that the user was asked: automatic retries would ask again and again.
fn set_off(okta: &Okta, device: &str, cancelled: bool) {
    let state = match cancelled {
        true => "it was cancelled",
        false => "it could not be cancelled and can still be approved",
    };
    okta.run.effects.set_off(Some(format!("The push notification was sent to \"{device}\"; {state}.")));
}

/// Cancels the challenge, best effort; whether that succeeded.
fn cancel_challenge(okta: &Okta, cancellation: Option<crate::okta::client::Operation>, device: &str) -> bool {
    let done = cancellation.is_some_and(|operation| okta.send(operation).is_ok());
    if done {
        okta.run.effects.settle(false);
        set_off(okta, device, true);
    } else {
        okta.run.effects.doubt();
    }
    done
}

/// The sentence for a result of the challenge. Results that Okta does not document are failures.
fn result_sentence(okta: &Okta, result: &str, user: &str, device: &str) -> Result<String, Failure> {
    let who = capital(user);
    Ok(match result {
        "SUCCESS" => format!("{who} approved the push notification on \"{device}\""),
        "REJECTED" => format!("{who} rejected the push notification on \"{device}\""),
        "TIMEOUT" => format!("{who} did not answer on \"{device}\": timed out"),
        "EXPIRED" => format!("{who} did not answer on \"{device}\": the challenge expired"),
        "CANCELLED" | "CANCELED" => format!("The challenge for {user} on \"{device}\" was cancelled"),
        "FAILED" => format!("The challenge for {user} on \"{device}\" failed"),
        "PASSCODE_REPLAYED" => format!("The code of {user} for \"{device}\" was used before"),
        "TIME_WINDOW_EXCEEDED" => format!("{who} answered on \"{device}\" too late"),
        "ERROR" => {
            return Err(Failure::new(
                Kind::Rejected,
                format!(
                    "Okta could not send the push notification to {user} on \"{device}\" (factorResult ERROR). Check the factor in the Okta Admin Console."
                ),
            ));
        }
        other => {
            let other = okta.shown(other, 40);
            return Err(Failure::new(Kind::Protocol, format!("Okta returned an unknown factorResult: \"{other}\".")));
        }
    })
}
