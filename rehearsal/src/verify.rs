//! Requests against Okta's own description of its API: what is wrong here would be refused, or
//! silently ignored, by a real org.

pub mod make;
mod schema;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use crate::api::call::{matched, parameters, segments};
use crate::server::Seen;

/// Okta's description, cut down to facts (see README, «The description»).
pub const DESCRIPTION: &str = include_str!("../data/okta-operations.json");

/// The description, parsed.
#[derive(Debug, Deserialize)]
pub struct Description {
    pub source: String,
    pub version: String,
    pub operations: Vec<Operation>,
    pub schemas: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
pub struct Operation {
    pub method: String,
    pub path: String,
    /// Okta's name for it, such as `suspendUser`.
    #[serde(rename = "operation")]
    pub name: String,
    pub query: BTreeMap<String, Value>,
    /// Schemas by content type.
    pub body: Option<BTreeMap<String, Value>>,
}

static OKTA: LazyLock<Description> = LazyLock::new(|| serde_json::from_str(DESCRIPTION).expect("committed data"));

/// Requests that Okta's answers lead to and its description lacks, with names of ours.
const UNDESCRIBED: &[(&str, &str, &str)] =
    &[("DELETE", "/api/v1/users/{}/factors/{}/transactions/{}", "cancelFactorTransaction")];

pub fn description() -> &'static Description {
    &OKTA
}

/// The described operation with this method and path. Literal segments win over parameters.
pub(crate) fn operation(method: &str, segments: &[String]) -> Option<&'static Operation> {
    let all = OKTA.operations.iter().filter(|operation| operation.method == method);
    let fitting = all.filter_map(|operation| Some((matched(&operation.path, segments)?.len(), operation)));
    fitting.min_by_key(|(arguments, _)| *arguments).map(|(_, operation)| operation)
}

/// Okta's name of what a request asks for, or its method and path.
pub(crate) fn name(seen: &Seen) -> String {
    let segments = segments(seen.path());
    if let Some(operation) = operation(&seen.method, &segments) {
        return operation.name.clone();
    }
    let undescribed = UNDESCRIBED.iter().filter(|(method, ..)| *method == seen.method);
    match undescribed.clone().find(|(_, path, _)| matched(path, &segments).is_some()) {
        Some((.., name)) => (*name).to_owned(),
        None => format!("{} {}", seen.method, seen.path()),
    }
}

/// What is wrong with a request; nothing, if it is as described.
pub fn check(seen: &Seen) -> Vec<String> {
    let segments = segments(seen.path());
    let Some(operation) = operation(&seen.method, &segments) else {
        let undescribed =
            UNDESCRIBED.iter().any(|(method, path, _)| *method == seen.method && matched(path, &segments).is_some());
        return match undescribed {
            true => vec![],
            false => vec![format!("Okta has no operation {} {}", seen.method, seen.path())],
        };
    };
    let mut problems = Vec::new();
    check_query(operation, seen, &mut problems);
    check_body(operation, seen, &mut problems);
    problems
}

fn check_query(operation: &'static Operation, seen: &Seen, problems: &mut Vec<String>) {
    let given = parameters(seen.query());
    for (index, (name, text)) in given.iter().enumerate() {
        let Some(schema) = operation.query.get(name) else {
            problems.push(format!("{} has no query parameter {name:?}", operation.name));
            continue;
        };
        if given[..index].iter().any(|(earlier, _)| earlier == name) && schema["type"] != "array" {
            problems.push(format!("the query parameter {name:?} is given twice"));
        }
        let schema = schema::resolve(schema);
        // In a query everything is text: numbers and booleans are what reads as one.
        let value = match schema["type"].as_str() {
            Some("boolean") if matches!(text.as_str(), "true" | "false") => Value::Bool(text == "true"),
            Some("integer") => text.parse::<i64>().map_or(Value::String(text.clone()), Value::from),
            Some("array") => Value::Array(text.split(',').map(Value::from).collect()),
            _ => Value::String(text.clone()),
        };
        let before = problems.len();
        schema::check(schema, &value, name, problems);
        problems[before..].iter_mut().for_each(|problem| problem.insert_str(0, "query: "));
    }
    for (name, schema) in &operation.query {
        if schema["required"] == true && !given.iter().any(|(given, _)| given == name) {
            problems.push(format!("the query parameter {name:?} is missing: {} requires it", operation.name));
        }
    }
}

/// Operations whose body may be left out.
const WITHOUT_BODY: &[&str] = &["verifyFactor"];

