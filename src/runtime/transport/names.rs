//! Reads the issuer and subject of a certificate, so that a message can name a company proxy that inspects TLS.

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::Certificate;

/// Issuer and subject, empty if the certificate cannot be read.
pub(super) fn of(certificate: &CertificateDer<'_>) -> Certificate {
    match EndEntityCert::try_from(certificate) {
        Ok(parsed) => Certificate { subject: name(parsed.subject()), issuer: name(parsed.issuer()) },
        Err(_) => Certificate::default(),
    }
}

/// The issuer as DER, as it is in the certificate.
pub(super) fn raw_issuer(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    EndEntityCert::try_from(certificate).ok().map(|parsed| parsed.issuer().to_vec())
}

/// The common name and organization of a distinguished name (RFC 5280, 4.1.2.4).
fn name(der: &[u8]) -> String {
    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    const ORGANIZATION: &[u8] = &[0x55, 4, 10];
    let mut parts = Vec::new();
    let mut sets = der;
    while let Some((_, set, rest)) = element(sets) {
        sets = rest;
        let mut attributes = set;
        while let Some((_, attribute, rest)) = element(attributes) {
            attributes = rest;
            let Some((_, oid, value)) = element(attribute) else { continue };
            let Some((_, value, _)) = element(value) else { continue };
            let value = String::from_utf8_lossy(value).chars().take(100).collect::<String>();
            match oid {
                COMMON_NAME => parts.insert(0, value),
                ORGANIZATION => parts.push(value),
                _ => {}
            }
        }
    }
    parts.dedup();
    parts.join(", ")
}

/// Tag and content of the first DER element, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}
