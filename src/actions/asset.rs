//! The asset: its settings, and the session that they open.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::connector::{Opening, Session, Settings};
use crate::error::{Failure, Kind};
use crate::okta::address::{self, BaseUrl};
use crate::okta::pace::Pace;
use crate::okta::{Okta, Shared};
use crate::output::DataType;
use crate::parameter::{Bounded, Flag, Given, SecretText, Text, Value};
use crate::parameters;
use crate::request::{Environment, LONGEST};
use crate::run::{Host, Run};
use crate::secret::{Redactor, Secret};
use crate::text;
use crate::transport::network::{self, Network};
use crate::transport::proxy::Proxy;
use crate::transport::tls::Tls;
use crate::transport::trust::{self, TrustStore};

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
pub struct Address(String);

impl Value for Address {
    fn read(given: Given<'_>) -> Result<Self, String> {
        let given = Text::from_given(given)?;
        address::check(&given).map(|()| Address(given))
    }

    fn echo(&self) -> String {
        serde_json::json!(self.0).to_string()
    }
}

impl schemars::JsonSchema for Address {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "minLength": 1})
    }
}

/// An API token: anything that a header can hold, without the `SSWS` that belongs before it.
#[derive(Clone, Debug)]
pub struct ApiKey(Secret);

impl Value for ApiKey {
    const DATA_TYPE: DataType = DataType::Password;

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
        serde_json::json!(crate::secret::MASK).to_string()
    }

    fn secret(&self) -> Option<&str> {
        Some(self.0.reveal())
    }
}

impl schemars::JsonSchema for ApiKey {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ApiKey".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SecretText::json_schema(generator)
    }
}

/// A session with an Okta org.
pub struct OktaSession {
    shared: Arc<Shared>,
    verified: bool,
}

/// For `warnings` and the log, where the server is not verified.
const UNVERIFIED: &str =
    "The server's certificate was not verified (verify_server_cert is off): anybody in between can read the token.";

fn invalid(problem: &str) -> Failure {
    Failure::new(Kind::InvalidRequest, format!("The configuration (`config`) is unusable: {problem}."))
}

impl Session for OktaSession {
    type Asset = Asset;
    type Client = Okta;

    fn client(&self, run: &Arc<Run>) -> Okta {
        if !self.verified {
            run.warn(UNVERIFIED);
        }
        Okta { shared: self.shared.clone(), run: run.clone() }
    }

    fn settings(asset: &Asset) -> Settings {
        Settings {
            timeout: Bounded::or_default(asset.timeout_seconds),
            total_timeout: asset.total_timeout_seconds.map(|seconds| seconds.0),
            concurrency: Bounded::or_default(asset.max_concurrency) as usize,
        }
    }

    fn open(
        asset: Asset,
        environment: &Environment,
        host: &Host,
        redactor: &mut Redactor,
    ) -> Result<Opening<Self>, Failure> {
        let base = BaseUrl::parse(&asset.base_url.0, asset.org_url.as_ref().map(|url| url.0.as_str()))
            .map_err(|problem| invalid(&problem))?;
        let concurrency = Bounded::or_default(asset.max_concurrency) as usize;
        let verified = asset.verify_server_cert.is_none_or(|verify| verify.0);
        let transport = match &host.transport {
            Some(transport) => transport.clone(),
            None => {
                let settings = network_settings(&base, &asset, environment, redactor, concurrency + 1)?;
                Arc::new(Network::new(settings, host.clock.clone()))
            }
        };
        let verified = verified || !base.origin().is_https();
        if !verified {
            host.log.line(UNVERIFIED);
        }
        let authorization = Secret::new(format!("SSWS {}", asset.api_key.0.reveal()));
        let push_wait = Duration::from_secs(Bounded::or_default(asset.wait_seconds));
        let finish = move |transport, redactor| OktaSession {
            shared: Arc::new(Shared {
                base,
                authorization,
                transport,
                pace: Pace::new(concurrency),
                redactor,
                reached: AtomicBool::new(false),
                token_refused: AtomicBool::new(false),
                push_wait,
            }),
            verified,
        };
        Ok(Opening { transport, finish: Box::new(finish) })
    }
}

fn network_settings(
    base: &BaseUrl,
    asset: &Asset,
    environment: &Environment,
    redactor: &mut Redactor,
    connections: usize,
) -> Result<network::Settings, Failure> {
    let origin = base.origin();
    let proxy = Proxy::choose(origin.is_https(), origin.host(), origin.port(), environment)
        .map_err(|problem| Failure::new(Kind::InvalidRequest, format!("The environment variable {problem}.")))?;
    for secret in proxy.iter().flat_map(Proxy::secrets) {
        redactor.add(secret);
    }
    let extra = match &asset.ca_bundle {
        None => Vec::new(),
        Some(bundle) => {
            let pem = match bundle.0.contains("-----BEGIN") {
                true => bundle.0.clone().into_bytes(),
                false => std::fs::read(bundle.0.trim())
                    .map_err(|error| invalid(&format!("`ca_bundle` {}: {error}", text::clean(&bundle.0, 200))))?,
            };
            trust::parse(&pem).map_err(|problem| invalid(&format!("`ca_bundle`: {problem}")))?
        }
    };
    let trust = TrustStore::new(environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR"), extra);
    Ok(network::Settings {
        user_agent: concat!("okta-connector/", env!("CARGO_PKG_VERSION")).to_owned(),
        tls: Tls::new(asset.verify_server_cert.is_none_or(|verify| verify.0), trust),
        proxy,
        connections,
    })
}
