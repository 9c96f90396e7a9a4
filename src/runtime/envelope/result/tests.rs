//! The result as it is put together: the order of its parts, and what a signal makes of it.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::runtime::captured::Captured;
use crate::runtime::clock::VirtualClock;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::{Kind, Outcome};
use crate::runtime::host::Host;
use crate::runtime::json;
use crate::runtime::log::Log;
use crate::runtime::reader::Reader;
use crate::runtime::table::facts::{ActionType, Data, Settles};

static FACTS: Facts = Facts {
    action: "mend things",
    identifier: "mend_things",
    action_type: ActionType::Correct,
    read_only: false,
    settles: Settles::Nothing,
    description: "",
    verbose: "",
    roles: &[],
    data: Data::Unlisted,
    summary: &[],
};

/// A report of so many sets, and what has been written of it.
fn report(sets: usize) -> (Report, Captured) {
    let out = Captured::default();
    let parameters = (0..sets).map(|number| (format!("{{\"id\":{number}}}"), Arc::default())).collect();
    let patience = Patience::default();
    (Report::new(Box::new(out.clone()), Form { facts: Some(&FACTS), array: false }, parameters, patience), out)
}

fn run(report: &Report, slot: usize) -> Arc<Run> {
    let run = idle(report, slot);
    report.begin(slot, run.clone());
    run
}

/// A run that the report does not know.
fn idle(report: &Report, slot: usize) -> Arc<Run> {
    let log = Arc::new(Log::new(Box::new(std::io::sink()), Arc::default()));
    let clock = Arc::new(VirtualClock::default());
    let host = Host::new(clock, log, Arc::default(), Reader::default(), None, None);
    let run = Run::new(&host, Arc::default(), true, Duration::from_secs(9), None, report.turn(slot), Arc::default());
    Arc::new(run)
}

fn done(number: u64) -> Tail {
    let run = idle(&report(1).0, 0);
    Tail::success(json::raw(&json!({"n": number})), "Done".to_owned(), None, &run)
}

fn item(output: &mut Output, json: &str) {
    output.item(&RawValue::from_string(json.to_owned()).unwrap()).unwrap();
}

fn result(out: &Captured) -> Value {
    serde_json::from_str(&out.text()).unwrap_or_else(|error| panic!("{error}: {}", out.text()))
}

fn cancelled(_: Option<&'static Facts>, run: Option<(&Run, u64)>) -> Failure {
    let mut failure = Failure::new(Kind::Cancelled, format!("cut after {:?}", run.map(|(_, items)| items)));
    failure.details.outcome = Some(run.map_or(Outcome::NotApplied, |(run, _)| run.effects.judge().0));
    failure
}

#[test]
fn parts_are_in_the_order_of_their_sets_whoever_is_ready_first() {
    let (report, out) = report(3);
    let mut outputs: Vec<Output> =
        (0..3).map(|slot| Output::new(report.clone(), slot, run(&report, slot), None)).collect();
    item(&mut outputs[2], "20");
    item(&mut outputs[1], "10");
    report.end(1, done(1));
    outputs[1].flush().unwrap();
    assert_eq!(out.text(), "", "nothing is written before its turn");
    item(&mut outputs[0], "0");
    item(&mut outputs[2], "21");
    outputs[0].flush().unwrap();
    assert!(out.text().ends_with("\"data\":[0"), "{}", out.text());
    report.end(0, done(0));
    // What was ready comes with the next of its own.
    item(&mut outputs[2], "22");
    report.end(2, done(2));
    assert_eq!(report.finish(), Totals { total: 3, successful: 3, written: true });
    let result = result(&out);
    let parts: Vec<Value> = result["action_results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| json!([run["data"], run["summary"]["n"]]))
        .collect();
    assert_eq!(parts, [json!([[0], 0]), json!([[10], 1]), json!([[20, 21, 22], 2])]);
}

#[test]
fn a_signal_cuts_what_is_under_way_and_keeps_what_is_done() {
    let (report, out) = report(4);
    let (mut first, mut second) =
        (Output::new(report.clone(), 0, run(&report, 0), None), Output::new(report.clone(), 1, run(&report, 1), None));
    let page = |output: &mut Output| {
        let page = "[1,2]";
        output.items(page, [&page[1..2], &page[3..4]].into_iter(), Some(json::raw(&json!({"n": 2})))).unwrap();
    };
    page(&mut first);
    page(&mut second);
    report.end(2, done(2));
    let told = std::cell::Cell::new(0);
    let end = report.end_now(
        &|runs| {
            told.set(runs.len());
            // Whoever reads is not kept waiting for the clean-up.
            assert!(out.text().ends_with("\"data\":[1,2"), "{}", out.text());
        },
        &cancelled,
    );
    assert_eq!(end, End::Cut(Totals { total: 4, successful: 1, written: true }));
    assert_eq!(told.get(), 2, "two were under way");
    let result = result(&out);
    let of = |slot: usize| &result["action_results"][slot];
    for slot in [0, 1] {
        assert_eq!((&of(slot)["data"], &of(slot)["summary"]), (&json!([1, 2]), &json!({"n": 2})), "{result}");
        assert_eq!(of(slot)["message"], "cut after Some(2)");
    }
    assert_eq!(of(2)["status"], "success");
    assert_eq!((&of(3)["message"], &of(3)["data"]), (&json!("cut after None"), &json!([])));
    assert_eq!(result["summary"], json!({"total_objects": 4, "total_objects_successful": 1}));
}

#[test]
fn a_signal_after_the_last_run_cuts_nothing() {
    let (report, out) = report(2);
    report.end(0, done(0));
    report.end(1, done(1));
    let end = report.end_now(&|_| panic!("nobody is under way"), &|_, _| panic!("nobody is cut"));
    assert_eq!(end, End::Whole(Totals { total: 2, successful: 2, written: true }));
    assert_eq!(result(&out)["status"], "success");
    assert_eq!(report.end_now(&|_| {}, &cancelled), End::Before);
}

#[test]
fn a_signal_after_the_end_changes_nothing() {
    let (report, out) = report(1);
    report.end(0, done(0));
    report.finish();
    let before = out.text();
    assert_eq!(result(&out)["action_result"]["parameter"], json!({"id": 0}), "one set has no array");
    assert_eq!(report.end_now(&|_| {}, &cancelled), End::Before);
    assert_eq!(out.text(), before);
}

#[test]
fn after_a_signal_nobody_else_writes_or_begins() {
    let (report, out) = report(2);
    let going = run(&report, 0);
    let (sender, receiver) = mpsc::channel();
    let worker = report.clone();
    let begun = going.clone();
    report.end_now(&|runs| assert!(Arc::ptr_eq(&runs[0], &begun)), &cancelled);
    let before = out.text();
    thread::spawn(move || {
        worker.end(0, done(0));
        let _ = sender.send(());
    });
    assert!(receiver.recv_timeout(Duration::from_millis(100)).is_err(), "it went on");
    assert!(going.effects.begin(true, Duration::ZERO).is_err(), "judged");
    assert_eq!(out.text(), before);
}

#[test]
fn nobody_waits_for_a_run_that_ended_without_a_word() {
    let (report, _) = report(2);
    let waiting = report.turn(1);
    let thread = thread::spawn(move || waiting.wait());
    report.release();
    thread.join().unwrap();
}
