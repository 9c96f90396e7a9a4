//! Runs a checked request: one run per parameter set, one after another if the action changes something,
//! in parallel if it is read-only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::value::RawValue;

use super::envelope::output::Output;
use super::envelope::result::{Report, Totals};
use super::envelope::tail::Tail;
use super::error::{Failure, Kind, Outcome};
use super::host::Host;
use super::json::Node;
use super::json::fields::Fields;
use super::lock::lock;
use super::order::Gate;
use super::run::Run;
use super::secret::Redactor;
use super::table::connector::{Done, Prepared, RunSettings, Session};
use super::table::facts::Facts;
use super::text;

/// What the runs of a request share.
pub struct Plan<'a, S: Session> {
    /// The action.
    pub facts: &'static Facts,
    /// The session.
    pub session: &'a S,
    /// Time and log.
    pub host: &'a Host,
    /// Deadlines and concurrency.
    pub settings: RunSettings,
    /// The end of the process's time, on the clock.
    pub end: Option<Duration>,
    /// What each element of `data` is cut down to.
    pub fields: Option<Arc<Fields>>,
    /// Where the results go.
    pub report: &'a Report,
}

/// A run, ready to start, or what is wrong with its parameters; and the redactor of its part of the result.
pub type Set<S> = (Result<Prepared<S>, Failure>, Arc<Redactor>);

/// Runs all parameter sets and completes their parts of the report.
pub fn execute<S: Session>(plan: &Plan<'_, S>, sets: Vec<Set<S>>) -> Totals {
    let threads = if plan.facts.read_only { plan.settings.concurrency.min(sets.len()) } else { 1 };
    let sets: Vec<_> = sets.into_iter().map(|set| Mutex::new(Some(set))).collect();
    let next = AtomicUsize::new(0);
    let gate = Arc::new(Gate::default());
    let work = || {
        let _waiting = Waiting(&gate, plan.report);
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(set) = sets.get(index) else { return };
            let set = lock(set).take();
            if let Some((set, redactor)) = set {
                let tail = match set {
                    Ok(prepared) => plan.run(index, prepared, redactor, &gate),
                    Err(failure) => Tail::failure(failure, None),
                };
                plan.report.end(index, tail);
                gate.open();
            }
        }
    };
    match threads {
        0 | 1 => work(),
        threads => thread::scope(|scope| {
            let begins = || thread::Builder::new().spawn_scoped(scope, work).is_ok();
            if !begins() {
                return work();
            }
            gate.wait();
            // Whoever is there does the work of those who cannot be had.
            let _ = (1..threads).all(|_| begins());
        }),
    }
    plan.report.finish()
}

/// Those who wait for a worker: when it panics they go on, so that the panic is seen.
struct Waiting<'a>(&'a Gate, &'a Report);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.open();
        if thread::panicking() {
            self.1.release();
        }
    }
}

impl<S: Session> Plan<'_, S> {
    fn run(&self, index: usize, prepared: Prepared<S>, redactor: Arc<Redactor>, gate: &Arc<Gate>) -> Tail {
        if self.end.is_some_and(|end| self.host.clock.now() >= end) {
            let failure = Failure::new(
                Kind::Timeout,
                "Not sent: `total_timeout_seconds` was reached before this parameter set started.",
            );
            return Tail::failure(cut_short(failure, Some(self.facts), None), None);
        }
        let timeout = Duration::from_secs(self.settings.timeout);
        let _searched = self.host.log.also_without(&redactor);
        let run = Arc::new(Run::new(
            self.host,
            redactor,
            !self.facts.read_only,
            timeout,
            self.end,
            self.report.turn(index),
            gate.clone(),
        ));
        self.report.begin(index, run.clone());
        let mut output = Output::new(self.report.clone(), index, run.clone(), self.fields.clone());
        let client = self.session.client(&run);
        let result = catch_unwind(AssertUnwindSafe(|| prepared(&client, &mut output)));
        run.on_cancel(None);
        match result {
            Ok(Ok(Done { summary, message })) => {
                let message = message.unwrap_or_else(|| summary_message(&summary));
                output.warn_of_missing_fields();
                let changed = (!self.facts.read_only).then(|| run.effects.has_changed());
                Tail::success(summary, message, changed, &run)
            }
            Ok(Err(mut failure)) => {
                complete(&mut failure, self.facts, &run, output.count());
                Tail::failure(failure, Some(&run))
            }
            Err(_) => {
                let mut failure = Failure::new(
                    Kind::Internal,
                    "Internal error in the connector: this run stopped. See stderr for details, and report it.",
                );
                complete(&mut failure, self.facts, &run, output.count());
                Tail::failure(failure, Some(&run))
            }
        }
    }
}

