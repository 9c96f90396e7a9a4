//! The sixteen actions as the matrix needs them: what to send, and which request is the one that
//! matters.

use serde_json::{Value, json};

use super::okta::{FACTOR, GROUP, LOGIN, ROLE, USER, World};
use super::secrets::PASSWORD;
use super::server::Seen;

/// How an action's main operation may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Read,
    /// A write that leaves the same state when it is sent twice.
    Repeatable,
    /// A write that may be sent once.
    Single,
}

pub struct Action {
    pub identifier: &'static str,
    pub class: Class,
    pub method: &'static str,
    /// Path of the main operation.
    pub path: String,
    pub parameters: Value,
    /// Whether the main operation needs a body that has something in it.
    pub needs_body: bool,
    /// Reading shows what became of a lost answer.
    pub settles: bool,
    /// A refusal of a second try is checked against the state.
    pub reads_state: bool,
}

impl Action {
    pub fn is_main(&self, seen: &Seen) -> bool {
        seen.is(self.method, &self.path)
    }

    /// The state in which the action has something to do.
    pub fn prepare(&self, world: &mut World) {
        world.challenge = "SUCCESS";
        match self.identifier {
            "enable_user" => world.status = "SUSPENDED",
            "unassign_role" => world.has_role = true,
            _ => {}
        }
    }

    /// Whether the answer has to be about whom or what was asked for.
    pub fn is_about_one(&self) -> bool {
        matches!(self.identifier, "get_user" | "get_group" | "set_password" | "assign_role" | "add_group")
    }

    pub fn is_list(&self) -> bool {
        self.identifier.starts_with("list_")
    }
}

pub fn named(identifier: &str) -> Action {
    all().into_iter().find(|action| action.identifier == identifier).expect("one of the sixteen")
}

pub fn all() -> Vec<Action> {
    use Class::{Read, Repeatable, Single};
    let login = |rest: &str| format!("/api/v1/users/{LOGIN}{rest}");
    let id = |rest: &str| format!("/api/v1/users/{USER}{rest}");
    let row = |identifier, class, method, path: String, parameters, needs_body| Action {
        identifier,
        class,
        method,
        path,
        parameters,
        needs_body,
        settles: identifier == "add_group",
        reads_state: matches!(identifier, "disable_user" | "enable_user" | "assign_role" | "unassign_role"),
    };
    let user = || json!({"user_id": LOGIN});
    vec![
        row("test_connectivity", Read, "GET", "/api/v1/users/me".into(), json!({}), true),
        row("list_users", Read, "GET", "/api/v1/users".into(), json!({}), true),
        row("get_user", Read, "GET", login(""), user(), true),
        row("list_user_groups", Read, "GET", "/api/v1/groups".into(), json!({}), true),
        row("get_group", Read, "GET", format!("/api/v1/groups/{GROUP}"), json!({"group_id": GROUP}), true),
        row("list_providers", Read, "GET", "/api/v1/idps".into(), json!({}), true),
        row("list_roles", Read, "GET", id("/roles"), user(), true),
        row("disable_user", Repeatable, "POST", login("/lifecycle/suspend"), json!({"id": LOGIN}), false),
        row("enable_user", Repeatable, "POST", login("/lifecycle/unsuspend"), json!({"id": LOGIN}), false),
        row("set_password", Repeatable, "POST", login(""), json!({"id": LOGIN, "new_password": PASSWORD}), true),
        row("clear_user_sessions", Repeatable, "DELETE", id("/sessions"), json!({"id": LOGIN}), false),
        row("assign_role", Repeatable, "POST", id("/roles"), json!({"user_id": LOGIN, "type": "USER_ADMIN"}), true),
        row(
            "unassign_role",
            Repeatable,
            "DELETE",
            id(&format!("/roles/{ROLE}")),
            json!({"user_id": LOGIN, "role_id": ROLE}),
            false,
        ),
        row(
            "reset_password",
            Single,
            "POST",
            login("/lifecycle/reset_password"),
            json!({"user_id": LOGIN, "receive_type": "Email"}),
            false,
        ),
        row(
            "add_group",
            Single,
            "POST",
            "/api/v1/groups".into(),
            json!({"name": "Night shift", "description": "On call"}),
            true,
        ),
        row(
            "send_push_notification",
            Single,
            "POST",
            id(&format!("/factors/{FACTOR}/verify")),
            json!({"email": LOGIN, "factortype": "push"}),
            true,
        ),
    ]
}
