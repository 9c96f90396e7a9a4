//! The options of the command line: asset settings of the operator's, and an exit status for those who look
//! at nothing else.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::{Value, json};

#[path = "support/binary.rs"]
#[allow(dead_code)]
mod binary;
mod fault_server;

use binary::{Ended, Folder, TOKEN, run};
use fault_server::server::{Answer, Server};

const ID: &str = "00uq3x7ZkT9aLmN4w5d7";

fn server() -> Server {
    Server::new(|seen| match seen.header("authorization") == Some(&format!("SSWS {TOKEN}")) {
        true => Answer::new(200, format!("{{\"id\":\"{ID}\"}}")).reply(),
        false => Answer::error(401, "E0000011", "Invalid token provided", "").reply(),
    })
}

fn file(path: &Path, content: &str) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// *get user* with the asset file `asset.json` of the folder and this `config` in the request.
fn with_asset(folder: &Folder, config: Option<Value>) -> Ended {
    let mut request = json!({"action": "get user", "parameters": {"user_id": ID}});
    if let Some(config) = config {
        request["config"] = config;
    }
    run(&["--asset", folder.join("asset.json").to_str().unwrap()], request.to_string())
}

fn message(ended: &Ended) -> String {
    ended.result()["message"].as_str().unwrap().to_owned()
}

#[test]
fn an_asset_file_takes_the_place_of_config_and_its_secret_may_have_a_file_of_its_own() {
    let (server, folder) = (server(), Folder::new("asset"));
    file(&folder.join("asset.json"), &json!({"base_url": server.origin(), "api_key": TOKEN}).to_string());
    assert_eq!(with_asset(&folder, None).status, Some(0));
    // As Kubernetes mounts it: a link to a link, and a line break at the end.
    file(&folder.join("data"), &format!("{TOKEN}\n"));
    symlink("data", folder.join("..data")).unwrap();
    symlink("..data", folder.join("token")).unwrap();
    let token = folder.join("token");
    file(&folder.join("asset.json"), &json!({"base_url": server.origin(), "api_key_file": token}).to_string());
    for config in [None, Some(json!({})), Some(json!({"base_url": server.origin(), "timeout_seconds": 20}))] {
        let ended = with_asset(&folder, config);
        assert_eq!(ended.status, Some(0), "{}", ended.stdout);
    }
}

#[test]
fn a_request_adds_to_the_asset_file_and_changes_nothing_in_it() {
    let (server, folder) = (server(), Folder::new("asset_adds"));
    let asset =
        json!({"base_url": server.origin(), "api_key": TOKEN, "timeout_seconds": 100, "verify_server_cert": true});
    file(&folder.join("asset.json"), &asset.to_string());
    for (name, value) in [
        ("base_url", json!("http://127.0.0.1:9")),
        ("api_key", json!("00fake-token-of-a-request")),
        ("timeout_seconds", json!(200)),
        ("verify_server_cert", json!(false)),
    ] {
        let ended = with_asset(&folder, Some(json!({name: value})));
        assert_eq!((ended.status, &ended.result()["error"]["kind"]), (Some(2), &json!("invalid_request")), "{name}");
        assert!(message(&ended).contains(&format!("`config.{name}`")), "{}", ended.stdout);
        assert!(!ended.stdout.contains("00fake-token-of"), "{}", ended.stdout);
    }
    // What means the same, or nothing, is no change.
    let same = json!({"timeout_seconds": "100", "verify_server_cert": "TRUE", "api_key": "", "base_url": null});
    assert_eq!(with_asset(&folder, Some(same)).status, Some(0));
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_request_cannot_add_where_the_token_goes_or_who_is_trusted() {
    let (server, folder) = (server(), Folder::new("asset_fixed"));
    let asset = folder.join("asset.json");
    file(&asset, &json!({"base_url": server.origin(), "api_key": TOKEN}).to_string());
    for (name, value) in [
        ("verify_server_cert", json!(false)),
        ("ca_bundle", json!("/tmp/ca.pem")),
        ("org_url", json!("https://example.okta.com")),
    ] {
        let ended = with_asset(&folder, Some(json!({name: value})));
        assert_eq!((ended.status, &ended.result()["error"]["kind"]), (Some(2), &json!("invalid_request")), "{name}");
        assert!(message(&ended).contains(&format!("`config.{name}` cannot be added")), "{}", ended.stdout);
    }
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let request =
            json!({"action": "get user", "parameters": {"user_id": ID}, "environment_variables": {name: "/tmp/x"}});
        let ended = run(&["--asset", asset.to_str().unwrap()], request.to_string());
        assert_eq!(ended.status, Some(2), "{}", ended.stdout);
    }
    file(&asset, &json!({"api_key": TOKEN}).to_string());
    assert_eq!(with_asset(&folder, Some(json!({"base_url": server.origin()}))).status, Some(2));
    assert_eq!(server.requests(), 0);
}

