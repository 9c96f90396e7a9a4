//! Data paths of Okta's user object.

use crate::runtime::table::facts::{DataPath, text, url};

/// Identity and status of the user. *list roles* lists most of these paths too, but without `contains`,
/// so it has them in its own table.
pub const IDENTITY: &[DataPath] = &[
    text("id", "00uq3x7ZkT9aLmN4w5d7")
        .contains(&["okta user id"])
        .column("User ID")
        .description("Okta's id of the user"),
    text("profile.login", "ada@example.com").contains(&["email"]).column("Login").description("Login of the user"),
    text("profile.email", "ada@example.com").contains(&["email"]).column("Email").description("Primary email address"),
    text("profile.secondEmail", "ada@home.example.com")
        .contains(&["email"])
        .description("Secondary email address, for account recovery"),
    text("credentials.emails.*.value", "ada@example.com").contains(&["email"]).description("Email address"),
    text("status", "ACTIVE").column("Status").description("Account status, such as ACTIVE, SUSPENDED or LOCKED_OUT"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").description("When the user was created"),
    text("lastLogin", "2026-03-02T07:58:41.000Z")
        .column("Last Login")
        .description("When the user last signed in; null if never"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").description("When the user was last updated"),
    url("_links.self.href", user_url!()),
];

/// Details of the account.
pub const ACCOUNT: &[DataPath] = &[
    text("type.id", "otyq2aRmC5vHbZ0t15d7").description("Id of the user type, which defines the profile attributes"),
    text("activated", "2026-01-12T08:31:20.000Z").description("When the account was activated; null if not yet"),
    text("statusChanged", "2026-01-12T08:31:20.000Z").description("When the status last changed"),
    text("passwordChanged", "2026-01-12T08:40:02.000Z").description("When the password was last changed"),
    text("credentials.provider.type", "OKTA")
        .description("Type of provider that verifies the password, such as OKTA or ACTIVE_DIRECTORY"),
    text("credentials.provider.name", "OKTA").description("Name of the provider that verifies the password"),
    text("credentials.emails.*.type", "PRIMARY").description("Type of address: PRIMARY or SECONDARY"),
    text("credentials.emails.*.status", "VERIFIED").description("Whether the address is verified"),
    text("credentials.recovery_question.question", "What was your first school called?")
        .description("Recovery question; Okta never returns the answer"),
];

/// Profile attributes. Custom attributes of an org are returned too, but are not listed.
pub const PROFILE: &[DataPath] = &[
    text("profile.firstName", "Ada"),
    text("profile.middleName", "Maria"),
    text("profile.lastName", "Example"),
    text("profile.displayName", "Ada Example"),
    text("profile.nickName", "Ada"),
    text("profile.title", "Analyst"),
    text("profile.department", "Finance"),
    text("profile.mobilePhone", "+1-202-555-0142"),
    text("profile.streetAddress", "1 Example Street"),
    text("profile.city", "Springfield"),
];

/// A profile attribute that only *list users* and *list roles* list.
pub const PRIMARY_PHONE: &[DataPath] = &[text("profile.primaryPhone", "+1-202-555-0117")];

/// Links to what can be done with a user; Okta returns those that fit the user's status. activate and
/// unsuspend are in the actions' own tables because their `contains` differs.
pub const LINKS: &[DataPath] = &[
    text("_links.type.href", "https://example.okta.com/api/v1/meta/types/user/otyq2aRmC5vHbZ0t15d7"),
    text("_links.schema.href", "https://example.okta.com/api/v1/meta/schemas/user/oscq2bRmC5vHbZ0t25d7"),
    text("_links.activate.method", "POST"),
    url("_links.deactivate.href", user_url!("/lifecycle/deactivate")),
    text("_links.deactivate.method", "POST"),
    url("_links.suspend.href", user_url!("/lifecycle/suspend")),
    text("_links.suspend.method", "POST"),
    text("_links.unsuspend.method", "POST"),
    url("_links.resetPassword.href", user_url!("/lifecycle/reset_password")),
    text("_links.resetPassword.method", "POST"),
    url("_links.expirePassword.href", user_url!("/lifecycle/expire_password")),
    text("_links.expirePassword.method", "POST"),
    url("_links.forgotPassword.href", user_url!("/credentials/forgot_password")),
    text("_links.forgotPassword.method", "POST"),
    url("_links.changePassword.href", user_url!("/credentials/change_password")),
    text("_links.changePassword.method", "POST"),
    url("_links.changeRecoveryQuestion.href", user_url!("/credentials/change_recovery_question")),
    text("_links.changeRecoveryQuestion.method", "POST"),
];
