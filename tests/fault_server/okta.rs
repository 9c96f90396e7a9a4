//! A small Okta: one user, one group, one role assignment, one push factor, and what has been
//! done to them, so that a test can ask whether something really happened.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::server::{Answer, Reply, Seen, Server};

pub const LOGIN: &str = "ada@example.com";
pub const USER: &str = "00uq3x7ZkT9aLmN4w5d7";
pub const GROUP: &str = "00gq3x7ZkT9aLmN4w5d7";
pub const ROLE: &str = "ra1q3x7ZkT9aLmN4w5d7";
pub const FACTOR: &str = "opfq3x7ZkT9aLmN4w5d7";

/// When everything came about: the time that every answer's `Date` gives.
const NOW: &str = "2026-11-24T06:00:00.000Z";

/// The state of the org, and what was done to it.
#[derive(Clone, Debug)]
pub struct World {
    pub origin: String,
    pub status: &'static str,
    pub has_role: bool,
    pub has_group: bool,
    /// So many changes of any kind have been made.
    pub changes: u32,
    pub challenge: &'static str,
    pub challenges: u32,
    pub cancelled: u32,
    pub polls: u32,
}

impl World {
    pub fn new(origin: &str) -> World {
        World {
            origin: origin.to_owned(),
            status: "ACTIVE",
            has_role: false,
            has_group: false,
            changes: 0,
            challenge: "WAITING",
            challenges: 0,
            cancelled: 0,
            polls: 0,
        }
    }

    /// Does what a request asks for and answers it.
    pub fn answer(&mut self, seen: &Seen) -> Answer {
        let path = seen.path().strip_prefix("/api/v1/").unwrap_or_default().to_owned();
        let parts: Vec<&str> = path.split('/').collect();
        match (seen.method.as_str(), parts.as_slice()) {
            ("GET", ["users", "me"]) => Answer::new(200, self.user().to_string()),
            ("GET", ["users"]) => Answer::new(200, json!([self.user()]).to_string()),
            ("GET", ["groups"]) => {
                let groups: Vec<Value> = self.has_group.then(|| self.group()).into_iter().collect();
                Answer::new(200, json!(groups).to_string())
            }
            ("GET", ["idps"]) => Answer::new(200, json!([{"id": "0oaq3x7ZkT9aLmN4w5d7", "type": "OIDC"}]).to_string()),
            ("GET", ["users", user]) if Self::is_user(user) => Answer::new(200, self.user().to_string()),
            ("GET", ["groups", _]) => Answer::new(200, self.group().to_string()),
            ("GET", ["users", _, "roles"]) => {
                let roles: Vec<Value> = self.has_role.then(Self::role).into_iter().collect();
                Answer::new(200, json!(roles).to_string())
            }
            ("POST", ["users", user]) if Self::is_user(user) => {
                self.changes += 1;
                Answer::new(200, self.user().to_string())
            }
            ("POST", ["users", _, "lifecycle", "suspend"]) => self.lifecycle("ACTIVE", "SUSPENDED"),
            ("POST", ["users", _, "lifecycle", "unsuspend"]) => self.lifecycle("SUSPENDED", "ACTIVE"),
            ("POST", ["users", _, "lifecycle", "reset_password"]) => {
                self.changes += 1;
                let link = json!({"resetPasswordUrl": format!("{}/reset_password/link{}", self.origin, self.changes)});
                let by_mail = seen.target.contains("sendEmail=true");
                Answer::new(200, if by_mail { "{}".to_owned() } else { link.to_string() })
            }
            ("DELETE", ["users", USER, "sessions"]) => {
                self.changes += 1;
                Answer::new(204, "")
            }
            ("POST", ["users", USER, "roles"]) if self.has_role => Answer::error(
                409,
                "E0000090",
                "Duplicate role assignment exception.",
                "The role specified is already assigned to the user.",
            ),
            ("POST", ["users", USER, "roles"]) => {
                self.has_role = true;
                self.changes += 1;
                Answer::new(201, Self::role().to_string())
            }
            ("DELETE", ["users", USER, "roles", ROLE]) if self.has_role => {
                self.has_role = false;
                self.changes += 1;
                Answer::new(204, "")
            }
            ("POST", ["groups"]) if self.has_group => Answer::error(
                400,
                "E0000001",
                "Api validation failed: name",
                "name: An object with this field already exists in the current organization",
            ),
            ("POST", ["groups"]) => {
                self.has_group = true;
                self.changes += 1;
                Answer::new(200, self.group().to_string())
            }
            ("GET", ["users", USER, "factors"]) => Answer::new(200, json!([self.factor()]).to_string()),
            ("POST", ["users", USER, "factors", FACTOR, "verify"]) => {
                self.changes += 1;
                self.challenges += 1;
                Answer::new(201, self.transaction("WAITING").to_string())
            }
            ("GET", ["users", USER, "factors", FACTOR, "transactions", _]) => {
                self.polls += 1;
                Answer::new(200, self.transaction(self.challenge).to_string())
            }
            ("DELETE", ["users", USER, "factors", FACTOR, "transactions", _]) => {
                self.cancelled += 1;
                Answer::new(204, "")
            }
            _ => Answer::error(404, "E0000007", &format!("Not found: Resource not found: {path}"), ""),
        }
    }

