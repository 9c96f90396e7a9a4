//! What engineers use: replay, record, and what is generated.

use std::fs;
use std::path::Path;

use insta::{assert_snapshot, with_settings};
use serde_json::{Value, json};

use super::binary::{Folder, TOKEN, request, run};
use super::org::{Org, exchange};

/// Snapshots are beside the suites, not beside this file.
fn shown(name: &str, text: &str) {
    with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        assert_snapshot!(name, text);
    });
}

#[test]
fn help_is_as_it_should_be() {
    for (arguments, name) in
        [(&["--help"][..], "help"), (&["replay", "--help"], "help_replay"), (&["record", "--help"], "help_record")]
    {
        let ended = run(arguments, "");
        assert_eq!((ended.status, ended.stderr.as_str()), (Some(0), ""), "{name}");
        shown(name, &ended.stdout);
    }
}

#[test]
fn the_version_is_the_packages() {
    let ended = run(&["--version"], "");
    assert_eq!((ended.status, ended.stdout), (Some(0), format!("okta-connector {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn wrong_arguments_are_status_two_and_leave_stdout_empty() {
    for arguments in
        [&["frobnicate"][..], &["--frobnicate"], &["replay"], &["record"], &["replay", "--check", "--update", "x"]]
    {
        let ended = run(arguments, "");
        assert_eq!((ended.status, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!ended.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn manifest_and_schemas_are_printed_as_they_are_committed() {
    let file = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    assert_eq!(run(&["manifest"], "").stdout, file("app.json"));
    let names = run(&["schema"], "").stdout;
    assert_eq!(names.lines().count(), 2 + 3 * okta_connector::actions::TABLE.len());
    for name in names.lines() {
        assert_eq!(run(&["schema", name], "").stdout, file(&format!("schemas/{name}.json")), "{name}");
    }
    let unknown = run(&["schema", "frobnicate"], "");
    assert_eq!((unknown.status, unknown.stdout.as_str()), (Some(1), ""));
}

#[test]
fn generate_check_finds_nothing_to_do() {
    let ended = run(&["generate", "--check"], "");
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn generate_check_names_what_has_drifted_and_the_command() {
    let folder = Folder::new("drifted");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"), folder.join("README.md")).unwrap();
    let place = folder.to_str().unwrap();
    let ended = run(&["generate", "--check", place], "");
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.stdout.contains("app.json is out of date") && ended.stderr.contains("cargo run -- generate"),
        "{ended:?}"
    );
    assert!(!folder.join("app.json").exists());
    assert_eq!(run(&["generate", place], "").status, Some(0));
    assert_eq!(run(&["generate", "--check", place], "").status, Some(0));
}

/// A fixture of *disable user* with this recording and, maybe, expectation. The order of the
/// members of a result is a part of the protocol: it is text.
fn fixture(path: &Path, exchanges: &Value, expected: Option<&str>) {
    let request = request("https://example.okta.com", "disable user", json!({"id": "ada"}));
    let expected = expected.map(|json| format!(",\n\"expected\": {json}")).unwrap_or_default();
    let description = "\"description\": \"Made by a test\"";
    let text = format!("{{{description},\n\"request\": {request},\n\"exchanges\": {exchanges}{expected}}}\n");
    fs::write(path, text).unwrap();
}

fn suspended() -> Value {
    let sent = json!({"method": "POST", "path": "/api/v1/users/ada/lifecycle/suspend"});
    json!({"request": sent, "response": {"status": 200, "body": {}}})
}

const DISABLED: &str = r#"{"identifier":"disable_user","action_result":{"parameter":{"id":"ada"},"data":[],"summary":{},"status":"success","message":"Disabled user \"ada\"","changed":true,"stats":{"requests":1,"retries":0,"waited_seconds":0}},"summary":{"total_objects":1,"total_objects_successful":1},"status":"success","message":"1 action succeeded","protocol":1}"#;

#[test]
fn replay_prints_the_result_with_its_exit_status() {
    let folder = Folder::new("replay");
    let path = folder.join("case.json");
    fixture(&path, &json!([suspended()]), None);
    let ended = run(&["replay", path.to_str().unwrap()], "");
    assert_eq!((ended.status, ended.stdout.trim_end(), ended.stderr.as_str()), (Some(0), DISABLED, ""));
}

#[test]
fn replay_check_shows_what_differs_counts_and_fails() {
    let folder = Folder::new("check");
    let cases = folder.join("cases");
    fs::create_dir_all(cases.join("below")).unwrap();
    let other =
        DISABLED.replace("user \\\"ada\\\"", "somebody else").replace("_successful\":1", "_successful\":1,\"more\":1");
    fixture(&cases.join("bad.json"), &json!([suspended()]), Some(&other));
    fixture(&cases.join("below/good.json"), &json!([suspended()]), Some(DISABLED));
    fixture(
        &cases.join("order.json"),
        &json!([suspended()]),
        Some(&serde_json::from_str::<Value>(DISABLED).unwrap().to_string()),
    );
    let single = folder.join("missing.json");
    fixture(&single, &json!([suspended()]), None);
    let ended = run(&["replay", "--check", cases.to_str().unwrap(), single.to_str().unwrap()], "");
    assert_eq!(ended.status, Some(1));
    shown("replay_check", &ended.stdout.replace(folder.to_str().unwrap(), "FOLDER"));
}

#[test]
fn replay_check_of_what_is_right_succeeds() {
    let folder = Folder::new("right");
    fixture(&folder.join("good.json"), &json!([suspended()]), Some(DISABLED));
    let ended = run(&["replay", "--check", folder.to_str().unwrap()], "");
    assert_eq!(ended.status, Some(0), "{ended:?}");
}

#[test]
fn replay_update_writes_the_result_and_keeps_the_rest() {
    let folder = Folder::new("update");
    let path = folder.join("case.json");
    fixture(&path, &json!([suspended()]), Some("{\"old\": true}"));
    assert_eq!(run(&["replay", "--update", path.to_str().unwrap()], "").status, Some(0));
    let updated: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(updated["expected"], serde_json::from_str::<Value>(DISABLED).unwrap());
    assert_eq!((&updated["description"], &updated["exchanges"]), (&json!("Made by a test"), &json!([suspended()])));
    assert_eq!(run(&["replay", "--check", path.to_str().unwrap()], "").status, Some(0));
}

#[test]
fn what_does_not_match_the_recording_is_shown_with_both_sides() {
    let folder = Folder::new("mismatch");
    let sent = "POST /api/v1/users/ada/lifecycle/suspend";
    let mut elsewhere = suspended();
    elsewhere["request"]["path"] = json!("/api/v1/users/grace/lifecycle/suspend");
    let mut with_body = suspended();
    with_body["request"]["body"] = json!({"why": "asked"});
    for (name, exchanges, pieces) in [
        ("unrecorded", json!([]), &[sent, "used up"][..]),
        ("elsewhere", json!([elsewhere]), &[sent, "users/grace/lifecycle/suspend"]),
        ("body", json!([with_body]), &[sent, "{\"why\":\"asked\"}"]),
        ("unused", json!([suspended(), elsewhere]), &["never requested", "users/grace/lifecycle/suspend"]),
    ] {
        let path = folder.join(format!("{name}.json"));
        fixture(&path, &exchanges, Some(DISABLED));
        let replayed = run(&["replay", path.to_str().unwrap()], "");
        let checked = run(&["replay", "--check", path.to_str().unwrap()], "");
        assert_eq!((replayed.status, checked.status), (Some(1), Some(1)), "{name}");
        for piece in pieces {
            assert!(
                replayed.stderr.contains(piece) && checked.stdout.contains(piece),
                "{name}: {replayed:?} {checked:?}"
            );
        }
    }
}

#[test]
fn a_file_that_is_not_a_fixture_is_named() {
    let folder = Folder::new("broken");
    let path = folder.join("broken.json");
    fs::write(&path, "{\"request\": 5, \"unknown\": 1}").unwrap();
    let missing = folder.join("missing.json");
    for arguments in [&["replay"][..], &["replay", "--check"]] {
        for path in [&path, &missing] {
            let ended = run(&[arguments, &[path.to_str().unwrap()]].concat(), "");
            assert_eq!(ended.status, Some(1), "{ended:?}");
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(ended.stderr.contains(name) || ended.stdout.contains(name), "{ended:?}");
        }
    }
}

#[test]
fn a_recording_replays_to_the_same_result_and_holds_no_secret() {
    let folder = Folder::new("record");
    let path = folder.join("recorded.json");
    let path = path.to_str().unwrap();
    let mut org = Org::new();
    let next = "<{org}/api/v1/users?after=x%2By&limit=200>; rel=\"next\"";
    let first = format!("[{{\"id\":\"00u1\",\"n\":1.0,\"echo\":\"SSWS {TOKEN}\"}}]");
    org.expect(exchange("GET", "/api/v1/users?limit=200", first).header("link", next).header("x-custom", TOKEN));
    org.expect(exchange("GET", "/api/v1/users?after=x%2By&limit=200", "[{\"id\":\"00u2\"}]"));
    let recorded = run(&["record", path], request(&org.url(), "list users", json!({})));
    org.assert();
    assert_eq!(recorded.status, Some(0), "{recorded:?}");
    let fixture = fs::read_to_string(path).unwrap();
    assert!(!fixture.contains(TOKEN), "{fixture}");
    let replayed = run(&["replay", path], "");
    assert_eq!((replayed.result(), replayed.stderr.as_str()), (recorded.result(), ""));
    assert_eq!(run(&["replay", "--check", path], "").status, Some(0));
}

#[test]
fn a_recording_masks_passwords_and_what_okta_delivers() {
    let folder = Folder::new("record_secrets");
    let path = folder.join("recorded.json");
    let path = path.to_str().unwrap();
    let mut org = Org::new();
    org.expect(
        exchange("POST", "/api/v1/users/ada", r#"{"id":"00u1","profile":{"login":"ada@example.com"}}"#)
            .body(r#"{"credentials":{"password":{"value":"Correct-Horse-9"}}}"#),
    );
    let parameters = json!({"id": "ada", "new_password": "Correct-Horse-9"});
    let recorded = run(&["record", path], request(&org.url(), "set password", parameters));
    assert_eq!(recorded.status, Some(0), "{recorded:?}");
    assert!(!fs::read_to_string(path).unwrap().contains("Correct-Horse-9"));
    assert_eq!(run(&["replay", "--check", path], "").status, Some(0));

    let path = folder.join("delivered.json");
    let path = path.to_str().unwrap();
    let answer = "{\"resetPasswordUrl\":\"https://example.okta.com/reset_password/s3cr3t\"}";
    org.expect(exchange("POST", "/api/v1/users/ada/lifecycle/reset_password?sendEmail=false", answer));
    let parameters = json!({"user_id": "ada", "receive_type": "UI"});
    let recorded = run(&["record", path], request(&org.url(), "reset password", parameters));
    assert!(recorded.stdout.contains("s3cr3t"), "{recorded:?}");
    assert!(!fs::read_to_string(path).unwrap().contains("s3cr3t"));
    let checked = run(&["replay", "--check", path], "");
    assert_eq!(checked.status, Some(0), "{checked:?}");
}

#[test]
fn a_request_that_sends_nothing_leaves_no_recording() {
    let folder = Folder::new("record_nothing");
    let path = folder.join("recorded.json");
    let ended = run(&["record", path.to_str().unwrap()], request("https://example.okta.com", "get user", json!({})));
    assert!(ended.status.is_some_and(|status| status != 0), "{ended:?}");
    assert_eq!(ended.result()["error"]["kind"], "invalid_parameter");
}

#[test]
fn the_first_command_of_a_newcomer_prints_950_users() {
    let files = okta_connector::runtime::fixture::find(&["fixtures/list_users".into()]).unwrap();
    let users = |path: &Path| -> Option<usize> {
        let fixture: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        fixture["expected"]["action_result"]["data"].as_array().map(Vec::len)
    };
    let counts: Vec<Option<usize>> = files.iter().map(|path| users(path)).collect();
    for limit in [50, 200, 240, 950] {
        assert!(counts.contains(&Some(limit)), "no case with {limit} users");
    }
    let index = counts.iter().position(|count| *count == Some(950)).unwrap();
    let ended = run(&["replay", files[index].to_str().unwrap()], "");
    assert_eq!((ended.status, &ended.result()["action_result"]["message"]), (Some(0), &json!("Num users: 950")));
}
