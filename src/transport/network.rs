//! The real network, over ureq: one agent, connections kept, addresses kept, every failure with
//! the knowledge whether anything had been sent.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Instant;

use ureq::http::{self, Uri};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, TcpConnector, Transport as Wire,
};
use ureq::{Agent, Body, Timeout};

use super::addresses::Addresses;
use super::proxy::{Proxy, ProxyConnector};
use super::tls::{Tls, TlsConnector};
use super::{Cause, Failure, Headers, Limits, Method, ProxyProblem, Request, Response, Transport};
use crate::clock::Clock;

/// A body has to bring so many bytes a second, measured over each span of silence that would be
/// allowed: one byte a second is no answer.
const LEAST_RATE: f64 = 1024.0;

/// The most bytes of an answer's head.
const LARGEST_HEAD: usize = 64 * 1024;

/// The way over the network.
pub struct Network {
    agent: Agent,
    clock: Arc<dyn Clock>,
    proxy: Option<String>,
}

/// What the network needs to know.
pub struct Settings {
    /// Goes out with every request.
    pub user_agent: String,
    /// TLS to the other side.
    pub tls: Tls,
    /// The proxy, if one is in between.
    pub proxy: Option<Proxy>,
    /// How many connections are kept.
    pub connections: usize,
}

impl Network {
    /// A network without any connection yet.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(settings.user_agent)
            .accept("application/json")
            .max_response_header_size(LARGEST_HEAD)
            .max_idle_connections(settings.connections)
            .max_idle_connections_per_host(settings.connections)
            // More than the largest head, or one that is too large would look like a lost connection.
            .input_buffer_size(LARGEST_HEAD + 4 * 1024)
            .output_buffer_size(16 * 1024)
            .build();
        let proxy = settings.proxy.as_ref().map(Proxy::host_port);
        let resolver = Addresses::new(proxy.clone());
        let tls = Arc::new(settings.tls);
        let connector = Dialer.chain(ProxyConnector::new(settings.proxy, tls.clone())).chain(TlsConnector::new(tls));
        Network { agent: Agent::with_parts(config, connector, resolver), clock, proxy }
    }
}

impl Transport for Network {
    fn send(&self, request: &Request<'_>, limits: &Limits) -> Result<Response, Failure> {
        let uri: Uri = request.url.parse().map_err(|error| {
            Failure::unsent(Cause::Malformed { reason: format!("the address is unusable: {error}") })
        })?;
        let builder = http::Request::builder()
            .method(request.method.name())
            .uri(uri)
            .header("Authorization", request.authorization.reveal());
        let silence = self.clock.real(limits.silence);
        macro_rules! run {
            ($request:expr) => {{
                let request_ = $request.expect("method, address and header were checked");
                let mut config = self
                    .agent
                    .configure_request(request_)
                    .timeout_global(Some(self.clock.real(limits.total)))
                    .timeout_connect(Some(self.clock.real(limits.connect)))
                    .timeout_resolve(Some(self.clock.real(limits.connect)))
                    .timeout_recv_response(Some(silence))
                    .timeout_per_read(Some(silence))
                    .timeout_per_write(Some(silence));
                if request.fresh {
                    config = config.max_idle_age(std::time::Duration::ZERO);
                }
                self.agent.run(config.build())
            }};
        }
        let answer = match (request.method, request.body) {
            (Method::Get | Method::Delete, _) => run!(builder.body(())),
            (_, None) => run!(builder.body(&[] as &[u8])),
            (_, Some(body)) => run!(builder.header("Content-Type", "application/json").body(body)),
        };
        match answer {
            Ok(answer) => Ok(response(answer, silence)),
            Err(error) => Err(self.failure(request.url, error)),
        }
    }
}

impl Network {
    fn failure(&self, url: &str, error: ureq::Error) -> Failure {
        let host = || match &self.proxy {
            Some(proxy) => proxy.clone(),
            None => url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(url).to_owned(),
        };
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                let reason = "no connection in time".to_owned();
                Failure::unsent(match &self.proxy {
                    Some(proxy) => Cause::Proxy { proxy: proxy.clone(), problem: ProxyProblem::Dead { reason } },
                    None => Cause::Unreachable { host: host(), reason },
                })
            }
            ureq::Error::Other(other) => match other.downcast::<Unsent>() {
                Ok(unsent) => match (*unsent, &self.proxy) {
                    (Unsent(Cause::UnknownHost { .. }), Some(proxy)) => Failure::unsent(Cause::Proxy {
                        proxy: proxy.clone(),
                        problem: ProxyProblem::Dead { reason: "its name is unknown".to_owned() },
                    }),
                    (Unsent(Cause::Unreachable { reason, .. }), Some(proxy)) => {
                        Failure::unsent(Cause::Proxy { proxy: proxy.clone(), problem: ProxyProblem::Dead { reason } })
                    }
                    (Unsent(Cause::Unreachable { reason, .. }), None) => {
                        Failure::unsent(Cause::Unreachable { host: host(), reason })
                    }
                    (Unsent(cause), _) => Failure::unsent(cause),
                },
                Err(other) => after_sending(ureq::Error::Other(other)),
            },
            other => after_sending(other),
        }
    }
}

