//! A process whose outside misbehaves, inside the test's own process: a slow stdin, a stdout that
//! panics, and the names that SECURITY.md relies on.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use okta_connector::actions::OKTA;
use okta_connector::runtime::clock::{Clock, VirtualClock};
use okta_connector::runtime::envelope::environment::Environment;
use okta_connector::runtime::envelope::stdin::{Chunk, Ready, Source};
use okta_connector::runtime::process::{self, Options, Outside};
use okta_connector::runtime::reader::Reader;
use okta_connector::runtime::transport::replay::Replay;
use serde_json::{Value, json};

/// Keeps what is written; its first write may panic.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<(Vec<u8>, bool)>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let panics = std::mem::take(&mut self.0.lock().unwrap().1);
        assert!(!panics, "in stdout");
        self.0.lock().unwrap().0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn run(clock: Arc<dyn Clock>, stdin: Box<dyn Source>, stdout_panics: bool, exchanges: &Value) -> (i32, Value) {
    let stdout = Kept::default();
    stdout.0.lock().unwrap().1 = stdout_panics;
    let replay = Replay::new(serde_json::from_str(&exchanges.to_string()).expect("exchanges"));
    let status = process::run(
        &OKTA,
        Outside {
            stdin,
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(io::sink()),
            environment: Environment::default(),
            clock,
            transport: Some(Arc::new(replay)),
            wrap: None,
            reader: Reader::default(),
            options: Options::default(),
        },
    );
    let text = String::from_utf8(stdout.0.lock().unwrap().0.clone()).unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

fn config() -> Value {
    json!({"base_url": "https://example.okta.com", "api_key": "00fake-token-for-tests", "total_timeout_seconds": 5})
}

#[test]
fn the_total_time_begins_when_the_request_has_been_read() {
    /// Ten seconds pass before the request comes.
    struct Slow(Arc<VirtualClock>, Ready);

    impl Source for Slow {
        fn next(&mut self, patience: Duration) -> Chunk {
            self.0.sleep(Duration::from_secs(10));
            self.1.next(patience)
        }
    }

    let clock = Arc::new(VirtualClock::default());
    let request = json!({"action": "get user", "config": config(), "parameters": {"user_id": "00uq3x7ZkT9aLmN4w5d7"}});
    let stdin = Box::new(Slow(clock.clone(), Ready(Some(request.to_string().into_bytes()))));
    let exchanges = json!([{"request": {"method": "GET", "path": "/api/v1/users/00uq3x7ZkT9aLmN4w5d7"},
        "response": {"status": 200, "body": {"id": "00uq3x7ZkT9aLmN4w5d7"}}}]);
    let (status, result) = run(clock, stdin, false, &exchanges);
    assert_eq!((status, &result["status"]), (0, &json!("success")), "{result}");
}

#[test]
fn after_a_panic_every_change_has_an_outcome_and_no_read_has() {
    for (action, parameters, has_outcome) in [
        ("disable user", json!([{"id": "ada"}, {"id": "grace"}, {"id": "mary"}]), true),
        ("get user", json!([{"user_id": "00uq3x7ZkT9aLmN4w5d7"}, {"user_id": "grace"}, {"user_id": "mary"}]), false),
    ] {
        let mut config = config();
        config["max_concurrency"] = json!(1);
        let mut sets = parameters;
        // Two echoes are more than the buffer holds: something is written before the last set begins.
        sets[0]["context"] = json!("x".repeat(40_000));
        sets[1]["context"] = json!("x".repeat(40_000));
        let request = json!({"action": action, "config": config, "parameters": sets});
        let stdin = Box::new(Ready(Some(request.to_string().into_bytes())));
        let (status, result) = run(Arc::new(VirtualClock::default()), stdin, true, &json!([]));
        assert_eq!(status, 1);
        let runs = result["action_results"].as_array().unwrap();
        assert_eq!(runs.len(), 3);
        for run in runs {
            assert_eq!(run["error"]["outcome"].is_string(), has_outcome, "{action}: {}", run["error"]);
        }
        assert_eq!(runs[2]["error"]["kind"], "internal");
    }
}
