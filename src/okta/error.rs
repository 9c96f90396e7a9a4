//! What can go wrong with a request to Okta, as one type; Okta's error body; and the kinds that
//! okta-api.md gives its codes.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use serde::Deserialize;

use super::address::ForeignLink;
use super::path::BadSegment;
use crate::runtime::error::Kind;
use crate::runtime::secret::{Redactor, SecretNames};
use crate::runtime::text;
use crate::runtime::transport::{self, Problem};

/// A request that was not done.
#[derive(Debug)]
pub struct Error {
    /// What the request was about, `user "ada@example.com"`; empty where it is about the org.
    pub subject: String,
    /// What went wrong.
    pub cause: Cause,
}

/// What can go wrong.
#[derive(Debug)]
pub enum Cause {
    /// Okta, or a proxy, answered with an error.
    Refused(Box<Refusal>),
    /// A rate limit lasts longer than the time that is left.
    RateLimited {
        /// The answer.
        refusal: Box<Refusal>,
        /// After that it is worth trying again.
        wait: Duration,
    },
    /// There was no answer, or only a part of one.
    Transport {
        /// The last attempt's.
        error: transport::Error,
        /// How often it was tried.
        tries: u32,
    },
    /// The time was up before the request could be sent.
    TimeUp,
    /// Not sent: the token was refused for another request.
    TokenRefused,
    /// Not sent: the run's outcome has been told already.
    RunEnded,
    /// A success that makes no sense.
    InvalidAnswer {
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        problem: String,
        /// The beginning of the body.
        excerpt: String,
        /// Of the answer.
        request_id: Option<String>,
    },
    /// A redirect that is not followed.
    Redirected {
        /// HTTP status.
        status: u16,
        /// Where it points, without query.
        to: String,
        /// Why it is not followed.
        why: &'static str,
    },
    /// A link that leads elsewhere.
    ForeignLink(ForeignLink),
    /// A list whose pages never end.
    EndlessList {
        /// What was seen.
        problem: String,
    },
    /// An answer without the link that has to be followed.
    MissingLink {
        /// Which.
        problem: &'static str,
    },
    /// A value that cannot be part of an address.
    BadSegment(BadSegment),
    /// Several users where one was meant.
    Ambiguous,
    /// No user where one was meant.
    NoSuchUser,
}

/// An error as Okta words it.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// `E0000007`
    pub code: Option<String>,
    /// Okta's sentence, or an excerpt of what came in its place.
    pub summary: String,
    /// Okta's sentences about the causes.
    pub causes: Vec<String>,
    /// Okta's id of the request.
    pub request_id: Option<String>,
    /// How often it was tried.
    pub tries: u32,
}

/// The most that is read of an error.
const LARGEST: u64 = 64 * 1024;

impl Refusal {
    /// Receives an error answer; beside it what kept its body from being read to the end. What
    /// could be read is mostly enough.
    pub(super) fn receive(
        status: u16,
        request_id: Option<String>,
        body: Box<dyn Read + Send>,
        redactor: &Redactor,
    ) -> (Refusal, Option<transport::Error>) {
        let mut text = Vec::new();
        let read = body.take(LARGEST).read_to_end(&mut text);
        (Refusal::read(status, request_id, &text, redactor), read.err().map(transport::Error::of_body))
    }

    /// Reads the body of an error answer. Everything in it is redacted, then cleaned and cut.
    pub fn read(status: u16, request_id: Option<String>, body: &[u8], redactor: &Redactor) -> Refusal {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            #[serde(default)]
            error_code: Option<String>,
            #[serde(default)]
            error_summary: Option<String>,
            #[serde(default, deserialize_with = "lenient")]
            error_causes: Vec<CauseBody>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct CauseBody {
            #[serde(default)]
            error_summary: Option<String>,
        }
        fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<CauseBody>, D::Error> {
            Option::<Vec<CauseBody>>::deserialize(deserializer).map(Option::unwrap_or_default)
        }
        let mut refusal = Refusal { status, request_id, ..Refusal::default() };
        let shown = |text: &str| text::clean(&redactor.text(text), text::EXCERPT);
        match serde_json::from_slice::<Body>(body) {
            Ok(body) if body.error_code.is_some() || body.error_summary.is_some() => {
                let is_code = |code: &String| code.len() <= 16 && code.bytes().all(|c| c.is_ascii_alphanumeric());
                refusal.code = body.error_code.filter(is_code);
                refusal.summary = shown(&body.error_summary.unwrap_or_default());
                refusal.causes = body
                    .error_causes
                    .into_iter()
                    .filter_map(|cause| cause.error_summary)
                    .take(5)
                    .map(|cause| shown(&cause))
                    .collect();
            }
            _ => refusal.summary = excerpt(body, redactor),
        }
        refusal
    }

