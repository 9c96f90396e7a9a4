//! Whom to trust: the operating system's store, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name in
//! its place, plus the asset's own bundle. Read once, when the first chain has to be judged.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use memchr::memmem;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::names;

/// Where operating systems keep their bundle; the first that is there counts.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
];

/// Certificates to trust.
pub struct TrustStore {
    file: Option<PathBuf>,
    directories: Vec<PathBuf>,
    extra: Vec<CertificateDer<'static>>,
    loaded: OnceLock<Result<Vec<CertificateDer<'static>>, String>>,
}

impl TrustStore {
    /// The operating system's, or in its place `file` and the files of `directories`; plus
    /// `extra` in any case.
    pub fn new(file: Option<&str>, directories: Option<&str>, extra: Vec<CertificateDer<'static>>) -> Self {
        TrustStore {
            file: file.map(PathBuf::from),
            directories: directories.map(|list| std::env::split_paths(list).collect()).unwrap_or_default(),
            extra,
            loaded: OnceLock::new(),
        }
    }

    /// The trusted certificates that can matter for this chain: those whose subject one of its
    /// certificates names as its issuer. The others cannot end it, so they need not be parsed.
    ///
    /// # Errors
    /// When no certificates could be read.
    pub(super) fn for_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<RootCertStore, String> {
        let all = self.loaded.get_or_init(|| self.load()).as_ref().map_err(Clone::clone)?;
        let issuers: Vec<Vec<u8>> = std::iter::once(end_entity)
            .chain(intermediates)
            .filter_map(|certificate| names::raw_issuer(certificate))
            .collect();
        let mut roots = RootCertStore::empty();
        for certificate in all {
            if issuers.iter().any(|issuer| memmem::find(certificate, issuer).is_some()) {
                // One that cannot be parsed cannot be trusted; the others still can.
                let _ = roots.add(certificate.clone());
            }
        }
        Ok(roots)
    }

    fn load(&self) -> Result<Vec<CertificateDer<'static>>, String> {
        let mut certificates = self.extra.clone();
        if let Some(file) = &self.file {
            certificates.extend(read(file)?);
        }
        for directory in &self.directories {
            let entries =
                fs::read_dir(directory).map_err(|error| format!("SSL_CERT_DIR {}: {error}", directory.display()))?;
            let mut paths: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
            paths.sort();
            // A directory holds other things too: what is no certificate is passed over.
            certificates.extend(paths.iter().filter_map(|path| read(path).ok()).flatten());
        }
        if self.file.is_none() && self.directories.is_empty() {
            match BUNDLES.iter().map(Path::new).find(|path| path.exists()) {
                Some(bundle) => certificates.extend(read(bundle)?),
                None if certificates.is_empty() => {
                    return Err(
                        "this machine has no bundle of trusted certificates in any of the usual places".to_owned()
                    );
                }
                None => {}
            }
        }
        if certificates.is_empty() {
            return Err("SSL_CERT_DIR holds no certificates".to_owned());
        }
        Ok(certificates)
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&pem).map_err(|reason| format!("{}: {reason}", path.display()))
}

/// The certificates of a bundle in PEM (RFC 7468). A system's bundle is read at every start over
/// TLS, so it is decoded by the quickest crate that is there.
///
/// # Errors
/// When it holds none, or something that is none.
pub fn parse(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
    const END: &[u8] = b"-----END CERTIFICATE-----";
    let broken = || "it is no valid PEM".to_owned();
    let mut certificates = Vec::new();
    let mut text = Vec::new();
    let mut rest = pem;
    while let Some(begin) = memmem::find(rest, BEGIN) {
        rest = &rest[begin + BEGIN.len()..];
        let end = memmem::find(rest, END).ok_or_else(broken)?;
        text.clear();
        let mut lines = &rest[..end];
        while !lines.is_empty() {
            let length = memchr::memchr(b'\n', lines).unwrap_or(lines.len());
            text.extend_from_slice(lines[..length].trim_ascii());
            lines = lines.get(length + 1..).unwrap_or_default();
        }
        let der = STANDARD.decode(&text).map_err(|_| broken())?;
        certificates.push(CertificateDer::from(der));
        rest = &rest[end + END.len()..];
    }
    match certificates.is_empty() {
        true => Err("it holds no certificates (PEM is expected)".to_owned()),
        false => Ok(certificates),
    }
}
