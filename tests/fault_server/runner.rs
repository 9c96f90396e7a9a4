//! Runs a request in this process over real sockets, on a clock that runs faster, and checks what
//! holds for every run.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use okta_connector::actions::OKTA;
use okta_connector::runtime::clock::{Clock, ScaledClock, VirtualClock};
use okta_connector::runtime::envelope::environment::Environment;
use okta_connector::runtime::envelope::stdin::Ready;
use okta_connector::runtime::process::{self, Options, Outside};
use okta_connector::runtime::reader::Reader;
use okta_connector::runtime::transport::Transport;
use serde_json::{Value, json};

use super::secrets::{PASSWORD, PROXY_PASSWORD, TOKEN, traces};

/// So many seconds of the run pass in one real second.
pub const FACTOR: f64 = 100.0;
/// What a busy machine may add to a run, in real time.
const SLACK: Duration = Duration::from_secs(2);

/// Bytes that somebody writes and we read.
#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A request that is being put together.
#[derive(Clone)]
pub struct Request {
    pub document: Value,
    environment: Vec<(String, String)>,
    factor: f64,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
}

impl Request {
    pub fn new(identifier: &str, base_url: &str, parameters: Value) -> Request {
        let config = json!({"base_url": base_url, "api_key": TOKEN, "timeout_seconds": 600});
        Request {
            document: json!({"identifier": identifier, "config": config, "parameters": parameters}),
            environment: Vec::new(),
            factor: FACTOR,
            transport: None,
            clock: None,
        }
    }

    /// An asset setting.
    pub fn config(mut self, name: &str, value: impl Into<Value>) -> Request {
        self.document["config"][name] = value.into();
        self
    }

    pub fn timeout(self, seconds: u64) -> Request {
        self.config("timeout_seconds", seconds)
    }

    /// A variable in the request, as Splunk SOAR sends it.
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Request {
        self.document["environment_variables"][name] = json!({"type": "string", "value": value.into()});
        self
    }

    /// A variable of the process.
    pub fn process_variable(mut self, name: &str, value: impl Into<String>) -> Request {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Another speed; infinite is a clock on which waiting takes no time.
    pub fn factor(mut self, factor: f64) -> Request {
        self.factor = factor;
        self
    }

    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Request {
        self.transport = Some(transport);
        self
    }

    /// A clock in place of the one that runs `factor` times as fast.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Request {
        self.clock = Some(clock);
        self
    }

    pub fn run(self) -> Ran {
        let bytes = self.document.to_string().into_bytes();
        let sets = self.document["parameters"].as_array().map_or(1, |sets| sets.len().max(1));
        let mut ran = match self.clock {
            Some(clock) => run_on(clock, self.factor, bytes, self.environment, self.transport),
            None => run_bytes(bytes, self.environment, self.factor, self.transport),
        };
        let config = &self.document["config"];
        let top = self.document["timeout_seconds"].as_u64();
        let timeout = top.or(config["timeout_seconds"].as_u64()).unwrap_or(300) * sets as u64;
        ran.most = Duration::from_secs(config["total_timeout_seconds"].as_u64().unwrap_or(timeout).min(timeout));
        ran
    }
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    /// `stdout` as JSON.
    pub result: Value,
    /// On the run's clock.
    pub spent: Duration,
    most: Duration,
    factor: f64,
}

pub fn run_bytes(
    input: Vec<u8>,
    environment: Vec<(String, String)>,
    factor: f64,
    transport: Option<Arc<dyn Transport>>,
) -> Ran {
    let clock: Arc<dyn Clock> = match factor.is_finite() {
        true => Arc::new(ScaledClock::new(factor)),
        false => Arc::new(VirtualClock::default()),
    };
    run_on(clock, factor, input, environment, transport)
}

