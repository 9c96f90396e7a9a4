//! Carries a checked request out: one run per parameter set, in order where something is changed,
//! several at a time where nothing is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::value::RawValue;

use super::envelope::output::Output;
use super::envelope::result::{Report, Totals};
use super::envelope::tail::Tail;
use super::error::{Failure, Kind, Outcome};
use super::host::Host;
use super::json::Node;
use super::lock::lock;
use super::order::Gate;
use super::run::Run;
use super::secret::Redactor;
use super::table::connector::{Done, Prepared, RunSettings, Session};
use super::table::facts::Facts;
use super::text;

/// What the runs of a request have in common.
pub struct Plan<'a, S: Session> {
    /// The action.
    pub facts: &'static Facts,
    /// The session.
    pub session: &'a S,
    /// Time and log.
    pub host: &'a Host,
    /// Deadlines and concurrency.
    pub settings: RunSettings,
    /// Where the results go.
    pub report: &'a Report,
}

/// A set's run, or what is wrong with its parameters; beside it what is looked for in its part.
pub type Set<S> = (Result<Prepared<S>, Failure>, Arc<Redactor>);

/// Runs all sets and ends their parts of the report.
pub fn execute<S: Session>(plan: &Plan<'_, S>, sets: Vec<Set<S>>) -> Totals {
    let end = plan.settings.total_timeout.map(Duration::from_secs);
    let threads = if plan.facts.read_only { plan.settings.concurrency.min(sets.len()) } else { 1 };
    let sets: Vec<_> = sets.into_iter().map(|set| Mutex::new(Some(set))).collect();
    let next = AtomicUsize::new(0);
    let gate = Arc::new(Gate::default());
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(set) = sets.get(index) else { return };
            let set = lock(set).take();
            if let Some((set, redactor)) = set {
                let tail = match set {
                    Ok(prepared) => plan.run(index, prepared, redactor, end, &gate),
                    Err(failure) => Tail::failure(failure, Vec::new()),
                };
                plan.report.end(index, tail);
                gate.open();
            }
        }
    };
    match threads {
        0 | 1 => work(),
        threads => std::thread::scope(|scope| {
            scope.spawn(work);
            gate.wait();
            for _ in 1..threads {
                scope.spawn(work);
            }
        }),
    }
    plan.report.finish()
}

impl<S: Session> Plan<'_, S> {
    fn run(
        &self,
        index: usize,
        prepared: Prepared<S>,
        redactor: Arc<Redactor>,
        end: Option<Duration>,
        gate: &Arc<Gate>,
    ) -> Tail {
        let unsent = |kind, message: &str| {
            let mut failure = Failure::new(kind, message);
            failure.details.outcome = (!self.facts.read_only).then_some(Outcome::NotApplied);
            Tail::failure(failure, Vec::new())
        };
        if end.is_some_and(|end| self.host.clock.now() >= end) {
            return unsent(
                Kind::Timeout,
                "Not sent: `total_timeout_seconds` had passed before this parameter set's turn.",
            );
        }
        let timeout = Duration::from_secs(self.settings.timeout);
        let (clock, log) = (self.host.clock.clone(), self.host.log.clone());
        let _searched = self.host.log.also_without(&redactor);
        let run = Arc::new(Run::new(clock, log, redactor, timeout, end, self.report.turn(index), gate.clone()));
        self.report.begin(index, run.clone());
        let mut output = Output::new(self.report.clone(), index, run.clone());
        let client = self.session.client(&run);
        let result = catch_unwind(AssertUnwindSafe(|| prepared(&client, &mut output)));
        run.on_cancel(None);
        match result {
            Ok(Ok(Done { summary, message })) => {
                let message = message.unwrap_or_else(|| summary_message(&summary));
                Tail::success(summary, message, run.warnings())
            }
            Ok(Err(mut failure)) => {
                complete(&mut failure, self.facts, &run, output.count());
                Tail::failure(failure, run.warnings())
            }
            Err(_) => {
                let mut failure =
                    Failure::new(Kind::Internal, "A defect of the connector ended this run; stderr has the place.");
                complete(&mut failure, self.facts, &run, output.count());
                Tail::failure(failure, run.warnings())
            }
        }
    }
}

/// Completes a failure with what only the run knows: the outcome of its writes, whether doing it
/// again is safe, the roles that are needed, and how much of a list is there.
pub fn complete(failure: &mut Failure, facts: &Facts, run: &Run, items: u64) {
    let kind = failure.kind();
    let details = &mut failure.details;
    let message = &mut failure.message;
    if kind == Kind::Permission && details.error_code.is_some() {
        let needs = match facts.roles {
            [] => "an admin role".to_owned(),
            [one] => format!("the admin role {one}"),
            roles => format!("one of the admin roles {}", text::list(roles, "or")),
        };
        message.push_str(&format!(" The token's owner needs {needs}."));
    }
    if facts.read_only {
        details.retryable = kind.is_transient();
        if items > 0 {
            details.partial_data = Some(true);
            details.items = Some(items);
            message.push_str(&format!(
                " The {} before that {} in `data`; more exist.",
                text::count(items, "item"),
                if items == 1 { "is" } else { "are" }
            ));
        }
    } else {
        let (outcome, again) = run.effects.judge();
        details.outcome = Some(outcome);
        details.retryable = kind.is_transient() && again;
        if outcome == Outcome::Unknown {
            message.push_str(match again {
                true if details.retryable => " The change may have been made. It is safe to run the action again.",
                true => " The change may have been made. Check the current state.",
                false => " The change may have been made. Check the current state before you run the action again.",
            });
        }
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
    fn a_summary_is_told_summary_message() {
        let summary = RawValue::from_string(r#"{"num_users":240,"truncated":true}"#.to_owned()).unwrap();
        assert_eq!(summary_message(&summary), "Num users: 240, Truncated: true");
    }
}
