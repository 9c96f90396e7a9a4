//! The real binary and signals at bad moments: what is said then, and what is still done.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use serde_json::{Value, json};

#[path = "support/binary.rs"]
#[allow(dead_code)]
mod binary;
mod fault_server;

use binary::{Folder, command, request, signal, until_signals_are_caught, wait};
use fault_server::actions::named;
use fault_server::okta::org;
use fault_server::server::{Answer, Reply, Seen, Server, Step};

/// A hang is the failure: whatever takes so long never comes.
const HANG: Duration = Duration::from_secs(60);

fn give(child: &mut Child, input: &str) {
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
}

/// A server of which each request is told to `asked`, and answered once `go` says so.
struct Held {
    server: Server,
    asked: Receiver<Seen>,
    go: Sender<()>,
}

fn held(answer: impl Fn(&Seen) -> Reply + Send + 'static) -> Held {
    let (sender, asked) = mpsc::channel();
    let (go, wait) = mpsc::channel();
    let server = Server::new(move |seen| {
        let _ = sender.send(seen.clone());
        let _ = wait.recv();
        answer(seen)
    });
    Held { server, asked, go }
}

fn runs(result: &Value) -> &Vec<Value> {
    result["action_results"].as_array().unwrap()
}

#[test]
fn a_run_that_was_told_to_have_changed_nothing_changes_nothing_later() {
    let Held { server, asked, go } = held(|_| Answer::new(200, r#"{"id":"00uq3x7ZkT9aLmN4w5d7"}"#).reply());
    let sets: Value = (0..1000).map(|_| json!({"user_id": "ada@example.com", "type": "HELP_DESK_ADMIN"})).collect();
    let mut child = command(&[]).spawn().unwrap();
    give(&mut child, &request(&server.origin(), "assign role", sets));
    assert_eq!(asked.recv_timeout(HANG).unwrap().method, "GET");
    signal(&child, "TERM");
    // Its end has begun to be written, and nobody reads on: the result is larger than a pipe.
    let mut before = vec![0; 256];
    child.stdout.as_mut().unwrap().read_exact(&mut before).unwrap();
    go.send(()).unwrap();
    // A change would come now; that nothing comes can only be waited for.
    assert!(asked.recv_timeout(Duration::from_millis(700)).is_err(), "a change was sent");
    let ended = wait(child, String::from_utf8(before).unwrap());
    assert_eq!(ended.status, Some(143));
    for run in runs(&ended.result()) {
        assert_eq!(run["error"], json!({"kind": "cancelled", "retryable": true, "outcome": "not_applied"}));
    }
    assert_eq!(server.requests(), 1);
}

#[test]
fn reads_have_no_outcome_also_where_they_never_began() {
    let Held { server, asked, go: _go } = held(|_| vec![Step::Close]);
    let mut child = command(&[]).spawn().unwrap();
    let sets: Value = (0..20).map(|_| json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"})).collect();
    give(&mut child, &request(&server.origin(), "get user", sets));
    asked.recv_timeout(HANG).unwrap();
    signal(&child, "TERM");
    let ended = wait(child, String::new());
    let result = ended.result();
    assert_eq!(runs(&result).len(), 20);
    for run in runs(&result) {
        assert_eq!(run["error"], json!({"kind": "cancelled", "retryable": true}));
    }
}

#[test]
fn a_hangup_is_handled_like_the_others() {
    let mut child = command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{").unwrap();
    until_signals_are_caught(&child);
    signal(&child, "HUP");
    let ended = wait(child, String::new());
    assert_eq!(ended.status, Some(129));
    assert!(ended.result()["message"].as_str().unwrap().contains("SIGHUP"), "{ended:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_was_ignored_at_the_start_stays_ignored() {
    let Held { server, asked, go } = held(|_| Answer::new(200, r#"{"id":"00uq3x7ZkT9aLmN4w5d7"}"#).reply());
    let mut child = Command::new("nohup")
        .arg(env!("CARGO_BIN_EXE_okta-connector"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    give(&mut child, &request(&server.origin(), "get user", json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"})));
    asked.recv_timeout(HANG).unwrap();
    signal(&child, "HUP");
    go.send(()).unwrap();
    let ended = wait(child, String::new());
    assert_eq!((ended.status, &ended.result()["status"]), (Some(0), &json!("success")));
}

#[test]
fn calling_a_challenge_off_gets_its_time_and_the_rest_is_written_before() {
    let (asked_sender, asked) = mpsc::channel();
    let (go, wait_for) = mpsc::channel::<()>();
    let (server, world) = org(move |_, seen| {
        if seen.method == "DELETE" {
            let _ = asked_sender.send("cancel");
            // Longer than the moment that it once was given.
            let _ = wait_for.recv();
        } else if seen.path().contains("/transactions/") {
            let _ = asked_sender.send("poll");
        }
        None
    });
    let action = named("send_push_notification");
    let mut child = command(&[]).spawn().unwrap();
    give(&mut child, &request(&server.origin(), "send push notification", action.parameters));
    assert_eq!(asked.recv_timeout(HANG).unwrap(), "poll");
    signal(&child, "TERM");
    while asked.recv_timeout(HANG).unwrap() != "cancel" {}
    let mut before = Vec::new();
    let mut byte = [0];
    while !before.ends_with(b"\"data\":[") {
        assert_eq!(child.stdout.as_mut().unwrap().read(&mut byte).unwrap(), 1, "the rest does not wait");
        before.extend(byte);
    }
    std::thread::sleep(Duration::from_millis(400));
    go.send(()).unwrap();
    let ended = wait(child, String::from_utf8(before).unwrap());
    assert_eq!(ended.status, Some(143));
    let error = json!({"kind": "cancelled", "retryable": false, "outcome": "not_applied"});
    assert_eq!(ended.result()["error"], error, "{ended:?}");
    let message = ended.result()["message"].to_string();
    assert!(message.contains("The push notification was sent to"), "{message}");
    assert!(message.contains("; it was cancelled."), "{message}");
    assert_eq!(world.org().cancelled, 1);
}

#[test]
fn a_challenge_that_cannot_be_called_off_in_time_is_unknown() {
    let (sender, asked) = mpsc::channel();
    let (server, _world) = org(move |_, seen| {
        if seen.path().contains("/transactions/") {
            let _ = sender.send(seen.method.clone());
        }
        (seen.method == "DELETE").then(|| vec![Step::Stall])
    });
    let action = named("send_push_notification");
    let mut child = command(&[]).spawn().unwrap();
    give(&mut child, &request(&server.origin(), "send push notification", action.parameters));
    assert_eq!(asked.recv_timeout(HANG).unwrap(), "GET");
    signal(&child, "TERM");
    let ended = wait(child, String::new());
    let result = ended.result();
    assert_eq!((ended.status, &result["error"]["outcome"]), (Some(143), &json!("unknown")));
    assert_eq!(result["error"]["retryable"], false);
    assert!(result["message"].to_string().contains("it could not be cancelled and can still be approved."), "{result}");
}

#[test]
fn a_recording_that_a_signal_ends_keeps_what_was_exchanged() {
    let user = r#"{"id":"00uq3x7ZkT9aLmN4w5d7","profile":{"login":"ada@example.com"}}"#;
    let (sender, asked) = mpsc::channel();
    let server = Server::new(move |seen| {
        if seen.method == "GET" {
            return Answer::new(200, user).reply();
        }
        let _ = sender.send(());
        vec![Step::Stall]
    });
    let folder = Folder::new("recording_and_signal");
    let file = folder.join("case.json");
    let mut child = command(&["record", file.to_str().unwrap()]).spawn().unwrap();
    let role = json!({"user_id": "ada@example.com", "type": "HELP_DESK_ADMIN"});
    give(&mut child, &request(&server.origin(), "assign role", role));
    asked.recv_timeout(HANG).unwrap();
    signal(&child, "INT");
    let ended = wait(child, String::new());
    assert_eq!((ended.status, &ended.result()["error"]["outcome"]), (Some(130), &json!("unknown")));
    let fixture: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let exchanges = fixture["exchanges"].as_array().unwrap();
    assert_eq!(exchanges[0]["response"]["body"], serde_json::from_str::<Value>(user).unwrap());
    assert_eq!(fixture["expected"], ended.result());
}

#[test]
fn with_exit_zero_a_whole_result_after_a_signal_has_exit_status_zero() {
    let mut child = command(&["--exit-zero"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{").unwrap();
    until_signals_are_caught(&child);
    signal(&child, "TERM");
    let ended = wait(child, String::new());
    assert_eq!((ended.status, &ended.result()["error"]["kind"]), (Some(0), &json!("cancelled")));
}
