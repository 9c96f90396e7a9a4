//! Lists: pages that fail on the way, links that never end, and time that is counted per page.

mod fault_server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fault_server::runner::Request;
use fault_server::server::{Answer, Reply, Seen, Server, Step};
use okta_connector::runtime::transport::{Error, Headers, Limits, Request as Sent, Response, Transport};
use serde_json::{Value, json};

/// The `after` of a request; 0 for the first page.
fn page_of(seen: &Seen) -> usize {
    seen.target.split("after=").nth(1).and_then(|after| after.split('&').next()?.parse().ok()).unwrap_or(0)
}

fn host(seen: &Seen) -> String {
    format!("http://{}", seen.header("host").expect("a host"))
}

/// A page of three users with a link to the next, if there is one.
fn page(seen: &Seen, number: usize, pages: usize) -> Answer {
    let users: Value = (0..3).map(|n| json!({"id": format!("user{}", number * 3 + n)})).collect();
    let answer = Answer::new(200, users.to_string());
    match number + 1 < pages {
        true => {
            answer.header("Link", format!("<{}/api/v1/users?after={}&limit=3>; rel=\"next\"", host(seen), number + 1))
        }
        false => answer,
    }
}

/// A list of `pages` pages, on which `fault` may act given the page and how often it was asked for.
fn list(pages: usize, fault: impl Fn(usize, usize, &Answer) -> Option<Reply> + Send + 'static) -> Server {
    let mut asked = vec![0; pages];
    Server::new(move |seen| {
        let number = page_of(seen);
        asked[number] += 1;
        let answer = page(seen, number, pages);
        fault(number, asked[number], &answer).unwrap_or_else(|| answer.reply())
    })
}

fn ids(pages: usize) -> Vec<String> {
    (0..pages * 3).map(|n| format!("user{n}")).collect()
}

fn listed(data: &[Value]) -> Vec<String> {
    data.iter().map(|item| item["id"].as_str().unwrap_or_default().to_owned()).collect()
}

fn cut(answer: &Answer) -> Reply {
    let bytes = answer.bytes();
    vec![Step::Send(bytes[..bytes.len() - 20].to_vec()), Step::Close]
}

#[test]
fn a_page_that_fails_half_way_appears_once() {
    for broken in 0..4 {
        let server = list(4, move |number, times, answer| (number == broken && times < 3).then(|| cut(answer)));
        let ran = Request::new("list_users", &server.origin(), json!({})).run().checked();
        assert!(ran.succeeded(), "{}", ran.stdout);
        assert_eq!(listed(ran.data()), ids(4));
        assert_eq!(ran.action()["summary"]["num_users"], 12);
        assert_eq!(server.requests(), 6);
    }
}

#[test]
fn a_list_that_breaks_keeps_what_has_come_and_says_that_more_exists() {
    let faults: [(&str, &str, fn(&Answer) -> Reply); 5] = [
        ("cut", "network", cut),
        ("refused", "permission", |_| Answer::error(403, "E0000006", "No", "").reply()),
        ("unavailable", "unavailable", |_| Answer::new(503, "").reply()),
        ("silent", "timeout", |_| vec![Step::Stall]),
        ("nonsense", "protocol", |_| Answer::new(200, "[{\"id\":\"user6\"},7]").reply()),
    ];
    for (name, kind, fault) in faults {
        let server = list(4, move |number, _, answer| (number == 2).then(|| fault(answer)));
        let ran = Request::new("list_users", &server.origin(), json!({})).timeout(30).run().checked();
        assert!(ran.kind() == kind || ran.kind() == "timeout", "{name}: {}", ran.stdout);
        assert_eq!(listed(ran.data()), ids(2), "{name}");
        let error = ran.error();
        assert_eq!((&error["partial_data"], &error["items"]), (&json!(true), &json!(6)), "{name}");
        assert_eq!(ran.action()["summary"]["num_users"], 6, "{name}");
        assert!(ran.message().contains("more exist"), "{name}: {}", ran.message());
    }
}

#[test]
fn a_list_is_bounded_by_the_time_without_progress_not_by_its_length() {
    let factor = 20.0;
    let pause = Duration::from_secs_f64(6.0 / factor);
    let server = list(7, move |_, _, answer| Some([vec![Step::Pause(pause)], answer.reply()].concat()));
    let ran = Request::new("list_users", &server.origin(), json!({})).timeout(30).factor(factor).run();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(listed(ran.data()), ids(7));
    assert!(ran.spent > Duration::from_secs(36), "{:?}", ran.spent);
}

