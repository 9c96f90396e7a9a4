//! Every fixture is a test case by being there, and keeps to what the schemas say.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use okta_connector::actions::OKTA;
use okta_connector::runtime::fixture::{self, Fixture};
use serde_json::{Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The files, and how a failure names them: `list_users/limit_50`.
fn files() -> Vec<(String, PathBuf)> {
    let folder = Path::new(ROOT).join("fixtures");
    let name = |path: &Path| path.strip_prefix(&folder).unwrap().with_extension("").display().to_string();
    fixture::find(std::slice::from_ref(&folder)).unwrap().into_iter().map(|path| (name(&path), path)).collect()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn schema(name: &str) -> Validator {
    let schema = read(&Path::new(ROOT).join("schemas").join(format!("{name}.json")));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Where `value` is not as the schema says.
fn violations(schema: &Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).take(3).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The runs of a result, one or several.
fn runs(result: &Value) -> &[Value] {
    match result.get("action_results") {
        Some(runs) => runs.as_array().unwrap(),
        None => std::slice::from_ref(&result["action_result"]),
    }
}

fn assert_none(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{} {what}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_fixture_replays_to_its_expected_result() {
    let mut wrong = Vec::new();
    for (name, path) in files() {
        let problems = match Fixture::read(&path) {
            Ok(fixture) => fixture.check(&OKTA, 10),
            Err(error) => vec![format!("{error:#}")],
        };
        wrong.extend(problems.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    assert_none("differences", &wrong);
}

#[test]
fn the_folder_stays_small() {
    let size: u64 = files().iter().map(|(_, path)| path.metadata().unwrap().len()).sum();
    assert!(size < 3 * 1024 * 1024, "{size} bytes");
}

#[test]
fn the_elements_of_long_lists_are_short() {
    let mut wrong = Vec::new();
    for (name, path) in files() {
        let fixture = read(&path);
        for run in runs(&fixture["expected"]) {
            let data = run["data"].as_array().unwrap();
            let longest = data.iter().map(|element| element.to_string().len()).max().unwrap_or_default();
            if data.len() > 100 && longest > 400 {
                wrong.push(format!("{name}: an element has {longest} bytes"));
            }
        }
    }
    assert_none("long elements", &wrong);
}

#[test]
fn usable_requests_validate() {
    let schema = schema("request");
    let mut wrong = Vec::new();
    for (name, path) in files() {
        let fixture = read(&path);
        let unusable = |run: &Value| {
            matches!(run["error"]["kind"].as_str(), Some("invalid_request" | "invalid_parameter"))
                // Okta's own words about a search expression are no matter of the schema.
                && run["error"].get("http_status").is_none()
        };
        if fixture["request"].is_object() && !runs(&fixture["expected"]).iter().any(unusable) {
            wrong.extend(violations(&schema, &fixture["request"]).iter().map(|problem| format!("{name}: {problem}")));
        }
    }
    assert_none("violations", &wrong);
}

#[test]
fn expected_results_validate() {
    let (result, mut schemas) = (schema("result"), HashMap::new());
    let mut wrong = Vec::new();
    for (name, path) in files() {
        let expected = &read(&path)["expected"];
        let mut note = |place: &str, problems: Vec<String>| {
            wrong.extend(problems.iter().map(|problem| format!("{name}, {place}: {problem}")));
        };
        note("result", violations(&result, expected));
        let Some(identifier) = expected["identifier"].as_str() else { continue };
        let (data, summary) = schemas
            .entry(identifier.to_owned())
            .or_insert_with(|| (schema(&format!("{identifier}.data")), schema(&format!("{identifier}.summary"))));
        for run in runs(expected) {
            for element in run["data"].as_array().unwrap() {
                note("data", violations(data, element));
            }
            if run["status"] == "success" {
                note("summary", violations(summary, &run["summary"]));
            }
        }
    }
    assert_none("violations", &wrong);
}

#[test]
fn wrong_requests_do_not_validate() {
    let schema = schema("request");
    let config = json!({"base_url": "https://example.okta.com", "api_key": "00tToken"});
    let good = json!({"action": "list users", "parameters": {"limit": 5, "context": {}}, "config": config});
    assert_eq!(violations(&schema, &good), Vec::<String>::new());
    let asked = |action: &str, parameters: Value| json!({"action": action, "parameters": parameters, "config": config});
    let with = |name: &str, value: Value| {
        let mut request = good.clone();
        request[name] = value;
        request
    };
    let set = |name: &str, value: Value| {
        let mut request = good.clone();
        request["config"][name] = value;
        request
    };
    let passing: Vec<Value> = [
        json!([]),
        json!("list users"),
        json!({}),
        json!({"config": config}),
        json!({"action": "list users"}),
        asked("list userz", json!({})),
        asked("", json!({})),
        with("identifier", json!("frobnicate")),
        with("action", json!(7)),
        with("config", json!("x")),
        with("config", json!({"base_url": "https://example.okta.com"})),
        with("config", json!({"api_key": "00tToken"})),
        with("dry_run", json!(true)),
        with("dry_run", json!("false")),
        with("timeout_seconds", json!(0)),
        with("timeout_seconds", json!("soon")),
        with("timeout_seconds", json!(86_401)),
        with("environment_variables", json!(["HTTPS_PROXY"])),
        with("environment_variables", json!({"HTTPS_PROXY": 5})),
        set("dry_run", json!(true)),
        set("api_key", json!({"value": "x"})),
        set("base_url", json!("")),
        set("verify_server_cert", json!("maybe")),
        set("verify_server_cert", json!(1)),
        set("max_concurrency", json!(11)),
        with("parameters", json!("limit")),
        with("parameters", json!([5])),
        asked("list users", json!({"limt": 5})),
        asked("list users", json!({"limit": 0})),
        asked("list users", json!({"limit": 1.5})),
        asked("list users", json!({"limit": "ten"})),
        asked("list users", json!({"limit": true})),
        asked("list users", json!({"query": {}})),
        asked("list users", json!([{"limit": 5}, {"limit": -1}])),
        asked("test connectivity", json!({"limit": 5})),
        asked("get user", json!({})),
        asked("get user", json!({"user_id": ""})),
        asked("get user", json!({"user_id": null})),
        asked("get user", json!({"user_id": ["a"]})),
        asked("get user", json!({"group_id": "a"})),
        asked("add group", json!({"name": "Night shift"})),
        asked("set password", json!({"id": "ada"})),
        asked("reset password", json!({"user_id": "ada", "receive_type": "SMS"})),
        asked("send push notification", json!({"email": "ada", "factortype": "sms"})),
        asked("list providers", json!({"type": "SAML"})),
        asked("assign role", json!({"user_id": "ada", "type": "KING"})),
        asked("assign role", json!({"user_id": "ada", "type": "CUSTOM"})),
        asked("unassign role", json!({"user_id": "ada"})),
    ]
    .into_iter()
    .filter(|request| schema.is_valid(request))
    .collect();
    assert!(passing.is_empty(), "these validate: {passing:#?}");
}

/// What is refused before anything is sent, and should not pass in an editor either.
#[test]
fn a_request_without_required_parameters_does_not_validate() {
    let config = json!({"base_url": "https://example.okta.com", "api_key": "00tToken"});
    let schema = schema("request");
    for parameters in [None, Some(json!(null)), Some(json!([]))] {
        let mut request = json!({"action": "get user", "config": config});
        if let Some(parameters) = &parameters {
            request["parameters"] = parameters.clone();
        }
        assert!(!schema.is_valid(&request), "{request}");
    }
}

#[test]
fn odd_spellings_that_run_validate() {
    let schema = schema("request");
    let config = json!({"base_url": "example.okta.com", "api_key": "SSWS 00tToken", "app_version": "2", "verify_server_cert": "TRUE"});
    let mut wrong = Vec::new();
    for (action, parameters) in [
        ("LIST-USERS", json!(null)),
        (" list_users ", json!([])),
        ("list users", json!({"limit": "240", "query": null, "filter": ""})),
        ("list users", json!({"limit": "240.0"})),
        ("list users", json!({"limit": 240.0})),
        ("list users", json!({"query": 42})),
        ("list users", json!([{"limit": 1}, {}])),
        ("reset password", json!({"user_id": "ada", "receive_type": "EMAIL"})),
        ("assign role", json!({"user_id": "ada", "type": "workflows_admin"})),
        ("list providers", json!({"type": "idv_persona"})),
        ("send push notification", json!({"email": "ada", "factortype": "Push"})),
    ] {
        let request =
            json!({"action": action, "parameters": parameters, "config": config, "asset_id": 7, "dry_run": false});
        wrong.extend(violations(&schema, &request).into_iter().map(|problem| format!("{request}: {problem}")));
    }
    assert_none("violations", &wrong);
}

/// Made-up data has to be data that Okta could send: dates that exist, and ids of the forms that Okta gives
/// (okta-api.md, Conventions).
#[test]
fn recorded_answers_could_be_oktas() {
    let mut wrong = Vec::new();
    for (name, path) in files() {
        let fixture = read(&path);
        each(&fixture["exchanges"], &mut |member, value| {
            let Some(text) = value.as_str() else { return };
            // Where a case is about a wrong date, its year says so.
            if text.len() == 24 && text.ends_with(".000Z") && !text.starts_with("9999") && !is_date(text) {
                wrong.push(format!("{name}: {member} is {text}"));
            }
        });
        each_object(&fixture["exchanges"], &mut |object| {
            let (Some(kind), Some(id)) = (object["type"].as_str(), object["id"].as_str()) else { return };
            let base32 = match kind {
                "APP_ADMIN" => "IFIFAX2BIRGUSTQ",
                "USER_ADMIN" => "KVJUKUS7IFCE2SKO",
                "HELP_DESK_ADMIN" => "JBCUYUC7IRCVGS27IFCE2SKO",
                _ => return,
            };
            if object["assignmentType"] == "USER" && id != base32 {
                wrong.push(format!("{name}: the assignment of {kind} has the id {id}"));
            }
        });
    }
    assert_none("values that Okta could not send", &wrong);
}

/// `2026-11-24T05:23:18.000Z`, on a day that there is.
fn is_date(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(99);
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let days = match month {
        2 if year % 4 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day) && number(11..13) < 24 && number(14..16) < 60 && number(17..19) < 60
}

fn each(value: &Value, found: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            found(name, value);
            each(value, found);
        }),
        Value::Array(elements) => elements.iter().for_each(|element| each(element, found)),
        _ => {}
    }
}

fn each_object(value: &Value, found: &mut dyn FnMut(&Value)) {
    match value {
        Value::Object(members) => {
            found(value);
            members.values().for_each(|value| each_object(value, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| each_object(element, found)),
        _ => {}
    }
}
