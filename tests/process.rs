//! The real binary as a playbook spawns it: stdin, stdout, exit status, signals, against a
//! server that expects certain requests.

use std::io::{Read, Write};
use std::thread;

use serde_json::{Value, json};

#[path = "support/binary.rs"]
mod binary;
#[path = "support/command_line.rs"]
mod command_line;
#[path = "support/org.rs"]
mod org;
#[path = "support/stalling.rs"]
mod stalling;

use binary::{Ended, command, request, run, signal, until_signals_are_caught, wait};
use okta_rehearsal::server::{Answer, Server};
use org::{Org, exchange};
use stalling::Stalling;

#[test]
fn what_okta_sent_comes_through_byte_for_byte() {
    let user = r#"{"id":"00uq3x7ZkT9aLmN4w5d7","profile":{"login":"ada@example.com"},"new":{"b":1.0,"a":12345678901234567890,"c":null,"d":"\u00e9\/"},"x":1e5}"#;
    let mut org = Org::new();
    org.expect(exchange("GET", "/api/v1/users/ada", user));
    let ended = run(&[], request(&org.url(), "get user", json!({"user_id": "ada"})));
    assert!(ended.stdout.contains(&format!("\"data\":[{user}]")), "{ended:?}");
}

#[test]
fn a_compressed_answer_is_read() {
    let user = r#"{"id":"00uq3x7ZkT9aLmN4w5d7","profile":{"login":"ada"}}"#;
    let server = Server::new(move |_| Answer::new(200, user).gzipped().reply());
    let ended = run(&[], request(&server.origin(), "get user", json!({"user_id": "ada"})));
    assert_eq!(
        ended.result()["action_result"]["data"],
        json!([{"id": "00uq3x7ZkT9aLmN4w5d7", "profile": {"login": "ada"}}])
    );
}

#[test]
fn no_page_is_requested_that_is_not_needed() {
    let mut org = Org::new();
    let next = "<{org}/api/v1/users?after=x&limit=1>; rel=\"next\"";
    org.expect(exchange("GET", "/api/v1/users?limit=1", "[{\"id\":\"00u1\"}]").header("link", next));
    let ended = run(&[], request(&org.url(), "list users", json!({"limit": 1})));
    org.assert();
    assert_eq!((ended.status, &ended.result()["action_result"]["summary"]), (Some(0), &json!({"num_users": 1})));
}

#[test]
fn sets_of_a_change_run_one_after_another_in_order() {
    let mut org = Org::new();
    for user in ["ada", "grace", "mary"] {
        org.expect(exchange("POST", format!("/api/v1/users/{user}/lifecycle/suspend"), "{}"));
    }
    let sets = json!([{"id": "ada"}, {"id": "grace"}, {"id": "mary"}]);
    let ended = run(&[], request(&org.url(), "disable user", sets.clone()));
    org.assert();
    assert_eq!(ended.status, Some(0));
    assert_eq!(echoes(&ended), sets);
    assert_eq!(ended.result()["message"], "3 actions succeeded");
}

#[test]
fn sets_of_a_lookup_keep_their_order() {
    let mut org = Org::new();
    let ids: Vec<String> = (0..30).map(|number| format!("00gq3x7ZkT9aLmN4w5{number:02}")).collect();
    for id in &ids {
        org.expect(exchange("GET", format!("/api/v1/groups/{id}"), format!("{{\"id\":\"{id}\"}}")));
    }
    let sets: Value = ids.iter().map(|id| json!({"group_id": id})).collect();
    let ended = run(&[], request(&org.url(), "get group", sets.clone()));
    org.assert();
    assert_eq!(echoes(&ended), sets);
    for (run, id) in ended.result()["action_results"].as_array().unwrap().iter().zip(&ids) {
        assert_eq!(run["data"], json!([{"id": id}]));
    }
}

/// What the result repeats of each set.
fn echoes(ended: &Ended) -> Value {
    ended.result()["action_results"].as_array().unwrap().iter().map(|run| run["parameter"].clone()).collect()
}