#[test]
fn an_unusable_asset_file_is_refused_with_what_is_wrong() {
    let (server, folder) = (server(), Folder::new("asset_unusable"));
    let asset = folder.join("asset.json");
    let token = folder.join("token");
    file(&token, TOKEN);
    let refused = |says: &str| {
        let ended = with_asset(&folder, None);
        assert_eq!((ended.status, &ended.result()["error"]["kind"]), (Some(2), &json!("invalid_request")), "{says}");
        assert!(message(&ended).contains(says), "{says}: {}", ended.stdout);
    };
    refused("No such file");
    file(&asset, "{\"base_url\":");
    refused("asset.json");
    file(&asset, "[]");
    refused("unusable: it must be a JSON object, not an array");
    file(&asset, &json!({"base_url": server.origin(), "api_kee": TOKEN}).to_string());
    refused("did you mean `api_key`");
    file(&asset, &json!({"base_url": server.origin(), "api_key": TOKEN, "api_key_file": token}).to_string());
    refused("not both");
    file(&asset, &json!({"base_url": server.origin(), "api_key": TOKEN}).to_string());
    fs::set_permissions(&asset, fs::Permissions::from_mode(0o620)).unwrap();
    refused("writable by the group or others");
    file(&asset, &json!({"base_url": server.origin(), "api_key_file": token}).to_string());
    fs::set_permissions(&token, fs::Permissions::from_mode(0o602)).unwrap();
    refused("writable by the group or others");
    file(&token, &"x".repeat(16 * 1024 + 1));
    refused("larger than 16 KiB");
    file(&asset, &json!({"base_url": server.origin(), "api_key_file": "/dev/null"}).to_string());
    refused("not a regular file");
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_request_cannot_name_a_file_with_a_secret() {
    let (server, folder) = (server(), Folder::new("asset_request"));
    file(&folder.join("token"), TOKEN);
    file(&folder.join("asset.json"), &json!({"base_url": server.origin(), "api_key": TOKEN}).to_string());
    let config = json!({"base_url": server.origin(), "api_key_file": folder.join("token")});
    let request = json!({"action": "get user", "parameters": {"user_id": ID}, "config": config}).to_string();
    for ended in [run(&[], request), with_asset(&folder, Some(config))] {
        assert_eq!(ended.status, Some(2));
        assert!(message(&ended).contains("`config.api_key_file` is only allowed in an asset file"), "{}", ended.stdout);
    }
    assert_eq!(server.requests(), 0);
}

#[test]
fn with_exit_zero_every_whole_result_has_exit_status_zero() {
    let server = server();
    let config = json!({"base_url": server.origin(), "api_key": "00fake-token-for-tests"});
    let refused = json!({"action": "get user", "parameters": {"user_id": ID}, "config": config}).to_string();
    for (input, status) in [(refused.as_str(), 1), ("{", 2), ("", 2)] {
        let (plain, zero) = (run(&[], input), run(&["--exit-zero"], input));
        assert_eq!((plain.status, zero.status), (Some(status), Some(0)), "{input}");
        assert_eq!(zero.result()["status"], "failed");
    }
}

#[test]
fn with_exit_zero_half_a_result_has_none() {
    let server = server();
    let config = json!({"base_url": server.origin(), "api_key": TOKEN});
    let request = json!({"action": "get user", "parameters": {"user_id": ID}, "config": config}).to_string();
    let full = fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let mut child = binary::command(&["--exit-zero"]).stdout(full).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), request.as_bytes()).unwrap();
    assert_eq!(binary::wait(child, String::new()).status, Some(1));
}
