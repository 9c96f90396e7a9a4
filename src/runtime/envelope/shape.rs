//! The shape of a result, for its JSON Schema. What is written is put together in
//! [`super::result::Report`]; tests hold the two together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;

use crate::runtime::error::Details;

/// The one result of a process.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ActionOutcome {
    /// The action, `list_users`; null if the request did not say one that is known.
    pub identifier: Option<String>,
    /// The run, where there was one parameter set.
    #[schemars(default)]
    pub action_result: Option<ActionResult>,
    /// The runs in the order of their parameter sets, where there were several.
    #[schemars(default)]
    pub action_results: Option<Vec<ActionResult>>,
    /// Totals.
    pub summary: Totals,
    /// `failed` if any run failed.
    pub status: Status,
    /// The totals in words, with the first failure's sentence.
    pub message: String,
    /// The first failure.
    #[schemars(default)]
    pub error: Option<Details>,
}

/// What one parameter set led to.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ActionResult {
    /// What was asked, under the table's names and types; secrets are masked.
    pub parameter: BTreeMap<String, Value>,
    /// What the other side sent.
    pub data: Vec<BTreeMap<String, Value>>,
    /// The action's summary.
    pub summary: BTreeMap<String, Value>,
    /// Whether it was done.
    pub status: Status,
    /// What happened, for a person.
    pub message: String,
    /// Why it failed, for machines.
    #[schemars(default)]
    pub error: Option<Details>,
    /// What else there is to know.
    #[schemars(default)]
    pub warnings: Option<Vec<String>>,
}

/// Numbers of parameter sets.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Totals {
    /// All.
    pub total_objects: u64,
    /// Those that succeeded.
    pub total_objects_successful: u64,
}

/// Whether it was done.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Status {
    /// It is known to be done.
    Success,
    /// Anything else.
    Failed,
}
