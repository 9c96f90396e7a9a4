//! The settings of an asset: where the org is, who we are to it, and how long things may take.

use crate::okta::address;
use crate::runtime::envelope::request::LONGEST;
use crate::runtime::secret::{MASK, Secret};
use crate::runtime::table::facts::DataType;
use crate::runtime::table::parameter::{Bounded, Flag, Given, SecretText, Text, Value};
use crate::{inline_schema, parameters};

/// The most parameter sets at a time: Okta limits concurrent requests (okta-api.md, Rate limits).
const MOST_CONCURRENT: u64 = 10;

parameters! {
    /// The settings of an Okta asset.
    pub struct Asset {
        /// API token of the admin in whose name everything is done
        api_key: ApiKey,
        /// Address of the org, for example https://your-org.okta.com
        base_url: Address,
        /// Check who the server is; switch off only for tests
        verify_server_cert: Option<Flag<true>>,
        /// The org's own address, where base_url is that of a gateway before it
        org_url: Option<Address>,
        /// Further certificates to trust: PEM text, or the path of a PEM file
        ca_bundle: Option<Text>,
        /// Seconds that each parameter set may take from its first request on; a list, from page to page
        timeout_seconds: Option<Bounded<300, LONGEST>>,
        /// Seconds that all parameter sets together may take
        total_timeout_seconds: Option<Bounded<0, LONGEST>>,
        /// Seconds to wait for the answer to a push notification
        wait_seconds: Option<Bounded<125, 300>>,
        /// How many parameter sets of a looking-up action are done at a time, 1 to 10
        max_concurrency: Option<Bounded<8, MOST_CONCURRENT>>,
    }
}

/// The address of an org or a gateway.
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

/// An API token: anything that a header can hold, without the `SSWS` that belongs before it.
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
            false => Err("holds line breaks, spaces or other characters that no token has; copy it again".to_owned()),
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
