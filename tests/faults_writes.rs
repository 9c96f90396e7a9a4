//! Writes whose answer is lost: sent again only where that may be, and never told wrong.

mod fault_server;

use std::time::Duration;

use fault_server::actions::{self, Class};
use fault_server::okta::{LOGIN, World, answers, changes, org, org_by};
use fault_server::runner::Request;
use fault_server::server::{Answer, Reply, Seen, Server, Step};
use serde_json::json;

fn lost() -> Option<Reply> {
    Some(vec![Step::Reset])
}

#[test]
fn a_closed_port_changes_nothing_and_is_not_tried_for_long() {
    for action in actions::all() {
        let lookups = action.lookups;
        let mut left = lookups;
        let (server, world) = org_by(Server::alone, move |world: &mut World, seen: &Seen| {
            left = left.saturating_sub(1);
            let mut reply = world.answer(seen).last();
            if left == 0 {
                reply.insert(0, Step::StopListening);
            }
            Some(reply)
        });
        let base_url = server.origin();
        // Without lookups nobody has ever listened there.
        let server = (lookups > 0).then_some(server);
        let ran = Request::new(action.identifier, &base_url, action.parameters.clone()).timeout(30).run().checked();
        assert_eq!(ran.kind(), "network", "{}: {}", action.identifier, ran.stdout);
        let outcome = if action.class == Class::Read { "none" } else { "not_applied" };
        assert_eq!((ran.outcome(), &ran.error()["retryable"]), (outcome, &json!(true)), "{}", action.identifier);
        let waits = ran.stderr.matches("waiting").count();
        match &server {
            None => assert_eq!(waits, 2, "three tries: {}", ran.stderr),
            Some(server) => {
                assert!(waits > 2, "a host that has answered is waited for: {}", ran.stderr);
                assert_eq!(server.requests(), lookups);
            }
        }
        assert_eq!(changes(&world.org()), 0);
    }
}

#[test]
fn a_password_reset_link_is_never_requested_twice() {
    for receive_type in ["UI", "Email"] {
        let (server, world) = org(|world, seen| {
            world.answer(seen);
            lost()
        });
        let parameters = json!({"user_id": LOGIN, "receive_type": receive_type});
        let ran = Request::new("reset_password", &server.origin(), parameters).run().checked();
        assert_eq!((ran.kind(), ran.outcome()), ("network", "unknown"));
        assert_eq!(ran.error()["retryable"], false);
        assert!(ran.message().contains("Check the current state before you run the action again"), "{}", ran.message());
        assert_eq!((server.requests(), changes(&world.org())), (1, 1));
    }
}

/// Once an answer was lost, what comes later does not make the change undone.
#[test]
fn after_a_lost_answer_no_refusal_says_that_nothing_was_changed() {
    let later: [(&str, fn() -> Answer); 8] = [
        ("429 for long", || {
            Answer::error(429, "E0000047", "Too many", "")
                .header("X-Rate-Limit-Limit", "600")
                .header("X-Rate-Limit-Reset", "1795502000")
        }),
        ("503", || Answer::new(503, "")),
        ("500", || Answer::error(500, "E0000009", "Internal Server Error", "")),
        ("401", || Answer::error(401, "E0000011", "Invalid token provided", "")),
        ("403", || Answer::error(403, "E0000006", "You do not have permission", "")),
        ("404", || Answer::error(404, "E0000007", "Not found", "")),
        ("409", || Answer::error(409, "E0000090", "Duplicate role assignment exception.", "")),
        ("redirect", || Answer::new(302, "").header("Location", "/elsewhere")),
    ];
    for action in actions::all().into_iter().filter(|action| action.class == Class::Repeatable) {
        for (name, answer) in later {
            for applied in [true, false] {
                let main = action.clone();
                let (mut tries, mut read) = (0, false);
                let (server, world) = org(move |world: &mut World, seen: &Seen| {
                    // What is read after a refusal may settle it; here it cannot be read.
                    if !main.is_main(seen) {
                        read |= tries > 1;
                        return read.then(|| Answer::error(403, "E0000006", "Not allowed", "").reply());
                    }
                    tries += 1;
                    match tries {
                        1 => {
                            if applied {
                                world.answer(seen);
                            }
                            lost()
                        }
                        _ => Some(answer().reply()),
                    }
                });
                action.prepare(&mut world.org());
                let request = Request::new(action.identifier, &server.origin(), action.parameters.clone());
                let ran = request.timeout(30).run().checked();
                let cell = format!("{} then {name}, applied: {applied}: {}", action.identifier, ran.stdout);
                assert_eq!(ran.outcome(), "unknown", "{cell}");
                assert!(server.requests() > 1, "{cell}");
            }
        }
    }
}

#[test]
fn a_password_that_is_refused_as_used_before_was_set_by_our_own_first_try() {
    for (changed, done) in [("2026-11-24T05:59:59.000Z", true), ("2026-11-24T04:00:00.000Z", false)] {
        let mut tries = 0;
        let (server, _world) = org(move |world, seen| {
            if seen.method == "GET" {
                let answer = world.answer(seen);
                let mut user: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                user["passwordChanged"] = json!(changed);
                return Some(Answer::new(200, user.to_string()).reply());
            }
            tries += 1;
            if tries == 1 {
                world.answer(seen);
                return lost();
            }
            Some(Answer::error(403, "E0000080", "The password does not meet the policy", "in history").reply())
        });
        let action = actions::named("set_password");
        let ran = Request::new(action.identifier, &server.origin(), action.parameters).run().checked();
        assert_eq!(ran.succeeded(), done, "{}", ran.stdout);
        assert_eq!(ran.outcome(), if done { "none" } else { "unknown" }, "{}", ran.stdout);
    }
}

