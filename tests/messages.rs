//! What people read: the message of each of Okta's errors (okta-api.md, Errors), and of what can
//! happen on the way, for an action that reads and for one that changes something.

use serde_json::{Value, json};

#[path = "support/inside.rs"]
mod inside;

use inside::TOKEN;

const USER: &str = "00uq3x7ZkT9aLmN4w5d7";

/// Status, code, summary, cause: okta-api.md's table, and what stands below it as «other».
const ERRORS: &[(u16, &str, &str, &str)] = &[
    (400, "E0000001", "Api validation failed: login", "login: The field cannot be left blank"),
    (
        400,
        "E0000001",
        "Api validation failed: name",
        "name: An object with this field already exists in the current organization",
    ),
    (400, "E0000001", "Api validation failed: suspendUser", "Cannot suspend a user that is not active"),
    (400, "E0000003", "The request body was not well-formed.", ""),
    (400, "E0000030", "Invalid date. Dates must be of the form yyyy-MM-dd'T'HH:mm:ss.SSSZZ", ""),
    (400, "E0000031", "Invalid search criteria.", ""),
    (400, "E0000033", "Can't specify a search query and filter in the same request.", ""),
    (400, "E0000063", "Invalid combination of parameters specified.", ""),
    (400, "E0000094", "Unsupported filter.", ""),
    (401, "E0000015", "You do not have permission to access the feature you are requesting", ""),
    (403, "E0000014", "Update of credentials failed", "Old Password is not correct"),
    (403, "E0000017", "Password reset failed", ""),
    (403, "E0000023", "Operation failed because user profile is mastered under another system", ""),
    (403, "E0000035", "Credentials should not be set on this user based on the current delegation strategy.", ""),
    (403, "E0000069", "User Locked", ""),
    (404, "E0000008", "The requested path was not found", ""),
    (404, "E0000191", "Not found: transaction", ""),
    (423, "E0000239", "Policy is locked by another request.", ""),
    (503, "E0000010", "Service is in read only mode", ""),
    (401, "E0000011", "Invalid token provided", ""),
    (401, "E0000004", "Authentication failed", ""),
    (401, "", "", ""),
    (403, "E0000006", "You do not have permission to perform the requested action", ""),
    (403, "E0000005", "Invalid session", ""),
    (403, "E0000038", "This operation is not allowed in the user's current status.", ""),
    (403, "E0000068", "Invalid Passcode/Answer", "Your answer doesn't match our records. Please try again."),
    (403, "E0000079", "This operation is not allowed in the current authentication state.", ""),
    (
        403,
        "E0000080",
        "The password does not meet the complexity requirements of the current password policy.",
        "Password has been used too recently",
    ),
    (403, "E0000016", "Activation failed because the user is already active", ""),
    (403, "E0000032", "Unlock is not allowed for this user.", ""),
    (403, "", "", ""),
    (404, "E0000007", "Not found: Resource not found: 00uq3x7ZkT9aLmN4w5d7 (User)", ""),
    (404, "", "", ""),
    (405, "E0000022", "The endpoint does not support the provided HTTP method", ""),
    (409, "E0000090", "Duplicate role assignment exception.", "The role specified is already assigned to the user."),
    (400, "E0000090", "Duplicate role assignment exception.", "The role specified is already assigned to the user."),
    (429, "E0000047", "API call exceeded rate limit due to too many requests.", ""),
    (500, "E0000009", "Internal Server Error", ""),
    (501, "E0000060", "Unsupported operation.", ""),
    (503, "", "", ""),
    (418, "E0000999", "I'm a teapot", ""),
];

fn read() -> (&'static str, Value, Value) {
    ("get user", json!({"user_id": USER}), json!({"method": "GET", "path": format!("/api/v1/users/{USER}")}))
}

/// Not repeatable: one lost answer is enough.
fn write() -> (&'static str, Value, Value) {
    let path = format!("/api/v1/users/{USER}/lifecycle/reset_password?sendEmail=true");
    let parameters = json!({"user_id": USER, "receive_type": "Email"});
    ("reset password", parameters, json!({"method": "POST", "path": path}))
}

/// Carries the action out against `response`, as often as it is asked for within `most`, and says
/// in one line what came of it.
fn line(case: &str, (action, parameters, sent): (&str, Value, Value), response: &Value, most: usize) -> String {
    let request = json!({
        "action": action,
        "parameters": parameters,
        "config": {"base_url": "https://example.okta.com", "api_key": TOKEN},
    });
    let exchanges: Vec<Value> = (0..most).map(|_| json!({"request": sent, "response": response})).collect();
    let ran = inside::run(request.to_string(), &json!(exchanges));
    let strays: Vec<&String> = ran.unmatched.iter().filter(|stray| stray.starts_with("not in")).collect();
    assert!(strays.is_empty(), "{case}, {action}: {strays:?}");
    assert_eq!(ran.status, 1, "{case}, {action}: {}", ran.result);
    let run = &ran.result["action_result"];
    let error = &run["error"];
    let word = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
    let again = if error["retryable"] == true { "retryable" } else { "final" };
    let message = run["message"].as_str().unwrap();
    format!("{case}, {action} → {}, {again}, outcome {} → {message}\n", word("kind"), word("outcome"))
}

