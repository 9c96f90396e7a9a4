//! The types that describe a result, for its JSON Schema only. The result itself is written by
//! [`super::result::Report`]; tests check that the two agree.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;

use crate::runtime::error::Details;
use crate::runtime::stats;

/// The result of a process.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ActionOutcome {
    /// Identifier of the action, such as `list_users`; null if the request did not name a known action.
    pub identifier: Option<String>,
    /// The result of the run, if there was one parameter set and the request did not ask for an array.
    #[schemars(default)]
    pub action_result: Option<ActionResult>,
    /// The results of the runs in the order of their parameter sets, if there were several or with `"results": "array"`.
    #[schemars(default)]
    pub action_results: Option<Vec<ActionResult>>,
    /// Number of parameter sets that ran and that succeeded.
    pub summary: Totals,
    /// `failed` if any run failed.
    pub status: Status,
    /// The totals in words, with the message of the first failure.
    pub message: String,
    /// Details of the first failure.
    #[schemars(default)]
    pub error: Option<Details>,
    /// Which of several parameter sets failed and may be run again.
    #[schemars(default)]
    pub retry: Option<Retry>,
    /// Version of the protocol.
    #[schemars(range(min = 1, max = 1))]
    pub protocol: u32,
}

/// Parameter sets that failed and may be run again.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Retry {
    /// Indices of the parameter sets, from 0.
    #[schemars(length(min = 1))]
    pub indices: Vec<u64>,
    /// Seconds to wait first: the longest `retry_after` of these failures.
    #[schemars(default)]
    pub after: Option<u64>,
}

/// The result of one parameter set.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ActionResult {
    /// The parameters as they were understood; secrets are masked.
    pub parameter: BTreeMap<String, Value>,
    /// The objects that the API returned.
    pub data: Vec<BTreeMap<String, Value>>,
    /// Summary of the action.
    pub summary: BTreeMap<String, Value>,
    /// Whether the run succeeded.
    pub status: Status,
    /// What happened, for people to read.
    pub message: String,
    /// Why the run failed, for playbooks to branch on.
    #[schemars(default)]
    pub error: Option<Details>,
    /// Only for a successful action that changes something: whether this run changed it. `false` if it was so before.
    #[schemars(default)]
    pub changed: Option<bool>,
    /// Anything else worth knowing.
    #[schemars(default)]
    pub warnings: Option<Vec<String>>,
    /// Requests, waits and the rate limit.
    pub stats: stats::Summary,
}

/// Totals of the parameter sets.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Totals {
    /// Number of parameter sets.
    pub total_objects: u64,
    /// Number of parameter sets that succeeded.
    pub total_objects_successful: u64,
}

/// Whether a run succeeded.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Status {
    /// The action is known to have succeeded.
    Success,
    /// The action failed, or its outcome is not known.
    Failed,
}
