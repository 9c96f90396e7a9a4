//! Factors that users have enrolled.

use serde_json::{Value, json};

use super::ids::Kind;
use super::plan::Plan;
use super::user::{Status, User};
use crate::clock::iso;

/// A factor.
#[derive(Clone, Debug)]
pub struct Factor {
    pub id: String,
    /// `push`, `sms`, `token:software:totp`, …
    pub kind: String,
    pub provider: &'static str,
    /// `ACTIVE`, `PENDING_ACTIVATION`, `INACTIVE`, …
    pub status: String,
    /// Epoch milliseconds.
    pub created: u64,
    pub profile: Value,
    /// When a code was last sent, in epoch milliseconds.
    pub(crate) code_sent: Option<u64>,
    /// Codes that were used already.
    pub(crate) used: Vec<String>,
}

/// Type, the prefix of its ids, provider, and who has one: one in so many.
const TYPES: &[(&str, &str, &str, u64)] = &[
    ("push", "opf", "OKTA", 1),
    ("token:software:totp", "ost", "OKTA", 1),
    ("signed_nonce", "ofd", "OKTA", 4),
    ("sms", "mbl", "OKTA", 3),
    ("call", "clf", "OKTA", 9),
    ("email", "emf", "OKTA", 2),
    ("question", "ufs", "OKTA", 7),
    ("webauthn", "fwf", "FIDO", 5),
    ("token:hardware", "ykf", "YUBICO", 23),
    ("u2f", "fuf", "FIDO", 31),
];

/// Factors of one app on one phone: removing `push` or `signed_nonce` removes them all
/// (okta-api.md, «Operations», reset a factor).
pub(crate) const OKTA_VERIFY: &[&str] = &["push", "token:software:totp", "signed_nonce"];

impl Factor {
    /// A factor of a type that the org knows, for a user.
    pub fn new(plan: &Plan, user: &User, kind: &str, created: u64) -> Option<Factor> {
        let slot = TYPES.iter().position(|(name, ..)| *name == kind)?;
        let (_, prefix, provider, _) = TYPES[slot];
        Some(Factor {
            id: plan.ids.of(Kind::Factor, prefix, user.number * 16 + slot as u64),
            kind: kind.to_owned(),
            provider,
            status: "ACTIVE".to_owned(),
            created,
            profile: profile(plan, user, kind),
            code_sent: None,
            used: Vec::new(),
        })
    }

    /// What the seed enrols: Okta Verify for most who ever signed in, the rest for some.
    pub(crate) fn seeded(plan: &Plan, user: &User) -> Vec<Factor> {
        if matches!(user.status, Status::Staged | Status::Provisioned | Status::Deprovisioned)
            || user.number >= plan.users
        {
            return Vec::new();
        }
        let has_verify = user.number < 10 || plan.ids.chance("verify", user.number) % 10 < 8;
        let mut factors = Vec::new();
        for (slot, (kind, _, _, share)) in TYPES.iter().enumerate() {
            let chance = plan.ids.chance("factor", user.number * 16 + slot as u64);
            let has = chance.is_multiple_of(*share) && (has_verify || !OKTA_VERIFY.contains(kind));
            let created = user.activated.unwrap_or(user.created) + 3_600_000;
            if let Some(mut factor) = Factor::new(plan, user, kind, created).filter(|_| has) {
                if slot > 2 && (chance / 64).is_multiple_of(9) {
                    factor.status = "PENDING_ACTIVATION".to_owned();
                }
                factors.push(factor);
            }
        }
        factors
    }

    pub(crate) fn json(&self, origin: &str, user: &str) -> Value {
        let person = format!("{origin}/api/v1/users/{user}");
        let own = format!("{person}/factors/{}", self.id);
        let mut links = json!({
            "self": {"href": own, "hints": {"allow": ["GET", "DELETE"]}},
            "user": {"href": person, "hints": {"allow": ["GET"]}},
        });
        // Only ACTIVE factors can be verified (okta-api.md, «Operations», user's factors).
        if self.status == "ACTIVE" {
            links["verify"] = json!({"href": format!("{own}/verify"), "hints": {"allow": ["POST"]}});
        }
        json!({
            "id": self.id,
            "factorType": self.kind,
            "provider": self.provider,
            "vendorName": self.provider,
            "status": self.status,
            "created": iso(self.created),
            "lastUpdated": iso(self.created),
            "profile": self.profile,
            "_links": links,
        })
    }
}

fn profile(plan: &Plan, user: &User, kind: &str) -> Value {
    let login = user.login();
    match kind {
        "push" | "signed_nonce" => {
            let (device, platform, version) = match plan.ids.chance("phone", user.number) % 2 {
                0 => ("SmartPhone_IPhone", "IOS", "18.1"),
                _ => ("SmartPhone_Android", "ANDROID", "15"),
            };
            json!({
                "credentialId": login,
                "deviceType": device,
                "name": format!("{}'s phone", user.profile.text("firstName")),
                "platform": platform,
                "version": version,
            })
        }
        "sms" | "call" => json!({"phoneNumber": user.profile.get("mobilePhone")}),
        "email" => json!({"email": user.profile.text("email")}),
        "question" => json!({"question": "favorite_dish", "questionText": "Which dish do you like best?"}),
        "webauthn" => json!({"credentialId": login, "authenticatorName": "Security key"}),
        _ => json!({"credentialId": login}),
    }
}
