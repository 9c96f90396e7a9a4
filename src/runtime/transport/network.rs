//! The network, over ureq: one agent that keeps connections and addresses. Every error tells whether anything
//! was sent.

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
use super::unsent::{Unsent, reason_of, unsent};
use super::{Error, Headers, Limits, Method, Problem, ProxyProblem, Request, Response, Transport};
use crate::runtime::clock::Clock;

/// Minimum rate of a body in bytes per second, measured over spans as long as the silence limit.
const LEAST_RATE: f64 = 1024.0;

/// Maximum size of the response headers in bytes.
const LARGEST_HEAD: usize = 64 * 1024;

/// Sends requests over the network.
pub struct Network {
    agent: Agent,
    clock: Arc<dyn Clock>,
    proxy: Option<String>,
}

/// Settings of the network.
pub struct NetworkConfig {
    /// `User-Agent` header of every request.
    pub user_agent: String,
    /// TLS settings.
    pub tls: Tls,
    /// The proxy, if there is one.
    pub proxy: Option<Proxy>,
    /// Maximum number of idle connections to keep.
    pub connections: usize,
}

impl Network {
    /// Makes a network without any connection yet.
    pub fn new(config: NetworkConfig, clock: Arc<dyn Clock>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(config.user_agent)
            .accept("application/json")
            .max_response_header_size(LARGEST_HEAD)
            .max_idle_connections(config.connections)
            .max_idle_connections_per_host(config.connections)
            // Larger than the header limit, or headers that are too large would look like a lost connection.
            .input_buffer_size(LARGEST_HEAD + 4 * 1024)
            .output_buffer_size(16 * 1024)
            .build();
        let proxy = config.proxy.as_ref().map(Proxy::host_port);
        let resolver = Addresses::new(proxy.clone());
        let tls = Arc::new(config.tls);
        let connector = Dialer.chain(ProxyConnector::new(config.proxy, tls.clone())).chain(TlsConnector::new(tls));
        Network { agent: Agent::with_parts(agent, connector, resolver), clock, proxy }
    }
}

impl Transport for Network {
    fn send(&self, request: &Request<'_>, limits: &Limits) -> Result<Response, Error> {
        let uri: Uri = request
            .url
            .parse()
            .map_err(|error| Error::unsent(Problem::Malformed { reason: format!("the URL is invalid: {error}") }))?;
        let mut builder = http::Request::builder().method(request.method.name()).uri(uri);
        for header in request.secret_headers {
            builder = builder.header(header.name, header.value.reveal());
        }
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
            Err(error) => Err(self.error(request.url, error)),
        }
    }
}

impl Network {
    fn error(&self, url: &str, error: ureq::Error) -> Error {
        let host = || match &self.proxy {
            Some(proxy) => proxy.clone(),
            None => url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or(url).to_owned(),
        };
        match error {
            ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => {
                let reason = "connection timed out".to_owned();
                Error::unsent(match &self.proxy {
                    Some(proxy) => Problem::Proxy { proxy: proxy.clone(), problem: ProxyProblem::Dead { reason } },
                    None => Problem::Unreachable { host: host(), reason },
                })
            }
            ureq::Error::Other(other) => match other.downcast::<Unsent>() {
                Ok(unsent) => match (*unsent, &self.proxy) {
                    (Unsent(Problem::UnknownHost { .. }), Some(proxy)) => Error::unsent(Problem::Proxy {
                        proxy: proxy.clone(),
                        problem: ProxyProblem::Dead { reason: "its host name could not be resolved".to_owned() },
                    }),
                    (Unsent(Problem::Unreachable { reason, .. }), Some(proxy)) => {
                        Error::unsent(Problem::Proxy { proxy: proxy.clone(), problem: ProxyProblem::Dead { reason } })
                    }
                    (Unsent(Problem::Unreachable { reason, .. }), None) => {
                        Error::unsent(Problem::Unreachable { host: host(), reason })
                    }
                    (Unsent(cause), _) => Error::unsent(cause),
                },
                Err(other) => after_sending(ureq::Error::Other(other)),
            },
            other => after_sending(other),
        }
    }
}

/// The error for a problem after the connection was made.
fn after_sending(error: ureq::Error) -> Error {
    Error::sent(match error {
        ureq::Error::Timeout(Timeout::PerRead | Timeout::PerWrite | Timeout::RecvResponse | Timeout::RecvBody) => {
            Problem::Silent
        }
        ureq::Error::Timeout(_) => Problem::TimeUp,
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Problem::Silent,
            io::ErrorKind::InvalidData => Problem::Malformed { reason: error.to_string() },
            _ => Problem::Lost { reason: reason_of(&error) },
        },
        ureq::Error::Decompress(_, error) if error.kind() == io::ErrorKind::UnexpectedEof => Problem::CutShort,
        other => Problem::Malformed { reason: other.to_string() },
    })
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

/// A body with typed errors and a minimum rate.
struct WatchedBody<R> {
    reader: R,
    silence: std::time::Duration,
    span: Instant,
    bytes: usize,
}

impl<R: Read> Read for WatchedBody<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer).map_err(|error| io::Error::other(body_error(error)))?;
        self.bytes += count;
        let elapsed = self.span.elapsed();
        if elapsed >= self.silence && count > 0 {
            if (self.bytes as f64) < LEAST_RATE * elapsed.as_secs_f64() {
                return Err(io::Error::other(Error::sent(Problem::TooSlow)));
            }
            self.span = Instant::now();
            self.bytes = 0;
        }
        Ok(count)
    }
}

fn body_error(error: io::Error) -> Error {
    let mut error = after_sending(ureq::Error::from(error));
    if matches!(error.problem, Problem::Lost { .. }) {
        error.problem = Problem::CutShort;
    }
    error
}

/// Connects over TCP; its errors say that nothing was sent.
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

/// A socket on which a connection reset is an error. ureq would take it for the end of a response without a
/// length.
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
                ureq::Error::Io(io::Error::other(reason_of(&error)))
            }
            other => other,
        })
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }
}
