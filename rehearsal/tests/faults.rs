//! Every fault by name does something to the wire, and what it does is what it says.

mod client;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use client::{Client, exchange, parse};
use okta_rehearsal::clock::Clock;
use okta_rehearsal::faults::{self, Fault, Kind};
use okta_rehearsal::{Rehearsal, Script};

const SUSPEND: &str = "/api/v1/users/*/lifecycle/suspend";

fn org(fault: &Fault, applied: bool) -> (Rehearsal, String) {
    let rule = format!(
        r#"{{"on":{{"method":"POST","path":"{SUSPEND}","nth":1}},"do":{{"fault":{:?},"applied":{applied}}}}}"#,
        fault.name
    );
    let script = Script::parse(&format!("{{\"rules\":[{rule}]}}")).unwrap();
    let rehearsal = Rehearsal::builder()
        .users(20)
        .clock(Clock::fixed(1_795_500_000))
        .script(script)
        .second(Duration::from_millis(1))
        .start();
    let id = rehearsal.org().user(3).unwrap().id;
    (rehearsal, format!("/api/v1/users/{id}/lifecycle/suspend"))
}

/// The bytes that come within a while, and how it ended.
fn bytes(rehearsal: &Rehearsal, path: &str) -> (Vec<u8>, &'static str) {
    let mut stream = TcpStream::connect(rehearsal.server().address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: SSWS {}\r\n", rehearsal.token());
    stream.write_all(format!("{head}Content-Length: 0\r\n\r\n").as_bytes()).unwrap();
    let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (all, "closed"),
            Ok(count) => all.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return (all, "reset"),
            Err(_) => return (all, "open"),
        }
    }
}

#[test]
fn every_fault_spoils_the_answer_as_its_kind_says_and_hits_once() {
    // They mostly wait: all at the same time.
    std::thread::scope(|scope| {
        for fault in faults::all() {
            scope.spawn(move || spoils_once(&fault));
        }
    });
}

fn spoils_once(fault: &Fault) {
    let (rehearsal, path) = org(fault, fault.may_apply);
    let (got, end) = bytes(&rehearsal, &path);
    let answer = parse(&got);
    let status = answer.as_ref().map(|answer| answer.status);
    let name = fault.name;
    match fault.kind {
        Kind::Lost if name == "gzip cut short" => assert_eq!(status, Some(200)),
        Kind::Lost => assert!(matches!(end, "closed" | "reset"), "{name}: {end}"),
        Kind::Silent => assert_eq!(end, "open", "{name}"),
        Kind::Unavailable | Kind::GaveUp => assert!(matches!(status, Some(502..=504)), "{name}: {status:?}"),
        Kind::Internal => assert_eq!(status, Some(500), "{name}"),
        Kind::Limited | Kind::LimitedForLong => assert_eq!(status, Some(429), "{name}"),
        Kind::Redirected { .. } | Kind::Astray | Kind::Circular => {
            assert!(matches!(status, Some(300..=308)), "{name}: {status:?}");
        }
        Kind::Refused => assert!(matches!(status, Some(401..=418)), "{name}: {status:?}"),
        Kind::Harmless | Kind::Nonsense => assert!(!got.is_empty(), "{name}"),
    }
    assert_ne!(got, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "{name}");
    assert_eq!(rehearsal.org().changes().len(), usize::from(fault.may_apply), "{name}: carried out or not");
    let second = Client::of(&rehearsal).post(&path, "");
    assert_eq!(second.status, if fault.may_apply { 400 } else { 200 }, "{name}: hits once");
    let report = rehearsal.report();
    let spoiled = !matches!(fault.kind, Kind::Harmless | Kind::Refused | Kind::Limited | Kind::LimitedForLong);
    assert_eq!(report.lost.len(), usize::from(spoiled), "{name}");
}

#[test]
fn a_fault_that_is_not_applied_changes_nothing() {
    std::thread::scope(|scope| {
        for fault in faults::all().into_iter().filter(|fault| fault.may_apply) {
            scope.spawn(move || {
                let (rehearsal, path) = org(&fault, false);
                bytes(&rehearsal, &path);
                assert_eq!(rehearsal.org().changes().len(), 0, "{}", fault.name);
            });
        }
    });
}

/// okta-api.md, «Rate limits»: the reset is by the server's clock.
#[test]
fn resets_are_by_the_orgs_clock() {
    for (name, after) in [("429 until a reset", 5), ("429 for twenty minutes", 1200), ("429 of concurrency", 3000)] {
        let (rehearsal, path) = org(&faults::named(name).unwrap(), false);
        let got = Client::of(&rehearsal).post(&path, "");
        let reset: u64 = got.header("x-rate-limit-reset").unwrap().parse().unwrap();
        assert_eq!(
            (reset, got.header("date")),
            (1_795_500_000 + after, Some("Tue, 24 Nov 2026 06:00:00 GMT")),
            "{name}"
        );
    }
}

#[test]
fn names_are_unique_and_redirects_lead_where_they_say() {
    let all = faults::all();
    let mut names: Vec<&str> = all.iter().map(|fault| fault.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
    let (rehearsal, path) = org(&faults::named("a redirect to another origin").unwrap(), false);
    let got = Client::of(&rehearsal).post(&path, "");
    assert!(got.header("location").unwrap().starts_with("http://127.0.0.99:9/api/v1/"));
}

#[test]
fn an_object_about_somebody_else_is_one_of_the_same_kind() {
    let script = r#"{"rules":[{"on":{"nth":1},"do":{"fault":"an object about somebody else"}}]}"#;
    let rehearsal = Rehearsal::builder().users(20).script(Script::parse(script).unwrap()).start();
    let target = format!("/api/v1/users/{}", rehearsal.org().user(3).unwrap().id);
    let (other, right) = (Client::of(&rehearsal).get(&target).json(), Client::of(&rehearsal).get(&target).json());
    for pointer in ["/id", "/profile/login", "/profile/email"] {
        assert_ne!(other.pointer(pointer), right.pointer(pointer), "{pointer}");
    }
    assert_eq!(other["id"].as_str().unwrap().len(), 20);
    assert_eq!(other["profile"]["lastName"], right["profile"]["lastName"]);
}

/// A comma inside of a string is not one between tokens.
#[test]
fn whitespace_is_put_between_tokens_only() {
    let script = r#"{"rules":[{"on":{"method":"GET"},"do":{"fault":"line breaks and tabs between tokens"}}]}"#;
    let rehearsal = Rehearsal::builder().users(20).script(Script::parse(script).unwrap()).start();
    rehearsal.org().add_user("a@x.example", "Ada, \\\"the\\\" first", "x");
    let got = Client::of(&rehearsal).get("/api/v1/users/a@x.example");
    assert!(got.text().contains("\r\n\t,\n"));
    assert_eq!(got.json()["profile"]["firstName"], "Ada, \\\"the\\\" first");
}

#[test]
fn what_is_dripped_arrives_in_the_end() {
    let (rehearsal, path) = org(&faults::named("one byte of the headers a second").unwrap(), false);
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: SSWS {}\r\nContent-Length: 0\r\n\r\n",
        rehearsal.token()
    );
    let got = exchange(&rehearsal.server().address().to_string(), request.as_bytes()).unwrap();
    assert_eq!(parse(&got).unwrap().text(), "{}");
}
