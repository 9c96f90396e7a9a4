//! Every fault crossed with every action: kind, outcome, requests that the server saw, and what
//! holds whatever happens (see `fault_server/matrix.rs` and `runner.rs`).

mod fault_server;

use fault_server::actions::{self, Action};
use fault_server::faults::{self, Family, Fault};
use fault_server::matrix::{in_parallel, modes, run};

/// Faults that a test of their own is about.
const APART: &[&str] = &["one byte of the headers a second", "headers of 100 KB"];

fn cross(wanted: impl Fn(Family) -> bool) {
    cross_faults(|fault| wanted(fault.family) && !APART.contains(&fault.name));
}

fn cross_faults(wanted: impl Fn(&Fault) -> bool) {
    let (faults, actions) = (faults::all(), actions::all());
    let mut cells = Vec::new();
    for fault in faults.iter().filter(|fault| wanted(fault)) {
        for action in actions.iter().filter(|action| fault.fits(action)) {
            cells.extend(modes(fault).into_iter().map(|mode| (fault, action, mode)));
        }
    }
    assert!(!cells.is_empty());
    let problems = in_parallel(&cells, |(fault, action, mode): &(&Fault, &Action, _)| {
        let problems = run(fault, action, *mode);
        (!problems.is_empty()).then(|| format!("{} × {} × {mode:?}: {problems:#?}", fault.name, action.identifier))
    });
    assert!(problems.is_empty(), "{} of {} cells:\n{}", problems.len(), cells.len(), problems.join("\n"));
}

#[test]
fn a_lost_response_is_retried_if_allowed_and_otherwise_reported() {
    cross(|family| matches!(family, Family::Lost(_) | Family::GaveUp));
}

#[test]
fn silence_is_given_three_attempts_by_a_read_and_one_by_a_change() {
    cross(|family| family == Family::Silent);
}

#[test]
fn a_500_is_tried_once_or_twice_more_where_that_may_be() {
    cross(|family| family == Family::Internal);
}

#[test]
fn a_rate_limit_is_waited_for_or_reported() {
    cross(|family| matches!(family, Family::Limited | Family::LimitedForLong));
}

#[test]
fn an_unexpected_response_is_never_a_success() {
    cross(|family| family == Family::Nonsense);
}

#[test]
fn an_odd_answer_is_an_answer() {
    cross(|family| family == Family::Harmless);
}

#[test]
fn a_refusal_is_final() {
    cross(|family| matches!(family, Family::Refused(_)));
}

#[test]
fn redirects_are_followed_within_the_origin_and_never_for_a_write() {
    cross(|family| matches!(family, Family::Followed { .. } | Family::Astray | Family::Circular));
}

#[test]
fn headers_that_drip_do_not_hold_a_run() {
    cross_faults(|fault| fault.name == "one byte of the headers a second");
}

#[test]
fn headers_beyond_the_bound_are_a_protocol_error() {
    cross_faults(|fault| fault.name == "headers of 100 KB");
}