    /// The kind, by code first, then by status (okta-api.md, Errors).
    pub fn kind(&self) -> Kind {
        match (self.code.as_deref(), self.status) {
            (_, 429) | (Some("E0000047"), _) => Kind::RateLimited,
            (Some("E0000001"), 400) => match self.causes.iter().any(|cause| is_about_state(cause)) {
                true => Kind::Conflict,
                false => Kind::Rejected,
            },
            (Some("E0000003" | "E0000010" | "E0000031"), 400) => Kind::InvalidParameter,
            (Some("E0000011" | "E0000004"), 401) | (Some("E0000005"), 403) => Kind::Authentication,
            (Some("E0000006"), 403) => Kind::Permission,
            (Some("E0000038" | "E0000079" | "E0000016" | "E0000032"), 403) => Kind::Conflict,
            (Some("E0000068" | "E0000080"), 403) => Kind::Rejected,
            (Some("E0000090"), 400 | 409) => Kind::Conflict,
            (Some("E0000060"), 501) => Kind::Rejected,
            (_, 409) => Kind::Conflict,
            (_, 500..) => Kind::Unavailable,
            (_, 401) => Kind::Authentication,
            (_, 403) => Kind::Permission,
            (_, 404) => Kind::NotFound,
            _ => Kind::Rejected,
        }
    }
}

/// Whether a cause says that something is there already, or names a user's state.
fn is_about_state(cause: &str) -> bool {
    let cause = cause.to_lowercase();
    let words = [
        "already exists",
        "is already",
        "not active",
        "suspended",
        "deprovisioned",
        "locked out",
        "not locked",
        "staged",
        "user's status",
        "status of the user",
        "current status",
    ];
    words.iter().any(|words| cause.contains(words))
}

/// Members of answers that exist to deliver a secret. They stay in `data`, and are masked in
/// messages and recordings.
const DELIVERED: &[&str] = &["resetPasswordUrl", "tempPassword", "activationUrl", "activationToken", "client_secret"];

/// Members of requests and answers that hold secrets: what is delivered, and what proves who
/// somebody is.
pub const SECRET_MEMBERS: &[&str] = &[
    "resetPasswordUrl",
    "tempPassword",
    "activationUrl",
    "activationToken",
    "client_secret",
    "answer",
    "passCode",
    "nextPassCode",
    "sharedSecret",
    "stateToken",
    "recoveryToken",
    "factorToken",
    "sessionToken",
    "linkUrl",
    "activationLink",
];

/// The readable beginning of a body that is not what it should be.
pub fn excerpt(body: &[u8], redactor: &Redactor) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(LARGEST as usize)]);
    let text = redactor.text(&text).less(|text| SecretNames::only(DELIVERED).mask_text(text));
    let text = match text.trim_start().starts_with(['{', '[']) {
        true => text,
        false => text.less(text::without_tags),
    };
    text::clean(&text, text::EXCERPT)
}

impl Error {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match &self.cause {
            Cause::Refused(refusal) => refusal.kind(),
            Cause::RateLimited { .. } => Kind::RateLimited,
            Cause::Transport { error, .. } => match &error.problem {
                Problem::Tls(_) => Kind::Tls,
                Problem::Silent | Problem::TooSlow | Problem::TimeUp => Kind::Timeout,
                Problem::Malformed { .. } => Kind::Protocol,
                Problem::NotRecorded { .. } => Kind::Internal,
                _ => Kind::Network,
            },
            Cause::TimeUp => Kind::Timeout,
            Cause::TokenRefused => Kind::Authentication,
            Cause::RunEnded => Kind::Cancelled,
            Cause::InvalidAnswer { .. }
            | Cause::Redirected { .. }
            | Cause::ForeignLink(_)
            | Cause::EndlessList { .. } => Kind::Protocol,
            Cause::BadSegment(_) => Kind::InvalidParameter,
            Cause::MissingLink { .. } => Kind::Protocol,
            Cause::Ambiguous => Kind::Conflict,
            Cause::NoSuchUser => Kind::NotFound,
        }
    }

    /// Whether Okta itself (not a proxy, which has no error codes) looked at the request and said
    /// no because of how things are: reading the state may tell why.
    pub fn is_about_state(&self) -> bool {
        matches!(&self.cause, Cause::Refused(refusal) if (400..500).contains(&refusal.status) && refusal.code.is_some())
            && matches!(self.kind(), Kind::Conflict | Kind::Rejected)
    }

    /// Okta's answer, if it was one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.cause {
            Cause::Refused(refusal) | Cause::RateLimited { refusal, .. } => Some(refusal),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.subject, self.cause)
    }
}

impl std::error::Error for Error {}
