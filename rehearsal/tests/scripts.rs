//! Scripts: rules and what they do, the committed examples, steering over HTTP, the report.

mod client;

use std::time::{Duration, Instant};

use client::{Client, Person, org};
use okta_rehearsal::clock::Clock;
use okta_rehearsal::{Rehearsal, Script};
use serde_json::json;

fn rehearse(rules: &str) -> (Rehearsal, Client, Person) {
    let script = Script::parse(&format!("{{\"rules\":[{rules}]}}")).unwrap_or_else(|why| panic!("{why}: {rules}"));
    let clock = Clock::fixed(1_795_500_000);
    let rehearsal = Rehearsal::builder().users(50).clock(clock).script(script).start();
    let client = Client::of(&rehearsal);
    let user = rehearsal.org().user(3).unwrap();
    let person = Person { path: format!("/api/v1/users/{}", user.id), login: user.login().to_owned(), id: user.id };
    (rehearsal, client, person)
}

#[test]
fn a_rule_acts_on_the_nth_or_from_to_requests_that_fit() {
    for (on, expected) in [
        (r#""nth":2"#, [200, 503, 200, 200]),
        (r#""from":3"#, [200, 200, 503, 503]),
        (r#""to":1"#, [503, 200, 200, 200]),
        (r#""from":2,"to":3"#, [200, 503, 503, 200]),
    ] {
        let rule = format!(r#"{{"on":{{"method":"GET","path":"/api/v1/users/*",{on}}},"do":{{"status":503}}}}"#);
        let (_rehearsal, client, user) = rehearse(&rule);
        let got = [0; 4].map(|_: i32| {
            assert_eq!(client.get("/api/v1/groups?limit=1").status, 200, "another path");
            client.get(&user.path).status
        });
        assert_eq!(got, expected, "{on}");
    }
}

#[test]
fn a_rule_looks_at_the_query() {
    let (_rehearsal, client, _) = rehearse(r#"{"on":{"query_contains":"after="},"do":{"status":500}}"#);
    let next = client.get("/api/v1/users?limit=5").link("next").unwrap();
    assert_eq!(client.get(&next).status, 500);
}

#[test]
fn a_status_comes_with_headers_and_body_and_nothing_is_carried_out() {
    let rule =
        r#"{"on":{"method":"POST"},"do":{"status":503,"headers":{"Retry-After":"7"},"body":{"errorCode":"E0000010"}}}"#;
    let (rehearsal, client, user) = rehearse(rule);
    let got = client.post(&user.to("lifecycle/suspend"), "");
    assert_eq!((got.status, got.header("retry-after"), got.json()), (503, Some("7"), json!({"errorCode": "E0000010"})));
    assert_eq!(user.status(&rehearsal), "ACTIVE");
    let (_rehearsal, client, user) = rehearse(r#"{"on":{},"do":{"headers":{"X-Proxy":"yes"},"latency_ms":40}}"#);
    let started = Instant::now();
    assert_eq!(client.get(&user.path).header("x-proxy"), Some("yes"));
    assert!(started.elapsed() >= Duration::from_millis(40));
}

#[test]
fn an_answer_is_lost_before_or_after_the_change() {
    for (when, status) in [("before", "ACTIVE"), ("after", "SUSPENDED")] {
        let (rehearsal, client, user) = rehearse(&format!(r#"{{"on":{{"method":"POST"}},"do":{{"lose":"{when}"}}}}"#));
        assert!(client.try_send("POST", &user.to("lifecycle/suspend"), "").is_err());
        assert_eq!(user.status(&rehearsal), status);
        let report = rehearsal.report();
        assert_eq!((report.lost[0].carried_out, report.lost[0].operation.as_str()), (when == "after", "suspendUser"));
        assert_eq!(report.lost[0].object.as_deref(), Some(user.id.as_str()));
    }
}

/// Both kinds of 429 (okta-api.md, «Rate limits»), for everybody, until the time is over.
#[test]
fn a_limit_holds_for_all_requests_by_the_orgs_clock() {
    for (kind, limit) in [("requests", "600"), ("concurrency", "0")] {
        let rule =
            format!(r#"{{"on":{{"method":"DELETE","nth":1}},"do":{{"limit":{{"kind":"{kind}","for_seconds":20}}}}}}"#);
        let (rehearsal, client, user) = rehearse(&rule);
        for got in [client.delete(&user.to("sessions")), client.get(&user.path)] {
            assert_eq!((got.status, got.header("x-rate-limit-limit")), (429, Some(limit)));
            assert_eq!(got.header("x-rate-limit-remaining"), Some("0"));
            assert_eq!(got.header("x-rate-limit-reset"), Some("1795500020"));
        }
        assert!(rehearsal.org().changes().is_empty());
        rehearsal.org().clock.shift(Duration::from_secs(20));
        assert_eq!(client.delete(&user.to("sessions")).status, 204);
        assert_eq!(rehearsal.report().refused.len(), 2);
    }
}

#[test]
fn reads_are_stale_for_a_number_of_reads_or_a_time() {
    let rule = |stale: &str| format!(r#"{{"on":{{"path":"/**/suspend"}},"do":{{"stale":{stale}}}}}"#);
    let (_rehearsal, client, user) = rehearse(&rule(r#"{"for_reads":2}"#));
    let status = || client.get(&user.path).json()["status"].as_str().unwrap().to_owned();
    assert_eq!(client.post(&user.to("lifecycle/suspend"), "").status, 200);
    assert_eq!([status(), status(), status()], ["ACTIVE", "ACTIVE", "SUSPENDED"]);
    let (rehearsal, client, user) = rehearse(&rule(r#"{"for_seconds":30}"#));
    client.post(&user.to("lifecycle/suspend"), "");
    let listed = || client.get("/api/v1/users?search=status%20eq%20%22SUSPENDED%22").list();
    let before = listed().len();
    assert_eq!(client.get(&format!("/api/v1/users/{}", user.login)).json()["status"], "ACTIVE");
    let second = client.post(&user.to("lifecycle/suspend"), "");
    assert_eq!(second.status, 400, "writes see the truth");
    rehearsal.org().clock.shift(Duration::from_secs(30));
    assert_eq!(client.get(&user.path).json()["status"], "SUSPENDED");
    assert_eq!(listed().len(), before + 1);
}

#[test]
fn another_admin_acts_before_or_after_a_request() {
    let rule = |change: &str| format!(r#"{{"on":{{"path":"/**/suspend","nth":1}},"do":{{"change":{change}}}}}"#);
    let (rehearsal, client, user) = rehearse(&rule(r#"{"when":"before","status":"LOCKED_OUT"}"#));
    assert_eq!(client.post(&user.to("lifecycle/suspend"), "").status, 400);
    assert_eq!(user.status(&rehearsal), "LOCKED_OUT");
    let change = r#"{"status":"ACTIVE","assign_role":"ORG_ADMIN","add_to_group":"Project 00003"}"#;
    let (rehearsal, client, user) = rehearse(&rule(change));
    assert_eq!(client.post(&user.to("lifecycle/suspend"), "").status, 200);
    assert_eq!(user.status(&rehearsal), "ACTIVE");
    let by: Vec<String> = rehearsal.org().changes().iter().map(|change| change.by.clone()).collect();
    assert_eq!(by, ["token", "another admin", "another admin", "another admin"]);
    let events = client.get("/api/v1/logs?filter=actor.alternateId%20eq%20%22another%20admin%22").list();
    assert_eq!(events.len(), 3);
}

#[test]
fn a_script_says_what_users_do_about_a_push() {
    let script = Script::parse(r#"{"push":{"result":"REJECTED","after_polls":0},"rules":[]}"#).unwrap();
    let rehearsal = Rehearsal::builder().users(20).script(script).start();
    assert_eq!(rehearsal.org().response.result, "REJECTED");
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let committed = include_str!("../schemas/script.json");
    assert_eq!(committed, Script::schema_text(), "make it anew: cargo run -- schema > schemas/script.json");
}

fn example(name: &str) -> (Rehearsal, Client, Person) {
    let text = std::fs::read_to_string(format!("{}/scripts/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let script = Script::parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
    let (rehearsal, client, user) = org();
    rehearsal.set_script(script);
    (rehearsal, client, user)
}

#[test]
fn the_examples_do_what_they_say() {
    let (rehearsal, client, user) = example("limited-in-the-middle");
    assert_eq!(client.post(&user.to("lifecycle/suspend"), "").status, 200);
    assert_eq!(client.delete(&user.to("sessions")).status, 429);
    rehearsal.org().clock.shift(Duration::from_secs(6));
    assert_eq!(client.delete(&user.to("sessions")).status, 204);

    let (rehearsal, client, user) = example("suspend-answer-lost");
    assert!(client.try_send("POST", &user.to("lifecycle/suspend"), "").is_err());
    assert_eq!(user.status(&rehearsal), "SUSPENDED");

    let (rehearsal, client, user) = example("somebody-else-unsuspends");
    assert_eq!(client.post(&user.to("lifecycle/suspend"), "").status, 200);
    assert_eq!(user.status(&rehearsal), "ACTIVE");
}

#[test]
fn a_rehearsal_is_steered_over_http() {
    let (rehearsal, client, user) = org();
    client.post(&user.to("lifecycle/suspend"), "");
    let state = client.get("/rehearsal/state").json();
    assert_eq!(state["users"]["changed"][0]["status"], "SUSPENDED");
    assert_eq!(client.get("/rehearsal/requests").list()[0]["operation"], "suspendUser");
    assert_eq!(client.post("/rehearsal/reset", "").status, 200);
    assert_eq!((user.status(&rehearsal), rehearsal.requests()), ("ACTIVE", 0));
    let script = r#"{"rules":[{"on":{"path":"/api/v1/users/*"},"do":{"status":500}}]}"#;
    assert_eq!(client.post("/rehearsal/faults", script).json()["rules"], 1);
    assert_eq!(client.get(&user.path).status, 500);
    let refused = client.post("/rehearsal/faults", r#"{"rules":[{"on":{},"do":{"fault":"rain"}}]}"#);
    assert!(refused.status == 400 && refused.text().contains("rain"), "{}", refused.text());
    assert_eq!(client.post("/rehearsal/faults", r#"{"rules":[]}"#).status, 200);
    assert_eq!(client.get(&user.path).status, 200);
    let before = rehearsal.org().now();
    assert_eq!(client.post("/rehearsal/clock", r#"{"forward_seconds":3600}"#).status, 200);
    assert!(rehearsal.org().now() >= before + 3_600_000);
    assert_eq!(client.get("/rehearsal/nothing").status, 404);
    assert!(client.get("/rehearsal").text().contains("POST /rehearsal/reset"));
}

#[test]
fn the_report_says_what_was_done_and_what_was_wrong() {
    let (rehearsal, client, user) = org();
    client.post(&format!("/api/v1/users/{}/lifecycle/suspend", user.login), "");
    client.get(&user.path);
    client.get("/api/v1/users?limt=5");
    client.get(&format!("/api/v1/users?q={}", rehearsal.token()));
    client.post(&user.path, r#"{"credentials":{"password":{"value":"Fake-Passw0rd-1"}}}"#);
    client.get("/api/v1/users?q=Fake-Passw0rd-1");
    let report = client.get("/rehearsal/report").json();
    assert_eq!(report["requests"], 6);
    assert_eq!(report["operations"]["suspendUser"]["objects"][&user.id], 1, "by id, though it was asked by login");
    let change = &report["changes"][0];
    assert_eq!((&change["before"], &change["after"]), (&json!({"status": "ACTIVE"}), &json!({"status": "SUSPENDED"})));
    assert_eq!(report["violations"][0]["problem"], "listUsers has no query parameter \"limt\"");
    assert_eq!(report["leaks"][0], json!({"request": 4, "what": "token", "place": "query"}));
    assert_eq!(report["leaks"][1], json!({"request": 6, "what": "password", "place": "query"}));
    for secret in [rehearsal.token().as_str(), "Fake-Passw0rd-1"] {
        assert!(!report.to_string().contains(secret), "{secret}");
    }
    let text = client.get("/rehearsal/report?format=text").text();
    assert!(text.contains("user.lifecycle.suspend") && text.contains("status ACTIVE -> status SUSPENDED"), "{text}");
    let report = std::panic::AssertUnwindSafe(rehearsal.report());
    assert!(std::panic::catch_unwind(|| report.assert_clean()).is_err());
}

/// A wrong request is answered so that nobody takes it for a right one, and changes nothing.
#[test]
fn a_wrong_request_is_refused_and_told() {
    let (rehearsal, client, user) = org();
    let got = client.post(&user.to("lifecycle/suspend?force=true"), "");
    assert_eq!(got.status, 400);
    assert_eq!(got.json()["errorSummary"], "rehearsal: suspendUser has no query parameter \"force\"");
    assert_eq!(user.status(&rehearsal), "ACTIVE");
    assert_eq!(rehearsal.report().violations.len(), 1);
    let rehearsal = Rehearsal::builder().users(20).verify(false).start();
    assert_eq!(Client::of(&rehearsal).get("/api/v1/users?limt=5").status, 200);
    rehearsal.report().assert_clean();
}
