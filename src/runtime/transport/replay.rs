//! Recorded exchanges in place of the network. A request is answered by the first unused exchange
//! of the same method, path and body, so that pages asked for ahead and parallel runs replay too.

use std::io::Cursor;
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Error, Headers, Limits, Problem, Request, Response, Transport};
use crate::runtime::lock::lock;
use crate::runtime::secret::Redacted;
use crate::runtime::text;

/// One request and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What is sent.
    pub request: Sent,
    /// What comes back.
    pub response: Answer,
}

/// A recorded request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// `GET`
    pub method: String,
    /// Path and query below `base_url`.
    pub path: String,
    /// JSON, or text in a string; none where it is missing.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
}

/// A recorded answer: a status, or a failure on the way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// HTTP status.
    #[serde(default)]
    pub status: u16,
    /// Name and value, or several values.
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, Values>,
    /// JSON as it stands, or text in a string.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// In place of a status: what happens on the way.
    #[serde(default)]
    pub failure: Option<SimulatedFailure>,
}

/// One or several values of a header.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// One line each.
    Many(Vec<String>),
}

/// What can happen in place of an answer.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimulatedFailure {
    /// Nobody accepts the connection.
    Refused,
    /// The connection breaks after the request was sent.
    Lost,
    /// No answer comes.
    Silent,
    /// The body ends before its end.
    CutShort,
}

/// The recording of one case.
pub struct Replay {
    exchanges: Vec<Exchange>,
    state: Mutex<State>,
}

struct State {
    used: Vec<bool>,
    problems: Vec<String>,
}

impl Replay {
    /// Answers out of these exchanges.
    pub fn new(exchanges: Vec<Exchange>) -> Self {
        let used = vec![false; exchanges.len()];
        Replay { exchanges, state: Mutex::new(State { used, problems: Vec::new() }) }
    }

    /// What did not match, and what was never asked for.
    pub fn problems(&self) -> Vec<String> {
        let state = lock(&self.state);
        let unused = self.exchanges.iter().zip(&state.used).filter(|(_, used)| !**used);
        let unused = unused.map(|(exchange, _)| format!("recorded but never sent: {}", exchange.request.describe()));
        state.problems.iter().cloned().chain(unused).collect()
    }
}

impl Sent {
    fn is_at(&self, method: &str, path: &str) -> bool {
        self.method == method && canonical(&self.path) == canonical(path)
    }

    fn body_text(&self) -> String {
        self.body.as_ref().map(|raw| content(raw)).unwrap_or_default()
    }

    fn describe(&self) -> String {
        describe(&self.method, &self.path, &self.body_text())
    }
}

fn describe(method: &str, path: &str, body: &str) -> String {
    match body {
        "" => format!("{method} {path}"),
        body => format!("{method} {path} with {}", text::clean(&Redacted::of_fixture(body), text::EXCERPT)),
    }
}

/// A body as it goes over the wire: text out of a string, JSON as it stands.
fn content(raw: &RawValue) -> String {
    serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

/// Whether two bodies mean the same: JSON without regard to spaces and order, text to the letter.
fn same_body(left: &str, right: &str) -> bool {
    match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

/// A path whose percent-encoding is the same wherever two spellings mean the same: unreserved
/// characters (RFC 3986, 2.3) plain, hexadecimal digits in capitals.
fn canonical(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut plain = String::new();
    let mut at = 0;
    let query = path.find('?').unwrap_or(path.len());
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| path.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match code {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~@'!".contains(&byte) => plain.push(byte as char),
            Some(byte) => plain.push_str(&format!("%{byte:02X}")),
            None if bytes[at].is_ascii_alphanumeric()
                || b"-._~/?&=%@'!".contains(&bytes[at])
                || bytes[at] == b'+' && at > query =>
            {
                plain.push(bytes[at] as char)
            }
            None => plain.push_str(&format!("%{:02X}", bytes[at])),
        }
        at += if code.is_some() { 3 } else { 1 };
    }
    plain
}

impl Transport for Replay {
    fn send(&self, request: &Request<'_>, _: &Limits) -> Result<Response, Error> {
        let (method, path) = (request.method.name(), request.path());
        let body = String::from_utf8_lossy(request.body.unwrap_or_default());
        let mut state = lock(&self.state);
        let same_place: Vec<usize> = (0..self.exchanges.len())
            .filter(|index| !state.used[*index] && self.exchanges[*index].request.is_at(method, path))
            .collect();
        let same = same_place.iter().find(|index| same_body(&self.exchanges[**index].request.body_text(), &body));
        match same {
            Some(index) => {
                state.used[*index] = true;
                self.exchanges[*index].response.play()
            }
            None => {
                let recorded = match same_place.first() {
                    Some(index) => format!("the recording has {}", self.exchanges[*index].request.describe()),
                    None => {
                        let unused: Vec<String> = self
                            .exchanges
                            .iter()
                            .zip(&state.used)
                            .filter(|(_, used)| !**used)
                            .map(|(exchange, _)| exchange.request.describe())
                            .take(5)
                            .collect();
                        match unused.is_empty() {
                            true => "the recording has nothing left".to_owned(),
                            false => format!("the recording has left: {}", unused.join("; ")),
                        }
                    }
                };
                let message = format!("not in the recording: {}; {recorded}", describe(method, path, &body));
                state.problems.push(message.clone());
                Err(Error::unsent(Problem::NotRecorded { message }))
            }
        }
    }
}

impl Answer {
    fn play(&self) -> Result<Response, Error> {
        match self.failure {
            Some(SimulatedFailure::Refused) => {
                return Err(Error::unsent(Problem::Unreachable {
                    host: "recording".to_owned(),
                    reason: "connection refused".to_owned(),
                }));
            }
            Some(SimulatedFailure::Lost) => {
                return Err(Error::sent(Problem::Lost { reason: "connection reset".to_owned() }));
            }
            Some(SimulatedFailure::Silent) => return Err(Error::sent(Problem::Silent)),
            Some(SimulatedFailure::CutShort) | None => {}
        }
        let mut headers = Vec::new();
        for (name, values) in &self.headers {
            match values {
                Values::One(value) => headers.push((name.clone(), value.clone())),
                Values::Many(values) => headers.extend(values.iter().map(|value| (name.clone(), value.clone()))),
            }
        }
        let body = self.body.as_ref().map(|raw| content(raw)).unwrap_or_default().into_bytes();
        let body: Box<dyn std::io::Read + Send> = match self.failure {
            Some(_) => Box::new(std::io::Read::chain(Cursor::new(body), Cut)),
            None => Box::new(Cursor::new(body)),
        };
        Ok(Response { status: self.status, headers: Headers(headers), body })
    }
}

/// The end of a body that should go on.
struct Cut;

impl std::io::Read for Cut {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other(Error::sent(Problem::CutShort)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_a_path_are_the_same_place() {
        assert_eq!(canonical("/users/a%2bb%40x?q=%c3%A9"), canonical("/users/a+b@x?q=é"));
        assert_ne!(canonical("/users/a%2Fb"), canonical("/users/a/b"));
        assert_ne!(canonical("/users?after=a%2Bb"), canonical("/users?after=a+b"));
    }
}
