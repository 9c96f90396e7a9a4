//! Data paths of Okta's group object.

use crate::runtime::table::facts::{DataPath, text, url};

/// Paths that every group has.
pub const COMMON: &[DataPath] = &[
    text("id", "00gq3y1HnR8bVcX2e5d7")
        .contains(&["okta group id"])
        .column("Group ID")
        .description("Okta's id of the group"),
    text("profile.name", "Finance").column("Name"),
    text("profile.description", "Everyone in the finance department").column("Description"),
    text("type", "OKTA_GROUP")
        .column("Type")
        .description("How members are managed: OKTA_GROUP by admins, APP_GROUP by an application, BUILT_IN by Okta"),
    text("objectClass", "okta:user_group").list().description("Object classes of the group in its source"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").description("When the group was created"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").description("When the name or description was last updated"),
    text("lastMembershipUpdated", "2026-03-01T09:12:44.000Z")
        .column("Members Changed")
        .description("When a member was last added or removed"),
    url("_links.users.href", "https://example.okta.com/api/v1/groups/00gq3y1HnR8bVcX2e5d7/users"),
    url("_links.apps.href", "https://example.okta.com/api/v1/groups/00gq3y1HnR8bVcX2e5d7/apps"),
    text("_links.logo.*.name", "medium").description("Size of the logo"),
    url("_links.logo.*.href", "https://example.okta.com/img/group-medium.png"),
    text("_links.logo.*.type", "image/png"),
];

/// Additional paths of groups that come from an application or a directory.
pub const SOURCE: &[DataPath] = &[
    text("source.id", "0oaq2dXpL4yTgU9i65d7").description("Id of the application the group comes from"),
    text("_links.source.href", "https://example.okta.com/api/v1/apps/0oaq2dXpL4yTgU9i65d7"),
    text("profile.dn", "CN=Finance,OU=Groups,DC=example,DC=com").description("Distinguished name in the directory"),
    text("profile.samAccountName", "Finance").description("Pre-Windows 2000 name"),
    text("profile.windowsDomainQualifiedName", "EXAMPLE\\Finance").description("Windows domain and name"),
    text("profile.groupType", "Security").description("Group type: Security or Distribution"),
    text("profile.groupScope", "Global").description("Scope of the group in its forest"),
    text("profile.objectSid", "S-1-5-21-1111111111-2222222222-3333333333-1234")
        .description("Windows security identifier"),
    text("profile.externalId", "q7Vd0xkTn0uYp3rJ2mZc1A==").description("Id of the group in its source"),
];
