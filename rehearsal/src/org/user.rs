//! A user: what the seed makes of a number, and the JSON that Okta sends.

use schemars::JsonSchema;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::people::{DEPARTMENTS, PLACES};
use super::plan::Plan;
use crate::clock::iso;

/// okta-api.md, «Operations», user status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(inline)]
pub enum Status {
    Staged,
    Provisioned,
    Active,
    Recovery,
    LockedOut,
    PasswordExpired,
    Suspended,
    Deprovisioned,
}

impl Status {
    pub const ALL: [Status; 8] = [
        Status::Staged,
        Status::Provisioned,
        Status::Active,
        Status::Recovery,
        Status::LockedOut,
        Status::PasswordExpired,
        Status::Suspended,
        Status::Deprovisioned,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Status::Staged => "STAGED",
            Status::Provisioned => "PROVISIONED",
            Status::Active => "ACTIVE",
            Status::Recovery => "RECOVERY",
            Status::LockedOut => "LOCKED_OUT",
            Status::PasswordExpired => "PASSWORD_EXPIRED",
            Status::Suspended => "SUSPENDED",
            Status::Deprovisioned => "DEPROVISIONED",
        }
    }
}

/// A profile, in the order of its attributes; custom ones are the norm (okta-api.md, «Conventions»).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile(Vec<(String, Value)>);

impl Profile {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.0.iter_mut().find(|(key, _)| key == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// A user. Times are epoch milliseconds.
#[derive(Clone, Debug)]
pub struct User {
    pub number: u64,
    pub id: String,
    pub status: Status,
    pub created: u64,
    pub activated: Option<u64>,
    pub status_changed: Option<u64>,
    pub last_login: Option<u64>,
    pub last_updated: u64,
    pub password_changed: Option<u64>,
    pub profile: Profile,
    /// What the user is on the way to (okta-api.md, «Operations», deactivate).
    pub transitioning_to: Option<Status>,
    /// `OKTA`, or a directory in which passwords and unlocking are at home.
    pub provider: String,
    /// Passwords set through the API, the last one in force; what the user had before is not known.
    pub(crate) passwords: Vec<String>,
    /// ACTIVE, but sign-in from unknown devices is blocked (okta-api.md, user's blocks).
    pub blocked: bool,
}

/// 2018-01-01, 2025-06-01 and 2025-12-31 in epoch milliseconds: people joined, and did things.
const JOINED: (u64, u64) = (1_514_764_800_000, 1_748_736_000_000);
const LATEST: u64 = 1_767_139_200_000;
/// Who can sign in has done so lately: from 2025-10-01 on.
const LATELY: u64 = 1_759_276_800_000;

impl User {
    pub(crate) fn seeded(plan: &Plan, number: u64) -> User {
        let status = seeded_status(plan, number);
        let created = plan.moment("created", number, JOINED.0, JOINED.1);
        let activated =
            (status != Status::Staged).then(|| plan.moment("activated", number, created, created + 259_200_000));
        let has_password = !matches!(status, Status::Staged | Status::Provisioned);
        let password_changed =
            activated.filter(|_| has_password).map(|activated| plan.moment("password", number, activated, LATEST));
        let last_login = match status {
            Status::Active => Some(plan.moment("login", number, LATELY, LATEST)),
            _ => password_changed.map(|from| plan.moment("login", number, from, LATEST)),
        };
        let status_changed = match status {
            Status::Active | Status::Provisioned => activated,
            _ => activated.map(|activated| plan.moment("status", number, activated, LATEST)),
        };
        let last_updated = [Some(created), password_changed, status_changed].into_iter().flatten().max();
        User {
            number,
            id: plan.user_id(number),
            status,
            created,
            activated,
            status_changed,
            last_login,
            last_updated: last_updated.unwrap_or(created),
            password_changed,
            profile: seeded_profile(plan, number),
            transitioning_to: None,
            provider: "OKTA".to_owned(),
            passwords: Vec::new(),
            blocked: false,
        }
    }

    pub fn login(&self) -> &str {
        self.profile.text("login")
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.profile.text("firstName"), self.profile.text("lastName"))
    }

    /// As in a list, where the only link is the user's own (okta-api.md, «Operations»).
    pub(crate) fn listed(&self, origin: &str) -> impl Serialize {
        self.view(json!({"self": {"href": format!("{origin}/api/v1/users/{}", self.id)}}))
    }

    /// As by itself, with links to what can be done in its status.
    pub(crate) fn single(&self, origin: &str) -> impl Serialize {
        let own = format!("{origin}/api/v1/users/{}", self.id);
        let mut links = Map::new();
        links.insert("self".to_owned(), json!({"href": own}));
        links.insert("schema".to_owned(), json!({"href": format!("{origin}/api/v1/meta/schemas/user/default")}));
        links.insert("type".to_owned(), json!({"href": format!("{origin}/api/v1/meta/types/user/default")}));
        for (name, path) in self.lifecycle_links() {
            links.insert((*name).to_owned(), json!({"href": format!("{own}/{path}"), "method": "POST"}));
        }
        self.view(Value::Object(links))
    }

    fn lifecycle_links(&self) -> &'static [(&'static str, &'static str)] {
        const SUSPEND: (&str, &str) = ("suspend", "lifecycle/suspend");
        const DEACTIVATE: (&str, &str) = ("deactivate", "lifecycle/deactivate");
        const RESET: (&str, &str) = ("resetPassword", "lifecycle/reset_password");
        const EXPIRE: (&str, &str) = ("expirePassword", "lifecycle/expire_password");
        const FACTORS: (&str, &str) = ("resetFactors", "lifecycle/reset_factors");
        const CHANGE: (&str, &str) = ("changePassword", "credentials/change_password");
        const REACTIVATE: (&str, &str) = ("reactivate", "lifecycle/reactivate");
        const ACTIVATE: (&str, &str) = ("activate", "lifecycle/activate");
        match self.status {
            Status::Active => &[SUSPEND, DEACTIVATE, RESET, EXPIRE, FACTORS, CHANGE],
            Status::Staged => &[ACTIVATE, DEACTIVATE],
            Status::Deprovisioned => &[ACTIVATE],
            Status::Provisioned => &[REACTIVATE, DEACTIVATE, RESET],
            Status::Recovery => &[REACTIVATE, DEACTIVATE, RESET],
            Status::Suspended => &[("unsuspend", "lifecycle/unsuspend"), DEACTIVATE],
            Status::LockedOut => &[("unlock", "lifecycle/unlock"), DEACTIVATE, RESET],
            Status::PasswordExpired => &[DEACTIVATE, RESET, EXPIRE, FACTORS, CHANGE],
        }
    }

