//! A made-up org: a seed, and an overlay of what has been changed. It costs nothing to make, and a
//! clone of it is another org in the same state.

mod app;
mod challenge;
mod event;
mod factor;
mod group;
pub mod ids;
mod members;
mod people;
mod plan;
mod provider;
mod reading;
mod role;
mod shelf;
mod state;
mod user;
mod zone;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde_json::{Value, json};

pub use challenge::{Challenge, Response};
pub use factor::Factor;
pub use group::Group;
pub use plan::Plan;
pub use role::{Role, TYPES as ROLE_TYPES};
pub use user::{Profile, Status, User};

pub(crate) use challenge::{LIFETIME, REMEMBERED};
pub(crate) use event::HISTORY;
pub(crate) use factor::OKTA_VERIFY;
pub(crate) use shelf::Shelf;
pub(crate) use state::Object;

use crate::clock::{Clock, iso};
use crate::quota::{Ledger, Quota};
use event::Deed;

/// Which parts of Okta the org has. Without one, its endpoints answer as Okta does where it is not
/// licensed or not enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features {
    /// `GET /users/{id}/blocks`; else 401 E0000015.
    pub blocks: bool,
    /// Identity Engine's devices; else 404 E0000007.
    pub devices: bool,
    /// Identity Threat Protection: risk of users; else 401 E0000015.
    pub risk: bool,
    /// Universal logout; else 403 E0000006.
    pub universal_logout: bool,
    /// `GET /users/me`: there is no such user for an OAuth service app.
    pub me: bool,
}

impl Default for Features {
    fn default() -> Features {
        Features { blocks: true, devices: true, risk: true, universal_logout: true, me: true }
    }
}

/// A change, in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    pub number: usize,
    pub time: String,
    /// Who made it: `token`, or the other admin of a script.
    pub by: String,
    /// The type of its event in the system log.
    pub operation: String,
    /// Id of the object.
    pub object: String,
    /// Its login or name.
    pub name: String,
    pub before: Value,
    pub after: Value,
}

/// The risk of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    pub level: String,
    pub reason: Option<String>,
}

/// The org.
#[derive(Clone)]
pub struct Org {
    plan: Plan,
    /// Scheme, host and port, for links.
    pub origin: String,
    /// The token that is taken; `None` takes any.
    pub token: Option<String>,
    pub clock: Clock,
    pub features: Features,
    pub quota: Option<Quota>,
    pub ledger: Ledger,
    /// Whether answers are compressed for those who ask for it.
    pub gzip: bool,
    /// Every page of a plain list of users has the content of the first page of its length: made
    /// and compressed once, so that a bench measures the client. Only the cursor moves.
    pub repeats_pages: bool,
    /// Whether deactivating shows `transitioningToStatus` until `settle` is called.
    pub lingers: bool,
    /// Whether a password that was set through the API before is refused.
    pub keeps_password_history: bool,
    /// What users do about a push, unless `responses` has them.
    pub response: Response,
    /// What single users do about a push, by number.
    pub responses: BTreeMap<u64, Response>,
    /// The code that every factor with codes takes.
    pub passcode: String,
    /// Push challenges in their order.
    pub challenges: Vec<Challenge>,
    /// Polls of challenges.
    pub polls: u32,
    /// Challenges that were cancelled.
    pub cancelled: u32,
    pub(crate) users: Shelf<User>,
    pub(crate) groups: Shelf<Group>,
    pub(crate) providers: Shelf<Value>,
    pub(crate) zones: Shelf<Value>,
    pub(crate) apps: Shelf<Value>,
    pub(crate) tokens: Shelf<Value>,
    pub(crate) rules: Shelf<Value>,
    pub(crate) factors: BTreeMap<u64, Vec<Factor>>,
    pub(crate) roles: BTreeMap<u64, Vec<Role>>,
    pub(crate) group_roles: BTreeMap<u64, Vec<String>>,
    pub(crate) members: BTreeMap<(u64, u64), bool>,
    pub(crate) app_users: BTreeMap<(u64, u64), bool>,
    pub(crate) app_groups: BTreeMap<(u64, u64), bool>,
    pub(crate) devices: BTreeMap<u64, String>,
    pub(crate) risks: BTreeMap<u64, Risk>,
    pub(crate) access_codes: BTreeMap<u64, Value>,
    pub(crate) events: Vec<Value>,
    /// Requests answered, for their ids.
    pub(crate) answered: u64,
    changes: Vec<Change>,
    actor: String,
    pub(crate) pages: Arc<Mutex<HashMap<(u64, bool), Arc<[u8]>>>>,
}

/// How large an org is, and what its randomness comes from.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub seed: u64,
    pub users: u64,
    pub groups: u64,
    pub providers: u64,
}

impl Default for Size {
    fn default() -> Size {
        Size { seed: 7, users: 950, groups: 40, providers: 23 }
    }
}

