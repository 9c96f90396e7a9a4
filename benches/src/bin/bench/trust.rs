//! The bundles that trust a server's CA: that CA alone, and with the system's roots.

use std::fs;
use std::path::{Path, PathBuf};

use crate::outcome::Outcome;

pub struct Trust {
    /// The CA alone: what the floor trusts.
    pub ca: PathBuf,
    /// The system's bundle and the CA: what the connector and curl have to read.
    pub bundle: PathBuf,
    /// How many certificates the system's bundle added.
    pub system_roots: usize,
}

/// Where distributions keep the system's bundle.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Files in `folder` under a name of the server's own.
pub fn write(folder: &Path, name: &str, ca_pem: &str) -> Outcome<Trust> {
    let system = SYSTEM_BUNDLES.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    let trust = Trust {
        ca: folder.join(format!("{name}-ca.pem")),
        bundle: folder.join(format!("{name}-bundle.pem")),
        system_roots: system.matches("BEGIN CERTIFICATE").count(),
    };
    fs::write(&trust.ca, ca_pem)?;
    fs::write(&trust.bundle, format!("{}\n{ca_pem}", system.trim_end()))?;
    Ok(trust)
}
