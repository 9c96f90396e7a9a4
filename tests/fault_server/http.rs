//! Requests as they arrive, and well-formed answers.

use super::server::{Reply, Step};

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Number of its connection, from 0.
    pub connection: usize,
    /// Whether it came in TLS.
    pub tls: bool,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path() == path
    }
}

/// A whole request and its length.
pub fn parse(bytes: &[u8]) -> Option<(Seen, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut seen = Seen { method, target, headers, ..Seen::default() };
    let length: usize = seen.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let whole = end + 4 + length;
    if bytes.len() < whole {
        return None;
    }
    seen.body = bytes[end + 4..whole].to_vec();
    Some((seen, whole))
}

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

    /// An error as Okta words it.
    pub fn error(status: u16, code: &str, summary: &str, cause: &str) -> Answer {
        let causes = if cause.is_empty() { vec![] } else { vec![serde_json::json!({"errorSummary": cause})] };
        let body = serde_json::json!({
            "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeTest", "errorCauses": causes,
        });
        Answer::new(status, body.to_string())
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name) || name.eq_ignore_ascii_case("link"));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Answer {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self
    }

    /// The status line and headers, without the empty line.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.into_bytes()
    }

    /// The bytes with a right length.
    pub fn bytes(&self) -> Vec<u8> {
        let length = match self.status {
            204 => String::new(),
            _ => format!("Content-Length: {}\r\n", self.body.len()),
        };
        [&self.head()[..], length.as_bytes(), b"\r\n", &self.body].concat()
    }

    pub fn reply(&self) -> Reply {
        vec![Step::Send(self.bytes())]
    }

    /// Answers and then ends the connection, saying so.
    pub fn last(self) -> Reply {
        vec![Step::Send(self.header("Connection", "close").bytes()), Step::Close]
    }
}