#[test]
fn after_a_401_no_further_change_is_sent() {
    let mut org = Org::new();
    let error = r#"{"errorCode":"E0000011","errorSummary":"Invalid token provided"}"#;
    org.expect(exchange("POST", "/api/v1/users/ada/lifecycle/suspend", error).status(401));
    let ended = run(&[], request(&org.url(), "disable user", json!([{"id": "ada"}, {"id": "grace"}])));
    org.assert();
    assert_eq!(ended.status, Some(1));
    let result = ended.result();
    assert_eq!(result["action_results"][1]["error"]["kind"], "authentication");
    assert_eq!(result["action_results"][1]["error"]["outcome"], "not_applied");
}

#[test]
fn a_failure_is_status_one_with_kind_and_request_id() {
    let mut org = Org::new();
    let error = r#"{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: ada (User)"}"#;
    org.expect(exchange("GET", "/api/v1/users/ada", error).status(404).header("x-okta-request-id", "aRequest1"));
    let ended = run(&[], request(&org.url(), "get user", json!({"user_id": "ada"})));
    assert_eq!(ended.status, Some(1));
    let result = ended.result();
    let expected = json!({"kind": "not_found", "retryable": false, "http_status": 404, "error_code": "E0000007", "request_id": "aRequest1"});
    assert_eq!(result["error"], expected);
    assert_eq!(result["action_result"]["error"], expected);
}

#[test]
fn unusable_input_is_status_two() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let unknown = request("https://example.okta.com", "list userz", json!({}));
    let bad = request("https://example.okta.com", "list users", json!({"limit": 0}));
    for (input, kind, piece) in [
        (unknown.into_bytes(), "invalid_request", "did you mean `list users`?"),
        (bad.into_bytes(), "invalid_parameter", "`limit`"),
        (Vec::new(), "invalid_request", "empty"),
        (b"{\"action\": \"list \xff\"}".to_vec(), "invalid_request", "line 1, column 18"),
        (deep.into_bytes(), "invalid_request", "nested deeper"),
        (vec![b' '; 100 << 20], "invalid_request", "16 MiB"),
    ] {
        let ended = run(&[], input);
        assert_eq!(ended.status, Some(2), "{ended:?}");
        let result = ended.result();
        assert_eq!(result["error"]["kind"], kind, "{ended:?}");
        assert!(result["action_result"]["message"].as_str().unwrap().contains(piece), "{ended:?}");
    }
}

#[test]
fn unusable_network_settings_are_status_two() {
    let pem = "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----";
    let proxy = |proxy: &str| json!({"HTTPS_PROXY": {"type": "string", "value": proxy}});
    for (bundle, environment, piece) in [
        (json!("/no/such/file.pem"), json!({}), "`ca_bundle`"),
        (json!(pem), json!({}), "`ca_bundle`"),
        (json!(null), proxy("gopher://proxy.example.com"), "HTTPS_PROXY"),
        (json!(null), proxy("http://user:Pass-Word-9@"), "HTTPS_PROXY"),
    ] {
        let config = json!({"base_url": "https://example.okta.com", "api_key": binary::TOKEN, "ca_bundle": bundle});
        let request = json!({"action": "test connectivity", "config": config, "environment_variables": environment});
        let ended = run(&[], request.to_string());
        assert_eq!(ended.status, Some(2), "{ended:?}");
        let result = ended.result();
        assert_eq!(result["error"]["kind"], "invalid_request", "{ended:?}");
        assert!(result["message"].as_str().unwrap().contains(piece), "{ended:?}");
        assert!(!ended.stdout.contains("Pass-Word-9") && !ended.stderr.contains("Pass-Word-9"), "{ended:?}");
    }
}

#[test]
fn a_whole_document_is_taken_though_stdin_stays_open() {
    let mut org = Org::new();
    org.expect(exchange("GET", "/api/v1/users/me", "{\"id\":\"00u1\"}"));
    let mut child = command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(request(&org.url(), "test connectivity", json!({})).as_bytes()).unwrap();
    let ended = wait(child, String::new());
    assert_eq!((ended.status, &ended.result()["status"]), (Some(0), &json!("success")));
    drop(stdin);
}

