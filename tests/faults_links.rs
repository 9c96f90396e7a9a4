//! Where the token goes: links, redirects, gateways, and the ways to name a host.

mod fault_server;

use std::net::{IpAddr, Ipv6Addr};

use fault_server::actions::named;
use fault_server::okta::{LOGIN, World, builder, org, org_by, start};
use fault_server::runner::Request;
use fault_server::server::{Answer, Seen, Server};
use serde_json::json;

/// A server that must never be asked.
fn stranger() -> Server {
    Server::new(|_| Answer::new(200, "[]").reply())
}

#[test]
fn a_next_link_to_another_origin_is_never_followed() {
    let elsewhere = stranger();
    let port = elsewhere.port();
    for link in [
        format!("http://127.0.0.1:{port}/api/v1/users?after=x"),
        format!("http://localhost:{port}/api/v1/users?after=x"),
        format!("//127.0.0.1:{port}/api/v1/users?after=x"),
        format!("https://127.0.0.1:{port}/api/v1/users?after=x"),
        "http://{host}@127.0.0.1:{port}/api/v1/users".replace("{port}", &port.to_string()),
        format!("http://127.0.0.1:{port}\\@{{host}}/api/v1/users"),
        "http://{host}.evil.example.test/api/v1/users".to_owned(),
        "ftp://{host}/api/v1/users".to_owned(),
        "api/v1/users?after=x".to_owned(),
        String::new(),
    ] {
        let sent = link.clone();
        let server = Server::new(move |seen| {
            let link = sent.replace("{host}", seen.header("host").unwrap());
            Answer::new(200, "[{\"id\":\"a\"}]").header("Link", format!("<{link}>; rel=\"next\"")).reply()
        });
        let ran = Request::new("list_users", &server.origin(), json!({})).run().checked();
        assert_eq!((ran.kind(), server.requests()), ("protocol", 1), "{link}: {}", ran.stdout);
        assert_eq!(elsewhere.connections(), 0, "{link}");
    }
}

#[test]
fn a_next_link_is_followed_byte_for_byte() {
    let after = "/api/v1/users?after=a%2Bb%2Fc%3D%3D%7e,x;y&limit=2&filter=a%20eq%20%22b%22";
    let server = Server::new(move |seen| {
        let host = seen.header("host").unwrap();
        match seen.target.contains("after=") {
            true => Answer::new(200, "[]"),
            // All relations in one header, as proxies fold them.
            false => Answer::new(200, "[]").header(
                "Link",
                format!(
                    "<http://{host}{}>; rel=\"self\", <http://{host}{after}>; title=\"a, <b>\"; rel=\"next\"",
                    seen.target
                ),
            ),
        }
        .reply()
    });
    let ran = Request::new("list_users", &server.origin(), json!({})).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(server.seen()[1].target, after);
}

#[test]
fn poll_and_cancel_links_to_another_origin_are_never_followed() {
    let elsewhere = stranger();
    for link in ["poll", "cancel"] {
        let foreign = format!("{}/api/v1/x", elsewhere.origin());
        let (server, world) = org(move |world: &mut World, seen: &Seen| {
            let mut answer = world.answer(seen);
            if seen.path().ends_with("/verify") || seen.path().contains("/transactions/") {
                let mut body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
                body["_links"][link]["href"] = json!(foreign);
                answer.body = body.to_string().into_bytes();
            }
            Some(answer.reply())
        });
        let action = named("send_push_notification");
        let ran = Request::new(action.identifier, &server.origin(), action.parameters).run().checked();
        assert_eq!((ran.kind(), elsewhere.connections()), ("protocol", 0), "{link}: {}", ran.stdout);
        // Without a poll link the challenge is still called off; without a cancel link it goes on.
        let outcome = if link == "poll" { "not_applied" } else { "unknown" };
        assert_eq!(ran.outcome(), outcome, "{link}: {}", ran.stdout);
        assert_eq!(world.org().challenges.len(), 1);
    }
}

#[test]
fn redirects_of_reads_are_followed_at_most_five_times() {
    for (redirects, done) in [(1, true), (5, true), (6, false)] {
        let mut count = 0;
        // Where it leads is no address that Okta describes.
        let (server, _world) = start(builder().verify(false).hook(move |world, seen| {
            count += 1;
            let to = format!("/api/v1/users/{LOGIN}?try={count}&after=a%2Bb");
            (count <= redirects)
                .then(|| Answer::new(302, "").header("Location", to).reply())
                .or_else(|| Some(world.answer(seen).reply()))
        }));
        let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).run().checked();
        assert_eq!(ran.succeeded(), done, "{redirects}: {}", ran.stdout);
        assert_eq!(server.requests(), 1 + redirects.min(5), "{redirects}");
        if !done {
            assert_eq!(ran.kind(), "protocol");
            assert!(ran.message().contains(&format!("/api/v1/users/{LOGIN}")), "{}", ran.message());
        }
    }
}

