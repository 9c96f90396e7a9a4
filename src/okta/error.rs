//! Errors of requests to Okta as one type, Okta's error body, and the mapping of its error codes to kinds
//! (okta-api.md, Errors).

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

/// Why an operation failed.
#[derive(Debug)]
pub struct Error {
    /// The object the request was about, such as `user "ada@example.com"`; empty if it was about the org.
    pub subject: String,
    /// The cause.
    pub cause: Cause,
}

/// Why an operation failed.
#[derive(Debug)]
pub enum Cause {
    /// Okta, or something in front of it, responded with an error.
    Refused(Box<Refusal>),
    /// Waiting for the rate limit would exceed the deadline.
    RateLimited {
        /// The 429 response.
        refusal: Box<Refusal>,
        /// How long to wait before trying again.
        wait: Duration,
    },
    /// There was no response, or only part of one.
    Transport {
        /// The error of the last attempt.
        error: transport::Error,
        /// Number of attempts.
        tries: u32,
    },
    /// The deadline passed before the request could be sent.
    TimeUp,
    /// Not sent: only the reserve is left of the rate limit, and its window lasts longer than the time limit.
    Reserved {
        /// The reserve.
        percent: u64,
        /// How long the window lasts.
        wait: Duration,
    },
    /// Not sent: the token was rejected for another request.
    TokenRefused,
    /// Not sent: the run's outcome has already been reported.
    RunEnded,
    /// A successful status code with an unexpected body.
    InvalidAnswer {
        /// HTTP status.
        status: u16,
        /// What is wrong, to follow "the body".
        problem: String,
        /// The start of the body, redacted and cleaned.
        excerpt: String,
        /// Okta's id of the request.
        request_id: Option<String>,
    },
    /// A redirect that is not followed.
    Redirected {
        /// HTTP status.
        status: u16,
        /// Its target, without the query.
        to: String,
        /// Why it is not followed.
        why: &'static str,
    },
    /// A link to another origin.
    ForeignLink(ForeignLink),
    /// A `Link` header that cannot be read: whether the list goes on is not known.
    UnreadableLink,
    /// A list whose pages never end.
    EndlessList {
        /// What shows that it never ends.
        problem: String,
    },
    /// A response without the link that must be followed next.
    MissingLink {
        /// What is missing.
        problem: &'static str,
    },
    /// A value that cannot be a segment of a path.
    BadSegment(BadSegment),
    /// Several users match where one was meant.
    Ambiguous,
    /// No user matches.
    NoSuchUser,
}

/// An error answer, as Okta words it or as something in between does.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Okta's error code, such as `E0000007`.
    pub code: Option<String>,
    /// Okta's error summary, or an excerpt of a body that is not Okta's.
    pub summary: String,
    /// Okta's error causes, five at most.
    pub causes: Vec<String>,
    /// Okta's id of the request.
    pub request_id: Option<String>,
    /// Whether the body is an error of Okta's: what is not is about the way there, never about what
    /// was asked for.
    pub is_oktas: bool,
    /// How often it was tried.
    pub tries: u32,
}

/// Maximum number of bytes read of an error body.
const LARGEST: u64 = 64 * 1024;

