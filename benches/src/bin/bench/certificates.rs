//! A CA of the bench's own, a certificate for localhost, and the bundles that trust it.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};

use crate::Outcome;

pub struct Certificates {
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

pub const SERVER_CERTIFICATE: &str = "localhost.der";
pub const SERVER_KEY: &str = "localhost.key.der";

pub fn make(folder: &Path) -> Outcome<Certificates> {
    let ca_key = KeyPair::generate()?;
    let mut ca_params = CertificateParams::new([])?;
    ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let name = &mut ca_params.distinguished_name;
    name.push(DnType::CommonName, "okta-connector bench CA");
    let ca = ca_params.self_signed(&ca_key)?;

    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    let usages = &mut params.extended_key_usages;
    usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    let server = params.signed_by(&key, &Issuer::new(ca_params, ca_key))?;

    let system = SYSTEM_BUNDLES
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .unwrap_or_default();
    let made = Certificates {
        ca: folder.join("ca.pem"),
        bundle: folder.join("bundle.pem"),
        system_roots: system.matches("BEGIN CERTIFICATE").count(),
    };
    fs::write(&made.ca, ca.pem())?;
    fs::write(&made.bundle, format!("{}\n{}", system.trim_end(), ca.pem()))?;
    fs::write(folder.join(SERVER_CERTIFICATE), server.der())?;
    fs::write(folder.join(SERVER_KEY), key.serialize_der())?;
    Ok(made)
}
