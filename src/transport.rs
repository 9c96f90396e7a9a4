//! The one seam to the outside: send a request, get status, headers and a body to read. Network,
//! replay and recorder are behind it, and nobody in front of it can tell them apart.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use crate::secret::Secret;

mod addresses;
pub mod names;
pub mod network;
pub mod proxy;
pub mod recorder;
pub mod replay;
pub mod tls;
pub mod trust;

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

/// One request.
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: &'a str,
    /// What comes before path and query in `url`: scheme, host, port, and a gateway's path.
    pub base: usize,
    /// The `Authorization` header.
    pub authorization: &'a Secret,
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
    /// What follows. Errors of its `read` hold a [`Failure`].
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
pub struct Failure {
    /// Whether any of the request may have reached the other side.
    pub sent: bool,
    /// What went wrong.
    pub cause: Cause,
}

/// What can go wrong on the way.
#[derive(Debug)]
pub enum Cause {
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
        seen: Seen,
    },
    /// The certificate is for other hosts.
    WrongHost {
        /// The host that was asked for.
        host: String,
        /// The certificate.
        seen: Seen,
    },
    /// Nobody trusted has issued the certificate.
    UnknownIssuer {
        /// The certificate.
        seen: Seen,
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
pub struct Seen {
    /// Whom it is for.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
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

impl Failure {
    /// Nothing reached the other side.
    pub fn unsent(cause: Cause) -> Self {
        Failure { sent: false, cause }
    }

    /// The other side may have got the request.
    pub fn sent(cause: Cause) -> Self {
        Failure { sent: true, cause }
    }

    /// The failure inside an error of reading a body.
    pub fn of_body(error: io::Error) -> Self {
        match error.downcast::<Failure>() {
            Ok(failure) => failure,
            Err(error) => Failure::sent(Cause::Lost { reason: error.to_string() }),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.cause)
    }
}

impl std::error::Error for Failure {}

/// Sends requests.
pub trait Transport: Send + Sync {
    /// Sends one and waits for the head of its answer.
    ///
    /// # Errors
    /// When there is no answer. An answer of any status is none.
    fn send(&self, request: &Request<'_>, limits: &Limits) -> Result<Response, Failure>;
}