#[test]
fn the_orgs_links_are_requested_through_the_gateway() {
    let cases = [
        ("an org of Okta's own", "/gw/okta", None, "https://acme.okta.com", true),
        ("another org of Okta's own", "/gw", None, "https://acme.okta-emea.com", true),
        ("a domain of the org's, told", "", Some("https://id.example.com"), "https://id.example.com", true),
        (
            "a domain of the org's, told, with a path",
            "/gw",
            Some("https://id.example.com"),
            "https://id.example.com",
            true,
        ),
        ("a domain of the org's, not told", "", None, "https://id.example.com", false),
        ("another than told", "/gw", Some("https://id.example.com"), "https://acme.okta.com", false),
        ("no gateway at all", "", None, "https://acme.okta.com", false),
        ("a look-alike", "/gw", None, "https://acme.okta.com.example.test", false),
        ("without TLS", "/gw", None, "http://acme.okta.com", false),
    ];
    for (name, path, org_url, linked, followed) in cases {
        let next = "/api/v1/users?after=a%2Bb,;c&limit=200";
        let server = Server::new(move |seen| match seen.target.contains("after=") {
            true => Answer::new(200, "[{\"id\":\"b\"}]").reply(),
            false => {
                Answer::new(200, "[{\"id\":\"a\"}]").header("Link", format!("<{linked}{next}>; rel=\"next\"")).reply()
            }
        });
        let mut request = Request::new("list_users", &format!("{}{path}/", server.origin()), json!({}));
        if let Some(org_url) = org_url {
            request = request.config("org_url", org_url);
        }
        let ran = request.run().checked();
        let targets: Vec<String> = server.seen().into_iter().map(|seen| seen.target).collect();
        assert_eq!(targets[0], format!("{path}/api/v1/users?limit=200"), "{name}");
        assert_eq!(ran.succeeded(), followed, "{name}: {}", ran.stdout);
        assert_eq!(targets.get(1).cloned(), followed.then(|| format!("{path}{next}")), "{name}");
        if !followed {
            assert_eq!(ran.kind(), "protocol", "{name}");
            assert_eq!(ran.data().len(), 1, "{name}: the page before the link is whole");
        }
    }
}

#[test]
fn a_gateway_learns_the_org_from_the_self_link_of_its_own_request() {
    for (name, own, followed) in [("its own", "/api/v1/users?limit=200", true), ("another", "/api/v1/groups", false)] {
        let server = Server::new(move |seen| {
            let answer = Answer::new(200, "[]");
            match seen.target.contains("after=") {
                true => answer,
                false => answer
                    .header("Link", format!("<https://id.example.com{own}>; rel=\"self\""))
                    .header("Link", "<https://id.example.com/api/v1/users?after=1>; rel=\"next\""),
            }
            .reply()
        });
        let ran = Request::new("list_users", &format!("{}/gw", server.origin()), json!({})).run().checked();
        assert_eq!(ran.succeeded(), followed, "{name}: {}", ran.stdout);
    }
}

#[test]
fn a_push_behind_a_gateway_polls_and_cancels_through_it() {
    // Okta describes no gateway.
    let (server, world) = start(builder().verify(false).hook(|world: &mut World, seen: &Seen| {
        world.origin = "https://acme.okta.com".to_owned();
        let target = seen.target.strip_prefix("/gw").expect("through the gateway").to_owned();
        Some(world.answer(&Seen { target, ..seen.clone() }).reply())
    }));
    let action = named("send_push_notification");
    let ran = Request::new(action.identifier, &format!("{}/gw", server.origin()), action.parameters)
        .config("wait_seconds", 10)
        .run()
        .checked();
    assert_eq!(ran.kind(), "timeout", "{}", ran.stdout);
    let world = world.org();
    assert!(world.polls > 0 && world.cancelled == 1, "{} polls, {} cancelled", world.polls, world.cancelled);
}

#[test]
fn an_ipv6_address_is_a_host() {
    let localhost = IpAddr::V6(Ipv6Addr::LOCALHOST);
    if std::net::TcpListener::bind((localhost, 0)).is_err() {
        return; // a machine without IPv6
    }
    let (server, _world) = org_by(|script| Server::on(localhost, script), |_, _| None);
    assert!(server.origin().starts_with("http://[::1]:"));
    let ran = Request::new("get_user", &server.origin(), json!({"user_id": LOGIN})).run().checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
}

#[test]
fn a_host_whose_first_address_is_dead_is_reached_at_the_next() {
    use std::net::ToSocketAddrs;
    let addresses: Vec<_> = ("localhost", 1).to_socket_addrs().expect("localhost").map(|a| a.ip()).collect();
    // Listens on the last one only; nothing listens on the first, where there are several.
    let last = *addresses.last().expect("an address");
    let (server, _world) = org_by(|script| Server::on(last, script), |_, _| None);
    let base_url = format!("http://localhost:{}", server.port());
    let ran = Request::new("get_user", &base_url, json!({"user_id": LOGIN})).run().checked();
    assert!(ran.succeeded(), "{addresses:?}: {}", ran.stdout);
}
