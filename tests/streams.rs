//! The real binary and what a spawner may do to its streams and limits: pipes that nobody reads,
//! pipes that do not block, files that must not grow, a machine without threads.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

#[path = "support/binary.rs"]
#[allow(dead_code)]
mod binary;
mod fault_server;

use binary::{Ended, Folder, TOKEN, command, signal, wait};
use fault_server::server::{Answer, Seen, Server, Step};

/// A hang is the failure: whatever takes so long never ends.
const HANG: Duration = Duration::from_secs(60);

fn request(server: &Server, action: &str, parameters: Value, settings: Value) -> String {
    let mut config = json!({"base_url": server.origin(), "api_key": TOKEN});
    config.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    json!({"action": action, "parameters": parameters, "config": config}).to_string()
}

fn give(child: &mut Child, input: &str) {
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
}

/// Waits for the end of a process whose stdout may be full.
fn status(child: &mut Child) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < HANG {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    panic!("it never ended");
}

/// One page of users, larger than any pipe.
fn many_users() -> String {
    let users: Vec<Value> = (0..200).map(|number| json!({"id": number.to_string(), "x": "y".repeat(5000)})).collect();
    json!(users).to_string()
}

fn answering(body: impl Fn(&Seen) -> Answer + Send + 'static) -> Server {
    Server::new(move |seen| body(seen).reply())
}

/// Writes into a pipe until it takes nothing more.
fn fill(writer: &PipeWriter) {
    rustix::io::ioctl_fionbio(writer, true).unwrap();
    while (&*writer).write(&[b'x'; 512]).is_ok() {}
    rustix::io::ioctl_fionbio(writer, false).unwrap();
}

/// Waits until a pipe holds so many bytes.
fn until_holds(reader: &PipeReader, bytes: u64) {
    while rustix::io::ioctl_fionread(reader).unwrap() < bytes {
        thread::yield_now();
    }
}

#[test]
fn the_total_time_ends_a_run_whose_stdout_nobody_reads() {
    let server = answering(|_| Answer::new(200, many_users()));
    let mut child = command(&[]).spawn().unwrap();
    give(&mut child, &request(&server, "list users", json!({}), json!({"total_timeout_seconds": 1})));
    assert_eq!(status(&mut child), Some(1));
}

#[test]
fn a_stdout_that_does_not_block_gets_everything() {
    let server = answering(|_| Answer::new(200, many_users()));
    let (mut reader, writer) = pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let mut child = command(&[]).stdout(Stdio::from(writer)).spawn().unwrap();
    give(&mut child, &request(&server, "list users", json!({}), json!({})));
    // Now it is full, or nearly so.
    until_holds(&reader, 60 * 1024);
    let mut stdout = String::new();
    reader.read_to_string(&mut stdout).unwrap();
    let ended = Ended { stdout, ..wait(child, String::new()) };
    assert_eq!(ended.status, Some(0), "{:?}", ended.stderr);
    assert_eq!(ended.result()["action_result"]["data"], serde_json::from_str::<Value>(&many_users()).unwrap());
}

