//! Every fixture over a real connection: what replay shows, the network does too, and every request
//! has what Okta wants to see. One fixture of each action is carried out by the real binary.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use okta_connector::actions::TABLE;
use okta_connector::runtime::fixture::{self, Fixture};
use okta_connector::runtime::json::Node;
use okta_connector::runtime::transport::replay::{self as recorded, Exchange, Values};
use serde_json::Value;

#[path = "support/binary.rs"]
#[allow(dead_code)]
mod binary;
mod fault_server;

use fault_server::matrix::in_parallel;
use fault_server::runner::run_bytes;
use fault_server::server::Server;
use fault_server::server::{Answer, Seen};

/// The org of the fixtures; the server stands in its place.
const ORG: &str = "https://example.okta.com";

struct Case {
    name: String,
    identifier: String,
    /// The whole fixture as text.
    text: String,
}

/// Fixtures of the usual org in which every request is answered: what happens on the way is the
/// matter of the fault tests.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let name = |path: &PathBuf| path.strip_prefix(&folder).unwrap().with_extension("").display().to_string();
    let mut cases = Vec::new();
    for path in fixture::find(std::slice::from_ref(&folder)).unwrap() {
        let text = std::fs::read_to_string(&path).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        let exchanges = read["exchanges"].as_array().map_or(&[][..], Vec::as_slice);
        let config = &read["request"]["config"];
        let usual = config["base_url"] == ORG
            && config.get("verify_server_cert").is_none()
            && !exchanges.is_empty()
            && exchanges.iter().all(|exchange| exchange["response"].get("failure").is_none());
        if usual {
            let identifier = read["expected"]["identifier"].as_str().unwrap().to_owned();
            cases.push(Case { name: name(&path), identifier, text });
        }
    }
    cases
}

/// What went wrong between a server that plays a fixture and its client.
#[derive(Clone, Default)]
struct Problems(Arc<Mutex<Vec<String>>>);

