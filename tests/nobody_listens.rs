//! Whoever started the process is gone: nothing more is sent, and a waiting challenge is called off.

use std::io::{Write, pipe};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::json;

#[path = "support/binary.rs"]
#[allow(dead_code)]
mod binary;
mod fault_server;

use binary::{Ended, command, request, wait};
use fault_server::actions::named;
use fault_server::okta::org;
use fault_server::server::{Answer, Server, Step};

/// A hang is the failure: whatever takes so long never comes.
const HANG: Duration = Duration::from_secs(60);
const ID: &str = "00uq3x7ZkT9aLmN4w5d7";

/// A process that holds the only reading end of the connector's stdout, as its parent would.
struct Parent(Child);

impl Parent {
    /// The connector, with this request on stdin, and its parent.
    fn of_connector(input: &str) -> (Parent, Child) {
        let (reader, writer) = pipe().unwrap();
        let parent = Parent(Command::new("sleep").arg("1000").stdin(reader).stdout(Stdio::null()).spawn().unwrap());
        let mut child = command(&[]).stdout(writer).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        (parent, child)
    }

    /// As `kill -9` does. Once this returns, nobody reads any more.
    fn is_killed(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        self.is_killed();
    }
}

fn ended(child: Child) -> Ended {
    wait(child, String::new())
}

#[test]
fn a_parent_that_is_killed_during_the_wait_for_a_rate_limit_ends_the_run() {
    let (sender, asked) = mpsc::channel();
    let server = Server::new(move |_| {
        let _ = sender.send(());
        Answer::error(429, "E0000047", "Too many requests", "").header("Retry-After", "50").reply()
    });
    let (mut parent, child) = Parent::of_connector(&request(&server.origin(), "disable user", json!({"id": ID})));
    asked.recv_timeout(HANG).unwrap();
    parent.is_killed();
    // It does not wait for the limit: a minute is the longest that `wait` allows.
    assert_eq!(ended(child).status, Some(1));
    assert_eq!(server.requests(), 1);
}

#[test]
fn no_change_follows_a_read_once_nobody_reads() {
    let (sender, parents) = mpsc::channel::<Parent>();
    let server = Server::new(move |seen| {
        if seen.method == "GET" {
            parents.recv().unwrap().is_killed();
        }
        Answer::new(200, format!("{{\"id\":\"{ID}\",\"profile\":{{\"login\":\"ada@example.com\"}}}}")).reply()
    });
    let role = json!({"user_id": "ada@example.com", "type": "HELP_DESK_ADMIN"});
    let (parent, child) = Parent::of_connector(&request(&server.origin(), "assign role", role));
    sender.send(parent).unwrap();
    assert_eq!(ended(child).status, Some(1));
    assert_eq!(server.requests(), 1, "only the read");
}

#[test]
fn no_further_page_is_asked_for_once_nobody_reads() {
    let (sender, parents) = mpsc::channel::<Parent>();
    let server = Server::new(move |seen| {
        if let Ok(mut parent) = parents.recv_timeout(HANG) {
            parent.is_killed();
        }
        let next = format!("<http://{}/api/v1/users?after=x&limit=200>; rel=\"next\"", seen.header("host").unwrap());
        Answer::new(200, format!("[{{\"id\":\"{ID}\"}}]")).header("Link", &next).reply()
    });
    let (parent, child) = Parent::of_connector(&request(&server.origin(), "list users", json!({})));
    sender.send(parent).unwrap();
    assert_eq!(ended(child).status, Some(1));
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_waiting_challenge_is_called_off_once_nobody_reads() {
    let (sender, polled) = mpsc::channel();
    let (server, world) = org(move |_, seen| {
        if seen.method == "GET" && seen.path().contains("/transactions/") {
            let _ = sender.send(());
        }
        None
    });
    let action = named("send_push_notification");
    let (mut parent, child) =
        Parent::of_connector(&request(&server.origin(), "send push notification", action.parameters));
    polled.recv_timeout(HANG).unwrap();
    parent.is_killed();
    assert_eq!(ended(child).status, Some(1));
    assert_eq!(world.org().cancelled, 1);
}

#[test]
fn a_unix_socket_that_nobody_reads_ends_the_run() {
    let (sender, asked) = mpsc::channel();
    let server = Server::new(move |_| {
        let _ = sender.send(());
        vec![Step::Stall]
    });
    let (reader, writer) = UnixStream::pair().unwrap();
    let mut child = command(&[]).stdout(std::os::fd::OwnedFd::from(writer)).spawn().unwrap();
    let input = request(&server.origin(), "disable user", json!({"id": ID}));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    asked.recv_timeout(HANG).unwrap();
    drop(reader);
    assert_eq!(ended(child).status, Some(1));
}

#[test]
fn a_reader_that_goes_after_the_whole_result_changes_nothing() {
    let server = Server::new(move |_| Answer::new(200, format!("{{\"id\":\"{ID}\"}}")).reply());
    for _ in 0..20 {
        let mut child = command(&[]).spawn().unwrap();
        let input = request(&server.origin(), "get user", json!({"user_id": ID}));
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let mut line = String::new();
        let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut reader, &mut line).unwrap();
        drop(reader);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{line}");
    }
}
