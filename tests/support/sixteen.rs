//! The sixteen actions over the wire: what each sends, and what it makes of the answer.

use serde_json::{Value, json};

use super::org::{Exchange, exchange};

/// One run of an action.
pub struct Case {
    pub action: &'static str,
    pub parameters: Value,
    pub exchanges: Vec<Exchange>,
    /// Elements of `data`.
    pub data: usize,
    pub summary: Value,
    pub message: String,
}

const ID: &str = "00uq3x7ZkT9aLmN4w5d7";

fn case(action: &'static str, parameters: Value, exchanges: Vec<Exchange>, data: usize, message: &str) -> Case {
    Case { action, parameters, exchanges, data, summary: json!({}), message: message.to_owned() }
}

fn list(action: &'static str, parameters: Value, exchanges: Vec<Exchange>, data: usize, name: &str) -> Case {
    let words = name.replace('_', " ");
    let message = format!("{}{}: {data}", words[..1].to_uppercase(), &words[1..]);
    Case { action, parameters, exchanges, data, summary: json!({name: data}), message }
}

/// `count` objects with ids.
fn objects(count: usize) -> String {
    let objects: Vec<Value> = (0..count).map(|number| json!({"id": format!("id{number}")})).collect();
    json!(objects).to_string()
}

fn user() -> String {
    json!({"id": ID, "status": "ACTIVE"}).to_string()
}

/// A link to the next page, as Okta writes it.
fn next(path: &str) -> String {
    format!("<{{org}}{path}>; rel=\"next\"")
}

