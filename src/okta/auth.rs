//! Authentication: the headers that a request carries, and what a rejection of them means.

use super::error::{Cause, Refusal};
use crate::runtime::transport::{Headers, Method, SecretHeader};

pub mod ssws;

/// An authentication scheme, shared by all runs of a process.
pub trait Auth: Send + Sync {
    /// The authentication headers for one attempt at one request.
    ///
    /// # Errors
    /// When no credentials can be obtained.
    fn headers(&self, method: Method, url: &str) -> Result<Vec<SecretHeader>, Cause>;

    /// What an error response says about the credentials.
    fn verdict(&self, refusal: &Refusal, headers: &Headers) -> Verdict;
}

/// What an error response says about the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The error is about something else.
    Accepted,
    /// The credentials are rejected for good: nothing more is sent with them.
    Refused,
    /// The credentials were stale: try once more with new headers.
    AskAgain,
}