    fn view(&self, links: Value) -> View<'_> {
        let mut credentials = Map::new();
        if self.password_changed.is_some() {
            credentials.insert("password".to_owned(), json!({}));
        }
        let email = json!({"value": self.profile.text("email"), "status": "VERIFIED", "type": "PRIMARY"});
        credentials.insert("emails".to_owned(), json!([email]));
        let name = if self.provider == "OKTA" { "OKTA" } else { "corp.example" };
        credentials.insert("provider".to_owned(), json!({"type": self.provider, "name": name}));
        View {
            id: &self.id,
            status: self.status,
            created: iso(self.created),
            activated: self.activated.map(iso),
            status_changed: self.status_changed.map(iso),
            last_login: self.last_login.map(iso),
            last_updated: iso(self.last_updated),
            password_changed: self.password_changed.map(iso),
            transitioning_to_status: self.transitioning_to,
            r#type: json!({"id": "otyrehearsal0000000d"}),
            profile: &self.profile,
            credentials,
            _links: links,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View<'a> {
    id: &'a str,
    status: Status,
    created: String,
    activated: Option<String>,
    status_changed: Option<String>,
    last_login: Option<String>,
    last_updated: String,
    password_changed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transitioning_to_status: Option<Status>,
    r#type: Value,
    profile: &'a Profile,
    credentials: Map<String, Value>,
    #[serde(rename = "_links")]
    _links: Value,
}

/// Mostly ACTIVE, some of every other status. The first ten are ACTIVE, so that a small org has
/// somebody to work with.
fn seeded_status(plan: &Plan, number: u64) -> Status {
    if number >= plan.users {
        return Status::Deprovisioned;
    }
    match (number, plan.ids.chance("is", number) % 100) {
        (..10, _) => Status::Active,
        (_, 0..2) => Status::Suspended,
        (_, 2..4) => Status::LockedOut,
        (_, 4..7) => Status::PasswordExpired,
        (_, 7..9) => Status::Provisioned,
        (_, 9..11) => Status::Staged,
        (_, 11) => Status::Recovery,
        _ => Status::Active,
    }
}

pub(crate) fn department(plan: &Plan, number: u64) -> usize {
    (plan.ids.chance("department", number) % DEPARTMENTS.len() as u64) as usize
}

pub(crate) fn place(plan: &Plan, number: u64) -> usize {
    (plan.ids.chance("place", number) % PLACES.len() as u64) as usize
}

fn seeded_profile(plan: &Plan, number: u64) -> Profile {
    let (first, last, _) = plan.people.name(number);
    let login = plan.people.login(number);
    let (department, titles) = DEPARTMENTS[department(plan, number)];
    let title = titles[(plan.ids.chance("title", number) % titles.len() as u64) as usize];
    let (city, country) = PLACES[place(plan, number)];
    // The first of a department's first numbers leads it; everybody else reports to somebody earlier.
    let manager = number / 8;
    let (manager_first, manager_last, _) = plan.people.name(manager);
    let phone = format!("+1555555{:04}", plan.ids.chance("phone", number) % 10_000);
    let local = login.split('@').next().unwrap_or_default();
    Profile(vec![
        ("firstName".to_owned(), first.into()),
        ("lastName".to_owned(), last.into()),
        ("mobilePhone".to_owned(), phone.into()),
        ("secondEmail".to_owned(), format!("{local}@mail.example").into()),
        ("login".to_owned(), login.clone().into()),
        ("email".to_owned(), login.clone().into()),
        ("displayName".to_owned(), format!("{first} {last}").into()),
        ("title".to_owned(), title.into()),
        ("department".to_owned(), department.into()),
        ("manager".to_owned(), format!("{manager_first} {manager_last}").into()),
        ("managerId".to_owned(), plan.people.login(manager).into()),
        ("employeeNumber".to_owned(), format!("{:06}", number + 1).into()),
        ("organization".to_owned(), plan.people.company().into()),
        ("city".to_owned(), city.into()),
        ("countryCode".to_owned(), country.into()),
        ("costCenter".to_owned(), format!("CC-{}", 100 + 10 * (number % 12)).into()),
    ])
}
