//! Well-formed answers, and the steps that send them.

use std::io::Write;

use serde::Serialize;
use serde_json::{Value, json};

use super::{Reply, Step};

/// Epoch seconds of the `Date` that an answer carries until an org stamps its own time on it:
/// Tue, 24 Nov 2026 06:00:00 GMT.
pub const DATE: u64 = 1_795_500_000;

/// A well-formed answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        let headers = [
            ("Date", "Tue, 24 Nov 2026 06:00:00 GMT"),
            ("Content-Type", "application/json"),
            ("X-Okta-Request-Id", "reqTest1"),
        ];
        Answer {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.into(),
        }
    }

    pub fn json(status: u16, body: &impl Serialize) -> Answer {
        Answer::new(status, serde_json::to_vec(body).expect("plain data"))
    }

    /// An error as Okta shapes it (okta-api.md, «Errors»). An empty cause is none.
    pub fn error(status: u16, code: &str, summary: &str, cause: &str) -> Answer {
        let causes: Vec<Value> = match cause {
            "" => vec![],
            cause => vec![json!({"errorSummary": cause})],
        };
        Answer::json(
            status,
            &json!({
                "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeTest", "errorCauses": causes,
            }),
        )
    }

    /// Sets a header; of `Link` there may be several.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Answer {
        if !name.eq_ignore_ascii_case("link") {
            self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        }
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Answer {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self
    }

    /// The body compressed, if there is one.
    #[must_use]
    pub fn gzipped(self) -> Answer {
        if self.body.is_empty() {
            return self;
        }
        let body = gzip(&self.body);
        Answer { body, ..self }.header("Content-Encoding", "gzip")
    }

    /// The status line and headers, without the empty line.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
        head.into_bytes()
    }

    /// Head and empty line, with the length that the body has.
    fn framed_head(&self) -> Vec<u8> {
        let mut head = self.head();
        if self.status != 204 {
            head.extend_from_slice(format!("Content-Length: {}\r\n", self.body.len()).as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    /// The bytes with a right length.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.framed_head();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub fn reply(&self) -> Reply {
        vec![Step::Send(self.bytes())]
    }

    /// Answers with a body that takes its time.
    pub fn paced(&self, body_time: std::time::Duration) -> Reply {
        if body_time.is_zero() || self.body.is_empty() {
            return self.reply();
        }
        const PIECES: usize = 10;
        let mut steps = vec![Step::Send(self.framed_head())];
        for piece in self.body.chunks(self.body.len().div_ceil(PIECES)) {
            steps.push(Step::Pause(body_time / PIECES as u32));
            steps.push(Step::Send(piece.to_vec()));
        }
        steps
    }

    /// Answers and then ends the connection, saying so.
    pub fn last(self) -> Reply {
        vec![Step::Send(self.header("Connection", "close").bytes()), Step::Close]
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}