/// The shapes of errors that Okta sends (okta-api.md, Errors): its own, OAuth's, Spring's.
#[derive(Deserialize)]
struct Body {
    #[serde(default, rename = "errorCode")]
    code: Option<String>,
    #[serde(default, rename = "errorSummary")]
    summary: Option<String>,
    #[serde(default, rename = "errorCauses", deserialize_with = "lenient")]
    causes: Vec<CauseBody>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

#[derive(Deserialize)]
struct CauseBody {
    #[serde(default, rename = "errorSummary")]
    summary: Option<String>,
}

fn lenient<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<CauseBody>, D::Error> {
    Option::<Vec<CauseBody>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Refusal {
    /// Reads an error response. Also returns the error that ended the body early, if any: the part that
    /// was read is usually enough.
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

    /// Parses the body of an error response. Everything in it is redacted, then cleaned and truncated.
    pub fn read(status: u16, request_id: Option<String>, body: &[u8], redactor: &Redactor) -> Refusal {
        let mut refusal = Refusal { status, request_id, ..Refusal::default() };
        let shown = |text: &str| text::clean(&redactor.text(text), text::EXCERPT);
        let Ok(body) = serde_json::from_slice::<Body>(body) else {
            refusal.summary = excerpt(body, redactor);
            return refusal;
        };
        refusal.code = body.code.filter(|code| is_code(code));
        // Words alone might be anybody's: with OAuth's and Spring's shapes Okta's id has to be there.
        let is_foreign_shape = body.error.is_some() || body.message.is_some();
        refusal.is_oktas =
            refusal.code.is_some() || (body.summary.is_some() || is_foreign_shape) && refusal.request_id.is_some();
        let words = [body.summary, body.error_description, body.message, body.error];
        refusal.summary =
            words.into_iter().flatten().find(|words| !words.is_empty()).map(|w| shown(&w)).unwrap_or_default();
        refusal.causes =
            body.causes.into_iter().filter_map(|cause| cause.summary).take(5).map(|cause| shown(&cause)).collect();
        refusal
    }

    /// The kind: by Okta's code first, then by status (okta-api.md, Errors).
    pub fn kind(&self) -> Kind {
        let code = self.code.as_deref().unwrap_or_default();
        match (self.status, code) {
            (429, _) | (_, "E0000047") => Kind::RateLimited,
            (500..=599, _) if code != "E0000060" => Kind::Unavailable,
            (400..=499, _) if !self.is_oktas => Kind::Protocol,
            (_, "E0000001") if self.causes.iter().any(|cause| is_about_state(cause)) => Kind::Conflict,
            (_, "E0000001") => Kind::Rejected,
            (_, "E0000003" | "E0000030" | "E0000031" | "E0000033" | "E0000063" | "E0000094") => Kind::InvalidParameter,
            (_, "E0000004" | "E0000005" | "E0000011") => Kind::Authentication,
            (_, "E0000006" | "E0000015") => Kind::Permission,
            (_, "E0000007") => Kind::NotFound,
            (_, "E0000008") => Kind::Protocol,
            (_, "E0000191") => Kind::Timeout,
            (_, "E0000016" | "E0000032" | "E0000038" | "E0000069" | "E0000079" | "E0000090") => Kind::Conflict,
            (_, "E0000068" | "E0000080" | "E0000082") => Kind::Rejected,
            (_, "E0000060") => Kind::Rejected,
            _ if self.is_busy() => Kind::Conflict,
            (403, _) if self.words().any(is_about_state) => Kind::Conflict,
            (401, _) => Kind::Authentication,
            (404, _) => Kind::NotFound,
            (409, _) => Kind::Conflict,
            (400..=499, _) => Kind::Rejected,
            // No status that HTTP gives a meaning to here.
            _ => Kind::Protocol,
        }
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.summary.as_str()).chain(self.causes.iter().map(String::as_str))
    }

    /// Whether a gateway waited for Okta in vain (504; Cloudflare's 522 and 524; 598): what it passed on may still be
    /// carried out.
    pub fn is_silence(&self) -> bool {
        matches!(self.status, 504 | 522 | 524 | 598)
    }

    /// Whether the request was certainly not carried out. After 500 and the like it may have been,
    /// and a status without a meaning says nothing (okta-api.md, Retrying).
    pub fn is_certain(&self) -> bool {
        matches!(self.status, 400..=499 | 501) || self.is_read_only()
    }

    /// Okta is in read-only mode: it carried nothing out.
    fn is_read_only(&self) -> bool {
        self.status == 503 && self.code.as_deref() == Some("E0000010")
    }

    /// Another request is changing the same thing: nothing was carried out, and it is over soon.
    pub fn is_busy(&self) -> bool {
        matches!(
            (self.status, self.code.as_deref()),
            (409, Some("E0000268" | "E0000112" | "E0000253")) | (423, Some("E0000239"))
        )
    }

    /// Too many codes were sent to one user: that user's limit, not the org's.
    pub fn is_users_limit(&self) -> bool {
        self.status == 429 && matches!(self.code.as_deref(), Some("E0000109" | "E0000133"))
    }
}

/// Whether this is a code of Okta's: `E` and seven digits.
fn is_code(code: &str) -> bool {
    code.strip_prefix('E').is_some_and(|digits| digits.len() == 7 && digits.bytes().all(|c| c.is_ascii_digit()))
}

/// Whether words say that something is there already, or name a user's state.
fn is_about_state(words: &str) -> bool {
    let words = words.to_lowercase();
    let states = [
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
    states.iter().any(|state| words.contains(state))
}

/// Fields of requests and responses that contain secrets: what a response exists to deliver (it stays in `data`
/// only), and what proves an identity.
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

/// The readable start of an unexpected body, redacted and without HTML tags.
pub fn excerpt(body: &[u8], redactor: &Redactor) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(LARGEST as usize)]);
    let text = redactor.text(&text).less(|text| SecretNames::usual_and(SECRET_MEMBERS).mask_text(text));
    let text = match text.trim_start().starts_with(['{', '[']) {
        true => text,
        false => text.less(text::without_tags),
    };
    text::clean(&text, text::EXCERPT)
}

impl Error {
    /// The kind of failure, for callers to branch on.
    pub fn kind(&self) -> Kind {
        match &self.cause {
            Cause::Refused(refusal) => refusal.kind(),
            Cause::RateLimited { .. } | Cause::Reserved { .. } => Kind::RateLimited,
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
            Cause::UnreadableLink => Kind::Protocol,
            Cause::BadSegment(_) => Kind::InvalidParameter,
            Cause::MissingLink { .. } => Kind::Protocol,
            Cause::Ambiguous => Kind::Conflict,
            Cause::NoSuchUser => Kind::NotFound,
        }
    }

    /// Whether Okta itself looked at the request and said no because of how things are: reading the
    /// state may tell why.
    pub fn is_about_state(&self) -> bool {
        let refused = matches!(&self.cause, Cause::Refused(refusal) if (400..500).contains(&refusal.status)
            && refusal.is_oktas && !refusal.is_busy());
        refused && matches!(self.kind(), Kind::Conflict | Kind::Rejected)
    }

    /// The error response, if there was one.
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
