//! HTTP proxies: selects one from environment variables (as curl does) and opens a tunnel through it.

use std::fmt;
use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport, TransportAdapter};
use zeroize::Zeroizing;

use super::addresses::is_loopback;
use super::tls::Tls;
use super::unsent::{Unsent, left, reason_of};
use super::{Problem, ProxyProblem};
use crate::runtime::envelope::environment::Environment;
use crate::runtime::secret::Secret;

/// A proxy that supports CONNECT.
pub struct Proxy {
    host: String,
    port: u16,
    tls: bool,
    /// Value of `Proxy-Authorization`: `Basic …`.
    authorization: Option<Secret>,
}

impl Proxy {
    /// The proxy for `host`, if the environment names one. Loopback never uses a proxy, and everything else uses
    /// TLS, so `HTTP_PROXY` is ignored.
    ///
    /// # Errors
    /// The variable's name and the reason, if its proxy cannot be used.
    pub fn choose(host: &str, port: u16, environment: &Environment) -> Result<Option<Proxy>, String> {
        let variable = |name: &'static str| {
            let lower = name.to_lowercase();
            environment.get(&lower).or_else(|| environment.get(name)).map(|value| (name, value))
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if is_loopback(host) || variable("NO_PROXY").is_some_and(|(_, list)| is_exempt(list, host, port)) {
            return Ok(None);
        }
        match variable("HTTPS_PROXY").or_else(|| variable("ALL_PROXY")) {
            Some((name, value)) => Proxy::parse(value).map(Some).map_err(|problem| format!("{name} {problem}")),
            None => Ok(None),
        }
    }

    fn parse(value: &str) -> Result<Proxy, String> {
        let (scheme, rest) = value.trim().split_once("://").unwrap_or(("http", value.trim()));
        let tls = match scheme.to_lowercase().as_str() {
            "http" => false,
            "https" => true,
            other => {
                // Something that is not a scheme may be a user name.
                let is_scheme = other.len() <= 8 && other.bytes().all(|c| c.is_ascii_alphanumeric());
                let scheme = if is_scheme { format!(" \"{other}\"") } else { String::new() };
                return Err(format!("has the unsupported scheme{scheme}; use http:// or https://"));
            }
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (credentials, address) = match authority.rsplit_once('@') {
            Some((credentials, address)) => (Some(credentials), address),
            None => (None, authority),
        };
        let (host, port) = match address.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| "has an invalid port".to_owned())?)
            }
            _ => (address, if tls { 443 } else { 1080 }),
        };
        if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("has no valid host".to_owned());
        }
        let mut proxy = Proxy { host: host.to_owned(), port, tls, authorization: None };
        if let Some(credentials) = credentials {
            let (user, password) = user_and_password(credentials);
            let pair = Zeroizing::new([user.as_bytes(), b":", password.as_bytes()].concat());
            proxy.authorization =
                Some(Secret::new(format!("Basic {}", *Zeroizing::new(BASE64_STANDARD.encode(&pair)))));
        }
        Ok(proxy)
    }

    /// `proxy.example.com:3128`
    pub fn host_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

fn user_and_password(credentials: &str) -> (Zeroizing<String>, Zeroizing<String>) {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    (percent_decoded(user), percent_decoded(password))
}

/// The secrets of the proxies that the environment names, used or not: passwords, `user:password`, and user names of
/// at least 8 characters.
pub fn secrets(environment: &Environment) -> Vec<Secret> {
    let mut secrets = Vec::new();
    let is_proxy = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.ends_with("_proxy") && name != "no_proxy"
    };
    for value in environment.values(is_proxy) {
        let rest = match value.trim().split_once("://") {
            Some((scheme, rest)) if scheme.bytes().all(|c| c.is_ascii_alphanumeric()) => rest,
            _ => value.trim(),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // A password with an unencoded slash makes the URL invalid, but is still a secret.
        let Some((credentials, _)) = authority.rsplit_once('@').or(rest.rsplit_once('@')) else { continue };
        let (user, password) = user_and_password(credentials);
        secrets.push(Secret::new(format!("{}:{}", *user, *password)));
        secrets.push(Secret::new(password.to_string()));
        // A short name may be any word; masking it would garble messages.
        if user.chars().count() >= 8 {
            secrets.push(Secret::new(user.to_string()));
        }
    }
    secrets.retain(|secret| !matches!(secret.reveal(), "" | ":"));
    secrets
}

