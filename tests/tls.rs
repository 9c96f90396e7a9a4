//! Who the server is: certificates that are trusted and those that are not, and handshakes that fail.

mod fault_server;

use std::path::PathBuf;

use fault_server::actions::{self, Class, named};
use fault_server::certificates::{Authority, Flaw};
use fault_server::okta::{LOGIN, Running, changes, org_by};
use fault_server::runner::{Ran, Request};
use fault_server::server::{Answer, Greeting, Server, Step};
use serde_json::json;

const LOCALHOST: std::net::IpAddr = std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// A file of this test run.
fn file(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

fn get_user(server: &Server) -> Request {
    Request::new("get_user", &server.origin(), json!({"user_id": LOGIN}))
}

fn org(authority: &Authority, flaw: Flaw) -> Running {
    let config = authority.server(flaw);
    org_by(|script| Server::tls(config, script), |_, _| None).0
}

/// A store that trusts somebody else, so that the machine's own is not asked.
fn others_store() -> String {
    file("other.pem", &Authority::new("Another CA").pem()).display().to_string()
}

#[track_caller]
fn verified(ran: Ran, server: &Server) {
    let ran = ran.checked();
    assert!(ran.succeeded(), "{}", ran.stdout);
    assert_eq!(server.requests(), 1);
    assert!(ran.action()["warnings"].is_null(), "{}", ran.stdout);
}

#[test]
fn an_authority_of_the_asset_is_trusted_as_text_and_as_file() {
    let authority = Authority::new("Inspection CA");
    let both = format!("{}{}", Authority::new("Another CA").pem(), authority.pem());
    let path = file("bundle.pem", &both).display().to_string();
    for bundle in [authority.pem(), both, path] {
        let server = org(&authority, Flaw::None);
        verified(get_user(&server).config("ca_bundle", bundle.as_str()).run(), &server);
    }
}

#[test]
fn an_authority_of_the_environment_is_trusted() {
    let authority = Authority::new("Inspection CA");
    let path = file("store.pem", &authority.pem()).display().to_string();
    let folder = file("store/ca.pem.d", "").with_file_name("certificates");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a1b2c3d4.0"), authority.pem()).unwrap();
    std::fs::write(folder.join("README"), "no certificate").unwrap();
    let folder = folder.display().to_string();
    for (name, value) in [("SSL_CERT_FILE", &path), ("SSL_CERT_DIR", &folder)] {
        let server = org(&authority, Flaw::None);
        verified(get_user(&server).variable(name, value.as_str()).run(), &server);
        let server = org(&authority, Flaw::None);
        verified(get_user(&server).process_variable(name, value.as_str()).run(), &server);
    }
    // The request's variables go before the process's.
    let server = org(&authority, Flaw::None);
    let ran = get_user(&server).process_variable("SSL_CERT_FILE", others_store()).variable("SSL_CERT_FILE", path).run();
    verified(ran, &server);
}

#[test]
fn the_assets_bundle_adds_to_the_environments_store() {
    let authority = Authority::new("Inspection CA");
    let server = org(&authority, Flaw::None);
    let ran = get_user(&server).variable("SSL_CERT_FILE", others_store()).config("ca_bundle", authority.pem()).run();
    verified(ran, &server);
}

#[test]
fn a_certificate_that_is_not_to_be_trusted_is_named_and_never_tried_again() {
    let authority = Authority::new("Inspection CA");
    let cases = [
        (
            Flaw::None,
            false,
            &["untrusted authority", "Inspection CA", "Example Inspection", "The org of the tests"][..],
        ),
        (Flaw::Expired, true, &["expired", "Inspection CA"][..]),
        (Flaw::Early, true, &["not valid yet", "Inspection CA"][..]),
        (Flaw::OtherHost, true, &["not valid for localhost", "Inspection CA"][..]),
    ];
    for (flaw, trusted, words) in cases {
        for action in actions::all() {
            let server = org(&authority, flaw);
            let request = Request::new(action.identifier, &server.origin(), action.parameters.clone());
            let request = request.variable("SSL_CERT_FILE", others_store());
            let request = if trusted { request.config("ca_bundle", authority.pem()) } else { request };
            let ran = request.run().checked();
            assert_eq!(ran.kind(), "tls", "{flaw:?}: {}", ran.stdout);
            let outcome = if action.class == Class::Read { "none" } else { "not_applied" };
            assert_eq!((ran.outcome(), &ran.error()["retryable"]), (outcome, &json!(false)));
            for words in words {
                assert!(ran.message().contains(words), "{flaw:?}: {words}: {}", ran.message());
            }
            assert_eq!((server.connections(), server.requests()), (1, 0), "{flaw:?}: never tried again");
        }
    }
}

#[test]
fn a_server_that_does_not_speak_tls_is_reported() {
    let answers: [&[u8]; 3] = [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
        b"220 mail.example.test ESMTP\r\n",
    ];
    for answer in answers {
        let server = Server::with(LOCALHOST, None, |_| Greeting::Speak(answer.to_vec()), |_| Vec::new());
        let base_url = format!("https://127.0.0.1:{}", server.port());
        let action = named("disable_user");
        let ran = Request::new(action.identifier, &base_url, action.parameters).run().checked();
        assert_eq!((ran.kind(), ran.outcome(), server.connections()), ("tls", "not_applied", 1), "{}", ran.stdout);
        assert!(ran.message().contains("does not speak TLS"), "{}", ran.message());
    }
}

#[test]
fn a_handshake_that_is_cut_off_is_tried_again_but_not_for_long() {
    let authority = Authority::new("Inspection CA");
    for (cuts, done) in [(2, true), (usize::MAX, false)] {
        let config = authority.server(Flaw::None);
        let greet = move |number| if number < cuts { Greeting::Close } else { Greeting::Serve };
        let (server, world) = org_by(|script| Server::with(LOCALHOST, Some(config), greet, script), |_, _| None);
        let action = named("add_group");
        let ran = Request::new(action.identifier, &server.origin(), action.parameters)
            .config("ca_bundle", authority.pem())
            .run()
            .checked();
        assert_eq!(ran.succeeded(), done, "{}", ran.stdout);
        assert_eq!(server.connections(), 3);
        assert_eq!(changes(&world.org()), usize::from(done));
        if !done {
            assert_eq!((ran.kind(), ran.outcome()), ("network", "not_applied"), "{}", ran.stdout);
        }
    }
}

#[test]
fn a_handshake_that_is_never_answered_ends_in_time() {
    let config = Authority::new("Inspection CA").server(Flaw::None);
    let server = Server::with(LOCALHOST, Some(config), |_| Greeting::Stall, |_| Vec::new());
    let action = named("disable_user");
    let ran = Request::new(action.identifier, &server.origin(), action.parameters).run().checked();
    assert_eq!((ran.kind(), ran.outcome()), ("network", "not_applied"), "{}", ran.stdout);
    assert!(ran.spent.as_secs() < 100, "{:?}: minutes for a host that never answered", ran.spent);
}

#[test]
fn a_server_that_is_not_verified_works_and_is_warned_of() {
    let authority = Authority::new("Inspection CA");
    for flaw in [Flaw::None, Flaw::Expired, Flaw::OtherHost] {
        let server = org(&authority, flaw);
        let ran = get_user(&server).config("verify_server_cert", false).run().checked();
        assert!(ran.succeeded() && server.requests() == 1, "{}", ran.stdout);
        assert!(ran.warnings().contains("not verified"), "{}", ran.stdout);
        assert!(ran.stderr.contains("not verified"), "{}", ran.stderr);
        assert!(ran.message().starts_with("Found user"), "the message stays: {}", ran.message());
    }
}

#[test]
fn an_unreadable_trust_store_is_never_ignored() {
    let authority = Authority::new("Inspection CA");
    let empty = file("empty.pem", "no certificate\n").display().to_string();
    for (name, value) in [
        ("SSL_CERT_FILE", "/nonexistent/store.pem"),
        ("SSL_CERT_FILE", empty.as_str()),
        ("SSL_CERT_DIR", "/nonexistent"),
    ] {
        let server = org(&authority, Flaw::None);
        let ran = get_user(&server).variable(name, value).run().checked();
        assert_eq!((ran.kind(), server.requests()), ("tls", 0), "{value}: {}", ran.stdout);
        assert!(ran.message().contains(value), "{value}: {}", ran.message());
    }
    for bundle in ["/nonexistent/ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let server = org(&authority, Flaw::None);
        let ran = get_user(&server).config("ca_bundle", bundle).run().checked();
        assert!(!ran.succeeded() && server.requests() == 0, "{bundle}: {}", ran.stdout);
    }
}

/// Whether a list whose first answer is `cut`, without TLS's own end, is asked for again.
#[track_caller]
fn asked_again_after(cut: Vec<u8>) {
    let authority = Authority::new("Inspection CA");
    let config = authority.server(Flaw::None);
    let mut hits = 0;
    let (server, _world) = org_by(
        |script| Server::tls(config, script),
        move |_, _| {
            hits += 1;
            (hits == 1).then(|| vec![Step::Send(cut.clone()), Step::Close])
        },
    );
    let request = Request::new("list_users", &server.origin(), json!({})).config("ca_bundle", authority.pem());
    let ran = request.run().checked();
    assert!(ran.succeeded() && server.requests() == 2, "{}", ran.stdout);
}

#[test]
fn a_response_cut_off_inside_tls_is_requested_again() {
    let bytes = Answer::new(200, json!([{"id": "a"}, {"id": "b"}]).to_string()).bytes();
    asked_again_after(bytes[..bytes.len() - 5].to_vec());
    asked_again_after(bytes[..100].to_vec());
    asked_again_after(Vec::new());
}

#[test]
fn an_answer_without_a_length_ends_with_tlss_own_end_only() {
    let head = Answer::new(200, "").header("Connection", "close").head();
    asked_again_after([&head[..], b"\r\n[{\"id\":\"a\"}"].concat());
}

#[test]
fn all_actions_work_over_tls_on_kept_connections() {
    let authority = Authority::new("Inspection CA");
    for action in actions::all() {
        let config = authority.server(Flaw::None);
        let (server, world) = org_by(|script| Server::tls(config, script), |_, _| None);
        action.prepare(&mut world.org());
        let ran = Request::new(action.identifier, &server.origin(), action.parameters.clone())
            .config("ca_bundle", authority.pem())
            .run()
            .checked();
        assert!(ran.succeeded(), "{}", ran.stdout);
        // Every request of an action that changes something goes over a connection of its own.
        let most = if action.class == Class::Read { 2 } else { server.requests() };
        assert!(server.connections() <= most, "{}: {}", action.identifier, server.connections());
        assert!(server.seen().iter().all(|seen| seen.tls));
    }
}

/// Whoever writes the request must not be able to hold the process, or fill its memory.
#[test]
fn certificates_come_from_regular_files_of_a_bounded_size() {
    let fifo = file("fifo.pem", "");
    std::fs::remove_file(&fifo).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let huge = file("huge.pem", "");
    std::fs::File::options().write(true).open(&huge).unwrap().set_len(17 << 20).unwrap();
    for (path, says) in [(&fifo, "regular file"), (&huge, "16 MiB"), (&PathBuf::from("/dev/zero"), "regular file")] {
        let path = path.display().to_string();
        let server = org(&Authority::new("Inspection CA"), Flaw::None);
        let ran = get_user(&server).config("ca_bundle", path.as_str()).run().checked();
        assert_eq!(ran.kind(), "invalid_request", "{path}: {}", ran.stdout);
        assert!(ran.message().contains(says), "{path}: {}", ran.stdout);
        let ran = get_user(&server).variable("SSL_CERT_FILE", path.as_str()).run().checked();
        assert_eq!(ran.kind(), "tls", "{path}: {}", ran.stdout);
        assert!(ran.message().contains(says), "{path}: {}", ran.stdout);
    }
}