#[test]
fn a_stderr_that_nobody_reads_holds_nothing_up() {
    let mut asked = 0;
    let server = Server::new(move |_| {
        asked += 1;
        let body = r#"{"id":"00uq3x7ZkT9aLmN4w5d7"}"#;
        if asked == 1 { Answer::new(503, "").reply() } else { Answer::new(200, body).reply() }
    });
    let (reader, writer) = pipe().unwrap();
    fill(&writer);
    let mut child = command(&[]).stderr(Stdio::from(writer)).stdout(Stdio::piped()).spawn().unwrap();
    give(&mut child, &request(&server, "get user", json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"}), json!({})));
    assert_eq!(status(&mut child), Some(0));
    drop(reader);
}

#[test]
fn a_stdout_that_must_not_grow_is_a_quiet_failure() {
    let server = answering(|_| Answer::new(200, many_users()));
    let folder = Folder::new("no_growth");
    let input = request(&server, "list users", json!({}), json!({}));
    let binary = env!("CARGO_BIN_EXE_okta-connector");
    let script = format!("ulimit -f 1 && exec '{binary}' > '{}'", folder.join("out").display());
    let mut child = std::process::Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    give(&mut child, &input);
    let ended = wait(child, String::new());
    assert_eq!((ended.status, ended.stderr.as_str()), (Some(1), ""));
}

/// No thread can be had when each is to have a stack larger than memory can be.
fn without_threads(input: &str) -> Ended {
    let mut child = command(&[]).env("RUST_MIN_STACK", (1u64 << 46).to_string()).spawn().unwrap();
    give(&mut child, input);
    wait(child, String::new())
}

#[test]
fn without_threads_there_is_a_result_all_the_same() {
    let page = |seen: &Seen| {
        let next = format!("<http://{}/api/v1/users?after=x&limit=200>; rel=\"next\"", seen.header("host").unwrap());
        match seen.target.contains("after=") {
            false if seen.is("GET", "/api/v1/users") => {
                Answer::new(200, r#"[{"id":"00uq3x7ZkT9aLmN4w5d7"}]"#).header("Link", &next)
            }
            true => Answer::new(200, r#"[{"id":"00u2"}]"#),
            false if seen.path().starts_with("/api/v1/users/") => Answer::new(200, r#"{"id":"00uq3x7ZkT9aLmN4w5d7"}"#),
            false => Answer::new(200, r#"{"id":"00gq3x7ZkT9aLmN4w5d7"}"#),
        }
    };
    let server = answering(page);
    let sets: Value = (0..20).map(|_| json!({"group_id": "00gq3x7ZkT9aLmN4w5d7"})).collect();
    for (action, parameters, objects) in [
        ("get user", json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"}), 1),
        ("list users", json!({}), 1),
        ("get group", sets, 20),
    ] {
        let ended = without_threads(&request(&server, action, parameters, json!({})));
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{action}: {}", ended.stdout);
        assert_eq!(ended.result()["summary"]["total_objects_successful"], objects, "{action}");
    }
    // A name is looked up on the asking thread.
    let by_name = request(&server, "get user", json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"}), json!({}))
        .replace("http://127.0.0.1", "http://localhost");
    assert_eq!(without_threads(&by_name).status, Some(0));
}

/// A limit on processes counts those of a user, and the system's administrator has none: a user
/// that nobody is gets so many threads beside the first.
#[cfg(target_os = "linux")]
#[test]
fn with_few_threads_there_is_a_result_all_the_same() {
    let is_root = std::fs::read_to_string("/proc/self/status").unwrap().contains("Uid:\t0\t0\t");
    let has = |tool: &str| std::process::Command::new(tool).arg("--version").output().is_ok();
    if !is_root || !has("setpriv") || !has("prlimit") {
        return;
    }
    let server = answering(|seen| {
        let user = r#"{"id":"00uq3x7ZkT9aLmN4w5d7"}"#;
        if seen.path() == "/api/v1/users" { Answer::new(200, format!("[{user}]")) } else { Answer::new(200, user) }
    });
    let folder = Folder::new("few_threads");
    // Copied to where anybody may run it.
    let place = std::env::temp_dir().join(format!("few-threads-{}", std::process::id()));
    std::fs::copy(env!("CARGO_BIN_EXE_okta-connector"), &place).unwrap();
    let sets: Value = (0..20).map(|_| json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"})).collect();
    for most in 1..=4 {
        for (action, parameters) in [("get user", sets.clone()), ("list users", json!({}))] {
            let user = format!("--reuid={}", 70_000 + std::process::id() % 100_000);
            let mut child = std::process::Command::new("prlimit")
                .args([&format!("--nproc={most}"), "setpriv", &user, "--clear-groups"])
                .arg(&place)
                .current_dir("/")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            give(&mut child, &request(&server, action, parameters, json!({"max_concurrency": 8})));
            let ended = wait(child, String::new());
            assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{most} {action}: {}", ended.stdout);
            assert_eq!(ended.result()["status"], "success");
        }
    }
    std::fs::remove_file(place).unwrap();
    drop(folder);
}

#[test]
fn without_threads_signals_do_what_they_do_by_default() {
    let mut child = command(&[]).env("RUST_MIN_STACK", (1u64 << 46).to_string()).spawn().unwrap();
    let (sender, asked) = mpsc::channel();
    let server = Server::new(move |_| {
        let _ = sender.send(());
        vec![Step::Stall]
    });
    give(&mut child, &request(&server, "get user", json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"}), json!({})));
    asked.recv_timeout(HANG).unwrap();
    signal(&child, "TERM");
    assert_eq!(status(&mut child), None, "ended by the signal itself");
}

#[test]
fn white_space_after_a_whole_document_does_not_hold_it() {
    let server = answering(|_| Answer::new(200, r#"{"id":"00uq3x7ZkT9aLmN4w5d7"}"#));
    let mut child = command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(request(&server, "test connectivity", json!({}), json!({})).as_bytes()).unwrap();
    let dripping = thread::spawn(move || {
        while stdin.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!(status(&mut child), Some(0));
    dripping.join().unwrap();
}
