//! Data paths of Okta's role assignment object.

use crate::runtime::table::facts::{DataPath, text};

/// An admin role assigned to a user.
pub const ASSIGNMENT: &[DataPath] = &[
    text("id", "JBCUYUC7IRCVGS27IFCE2SKO")
        .contains(&["okta role id"])
        .column("Role ID")
        .description("Id of the role assignment, the role_id of unassign role"),
    text("label", "Help Desk Administrator").column("Role").description("Display name of the role"),
    text("type", "HELP_DESK_ADMIN").column("Type").description("Role type, the type of assign role"),
    text("status", "ACTIVE").column("Status").description("ACTIVE or INACTIVE"),
    text("assignmentType", "USER")
        .column("Assigned To")
        .description("USER if assigned directly, GROUP if assigned through a group"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").description("When the role was assigned"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").description("When the role assignment was last updated"),
    text("_links.assignee.href", user_url!()).description("User that the role is assigned to"),
];
