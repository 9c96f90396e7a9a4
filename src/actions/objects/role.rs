//! Data paths of Okta's role assignment object.

use crate::runtime::table::facts::{DataPath, text};

/// An admin role as somebody holds it.
pub const ASSIGNMENT: &[DataPath] = &[
    text("id", "ra1q4cTvB2nPhY6x35d7")
        .contains(&["okta role id"])
        .column("Role ID")
        .description("Id of the assignment: what unassign role asks for"),
    text("label", "Help Desk Administrator").column("Role").description("The role's name for people"),
    text("type", "HELP_DESK_ADMIN")
        .column("Type")
        .description("The role's name for programs: what assign role asks for"),
    text("status", "ACTIVE").column("Status").description("ACTIVE or INACTIVE"),
    text("assignmentType", "USER")
        .column("Assigned To")
        .description("USER if given to the user, GROUP if held through a group"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").description("When the role was assigned"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").description("When the assignment was last changed"),
    text("_links.assignee.href", user_url!()).description("Who holds the role"),
];
