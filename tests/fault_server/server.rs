//! The server: a thread per connection, every request shown to a script that says what to do with
//! it, byte by byte if need be. Requests and connections are counted.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::http::parse;
pub use super::http::{Answer, Seen};

/// What is done on a connection, in order; it stays open afterwards unless a step ended it.
#[derive(Clone, Debug)]
pub enum Step {
    /// These bytes.
    Send(Vec<u8>),
    /// These bytes one at a time.
    Drip(Vec<u8>, Duration),
    /// These bytes on the socket itself, beneath TLS.
    Beneath(Vec<u8>),
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
            Step::Beneath(bytes) => (&*stream).write_all(&bytes)?,
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
