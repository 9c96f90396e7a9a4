//! Data paths of Okta's identity provider object.

use crate::output::{DataPath, boolean, number, text, url};

/// What the provider is.
pub const IDENTITY: &[DataPath] = &[
    text("id", "0oaq3z5MsW6dKfJ7r5d7")
        .contains(&["okta idps id"])
        .column("Provider ID")
        .says("Okta's id of the identity provider"),
    text("name", "Example Partner").column("Name"),
    text("type", "OIDC").column("Type").says("Protocol or service, such as OIDC, SAML2 or GOOGLE"),
    text("status", "ACTIVE").column("Status").says("ACTIVE or INACTIVE"),
    text("issuerMode", "ORG_URL").says("Whether Okta goes by the org's own or a custom domain towards the provider"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").says("When the provider was added"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").column("Updated").says("When its settings were last changed"),
];

/// How Okta talks to the provider.
pub const PROTOCOL: &[DataPath] = &[
    text("protocol.type", "OIDC"),
    text("protocol.scopes", "openid").contains(&["url"]).list().says("What Okta asks the provider to grant"),
    url("protocol.endpoints.authorization.url", "https://login.example.com/oauth2/authorize"),
    text("protocol.endpoints.authorization.binding", "HTTP-REDIRECT"),
    url("protocol.endpoints.token.url", "https://login.example.com/oauth2/token"),
    text("protocol.endpoints.token.binding", "HTTP-POST"),
    text("protocol.credentials.client.client_id", "example-client-id").says("Okta's name at the provider"),
    text("protocol.credentials.client.client_secret", "example-client-secret")
        .says("Okta's secret at the provider: keep it out of sight"),
];

/// What becomes of somebody who signs in through the provider.
pub const POLICY: &[DataPath] = &[
    text("policy.accountLink.action", "AUTO").says("Whether an Okta user that matches is linked: AUTO or DISABLED"),
    text("policy.accountLink.filter", r#"{"groups":{"include":["00gq3y1HnR8bVcX2e5d7"]}}"#)
        .any()
        .says("Which users may be linked: null for all, else an object that names groups"),
    number("policy.maxClockSkew", "120000").says("Difference between the clocks that is put up with, in milliseconds"),
    text("policy.provisioning.action", "AUTO").says("Whether unknown people get an Okta user: AUTO or DISABLED"),
    boolean("policy.provisioning.profileMaster", "true")
        .says("Whether the provider's attributes overwrite the Okta profile"),
    text("policy.provisioning.groups.action", "NONE").says("What happens to the user's groups on signing in"),
    text("policy.provisioning.conditions.deprovisioned.action", "NONE")
        .says("What happens to a deactivated user on signing in"),
    text("policy.provisioning.conditions.suspended.action", "NONE")
        .says("What happens to a suspended user on signing in"),
    text("policy.subject.userNameTemplate.template", "idpuser.email")
        .says("Expression that makes the user name out of the provider's attributes"),
    text("policy.subject.filter", "(\\S+@example\\.com)").says("Pattern the user name has to match; null for any"),
    text("policy.subject.matchType", "USERNAME").says("What the user name is compared with in Okta"),
    text("policy.subject.matchAttribute", "employeeNumber")
        .says("Profile attribute to compare with, where the match type is CUSTOM_ATTRIBUTE"),
];

/// Where signing in through the provider begins and ends.
pub const LINKS: &[DataPath] = &[
    url("_links.authorize.href", "https://example.okta.com/oauth2/v1/authorize?idp=0oaq3z5MsW6dKfJ7r5d7"),
    boolean("_links.authorize.templated", "true").says("Whether the link has placeholders to fill in"),
    text("_links.authorize.hints.allow", "GET").list().says("Methods the link takes"),
    url("_links.clientRedirectUri.href", "https://example.okta.com/oauth2/v1/authorize/callback"),
    text("_links.clientRedirectUri.hints.allow", "POST").list().says("Methods the link takes"),
];
