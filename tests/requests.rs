//! Requests that are refused before anything is sent, and odd spellings that are not.

use std::time::Duration;

use okta_connector::runtime::envelope::stdin::{Chunk, Source};
use serde_json::{Value, json};

#[path = "support/inside.rs"]
mod inside;
#[path = "support/refused.rs"]
mod refused;

use inside::TOKEN;
use refused::Row;

const GOOD: &str = r#"{"base_url":"https://example.okta.com","api_key":"00tTokenOfTheTests-0123456789_abcdefghijklm"}"#;

/// Runs the rows; every one has to be refused, and nothing may be sent.
fn all_refused(rows: &[Row]) {
    let wrong: Vec<String> = rows.iter().flat_map(wrong_with).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn wrong_with(row: &Row) -> Vec<String> {
    let ran = inside::run(row.input.clone(), &json!([]));
    let shown = String::from_utf8_lossy(&row.input[..row.input.len().min(300)]).into_owned();
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{shown}: {what}\n    {}", ran.result));
        }
    };
    let result = &ran.result;
    check(ran.status == 2, &format!("exit status {}", ran.status));
    check(ran.unmatched.is_empty(), "something was sent");
    check(result["status"] == "failed", "is no failure");
    check(result["error"]["kind"] == row.kind, &format!("kind is not {}", row.kind));
    check(result["summary"]["total_objects_successful"] == 0, "something succeeded");
    let first = result.get("action_results").map_or(&result["action_result"], |runs| &runs[0]);
    let message = first["message"].as_str().unwrap_or_default();
    for piece in row.says {
        check(message.contains(piece), &format!("the message lacks «{piece}»"));
    }
    check(first["error"]["kind"] == row.kind, "the run's own error is another");
    wrong
}

#[test]
fn unreadable_input_is_refused_with_its_place() {
    all_refused(&refused::unreadable());
}

#[test]
fn unknown_and_ill_typed_actions_are_refused() {
    all_refused(&refused::actions());
}

#[test]
fn unusable_configurations_are_refused_with_the_right_form() {
    all_refused(&refused::configurations());
}

#[test]
fn dry_run_is_reserved_in_every_form() {
    all_refused(&refused::dry_runs());
}

#[test]
fn unusable_parameters_are_refused_all_in_one_message() {
    all_refused(&refused::parameters());
}

