//! Responses too many, late or doubled: what nobody asked for must never answer a later request.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

mod fault_server;

use fault_server::certificates::{Authority, Flaw};
use fault_server::runner::Request;
use fault_server::server::{Answer, Seen};
use fault_server::server::{Reply, Server, Step};

/// What follows the right response.
#[derive(Clone, Copy, Debug)]
enum Excess {
    /// The same response again, in the same write, so that one TLS record holds both.
    Doubled,
    /// A response about somebody else, in the same write.
    Another,
    /// The beginning of a response, in the same write.
    Half,
    /// A response about somebody else, in a write of its own.
    Second,
    /// The beginning of a TLS record.
    HalfARecord,
}

const ALL: [Excess; 5] = [Excess::Doubled, Excess::Another, Excess::Half, Excess::Second, Excess::HalfARecord];

const OTHER: &str = "00u99999999999999999";

fn user(id: &str) -> Value {
    json!({"id": id, "status": "ACTIVE", "profile": {"login": format!("{id}@example.com")}})
}

fn id(number: usize) -> String {
    format!("00u{number:017}")
}

fn with_excess(right: &Answer, other: &Answer, excess: Excess) -> Reply {
    let (right, other) = (right.bytes(), other.bytes());
    match excess {
        Excess::Doubled => vec![Step::Send([&right[..], &right].concat())],
        Excess::Another => vec![Step::Send([&right[..], &other].concat())],
        Excess::Half => vec![Step::Send([&right[..], &other[..other.len() / 2]].concat())],
        Excess::Second => vec![Step::Send(right), Step::Send(other)],
        // Type, version, a length of 100, and 10 bytes of it.
        Excess::HalfARecord => vec![Step::Send(right), Step::Beneath([&[23, 3, 3, 0, 100][..], &[7; 10]].concat())],
    }
}

/// A server over plain HTTP or TLS, and the configuration that reaches it.
fn serve(tls: bool, script: impl FnMut(&Seen) -> Reply + Send + 'static) -> (Server, Option<String>) {
    if !tls {
        return (Server::new(script), None);
    }
    let authority = Authority::new("Leftovers CA");
    (Server::tls(authority.server(Flaw::None), script), Some(authority.pem()))
}

fn run(action: &str, server: &Server, bundle: Option<String>, sets: Value) -> fault_server::runner::Ran {
    let request = Request::new(action, &server.origin(), sets).config("max_concurrency", 1);
    match bundle {
        Some(bundle) => request.config("ca_bundle", bundle).run().checked(),
        None => request.run().checked(),
    }
}

/// Whether data is the right one, or the run failed: never somebody else's.
fn never_wrong(result: &Value, wanted: &str) -> bool {
    match result["status"] == "success" {
        true => result["data"][0]["id"] == wanted,
        false => result["data"].as_array().is_some_and(Vec::is_empty),
    }
}

#[test]
fn a_response_in_excess_does_not_answer_the_next_lookup() {
    for tls in [false, true] {
        for excess in ALL {
            let (server, bundle) = serve(tls, move |seen| {
                let asked = seen.path().rsplit('/').next().unwrap().to_owned();
                let answer = |id: &str| Answer::new(200, user(id).to_string());
                with_excess(&answer(&asked), &answer(OTHER), excess)
            });
            let sets: Value = (0..6).map(|number| json!({"user_id": id(number)})).collect();
            let ran = run("get_user", &server, bundle, sets);
            for (number, result) in ran.actions().iter().enumerate() {
                assert!(never_wrong(result, &id(number)), "tls {tls}, {excess:?}, set {number}: {}", ran.stdout);
            }
        }
    }
}

/// Elements of a list say nothing about the question, so only the connection can keep them apart.
#[test]
fn a_response_in_excess_in_the_same_write_does_not_answer_the_next_list() {
    for tls in [false, true] {
        for excess in [Excess::Doubled, Excess::Another, Excess::Half, Excess::HalfARecord] {
            let (server, bundle) = serve(tls, move |seen| {
                let asked = seen.target.split("search=").nth(1).and_then(|rest| rest.split('&').next()).unwrap();
                let page = |id: &str| {
                    let page = Answer::new(200, json!([user(id)]).to_string());
                    page.header("Link", format!("<https://x{}>; rel=\"self\"", seen.target))
                };
                with_excess(&page(asked), &page(OTHER), excess)
            });
            let sets: Value = (0..6).map(|number| json!({"search": id(number)})).collect();
            let ran = run("list_users", &server, bundle, sets);
            for (number, result) in ran.actions().iter().enumerate() {
                // What comes in a write of its own may still be on its way when the connection is used again.
                let failed_well = matches!(excess, Excess::HalfARecord) && never_wrong(result, &id(number));
                let is_right = result["data"][0]["id"] == id(number).as_str();
                assert!(is_right || failed_well, "tls {tls}, {excess:?}, set {number}: {}", ran.stdout);
            }
        }
    }
}

