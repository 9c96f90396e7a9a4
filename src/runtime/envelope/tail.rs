//! The parts of a result that follow `data`, as JSON: those of one run, and those of the whole result.

use std::borrow::Cow;

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

    /// `summary` is the run's so far, for one that ends without its own.
    pub(super) fn json(&self, summary: Option<&RawValue>, redactor: &Redactor) -> String {
        #[derive(Serialize)]
        struct Json<'a> {
            summary: &'a RawValue,
            status: &'static str,
            message: Cow<'a, str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'a Details>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            warnings: Vec<Cow<'a, str>>,
        }
        // A summary may quote an answer: like the elements of `data` it has to stay on one line.
        let summary = self.summary.as_deref().or(summary).map_or("{}", RawValue::get);
        let summary = RawValue::from_string(json::one_line(summary).into_owned()).expect("one line of JSON is JSON");
        let json = redacted(
            &Json {
                summary: &summary,
                status: status(self.error.is_none()),
                message: redactor.text(&self.message),
                error: self.error.as_ref(),
                warnings: self.warnings.iter().map(|warning| redactor.text(warning)).collect(),
            },
            redactor,
        );
        format!("],{}", &json[1..])
    }

    /// Error and message, if the run failed.
    pub(super) fn into_failed(self) -> Option<(Details, String)> {
        self.error.map(|error| (error, self.message))
    }
}

/// What follows the last run's part: totals, and the first failure.
pub(super) fn end_of_result(total: usize, failed: &[&(Details, String)], redactor: &Redactor) -> String {
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
    let json = redacted(
        &Json {
            summary: Totals { total_objects: total, total_objects_successful: successful },
            status: status(failed.is_empty()),
            message: redactor.text(&totals_message(successful, failed)).into_owned(),
            error: failed.first().map(|(details, _)| details),
        },
        redactor,
    );
    format!("{},{}\n", if total == 1 { "" } else { "]" }, &json[1..])
}

fn status(succeeded: bool) -> &'static str {
    if succeeded { "success" } else { "failed" }
}

/// `2 actions succeeded, 1 failed: …`, with the first failure's sentence.
fn totals_message(successful: usize, failed: &[&(Details, String)]) -> String {
    let succeeded = format!("{} succeeded", text::count(successful as u64, "action"));
    match failed {
        [] => succeeded,
        [(_, first), ..] if successful == 0 => {
            format!("{} failed: {first}", text::count(failed.len() as u64, "action"))
        }
        [(_, first), ..] => format!("{succeeded}, {} failed: {first}", failed.len()),
    }
}

/// One of our own values as JSON, with a final check for secrets.
fn redacted(value: &impl Serialize, redactor: &Redactor) -> String {
    let json = serde_json::to_string(value).expect("our own types have string keys and finite numbers");
    redactor.json(&json).into_owned()
}
