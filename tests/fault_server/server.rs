//! The server: a thread per connection, every request shown to a script that says what to do with
//! it, byte by byte if need be. Requests and connections are counted.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Number of its connection, from 0.
    pub connection: usize,
    /// Whether it came in TLS.
    pub tls: bool,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path() == path
    }
}

/// What is done on a connection, in order; it stays open afterwards unless a step ended it.
#[derive(Clone, Debug)]
pub enum Step {
    /// These bytes.
    Send(Vec<u8>),
    /// These bytes one at a time.
    Drip(Vec<u8>, Duration),
    /// Nothing for a while.
    Pause(Duration),
    /// Nothing until the other side goes away.
    Stall,
    /// An orderly end.
    Close,
    /// A reset. Not possible inside TLS.
    Reset,
    /// A reset without the request having been read; as the first step only.
    ResetUnread,
    /// The port is closed from now on.
    StopListening,
}

pub type Reply = Vec<Step>;

/// What is done with a new connection.
#[derive(Clone, Debug)]
pub enum Greeting {
    Serve,
    Close,
    Stall,
    Speak(Vec<u8>),
}

type Script = dyn FnMut(&Seen) -> Reply + Send;

struct Shared {
    script: Mutex<Box<Script>>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    /// The acceptor is to end.
    stop: AtomicBool,
    /// Everything is to end.
    ended: AtomicBool,
    listening: AtomicBool,
    greet: Box<dyn Fn(usize) -> Greeting + Send + Sync>,
    tls: Option<Arc<ServerConfig>>,
    address: SocketAddr,
}

