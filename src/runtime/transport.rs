//! The interface to the outside: send a request, get a status code, headers and a body to read. Network, replay
//! and recorder implement it, and callers cannot tell them apart.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use super::secret::Secret;

pub mod addresses;
mod names;
pub mod network;
pub mod proxy;
pub mod recorder;
mod records;
pub mod replay;
pub mod tls;
pub mod trust;
mod unsent;

/// HTTP methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Changes.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The name of the method in a request.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A header with a secret value, such as `Authorization`.
pub struct SecretHeader {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Secret,
}

/// One request.
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The complete URL.
    pub url: &'a str,
    /// Length in bytes of the base in `url`: scheme, host, port and a gateway's path.
    pub base: usize,
    /// Authentication headers.
    pub secret_headers: &'a [SecretHeader],
    /// A JSON body.
    pub body: Option<&'a [u8]>,
    /// Whether it goes over a connection of its own. On one that was used before, a response that
    /// comes late or twice could pass for the answer, and an end of the connection for a lost one.
    pub fresh: bool,
}

impl Request<'_> {
    /// Path and query below the base.
    pub fn path(&self) -> &str {
        &self.url[self.base..]
    }
}

/// Time limits for the parts of an exchange, on the run's clock.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Name resolution, connection and TLS handshake.
    pub connect: Duration,
    /// Longest silence, before the response starts and within it.
    pub silence: Duration,
    /// The whole exchange.
    pub total: Duration,
}

/// The head of a response, with its body still to be read.
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Response headers.
    pub headers: Headers,
    /// The body. Errors from reading it contain an [`Error`].
    pub body: Box<dyn Read + Send>,
}

/// Headers in order.
#[derive(Clone, Debug, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first header with this name, ignoring case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All headers with this name, ignoring case.
    pub fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Why there is no response, or only part of one.
#[derive(Debug)]
pub struct Error {
    /// Whether any part of the request may have reached the server.
    pub sent: bool,
    /// What went wrong.
    pub problem: Problem,
}

/// What can go wrong between us and the server.
#[derive(Debug)]
pub enum Problem {
    /// The host name could not be resolved.
    UnknownHost {
        /// The name.
        host: String,
    },
    /// No connection could be made.
    Unreachable {
        /// Host and port.
        host: String,
        /// The system's error message.
        reason: String,
    },
    /// The connection was closed during the TLS handshake.
    HandshakeCut,
    /// The server's identity could not be verified, or TLS failed.
    Tls(TlsProblem),
    /// The proxy did not open a connection.
    Proxy {
        /// Proxy's host and port.
        proxy: String,
        /// Why not.
        problem: ProxyProblem,
    },
    /// The connection was lost before the response arrived.
    Lost {
        /// The system's error message.
        reason: String,
    },
    /// The response was cut off.
    CutShort,
    /// Nothing arrived for too long.
    Silent,
    /// Too little arrived for too long.
    TooSlow,
    /// The total time limit was reached.
    TimeUp,
    /// The response is not valid HTTP.
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// The recording has no such exchange.
    NotRecorded {
        /// The request, and what the recording has instead.
        message: String,
    },
    /// This machine cannot open a connection, for example because it is out of file descriptors.
    Local {
        /// The system's error message.
        reason: String,
    },
}

/// Why TLS failed.
#[derive(Debug)]
pub enum TlsProblem {
    /// The server does not speak TLS.
    NotTls,
    /// The certificate has expired or is not valid yet.
    Expired {
        /// Whether it is not valid yet.
        early: bool,
        /// The certificate.
        certificate: Certificate,
    },
    /// The certificate is for another host.
    WrongHost {
        /// The host that was requested.
        host: String,
        /// The certificate.
        certificate: Certificate,
    },
    /// The certificate was issued by an untrusted authority.
    UnknownIssuer {
        /// The certificate.
        certificate: Certificate,
    },
    /// The trusted certificates could not be read.
    TrustStore {
        /// What is wrong.
        reason: String,
    },
    /// Anything else.
    Other {
        /// The error message of rustls.
        reason: String,
    },
}

/// Names in a rejected certificate.
#[derive(Clone, Debug, Default)]
pub struct Certificate {
    /// Subject; empty if it cannot be read.
    pub subject: String,
    /// Issuer; empty if it cannot be read.
    pub issuer: String,
}

/// ` (issued by "…" for "…")`, with a space before it, or nothing.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.issuer.as_str(), self.subject.as_str()) {
            ("", "") => Ok(()),
            (issuer, "") => write!(f, " (issued by \"{issuer}\")"),
            ("", subject) => write!(f, " (for \"{subject}\")"),
            (issuer, subject) => write!(f, " (issued by \"{issuer}\" for \"{subject}\")"),
        }
    }
}

/// Why a proxy did not open a connection.
#[derive(Debug)]
pub enum ProxyProblem {
    /// 407: missing or wrong credentials.
    Credentials,
    /// Any other refusal.
    Refused {
        /// Its status code.
        status: u16,
    },
    /// The proxy cannot be reached or closed the connection.
    Dead {
        /// The system's error message.
        reason: String,
    },
}

impl Problem {
    /// All words in it that are not ours, to be made fit to be shown.
    pub fn words(&mut self, change: &dyn Fn(&mut String)) {
        match self {
            Problem::UnknownHost { .. } | Problem::HandshakeCut | Problem::CutShort => {}
            Problem::Silent | Problem::TooSlow | Problem::TimeUp => {}
            Problem::Unreachable { reason, .. }
            | Problem::Lost { reason }
            | Problem::Malformed { reason }
            | Problem::Local { reason } => change(reason),
            // Both sides, for whoever wrote the fixture.
            Problem::NotRecorded { .. } => {}
            Problem::Proxy { problem: ProxyProblem::Dead { reason }, .. } => change(reason),
            Problem::Proxy { .. } => {}
            Problem::Tls(TlsProblem::TrustStore { reason } | TlsProblem::Other { reason }) => change(reason),
            Problem::Tls(
                TlsProblem::Expired { certificate, .. }
                | TlsProblem::WrongHost { certificate, .. }
                | TlsProblem::UnknownIssuer { certificate },
            ) => [&mut certificate.subject, &mut certificate.issuer].into_iter().for_each(change),
            Problem::Tls(TlsProblem::NotTls) => {}
        }
    }
}

impl Error {
    /// An error before anything was sent.
    pub fn unsent(problem: Problem) -> Self {
        Error { sent: false, problem }
    }

    /// An error after the server may have received the request.
    pub fn sent(problem: Problem) -> Self {
        Error { sent: true, problem }
    }

    /// Whether the other side said too little for too long.
    pub fn is_silence(&self) -> bool {
        self.sent && matches!(self.problem, Problem::Silent | Problem::TooSlow)
    }

    /// The error inside an error of reading a body.
    pub fn of_body(error: io::Error) -> Self {
        match error.downcast::<Error>() {
            Ok(error) => error,
            Err(error) => Error::sent(Problem::Lost { reason: error.to_string() }),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.problem)
    }
}

impl std::error::Error for Error {}

/// Sends requests.
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the head of its response.
    ///
    /// # Errors
    /// When there is no response. A response with any status code is not an error.
    fn send(&self, request: &Request<'_>, limits: &Limits) -> Result<Response, Error>;
}
