//! Opens the session with an Okta org from the asset's settings.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::asset::Asset;
use crate::okta::address::BaseUrl;
use crate::okta::auth::ssws::Ssws;
use crate::okta::pace::Pace;
use crate::okta::reserve::Reserve;
use crate::okta::{Okta, Org};
use crate::runtime::envelope::environment::Environment;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::file;
use crate::runtime::host::Host;
use crate::runtime::run::Run;
use crate::runtime::table::connector::{RunSettings, Session};
use crate::runtime::table::parameter::Bounded;
use crate::runtime::text;
use crate::runtime::transport::Transport;
use crate::runtime::transport::network::{Network, NetworkConfig};
use crate::runtime::transport::proxy::Proxy;
use crate::runtime::transport::tls::Tls;
use crate::runtime::transport::trust::{self, TrustStore};

/// A session with an Okta org.
pub struct OktaSession {
    org: Arc<Org>,
    verified: bool,
}

/// For `warnings` and the log when certificate verification is off.
const UNVERIFIED: &str = "The server's certificate was not verified (`verify_server_cert` is off): anyone on the network path can read the token.";

fn invalid(problem: &str) -> Failure {
    Failure::new(Kind::InvalidRequest, format!("Invalid configuration (`config`): {problem}."))
}

impl Session for OktaSession {
    type Asset = Asset;
    const FIXED: &'static [&'static str] = &["api_key", "base_url", "org_url", "verify_server_cert", "ca_bundle"];
    type Client = Okta;

    fn client(&self, run: &Arc<Run>) -> Okta {
        if !self.verified {
            run.warn("unverified", UNVERIFIED);
        }
        Okta { org: self.org.clone(), run: run.clone() }
    }

    fn settings(asset: &Asset) -> RunSettings {
        RunSettings {
            timeout: Bounded::or_default(asset.timeout_seconds),
            total_timeout: asset.total_timeout_seconds.map(|seconds| seconds.0),
            concurrency: Bounded::or_default(asset.max_concurrency) as usize,
            rate_limit_reserve: asset.rate_limit_reserve.map_or(0, |percent| percent.0),
        }
    }

    fn open(asset: Asset, settings: &RunSettings, environment: &Environment, host: &Host) -> Result<Self, Failure> {
        let base = BaseUrl::parse(&asset.base_url.0, asset.org_url.as_ref().map(|url| url.0.as_str()))
            .map_err(|problem| invalid(&problem))?;
        let concurrency = settings.concurrency;
        let transport = host.transport(|| {
            let config = network_config(&base, &asset, environment, host, concurrency + 1)?;
            Ok::<_, Failure>(Arc::new(Network::new(config, host.clock.clone())) as Arc<dyn Transport>)
        })?;
        let verified = verifies(&asset) || !base.origin().is_https();
        if !verified {
            host.log.line(UNVERIFIED);
        }
        let org = Org {
            base,
            auth: Box::new(Ssws::new(&asset.api_key.0)),
            transport,
            pace: Pace::new(concurrency),
            reserve: Reserve::new(settings.rate_limit_reserve),
            reached: AtomicBool::new(false),
            refused: AtomicBool::new(false),
            challenge_wait: Duration::from_secs(Bounded::or_default(asset.wait_seconds)),
        };
        Ok(OktaSession { org: Arc::new(org), verified })
    }
}

fn verifies(asset: &Asset) -> bool {
    asset.verify_server_cert.is_none_or(|verify| verify.0)
}

fn network_config(
    base: &BaseUrl,
    asset: &Asset,
    environment: &Environment,
    host: &Host,
    connections: usize,
) -> Result<NetworkConfig, Failure> {
    let origin = base.origin();
    let proxy = Proxy::choose(origin.host(), origin.port(), environment)
        .map_err(|problem| Failure::new(Kind::InvalidRequest, format!("Invalid environment variable: {problem}.")))?;
    let extra = match &asset.ca_bundle {
        None => Vec::new(),
        Some(bundle) => {
            let pem = match bundle.0.contains("-----BEGIN") {
                true => bundle.0.clone().into_bytes(),
                false => file::read(Path::new(bundle.0.trim()), trust::LARGEST).map_err(|error| {
                    invalid(&format!("`ca_bundle` {}: {error}", text::clean(&host.redactor.text(&bundle.0), 200)))
                })?,
            };
            trust::parse(&pem).map_err(|problem| invalid(&format!("`ca_bundle`: {problem}")))?
        }
    };
    let trust = TrustStore::new(environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR"), extra);
    Ok(NetworkConfig {
        user_agent: concat!("okta-connector/", env!("CARGO_PKG_VERSION")).to_owned(),
        tls: Tls::new(verifies(asset), trust),
        proxy,
        connections,
    })
}
