//! Resolves host names to addresses, once per process and within a time limit.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, mpsc};

use ureq::Timeout;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::Problem;
use super::unsent::Unsent;
use crate::runtime::lock::lock;

/// Resolves the host name of the proxy if there is one, otherwise that of the server.
#[derive(Debug)]
pub(super) struct Addresses {
    proxy: Option<String>,
    known: Mutex<HashMap<String, Vec<SocketAddr>>>,
}

impl Addresses {
    pub(super) fn new(proxy: Option<String>) -> Self {
        Addresses { proxy, known: Mutex::default() }
    }
}

impl Resolver for Addresses {
    fn resolve(
        &self,
        uri: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let name = match &self.proxy {
            Some(proxy) => proxy.clone(),
            None => format!("{}:{port}", uri.host().unwrap_or_default()),
        };
        let known = lock(&self.known).get(&name).cloned();
        let addresses = match known {
            Some(addresses) => addresses,
            None => {
                let found = look_up(&name, timeout)?;
                lock(&self.known).insert(name, found.clone());
                found
            }
        };
        let plain = uri.scheme_str() == Some("http");
        if plain && self.proxy.is_none() && addresses.iter().any(|address| !address.ip().is_loopback()) {
            let reason = "plain http is for loopback addresses only".to_owned();
            return Err(Unsent(Problem::Unreachable { host: name_of(uri), reason }).into());
        }
        let mut result = self.empty();
        addresses.into_iter().take(16).for_each(|address| result.push(address));
        Ok(result)
    }
}

/// Whether a host is this machine: a loopback address, IPv6 also in brackets, or `localhost`, whose addresses are
/// checked once they are resolved. Names below `.localhost` do not count.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn name_of(uri: &Uri) -> String {
    uri.authority().map(ToString::to_string).unwrap_or_default()
}

fn look_up(name: &str, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
    let (host, port) = name.rsplit_once(':').unwrap_or((name, "443"));
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let (Ok(ip), Ok(port)) = (bare.parse::<IpAddr>(), port.parse()) {
        return Ok(vec![SocketAddr::new(ip, port)]);
    }
    let unknown = || Unsent(Problem::UnknownHost { host: host.to_owned() });
    // The system's resolver has no timeout of its own.
    let (sender, receiver) = mpsc::sync_channel(1);
    let (wanted, answer) = (name.to_owned(), sender.clone());
    let asks = move || drop(answer.send(wanted.to_socket_addrs().map(Iterator::collect::<Vec<_>>)));
    if std::thread::Builder::new().spawn(asks).is_err() {
        // Without a thread there is no time limit either.
        let _ = sender.send(name.to_socket_addrs().map(Iterator::collect::<Vec<_>>));
    }
    drop(sender);
    match receiver.recv_timeout(*timeout.after) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(_) => Err(unknown().into()),
        Err(_) => Err(ureq::Error::Timeout(Timeout::Resolve)),
    }
}
