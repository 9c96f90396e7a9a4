//! The scenarios, one for each thing that the connector is to be fast or small at.

mod get_user;
mod lists;
mod memory;
mod push;
mod rate_limit;
mod reader;
mod release;
mod syscalls;
mod waiting;

use crate::findings::Findings;
use crate::outcome::Outcome;
use crate::workshop::Workshop;

pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    /// Takes minutes: runs with `--all` or by name.
    pub long: bool,
    pub run: fn(&Workshop) -> Outcome<Findings>,
}

const fn scenario(name: &'static str, about: &'static str, run: fn(&Workshop) -> Outcome<Findings>) -> Scenario {
    Scenario { name, about, long: false, run }
}

const fn long(scenario: Scenario) -> Scenario {
    Scenario { long: true, ..scenario }
}

pub static ALL: &[Scenario] = &[
    scenario("get-user", "get user over plain loopback", get_user::plain),
    scenario("get-user-tls", "get user over TLS, the system's trust store", get_user::tls),
    scenario("list", "list users, 950 and 100,000, gzip off and on", lists::sizes),
    scenario("fields", "list 100,000 users, cut down to two fields", lists::fields),
    scenario("reader", "what it costs to ask whether anybody reads", reader::check),
    scenario("memory", "peak memory of lists of any length, TLS, gzip on", memory::lengths),
    scenario("memory-sets", "peak memory of 8 lists of 100,000 in parallel", memory::sets),
    scenario("slow-pages", "100 pages, 50 ms to the first byte, 50 ms a body", waiting::pages),
    scenario("sets", "500 parameter sets of get user, 100 ms an answer", waiting::sets),
    scenario("connections", "connections of a list of 500 pages", lists::connections),
    scenario("first-bytes", "the first page is out before the second is sent", waiting::first_bytes),
    scenario("size", "size of the release binary", release::size),
    scenario("syscalls", "syscalls and opened files of one get user", syscalls::count),
    long(scenario("rate-limit", "* 50 processes, 1,500 requests, 100 per 10 s", rate_limit::run)),
    long(scenario("push", "* send push notification, 25 polls", push::run)),
    long(scenario("build", "* a clean release build", release::build)),
];
