//! Verifying a factor: codes, and a push that the user answers while the client polls
//! (okta-api.md, «Verifying a factor»).

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use super::factors::find;
use crate::org::ids::Kind;
use crate::org::{Challenge, Factor, LIFETIME, Org, REMEMBERED, User};
use crate::server::Answer;

/// A second code within half a minute is refused (okta-api.md, «Errors»: E0000109, E0000133).
const BETWEEN_CODES: u64 = 30_000;

pub(super) fn verify(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (user, factor) = find(org, call)?;
    // Only ACTIVE ones can be verified (okta-api.md, «Verifying a factor»).
    if factor.status != "ACTIVE" {
        return Err(Refusal::wrong_status());
    }
    match factor.kind.as_str() {
        "push" => push(org, call, &user, &factor),
        "sms" | "call" | "email" if call.body.get("passCode").is_none() => send_code(org, &user, factor),
        "sms" | "call" | "email" | "token:software:totp" | "token:hardware" | "token" => {
            let code = call.body["passCode"].as_str().unwrap_or_default();
            check_code(org, &user, factor, code)
        }
        "question" => match call.body["answer"].as_str() {
            Some(answer) if answer == org.passcode => Ok(success()),
            _ => Err(wrong_code("Your answer doesn't match our records.")),
        },
        kind => Err(Refusal::unknown(&format!("verifying a {kind} factor without the user's device"))),
    }
}

fn success() -> Answer {
    Answer::json(200, &json!({"factorResult": "SUCCESS"}))
}

fn wrong_code(cause: &str) -> Refusal {
    Refusal::because(403, "E0000068", "Invalid Passcode/Answer", cause)
}

fn store(org: &mut Org, user: &User, factor: Factor) {
    let mut factors = org.factors_of(user);
    if let Some(own) = factors.iter_mut().find(|own| own.id == factor.id) {
        *own = factor;
    }
    org.set_factors(user.number, factors);
}

fn send_code(org: &mut Org, user: &User, mut factor: Factor) -> Outcome {
    let now = org.now();
    if factor.code_sent.is_some_and(|sent| now < sent + BETWEEN_CODES) {
        let (code, what) = match factor.kind.as_str() {
            "call" => ("E0000133", "A phone call was recently made. Please wait 30 seconds before trying again."),
            _ => ("E0000109", "A message was recently sent. Please wait 30 seconds before trying again."),
        };
        let refusal = Refusal::new(429, code, what);
        return Err(Refusal(refusal.0.header("Retry-After", "30")));
    }
    factor.code_sent = Some(now);
    let own = format!("{}/api/v1/users/{}/factors/{}", org.origin, user.id, factor.id);
    let answer = json!({
        "factorResult": "CHALLENGE",
        "profile": factor.profile,
        "_links": {
            "verify": {"href": format!("{own}/verify"), "hints": {"allow": ["POST"]}},
            "factor": {"href": own, "hints": {"allow": ["GET", "DELETE"]}},
        },
    });
    store(org, user, factor);
    Ok(Answer::json(200, &answer))
}

fn check_code(org: &mut Org, user: &User, mut factor: Factor, code: &str) -> Outcome {
    if code != org.passcode {
        return Err(wrong_code("Your passcode doesn't match our records. Please try again."));
    }
    // okta-api.md, «Errors»: a code that was used already is 403 E0000082.
    if factor.used.iter().any(|used| used == code) && factor.code_sent.is_none() {
        return Err(Refusal::new(
            403,
            "E0000082",
            "Each code can only be used once. Please wait for a new code and try again.",
        ));
    }
    factor.used.push(code.to_owned());
    factor.code_sent = None;
    store(org, user, factor);
    Ok(success())
}

fn push(org: &mut Org, call: &Call<'_>, user: &User, factor: &Factor) -> Outcome {
    let number = org.challenges.len() as u64;
    let matches = call.body["useNumberMatchingChallenge"] == Value::Bool(true);
    let challenge = Challenge {
        // An id of this form holds a dot, which a path takes as it is.
        id: org.plan().ids.of(Kind::Transaction, "v2mst.", number),
        user: user.number,
        factor: factor.id.clone(),
        created: org.now(),
        polls: 0,
        cancelled: false,
        correct_answer: matches.then(|| (10 + org.plan().ids.chance("answer", number) % 90) as u8),
        profile: factor.profile.clone(),
        result: None,
    };
    let answer = Answer::json(201, &challenge.json("WAITING", &address(org, user, factor)));
    org.challenges.push(challenge);
    Ok(answer)
}

fn address(org: &Org, user: &User, factor: &Factor) -> String {
    format!("{}/api/v1/users/{}/factors/{}", org.origin, user.id, factor.id)
}

fn find_challenge(org: &Org, call: &Call<'_>, user: &User, factor: &Factor) -> Result<usize, Refusal> {
    let id = call.argument(2);
    let found = org
        .challenges
        .iter()
        .position(|challenge| challenge.id == id && challenge.user == user.number && challenge.factor == factor.id);
    found.ok_or_else(|| Refusal::not_found(id, "FactorTransaction"))
}

/// What has come of a challenge so far. Nobody answers after five minutes: TIMEOUT, and later 404
/// E0000191 (okta-api.md, «Errors»).
pub(super) fn poll(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (user, factor) = find(org, call)?;
    let index = find_challenge(org, call, &user, &factor)?;
    let now = org.now();
    org.polls += 1;
    let response = org.responses.get(&user.number).unwrap_or(&org.response).clone();
    let challenge = &mut org.challenges[index];
    challenge.polls += 1;
    let age = now.saturating_sub(challenge.created);
    if age > REMEMBERED {
        return Err(Refusal::new(404, "E0000191", "Factor transaction not found or timed out"));
    }
    let result = match &challenge.result {
        Some(result) => result.clone(),
        None if age > LIFETIME => "TIMEOUT".to_owned(),
        None if challenge.polls <= response.after_polls => "WAITING".to_owned(),
        None => response.result,
    };
    if result != "WAITING" {
        challenge.result = Some(result.clone());
    }
    let answer = org.challenges[index].json(&result, &address(org, &user, &factor));
    Ok(Answer::json(200, &answer))
}

/// DELETE of the `cancel` link: Okta's answers hold it, its description lacks it.
pub(super) fn cancel(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (user, factor) = find(org, call)?;
    let index = find_challenge(org, call, &user, &factor)?;
    org.cancelled += 1;
    let challenge = &mut org.challenges[index];
    challenge.cancelled = true;
    if challenge.result.is_none() {
        challenge.result = Some("CANCELLED".to_owned());
    }
    Ok(Answer::new(204, ""))
}