/// Whether NO_PROXY exempts a host. Entries are `*`, names (including subdomains), addresses or CIDR; names and
/// addresses may have a port.
fn is_exempt(list: &str, host: &str, port: u16) -> bool {
    let host = host.trim_end_matches('.').to_lowercase();
    list.split([',', ' ', '\t']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some((network, bits)) = entry.split_once('/') {
            return in_network(&host, network.trim_start_matches('[').trim_end_matches(']'), bits);
        }
        let (name, only_port) = match entry.rsplit_once(':') {
            Some((name, digits)) if !name.contains(':') || name.ends_with(']') => (name, digits.parse::<u16>().ok()),
            _ => (entry, None),
        };
        if only_port.is_some_and(|only| only != port) {
            return false;
        }
        let name = name.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_lowercase();
        if let (Ok(entry), Ok(host)) = (name.parse::<IpAddr>(), host.parse::<IpAddr>()) {
            return entry == host;
        }
        let name = name.trim_start_matches('.');
        !name.is_empty() && (host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
    })
}

fn in_network(host: &str, network: &str, bits: &str) -> bool {
    let (Ok(host), Ok(network), Ok(bits)) = (host.parse::<IpAddr>(), network.parse::<IpAddr>(), bits.parse::<u32>())
    else {
        return false;
    };
    match (host, network) {
        (IpAddr::V4(host), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            host.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(host), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            host.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

fn percent_decoded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// The connector that goes through the proxy, if there is one.
pub(super) struct ProxyConnector {
    proxy: Option<Proxy>,
    tls: Arc<Tls>,
}

impl ProxyConnector {
    pub(super) fn new(proxy: Option<Proxy>, tls: Arc<Tls>) -> Self {
        ProxyConnector { proxy, tls }
    }
}

impl fmt::Debug for ProxyConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyConnector")
    }
}

impl<In: Transport> Connector<In> for ProxyConnector {
    type Out = Box<dyn Transport>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(wire) = chained else { return Ok(None) };
        let wire = wire.boxed();
        let Some(proxy) = &self.proxy else { return Ok(Some(wire)) };
        let mut wire = wire;
        if proxy.tls {
            wire = self.tls.wrap(&proxy.host, wire, details)?.boxed();
        }
        proxy.open_tunnel(wire, details).map(Some)
    }
}

