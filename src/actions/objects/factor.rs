//! Data paths of Okta's factor object and of the answer to a challenge.

use crate::runtime::table::facts::{DataPath, text};

/// The result of a challenge.
pub const RESULT: &[DataPath] = &[text("factorResult", "SUCCESS")
    .column("Result")
    .description("Result of the challenge, such as SUCCESS, REJECTED or TIMEOUT")];

/// The enrolled factor.
pub const FACTOR: &[DataPath] = &[
    text("id", "opfq4fGkD3jSwE8u95d7").column("Factor ID").description("Okta's id of the factor"),
    text("factorType", "push").column("Factor").description("Factor type, such as push, sms or token:software:totp"),
    text("provider", "OKTA").column("Provider").description("Provider that verifies the factor"),
    text("vendorName", "OKTA").description("Vendor of the factor"),
    text("status", "ACTIVE")
        .column("Status")
        .description("Status of the factor; only an ACTIVE factor can be challenged"),
    text("created", "2026-01-12T08:30:00.000Z").description("When the factor was enrolled"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").description("When the factor was last updated"),
];

/// The device or phone number of the factor; which fields exist depends on the factor type.
pub const PROFILE: &[DataPath] = &[
    text("profile.name", "Ada's phone").column("Device").description("Name of the device"),
    text("profile.platform", "IOS").description("Operating system of the device"),
    text("profile.version", "26.2").description("Operating system version reported by the device"),
    text("profile.deviceType", "SmartPhone_IPhone"),
    text("profile.credentialId", "ada@example.com").description("Login that the factor belongs to"),
    text("profile.phoneNumber", "+1-202-555-0142").description("Phone number that codes are sent to"),
    text("profile.keys.*.kty", "RSA").description("Type of the device's public key"),
    text("profile.keys.*.use", "sig").description("Intended use of the key"),
    text("profile.keys.*.kid", "default").description("Id of the key"),
    text("profile.keys.*.e", "AQAB").description("Public exponent of an RSA key"),
    text("profile.keys.*.n", "example-modulus").description("Modulus of an RSA key"),
];

/// Links to what can be done with the factor.
pub const LINKS: &[DataPath] = &[
    text("_links.self.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7")),
    text("_links.user.href", user_url!()),
    text("_links.verify.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7/verify"))
        .description("Only present if the factor is ACTIVE"),
    text("_links.activate.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7/lifecycle/activate"))
        .description("Only present while activation is pending"),
    text("_links.resend.*.name", "sms").description("How the code is sent"),
    text("_links.resend.*.href", user_url!("/factors/opfq4fGkD3jSwE8u95d7/resend")),
];
