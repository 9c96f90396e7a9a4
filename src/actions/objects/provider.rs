//! Data paths of Okta's identity provider object.

use crate::runtime::table::facts::{DataPath, boolean, number, text, url};

/// What the provider is.
pub const IDENTITY: &[DataPath] = &[
    text("id", "0oaq3z5MsW6dKfJ7r5d7")
        .contains(&["okta idps id"])
        .column("Provider ID")
        .description("Okta's id of the identity provider"),
    text("name", "Example Partner").column("Name"),
    text("type", "OIDC").column("Type").description("Protocol or service, such as OIDC, SAML2 or GOOGLE"),
    text("status", "ACTIVE").column("Status").description("ACTIVE or INACTIVE"),
    text("issuerMode", "ORG_URL")
        .description("Whether Okta goes by the org's own or a custom domain towards the provider"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").description("When the provider was added"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z")
        .column("Updated")
        .description("When its settings were last changed"),
];

/// How Okta talks to the provider.
pub const PROTOCOL: &[DataPath] = &[
    text("protocol.type", "OIDC"),
    text("protocol.scopes", "openid").contains(&["url"]).list().description("What Okta asks the provider to grant"),
    url("protocol.endpoints.authorization.url", "https://login.example.com/oauth2/authorize"),
    text("protocol.endpoints.authorization.binding", "HTTP-REDIRECT"),
    url("protocol.endpoints.token.url", "https://login.example.com/oauth2/token"),
    text("protocol.endpoints.token.binding", "HTTP-POST"),
    text("protocol.credentials.client.client_id", "example-client-id").description("Okta's name at the provider"),
    text("protocol.credentials.client.client_secret", "example-client-secret")
        .description("Okta's secret at the provider: keep it out of sight"),
];

/// What becomes of somebody who signs in through the provider.
pub const POLICY: &[DataPath] = &[
    text("policy.accountLink.action", "AUTO")
        .description("Whether an Okta user that matches is linked: AUTO or DISABLED"),
    text("policy.accountLink.filter", r#"{"groups":{"include":["00gq3y1HnR8bVcX2e5d7"]}}"#)
        .any()
        .description("Which users may be linked: null for all, else an object that names groups"),
    number("policy.maxClockSkew", "120000")
        .description("Difference between the clocks that is put up with, in milliseconds"),
    text("policy.provisioning.action", "AUTO").description("Whether unknown people get an Okta user: AUTO or DISABLED"),
    boolean("policy.provisioning.profileMaster", "true")
        .description("Whether the provider's attributes overwrite the Okta profile"),
    text("policy.provisioning.groups.action", "NONE").description("What happens to the user's groups on signing in"),
    text("policy.provisioning.conditions.deprovisioned.action", "NONE")
        .description("What happens to a deactivated user on signing in"),
    text("policy.provisioning.conditions.suspended.action", "NONE")
        .description("What happens to a suspended user on signing in"),
    text("policy.subject.userNameTemplate.template", "idpuser.email")
        .description("Expression that makes the user name out of the provider's attributes"),
    text("policy.subject.filter", "(\\S+@example\\.com)")
        .description("Pattern the user name has to match; null for any"),
    text("policy.subject.matchType", "USERNAME").description("What the user name is compared with in Okta"),
    text("policy.subject.matchAttribute", "employeeNumber")
        .description("Profile attribute to compare with, where the match type is CUSTOM_ATTRIBUTE"),
];

/// Where signing in through the provider begins and ends.
pub const LINKS: &[DataPath] = &[
    url("_links.authorize.href", "https://example.okta.com/oauth2/v1/authorize?idp=0oaq3z5MsW6dKfJ7r5d7"),
    boolean("_links.authorize.templated", "true").description("Whether the link has placeholders to fill in"),
    text("_links.authorize.hints.allow", "GET").list().description("Methods the link takes"),
    url("_links.clientRedirectUri.href", "https://example.okta.com/oauth2/v1/authorize/callback"),
    text("_links.clientRedirectUri.hints.allow", "POST").list().description("Methods the link takes"),
];
