//! The trusted certificates: the operating system's store, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name
//! instead, plus the asset's own bundle. Read once, when the first chain must be verified.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use memchr::memmem;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::names;
use crate::runtime::file;
use crate::runtime::secret::base64_core;

/// Where operating systems keep their CA bundle; the first one that exists is used.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
];

/// The trusted certificates.
pub struct TrustStore {
    file: Option<PathBuf>,
    directories: Vec<PathBuf>,
    extra: Vec<CertificateDer<'static>>,
    /// The CA bundles, unparsed.
    loaded: OnceLock<Result<Vec<Vec<u8>>, String>>,
}

impl TrustStore {
    /// Uses the operating system's store, or instead `file` and the files in `directories`; `extra` is added to
    /// either.
    pub fn new(file: Option<&str>, directories: Option<&str>, extra: Vec<CertificateDer<'static>>) -> Self {
        TrustStore {
            file: file.map(PathBuf::from),
            directories: directories.map(|list| std::env::split_paths(list).collect()).unwrap_or_default(),
            extra,
            loaded: OnceLock::new(),
        }
    }

    /// The trusted certificates that are relevant for this chain: those whose subject is the issuer of one of
    /// its certificates. The others cannot be its root, so they need not be parsed.
    ///
    /// # Errors
    /// When the trust store cannot be read.
    pub(super) fn for_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Result<RootCertStore, String> {
        let bundles = self.loaded.get_or_init(|| self.load()).as_ref().map_err(Clone::clone)?;
        let issuers: Vec<Vec<u8>> = std::iter::once(end_entity)
            .chain(intermediates)
            .filter_map(|certificate| names::raw_issuer(certificate))
            .collect();
        let mut roots = RootCertStore::empty();
        for certificate in &self.extra {
            if issuers.iter().any(|issuer| memmem::find(certificate, issuer).is_some()) {
                // A certificate that cannot be parsed is not trusted; the others still are.
                let _ = roots.add(certificate.clone());
            }
        }
        // A system's CA bundle has about 150 certificates. Only those that contain an issuer's name, in base64
        // at any of its three alignments, are decoded.
        let spellings: Vec<_> = issuers.iter().flat_map(|issuer| [0, 1, 2].map(|at| base64_core(issuer, at))).collect();
        let finders: Vec<_> = spellings.iter().map(|spelling| memmem::Finder::new(spelling.as_slice())).collect();
        for bundle in bundles {
            each_block(bundle, &mut |text| {
                if finders.iter().any(|finder| finder.find(text).is_some())
                    && let Ok(der) = STANDARD.decode(text)
                {
                    let _ = roots.add(CertificateDer::from(der));
                }
                Ok(())
            })?;
        }
        Ok(roots)
    }

    fn load(&self) -> Result<Vec<Vec<u8>>, String> {
        let mut bundles = Vec::new();
        if let Some(file) = &self.file {
            bundles.push(read(file)?);
        }
        for directory in &self.directories {
            let entries =
                fs::read_dir(directory).map_err(|error| format!("SSL_CERT_DIR {}: {error}", directory.display()))?;
            let mut paths: Vec<PathBuf> =
                entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
            paths.sort();
            // A directory may contain other files, which are skipped.
            bundles.extend(paths.iter().filter_map(|path| read(path).ok()));
        }
        if self.file.is_none() && self.directories.is_empty() {
            match BUNDLES.iter().map(Path::new).find(|path| path.exists()) {
                Some(bundle) => bundles.push(read(bundle)?),
                None if self.extra.is_empty() => {
                    return Err("no CA bundle was found in the usual locations on this machine".to_owned());
                }
                None => {}
            }
        }
        if bundles.is_empty() && self.extra.is_empty() {
            return Err("SSL_CERT_DIR contains no certificates".to_owned());
        }
        Ok(bundles)
    }
}

/// Maximum size of a certificate file in bytes; a system's bundle has about 200 KB.
pub const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a CA bundle, which must contain certificates.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let pem = file::read(path, LARGEST).map_err(|error| format!("{}: {error}", path.display()))?;
    match memmem::find(&pem, BEGIN) {
        Some(_) => Ok(pem),
        None => Err(format!("{}: {NONE}", path.display())),
    }
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";
const BROKEN: &str = "not valid PEM";
const NONE: &str = "no certificates found (expected PEM)";

/// Passes the base64 of each certificate of a PEM bundle (RFC 7468) to `take`, without line breaks.
fn each_block(pem: &[u8], take: &mut dyn FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
    let mut text = Vec::new();
    let mut rest = pem;
    while let Some(begin) = memmem::find(rest, BEGIN) {
        rest = &rest[begin + BEGIN.len()..];
        let end = memmem::find(rest, END).ok_or(BROKEN)?;
        text.clear();
        let mut lines = &rest[..end];
        while !lines.is_empty() {
            let length = memchr::memchr(b'\n', lines).unwrap_or(lines.len());
            text.extend_from_slice(lines[..length].trim_ascii());
            lines = lines.get(length + 1..).unwrap_or_default();
        }
        take(&text)?;
        rest = &rest[end + END.len()..];
    }
    Ok(())
}

/// Parses the certificates of a PEM bundle.
///
/// # Errors
/// When it contains no certificates, or one that is not valid base64.
pub fn parse(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let mut certificates = Vec::new();
    each_block(pem, &mut |text| {
        certificates.push(CertificateDer::from(STANDARD.decode(text).map_err(|_| BROKEN)?));
        Ok(())
    })?;
    match certificates.is_empty() {
        true => Err(NONE.to_owned()),
        false => Ok(certificates),
    }
}