fn check_body(operation: &'static Operation, seen: &Seen, problems: &mut Vec<String>) {
    let kind = seen.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let Some(schemas) = &operation.body else {
        let is_empty = matches!(seen.body.trim_ascii(), b"" | b"{}" | b"null");
        if !is_empty {
            problems.push(format!("{} takes no body", operation.name));
        }
        return;
    };
    if seen.body.is_empty() {
        if !WITHOUT_BODY.contains(&operation.name.as_str()) {
            problems.push(format!("{} needs a body", operation.name));
        }
        return;
    }
    let Some(schema) = schemas.get(kind) else {
        problems.push(format!("{} takes no body of the type {kind:?}", operation.name));
        return;
    };
    if kind != "application/json" {
        return;
    }
    match serde_json::from_slice(&seen.body) {
        Ok(value) => schema::check(schema, &value, "body", problems),
        Err(error) => problems.push(format!("the body is not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, check, name};

    fn seen(method: &str, target: &str, body: &str) -> Seen {
        let headers = match body {
            "" => vec![],
            _ => vec![("Content-Type".to_owned(), "application/json".to_owned())],
        };
        Seen { method: method.to_owned(), target: target.to_owned(), headers, body: body.into(), ..Seen::default() }
    }

    #[test]
    fn what_okta_describes_is_right() {
        for (method, target, body) in [
            ("GET", "/api/v1/users?q=a&limit=200", ""),
            ("GET", "/api/v1/users/me", ""),
            ("POST", "/api/v1/users/ada@x.example/lifecycle/suspend", ""),
            ("POST", "/api/v1/users/00u1/lifecycle/reset_password?sendEmail=false", ""),
            ("POST", "/api/v1/users/00u1", r#"{"credentials":{"password":{"value":"Fake-Passw0rd"}}}"#),
            (
                "POST",
                "/api/v1/users",
                r#"{"profile":{"firstName":"A","lastName":"B","login":"a@b.example","email":"a@b.example","shoeSize":"40"}}"#,
            ),
            ("POST", "/api/v1/groups", r#"{"profile":{"name":"Night shift","description":"On call"}}"#),
            ("POST", "/api/v1/users/00u1/roles", r#"{"type":"USER_ADMIN"}"#),
            ("POST", "/api/v1/users/00u1/factors/opf1/verify", ""),
            ("POST", "/api/v1/users/00u1/factors/opf1/verify", r#"{"useNumberMatchingChallenge":true}"#),
            ("POST", "/api/v1/users/00u1/factors/sms1/verify", r#"{"passCode":"123456"}"#),
            ("DELETE", "/api/v1/users/00u1/factors/opf1/transactions/v2mst.x", ""),
            ("PUT", "/api/v1/users/00u1/risk", r#"{"riskLevel":"HIGH"}"#),
            ("GET", "/api/v1/logs?since=2026-11-24T06:00:00Z&sortOrder=DESCENDING", ""),
            (
                "PUT",
                "/api/v1/zones/nzo1",
                r#"{"id":"nzo1","name":"z","type":"IP","status":"ACTIVE","usage":"BLOCKLIST","system":true,"gateways":[{"type":"CIDR","value":"192.0.2.1/32"}],"proxies":null}"#,
            ),
        ] {
            assert_eq!(check(&seen(method, target, body)), Vec::<String>::new(), "{method} {target}");
        }
    }

    #[test]
    fn what_okta_does_not_describe_is_wrong() {
        for (method, target, body, word) in [
            ("GET", "/api/v1/user", "", "no operation"),
            ("PATCH", "/api/v1/users/00u1", "{}", "no operation"),
            ("GET", "/api/v1/users/", "", "no operation"),
            ("GET", "/api/v1/users/../groups", "", "no operation"),
            ("GET", "/api/v1/users?limt=5", "", "no query parameter"),
            ("GET", "/api/v1/users?limit=many", "", "limit"),
            ("GET", "/api/v1/users?limit=5&limit=6", "", "twice"),
            ("GET", "/api/v1/idps?limit=500", "", "limit"),
            ("GET", "/api/v1/idps?type=FAX", "", "type"),
            ("POST", "/api/v1/users/00u1/lifecycle/reset_password", "", "sendEmail"),
            ("POST", "/api/v1/users/00u1/lifecycle/reset_password?sendEmail=True", "", "sendEmail"),
            ("POST", "/api/v1/users/00u1/lifecycle/suspend", r#"{"a":1}"#, "no body"),
            ("POST", "/api/v1/users", "", "needs a body"),
            ("POST", "/api/v1/users", r#"{"credentials":{}}"#, "profile"),
            ("POST", "/api/v1/users/00u1", r#"{"credentials":{"password":"Fake-Passw0rd"}}"#, "password"),
            ("POST", "/api/v1/users/00u1", r#"{"credential":{"password":{"value":"Fake-Passw0rd"}}}"#, "credential"),
            ("POST", "/api/v1/groups", r#"{"profile":{"name":7}}"#, "name"),
            ("POST", "/api/v1/groups", "{\"profile\"", "not JSON"),
            ("PUT", "/api/v1/users/00u1/risk", r#"{"riskLevel":"SOME"}"#, "riskLevel"),
            ("POST", "/api/v1/zones", r#"{"name":"z","type":"IP","gateways":{"type":"CIDR"}}"#, "gateways"),
        ] {
            let problems = check(&seen(method, target, body));
            assert!(problems.iter().any(|problem| problem.contains(word)), "{method} {target} {body}: {problems:?}");
        }
    }

    #[test]
    fn a_body_of_another_type_is_wrong() {
        let mut request = seen("POST", "/api/v1/groups", r#"{"profile":{"name":"x"}}"#);
        request.headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        assert_eq!(check(&request).len(), 1);
        request.headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())];
        assert_eq!(check(&request).len(), 0);
    }

    #[test]
    fn operations_have_oktas_names() {
        assert_eq!(name(&seen("POST", "/api/v1/users/a/lifecycle/suspend", "")), "suspendUser");
        assert_eq!(name(&seen("GET", "/api/v1/groups/rules", "")), "listGroupRules");
        assert_eq!(name(&seen("GET", "/x", "")), "GET /x");
    }
}