#[test]
fn a_key_that_is_only_the_scheme_is_refused() {
    let request = format!(r#"{{"action":"list users","config":{}}}"#, GOOD.replace(TOKEN, "SSWS "));
    let ran = inside::run(request, &json!([]));
    assert_eq!((ran.status, &ran.result["error"]["kind"]), (2, &json!("invalid_request")), "{}", ran.result);
}

#[test]
fn a_change_that_was_refused_is_not_applied() {
    for request in [
        format!(r#"{{"action":"disable user","config":{GOOD}}}"#),
        r#"{"action":"disable user","parameters":{"id":"ada"},"config":{}}"#.to_owned(),
    ] {
        let ran = inside::run(request, &json!([]));
        assert_eq!(ran.result["error"]["outcome"], "not_applied", "{}", ran.result);
        assert_eq!(ran.result["identifier"], "disable_user");
    }
}

#[test]
fn what_could_not_run_at_all_has_one_empty_run() {
    for (request, identifier) in [
        ("", json!(null)),
        (r#"{"action":"list users","parameters":[{"limit":1},{"limit":2}],"config":{}}"#, json!("list_users")),
    ] {
        let result = inside::run(request, &json!([])).result;
        let run = &result["action_result"];
        assert_eq!((&run["parameter"], &run["data"], &run["summary"]), (&json!({}), &json!([]), &json!({})));
        assert_eq!(result["summary"], json!({"total_objects": 1, "total_objects_successful": 0}));
        assert_eq!(result["identifier"], identifier);
    }
}

#[test]
fn a_secret_that_is_refused_is_not_shown() {
    let secret = "CorrectHorse-Battery9";
    for parameters in [json!({"id": "..", "new_password": secret}), json!({"id": "ada", "new_password": [secret]})] {
        let request = json!({"action": "set password", "parameters": parameters, "config": config()});
        let ran = inside::run(request.to_string(), &json!([]));
        assert_eq!(ran.status, 2);
        assert!(!ran.result.to_string().contains(secret), "{}", ran.result);
    }
}

#[test]
fn an_unfinished_document_without_a_new_byte_is_refused() {
    struct Stuck(Option<Vec<u8>>);
    impl Source for Stuck {
        fn next(&mut self, _: Duration) -> Chunk {
            self.0.take().map_or(Chunk::Nothing, Chunk::Bytes)
        }
    }
    let ran = inside::run_from(Box::new(Stuck(Some(b"{\"action\":\n  \"list".to_vec()))), &json!([]));
    assert_eq!((ran.status, &ran.result["error"]["kind"]), (2, &json!("invalid_request")));
    let message = ran.result["message"].as_str().unwrap();
    assert!(message.contains("30 s") && message.contains("line 2, column 8"), "{message}");
}

#[test]
fn one_set_with_bad_parameters_fails_alone() {
    let request = json!({"action": "get group", "config": config(), "parameters": [
        {"group_id": "00gq3x7ZkT9aLmN4w5d7"}, {"group": "x"}, {"group_id": "00gq3x7ZkT9aLmN4w5d8"},
    ]});
    let exchange = |id: &str| {
        json!({"request": {"method": "GET", "path": format!("/api/v1/groups/{id}")},
            "response": {"status": 200, "body": {"id": id}}})
    };
    let exchanges = json!([exchange("00gq3x7ZkT9aLmN4w5d7"), exchange("00gq3x7ZkT9aLmN4w5d8")]);
    let ran = inside::run(request.to_string(), &exchanges);
    assert!(ran.unmatched.is_empty(), "{:?}", ran.unmatched);
    assert_eq!(ran.status, 1);
    let runs = ran.result["action_results"].as_array().unwrap();
    let statuses: Vec<&str> = runs.iter().map(|run| run["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["success", "failed", "success"]);
    assert_eq!(runs[1]["error"]["kind"], "invalid_parameter");
    assert!(ran.result["message"].as_str().unwrap().starts_with("2 actions succeeded, 1 failed: "));
}

fn config() -> Value {
    serde_json::from_str(GOOD).unwrap()
}

/// Odd but good requests: the rest of the request, what is sent, and what the result repeats.
fn good() -> Vec<(String, &'static str, Value)> {
    let row = |rest: &str, path, echo| (format!("{{{rest},\"config\":{GOOD}}}"), path, echo);
    let configured = |config: &str| (format!("{{\"action\":\"list users\",\"config\":{config}}}"), ALL, json!({}));
    const ALL: &str = "/api/v1/users?limit=200";
    let limited = |limit: &str| {
        let rest = format!("\"action\":\"list users\",\"parameters\":{{\"limit\":{limit}}}");
        (format!("{{{rest},\"config\":{GOOD}}}"), "/api/v1/users?limit=150", json!({"limit": 150}))
    };
    let base = |url: &str| configured(&GOOD.replace("https://example.okta.com", url));
    let key = |key: &str| configured(&GOOD.replace(TOKEN, key));
    let also = |more: &str| configured(&format!("{},{more}}}", GOOD.trim_end_matches('}')));
    let typed = |kind: &str, path, echo: &str| {
        row(
            &format!("\"action\":\"list providers\",\"parameters\":{{\"type\":\"{kind}\"}}"),
            path,
            json!({"type": echo}),
        )
    };
    vec![
        row("\"action\":\"list users\"", ALL, json!({})),
        row("\"action\":\"LIST USERS\"", ALL, json!({})),
        row("\"action\":\"list-users\"", ALL, json!({})),
        row("\"action\":\" List_Users \"", ALL, json!({})),
        row("\"identifier\":\"list_users\"", ALL, json!({})),
        row("\"identifier\":\"List Users\"", ALL, json!({})),
        row("\"identifier\":\"list_users\",\"action\":\"no such action\"", ALL, json!({})),
        row("\"identifier\":null,\"action\":\"list users\"", ALL, json!({})),
        row("\"action\":\"list users\",\"parameters\":null", ALL, json!({})),
        row("\"action\":\"list users\",\"parameters\":{}", ALL, json!({})),
        row("\"action\":\"list users\",\"parameters\":[]", ALL, json!({})),
        row("\"action\":\"list users\",\"parameters\":[{}]", ALL, json!({})),
        row("\"action\":\"list users\",\"parameters\":{\"limit\":null,\"query\":\"\",\"filter\":null}", ALL, json!({})),
        row(
            "\"action\":\"list users\",\"parameters\":{\"context\":{\"guid\":\"a\"}}",
            ALL,
            json!({"context": {"guid": "a"}}),
        ),
        row(
            "\"action\":\"list users\",\"parameters\":{\"context\":{\"a\":1.0,\"a\":2}}",
            ALL,
            json!({"context": {"a": 2}}),
        ),
        row("\"action\":\"list users\",\"dry_run\":false", ALL, json!({})),
        row("\"action\":\"list users\",\"asset_id\":7,\"container_id\":\"8\",\"debug_level\":3", ALL, json!({})),
        row("\"action\":\"list users\",\"timeout_seconds\":\"60\"", ALL, json!({})),
        row(
            "\"action\":\"list users\",\"environment_variables\":{\"HTTPS_PROXY\":{\"type\":\"string\",\"value\":\"\"}}",
            ALL,
            json!({}),
        ),
        row("\"action\":\"list users\",\"environment_variables\":{}", ALL, json!({})),
        row("\"action\":\"list users\",\"environment_variables\":null", ALL, json!({})),
        row(
            "\"action\":\"list users\",\"parameters\":{\"query\":42}",
            "/api/v1/users?q=42&limit=200",
            json!({"query": "42"}),
        ),
        row(
            "\"action\":\"list users\",\"parameters\":{\"query\":\"\\u00e9\"}",
            "/api/v1/users?q=%C3%A9&limit=200",
            json!({"query": "é"}),
        ),
        (format!("\u{feff}{{\"action\":\"list users\",\"config\":{GOOD}}}\r\n \t"), ALL, json!({})),
        limited("150"),
        limited("150.0"),
        limited("1.5e2"),
        limited("\"150\""),
        limited("\"150.0\""),
        limited("\" 150 \""),
        base("https://example.okta.com/"),
        base(" https://example.okta.com "),
        base("https://example.okta.com/api/v1"),
        base("https://example.okta.com/api/v1/"),
        base("example.okta.com"),
        base("HTTPS://Example.Okta.com:443"),
        base("https://gateway.example.com/okta/"),
        base("https://gateway.example.com/okta/api/v1"),
        base("http://localhost:8080"),
        base("http://127.0.0.1"),
        key(&format!("SSWS {TOKEN}")),
        key(&format!("ssws {TOKEN}")),
        key(&format!(" {TOKEN} ")),
        also("\"verify_server_cert\":\"TRUE\""),
        also("\"verify_server_cert\":null"),
        also("\"verify_server_cert\":\"\""),
        also("\"app_version\":\"2.2.1\",\"directory\":\"x\",\"main_module\":\"y\",\"appname\":1"),
        also("\"dry_run\":false"),
        also("\"timeout_seconds\":\"300.0\",\"max_concurrency\":2,\"wait_seconds\":300"),
        typed("saml2", "/api/v1/idps?type=SAML2&limit=200", "SAML2"),
        typed("Idv_Persona", "/api/v1/idps?type=IDV_PERSONA&limit=200", "IDV_PERSONA"),
        typed("OKTA_INTEGRATION", "/api/v1/idps?type=OKTA_INTEGRATION&limit=200", "OKTA_INTEGRATION"),
    ]
}

#[test]
fn odd_spellings_of_good_requests_run() {
    let mut wrong = Vec::new();
    for (request, path, echo) in good() {
        let exchanges = json!([{"request": {"method": "GET", "path": path}, "response": {"status": 200, "body": []}}]);
        let ran = inside::run(request.clone(), &exchanges);
        let parameter = &ran.result["action_result"]["parameter"];
        if ran.status != 0 || !ran.unmatched.is_empty() || *parameter != echo {
            wrong.push(format!("{request}: {} {:?}", ran.result, ran.unmatched));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn choices_are_sent_in_oktas_spelling() {
    for (given, sent) in
        [("super_admin", "SUPER_ADMIN"), (" Workflows_Admin ", "WORKFLOWS_ADMIN"), ("REPORT_ADMIN", "REPORT_ADMIN")]
    {
        let user = "00uq3x7ZkT9aLmN4w5d7";
        let request =
            json!({"action": "assign role", "config": config(), "parameters": {"user_id": user, "type": given}});
        let exchanges = json!([{
            "request": {"method": "POST", "path": format!("/api/v1/users/{user}/roles"), "body": {"type": sent}},
            "response": {"status": 201, "body": {"id": "ra1", "type": sent}},
        }]);
        let ran = inside::run(request.to_string(), &exchanges);
        assert_eq!((ran.status, ran.unmatched), (0, vec![]), "{}", ran.result);
        assert_eq!(ran.result["action_result"]["parameter"]["type"], sent);
    }
}

#[test]
fn the_receiver_of_a_reset_may_be_spelled_in_any_case() {
    for (given, echo, send_email) in [("email", "Email", true), ("EMAIL", "Email", true), (" ui ", "UI", false)] {
        let request = json!({"action": "reset password", "config": config(), "parameters": {"user_id": "ada", "receive_type": given}});
        let path = format!("/api/v1/users/ada/lifecycle/reset_password?sendEmail={send_email}");
        let link = json!({"resetPasswordUrl": "https://example.okta.com/reset_password/x"});
        let body = if send_email { json!({}) } else { link };
        let exchanges =
            json!([{"request": {"method": "POST", "path": path}, "response": {"status": 200, "body": body}}]);
        let ran = inside::run(request.to_string(), &exchanges);
        assert_eq!((ran.status, ran.unmatched), (0, vec![]), "{}", ran.result);
        assert_eq!(ran.result["action_result"]["parameter"]["receive_type"], echo);
    }
}

#[test]
fn misspelled_parameters_are_refused_whatever_empty_parameters_stand_beside_them() {
    for beside in ["null", "{}", "[]"] {
        for name in ["paramters", "Params", "parameter"] {
            let request = format!(
                "{{\"action\":\"list users\",\"parameters\":{beside},\"{name}\":{{\"limit\":1}},\"config\":{}}}",
                config()
            );
            let ran = inside::run(request, &json!([]));
            assert_eq!((ran.status, &ran.result["error"]["kind"]), (2, &json!("invalid_request")), "{beside} {name}");
            assert!(ran.result["message"].as_str().unwrap().contains("did you mean `parameters`"), "{}", ran.result);
        }
    }
}

#[test]
fn an_array_is_asked_for_whatever_else_is_wrong_with_the_request() {
    for (input, results) in [
        (json!({"results": "array"}).to_string(), "action_results"),
        ("{\"results\":\"array\",\"action\":\"a\",\"action\":\"b\"}".to_owned(), "action_results"),
        (
            json!({"results": "array", "action": "list users", "config": config(), "fields": []}).to_string(),
            "action_results",
        ),
        (
            json!({"results": "array", "action": "list users", "config": config(), "parameters": []}).to_string(),
            "action_results",
        ),
        (json!({"results": null, "action": "list users", "config": config()}).to_string(), "action_result"),
        (json!({"results": "Array", "action": "list users", "config": config()}).to_string(), "action_result"),
    ] {
        let ran = inside::run(input.clone(), &json!([]));
        assert!(ran.result.get(results).is_some(), "{input}: {}", ran.result);
        assert_eq!(ran.result["protocol"], 1, "{input}");
    }
}
