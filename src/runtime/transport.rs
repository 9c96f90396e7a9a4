//! The one seam to the outside: send a request, get status, headers and a body to read. Network,
//! replay and recorder are behind it, and nobody in front of it can tell them apart.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use super::secret::Secret;

pub mod addresses;
mod names;
pub mod network;
pub mod proxy;
pub mod recorder;
pub mod replay;
pub mod tls;
pub mod trust;
mod unsent;

/// The methods that are used.
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
    /// As it stands in a request.
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

/// A header that nobody may read, such as `Authorization`.
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
    /// The whole address.
    pub url: &'a str,
    /// What comes before path and query in `url`: scheme, host, port, and a gateway's path.
    pub base: usize,
    /// Headers that nobody may read: who asks.
    pub secret_headers: &'a [SecretHeader],
    /// A JSON body.
    pub body: Option<&'a [u8]>,
    /// Not over a connection that was used before: the request may be sent once only.
    pub fresh: bool,
}

impl Request<'_> {
    /// Path and query below the base.
    pub fn path(&self) -> &str {
        &self.url[self.base..]
    }
}

/// How long the parts of an exchange may take, on the run's clock.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Name, connection and TLS.
    pub connect: Duration,
    /// Silence: until the answer begins, and inside it.
    pub silence: Duration,
    /// Everything.
    pub total: Duration,
}

/// The beginning of an answer.
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// What follows. Errors of its `read` hold a [`Error`].
    pub body: Box<dyn Read + Send>,
}

/// Headers in their order.
#[derive(Clone, Debug, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// The first of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All of this name.
    pub fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h str> {
        self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer, or only a part of one.
#[derive(Debug)]
pub struct Error {
    /// Whether any of the request may have reached the other side.
    pub sent: bool,
    /// What went wrong.
    pub problem: Problem,
}

/// What can go wrong on the way.
#[derive(Debug)]
pub enum Problem {
    /// The host's name is unknown.
    UnknownHost {
        /// The name.
        host: String,
    },
    /// No connection.
    Unreachable {
        /// Host and port.
        host: String,
        /// The system's words.
        reason: String,
    },
    /// The connection was ended during the TLS handshake.
    HandshakeCut,
    /// The server's identity could not be established.
    Tls(TlsProblem),
    /// The proxy does not let us through.
    Proxy {
        /// Proxy's host and port.
        proxy: String,
        /// What it is about.
        problem: ProxyProblem,
    },
    /// The connection broke before an answer was there.
    Lost {
        /// The system's words.
        reason: String,
    },
    /// The answer ended before its end.
    CutShort,
    /// Nothing came for too long.
    Silent,
    /// Too little came for too long.
    TooSlow,
    /// The time for everything is up.
    TimeUp,
    /// The answer is no HTTP, or breaks its rules.
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// A recording has no such exchange.
    NotRecorded {
        /// Both sides.
        message: String,
    },
    /// The machine cannot: out of file descriptors, for example.
    Local {
        /// The system's words.
        reason: String,
    },
}

/// Why TLS failed.
#[derive(Debug)]
pub enum TlsProblem {
    /// What answers does not speak TLS.
    NotTls,
    /// The certificate's time is over, or has not begun.
    Expired {
        /// Whether it has not begun.
        early: bool,
        /// The certificate.
        certificate: Certificate,
    },
    /// The certificate is for other hosts.
    WrongHost {
        /// The host that was asked for.
        host: String,
        /// The certificate.
        certificate: Certificate,
    },
    /// Nobody trusted has issued the certificate.
    UnknownIssuer {
        /// The certificate.
        certificate: Certificate,
    },
    /// Certificates to trust could not be read.
    TrustStore {
        /// What is wrong.
        reason: String,
    },
    /// Anything else.
    Other {
        /// rustls's words.
        reason: String,
    },
}

/// What a refused certificate says of itself.
#[derive(Clone, Debug, Default)]
pub struct Certificate {
    /// Whom it is for; empty if that cannot be read.
    pub subject: String,
    /// Who issued it; empty if that cannot be read.
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

/// Why a proxy is in the way.
#[derive(Debug)]
pub enum ProxyProblem {
    /// 407.
    Credentials,
    /// Any other refusal.
    Refused {
        /// Its status.
        status: u16,
    },
    /// It cannot be reached, or breaks off.
    Dead {
        /// The system's words.
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
    /// Nothing reached the other side.
    pub fn unsent(problem: Problem) -> Self {
        Error { sent: false, problem }
    }

    /// The other side may have got the request.
    pub fn sent(problem: Problem) -> Self {
        Error { sent: true, problem }
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
    /// Sends one and waits for the head of its answer.
    ///
    /// # Errors
    /// When there is no answer. An answer of any status is none.
    fn send(&self, request: &Request<'_>, limits: &Limits) -> Result<Response, Error>;
}
