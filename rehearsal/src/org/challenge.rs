//! Push challenges that are under way, and what users will do about them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::iso;

/// What a user does when the phone rings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// What the polls say in the end: `SUCCESS`, `REJECTED`, `TIMEOUT`, …; `WAITING` means nobody reacts.
    pub result: String,
    /// So many polls are answered with WAITING before.
    #[serde(default)]
    pub after_polls: u32,
}

impl Default for Response {
    fn default() -> Response {
        Response { result: "SUCCESS".to_owned(), after_polls: 1 }
    }
}

/// Okta lets a challenge wait for five minutes (okta-api.md, «Verifying a factor»).
pub(crate) const LIFETIME: u64 = 300_000;
/// For how long an expired one is still known; then it is 404 E0000191 (okta-api.md, «Errors»).
pub(crate) const REMEMBERED: u64 = 600_000;

/// A challenge. Times are epoch milliseconds.
#[derive(Clone, Debug)]
pub struct Challenge {
    pub id: String,
    /// Number of the user.
    pub user: u64,
    pub factor: String,
    pub created: u64,
    pub polls: u32,
    pub cancelled: bool,
    /// The number to pick, where number matching was asked for.
    pub correct_answer: Option<u8>,
    pub(crate) profile: Value,
    /// The result once there is one: it stays.
    pub(crate) result: Option<String>,
}

impl Challenge {
    /// `factor` is the address of the factor.
    pub(crate) fn json(&self, result: &str, factor: &str) -> Value {
        let own = format!("{factor}/transactions/{}", self.id);
        let mut answer = json!({"factorResult": result, "profile": self.profile});
        match result {
            "WAITING" => {
                answer["expiresAt"] = json!(iso(self.created + LIFETIME));
                answer["_links"] = json!({
                    "poll": {"href": own, "hints": {"allow": ["GET"]}},
                    "cancel": {"href": own, "hints": {"allow": ["DELETE"]}},
                });
                if let Some(number) = self.correct_answer {
                    answer["_embedded"] = json!({"challenge": {"correctAnswer": number}});
                }
            }
            "SUCCESS" => answer = json!({"factorResult": result}),
            _ => answer["_links"] = json!({"factor": {"href": factor}}),
        }
        answer
    }
}
