//! What holds for every answer: token, headers, errors, compression, limits (okta-api.md,
//! «Conventions», «Errors», «Rate limits»).

mod client;

use std::collections::HashSet;
use std::io::Read;
use std::time::{Duration, Instant};

use client::{Client, org};
use okta_rehearsal::Rehearsal;
use okta_rehearsal::clock::Clock;
use okta_rehearsal::quota::Quota;
use okta_rehearsal::server::Seen;

#[test]
fn a_wrong_token_is_refused() {
    let (rehearsal, _, _) = org();
    let client = Client::of(&rehearsal).token("00another-fake-token");
    let (status, code, _) = client.get("/api/v1/users/me").error();
    assert_eq!((status, code.as_str()), (401, "E0000011"));
    let any = Rehearsal::builder().users(20).any_token().start();
    assert_eq!(Client::of(&any).token("00another-fake-token").get("/api/v1/users/me").status, 200);
}

#[test]
fn every_answer_has_an_id_a_date_and_the_state_of_the_limit() {
    let (_rehearsal, client, user) = org();
    let targets = ["/api/v1/users/me", "/api/v1/users/none@x.example", "/api/v1/users?x=1", "/api/v1/nothing"];
    let mut ids = HashSet::new();
    for got in targets.map(|target| client.get(target)).into_iter().chain([client.delete(&user.to("sessions"))]) {
        for name in ["X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset", "Date"] {
            assert!(got.header(name).is_some(), "{name}: {got:?}");
        }
        assert!(ids.insert(got.header("x-okta-request-id").expect("an id").to_owned()));
        match got.status {
            204 => assert!(got.body.is_empty()),
            _ => assert_eq!(got.header("content-type"), Some("application/json")),
        }
        if got.status >= 400 {
            let error = got.json();
            for name in ["errorCode", "errorSummary", "errorLink", "errorId", "errorCauses"] {
                assert!(error.get(name).is_some(), "{name}: {error}");
            }
        }
    }
}

/// Without a description at hand Okta's own words for a wrong path, a wrong method, a broken body.
#[test]
fn paths_and_methods_that_do_not_exist_are_refused() {
    let rehearsal = Rehearsal::builder().users(20).verify(false).start();
    let client = Client::of(&rehearsal);
    assert_eq!(client.get("/api/v1/nothing").error().1, "E0000008");
    assert_eq!(client.put("/api/v1/users/me/lifecycle/suspend", "").error().1, "E0000022");
    assert_eq!(client.post("/api/v1/groups", "{\"profile\":").error().1, "E0000003");
    let got = client.post("/api/v1/idps", "{}");
    assert_eq!(got.status, 501);
    assert!(got.json()["errorSummary"].as_str().unwrap().contains("is not known"), "{}", got.text());
}

#[test]
fn an_answer_is_compressed_for_those_who_ask() {
    let (rehearsal, plain, _) = org();
    let client = Client::of(&rehearsal).header("Accept-Encoding", "deflate, gzip");
    let packed = client.get("/api/v1/users");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain.get("/api/v1/users").text());
    assert_eq!(plain.get("/api/v1/users").header("content-encoding"), None);
    rehearsal.org().gzip = false;
    assert_eq!(client.get("/api/v1/users").header("content-encoding"), None);
}

/// okta-api.md, «Rate limits»: shared by all; 429 was not carried out.
#[test]
fn a_quota_is_shared_and_begins_anew_with_each_window() {
    let quota = Quota { requests: 3, window_s: 10 };
    let clock = Clock::fixed(1_795_500_000);
    let rehearsal = Rehearsal::builder().users(20).any_token().quota(quota).clock(clock).start();
    let clients = ["00fake-one", "00fake-two"].map(|token| Client::of(&rehearsal).token(token));
    let remaining: Vec<String> = [0, 1, 0]
        .map(|client: usize| {
            clients[client].get("/api/v1/users/me").header("x-rate-limit-remaining").unwrap().to_owned()
        })
        .into();
    assert_eq!(remaining, ["2", "1", "0"]);
    let path = format!("/api/v1/users/{}/lifecycle/suspend", rehearsal.org().user(3).unwrap().id);
    let refused = clients[1].post(&path, "");
    assert_eq!((refused.status, refused.error().1.as_str()), (429, "E0000047"));
    assert_eq!(refused.header("x-rate-limit-reset"), Some("1795500010"));
    assert_eq!(refused.header("date"), Some("Tue, 24 Nov 2026 06:00:00 GMT"));
    assert!(rehearsal.org().changes().is_empty());
    rehearsal.org().clock.shift(Duration::from_secs(10));
    assert_eq!(clients[1].post(&path, "").status, 200);
    let report = rehearsal.report();
    assert_eq!((report.quota.refused, report.quota.processes, report.refused.len()), (1, 2, 1));
    assert_eq!(report.quota.refusals[0].window, 0);
}

#[test]
fn latency_and_the_time_of_a_body_are_kept() {
    let latency = Duration::from_millis(60);
    let rehearsal = Rehearsal::builder().users(20).latency(latency).body_time(latency).start();
    let started = Instant::now();
    assert_eq!(Client::of(&rehearsal).get("/api/v1/users").list().len(), 20);
    assert!(started.elapsed() >= latency * 2, "{:?}", started.elapsed());
}

#[test]
fn requests_at_the_same_time_wait_beside_each_other() {
    let latency = Duration::from_millis(200);
    let rehearsal = Rehearsal::builder().users(20).latency(latency).start();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(Client::of(&rehearsal).get("/api/v1/users/me").status, 200));
        }
    });
    assert!(rehearsal.server().most_in_flight() > 1);
    assert_eq!((rehearsal.requests(), rehearsal.connections()), (8, 8));
}

/// okta-api.md, «Operations»: R.
#[test]
fn which_requests_may_be_sent_twice_is_known() {
    use okta_rehearsal::Repeat::{Once, Read, Repeatable};
    for (method, target, expected) in [
        ("GET", "/api/v1/users?limit=2", Some(Read)),
        ("POST", "/api/v1/users/00u1/lifecycle/suspend", Some(Repeatable)),
        ("POST", "/api/v1/users/00u1/lifecycle/reset_password?sendEmail=true", Some(Once)),
        ("POST", "/api/v1/users/00u1", Some(Repeatable)),
        ("DELETE", "/api/v1/users/00u1", Some(Once)),
        ("PUT", "/api/v1/groups/00g1/users/00u1", Some(Repeatable)),
        ("PUT", "/api/v1/groups/00g1", Some(Once)),
        ("POST", "/api/v1/groups", Some(Once)),
        ("POST", "/api/v1/nothing", None),
    ] {
        let seen = Seen { method: method.to_owned(), target: target.to_owned(), ..Seen::default() };
        assert_eq!(okta_rehearsal::repeat(&seen), expected, "{method} {target}");
    }
}