fn answer(status: u16, code: &str, summary: &str, cause: &str) -> Value {
    let causes = if cause.is_empty() { json!([]) } else { json!([{"errorSummary": cause}]) };
    let mut response = json!({"status": status, "headers": {"x-okta-request-id": "aRequestId"}});
    if !code.is_empty() {
        response["body"] = json!({"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1", "errorCauses": causes});
    }
    if status == 429 || status == 503 {
        // Longer than the deadline.
        response["headers"]["Retry-After"] = json!("400");
    }
    response
}

#[test]
fn every_error_of_okta_has_kind_and_advice() {
    let mut lines = String::new();
    for (status, code, summary, cause) in ERRORS {
        let response = answer(*status, code, summary, cause);
        let case = format!("{status} {code}").trim_end().to_owned();
        lines += &line(&case, read(), &response, 60);
        lines += &line(&case, write(), &response, 60);
    }
    insta::assert_snapshot!(lines);
}

/// Words out of the shapes of OAuth and Spring, never their JSON (okta-api.md, Errors).
#[test]
fn errors_of_other_shapes_are_told_in_their_words() {
    for (body, words) in [
        (json!({"error": "invalid_client", "error_description": "The client is unknown."}), "The client is unknown"),
        (json!({"error": "access_denied"}), "access_denied"),
        (
            json!({"status": 400, "message": "Required parameter is missing", "timestamp": 1}),
            "Required parameter is missing",
        ),
    ] {
        for (status, kind) in [(400, "rejected"), (401, "authentication"), (404, "not_found")] {
            let response = json!({"status": status, "headers": {"x-okta-request-id": "aRequestId"}, "body": body});
            let line = line("shape", read(), &response, 1);
            assert!(line.contains(&format!("→ {kind},")) && line.contains(words) && !line.contains('{'), "{line}");
        }
        let line = line("not Okta's", read(), &json!({"status": 401, "body": body}), 1);
        assert!(line.contains("→ protocol,") && line.contains(words) && !line.contains('{'), "{line}");
    }
}

#[test]
fn every_transport_failure_has_kind_and_advice() {
    let mut lines = String::new();
    for failure in ["refused", "lost", "silent", "cut_short"] {
        let response = json!({"failure": failure, "status": 200, "body": "{\"id\":"});
        lines += &line(failure, read(), &response, 60);
        lines += &line(failure, write(), &response, 60);
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn every_unexpected_response_has_kind_and_advice() {
    let html = "<html><head><title>Sign in</title><style>p {}</style></head><body><p>Please sign in</p></body></html>";
    let mut lines = String::new();
    for (case, response) in [
        ("HTML", json!({"status": 200, "headers": {"content-type": "text/html"}, "body": html})),
        ("HTML of a proxy", json!({"status": 403, "headers": {"content-type": "text/html"}, "body": html})),
        ("truncated JSON", json!({"status": 200, "body": "{\"id\": \"00u"})),
        ("list for an object", json!({"status": 200, "body": [{"id": USER}]})),
        ("success that says error", json!({"status": 200, "body": {"errorCode": "E0000009", "errorSummary": "No"}})),
        ("redirect elsewhere", json!({"status": 302, "headers": {"location": "https://login.example.net/?token=x"}})),
    ] {
        lines += &line(case, read(), &response, 1);
        lines += &line(case, write(), &response, 1);
    }
    lines += &line("empty", read(), &json!({"status": 200}), 1);
    insta::assert_snapshot!(lines);
}

#[test]
fn test_connectivity_says_which_setting_to_change() {
    let who = || ("test connectivity", json!({}), json!({"method": "GET", "path": "/api/v1/users/me"}));
    let mut lines = String::new();
    for (case, response, most) in [
        ("401 E0000011", answer(401, "E0000011", "Invalid token provided", ""), 1),
        ("403 E0000006", answer(403, "E0000006", "You do not have permission to perform the requested action", ""), 1),
        ("404", json!({"status": 404, "body": "Not Found"}), 1),
        ("HTML", json!({"status": 200, "headers": {"content-type": "text/html"}, "body": "<p>Welcome</p>"}), 1),
        ("refused", json!({"failure": "refused"}), 60),
    ] {
        lines += &line(case, who(), &response, most);
    }
    insta::assert_snapshot!(lines);
}

/// design.md §5: it says why it failed, and what to change.
#[test]
fn test_connectivity_without_permission_says_what_to_change() {
    let sent = json!({"method": "GET", "path": "/api/v1/users/me"});
    let response = answer(403, "E0000006", "You do not have permission to perform the requested action", "");
    let line = line("403", ("test connectivity", json!({}), sent), &response, 1);
    assert!(line.contains("role") || line.contains("`api_key`"), "{line}");
}

/// A person reads what to do; only lists have a filter.
#[test]
fn advice_names_only_parameters_that_the_action_has() {
    let response = answer(400, "E0000003", "The request body was not well-formed.", "");
    let line = line("400", write(), &response, 1);
    assert!(!line.contains("`filter`"), "{line}");
}
