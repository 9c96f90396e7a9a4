//! Sizes that the other side decides, against the real binary with little memory: every answer and
//! every request leads to a result.
#![cfg(target_os = "linux")]

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::{Value, json};

#[path = "support/binary.rs"]
#[allow(dead_code)]
mod binary;
mod fault_server;

use binary::{Ended, request, wait};
use fault_server::faults::gzip;
use fault_server::server::{Answer, Server};

/// Runs with 256 MiB of address space.
fn with_little_memory(input: impl Into<Vec<u8>>) -> Ended {
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 262144 && exec \"$0\"", env!("CARGO_BIN_EXE_okta-connector")])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.into());
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let ended = wait(child, String::new());
    writer.join().unwrap();
    ended
}

/// What comes of an answer with this body.
fn answered(action: &str, parameters: Value, answer: Answer) -> Ended {
    let server = Server::new(move |_| answer.reply());
    let ended = with_little_memory(request(&server.origin(), action, parameters));
    assert_eq!(ended.stderr, "");
    ended
}

fn packed(body: &[u8]) -> Answer {
    Answer::new(200, gzip(body)).header("Content-Encoding", "gzip")
}

fn repeated(before: &str, unit: &str, count: usize, after: &str) -> Vec<u8> {
    format!("{before}{}{after}", unit.repeat(count)).into_bytes()
}

/// An error of its kind, or a success: what counts is that there is a result.
fn kind(ended: &Ended) -> String {
    let result = ended.result();
    result["error"]["kind"].as_str().unwrap_or("success").to_owned()
}

const MIB: usize = 1 << 20;

#[test]
fn a_page_of_more_than_100_000_elements_is_refused() {
    for count in [100_001, 10_000_000] {
        let body = repeated("[{}", ",{}", count - 1, "]");
        let ended = answered("list users", json!({}), packed(&body));
        assert_eq!(kind(&ended), "protocol", "{count}: {}", ended.stdout);
        assert!(ended.stdout.contains("100,000"), "{}", ended.stdout);
    }
    let body = repeated("[{}", ",{}", 99_999, "]");
    let ended = answered("list users", json!({}), packed(&body));
    assert_eq!((ended.status, &ended.result()["action_result"]["summary"]), (Some(0), &json!({"num_users": 100_000})));
}

#[test]
fn every_hostile_answer_leads_to_a_result() {
    let user = |inside: String| format!("{{\"id\":\"00uq3x7ZkT9aLmN4w5d7\",\"x\":{inside}}}");
    let text = |unit: &str, bytes: usize| format!("\"{}\"", unit.repeat(bytes / unit.len()));
    let mixed = format!("[\"\\ud800\"{}]", ",\n1".repeat(10 * MIB));
    let alone = [
        ("larger than any answer", user(text("y", 33 * MIB)), "protocol"),
        ("the token, again and again", user(text(&format!("{} ", binary::TOKEN), 8 * MIB)), ""),
        ("members", format!("{{\"id\":\"00uq3x7ZkT9aLmN4w5d7\"{}}}", ",\"\":0".repeat(6 * MIB)), ""),
        ("a long name", format!("{{\"id\":\"00uq3x7ZkT9aLmN4w5d7\",{}:1}}", text("\\n", 31 * MIB)), ""),
    ];
    let listed = [
        ("the largest text", user(text("y", 31 * MIB)), ""),
        ("line breaks and halves of surrogates", user(mixed), ""),
    ];
    let alone =
        alone.map(|(name, body, kind)| (name, "get user", json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"}), body, kind));
    let listed = listed.map(|(name, body, kind)| (name, "list users", json!({}), format!("[{body}]"), kind));
    for (name, action, parameters, body, expected) in alone.into_iter().chain(listed) {
        let ended = answered(action, parameters, Answer::new(200, body));
        let kind = kind(&ended);
        let fits = if expected.is_empty() { matches!(kind.as_str(), "success" | "protocol") } else { kind == expected };
        assert!(fits, "{name}, {action}: {kind} {:?}", &ended.stdout[ended.stdout.len().saturating_sub(300)..]);
    }
}

#[test]
fn every_hostile_error_leads_to_a_result() {
    for body in
        [repeated("{\"errorCode\":\"E0000001\",\"errorCauses\":[{}", ",{}", 10 * MIB, "]}"), vec![b'['; 40 * MIB]]
    {
        let answer = Answer::new(400, gzip(&body)).header("Content-Encoding", "gzip");
        let server = Server::new(move |_| answer.reply());
        let ended = with_little_memory(request(&server.origin(), "disable user", json!({"id": "ada"})));
        assert_eq!((ended.status, kind(&ended).as_str()), (Some(1), "protocol"), "{}", ended.stdout);
    }
}

#[test]
fn every_hostile_request_leads_to_a_result() {
    let (open, close) = (request("https://example.okta.com", "get group", json!("HERE")), "\"HERE\"");
    let with = |parameters: String| open.replace(close, &parameters).into_bytes();
    let members = |unit: &str, count: usize| format!("{{\"a\":0{}}}", unit.repeat(count));
    for (name, input, says) in [
        ("sets", with(format!("[{{}}{}]", ",{}".repeat(5 * MIB))), "100,000"),
        ("no sets", with(format!("[0{}]", ",0".repeat(7 * MIB))), "100,000"),
        ("members", with(members(",\"\":0", 3 * MIB)), "members"),
        ("members with escapes", with(members(",\"\\n\":0", 2 * MIB)), "members"),
        ("members of the request", members(",\"b\":0", 2 * MIB).into_bytes(), "members"),
        ("variables", members(",\"b\":0", 2 * MIB).into_bytes(), "members"),
        ("open", vec![b'['; 15 * MIB], "nested"),
        ("a context", with(format!("{{\"group_id\":\"\",\"context\":[{}1]}}", "1,\n".repeat(5 * MIB))), "group_id"),
        ("a long value", with(format!("{{\"group_id\":0,\"x\":\"{}\"}}", "\\n".repeat(7 * MIB))), "`x`"),
    ] {
        let ended = with_little_memory(input);
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(2), ""), "{name}: {}", ended.stdout.len());
        let kind = kind(&ended);
        assert!(kind.starts_with("invalid_"), "{name}: {kind}");
        let message = ended.result()["message"].to_string();
        assert!(message.contains(says), "{name}: {message}");
    }
}

#[test]
fn a_request_of_100_000_sets_is_carried_out() {
    let sets: Value = (0..100_000).map(|_| json!({"group_id": ""})).collect();
    let ended = with_little_memory(request("https://example.okta.com", "get group", sets));
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(2), ""));
    assert_eq!(ended.result()["summary"]["total_objects"], 100_000);
}
