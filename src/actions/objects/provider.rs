//! Data paths of Okta's identity provider object.

use crate::runtime::table::facts::{DataPath, boolean, number, text, url};

/// Identity and status of the provider.
pub const IDENTITY: &[DataPath] = &[
    text("id", "0oaq3z5MsW6dKfJ7r5d7")
        .contains(&["okta idps id"])
        .column("Provider ID")
        .description("Okta's id of the identity provider"),
    text("name", "Example Partner").column("Name"),
    text("type", "OIDC").column("Type").description("Protocol or service, such as OIDC, SAML2 or GOOGLE"),
    text("status", "ACTIVE").column("Status").description("ACTIVE or INACTIVE"),
    text("issuerMode", "ORG_URL")
        .description("Issuer that Okta presents to the provider: the org's URL or a custom domain"),
    text("created", "2026-01-12T08:30:00.000Z").column("Created").description("When the provider was created"),
    text("lastUpdated", "2026-02-20T14:05:09.000Z").column("Updated").description("When the provider was last updated"),
];

/// The protocol between Okta and the provider.
pub const PROTOCOL: &[DataPath] = &[
    text("protocol.type", "OIDC"),
    text("protocol.scopes", "openid")
        .contains(&["url"])
        .list()
        .description("Scopes that Okta requests from the provider"),
    url("protocol.endpoints.authorization.url", "https://login.example.com/oauth2/authorize"),
    text("protocol.endpoints.authorization.binding", "HTTP-REDIRECT"),
    url("protocol.endpoints.token.url", "https://login.example.com/oauth2/token"),
    text("protocol.endpoints.token.binding", "HTTP-POST"),
    text("protocol.credentials.client.client_id", "example-client-id")
        .description("Client id that Okta uses at the provider"),
    text("protocol.credentials.client.client_secret", "example-client-secret")
        .description("Client secret that Okta uses at the provider: keep it confidential"),
];

/// What happens when someone signs in through the provider.
pub const POLICY: &[DataPath] = &[
    text("policy.accountLink.action", "AUTO").description("Whether a matching Okta user is linked: AUTO or DISABLED"),
    text("policy.accountLink.filter", r#"{"groups":{"include":["00gq3y1HnR8bVcX2e5d7"]}}"#)
        .any()
        .description("Users that may be linked: null for all, or an object that names groups"),
    number("policy.maxClockSkew", "120000").description("Maximum clock difference allowed, in milliseconds"),
    text("policy.provisioning.action", "AUTO")
        .description("Whether an Okta user is created for unknown users: AUTO or DISABLED"),
    boolean("policy.provisioning.profileMaster", "true")
        .description("Whether the provider's attributes overwrite the Okta profile"),
    text("policy.provisioning.groups.action", "NONE").description("What happens to the user's groups at sign-in"),
    text("policy.provisioning.conditions.deprovisioned.action", "NONE")
        .description("What happens to a deactivated user at sign-in"),
    text("policy.provisioning.conditions.suspended.action", "NONE")
        .description("What happens to a suspended user at sign-in"),
    text("policy.subject.userNameTemplate.template", "idpuser.email")
        .description("Expression that builds the user name from the provider's attributes"),
    text("policy.subject.filter", "(\\S+@example\\.com)")
        .description("Regular expression that the user name must match; null for any"),
    text("policy.subject.matchType", "USERNAME").description("Okta attribute that the user name is matched against"),
    text("policy.subject.matchAttribute", "employeeNumber")
        .description("Profile attribute to match if the match type is CUSTOM_ATTRIBUTE"),
];

/// Links for signing in through the provider.
pub const LINKS: &[DataPath] = &[
    url("_links.authorize.href", "https://example.okta.com/oauth2/v1/authorize?idp=0oaq3z5MsW6dKfJ7r5d7"),
    boolean("_links.authorize.templated", "true").description("Whether the link contains placeholders"),
    text("_links.authorize.hints.allow", "GET").list().description("HTTP methods that the link accepts"),
    url("_links.clientRedirectUri.href", "https://example.okta.com/oauth2/v1/authorize/callback"),
    text("_links.clientRedirectUri.hints.allow", "POST").list().description("HTTP methods that the link accepts"),
];
