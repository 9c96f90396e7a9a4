//! TLS over rustls. There is one configuration per process, made for the first TLS connection. The trust store is
//! read only when a certificate chain must be verified, and a rejected certificate is named in the error.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::names;
use super::records::Wire;
use super::trust::TrustStore;
use super::unsent::{Unsent, left};
use super::{Certificate, Problem, TlsProblem};
use crate::runtime::lock::lock;

/// How the server's identity is verified.
pub struct Tls {
    verify: bool,
    trust: Arc<TrustStore>,
    config: OnceLock<(Arc<ClientConfig>, Arc<Verifier>)>,
}

impl Tls {
    /// Verifies certificates against `trust`, or not at all if `verify` is false.
    pub fn new(verify: bool, trust: TrustStore) -> Self {
        Tls { verify, trust: Arc::new(trust), config: OnceLock::new() }
    }

    fn config(&self) -> &(Arc<ClientConfig>, Arc<Verifier>) {
        self.config.get_or_init(|| {
            let provider = Arc::new(ring::default_provider());
            let verifier = Arc::new(Verifier {
                verify: self.verify,
                provider: provider.clone(),
                trust: self.trust.clone(),
                last: Mutex::default(),
            });
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("ring knows the cipher suites of TLS 1.2 and 1.3")
                .dangerous()
                .with_custom_certificate_verifier(verifier.clone())
                .with_no_client_auth();
            (Arc::new(config), verifier)
        })
    }

    /// Performs the TLS handshake over `wire`.
    pub(super) fn wrap(
        &self,
        host: &str,
        wire: Box<dyn Transport>,
        details: &ConnectionDetails,
    ) -> Result<TlsTransport, ureq::Error> {
        let (config, verifier) = self.config();
        let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']').to_owned())
            .map_err(|_| Unsent(Problem::UnknownHost { host: host.to_owned() }))?;
        let connection = ClientConnection::new(config.clone(), name)
            .map_err(|error| Unsent(Problem::Tls(TlsProblem::Other { reason: error.to_string() })))?;
        let mut adapter = TransportAdapter::new(wire, details.current_time.clone());
        adapter.set_timeout(left(details)?);
        let mut stream = StreamOwned { conn: connection, sock: Wire::new(adapter) };
        if let Err(error) = stream.conn.complete_io(&mut stream.sock) {
            return Err(verifier.explain(host, error));
        }
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(TlsTransport { buffers, stream })
    }
}

/// Verifies certificate chains; reads the trust store for the first one.
struct Verifier {
    verify: bool,
    provider: Arc<CryptoProvider>,
    trust: Arc<TrustStore>,
    /// The last certificate that was rejected, or why it could not be verified.
    last: Mutex<Option<Result<Certificate, String>>>,
}

impl Verifier {
    fn note(&self, last: Result<Certificate, String>) {
        *lock(&self.last) = Some(last);
    }

    /// The problem behind a failed handshake.
    fn explain(&self, host: &str, error: io::Error) -> ureq::Error {
        if error.get_ref().is_some_and(|inner| inner.is::<ureq::Error>()) {
            // A timeout of ureq.
            return ureq::Error::from(error);
        }
        let Some(problem) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
            return Unsent(match error.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                    Problem::Unreachable { host: host.to_owned(), reason: "the TLS handshake timed out".to_owned() }
                }
                _ => Problem::HandshakeCut,
            })
            .into();
        };
        let last = lock(&self.last).take();
        let (certificate, trust_problem) = match last {
            Some(Ok(certificate)) => (certificate, None),
            Some(Err(reason)) => (Certificate::default(), Some(reason)),
            None => (Certificate::default(), None),
        };
        let problem = match problem {
            _ if trust_problem.is_some() => TlsProblem::TrustStore { reason: trust_problem.unwrap_or_default() },
            rustls::Error::InvalidMessage(_) => TlsProblem::NotTls,
            rustls::Error::InvalidCertificate(problem) => match problem {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    TlsProblem::Expired { early: false, certificate }
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    TlsProblem::Expired { early: true, certificate }
                }
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    TlsProblem::WrongHost { host: host.to_owned(), certificate }
                }
                CertificateError::UnknownIssuer => TlsProblem::UnknownIssuer { certificate },
                other => {
                    TlsProblem::Other { reason: format!("the server's certificate is invalid: {other}{certificate}") }
                }
            },
            other => TlsProblem::Other { reason: other.to_string() },
        };
        Unsent(Problem::Tls(problem)).into()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("verify", &self.verify).finish()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if !self.verify {
            return Ok(ServerCertVerified::assertion());
        }
        let roots = self.trust.for_chain(end_entity, intermediates).map_err(|reason| {
            self.note(Err(reason));
            rustls::Error::General("the trust store cannot be used".to_owned())
        })?;
        let refuse = |error: rustls::Error| {
            self.note(Ok(names::of(end_entity)));
            error
        };
        if roots.is_empty() {
            return Err(refuse(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)));
        }
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
            .build()
            .map_err(|error| rustls::Error::General(error.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(refuse)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The last connector of the chain: TLS if the URL requires it.
pub(super) struct TlsConnector(Arc<Tls>);

impl TlsConnector {
    pub(super) fn new(tls: Arc<Tls>) -> Self {
        TlsConnector(tls)
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(wire) = chained else { return Ok(None) };
        if !details.needs_tls() {
            return Ok(Some(Either::A(wire)));
        }
        let host = details.uri.host().unwrap_or_default();
        self.0.wrap(host, wire.boxed(), details).map(|tls| Some(Either::B(tls)))
    }
}

/// A connection inside TLS.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, Wire>,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.sock.adapter.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        self.stream.flush()?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.sock.adapter.set_timeout(timeout);
        // A connection that ends without a TLS close_notify may have been cut by an attacker: it must not
        // count as the end of a response without a length.
        let amount = self.stream.read(self.buffers.input_append_buf()).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other("connection closed within TLS"),
            _ => error,
        })?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Only if nothing is unread at any level: leftover data would be taken for the response to the next request.
    fn is_open(&mut self) -> bool {
        let StreamOwned { conn, sock } = &mut self.stream;
        let is_read = conn.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() == 0);
        let wire = sock.adapter.get_mut();
        is_read && wire.buffers().input().is_empty() && wire.is_open() && sock.is_between_records()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
