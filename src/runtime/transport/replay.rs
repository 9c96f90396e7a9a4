//! Recorded exchanges instead of the network. A request gets the response of the first unused exchange with the
//! same method, path and body, so that pages requested ahead and parallel runs can be replayed too.

use std::io::Cursor;
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Error, Headers, Limits, Problem, Request, Response, Transport};
use crate::runtime::lock::lock;
use crate::runtime::secret::Redacted;
use crate::runtime::text;

/// A request and its response.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The expected request.
    pub request: Sent,
    /// The response to return.
    pub response: Answer,
}

/// A recorded request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// HTTP method, such as `GET`.
    pub method: String,
    /// Path and query below `base_url`.
    pub path: String,
    /// JSON, or a string for text; `None` for no body.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
}

/// A recorded response: a status code, or a simulated failure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// HTTP status.
    #[serde(default)]
    pub status: u16,
    /// Headers, each with one or several values.
    #[serde(default)]
    pub headers: std::collections::BTreeMap<String, Values>,
    /// JSON, or a string for text.
    #[serde(default)]
    pub body: Option<Box<RawValue>>,
    /// A failure to simulate instead of a response, or after the start of its body.
    #[serde(default)]
    pub failure: Option<SimulatedFailure>,
}

/// The values of a header.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One value.
    One(String),
    /// Several values, one header line each.
    Many(Vec<String>),
}

/// A failure to simulate.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SimulatedFailure {
    /// The connection is refused.
    Refused,
    /// The connection is lost after the request was sent.
    Lost,
    /// No response arrives in time.
    Silent,
    /// The body is cut off.
    CutShort,
}

/// Replays the recording of one case.
pub struct Replay {
    exchanges: Vec<Exchange>,
    state: Mutex<State>,
}

struct State {
    used: Vec<bool>,
    problems: Vec<String>,
}

impl Replay {
    /// Replays these exchanges.
    pub fn new(exchanges: Vec<Exchange>) -> Self {
        let used = vec![false; exchanges.len()];
        Replay { exchanges, state: Mutex::new(State { used, problems: Vec::new() }) }
    }

    /// Requests that did not match, and exchanges that were never requested.
    pub fn problems(&self) -> Vec<String> {
        let state = lock(&self.state);
        let unused = self.exchanges.iter().zip(&state.used).filter(|(_, used)| !**used);
        let unused =
            unused.map(|(exchange, _)| format!("recorded but never requested: {}", exchange.request.describe()));
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

/// A body as it goes over the wire: the text of a string, or JSON unchanged.
fn content(raw: &RawValue) -> String {
    serde_json::from_str::<String>(raw.get()).unwrap_or_else(|_| raw.get().to_owned())
}

/// Whether two bodies are equivalent: JSON regardless of spaces and order, text byte for byte.
fn same_body(left: &str, right: &str) -> bool {
    match (serde_json::from_str::<Value>(left), serde_json::from_str::<Value>(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}

/// Normalizes the percent-encoding of a path, so that equivalent spellings are equal: unreserved characters
/// (RFC 3986, 2.3) are plain, hexadecimal digits in upper case.
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
                            true => "all recorded exchanges are used up".to_owned(),
                            false => format!("not yet used: {}", unused.join("; ")),
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

/// The end of a body that is cut off.
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