#[test]
fn a_closed_stdout_is_a_failure_without_a_panic() {
    let mut org = Org::new();
    let users: Vec<Value> = (0..200).map(|number| json!({"id": number.to_string(), "x": "y".repeat(2000)})).collect();
    org.expect(exchange("GET", "/api/v1/users?limit=200", json!(users).to_string()));
    let mut child = command(&[]).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(request(&org.url(), "list users", json!({})).as_bytes()).unwrap();
    drop(stdin);
    let ended = wait(child, String::new());
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(!ended.stderr.contains("panicked") && !ended.stderr.contains("internal error"), "{ended:?}");
}

/// A list of which the second page never comes.
const FIRST_PAGE: &str = "Content-Type: application/json\n\
    Link: <{org}/api/v1/users?after=x&limit=200>; rel=\"next\"\n\n[{\"id\":\"00u1\"},{\"id\":\"00u2\"}]";

/// Reads stdout until `piece` has come.
fn read_until(stdout: &mut impl Read, piece: &str) -> String {
    let (mut read, mut byte) = (Vec::new(), [0]);
    while !String::from_utf8_lossy(&read).contains(piece) {
        stdout.read_exact(&mut byte).unwrap();
        read.extend(byte);
    }
    String::from_utf8(read).unwrap()
}

#[test]
fn a_signal_during_a_list_ends_it_with_the_items_so_far() {
    for (name, status) in [("TERM", 143), ("INT", 130)] {
        let server = Stalling::new(Some(FIRST_PAGE));
        let mut child = command(&[]).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(request(&server.url, "list users", json!({})).as_bytes()).unwrap();
        drop(stdin);
        let before = read_until(child.stdout.as_mut().unwrap(), "{\"id\":\"00u2\"}");
        assert!(server.asked.recv().unwrap().contains("after=x"));
        signal(&child, name);
        let ended = wait(child, before);
        assert_eq!(ended.status, Some(status), "{ended:?}");
        let result = ended.result();
        let run = &result["action_result"];
        assert_eq!(run["data"], json!([{"id": "00u1"}, {"id": "00u2"}]));
        assert_eq!(run["summary"], json!({"num_users": 2}));
        let error = json!({"kind": "cancelled", "retryable": true, "partial_data": true, "items": 2});
        assert_eq!((&run["error"], &result["error"]), (&error, &error));
        assert!(run["message"].as_str().unwrap().contains(&format!("SIG{name}")), "{result}");
    }
}

#[test]
fn a_signal_while_a_change_is_under_way_leaves_it_unknown() {
    let server = Stalling::new(None);
    let mut child = command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(
            request(&server.url, "reset password", json!({"user_id": "ada", "receive_type": "Email"})).as_bytes(),
        )
        .unwrap();
    drop(stdin);
    assert!(server.asked.recv().unwrap().starts_with("POST"));
    signal(&child, "TERM");
    let ended = wait(child, String::new());
    assert_eq!(ended.status, Some(143));
    let error = json!({"kind": "cancelled", "retryable": false, "outcome": "unknown"});
    assert_eq!(ended.result()["error"], error);
}

#[test]
fn a_signal_while_the_request_is_read_says_that_nothing_was_sent() {
    for (name, status) in [("TERM", 143), ("INT", 130)] {
        let mut child = command(&[]).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"{\"action\": \"list users\",").unwrap();
        until_signals_are_caught(&child);
        signal(&child, name);
        let ended = wait(child, String::new());
        assert_eq!(ended.status, Some(status));
        let result = ended.result();
        assert_eq!((&result["error"]["kind"], &result["identifier"]), (&json!("cancelled"), &json!(null)));
        assert!(result["message"].as_str().unwrap().contains("before anything was sent"), "{result}");
        drop(stdin);
    }
}

#[test]
fn many_processes_at_once_do_not_disturb_each_other() {
    let children: Vec<_> = (0..8)
        .map(|number| {
            thread::spawn(move || {
                let mut org = Org::new();
                org.expect(exchange("GET", format!("/api/v1/groups/g{number}"), format!("{{\"id\":\"g{number}\"}}")));
                let ended = run(&[], request(&org.url(), "get group", json!({"group_id": format!("g{number}")})));
                assert_eq!(ended.result()["action_result"]["data"][0]["id"], format!("g{number}"));
            })
        })
        .collect();
    children.into_iter().for_each(|child| child.join().unwrap());
}