/// A running server; it ends when it is dropped.
pub struct Server {
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    pub fn new(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Server {
        Server::on(IpAddr::V4(Ipv4Addr::LOCALHOST), script)
    }

    pub fn on(ip: IpAddr, script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Server {
        Server::with(ip, None, |_| Greeting::Serve, script)
    }

    /// On a loopback address that nobody else uses, so that its port stays closed once it is.
    pub fn alone(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Server {
        static NEXT: AtomicU8 = AtomicU8::new(2);
        Server::on(Ipv4Addr::new(127, 77, 1, NEXT.fetch_add(1, Ordering::Relaxed)).into(), script)
    }

    pub fn tls(config: Arc<ServerConfig>, script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Server {
        Server::with(IpAddr::V4(Ipv4Addr::LOCALHOST), Some(config), |_| Greeting::Serve, script)
    }

    pub fn with(
        ip: IpAddr,
        tls: Option<Arc<ServerConfig>>,
        greet: impl Fn(usize) -> Greeting + Send + Sync + 'static,
        script: impl FnMut(&Seen) -> Reply + Send + 'static,
    ) -> Server {
        let listener = TcpListener::bind((ip, 0)).expect("a free port");
        let shared = Arc::new(Shared {
            script: Mutex::new(Box::new(script)),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            listening: AtomicBool::new(true),
            greet: Box::new(greet),
            tls,
            address: listener.local_addr().expect("bound"),
        });
        let acceptor = thread::spawn({
            let shared = shared.clone();
            move || accept(&shared, listener)
        });
        Server { shared, acceptor: Some(acceptor) }
    }

    pub fn address(&self) -> SocketAddr {
        self.shared.address
    }

    pub fn port(&self) -> u16 {
        self.shared.address.port()
    }

    /// Scheme, host and port. In TLS by name: certificates here are for `localhost`.
    pub fn origin(&self) -> String {
        match self.shared.tls.is_some() {
            true => format!("https://localhost:{}", self.port()),
            false => format!("http://{}", self.address()),
        }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub fn requests(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.stop_listening();
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

impl Shared {
    fn stop_listening(&self) {
        while self.listening.load(Ordering::SeqCst) {
            self.stop.store(true, Ordering::SeqCst);
            let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
            thread::sleep(Duration::from_micros(200));
        }
    }

    fn script(&self, seen: &Seen) -> Reply {
        self.seen.lock().unwrap().push(seen.clone());
        (self.script.lock().unwrap())(seen)
    }
}

fn accept(shared: &Arc<Shared>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept() {
        if shared.stop.load(Ordering::SeqCst) {
            break;
        }
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = shared.clone();
        thread::spawn(move || {
            let _ = serve(&shared, stream, number);
        });
    }
    drop(listener);
    shared.listening.store(false, Ordering::SeqCst);
}

fn serve(shared: &Shared, stream: TcpStream, number: usize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    match (shared.greet)(number) {
        Greeting::Close => return stream.shutdown(Shutdown::Both),
        Greeting::Stall => return stall(&stream),
        Greeting::Speak(bytes) => {
            (&stream).write_all(&bytes)?;
            return drain(&stream);
        }
        Greeting::Serve => {}
    }
    match &shared.tls {
        Some(config) => serve_tls(shared, stream, config, number),
        None => serve_plain(shared, &stream, number),
    }
}

fn serve_plain(shared: &Shared, mut stream: &TcpStream, number: usize) -> std::io::Result<()> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        // Only looked at, so that a request can be left unread: closing then resets.
        let (seen, length) = loop {
            let count = stream.peek(&mut buffer)?;
            match parse(&buffer[..count]) {
                Some(request) => break request,
                None if count == 0 => return Ok(()),
                None => thread::sleep(Duration::from_micros(300)),
            }
        };
        let reply = shared.script(&Seen { connection: number, ..seen });
        let resets = reply.iter().any(|step| matches!(step, Step::Reset));
        let take = match reply.first() {
            Some(Step::ResetUnread) => return Ok(()),
            _ => length - usize::from(resets),
        };
        stream.read_exact(&mut buffer[..take])?;
        if !carry_out(shared, &mut { stream }, stream, reply)? {
            return Ok(());
        }
    }
}

fn serve_tls(shared: &Shared, stream: TcpStream, config: &Arc<ServerConfig>, number: usize) -> std::io::Result<()> {
    let raw = stream.try_clone()?;
    let connection = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let mut input = Vec::new();
    loop {
        let (seen, length) = loop {
            if let Some(request) = parse(&input) {
                break request;
            }
            let mut buffer = [0; 16 * 1024];
            match tls.read(&mut buffer)? {
                0 => return Ok(()),
                count => input.extend_from_slice(&buffer[..count]),
            }
        };
        input.drain(..length);
        let reply = shared.script(&Seen { connection: number, tls: true, ..seen });
        if !carry_out(shared, &mut tls, &raw, reply)? {
            return Ok(());
        }
    }
}

/// Does the steps; `false` when the connection is over.
fn carry_out(shared: &Shared, wire: &mut dyn Write, stream: &TcpStream, reply: Reply) -> std::io::Result<bool> {
    for step in reply {
        match step {
            Step::Send(bytes) => {
                wire.write_all(&bytes)?;
                wire.flush()?;
            }
            Step::Drip(bytes, each) => {
                for byte in bytes {
                    wire.write_all(&[byte])?;
                    wire.flush()?;
                    thread::sleep(each);
                    if shared.ended.load(Ordering::SeqCst) {
                        return Ok(false);
                    }
                }
            }
            Step::Pause(time) => thread::sleep(time),
            Step::Stall => {
                stall(stream)?;
                return Ok(false);
            }
            Step::Close => {
                stream.shutdown(Shutdown::Write)?;
                drain(stream)?;
                return Ok(false);
            }
            Step::Reset | Step::ResetUnread => {
                // The last bytes get a moment to arrive before the reset does.
                thread::sleep(Duration::from_millis(3));
                return Ok(false);
            }
            Step::StopListening => shared.stop_listening(),
        }
    }
    Ok(true)
}

/// Until the other side goes away.
fn stall(stream: &TcpStream) -> std::io::Result<()> {
    drain(stream)
}

fn drain(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != ErrorKind::Interrupted => return Ok(()),
            _ => {}
        }
    }
}

/// A whole request and its length.
fn parse(bytes: &[u8]) -> Option<(Seen, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut seen = Seen { method, target, headers, ..Seen::default() };
    let length: usize = seen.header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let whole = end + 4 + length;
    if bytes.len() < whole {
        return None;
    }
    seen.body = bytes[end + 4..whole].to_vec();
    Some((seen, whole))
}

/// A well-formed answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        let headers = [
            ("Date", "Tue, 24 Nov 2026 06:00:00 GMT"),
            ("Content-Type", "application/json"),
            ("X-Okta-Request-Id", "reqTest1"),
        ];
        Answer {
            status,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.into(),
        }
    }

    /// An error as Okta words it.
    pub fn error(status: u16, code: &str, summary: &str, cause: &str) -> Answer {
        let causes = if cause.is_empty() { vec![] } else { vec![serde_json::json!({"errorSummary": cause})] };
        let body = serde_json::json!({
            "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeTest", "errorCauses": causes,
        });
        Answer::new(status, body.to_string())
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name) || name.eq_ignore_ascii_case("link"));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Answer {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self
    }

    /// The status line and headers, without the empty line.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.into_bytes()
    }

    /// The bytes with a right length.
    pub fn bytes(&self) -> Vec<u8> {
        let length = match self.status {
            204 => String::new(),
            _ => format!("Content-Length: {}\r\n", self.body.len()),
        };
        [&self.head()[..], length.as_bytes(), b"\r\n", &self.body].concat()
    }

    pub fn reply(&self) -> Reply {
        vec![Step::Send(self.bytes())]
    }

    /// Answers and then ends the connection, saying so.
    pub fn last(self) -> Reply {
        vec![Step::Send(self.header("Connection", "close").bytes()), Step::Close]
    }
}
