//! Runs a request inside the test's own process: recorded exchanges in place of the network, a
//! clock that never waits.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use okta_connector::actions::OKTA;
use okta_connector::runtime::clock::VirtualClock;
use okta_connector::runtime::envelope::environment::Environment;
use okta_connector::runtime::envelope::stdin::{Ready, Source};
use okta_connector::runtime::process::{self, Options, Outside};
use okta_connector::runtime::reader::Reader;
use okta_connector::runtime::transport::replay::Replay;
use serde_json::Value;

/// No message, echo or log may hold it.
pub const TOKEN: &str = "00tTokenOfTheTests-0123456789_abcdefghijklm";

/// What a request led to.
pub struct Ran {
    /// Exit status.
    pub status: i32,
    /// The one result.
    pub result: Value,
    /// Sent but not recorded, recorded but not sent.
    pub unmatched: Vec<String>,
}

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("UTF-8")
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Carries out the request in `input`. Whatever is not in `exchanges`, a JSON array as in a
/// fixture, cannot be sent.
pub fn run(input: impl Into<Vec<u8>>, exchanges: &Value) -> Ran {
    run_from(Box::new(Ready(Some(input.into()))), exchanges)
}

/// The same with any source.
pub fn run_from(stdin: Box<dyn Source>, exchanges: &Value) -> Ran {
    let replay = Arc::new(Replay::new(serde_json::from_str(&exchanges.to_string()).expect("exchanges")));
    let (stdout, stderr) = (Kept::default(), Kept::default());
    let status = process::run(
        &OKTA,
        Outside {
            stdin,
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(stderr.clone()),
            environment: Environment::default(),
            clock: Arc::new(VirtualClock::default()),
            transport: Some(replay.clone()),
            wrap: None,
            reader: Reader::default(),
            options: Options::default(),
        },
    );
    let (stdout, stderr) = (stdout.text(), stderr.text());
    assert_eq!(stdout.matches('\n').count(), 1, "not one line: {stdout}");
    assert!(!stdout.contains(TOKEN) && !stderr.contains(TOKEN), "the token is in: {stdout}{stderr}");
    let result = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    Ran { status, result, unmatched: replay.problems() }
}
