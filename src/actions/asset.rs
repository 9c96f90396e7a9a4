//! The asset settings: the org's URL, the API token, TLS, and time limits.

use crate::okta::address;
use crate::runtime::envelope::request::LONGEST;
use crate::runtime::secret::{MASK, Secret};
use crate::runtime::table::facts::DataType;
use crate::runtime::table::parameter::{Bounded, Flag, Given, SecretText, Text, Value};
use crate::{inline_schema, parameters};

/// Maximum number of parameter sets to run in parallel: Okta limits concurrent requests (okta-api.md, Rate limits).
const MOST_CONCURRENT: u64 = 10;

parameters! {
    /// The settings of an Okta asset.
    pub struct Asset {
        /// Okta API token. Requests run with the permissions of its owner
        api_key: ApiKey,
        /// URL of the org, for example https://your-org.okta.com
        base_url: Address,
        /// Verify the server's TLS certificate. Turn off only for testing
        verify_server_cert: Option<Flag<true>>,
        /// URL of the org itself, if base_url points to a gateway in front of it
        org_url: Option<Address>,
        /// Additional CA certificates to trust: PEM text, or the path of a PEM file
        ca_bundle: Option<Text>,
        /// Time limit in seconds for each parameter set, counted from its first request; a list restarts it with every page
        timeout_seconds: Option<Bounded<300, LONGEST>>,
        /// Time limit in seconds for all parameter sets together
        total_timeout_seconds: Option<Bounded<0, LONGEST>>,
        /// Seconds to wait for the user to answer a push notification
        wait_seconds: Option<Bounded<125, 300>>,
        /// Maximum number of parameter sets that a read-only action runs in parallel, 1 to 10
        max_concurrency: Option<Bounded<8, MOST_CONCURRENT>>,
    }
}

/// The URL of an org or of a gateway in front of it.
#[derive(Clone, Debug)]
pub struct Address(pub String);

impl Value for Address {
    fn read(given: Given<'_>) -> Result<Self, String> {
        let given = Text::from_given(given)?;
        address::check(&given).map(|()| Address(given))
    }

    fn echo(&self) -> String {
        serde_json::json!(self.0).to_string()
    }
}

inline_schema!([] Address, |_| schemars::json_schema!({"type": "string", "minLength": 1}));

/// An API token: printable ASCII, without the `SSWS` scheme in front of it.
#[derive(Clone, Debug)]
pub struct ApiKey(pub Secret);

impl Value for ApiKey {
    const DATA_TYPE: DataType = DataType::Password;
    const SECRET: bool = true;

    fn read(given: Given<'_>) -> Result<Self, String> {
        let key = SecretText::read(given)?.0;
        let token = key.reveal().trim();
        let token = match token.get(..5) {
            None if token.eq_ignore_ascii_case("SSWS") => "",
            Some(scheme) if scheme.eq_ignore_ascii_case("SSWS ") => token[5..].trim_start(),
            _ => token,
        };
        if token.is_empty() {
            return Err("is empty".to_owned());
        }
        match token.bytes().all(|c| c.is_ascii_graphic()) {
            true => Ok(ApiKey(Secret::new(token.to_owned()))),
            false => {
                Err("contains line breaks, spaces or other characters that are not valid in a token; copy it again"
                    .to_owned())
            }
        }
    }

    fn echo(&self) -> String {
        serde_json::json!(MASK).to_string()
    }

    fn secret(&self) -> Option<&str> {
        Some(self.0.reveal())
    }
}

inline_schema!([] ApiKey, |generator| <SecretText as schemars::JsonSchema>::json_schema(generator));
