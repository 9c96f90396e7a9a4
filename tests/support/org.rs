//! A server that expects certain requests and checks what every request has to have. Its answers are the
//! test's own: where an org has to behave like one, `fault_server::okta` has it.

use std::sync::{Arc, Mutex};

use okta_rehearsal::server::{Answer, Reply, Seen, Server};
use serde_json::Value;

use super::binary::TOKEN;

/// One exchange.
#[derive(Debug)]
pub struct Exchange {
    pub method: &'static str,
    /// Path and query, encoded.
    pub path: String,
    /// A JSON body.
    pub body: Option<&'static str>,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub answer: String,
}

/// An exchange that succeeds.
pub fn exchange(method: &'static str, path: impl Into<String>, answer: impl Into<String>) -> Exchange {
    Exchange { method, path: path.into(), body: None, status: 200, headers: Vec::new(), answer: answer.into() }
}

impl Exchange {
    pub fn body(self, body: &'static str) -> Exchange {
        Exchange { body: Some(body), ..self }
    }

    pub fn status(self, status: u16) -> Exchange {
        Exchange { status, ..self }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Exchange {
        self.headers.push((name, value.into()));
        self
    }

    /// What is wrong with a request that has this method and path.
    fn wrong_with(&self, seen: &Seen) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut expect = |name: &str, holds: &dyn Fn(Option<&str>) -> bool| {
            let value = seen.header(name);
            if !holds(value) {
                wrong.push(format!("{name} is {value:?}"));
            }
        };
        expect("authorization", &|value| value == Some(&format!("SSWS {TOKEN}")));
        expect("accept", &|value| value == Some("application/json"));
        expect("user-agent", &|value| value.is_some_and(|value| value.starts_with("okta-connector/")));
        expect("accept-encoding", &|value| value.is_some_and(|value| value.contains("gzip")));
        match self.body {
            Some(_) => expect("content-type", &|value| value.is_some_and(|it| it.starts_with("application/json"))),
            // Without a length, some servers wait for a body or answer 411.
            None if self.method == "POST" => expect("content-length", &|value| value == Some("0")),
            None => {}
        }
        let json = |text: &[u8]| serde_json::from_slice::<Value>(text).ok();
        if json(&seen.body) != self.body.and_then(|body| json(body.as_bytes())) {
            wrong.push(format!("the body is {:?}", String::from_utf8_lossy(&seen.body)));
        }
        wrong
    }
}

/// The exchanges that have not taken place, and what went wrong with those that have.
#[derive(Default)]
struct Left {
    exchanges: Vec<Exchange>,
    wrong: Vec<String>,
}

/// The org.
pub struct Org {
    server: Server,
    left: Arc<Mutex<Left>>,
}

impl Org {
    pub fn new() -> Org {
        let left: Arc<Mutex<Left>> = Arc::default();
        let expected = left.clone();
        Org { server: Server::new(move |seen| expected.lock().unwrap().answer(seen)), left }
    }

    pub fn url(&self) -> String {
        self.server.origin()
    }

    /// Expects this request once. `{org}` in headers and answer becomes the org's address.
    pub fn expect(&mut self, exchange: Exchange) {
        let url = self.url();
        let headers = exchange.headers.iter().map(|(name, value)| (*name, value.replace("{org}", &url))).collect();
        let answer = exchange.answer.replace("{org}", &url);
        self.left.lock().unwrap().exchanges.push(Exchange { headers, answer, ..exchange });
    }

    /// Every exchange has taken place, and nothing else.
    pub fn assert(&self) {
        let left = self.left.lock().unwrap();
        assert!(left.wrong.is_empty() && left.exchanges.is_empty(), "{:#?}, {:#?}", left.wrong, left.exchanges);
    }
}

impl Left {
    fn answer(&mut self, seen: &Seen) -> Reply {
        let is_it = |exchange: &Exchange| exchange.method == seen.method && exchange.path == seen.target;
        let Some(at) = self.exchanges.iter().position(is_it) else {
            self.wrong.push(format!("not expected: {seen:?}"));
            return Answer::new(501, "").reply();
        };
        let wrong = self.exchanges[at].wrong_with(seen);
        if !wrong.is_empty() {
            self.wrong.push(format!("{seen:?}: {}", wrong.join("; ")));
            return Answer::new(501, "").reply();
        }
        let Exchange { status, headers, answer, .. } = self.exchanges.remove(at);
        // Only the headers that the test names.
        let bare = Answer { status, headers: Vec::new(), body: answer.into_bytes() };
        headers.iter().fold(bare, |answer, (name, value)| answer.header(name, value)).reply()
    }
}