/// An error once the connection was there.
fn after_sending(error: ureq::Error) -> Failure {
    Failure::sent(match error {
        ureq::Error::Timeout(Timeout::PerRead | Timeout::PerWrite | Timeout::RecvResponse | Timeout::RecvBody) => {
            Cause::Silent
        }
        ureq::Error::Timeout(_) => Cause::TimeUp,
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Cause::Silent,
            io::ErrorKind::InvalidData => Cause::Malformed { reason: error.to_string() },
            _ => Cause::Lost { reason: in_words(&error) },
        },
        ureq::Error::Decompress(_, error) if error.kind() == io::ErrorKind::UnexpectedEof => Cause::CutShort,
        other => Cause::Malformed { reason: other.to_string() },
    })
}

/// The system's words without error numbers.
pub(super) fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::ConnectionAborted => "connection aborted".to_owned(),
        io::ErrorKind::BrokenPipe => "connection closed while sending".to_owned(),
        io::ErrorKind::UnexpectedEof => "connection closed without an answer".to_owned(),
        io::ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer in time".to_owned(),
        _ => error.to_string(),
    }
}

fn response(answer: http::Response<Body>, silence: std::time::Duration) -> Response {
    let (head, body) = answer.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let reader = body.into_with_config().limit(u64::MAX).reader();
    Response {
        status: head.status.as_u16(),
        headers: Headers(headers),
        body: Box::new(WatchedBody { reader, silence, span: Instant::now(), bytes: 0 }),
    }
}

/// A body whose errors are typed and which must not drip.
struct WatchedBody<R> {
    reader: R,
    silence: std::time::Duration,
    span: Instant,
    bytes: usize,
}

impl<R: Read> Read for WatchedBody<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer).map_err(|error| io::Error::other(body_failure(error)))?;
        self.bytes += count;
        let elapsed = self.span.elapsed();
        if elapsed >= self.silence && count > 0 {
            if (self.bytes as f64) < LEAST_RATE * elapsed.as_secs_f64() {
                return Err(io::Error::other(Failure::sent(Cause::TooSlow)));
            }
            self.span = Instant::now();
            self.bytes = 0;
        }
        Ok(count)
    }
}

fn body_failure(error: io::Error) -> Failure {
    let mut failure = after_sending(ureq::Error::from(error));
    if matches!(failure.cause, Cause::Lost { .. }) {
        failure.cause = Cause::CutShort;
    }
    failure
}

/// A failure before anything was sent, on its way through ureq's error type.
#[derive(Debug)]
pub(super) struct Unsent(pub Cause);

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl StdError for Unsent {}

impl From<Unsent> for ureq::Error {
    fn from(unsent: Unsent) -> Self {
        ureq::Error::Other(Box::new(unsent))
    }
}

/// An error of ureq that happened before anything was sent.
pub(super) fn unsent(error: ureq::Error, host: &str) -> ureq::Error {
    match error {
        ureq::Error::Io(error) => {
            let reason = in_words(&error);
            // EMFILE and ENFILE: the machine's fault, not the other side's.
            match error.raw_os_error() {
                Some(23 | 24) => Unsent(Cause::Local { reason }).into(),
                _ => Unsent(Cause::Unreachable { host: host.to_owned(), reason }).into(),
            }
        }
        ureq::Error::ConnectionFailed => {
            Unsent(Cause::Unreachable { host: host.to_owned(), reason: "no address works".to_owned() }).into()
        }
        other => other,
    }
}

/// TCP, with errors that say that nothing was sent.
#[derive(Debug)]
struct Dialer;

impl<In: Wire> Connector<In> for Dialer {
    type Out = Box<dyn Wire>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let connected = TcpConnector::default().connect(details, chained);
        let host = details.uri.authority().map(|authority| authority.as_str()).unwrap_or_default();
        Ok(connected.map_err(|error| unsent(error, host))?.map(|wire| Socket(wire.boxed()).boxed()))
    }
}

/// A socket whose reset is an error, and not the end of an answer that has no length: ureq would
/// take it for one.
#[derive(Debug)]
struct Socket(Box<dyn Wire>);

impl Wire for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(timeout).map_err(|error| match error {
            ureq::Error::Io(error)
                if matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) =>
            {
                ureq::Error::Io(io::Error::other(in_words(&error)))
            }
            other => other,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }
}
