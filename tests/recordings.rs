//! What `record` writes down: a run that can be replayed, and nothing that is a secret.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

mod fault_server;

use fault_server::secrets::{TOKEN, traces};
use fault_server::server::{Answer, Reply, Seen, Server};

/// A name that is not there yet.
fn file() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("recording-{}-{}.json", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    std::env::temp_dir().join(name)
}

/// Records this request against an org that answers so; the recording, and its text.
fn record(mut request: Value, answer: impl FnMut(&Seen) -> Reply + Send + 'static) -> (Value, String) {
    let server = Server::new(answer);
    request["config"]["base_url"] = json!(server.origin());
    request["config"]["api_key"] = json!(TOKEN);
    let path = file();
    let mut child = Command::new(env!("CARGO_BIN_EXE_okta-connector"))
        .arg("record")
        .arg(&path)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
    let _ = fs::remove_file(&path);
    assert!(traces(&text, TOKEN).is_empty(), "{text}");
    (serde_json::from_str(&text).unwrap(), text)
}

#[test]
fn a_request_is_recorded_without_what_may_be_a_secret() {
    let request = json!({
        "action": "set password",
        "asset_id": "asset-word-1",
        "api_key": "top-word-1",
        "config": {"app_version": "1.0", "api_kee": "config-word-1", "timeout_seconds": 20, "pin": 12345678},
        "parameters": [
            {"id": "ada", "new_password": 98765432, "context": {"password": "context-word-1", "guid": "kept"}},
            {"id": "ada", "new_pasword": "misspelt-word-1", "passwort": 24682468, "x": {"y": ["nested-word-1"]}},
        ],
        "environment_variables": {
            "HTTPS_PROXY": {"type": "string", "value": "http://u:proxy-word-1@127.0.0.1:1"},
            "ftp_proxy": "ftp://u:proxy-word-2@127.0.0.1:1",
            "VAULT_ADDRESS": "https://x:vault-word-1@vault.example.test",
            "NO_PROXY": "kept.example.test",
        },
    });
    let (recorded, text) = record(request, |_| Answer::new(200, json!({"id": "00u1"}).to_string()).reply());
    for secret in ["word-1", "word-2", "98765432", "24682468", "12345678"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let request = &recorded["request"];
    assert_eq!(request["parameters"][0]["id"], "ada");
    assert_eq!(request["parameters"][0]["context"]["guid"], "kept");
    assert_eq!(request["config"]["timeout_seconds"], 20);
    assert_eq!(request["environment_variables"]["NO_PROXY"], "kept.example.test");
    assert_eq!(request["environment_variables"]["HTTPS_PROXY"]["type"], "string");
}

#[test]
fn answers_are_recorded_without_members_that_hold_secrets() {
    let user = json!({
        "id": "00u1",
        "profile": {"login": "ada"},
        "credentials": {
            "password": {"value": "word-1", "hash": {"salt": "word-2", "workFactor": 10101010}},
            "recovery_question": {"question": "kept", "answer": "word-3"},
        },
        "deep": [{"passCode": 11111111, "tempPassword": "word-4", "clientSecret": "word-5", "client_secret": "word-6"}],
        "passwordChanged": "2026-06-01T07:00:00.000Z",
        "_links": {"resetPassword": {"href": "https://example.test/kept", "method": "POST"}},
    });
    let body = user.to_string();
    let (recorded, text) =
        record(json!({"action": "get user", "config": {}, "parameters": {"user_id": "ada"}}), move |_| {
            Answer::new(200, body.clone()).reply()
        });
    for secret in ["word-", "10101010", "11111111"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let kept = &recorded["exchanges"][0]["response"]["body"];
    assert_eq!(kept["credentials"]["recovery_question"]["question"], "kept");
    assert_eq!(kept["passwordChanged"], user["passwordChanged"]);
    assert_eq!(kept["_links"], user["_links"]);
    assert_eq!(recorded["expected"]["action_result"]["data"][0], *kept);
    // The message about another object than the one requested quotes the body.
    let body = user.to_string();
    let (_, text) = record(json!({"action": "get user", "config": {}, "parameters": {"user_id": "bob"}}), move |_| {
        Answer::new(200, body.clone()).reply()
    });
    assert!(text.contains("describes a different object"), "{text}");
    for secret in ["word-", "10101010", "11111111"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn bodies_that_are_no_json_and_headers_are_gone_through() {
    let password = "Set-by-this-run-1";
    let request =
        json!({"action": "set password", "config": {}, "parameters": {"id": "ada", "new_password": password}});
    let (_, text) = record(request, move |_| {
        let body =
            format!("<p>{password} {TOKEN}</p> {{\"resetPasswordUrl\": \"https://x/word-1\", \"answer\":\"cut word-2");
        Answer::new(302, body)
            .header("Location", format!("https://example.test/{password}?stateToken=word-3&after=kept"))
            .header("Link", "<https://example.test/a?token=word-4>; rel=\"self\"")
            .reply()
    });
    for secret in [password, "word-"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("after=kept"), "{text}");
}

#[test]
fn the_password_of_one_set_is_in_no_other_sets_exchange() {
    let sets =
        json!([{"id": "ada", "new_password": "First-of-two-1"}, {"id": "bob", "new_password": "Second-of-two-2"}]);
    let request = json!({"action": "set password", "config": {}, "parameters": sets});
    let (_, text) =
        record(request, |_| Answer::error(403, "E0000080", "First-of-two-1 and Second-of-two-2 were used", "").reply());
    assert!(!text.contains("of-two"), "{text}");
}
