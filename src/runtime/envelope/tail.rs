//! The parts of a result that follow `data`, as JSON: those of one run, and those of the whole result.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::runtime::error::{Details, Failure};
use crate::runtime::json;
use crate::runtime::secret::Redactor;
use crate::runtime::text;

/// What follows `data` in one run's part of the result.
pub struct Tail {
    summary: Option<Box<RawValue>>,
    message: String,
    error: Option<Details>,
    warnings: Vec<String>,
}

impl Tail {
    /// The tail of a successful run.
    pub fn success(summary: Box<RawValue>, message: String, warnings: Vec<String>) -> Self {
        Tail { summary: Some(summary), message, error: None, warnings }
    }

    /// The tail of a failed run. Its summary is the last one that the run wrote.
    pub fn failure(failure: Failure, warnings: Vec<String>) -> Self {
        Tail { summary: None, message: failure.message, error: Some(*failure.details), warnings }
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
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            warnings: Vec<String>,
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
        let message = shown(&self.message);
        let json = serialized(&Json {
            summary: serde_json::from_str(&summary).expect("JSON stays JSON"),
            status: status(error.is_none()),
            message: &message,
            error: error.as_ref(),
            warnings: self.warnings.iter().map(|warning| shown(warning)).collect(),
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
pub(super) fn end_of_result(total: usize, failed: &[&Failed]) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        summary: Totals,
        status: &'static str,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a Details>,
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
        error: failed.first().map(|failed| &failed.details),
    });
    format!("{},{}\n", if total == 1 { "" } else { "]" }, &json[1..])
}

fn status(succeeded: bool) -> &'static str {
    if succeeded { "success" } else { "failed" }
}

/// `2 actions succeeded, 1 failed: …`, with the first failure's sentence.
fn totals_message(successful: usize, failed: &[&Failed]) -> String {
    let succeeded = format!("{} succeeded", text::count(successful as u64, "action"));
    match failed {
        [] => succeeded,
        [first, ..] if successful == 0 => {
            format!("{} failed: {}", text::count(failed.len() as u64, "action"), first.message)
        }
        [first, ..] => format!("{succeeded}, {} failed: {}", failed.len(), first.message),
    }
}

fn serialized(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our own types have string keys and finite numbers")
}