/// Every action, in the order of the table.
pub fn cases() -> Vec<Case> {
    let factors = json!([
        {"id": "sms1", "factorType": "sms", "status": "ACTIVE"},
        {"id": "opf0", "factorType": "push", "status": "INACTIVE"},
        {"id": "opf1", "factorType": "push", "status": "ACTIVE", "profile": {"name": "Ada's phone"}},
    ]);
    let poll = format!("/api/v1/users/{ID}/factors/opf1/transactions/v2mst.x%2By");
    let links = json!({"poll": {"href": format!("{{org}}{poll}")}, "cancel": {"href": format!("{{org}}{poll}")}});
    let waiting = json!({"factorResult": "WAITING", "_links": links}).to_string();
    let push = Case {
        summary: json!({"result": {"factorResult": "SUCCESS"}}),
        ..case(
            "send push notification",
            json!({"email": "ada@example.com", "factortype": "PUSH"}),
            vec![
                exchange("GET", "/api/v1/users/ada@example.com", user()),
                exchange("GET", format!("/api/v1/users/{ID}/factors"), factors.to_string()),
                exchange("POST", format!("/api/v1/users/{ID}/factors/opf1/verify"), waiting).status(201),
                exchange("GET", poll, "{\"factorResult\":\"SUCCESS\"}"),
            ],
            4,
            "User \"ada@example.com\" approved the push notification on \"Ada's phone\"",
        )
    };
    vec![
        case(
            "test connectivity",
            json!({}),
            vec![exchange("GET", "/api/v1/users/me", user())],
            0,
            "Test connectivity passed",
        ),
        push,
        list(
            "list users",
            json!({"query": "a+b", "filter": "status eq \"ACTIVE\"", "search": "x&y", "limit": "240"}),
            vec![
                exchange(
                    "GET",
                    "/api/v1/users?q=a%2Bb&filter=status%20eq%20%22ACTIVE%22&search=x%26y&limit=200",
                    objects(200),
                )
                .header("link", "<{org}/api/v1/users?limit=200>; rel=\"self\"")
                .header("link", next("/api/v1/users?after=opaque%2Fcursor%3D,;x&limit=200")),
                exchange("GET", "/api/v1/users?after=opaque%2Fcursor%3D,;x&limit=200", objects(200))
                    .header("link", next("/api/v1/users?after=third&limit=200")),
            ],
            240,
            "num_users",
        ),
        list(
            "list user groups",
            json!({"filter": "type eq \"OKTA_GROUP\""}),
            vec![
                exchange("GET", "/api/v1/groups?filter=type%20eq%20%22OKTA_GROUP%22&limit=200", "[]")
                    .header("link", format!("<{{org}}/x>; rel=\"self\", {}", next("/api/v1/groups?after=1"))),
                exchange("GET", "/api/v1/groups?after=1", objects(3)),
            ],
            3,
            "num_groups",
        ),
        Case {
            summary: json!({"group_id": "00g1"}),
            ..case(
                "add group",
                json!({"name": "Night \"shift\"", "description": "On duty"}),
                vec![
                    exchange("POST", "/api/v1/groups", "{\"id\":\"00g1\"}")
                        .body(r#"{"profile":{"name":"Night \"shift\"","description":"On duty"}}"#),
                ],
                1,
                "Added group \"Night \"shift\"\"",
            )
        },
        case(
            "reset password",
            json!({"user_id": "a/b@x", "receive_type": "ui"}),
            vec![
                exchange(
                    "GET",
                    "/api/v1/users?search=profile.login%20eq%20%22a%2Fb%40x%22%20or%20profile.email%20eq%20%22a%2Fb%40x%22&limit=2",
                    json!([{"id": ID}]).to_string(),
                ),
                exchange(
                    "POST",
                    format!("/api/v1/users/{ID}/lifecycle/reset_password?sendEmail=false"),
                    "{\"resetPasswordUrl\":\"https://example.okta.com/reset_password/abc\"}",
                ),
            ],
            1,
            "The password reset link for user \"a/b@x\" is in data: keep it secret",
        ),
        case(
            "reset password",
            json!({"user_id": "ada", "receive_type": "Email"}),
            vec![exchange("POST", "/api/v1/users/ada/lifecycle/reset_password?sendEmail=true", "{}")],
            0,
            "Okta emailed a password reset link to user \"ada\"",
        ),
        case(
            "set password",
            json!({"id": "100%@x", "new_password": "Correct-Horse \"9\""}),
            vec![
                exchange("POST", "/api/v1/users/100%25@x", user())
                    .body(r#"{"credentials":{"password":{"value":"Correct-Horse \"9\""}}}"#),
            ],
            1,
            "Set the password of user \"100%@x\"",
        ),
        case(
            "disable user",
            json!({"id": "a+b@x"}),
            vec![exchange("POST", "/api/v1/users/a%2Bb@x/lifecycle/suspend", "")],
            0,
            "Disabled user \"a+b@x\"",
        ),
        case(
            "clear user sessions",
            json!({"id": ID}),
            vec![exchange("DELETE", format!("/api/v1/users/{ID}/sessions"), "").status(204)],
            0,
            &format!("Ended all sessions of user \"{ID}\""),
        ),
        case(
            "enable user",
            json!({"id": "é@x"}),
            vec![exchange("POST", "/api/v1/users/%C3%A9@x/lifecycle/unsuspend", "{}")],
            0,
            "Enabled user \"é@x\"",
        ),
        case(
            "get user",
            json!({"user_id": "o'neil a#b?c@x"}),
            vec![exchange("GET", "/api/v1/users/o%27neil%20a%23b%3Fc@x", user())],
            1,
            "Found user \"o'neil a#b?c@x\"",
        ),
        case(
            "get group",
            json!({"group_id": "../users"}),
            vec![exchange("GET", "/api/v1/groups/..%2Fusers", "{\"id\":\"00g1\"}")],
            1,
            "Found group \"../users\"",
        ),
        list(
            "list providers",
            json!({"query": "x", "type": "saml2", "limit": 5}),
            vec![exchange("GET", "/api/v1/idps?q=x&type=SAML2&limit=5", objects(2))],
            2,
            "num_idps",
        ),
        list(
            "list roles",
            json!({"user_id": "ada"}),
            vec![
                exchange("GET", "/api/v1/users/ada", user()),
                exchange("GET", format!("/api/v1/users/{ID}/roles"), objects(2)),
            ],
            2,
            "num_roles",
        ),
        case(
            "assign role",
            json!({"user_id": ID, "type": "user_admin"}),
            vec![
                exchange("POST", format!("/api/v1/users/{ID}/roles"), "{\"id\":\"ra1\",\"type\":\"USER_ADMIN\"}")
                    .body(r#"{"type":"USER_ADMIN"}"#)
                    .status(201),
            ],
            1,
            &format!("Assigned the role USER_ADMIN to user \"{ID}\""),
        ),
        case(
            "unassign role",
            json!({"user_id": ID, "role_id": "ra/1"}),
            vec![exchange("DELETE", format!("/api/v1/users/{ID}/roles/ra%2F1"), "").status(204)],
            0,
            &format!("Removed the role ra/1 from user \"{ID}\""),
        ),
    ]
}
