//! The client: what all runs of a process share of an org, and the operations of its API.

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
use crate::runtime::run::Run;
use crate::runtime::text;
use crate::runtime::transport::{Method, Transport};

/// An org, as all runs of a process share it.
pub struct Org {
    /// Where requests go.
    pub base: BaseUrl,
    /// Who we are to it.
    pub auth: Box<dyn Auth>,
    /// How requests get there.
    pub transport: Arc<dyn Transport>,
    /// How many at a time.
    pub pace: Pace,
    /// Whether the host has ever answered.
    pub reached: AtomicBool,
    /// Whether Okta has refused who we are: nothing more is sent then.
    pub refused: AtomicBool,
    /// The longest that the answer to a challenge is waited for.
    pub challenge_wait: Duration,
}

/// Okta, as one run sees it.
#[derive(Clone)]
pub struct Okta {
    /// Of the process.
    pub org: Arc<Org>,
    /// Of the run.
    pub run: Arc<Run>,
}

/// One operation of the API.
#[derive(Clone)]
pub struct Operation {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// With what.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// Whether sending it twice leaves the same state.
    pub repeatable: bool,
    /// What a success looks like.
    pub expect: Expect,
    /// What it is about, for messages; empty where it is about the org.
    pub subject: String,
}

impl Operation {
    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        self.method != Method::Get
    }

    /// Method and path for people: queries may hold personal data.
    pub fn place(&self) -> String {
        format!("{} {}", self.method, self.url.path().split('?').next().unwrap_or_default())
    }

    /// With a JSON body.
    pub fn body(self, body: &serde_json::Value) -> Self {
        Operation { body: Some(Zeroizing::new(body.to_string().into_bytes())), ..self }
    }

    /// One that leaves the same state when it is sent twice.
    pub fn repeatable(self) -> Self {
        Operation { repeatable: true, ..self }
    }
}

impl Okta {
    /// An operation that reads.
    pub fn get(&self, path: Path, expect: Expect, subject: &str) -> Operation {
        Operation { repeatable: true, ..self.write(Method::Get, path, expect, subject) }
    }

    /// An operation that changes something, and may be sent once only unless it is said to be
    /// [repeatable](Operation::repeatable).
    pub fn write(&self, method: Method, path: Path, expect: Expect, subject: &str) -> Operation {
        let url = self.org.base.url(&path);
        Operation { method, url, body: None, repeatable: false, expect, subject: subject.to_owned() }
    }

    /// Foreign text, fit to be shown: without secrets, clean, at most `most` characters.
    pub fn shown(&self, text: &str, most: usize) -> String {
        text::clean(&self.run.redactor.text(text), most)
    }

    /// Okta's id of a request, fit to be shown.
    pub(super) fn shown_id(&self, id: &str) -> String {
        self.shown(id, 64)
    }

    /// The cause for a link that leads elsewhere.
    pub(super) fn foreign(&self, link: ForeignLink) -> Cause {
        Cause::ForeignLink(ForeignLink { shown: self.shown(&link.shown, 200), ..link })
    }
}