#[test]
fn a_response_in_excess_does_not_confirm_the_next_change() {
    for tls in [false, true] {
        for excess in ALL {
            // With long answers some of it may stay anywhere between the socket and the HTTP client.
            for padding in [0, 15_000, 33_000, 52_000, 69_000, 71_000, 90_000] {
                // Every change is refused: a «done» can only be a leftover of the lookup before it.
                let (server, bundle) = serve(tls, move |seen| match seen.method.as_str() {
                    "GET" => {
                        let login = seen.path().rsplit('/').next().unwrap().to_owned();
                        let profile = json!({"login": login, "padding": "p".repeat(padding)});
                        let found = json!({"id": id(1), "status": "ACTIVE", "profile": profile});
                        with_excess(&Answer::new(200, found.to_string()), &Answer::new(204, ""), excess)
                    }
                    _ => Answer::error(403, "E0000006", "You do not have permission", "").reply(),
                });
                let sets: Value = (0..4).map(|number| json!({"id": format!("user{number}@example.com")})).collect();
                let ran = run("clear_user_sessions", &server, bundle, sets);
                for result in ran.actions() {
                    let cell = format!("tls {tls}, {excess:?}, {padding}: {}", ran.stdout);
                    assert_eq!(result["status"], "failed", "{cell}");
                    // Nor may it make an outcome unknown that Okta has told.
                    let told = (&result["error"]["kind"], &result["error"]["outcome"]);
                    assert_eq!(told, (&json!("permission"), &json!("not_applied")), "{cell}");
                }
            }
        }
    }
}

/// A server that answers every GET twice, with `delay` in between.
fn doubling(delay: u64, answer: impl Fn(&Seen) -> Answer + Send + 'static) -> Server {
    Server::new(move |seen| {
        let answer = answer(seen).bytes();
        match seen.method.as_str() {
            "GET" => {
                vec![Step::Send(answer.clone()), Step::Pause(Duration::from_millis(delay)), Step::Send(answer)]
            }
            _ => vec![Step::Send(answer)],
        }
    })
}

fn role(kind: &str) -> Value {
    json!({"id": format!("ra1{kind}"), "type": kind, "label": kind, "status": "ACTIVE", "assignmentType": "USER"})
}

const DELAYS: [u64; 4] = [0, 5, 20, 50];

#[test]
fn a_doubled_list_does_not_decide_about_the_next_change() {
    for delay in DELAYS {
        let server = doubling(delay, |seen| match seen.method.as_str() {
            "GET" => {
                let held = if seen.target.contains(&id(0)) { json!([]) } else { json!([role("USER_ADMIN")]) };
                Answer::new(200, held.to_string())
            }
            _ => Answer::new(204, ""),
        });
        let sets: Value = (0..4).map(|number| json!({"user_id": id(number), "role_id": "USER_ADMIN"})).collect();
        let ran = run("unassign_role", &server, None, sets);
        let changed: Vec<&Value> = ran.actions().iter().map(|result| &result["changed"]).collect();
        assert_eq!(changed, [&json!(false), &json!(true), &json!(true), &json!(true)], "{delay}: {}", ran.stdout);
    }
}

#[test]
fn a_doubled_list_does_not_answer_the_next_one() {
    for delay in DELAYS {
        let server = doubling(delay, |seen| {
            let user = seen.path().split('/').nth(4).unwrap();
            Answer::new(200, json!([role(user)]).to_string())
        });
        let sets: Value = (0..4).map(|number| json!({"user_id": id(number)})).collect();
        let ran = run("list_roles", &server, None, sets);
        for (number, result) in ran.actions().iter().enumerate() {
            assert_eq!(result["data"][0]["type"], id(number), "{delay}, set {number}: {}", ran.stdout);
        }
    }
}

#[test]
fn a_doubled_page_does_not_complete_a_list() {
    for with_self in [true, false] {
        for delay in DELAYS {
            let server = doubling(delay, move |seen| {
                let host = format!("http://{}", seen.header("host").unwrap());
                let first = if seen.target.contains("after=") { 200 } else { 0 };
                let users: Value = (first..first + 200).map(|number| user(&id(number))).collect();
                let next = format!("<{host}/api/v1/users?limit=200&after={}>; rel=\"next\"", first + 200);
                let answer = Answer::new(200, users.to_string()).header("Link", next);
                match with_self {
                    true => answer.header("Link", format!("<{host}{}>; rel=\"self\"", seen.target)),
                    false => answer,
                }
            });
            let ran = run("list_users", &server, None, json!([{"limit": 300}]));
            let result = ran.action();
            let ids: HashSet<&str> = ran.data().iter().map(|user| user["id"].as_str().unwrap()).collect();
            let is_right = result["status"] == "success" && ids.len() == 300;
            let failed_well = result["status"] == "failed" && result["error"]["kind"] == "protocol";
            assert!(is_right || failed_well, "self {with_self}, {delay}: {} {}", ids.len(), ran.message());
        }
    }
}
