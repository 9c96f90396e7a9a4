//! Data paths of Okta's user object.

use crate::runtime::table::facts::{DataPath, text, url};

/// Who the user is and whether the account is in use. *list roles* names most of these too, but
/// without saying what they contain, and has them in its own table.
pub const IDENTITY: &[DataPath] = &[
    text("id", "00uq3x7ZkT9aLmN4w5d7")
        .contains(&["okta user id"])
        .column("User ID")
        .description("Okta's id of the user"),
    text("profile.login", "ada@example.com")
        .contains(&["email"])
        .column("Login")
        .description("Name the user signs in with"),
    text("profile.email", "ada@example.com")
        .contains(&["email"])
        .column("Email")
        .description("Primary address, where Okta sends its mails"),
    text("profile.secondEmail", "ada@home.example.com")
        .contains(&["email"])
        .description("Further address, for account recovery"),
    text("credentials.emails.*.value", "ada@example.com").contains(&["email"]).description("The address"),
    text("status", "ACTIVE")
        .column("Status")
        .description("Where the account is in its life, such as ACTIVE, SUSPENDED or LOCKED_OUT"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").description("When the user was made"),
    text("lastLogin", "2026-03-02T07:58:41.000Z")
        .column("Last Login")
        .description("When the user last signed in; null if never"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").description("When the user was last changed"),
    url("_links.self.href", user_url!()),
];

/// Further facts about the account.
pub const ACCOUNT: &[DataPath] = &[
    text("type.id", "otyq2aRmC5vHbZ0t15d7")
        .description("Id of the user type, which decides on the profile's attributes"),
    text("activated", "2026-01-12T08:31:20.000Z").description("When the account was activated; null if not yet"),
    text("statusChanged", "2026-01-12T08:31:20.000Z").description("When the status last changed"),
    text("passwordChanged", "2026-01-12T08:40:02.000Z").description("When the password was last changed"),
    text("credentials.provider.type", "OKTA")
        .description("Kind of directory that checks the password, such as OKTA or ACTIVE_DIRECTORY"),
    text("credentials.provider.name", "OKTA").description("Name of the directory that checks the password"),
    text("credentials.emails.*.type", "PRIMARY").description("PRIMARY or SECONDARY"),
    text("credentials.emails.*.status", "VERIFIED").description("Whether the user has proved to own the address"),
    text("credentials.recovery_question.question", "What was your first school called?")
        .description("Question for account recovery; the answer is never sent"),
];

/// The person, as far as the profile tells. Attributes an org has added come too, unlisted.
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

/// A profile attribute that only *list users* and *list roles* name.
pub const PRIMARY_PHONE: &[DataPath] = &[text("profile.primaryPhone", "+1-202-555-0117")];

/// What can be done with a single user: Okta sends the links that fit the user's status. The
/// addresses of activate and unsuspend are in the actions' own tables, for their `contains` differ.
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
