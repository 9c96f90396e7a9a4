//! What a failed run is, for machines (`error` in the result) and for people (`message`).

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// Why a run failed, in words that a playbook can branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The input or the configuration is unusable; nothing was sent.
    InvalidRequest,
    /// A parameter is unusable.
    InvalidParameter,
    /// The token is wrong, expired or revoked.
    Authentication,
    /// The token's owner lacks the admin role.
    Permission,
    /// The user, group or other object does not exist.
    NotFound,
    /// The object is in a state that does not allow this.
    Conflict,
    /// The other side refused for another reason.
    Rejected,
    /// A rate limit lasts longer than the deadline.
    RateLimited,
    /// The other side, or something in front of it, is not able to answer.
    Unavailable,
    /// The deadline passed.
    Timeout,
    /// The server's identity could not be established.
    Tls,
    /// No connection, or a connection that broke.
    Network,
    /// An answer that makes no sense.
    Protocol,
    /// Stopped by a signal.
    Cancelled,
    /// A defect of this program.
    Internal,
}

impl Kind {
    /// Whether the same request may well succeed later.
    pub fn is_transient(self) -> bool {
        matches!(self, Kind::RateLimited | Kind::Unavailable | Kind::Timeout | Kind::Network | Kind::Cancelled)
    }
}

/// What became of the change that an action was to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing was changed.
    NotApplied,
    /// The answer was lost: the change may have been made.
    Unknown,
    /// Some of several changes were made; `data` has the steps. For actions of several writes,
    /// of which there are none yet.
    Partial,
}

/// `error` of a failed run. Built by [`Failure`], completed by the runtime.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Details {
    /// Why it failed.
    pub kind: Kind,
    /// Whether the same request may be sent again: it may succeed, and it cannot change
    /// anything twice.
    pub retryable: bool,
    /// What became of the change; only for actions that change something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Status of the HTTP answer that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The other side's own error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The other side's id of the request: its support asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Seconds after which it is worth trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// `true` where a list broke after some of its items had been written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_data: Option<bool>,
    /// How many items were written before the list broke.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
}

/// A run that did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    /// What happened and what to do, for a person.
    pub message: String,
    /// The same for machines. `retryable` and `outcome` are settled by the runtime.
    pub details: Box<Details>,
}

impl Failure {
    /// A failure of `kind` that reads `message`.
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
        }
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