impl Problems {
    fn note(&self, problem: String) {
        self.0.lock().unwrap().push(problem);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// A server that answers each request with the first unused exchange of the same method and path.
fn play(text: &str, problems: &Problems) -> (Server, Arc<Mutex<Vec<Exchange>>>) {
    let fixture: Fixture = serde_json::from_str(text).unwrap();
    let request: Value = serde_json::from_str(fixture.request.get()).unwrap();
    let key = request["config"]["api_key"].as_str().unwrap().to_owned();
    let left = Arc::new(Mutex::new(fixture.exchanges));
    let (exchanges, problems) = (left.clone(), problems.clone());
    let origin = Arc::new(Mutex::new(String::new()));
    let own = origin.clone();
    let server = Server::new(move |seen: &Seen| {
        check_request(seen, &key, &problems);
        let mut exchanges = exchanges.lock().unwrap();
        let is_it =
            |exchange: &Exchange| exchange.request.method == seen.method && exchange.request.path == seen.target;
        let Some(index) = exchanges.iter().position(is_it) else {
            problems.note(format!("not recorded: {} {}", seen.method, seen.target));
            return Answer::new(500, "").last();
        };
        let exchange = exchanges.remove(index);
        let body = String::from_utf8(seen.body.clone()).unwrap();
        let recorded = exchange.request.body.as_ref().map(|body| body.get());
        let json = |text: &str| serde_json::from_str::<Value>(text).ok();
        if json(&body) != recorded.and_then(json) {
            problems.note(format!("{} {} came with {body}, recorded is {recorded:?}", seen.method, seen.target));
        }
        answer(&exchange.response, &own.lock().unwrap()).reply()
    });
    *origin.lock().unwrap() = server.origin();
    (server, left)
}

/// What every request to Okta has to have (okta-api.md, Conventions).
fn check_request(seen: &Seen, key: &str, problems: &Problems) {
    let token = key.trim().trim_start_matches("SSWS ").to_owned();
    let expect = |name: &str, holds: &dyn Fn(Option<&str>) -> bool| {
        let value = seen.header(name);
        if !holds(value) {
            problems.note(format!("{} {}: {name} is {value:?}", seen.method, seen.target));
        }
    };
    expect("authorization", &|value| value == Some(&format!("SSWS {token}")));
    expect("accept", &|value| value == Some("application/json"));
    expect("accept-encoding", &|value| value.is_some_and(|value| value.contains("gzip")));
    expect("user-agent", &|value| value.is_some_and(|value| value.starts_with("okta-connector/")));
    match (seen.method.as_str(), seen.body.is_empty()) {
        ("GET" | "DELETE", _) => {}
        // Without a length, some servers wait for a body or answer 411.
        (_, true) => expect("content-length", &|value| value == Some("0")),
        (_, false) => {
            expect("content-type", &|value| value.is_some_and(|value| value.starts_with("application/json")));
        }
    }
}

fn answer(response: &recorded::Answer, origin: &str) -> Answer {
    let mut answer = Answer { status: response.status, headers: Vec::new(), body: Vec::new() };
    for (name, values) in &response.headers {
        let values = match values {
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values,
        };
        answer.headers.extend(values.iter().map(|value| (name.clone(), value.replace(ORG, origin))));
    }
    if let Some(body) = &response.body {
        let text = serde_json::from_str::<String>(body.get()).unwrap_or_else(|_| body.get().to_owned());
        answer.body = text.replace(ORG, origin).into_bytes();
    }
    answer
}

/// Where a result is not the expected one, with the server in the org's place.
fn differences(case: &Case, result: &str, origin: &str) -> Vec<String> {
    let fixture: Value = serde_json::from_str(&case.text).unwrap();
    let expected = Node::read(&fixture["expected"].to_string()).unwrap();
    let read: Value = serde_json::from_str(result).unwrap();
    let got = Node::read(&read.to_string().replace(origin, ORG)).unwrap();
    // Where a message is cut depends on the length of the origin in it.
    let is_cut = |side: &Option<String>| side.as_ref().is_some_and(|json| json.contains('…'));
    let rows = expected.differences(&got, 5).into_iter().filter(|row| !(is_cut(&row.left) && is_cut(&row.right)));
    rows.map(|row| format!("{}: expected {:?}, got {:?}", row.path, row.left, row.right)).collect()
}

#[test]
fn every_fixture_leads_to_the_same_result_over_a_connection() {
    let cases = cases();
    let wrong = in_parallel(&cases, |case: &Case| {
        let problems = Problems::default();
        let (server, left) = play(&case.text, &problems);
        let fixture: Value = serde_json::from_str(&case.text).unwrap();
        let request = fixture["request"].to_string().replace(ORG, &server.origin());
        let ran = run_bytes(request.into_bytes(), Vec::new(), f64::INFINITY, None);
        let mut wrong = differences(case, &ran.stdout, &server.origin());
        wrong.extend(problems.take());
        wrong.extend(left.lock().unwrap().iter().map(|unused| format!("never sent: {:?}", unused.request)));
        (!wrong.is_empty()).then(|| format!("{}: {wrong:#?}", case.name))
    });
    assert!(wrong.is_empty(), "{} of {} fixtures:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn the_binary_carries_out_every_action() {
    // The shortest of each: the real clock waits between polls.
    let mut shortest: BTreeMap<String, (usize, Case)> = BTreeMap::new();
    for case in cases() {
        let fixture: Value = serde_json::from_str(&case.text).unwrap();
        let length = fixture["exchanges"].as_array().unwrap().len();
        let is_shorter = shortest.get(&case.identifier).is_none_or(|(least, _)| length < *least);
        if fixture["expected"]["status"] == "success" && is_shorter {
            shortest.insert(case.identifier.clone(), (length, case));
        }
    }
    for row in TABLE {
        let identifier = row.facts.identifier;
        let (_, case) = shortest.get(identifier).unwrap_or_else(|| panic!("{identifier} has no fixture that succeeds"));
        let problems = Problems::default();
        let (server, _) = play(&case.text, &problems);
        let fixture: Value = serde_json::from_str(&case.text).unwrap();
        let ended = binary::run(&[], fixture["request"].to_string().replace(ORG, &server.origin()));
        assert_eq!(ended.status, Some(0), "{}: {ended:?}", case.name);
        let wrong = [differences(case, &ended.stdout, &server.origin()), problems.take()].concat();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", case.name);
    }
}