fn run_on(
    clock: Arc<dyn Clock>,
    factor: f64,
    input: Vec<u8>,
    environment: Vec<(String, String)>,
    transport: Option<Arc<dyn Transport>>,
) -> Ran {
    let (stdout, stderr) = (Captured::default(), Captured::default());
    let status = process::run(
        &OKTA,
        Outside {
            stdin: Box::new(Ready(Some(input))),
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(stderr.clone()),
            environment: Environment::new(environment),
            clock: clock.clone(),
            transport,
            wrap: None,
            reader: Reader::default(),
            options: Options::default(),
        },
    );
    let spent = clock.now();
    let stdout = String::from_utf8(stdout.bytes()).expect("stdout is UTF-8");
    let stderr = String::from_utf8(stderr.bytes()).expect("stderr is UTF-8");
    let result = serde_json::from_str(&stdout).unwrap_or(Value::Null);
    Ran { status, stdout, stderr, result, spent, most: Duration::MAX, factor }
}

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let text = include_str!("../../schemas/result.json");
    jsonschema::validator_for(&serde_json::from_str(text).expect("JSON")).expect("a schema")
});

impl Ran {
    /// The one action_result.
    pub fn action(&self) -> &Value {
        &self.result["action_result"]
    }

    pub fn actions(&self) -> &[Value] {
        self.result["action_results"].as_array().map_or(&[], Vec::as_slice)
    }

    pub fn succeeded(&self) -> bool {
        self.result["status"] == "success"
    }

    pub fn error(&self) -> &Value {
        &self.result["error"]
    }

    pub fn kind(&self) -> &str {
        self.error()["kind"].as_str().unwrap_or("none")
    }

    pub fn outcome(&self) -> &str {
        self.error()["outcome"].as_str().unwrap_or("none")
    }

    pub fn message(&self) -> &str {
        self.action()["message"].as_str().unwrap_or_default()
    }

    pub fn data(&self) -> &[Value] {
        self.action()["data"].as_array().map_or(&[], Vec::as_slice)
    }

    pub fn warnings(&self) -> String {
        self.action()["warnings"].to_string()
    }

    /// What is wrong with a run whatever came of it; empty when all is well.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut check = |holds: bool, words: &str| {
            if !holds {
                broken.push(words.to_owned());
            }
        };
        check(self.stdout.ends_with('\n') && self.stdout.lines().count() == 1, "stdout is not one line");
        check(self.result.is_object(), "stdout is not one JSON document");
        let invalid: Vec<String> = SCHEMA.iter_errors(&self.result).map(|error| error.to_string()).collect();
        check(invalid.is_empty(), &format!("result.json says: {invalid:?}"));
        let read_only = okta_connector::actions::OKTA
            .actions
            .iter()
            .find(|row| self.result["identifier"] == row.facts.identifier)
            .is_none_or(|row| row.facts.read_only);
        let single = [self.result["action_result"].clone()];
        let results = if self.actions().is_empty() { &single[..] } else { self.actions() };
        for result in results {
            let failed = result["status"] == "failed";
            check(failed == result["error"].is_object(), "failed and error do not go together");
            let has_outcome = result["error"]["outcome"].is_string();
            check(!failed || read_only != has_outcome, "outcome stands on a read, or is missing on a change");
            let message = result["message"].as_str().unwrap_or_default();
            check(!message.chars().any(char::is_control), "the message has control characters");
            let lost = result["error"]["outcome"] == "unknown";
            check(!lost || message.contains("may have been made"), "an unknown outcome is not told in the message");
        }
        let any_failed = results.iter().any(|result| result["status"] == "failed");
        check(any_failed == (self.result["status"] == "failed"), "the status at the top is another");
        check(any_failed == self.error().is_object(), "the error at the top is missing");
        check(any_failed == (self.status != process::SUCCESS), "the exit status is another");
        for (name, secret) in [("token", TOKEN), ("password", PASSWORD), ("proxy password", PROXY_PASSWORD)] {
            for (place, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
                let traces = traces(text, secret);
                check(traces.is_empty(), &format!("the {name} is in {place}: {traces:?}"));
            }
        }
        let slack = if self.factor.is_finite() { SLACK.mul_f64(self.factor) } else { SLACK };
        let most = self.most.saturating_add(slack);
        check(self.spent <= most, &format!("it took {:?} of {:?}", self.spent, self.most));
        broken
    }

    /// Fails the test when a promise is broken.
    #[track_caller]
    pub fn checked(self) -> Ran {
        let broken = self.broken_promises();
        assert!(broken.is_empty(), "{broken:#?}\n{}\n{}", self.stdout, self.stderr);
        self
    }
}
