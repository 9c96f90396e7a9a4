//! Who we are to Okta: what a request carries to prove it, and what a refusal of that proof means.

use super::error::{Cause, Refusal};
use crate::runtime::transport::{Headers, Method, SecretHeader};

pub mod ssws;

/// A scheme of authentication, shared by all runs of a process.
pub trait Auth: Send + Sync {
    /// The headers that prove who asks, for one attempt at one request.
    ///
    /// # Errors
    /// When there is no proof to be had.
    fn headers(&self, method: Method, url: &str) -> Result<Vec<SecretHeader>, Cause>;

    /// What an error answer means for who asks.
    fn verdict(&self, refusal: &Refusal, headers: &Headers) -> Verdict;
}

/// What an error answer means for who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is about something else.
    Accepted,
    /// The proof is refused for good: nothing more is sent with it.
    Refused,
    /// The proof was stale: once more, with new headers.
    AskAgain,
}
