//! Identity providers. Objects without their links: those are added when they are sent.

use serde_json::{Value, json};

use super::plan::Plan;
use crate::clock::iso;

/// Type, protocol and name of the first ones; more are SAML2 (okta-api.md, «Operations», identity
/// providers).
const FIRST: &[(&str, &str, &str)] = &[
    ("SAML2", "SAML2", "Partner SAML"),
    ("OIDC", "OIDC", "Partner OpenID"),
    ("GOOGLE", "OIDC", "Google Workspace"),
    ("MICROSOFT", "OIDC", "Microsoft Entra"),
    ("X509", "MTLS", "Smart card"),
    ("GITHUB", "OAUTH2", "GitHub"),
    ("APPLE", "OIDC", "Apple"),
];

pub(crate) fn seeded(plan: &Plan, number: u64) -> Value {
    let (kind, protocol, name) = match FIRST.get(number as usize) {
        Some((kind, protocol, name)) => (*kind, *protocol, (*name).to_owned()),
        None => ("SAML2", "SAML2", format!("Supplier {:03}", number - FIRST.len() as u64 + 1)),
    };
    let created = plan.moment("provider", number, 1_514_764_800_000, 1_748_736_000_000);
    let protocol = match protocol {
        "SAML2" => json!({
            "type": "SAML2",
            "endpoints": {"sso": {"url": format!("https://idp{number}.example/sso"), "binding": "HTTP-POST"}},
            "credentials": {"trust": {"issuer": format!("https://idp{number}.example"), "audience": plan.provider_id(number)}},
        }),
        "MTLS" => json!({"type": "MTLS", "credentials": {"trust": {"revocation": "CRL"}}}),
        _ => json!({
            "type": protocol,
            "scopes": ["openid", "email", "profile"],
            "credentials": {"client": {
                "client_id": format!("client-{number}"),
                // A secret in the answer (okta-api.md, «Operations», identity providers).
                "client_secret": format!("fake-client-secret-{number}"),
            }},
        }),
    };
    json!({
        "id": plan.provider_id(number),
        "type": kind,
        "name": name,
        "status": if number % 6 == 5 { "INACTIVE" } else { "ACTIVE" },
        "created": iso(created),
        "lastUpdated": iso(created),
        "issuerMode": "ORG_URL",
        "protocol": protocol,
        "policy": {
            "provisioning": {"action": "AUTO", "profileMaster": false, "groups": {"action": "NONE"}},
            "accountLink": {"action": "AUTO", "filter": null},
            "subject": {"userNameTemplate": {"template": "idpuser.email"}, "matchType": "USERNAME"},
            "maxClockSkew": 0,
        },
    })
}
