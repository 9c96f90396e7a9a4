//! Groups and who is in them.

use serde_json::{Value, json};

use super::people::{DEPARTMENTS, PLACES};
use super::plan::Plan;
use super::user::{department, place};
use crate::clock::iso;

/// A group. Times are epoch milliseconds.
#[derive(Clone, Debug)]
pub struct Group {
    pub number: u64,
    pub id: String,
    /// `BUILT_IN`, `OKTA_GROUP` or `APP_GROUP`.
    pub kind: String,
    pub name: String,
    pub description: Option<String>,
    /// Custom attributes of the profile.
    pub more: serde_json::Map<String, Value>,
    pub created: u64,
    pub last_updated: u64,
    pub last_membership_updated: u64,
    /// Number of the app that masters an `APP_GROUP`.
    pub app: Option<u64>,
}

/// Groups that every org has: Everyone, the administrators, a department each, a place each.
pub(crate) const ADMINISTRATORS: u64 = 1;
const FIRST_DEPARTMENT: u64 = 2;
const FIRST_PLACE: u64 = FIRST_DEPARTMENT + DEPARTMENTS.len() as u64;
const FIRST_APP: u64 = FIRST_PLACE + PLACES.len() as u64;
const FIRST_OTHER: u64 = FIRST_APP + 2;

const MADE: u64 = 1_514_764_800_000;

impl Group {
    pub(crate) fn seeded(plan: &Plan, number: u64) -> Group {
        let (kind, name, description) = match number {
            0 => ("BUILT_IN", "Everyone".to_owned(), Some("All users in your organization".to_owned())),
            ADMINISTRATORS => {
                ("OKTA_GROUP", "Okta Administrators".to_owned(), Some("Hold their admin role through it".to_owned()))
            }
            FIRST_DEPARTMENT..FIRST_PLACE => {
                let name = DEPARTMENTS[(number - FIRST_DEPARTMENT) as usize].0;
                ("OKTA_GROUP", name.to_owned(), Some(format!("Everybody in {name}")))
            }
            FIRST_PLACE..FIRST_APP => {
                let city = PLACES[(number - FIRST_PLACE) as usize].0;
                ("OKTA_GROUP", format!("Office {city}"), None)
            }
            FIRST_APP..FIRST_OTHER => {
                let name = ["Directory Staff", "Directory Contractors"][(number - FIRST_APP) as usize];
                ("APP_GROUP", name.to_owned(), Some("Imported from a directory".to_owned()))
            }
            _ => ("OKTA_GROUP", format!("Project {:05}", number - FIRST_OTHER + 1), None),
        };
        let created = plan.moment("group", number, MADE, MADE + 200_000_000_000);
        Group {
            number,
            id: plan.group_id(number),
            kind: kind.to_owned(),
            name,
            description,
            more: serde_json::Map::new(),
            created,
            last_updated: created,
            last_membership_updated: created,
            app: (kind == "APP_GROUP").then_some(0),
        }
    }

    /// Whether the seed puts a user into a group.
    pub(crate) fn has(plan: &Plan, group: u64, user: u64) -> bool {
        if user >= plan.users + plan.former {
            // Somebody new is in Everyone only.
            return group == 0;
        }
        match group {
            0 => true,
            // Deactivating somebody ends their memberships but that of Everyone.
            _ if user >= plan.users => false,
            ADMINISTRATORS => user == 0 || plan.ids.chance("administrator", user).is_multiple_of(40),
            FIRST_DEPARTMENT..FIRST_PLACE => department(plan, user) as u64 == group - FIRST_DEPARTMENT,
            FIRST_PLACE..FIRST_APP => place(plan, user) as u64 == group - FIRST_PLACE,
            FIRST_APP..FIRST_OTHER => plan.ids.chance("directory", user) % 4 == group - FIRST_APP,
            _ => plan.ids.chance("project", user ^ group.rotate_left(32)).is_multiple_of(60),
        }
    }

    pub(crate) fn json(&self, plan: &Plan, origin: &str) -> Value {
        let own = format!("{origin}/api/v1/groups/{}", self.id);
        let mut profile = self.more.clone();
        profile.insert("name".to_owned(), json!(self.name));
        profile.insert("description".to_owned(), json!(self.description));
        let object_class = if self.kind == "APP_GROUP" {
            json!(["okta:windows_security_principal"])
        } else {
            json!(["okta:user_group"])
        };
        let mut links = json!({
            "self": {"href": own},
            "logo": [{"name": "medium", "href": format!("{origin}/assets/img/group.png"), "type": "image/png"}],
            "users": {"href": format!("{own}/users")},
            "apps": {"href": format!("{own}/apps")},
        });
        let mut group = json!({
            "id": self.id,
            "created": iso(self.created),
            "lastUpdated": iso(self.last_updated),
            "lastMembershipUpdated": iso(self.last_membership_updated),
            "objectClass": object_class,
            "type": self.kind,
            "profile": profile,
        });
        if let Some(app) = self.app {
            group["source"] = json!({"id": plan.app_id(app)});
            links["source"] = json!({"href": format!("{origin}/api/v1/apps/{}", plan.app_id(app))});
        }
        group["_links"] = links;
        group
    }
}
