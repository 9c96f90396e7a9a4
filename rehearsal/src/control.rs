//! Steering a rehearsal over HTTP, from a test in any language: under `/rehearsal/`, without a token.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::iso;
use crate::script::Script;
use crate::server::{Answer, Reply, Seen};
use crate::stage::Stage;

const ENDPOINTS: &[&str] = &[
    "GET /rehearsal/state",
    "GET /rehearsal/requests",
    "GET /rehearsal/report (?format=text for a page of text)",
    "POST /rehearsal/reset",
    "POST /rehearsal/faults with a script",
    "POST /rehearsal/clock with {\"forward_seconds\": n}",
];

/// What is done with any request: those that steer the rehearsal are answered here, the others on the stage.
pub(crate) fn serve(stage: &mut Stage, seen: &Seen) -> Reply {
    match seen.path() == "/rehearsal" || seen.path().starts_with("/rehearsal/") {
        true => answer(stage, seen).reply(),
        false => stage.serve(seen),
    }
}

fn answer(stage: &mut Stage, seen: &Seen) -> Answer {
    let answer = match (seen.method.as_str(), seen.path().trim_start_matches("/rehearsal")) {
        ("GET", "" | "/") => Answer::json(200, &json!({"endpoints": ENDPOINTS})),
        ("GET", "/state") => Answer::json(200, &stage.org.state()),
        ("GET", "/requests") => Answer::json(200, &stage.report().log),
        ("GET", "/report") if wants_text(seen) => {
            Answer::new(200, stage.report().to_string()).header("Content-Type", "text/plain; charset=utf-8")
        }
        ("GET", "/report") => Answer::json(200, &stage.report()),
        ("POST", "/reset") => {
            stage.reset();
            Answer::json(200, &json!({"reset": true}))
        }
        ("POST", "/faults") => match Script::parse(&String::from_utf8_lossy(&seen.body)) {
            Ok(script) => {
                let rules = script.rules.len();
                stage.set_script(script);
                Answer::json(200, &json!({"rules": rules}))
            }
            Err(why) => refusal(400, &why),
        },
        ("POST", "/clock") => {
            let body: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
            match body["forward_seconds"].as_u64() {
                Some(seconds) => {
                    stage.org.clock.shift(Duration::from_secs(seconds));
                    Answer::json(200, &json!({"time": iso(stage.org.now())}))
                }
                None => refusal(400, "{\"forward_seconds\": n} is expected"),
            }
        }
        _ => refusal(404, &format!("there is no {} {}: {}", seen.method, seen.path(), ENDPOINTS.join("; "))),
    };
    answer.without("X-Okta-Request-Id").header("Date", crate::clock::http_date(stage.org.clock.seconds()))
}

fn refusal(status: u16, why: &str) -> Answer {
    Answer::json(status, &json!({"error": why}))
}

fn wants_text(seen: &Seen) -> bool {
    seen.query().contains("format=text") || seen.header("accept").is_some_and(|accept| accept.starts_with("text/plain"))
}
