//! Applications and who is assigned to them.

use serde_json::{Value, json};

use super::plan::Plan;
use crate::clock::iso;

/// Name of the integration and label; the first is the directory that masters the `APP_GROUP`s.
const APPS: &[(&str, &str)] = &[
    ("active_directory", "corp.example"),
    ("example_mail", "Mail"),
    ("example_wiki", "Wiki"),
    ("example_crm", "Customer Records"),
    ("example_code", "Code Hosting"),
    ("example_payroll", "Payroll"),
    ("example_vpn", "Remote Access"),
    ("example_chat", "Chat"),
];

pub(crate) const SEEDED: u64 = APPS.len() as u64;

pub(crate) fn seeded(plan: &Plan, number: u64) -> Value {
    let (name, label) = APPS[number as usize];
    let created = iso(plan.moment("app", number, 1_514_764_800_000, 1_748_736_000_000));
    json!({
        "id": plan.app_id(number), "name": name, "label": label, "status": "ACTIVE", "created": created,
        "lastUpdated": created, "signOnMode": "SAML_2_0", "features": [],
        "visibility": {"autoSubmitToolbar": false, "hide": {"iOS": false, "web": false}},
    })
}

/// Whether the seed assigns an app to a user. Nobody is assigned to the directory by hand.
pub(crate) fn has(plan: &Plan, app: u64, user: u64) -> bool {
    user < plan.users && app > 0 && app < SEEDED && plan.ids.chance("assigned", app << 40 | user).is_multiple_of(3)
}

/// Whether the seed assigns an app to a group: the mail to Everyone, others to a department.
pub(crate) fn has_group(app: u64, group: u64) -> bool {
    matches!((app, group), (1, 0)) || ((2..SEEDED).contains(&app) && group == app)
}
