//! The table of actions, and what they share. A new action is one file here and one row in the table.

use crate::runtime::table::connector::{About, Connector, Row};

pub mod asset;
pub mod ids;
pub mod listing;
pub mod objects;
mod sentences;
pub mod session;
mod states;

mod add_group;
mod assign_role;
mod clear_user_sessions;
mod disable_user;
mod enable_user;
mod get_group;
mod get_user;
mod list_providers;
mod list_roles;
mod list_user_groups;
mod list_users;
mod reset_password;
mod send_push_notification;
mod set_password;
mod test_connectivity;
mod unassign_role;

pub use session::OktaSession;

/// The actions in the order of the manifest.
pub static TABLE: &[Row<OktaSession>] = &[
    Row::of::<test_connectivity::TestConnectivity>(),
    Row::of::<send_push_notification::SendPushNotification>(),
    Row::of::<list_users::ListUsers>(),
    Row::of::<list_user_groups::ListUserGroups>(),
    Row::of::<add_group::AddGroup>(),
    Row::of::<reset_password::ResetPassword>(),
    Row::of::<set_password::SetPassword>(),
    Row::of::<disable_user::DisableUser>(),
    Row::of::<clear_user_sessions::ClearUserSessions>(),
    Row::of::<enable_user::EnableUser>(),
    Row::of::<get_user::GetUser>(),
    Row::of::<get_group::GetGroup>(),
    Row::of::<list_providers::ListProviders>(),
    Row::of::<list_roles::ListRoles>(),
    Row::of::<assign_role::AssignRole>(),
    Row::of::<unassign_role::UnassignRole>(),
];

/// The Okta connector: manifest facts and the table of actions.
pub static OKTA: Connector<OktaSession> = Connector {
    about: &About {
        appid: "8d1c7b5e-3f0a-4c62-9a57-6e2b4d90c1f3",
        name: "Okta",
        description: "Looks up and manages users, groups, admin roles and identity providers in an Okta org",
        publisher: "okta-connector",
        package_name: "phantom_okta",
        category: "identity management",
        main_module: "okta-connector",
        product_vendor: "Okta",
        product_name: "Okta",
        logo: "logo_okta.svg",
        min_phantom_version: "5.0.0",
        secret_members: crate::okta::error::SECRET_MEMBERS,
        recorded_headers: &["x-okta-request-id", "x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset"],
    },
    actions: TABLE,
};

/// The admin roles that Okta requires, one of each list.
mod roles {
    pub(super) const SUPER: &[&str] = &["SUPER_ADMIN"];
    pub(super) const ORG: &[&str] = &["SUPER_ADMIN", "ORG_ADMIN"];
    pub(super) const USERS: &[&str] = &["SUPER_ADMIN", "ORG_ADMIN", "USER_ADMIN"];
    pub(super) const HELP_DESK: &[&str] = &["SUPER_ADMIN", "ORG_ADMIN", "USER_ADMIN", "HELP_DESK_ADMIN"];
    pub(super) const ORG_READERS: &[&str] = &["SUPER_ADMIN", "ORG_ADMIN", "READ_ONLY_ADMIN"];
    /// Roles that may read a single user or group.
    pub(super) const READERS: &[&str] = &[
        "SUPER_ADMIN",
        "ORG_ADMIN",
        "APP_ADMIN",
        "USER_ADMIN",
        "HELP_DESK_ADMIN",
        "GROUP_MEMBERSHIP_ADMIN",
        "READ_ONLY_ADMIN",
        "API_ACCESS_MANAGEMENT_ADMIN",
    ];
    /// Roles that may list groups.
    pub(super) const GROUP_LISTERS: &[&str] = &[
        "SUPER_ADMIN",
        "ORG_ADMIN",
        "APP_ADMIN",
        "USER_ADMIN",
        "HELP_DESK_ADMIN",
        "GROUP_MEMBERSHIP_ADMIN",
        "READ_ONLY_ADMIN",
        "API_ACCESS_MANAGEMENT_ADMIN",
        "MOBILE_ADMIN",
    ];
    /// Roles that may list users.
    pub(super) const USER_LISTERS: &[&str] = &[
        "SUPER_ADMIN",
        "ORG_ADMIN",
        "APP_ADMIN",
        "USER_ADMIN",
        "HELP_DESK_ADMIN",
        "GROUP_MEMBERSHIP_ADMIN",
        "READ_ONLY_ADMIN",
        "API_ACCESS_MANAGEMENT_ADMIN",
        "REPORT_ADMIN",
        "MOBILE_ADMIN",
    ];
}
