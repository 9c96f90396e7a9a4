//! Wraps another transport and records its exchanges without secrets, to turn a real run into a fixture.

use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex};

use super::{Error, Limits, Problem, Request, Response, Transport};
use crate::runtime::json::Node;
use crate::runtime::lock::lock;
use crate::runtime::secret::{Redactor, SecretNames};
use crate::runtime::table::connector::About;

/// Response headers that later requests or messages depend on.
const KEPT: &[&str] = &["link", "content-type", "date", "location", "retry-after"];

/// Maximum size of a recorded body in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Records the exchanges of another transport.
pub struct Recorder {
    inner: Arc<dyn Transport>,
    exchanges: Mutex<Vec<Node>>,
    redactor: Arc<Redactor>,
    names: SecretNames,
    about: &'static About,
}

impl Recorder {
    /// Records the exchanges of `inner`. `about` names the response fields that hold secrets and the headers
    /// to keep.
    pub fn new(inner: Arc<dyn Transport>, redactor: Arc<Redactor>, about: &'static About) -> Self {
        let names = SecretNames::usual_and(about.secret_members);
        Recorder { inner, exchanges: Mutex::default(), redactor, names, about }
    }

    /// The recorded exchanges, as `exchanges` of a fixture.
    pub fn exchanges(&self) -> Node {
        Node::Array(lock(&self.exchanges).clone())
    }

    fn keep(&self, request: &Request<'_>, response: Vec<(String, Node)>) {
        let mut sent = vec![
            ("method".to_owned(), self.string(request.method.name())),
            ("path".to_owned(), self.address(request.path())),
        ];
        if let Some(body) = request.body {
            sent.push(("body".to_owned(), self.body(body)));
        }
        let exchange = Node::Object(vec![
            ("request".to_owned(), Node::Object(sent)),
            ("response".to_owned(), Node::Object(response)),
        ]);
        lock(&self.exchanges).push(exchange);
    }

    fn string(&self, text: &str) -> Node {
        Node::Scalar(serde_json::json!(self.redactor.text(text)).to_string())
    }

    /// A URL, or a header that contains some.
    fn address(&self, text: &str) -> Node {
        let masked = self.redactor.text(text).less(|text| self.names.mask_query(text));
        Node::Scalar(serde_json::json!(masked).to_string())
    }

    /// A body as a fixture stores it: JSON as JSON, anything else as a string, which may still be a piece of JSON.
    fn body(&self, body: &[u8]) -> Node {
        let text = String::from_utf8_lossy(body);
        match Node::read(&self.redactor.json(&text)) {
            Ok(mut node) if !text.is_empty() && !matches!(node, Node::Scalar(_)) => {
                self.names.mask(&mut node);
                node
            }
            _ => {
                let masked = self.redactor.text(&text).less(|text| self.names.mask_text(text));
                Node::Scalar(serde_json::json!(masked).to_string())
            }
        }
    }

    /// Masks fields whose names say that they hold secrets.
    pub fn mask(&self, node: &mut Node) {
        self.names.mask(node);
    }
}

impl Transport for Recorder {
    fn send(&self, request: &Request<'_>, limits: &Limits) -> Result<Response, Error> {
        let failure = |name: &str| vec![("failure".to_owned(), Node::Scalar(format!("\"{name}\"")))];
        let response = match self.inner.send(request, limits) {
            Ok(response) => response,
            Err(error) => {
                let name = match (&error.problem, error.sent) {
                    (_, false) => "refused",
                    (Problem::Silent | Problem::TooSlow | Problem::TimeUp, true) => "silent",
                    _ => "lost",
                };
                self.keep(request, failure(name));
                return Err(error);
            }
        };
        let mut body = Vec::new();
        let read = response.body.take(LARGEST).read_to_end(&mut body);
        let mut headers: Vec<(String, Node)> = Vec::new();
        let is_kept = |name: &str| KEPT.contains(&name) || self.about.recorded_headers.contains(&name);
        for (name, value) in response.headers.0.iter().filter(|(name, _)| is_kept(name)) {
            match headers.iter_mut().find(|(known, _)| known == name) {
                Some((_, Node::Array(values))) => values.push(self.address(value)),
                Some((_, node)) => *node = Node::Array(vec![node.clone(), self.address(value)]),
                None => headers.push((name.clone(), self.address(value))),
            }
        }
        let mut kept = vec![("status".to_owned(), Node::Scalar(response.status.to_string()))];
        if !headers.is_empty() {
            kept.push(("headers".to_owned(), Node::Object(headers)));
        }
        if !body.is_empty() {
            kept.push(("body".to_owned(), self.body(&body)));
        }
        let rest: Box<dyn Read + Send> = match read {
            Ok(_) => Box::new(Cursor::new(body)),
            Err(error) => {
                kept.extend(failure("cut_short"));
                Box::new(Cursor::new(body).chain(Broken(Some(error))))
            }
        };
        self.keep(request, kept);
        Ok(Response { status: response.status, headers: response.headers, body: rest })
    }
}

/// Returns the error of the recorded body after its bytes have been read.
struct Broken(Option<std::io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
