//! The parts of a result that follow `data`, as JSON: those of one run, and those of the whole result.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::runtime::error::{Details, Failure};
use crate::runtime::json;
use crate::runtime::run::Run;
use crate::runtime::secret::Redactor;
use crate::runtime::stats;
use crate::runtime::text;

/// Version of the protocol (docs/protocol.md), at the end of every result.
pub const PROTOCOL: u32 = 1;

/// What follows `data` in one run's part of the result.
pub struct Tail {
    summary: Option<Box<RawValue>>,
    message: String,
    error: Option<Details>,
    changed: Option<bool>,
    warnings: Vec<String>,
    stats: stats::Summary,
}

impl Tail {
    /// The tail of a successful run. `changed` is for an action that changes something.
    pub fn success(summary: Box<RawValue>, message: String, changed: Option<bool>, run: &Run) -> Self {
        let (warnings, stats) = (run.warnings(), run.stats.summary());
        Tail { summary: Some(summary), message, error: None, changed, warnings, stats }
    }

    /// The tail of a failed run, or of a parameter set that was never run. Its summary is the last one that the
    /// run wrote.
    pub fn failure(failure: Failure, run: Option<&Run>) -> Self {
        let (warnings, stats) = run.map(|run| (run.warnings(), run.stats.summary())).unwrap_or_default();
        let error = Some(*failure.details);
        Tail { summary: None, message: failure.message, error, changed: None, warnings, stats }
    }

    /// As JSON, and the failure that the end of the result repeats. `summary` is the run's so far, for one that
    /// ends without its own. Only text from outside is redacted: a password may well be a word of the envelope.
    pub(super) fn json(&self, summary: Option<&RawValue>, redactor: &Redactor) -> (String, Option<Failed>) {
        #[derive(Serialize)]
        struct Json<'a> {
            summary: &'a RawValue,
            status: &'static str,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'a Details>,
            #[serde(skip_serializing_if = "Option::is_none")]
            changed: Option<bool>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            warnings: Vec<String>,
            stats: &'a stats::Summary,
        }
        let shown = |text: &str| text::bounded(redactor.text(text));
        // A summary may quote an answer: like the elements of `data` it has to stay on one line.
        let summary = self.summary.as_deref().or(summary).map_or("{}", RawValue::get);
        let summary = redactor.json(summary);
        let summary = json::one_line(&summary);
        let error = self.error.clone().map(|mut error| {
            for word in [&mut error.error_code, &mut error.request_id].into_iter().flatten() {
                *word = redactor.text(word).into_owned();
            }
            error
        });
        let mut stats = self.stats.clone();
        if let Some(id) = &mut stats.request_id {
            *id = redactor.text(id).into_owned();
        }
        let message = shown(&self.message);
        let json = serialized(&Json {
            summary: serde_json::from_str(&summary).expect("JSON stays JSON"),
            status: status(error.is_none()),
            message: &message,
            error: error.as_ref(),
            changed: self.changed,
            warnings: self.warnings.iter().map(|warning| shown(warning)).collect(),
            stats: &stats,
        });
        (format!("],{}", &json[1..]), error.map(|details| Failed { details, message }))
    }
}

/// A failure as it was written, for the end of the result.
pub(super) struct Failed {
    details: Details,
    message: String,
}

/// What follows the last run's part: totals, and the first failure as its run reported it.
pub(super) fn end_of_result(total: usize, failed: &[(usize, &Failed)], array: bool) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        summary: Totals,
        status: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a Details>,
        #[serde(skip_serializing_if = "Option::is_none")]
        retry: Option<Retry>,
        protocol: u32,
    }
    #[derive(Serialize)]
    struct Totals {
        total_objects: usize,
        total_objects_successful: usize,
    }
    let successful = total - failed.len();
    let json = serialized(&Json {
        summary: Totals { total_objects: total, total_objects_successful: successful },
        status: status(failed.is_empty()),
        message: text::cut(totals_message(successful, failed), text::MESSAGE),
        error: failed.first().map(|(_, failed)| &failed.details),
        retry: if total > 1 { retry(failed) } else { None },
        protocol: PROTOCOL,
    });
    format!("{},{}\n", if array { "]" } else { "" }, &json[1..])
}

/// Which of several parameter sets may be run again.
#[derive(Serialize)]
struct Retry {
    indices: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
}

fn retry(failed: &[(usize, &Failed)]) -> Option<Retry> {
    let retryable = || failed.iter().filter(|(_, failed)| failed.details.retryable);
    let after = retryable().filter_map(|(_, failed)| failed.details.retry_after).max();
    let indices: Vec<usize> = retryable().map(|(index, _)| *index).collect();
    (!indices.is_empty()).then_some(Retry { indices, after })
}

fn status(succeeded: bool) -> &'static str {
    if succeeded { "success" } else { "failed" }
}

/// `2 actions succeeded, 1 failed: …`, with the first failure's sentence.
fn totals_message(successful: usize, failed: &[(usize, &Failed)]) -> String {
    let succeeded = format!("{} succeeded", text::count(successful as u64, "action"));
    match failed {
        [] => succeeded,
        [(_, first), ..] if successful == 0 => {
            format!("{} failed: {}", text::count(failed.len() as u64, "action"), first.message)
        }
        [(_, first), ..] => format!("{succeeded}, {} failed: {}", failed.len(), first.message),
    }
}

fn serialized(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our own types have string keys and finite numbers")
}
