//! Admin roles: types, labels, and the ids of their assignments.

use serde_json::{Value, json};

use super::ids::{Kind, base32};
use super::plan::Plan;
use crate::clock::iso;

/// Types and labels (okta-api.md, «Operations», role types).
pub const TYPES: &[(&str, &str)] = &[
    ("SUPER_ADMIN", "Super Administrator"),
    ("ORG_ADMIN", "Organization Administrator"),
    ("APP_ADMIN", "Application Administrator"),
    ("USER_ADMIN", "Group Administrator"),
    ("HELP_DESK_ADMIN", "Help Desk Administrator"),
    ("GROUP_MEMBERSHIP_ADMIN", "Group Membership Administrator"),
    ("READ_ONLY_ADMIN", "Read-only Administrator"),
    ("MOBILE_ADMIN", "Mobile Administrator"),
    ("API_ACCESS_MANAGEMENT_ADMIN", "API Access Management Administrator"),
    ("REPORT_ADMIN", "Report Administrator"),
    ("WORKFLOWS_ADMIN", "Workflows Administrator"),
    ("ACCESS_CERTIFICATIONS_ADMIN", "Access Certifications Administrator"),
    ("ACCESS_REQUESTS_ADMIN", "Access Requests Administrator"),
];

/// Those whose assignment has the same id for every user (okta-api.md, «Conventions»).
const BASE32: &[&str] = &["APP_ADMIN", "USER_ADMIN", "HELP_DESK_ADMIN", "GROUP_MEMBERSHIP_ADMIN"];

/// A role that a user holds. Times are epoch milliseconds.
#[derive(Clone, Debug)]
pub struct Role {
    pub id: String,
    /// One of `TYPES`.
    pub kind: String,
    /// `USER`, or `GROUP` where it is held through a group.
    pub assignment: &'static str,
    pub created: u64,
}

impl Role {
    pub(crate) fn new(plan: &Plan, user: u64, kind: &str, created: u64) -> Role {
        let index = TYPES.iter().position(|(name, _)| *name == kind).unwrap_or(TYPES.len()) as u64;
        let id = match BASE32.contains(&kind) {
            true => base32(kind),
            false => plan.ids.of(Kind::Role, "ra1", user * 64 + index),
        };
        Role { id, kind: kind.to_owned(), assignment: "USER", created }
    }

    pub(crate) fn through_group(plan: &Plan, group: u64, kind: &str, created: u64) -> Role {
        let id = plan.ids.of(Kind::Role, "gra", group);
        Role { id, kind: kind.to_owned(), assignment: "GROUP", created }
    }

    /// What the seed assigns: the token's owner is SUPER_ADMIN, a few others have something.
    pub(crate) fn seeded(plan: &Plan, user: u64) -> Vec<Role> {
        let kind = match (user, plan.ids.chance("role", user) % 60) {
            (0, _) => "SUPER_ADMIN",
            (1.., 0) => "HELP_DESK_ADMIN",
            (1.., 1) => "READ_ONLY_ADMIN",
            (1.., 2) => "APP_ADMIN",
            _ => return Vec::new(),
        };
        match user >= plan.users {
            true => Vec::new(),
            false => vec![Role::new(plan, user, kind, 1_735_689_600_000)],
        }
    }

    pub(crate) fn json(&self, origin: &str, user: &str) -> Value {
        let label = TYPES.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, label)| *label);
        json!({
            "id": self.id,
            "label": label,
            "type": self.kind,
            "status": "ACTIVE",
            "created": iso(self.created),
            "lastUpdated": iso(self.created),
            "assignmentType": self.assignment,
            "_links": {"assignee": {"href": format!("{origin}/api/v1/users/{user}")}},
        })
    }
}
