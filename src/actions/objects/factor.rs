//! Data paths of Okta's factor object and of the answer to a challenge.

use crate::runtime::table::facts::{DataPath, text};

/// What came of a challenge.
pub const RESULT: &[DataPath] = &[text("factorResult", "SUCCESS")
    .column("Result")
    .description("How the user answered, such as SUCCESS, REJECTED or TIMEOUT")];

/// The factor as the user has enrolled it.
pub const FACTOR: &[DataPath] = &[
    text("id", "opfq4fGkD3jSwE8u95d7").column("Factor ID").description("Okta's id of the factor"),
    text("factorType", "push").column("Factor").description("Kind of factor, such as push, sms or token:software:totp"),
    text("provider", "OKTA").column("Provider").description("Whose service checks the factor"),
    text("vendorName", "OKTA").description("Whose product the factor is"),
    text("status", "ACTIVE").column("Status").description("Only an ACTIVE factor can be challenged"),
    text("created", "2026-01-12T08:30:00.000Z").description("When the factor was enrolled"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").description("When the factor was last changed"),
];

/// The device or number behind the factor: which of these there are depends on its kind.
pub const PROFILE: &[DataPath] = &[
    text("profile.name", "Ada's phone").column("Device").description("Name of the device"),
    text("profile.platform", "IOS").description("The device's operating system"),
    text("profile.version", "26.2").description("Version, as the device reports it"),
    text("profile.deviceType", "SmartPhone_IPhone"),
    text("profile.credentialId", "ada@example.com").description("Login the factor is bound to"),
    text("profile.phoneNumber", "+1-202-555-0142").description("Where codes are sent"),
    text("profile.keys.*.kty", "RSA").description("Kind of the device's public key"),
    text("profile.keys.*.use", "sig").description("What the key is for"),
    text("profile.keys.*.kid", "default").description("Name of the key"),
    text("profile.keys.*.e", "AQAB").description("Public exponent of an RSA key"),
    text("profile.keys.*.n", "example-modulus").description("Modulus of an RSA key"),
];

/// Where to go on from the factor.
pub const LINKS: &[DataPath] = &[
    text("_links.self.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7")),
    text("_links.user.href", user_url!()),
    text("_links.verify.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7/verify"))
        .description("Only there when the factor is ACTIVE"),
    text("_links.activate.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7/lifecycle/activate"))
        .description("Only there while the factor waits to be activated"),
    text("_links.resend.*.name", "sms").description("Which way the code goes out"),
    text("_links.resend.*.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7/resend")),
];