#[test]
fn a_lost_group_is_looked_for_and_unknown_only_while_it_cannot_be_read() {
    let group =
        |kind: &str, name: &str| json!([{"id": "00gq3x7ZkT9aLmN4w5d7", "type": kind, "profile": {"name": name}}]);
    let read: [(&str, Answer, bool, &str); 6] = [
        ("there", Answer::new(200, group("OKTA_GROUP", "Night shift").to_string()), true, "none"),
        ("an app's", Answer::new(200, group("APP_GROUP", "Night shift").to_string()), false, "not_applied"),
        ("another name", Answer::new(200, group("OKTA_GROUP", "Night shift 2").to_string()), false, "not_applied"),
        ("not there", Answer::new(200, "[]"), false, "not_applied"),
        ("not to be read", Answer::error(403, "E0000006", "No", ""), false, "unknown"),
        ("no answer", Answer::new(503, ""), false, "unknown"),
    ];
    for (name, answer, done, outcome) in read {
        let (server, _world) = org(move |_, seen| if seen.method == "POST" { lost() } else { Some(answer.reply()) });
        let action = actions::named("add_group");
        let ran = Request::new(action.identifier, &server.origin(), action.parameters).timeout(30).run().checked();
        assert_eq!((ran.succeeded(), ran.outcome()), (done, outcome), "{name}: {}", ran.stdout);
        assert_eq!(server.seen().iter().filter(|seen| seen.method == "POST").count(), 1, "{name}");
    }
}

#[test]
fn a_slow_body_does_not_make_an_older_group_this_runs() {
    let group = json!([{
        "id": "00gq3x7ZkT9aLmN4w5d7",
        "type": "OKTA_GROUP",
        "created": "2026-11-24T05:23:09.000Z",
        "profile": {"name": "Night shift"},
    }]);
    let answer = Answer::new(200, group.to_string()).header("Date", "Tue, 24 Nov 2026 05:23:18 GMT").bytes();
    let (head, body) = (answer[..answer.len() - 20].to_vec(), answer[answer.len() - 20..].to_vec());
    let (server, _world) = org(move |_, seen| match seen.method.as_str() {
        "POST" => lost(),
        // 16 s on the run's clock.
        _ => Some(vec![Step::Send(head.clone()), Step::Pause(Duration::from_millis(800)), Step::Send(body.clone())]),
    });
    let action = actions::named("add_group");
    let ran = Request::new(action.identifier, &server.origin(), action.parameters).factor(20.0).run().checked();
    assert!(ran.message().contains("already exists"), "{}", ran.stdout);
    assert_eq!(ran.action()["changed"], false);
}

#[test]
fn every_request_of_an_action_that_changes_something_takes_a_fresh_connection() {
    let (server, world) = org(|_, _| None);
    world.org().response = answers("SUCCESS");
    let action = actions::named("send_push_notification");
    let ran = Request::new(action.identifier, &server.origin(), action.parameters.clone()).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    let seen = server.seen();
    assert!(seen.iter().any(|seen| action.is_main(seen)), "no challenge: {seen:?}");
    for (index, one) in seen.iter().enumerate() {
        let reused = seen[..index].iter().any(|before| before.connection == one.connection);
        assert!(!reused, "{} {} went over a connection that had been used", one.method, one.target);
    }
}

#[test]
fn an_idle_connection_closed_by_the_server_is_not_an_error() {
    for identifier in ["clear_user_sessions", "assign_role", "list_roles", "send_push_notification"] {
        let action = actions::named(identifier);
        let (server, world) = org(|world, seen| {
            let mut reply = world.answer(seen).reply();
            reply.push(Step::Close);
            Some(reply)
        });
        world.org().response = answers("SUCCESS");
        let ran = Request::new(identifier, &server.origin(), action.parameters.clone()).run().checked();
        assert!(ran.succeeded(), "{}", ran.stdout);
        assert_eq!(server.seen().iter().filter(|seen| action.is_main(seen)).count(), 1, "{identifier}");
    }
}

#[test]
fn every_request_carries_the_token_and_says_who_asks() {
    for action in actions::all() {
        let (server, world) = org(|_, _| None);
        action.prepare(&mut world.org());
        Request::new(action.identifier, &server.origin(), action.parameters.clone()).run().checked();
        for seen in server.seen() {
            let token = format!("SSWS {}", fault_server::secrets::TOKEN);
            assert_eq!(seen.header("Authorization"), Some(token.as_str()), "{}", action.identifier);
            assert_eq!(seen.header("Accept"), Some("application/json"));
            assert!(seen.header("User-Agent").is_some_and(|agent| agent.starts_with("okta-connector/")));
            let kind = (!seen.body.is_empty()).then_some("application/json");
            assert_eq!(seen.header("Content-Type"), kind, "{} {}", seen.method, seen.target);
        }
    }
}

#[test]
fn an_error_that_does_not_mention_the_users_state_is_not_a_conflict() {
    for identifier in ["disable_user", "enable_user"] {
        let action = actions::named(identifier);
        let (server, world) =
            org(|_, seen| (seen.method == "POST").then(|| Answer::error(418, "E0000999", "I am a teapot", "").reply()));
        action.prepare(&mut world.org());
        let ran = Request::new(identifier, &server.origin(), action.parameters.clone()).run().checked();
        assert_eq!((ran.kind(), ran.outcome()), ("rejected", "not_applied"), "{}", ran.stdout);
    }
}
