//! The client: what all runs of a process share about an org, and the operations of its API.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use zeroize::Zeroizing;

use super::address::{BaseUrl, ForeignLink, Url};
use super::answer::Expect;
use super::auth::Auth;
use super::error::Cause;
use super::pace::Pace;
use super::path::Path;
use super::reserve::Reserve;
use crate::runtime::run::Run;
use crate::runtime::text;
use crate::runtime::transport::{Method, Transport};

/// An org, shared by all runs of a process.
pub struct Org {
    /// The URL that requests are sent to.
    pub base: BaseUrl,
    /// The authentication scheme.
    pub auth: Box<dyn Auth>,
    /// Sends the requests.
    pub transport: Arc<dyn Transport>,
    /// Limits the number of requests in flight.
    pub pace: Pace,
    /// Leaves a share of each rate limit to others.
    pub reserve: Reserve,
    /// Whether the host has ever responded.
    pub reached: AtomicBool,
    /// Whether Okta has rejected the credentials; nothing more is sent after that.
    pub refused: AtomicBool,
    /// How long to wait for the user to answer a challenge.
    pub challenge_wait: Duration,
}

/// The client of one run.
#[derive(Clone)]
pub struct Okta {
    /// The org, shared with the other runs.
    pub org: Arc<Org>,
    /// The run, for its deadline, log, effects and warnings.
    pub run: Arc<Run>,
}

/// One operation of the API.
#[derive(Clone)]
pub struct Operation {
    /// HTTP method.
    pub method: Method,
    /// URL to send it to.
    pub url: Url,
    /// Request body, overwritten in memory when dropped.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// Whether sending it twice leaves the same state.
    pub repeatable: bool,
    /// Whether it is sent even if only the reserve is left: it undoes something.
    pub urgent: bool,
    /// Whether it goes over a connection of its own even in a run that only reads.
    pub fresh: bool,
    /// What a successful response must contain.
    pub expect: Expect,
    /// The object it is about, for messages; empty if it is about the org.
    pub subject: String,
}

impl Operation {
    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        self.method != Method::Get
    }

    /// Method and path for logs, without the query, which may contain personal data.
    pub fn place(&self) -> String {
        format!("{} {}", self.method, self.url.path().split('?').next().unwrap_or_default())
    }

    /// Sets a JSON body.
    pub fn body(self, body: &serde_json::Value) -> Self {
        Operation { body: Some(Zeroizing::new(body.to_string().into_bytes())), ..self }
    }

    /// Marks the operation as leaving the same state when it is sent twice, so that it may be retried.
    pub fn repeatable(self) -> Self {
        Operation { repeatable: true, ..self }
    }
}

impl Okta {
    /// An operation that reads. If nothing in the response shows what it is about, it goes over a connection of its
    /// own: on one that was used before, a late or doubled response to another request could pass for it.
    pub fn get(&self, path: Path, expect: Expect, subject: &str) -> Operation {
        Operation { repeatable: true, fresh: !expect.has_identity(), ..self.write(Method::Get, path, expect, subject) }
    }

    /// An operation that changes something. It is sent only once unless it is marked as
    /// [repeatable](Operation::repeatable).
    pub fn write(&self, method: Method, path: Path, expect: Expect, subject: &str) -> Operation {
        let url = self.org.base.url(&path);
        let subject = subject.to_owned();
        Operation { method, url, body: None, repeatable: false, urgent: false, fresh: true, expect, subject }
    }

    /// Response text for display: redacted, cleaned, at most `most` characters.
    pub fn shown(&self, text: &str, most: usize) -> String {
        text::clean(&self.run.redactor.text(text), most)
    }

    /// A value in quotes for display: redacted, with escapes for what cannot be seen, at most `most` characters.
    pub fn quoted(&self, value: &str, most: usize) -> String {
        text::quoted(&self.run.redactor.text(value), most)
    }

    /// Okta's id of a request, redacted and cleaned for display.
    pub(super) fn shown_id(&self, id: &str) -> String {
        self.shown(id, 64)
    }

    /// The cause for a link that leads elsewhere.
    pub(super) fn foreign(&self, link: ForeignLink) -> Cause {
        Cause::ForeignLink(ForeignLink { shown: self.shown(&link.shown, 200), ..link })
    }
}