    fn is_user(name: &str) -> bool {
        matches!(name, LOGIN | USER)
    }

    fn lifecycle(&mut self, from: &'static str, to: &'static str) -> Answer {
        if self.status != from {
            let cause = match from {
                "ACTIVE" => "Cannot suspend a user that is not active",
                _ => "Cannot unsuspend a user that is not suspended",
            };
            return Answer::error(400, "E0000001", "Api validation failed: id", cause);
        }
        self.status = to;
        self.changes += 1;
        Answer::new(200, "{}")
    }

    pub fn user(&self) -> Value {
        let profile = json!({"login": LOGIN, "email": LOGIN});
        json!({"id": USER, "status": self.status, "statusChanged": NOW, "passwordChanged": NOW, "profile": profile})
    }

    pub fn group(&self) -> Value {
        json!({"id": GROUP, "type": "OKTA_GROUP", "created": NOW, "profile": {"name": "Night shift", "description": "On call"}})
    }

    fn role() -> Value {
        json!({"id": ROLE, "type": "USER_ADMIN", "assignmentType": "USER", "status": "ACTIVE", "label": "x", "created": NOW})
    }

    fn factor(&self) -> Value {
        json!({"id": FACTOR, "factorType": "push", "status": "ACTIVE", "profile": {"name": "Ada's phone"}})
    }

    fn transaction(&self, result: &str) -> Value {
        let href = format!("{}/api/v1/users/{USER}/factors/{FACTOR}/transactions/v2test", self.origin);
        json!({"factorResult": result, "_links": {"poll": {"href": href}, "cancel": {"href": href}}})
    }
}

/// The state, shared with the server that changes it.
pub type Shared = Arc<Mutex<World>>;

/// An org in which `hook` may answer instead.
pub fn org(hook: impl FnMut(&mut World, &Seen) -> Option<Reply> + Send + 'static) -> (Server, Shared) {
    org_by(Server::new, hook)
}

/// An org on a server made by `make`.
pub fn org_by<H>(make: impl FnOnce(Script) -> Server, mut hook: H) -> (Server, Shared)
where
    H: FnMut(&mut World, &Seen) -> Option<Reply> + Send + 'static,
{
    let world = Arc::new(Mutex::new(World::new("")));
    let shared = world.clone();
    let server = make(Box::new(move |seen: &Seen| {
        let mut world = shared.lock().unwrap();
        hook(&mut world, seen).unwrap_or_else(|| world.answer(seen).reply())
    }));
    world.lock().unwrap().origin = server.origin();
    (server, world)
}

/// What a server does with each request.
pub type Script = Box<dyn FnMut(&Seen) -> Reply + Send>;