/// The token of an org that was given none. It looks like what it is.
pub const TOKEN: &str = "00fake-token-for-rehearsals";

impl Org {
    pub fn new(size: Size, clock: Clock) -> Org {
        let plan = Plan::new(size.seed, size.users, size.groups, size.providers, clock.now());
        Org {
            plan,
            origin: String::new(),
            token: Some(TOKEN.to_owned()),
            clock,
            features: Features::default(),
            quota: None,
            ledger: Ledger::default(),
            gzip: true,
            repeats_pages: false,
            lingers: false,
            keeps_password_history: true,
            response: Response::default(),
            responses: BTreeMap::new(),
            passcode: "123456".to_owned(),
            challenges: Vec::new(),
            polls: 0,
            cancelled: 0,
            users: Shelf::new(plan.users + plan.former, User::seeded),
            groups: Shelf::new(plan.groups, Group::seeded),
            providers: Shelf::new(plan.providers, provider::seeded),
            zones: Shelf::new(zone::SEEDED, zone::seeded),
            apps: Shelf::new(app::SEEDED, app::seeded),
            tokens: Shelf::new(3, state::api_token),
            rules: Shelf::new(2.min(plan.groups / 3), state::rule),
            factors: BTreeMap::new(),
            roles: BTreeMap::new(),
            group_roles: BTreeMap::from([(group::ADMINISTRATORS, vec!["ORG_ADMIN".to_owned()])]),
            members: BTreeMap::new(),
            app_users: BTreeMap::new(),
            app_groups: BTreeMap::new(),
            devices: BTreeMap::new(),
            risks: BTreeMap::new(),
            access_codes: BTreeMap::new(),
            events: Vec::new(),
            answered: 0,
            changes: Vec::new(),
            actor: "token".to_owned(),
            pages: Arc::default(),
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Epoch milliseconds by the org's clock.
    pub fn now(&self) -> u64 {
        self.clock.now()
    }

    /// All changes so far, in order.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What happens in here is another admin's doing.
    pub fn as_admin<T>(&mut self, name: &str, act: impl FnOnce(&mut Org) -> T) -> T {
        let actor = std::mem::replace(&mut self.actor, name.to_owned());
        let result = act(self);
        self.actor = actor;
        result
    }

    /// Enters a change, in the account and in the system log.
    pub(crate) fn note(&mut self, event: &str, message: &str, target: &Target, before: Value, after: Value) {
        let now = self.now();
        let number = self.changes.len() + 1;
        self.changes.push(Change {
            number,
            time: iso(now),
            by: self.actor.clone(),
            operation: event.to_owned(),
            object: target.id.clone(),
            name: target.name.clone(),
            before,
            after,
        });
        let actor = match self.actor.as_str() {
            "token" => {
                let (first, last, _) = self.plan.people.name(0);
                json!({
                    "id": self.plan.user_id(0), "type": "User", "alternateId": self.plan.people.login(0),
                    "displayName": format!("{first} {last}"),
                })
            }
            other => json!({"id": "00uanotheradmin00000", "type": "User", "alternateId": other, "displayName": other}),
        };
        let about = json!({
            "id": target.id, "type": target.kind, "alternateId": target.name, "displayName": target.name,
        });
        let request = self.request_id();
        let deed = Deed { event, message, actor, targets: vec![about], published: now, request: &request };
        self.events.push(event::event(&self.plan, HISTORY + self.events.len() as u64, &deed));
    }

    /// The id of the request that is being answered: unique in the org, the same in every run.
    pub(crate) fn request_id(&self) -> String {
        let id = self.plan.ids.of(ids::Kind::Event, "req", self.answered);
        format!("{id}{:06}", self.answered % 1_000_000)
    }

    /// Event `number`, from 0 for the oldest.
    pub(crate) fn event(&self, number: u64) -> Option<Value> {
        match number.checked_sub(HISTORY) {
            None => Some(event::history(&self.plan, number)),
            Some(index) => self.events.get(index as usize).cloned(),
        }
    }
}

/// What a change is made to.
pub(crate) struct Target {
    pub kind: &'static str,
    pub id: String,
    pub name: String,
}

impl Target {
    pub fn user(user: &User) -> Target {
        Target { kind: "User", id: user.id.clone(), name: user.login().to_owned() }
    }

    pub fn group(group: &Group) -> Target {
        Target { kind: "UserGroup", id: group.id.clone(), name: group.name.clone() }
    }

    /// Of an object that is kept as JSON.
    pub fn object(kind: &'static str, object: &Value) -> Target {
        let text = |name: &str| object[name].as_str().map(str::to_owned);
        let name = text("label").or_else(|| text("name")).unwrap_or_default();
        Target { kind, id: text("id").unwrap_or_default(), name }
    }
}
