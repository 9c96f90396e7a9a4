//! Any bytes as a request: it is taken or refused in words that show none of its secrets, and the
//! echo of its parameters is JSON on one line.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use okta_connector::actions::OKTA;
use okta_connector::runtime::envelope::environment::Environment;
use okta_connector::runtime::envelope::request;
use okta_connector::runtime::secret::Redactor;

/// The seeds' token; where the fuzzer leaves it whole, it must not come out.
const TOKEN: &str = "00fuzzTokenThatNobodyMayEverSee";

fuzz_target!(|input: &[u8]| {
    let redactor = Arc::new(Redactor::default());
    match request::parse(input, OKTA.actions, &Environment::default(), None, &redactor) {
        Ok(request) => {
            assert!(!request.sets.is_empty(), "a request without a run");
            for set in &request.sets {
                // Raw: `context` may hold numbers that no type does.
                let echo: &serde_json::value::RawValue =
                    serde_json::from_str(&set.parameter).expect("the echo is JSON");
                assert!(echo.get().starts_with('{') && !set.parameter.contains(['\n', '\r']));
                if let Err(failure) = &set.prepared {
                    assert!(!failure.message.is_empty());
                }
            }
        }
        Err(refusal) => {
            let shown = redactor.text(&refusal.failure.message).into_owned();
            assert!(!shown.is_empty() && !shown.chars().any(char::is_control), "{shown:?}");
            if String::from_utf8_lossy(input).contains(&format!("\"api_key\":\"{TOKEN}\"")) {
                // Known as a secret only in a document that can be read.
                let known = serde_json::from_slice::<serde_json::Value>(input)
                    .is_ok_and(|document| document["config"]["api_key"] == TOKEN);
                assert!(!known || !shown.contains(&TOKEN[..8]), "{shown}");
            }
        }
    }
});