/// Completes the failure of a set that was cut short, `begun` or not: nothing begins in it any more.
/// A change always has an outcome, and a read never.
pub fn cut_short(failure: Failure, facts: Option<&Facts>, begun: Option<(&Run, u64)>) -> Failure {
    let mut failure = failure;
    match (facts, begun) {
        (Some(facts), Some((run, items))) => complete(&mut failure, facts, run, items),
        (Some(facts), None) if !facts.read_only => failure.details.outcome = Some(Outcome::NotApplied),
        _ => {}
    }
    failure
}

/// Completes a failure with what only the run knows: the outcome of its changes, whether repeating it is
/// safe, the required roles, and how many items of a list were written.
fn complete(failure: &mut Failure, facts: &Facts, run: &Run, items: u64) {
    let details = &mut failure.details;
    let message = &mut failure.message;
    if failure.needs_role {
        let needs = match facts.roles {
            [] => "an admin role".to_owned(),
            [one] => format!("the admin role {one}"),
            roles => format!("one of the admin roles {}", text::list(roles, "or")),
        };
        message.push_str(&format!(" The token's owner needs {needs}."));
    }
    if facts.read_only {
        if items > 0 {
            details.partial_data = Some(true);
            details.items = Some(items);
            let items = text::count(items, "item");
            message.push_str(&format!(" `data` has the first {items}; more exist."));
        }
    } else {
        let (outcome, again) = run.effects.judge();
        details.outcome = Some(outcome);
        details.retryable &= again;
        if let Some(sentence) = run.effects.what_was_set_off() {
            details.retryable = false;
            message.push_str(&format!(" {sentence}"));
        }
        if outcome == Outcome::Unknown {
            message.push_str(match again {
                true if details.retryable => " The change may have been made. It is safe to run the action again.",
                true => " The change may have been made. Check the current state.",
                false => " The change may have been made. Check the current state before you run the action again.",
            });
        }
    }
    if !details.retryable {
        details.retry_after = None;
    }
    if let Some(seconds) = details.retry_after {
        message.push_str(&format!(" Try again in {seconds} s."));
    }
    if let Some(id) = &details.request_id {
        message.push_str(&format!(" (Request id {id})"));
    }
}

/// A summary in words: `{"num_users": 240}` → `Num users: 240`.
fn summary_message(summary: &RawValue) -> String {
    let Ok(Node::Object(members)) = Node::read(summary.get()) else { return "Done".to_owned() };
    let words: Vec<String> = members
        .iter()
        .filter_map(|(key, node)| match node {
            Node::Scalar(json) => {
                let words = key.replace('_', " ");
                let (first, rest) = words.split_at_checked(1)?;
                Some(format!("{}{rest}: {}", first.to_uppercase(), json.trim_matches('"')))
            }
            _ => None,
        })
        .collect();
    if words.is_empty() { "Done".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_becomes_a_message() {
        let summary = RawValue::from_string(r#"{"num_users":240,"truncated":true}"#.to_owned()).unwrap();
        assert_eq!(summary_message(&summary), "Num users: 240, Truncated: true");
    }
}