#[test]
fn links_that_never_end_are_an_error_that_says_so() {
    let next = |seen: &Seen, after: usize| format!("<{}/api/v1/users?after={after}>; rel=\"next\"", host(seen));
    let users = |seen: &Seen| json!([{"id": format!("user{}", page_of(seen))}]).to_string();
    let loops: [(&str, Server, usize); 4] = [
        (
            "the same address",
            Server::new(move |seen| {
                let own = format!("<{}{}>; rel=\"next\"", host(seen), seen.target);
                Answer::new(200, users(seen)).header("Link", own).reply()
            }),
            2,
        ),
        (
            "a cycle of three",
            Server::new(move |seen| {
                Answer::new(200, users(seen)).header("Link", next(seen, page_of(seen) % 3 + 1)).reply()
            }),
            5,
        ),
        (
            "a cycle of three without the first",
            Server::new(move |seen| {
                let number = page_of(seen);
                let after = if number == 5 { 3 } else { number + 1 };
                Answer::new(200, users(seen)).header("Link", next(seen, after)).reply()
            }),
            7,
        ),
        (
            "empty pages",
            Server::new(move |seen| Answer::new(200, "[]").header("Link", next(seen, page_of(seen) + 1)).reply()),
            2000,
        ),
    ];
    for (name, server, most) in loops {
        let ran = Request::new("list_users", &server.origin(), json!({})).run().checked();
        assert_eq!(ran.kind(), "protocol", "{name}: {:.2000}", ran.stdout);
        assert!(server.requests() <= most, "{name}: {} requests", server.requests());
        assert!(ran.message().contains("never ends"), "{name}: {}", ran.message());
    }
}

#[test]
fn all_lists_see_a_loop() {
    for (identifier, parameters) in [
        ("list_user_groups", json!({})),
        ("list_providers", json!({})),
        ("list_roles", json!({"user_id": "00uq3x7ZkT9aLmN4w5d7"})),
        ("send_push_notification", json!({"email": "00uq3x7ZkT9aLmN4w5d7", "factortype": "push"})),
    ] {
        let server = Server::new(|seen| {
            let own = format!("<{}{}>; rel=\"next\"", host(seen), seen.target);
            Answer::new(200, "[{\"id\":\"x\"}]").header("Link", own).reply()
        });
        let ran = Request::new(identifier, &server.origin(), parameters).run().checked();
        assert_eq!(ran.kind(), "protocol", "{identifier}: {}", ran.stdout);
        assert!(server.requests() <= 2, "{identifier}: {}", server.requests());
    }
}

#[test]
fn empty_and_short_pages_are_pages_and_duplicates_are_passed_on() {
    let bodies = ["[]", r#"[{"id":"a"}]"#, "[]", r#"[{"id":"a"},{"id":"a"}]"#, "[]"];
    let server = Server::new(move |seen| {
        let number = page_of(seen);
        let answer = Answer::new(200, bodies[number]);
        match number + 1 < bodies.len() {
            true => answer.header("Link", format!("<{}/api/v1/users?after={}>; rel=\"next\"", host(seen), number + 1)),
            false => answer,
        }
        .reply()
    });
    let ran = Request::new("list_users", &server.origin(), json!({})).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(listed(ran.data()), ["a", "a", "a"]);
}

#[test]
fn nothing_beyond_the_limit_is_requested_or_returned() {
    let server = list(4, |_, _, _| None);
    let ran = Request::new("list_users", &server.origin(), json!({"limit": 5})).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(listed(ran.data()), ids(4)[..5]);
    assert_eq!(server.requests(), 2);
    assert!(server.seen()[0].target.ends_with("/api/v1/users?limit=5"), "{}", server.seen()[0].target);
}

#[test]
fn a_body_that_unpacks_to_more_than_32_mib_is_an_error() {
    let bomb = fault_server::faults::gzip(&vec![b' '; 65 << 20]);
    for (identifier, parameters) in [("list_users", json!({})), ("disable_user", json!({"id": "ada@example.com"}))] {
        let bomb = bomb.clone();
        let server = Server::new(move |_| Answer::new(200, bomb.clone()).header("Content-Encoding", "gzip").reply());
        let ran = Request::new(identifier, &server.origin(), parameters).factor(10.0).run().checked();
        assert_eq!((ran.kind(), server.requests()), ("protocol", 1), "{}", ran.stdout);
        assert_eq!(ran.outcome(), if identifier == "list_users" { "none" } else { "unknown" });
        assert!(ran.message().contains("32 MiB"), "{}", ran.message());
    }
}

/// One page with a next one; then a defect.
struct DiesAtTheSecond(AtomicUsize);

impl Transport for DiesAtTheSecond {
    fn send(&self, _: &Sent<'_>, _: &Limits) -> Result<Response, Error> {
        assert_eq!(self.0.fetch_add(1, Ordering::Relaxed), 0, "a defect");
        let link = "<https://acme.okta.com/api/v1/users?after=1&limit=200>; rel=\"next\"";
        let headers = Headers(vec![("link".to_owned(), link.to_owned())]);
        Ok(Response { status: 200, headers, body: Box::new(&b"[{\"id\":\"user0\"}]"[..]) })
    }
}

#[test]
fn a_panic_while_the_next_page_is_requested_is_an_internal_error() {
    let transport = Arc::new(DiesAtTheSecond(AtomicUsize::new(0)));
    let ran = Request::new("list_users", "https://acme.okta.com", json!({})).transport(transport).run().checked();
    assert_eq!((ran.kind(), ran.data().len()), ("internal", 1), "{}", ran.stdout);
}
