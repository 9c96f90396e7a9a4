//! Faults by name: what the server does instead of sending the right answer.

mod list;

use std::time::Duration;

pub use list::all;
use serde_json::Value;

use crate::clock::http_date;
pub use crate::server::gzip;
use crate::server::{Answer, Reply};

/// What a fault is, on the wire; what it leads to is the client's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The connection ends before the answer is whole.
    Lost,
    /// The answer never comes to its end.
    Silent,
    /// 502, 503.
    Unavailable,
    /// 504: a gateway stopped waiting, the request may still be carried out.
    GaveUp,
    /// 500.
    Internal,
    /// 429.
    Limited,
    /// 429 for twenty minutes.
    LimitedForLong,
    /// An answer that makes no sense.
    Nonsense,
    /// An answer that is odd, but one.
    Harmless,
    /// An error that is the answer.
    Refused,
    /// A redirect within the origin; whether its status says that a change was made.
    Redirected { made: bool },
    /// A redirect that must not be followed.
    Astray,
    /// A redirect that leads back to itself.
    Circular,
}

/// Which right answers a fault can take the place of and still be one: an empty body in place of an
/// empty body is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// Of any.
    Any,
    /// Of one with something in its body.
    Content,
    /// Of one that is an object with something in it.
    Object,
    /// Of an object that was asked for by its id or name.
    Named,
}

/// Where and when a fault happens.
#[derive(Clone, Debug)]
pub struct Site {
    /// The org's origin.
    pub origin: String,
    /// Another server's, which must never be asked.
    pub elsewhere: String,
    /// Path and query of the request.
    pub target: String,
    /// The org's time in epoch seconds.
    pub now: u64,
    /// How long a second of the client's is: shorter where a test runs it on a faster clock.
    pub second: Duration,
}

impl Site {
    fn after(&self, seconds: u64) -> String {
        (self.now + seconds).to_string()
    }
}

/// A fault by name.
#[derive(Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    pub kind: Kind,
    pub instead: Instead,
    /// Whether the request may have been carried out before.
    pub may_apply: bool,
    /// What is sent, given the right answer.
    pub reply: fn(&Answer, &Site) -> Reply,
}

pub fn named(name: &str) -> Option<Fault> {
    all().into_iter().find(|fault| fault.name == name)
}

/// The right answer with a body, also where it has none.
pub fn bodied(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    if answer.body.is_empty() {
        answer.body = b"{}".to_vec();
    }
    if answer.status == 204 {
        answer.status = 200;
    }
    answer
}

/// The right answer with another body.
fn instead(answer: &Answer, body: &[u8]) -> Reply {
    Answer { body: body.to_vec(), ..bodied(answer) }.reply()
}

/// The right answer with one member more in its first object.
fn with_member(answer: &Answer, member: &[u8]) -> Answer {
    let mut answer = bodied(answer);
    if answer.body == b"[]" {
        answer.body = b"[{}]".to_vec();
    }
    let at = answer.body.iter().position(|byte| *byte == b'{').map_or(0, |at| at + 1);
    let comma: &[u8] = if answer.body.get(at) == Some(&b'}') { b"" } else { b"," };
    answer.body.splice(at..at, [member, comma].concat());
    answer
}

/// A head that promises a body of the right length.
fn promising(answer: &Answer) -> (Vec<u8>, Vec<u8>) {
    let answer = bodied(answer);
    let bytes = answer.bytes();
    let body = bytes.len() - answer.body.len();
    (bytes[..body].to_vec(), bytes[body..].to_vec())
}

fn half(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

fn gzipped(answer: &Answer, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Reply {
    let answer = bodied(answer);
    Answer { body: change(gzip(&answer.body)), ..answer }.header("Content-Encoding", "gzip").reply()
}

fn chunked(answer: &Answer, chunks: &[u8]) -> Vec<u8> {
    [&bodied(answer).header("Transfer-Encoding", "chunked").head()[..], b"\r\n", chunks].concat()
}

fn chunks_of(answer: &Answer) -> Vec<u8> {
    bodied(answer).body.iter().flat_map(|byte| [b"1\r\n", &[*byte][..], b"\r\n"].concat()).collect()
}

/// A proxy's page.
fn html(status: u16) -> Answer {
    let page = "<html><head><style>p{}</style></head><body><h1>Bad \u{1b}[31mGateway</h1>\u{7}</body></html>";
    Answer::new(status, page).header("Content-Type", "text/html").without("X-Okta-Request-Id")
}

/// 429 with these headers, of which a `Date` overrules the org's.
fn limited(site: &Site, headers: &[(&str, &str)]) -> Reply {
    let answer = Answer::error(429, "E0000047", "API call exceeded rate limit due to too many requests.", "");
    let has_okta = headers.iter().any(|(name, _)| name.starts_with("X-Rate"));
    let answer = if has_okta { answer } else { Answer { body: html(429).body, ..answer } };
    let answer = answer.header("Date", http_date(site.now));
    headers.iter().fold(answer, |answer, (name, value)| answer.header(name, *value)).reply()
}

const LIMIT: (&str, &str) = ("X-Rate-Limit-Limit", "600");
const NONE_LEFT: (&str, &str) = ("X-Rate-Limit-Remaining", "0");

/// Line breaks and tabs at every comma between tokens.
fn spread_out(body: &[u8]) -> Vec<u8> {
    let (mut out, mut quoted, mut escaped) = (Vec::with_capacity(body.len() * 2), false, false);
    for &byte in body {
        match byte {
            b',' if !quoted => out.extend_from_slice(b"\r\n\t,\n"),
            _ => out.push(byte),
        }
        quoted ^= byte == b'"' && !escaped;
        escaped = quoted && byte == b'\\' && !escaped;
    }
    out
}

/// The right answer with the id, the login, the name and the role of somebody else in it.
fn about_another(body: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
    let mut change = |pointer: &str, other: &dyn Fn(&str) -> String| {
        if let Some(Value::String(text)) = value.pointer_mut(pointer) {
            *text = other(text);
        }
    };
    // As long as the right one, and nobody's in this org.
    change("/id", &|id| id.chars().take(3).chain(id.chars().skip(3).map(|_| '9')).collect());
    change("/type", &|kind| if kind == "ORG_ADMIN" { "USER_ADMIN" } else { "ORG_ADMIN" }.to_owned());
    for member in ["login", "email"] {
        change(&format!("/profile/{member}"), &|address| format!("another.{address}"));
    }
    change("/profile/name", &|name| format!("Not {name}"));
    serde_json::to_vec(&value).expect("plain data")
}

fn redirect(status: u16, to: &str) -> Reply {
    Answer::new(status, "").header("Location", to).reply()
}
