//! A failed run: `error` in the result for playbooks, `message` for people.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// Why a run failed, for a playbook to branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The request or the configuration is invalid; nothing was sent.
    InvalidRequest,
    /// A parameter is invalid.
    InvalidParameter,
    /// The API token is wrong, expired or revoked.
    Authentication,
    /// The token's owner lacks the required admin role.
    Permission,
    /// The user, group or other object does not exist.
    NotFound,
    /// The current state of the object does not allow the action.
    Conflict,
    /// The API rejected the request for another reason.
    Rejected,
    /// Waiting for the rate limit would exceed the time limit.
    RateLimited,
    /// The API, or a proxy or gateway in front of it, is unavailable.
    Unavailable,
    /// The time limit was reached.
    Timeout,
    /// The server's certificate could not be verified, or TLS failed.
    Tls,
    /// No connection could be made, or it was lost.
    Network,
    /// An unexpected response.
    Protocol,
    /// Stopped by a signal.
    Cancelled,
    /// An internal error in the connector.
    Internal,
}

impl Kind {
    /// Whether the same request may succeed later without any change to it.
    pub fn is_transient(self) -> bool {
        matches!(self, Kind::RateLimited | Kind::Unavailable | Kind::Timeout | Kind::Network | Kind::Cancelled)
    }
}

/// Outcome of the change that an action was asked to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was changed.
    NotApplied,
    /// The response was lost: the change may have been made.
    Unknown,
    /// Some of several changes were made; `data` lists the steps. Reserved for actions that make several
    /// changes, of which there are none yet.
    Partial,
}

/// `error` of a failed run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Details {
    /// Why the run failed.
    pub kind: Kind,
    /// Whether it is safe and useful to send the same request again: it may succeed, and it cannot make
    /// a change twice.
    pub retryable: bool,
    /// Outcome of the change; only present for actions that change something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// HTTP status code of the response that caused the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The API's own error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The API's id of the request, to quote in a support case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Number of seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// `true` if a list failed after some of its items were written to `data`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_data: Option<bool>,
    /// Number of items written to `data` before the list failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
}

/// Why a run failed: the message for people and the details for playbooks.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to try, in full sentences.
    pub message: String,
    /// The same for machines. The runtime adds `outcome`, and takes `retryable` back where running
    /// again might change something twice.
    pub details: Box<Details>,
    /// Whether an admin role is missing: the runtime then names those that the action needs.
    pub needs_role: bool,
}

impl Failure {
    /// Makes a failure without details other than its kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            details: Box::new(Details {
                kind,
                retryable: kind.is_transient(),
                outcome: None,
                http_status: None,
                error_code: None,
                request_id: None,
                retry_after: None,
                partial_data: None,
                items: None,
            }),
            needs_role: false,
        }
    }

    /// Makes it a failure of another kind.
    pub fn set_kind(&mut self, kind: Kind) {
        self.details.kind = kind;
        self.details.retryable = kind.is_transient();
    }

    /// Why it failed.
    pub fn kind(&self) -> Kind {
        self.details.kind
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