impl Proxy {
    fn open_tunnel(
        &self,
        wire: Box<dyn Transport>,
        details: &ConnectionDetails,
    ) -> Result<Box<dyn Transport>, ureq::Error> {
        let problem = |problem| Unsent(Problem::Proxy { proxy: self.host_port(), problem });
        let host = details.uri.host().unwrap_or_default();
        let target = format!("{host}:{}", details.uri.port_u16().unwrap_or(443));
        let mut adapter = TransportAdapter::new(wire, details.current_time.clone());
        adapter.set_timeout(left(details)?);
        let mut head = Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"));
        if let Some(authorization) = &self.authorization {
            head.push_str("Proxy-Authorization: ");
            head.push_str(authorization.reveal());
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        let dead = |error: std::io::Error| problem(ProxyProblem::Dead { reason: reason_of(&error) });
        adapter.write_all(head.as_bytes()).and_then(|()| adapter.flush()).map_err(dead)?;
        let mut wire = adapter.into_inner();
        loop {
            // The time limit is not restarted with each byte: a response that drips counts as none.
            let progress =
                left(details).and_then(|left| wire.maybe_await_input(left)).map_err(|error| match error {
                    ureq::Error::Io(error) => dead(error),
                    _ => problem(ProxyProblem::Dead { reason: "no response in time".to_owned() }),
                })?;
            let input = wire.buffers().input();
            if let Some(end) = memchr::memmem::find(input, b"\r\n\r\n") {
                let status = status_of(&input[..end]);
                wire.buffers().input_consume(end + 4);
                return match status {
                    Some(200..=299) => Ok(wire),
                    Some(407) => Err(problem(ProxyProblem::Credentials).into()),
                    Some(status) => Err(problem(ProxyProblem::Refused { status }).into()),
                    None => Err(problem(ProxyProblem::Dead { reason: "its response is not HTTP".to_owned() }).into()),
                };
            }
            if !progress || input.len() > 16 * 1024 {
                return Err(problem(ProxyProblem::Dead {
                    reason: "it closed the connection without a response".to_owned(),
                })
                .into());
            }
        }
    }
}

/// The status code in `HTTP/1.1 200 Connection established`.
fn status_of(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
    let (version, rest) = line.split_once(' ')?;
    version.starts_with("HTTP/1.").then(|| rest.split(' ').next()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_is_read_as_curl_reads_it() {
        for (list, host, port, exempt) in [
            ("*", "a.example.com", 443, true),
            ("example.com", "a.example.com", 443, true),
            (".example.com", "example.com", 443, true),
            ("example.com", "notexample.com", 443, false),
            ("a.example.com:8443", "a.example.com", 443, false),
            ("x, EXAMPLE.com:443", "a.example.com", 443, true),
            ("10.0.0.0/8", "10.1.2.3", 443, true),
            ("10.0.0.0/8", "11.1.2.3", 443, false),
            ("0.0.0.0/0", "11.1.2.3", 443, true),
            ("fd00::/8", "fd12::1", 443, true),
            ("[::2]:443", "::2", 443, true),
            ("192.0.2.1", "192.0.2.1", 443, true),
            ("", "a.example.com", 443, false),
        ] {
            assert_eq!(is_exempt(list, host, port), exempt, "{list} {host}:{port}");
        }
    }

    #[test]
    fn the_environment_chooses_the_proxy() {
        let choose = |variables: &[(&str, &str)], host| {
            let environment =
                Environment::new(variables.iter().map(|(name, value)| (name.to_string(), value.to_string())));
            Proxy::choose(host, 443, &environment).map(|proxy| proxy.map(|proxy| proxy.host_port()))
        };
        let some = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(
            choose(&[("HTTPS_PROXY", "http://p.example.com:3128")], "a.example.com"),
            some("p.example.com:3128")
        );
        assert_eq!(choose(&[("https_proxy", "q:1"), ("HTTPS_PROXY", "http://p:2")], "a.example.com"), some("q:1"));
        assert_eq!(choose(&[("ALL_PROXY", "https://u:p@p.example.com")], "a.example.com"), some("p.example.com:443"));
        assert_eq!(choose(&[("HTTP_PROXY", "http://p:2")], "a.example.com"), Ok(None));
        assert_eq!(choose(&[("HTTPS_PROXY", "http://p:2")], "127.0.0.1"), Ok(None));
        assert!(choose(&[("HTTPS_PROXY", "socks5://p:2")], "a.example.com").is_err());
    }

    #[test]
    fn credentials_are_decoded_and_encoded() {
        let proxy = Proxy::parse("http://us%40er:pass%3Aword@p:1").unwrap();
        assert_eq!(proxy.authorization.as_ref().unwrap().reveal(), "Basic dXNAZXI6cGFzczp3b3Jk");
        let variables = [
            ("https_proxy", "http://us%40er:pass%3Aword@p.example:3128"),
            ("ALL_PROXY", "socks5://u:sla/sh@p"),
            ("no_proxy", "a:b@c"),
            ("FTP_PROXY", "http://p.example:3128"),
        ];
        let environment = Environment::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let mut found: Vec<String> = secrets(&environment).iter().map(|secret| secret.reveal().to_owned()).collect();
        found.sort();
        assert_eq!(found, ["pass:word", "sla/sh", "u:sla/sh", "us@er:pass:word"]);
    }
}
