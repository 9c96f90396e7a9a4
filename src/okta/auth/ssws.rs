//! An API token: `Authorization: SSWS …` (okta-api.md, Conventions).

use super::{Auth, Verdict};
use crate::okta::error::{Cause, Refusal};
use crate::runtime::error::Kind;
use crate::runtime::secret::Secret;
use crate::runtime::transport::{Headers, Method, SecretHeader};

/// Authentication with an API token.
pub struct Ssws(Secret);

impl Ssws {
    /// Takes the token, without the `SSWS` scheme in front of it.
    pub fn new(token: &Secret) -> Self {
        Ssws(Secret::new(format!("SSWS {}", token.reveal())))
    }
}

impl Auth for Ssws {
    fn headers(&self, _: Method, _: &str) -> Result<Vec<SecretHeader>, Cause> {
        Ok(vec![SecretHeader { name: "Authorization", value: self.0.clone() }])
    }

    fn verdict(&self, refusal: &Refusal, _: &Headers) -> Verdict {
        match refusal.kind() {
            Kind::Authentication => Verdict::Refused,
            _ => Verdict::Accepted,
        }
    }
}
