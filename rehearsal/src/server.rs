//! A server for tests: a thread per connection, every request shown to a script that says what to
//! do with it, byte by byte if need be. Requests and connections are counted.

mod answer;
mod seen;
pub mod tls;
pub mod tunnel;
mod wire;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::ServerConfig;

pub use answer::{Answer, DATE, gzip};
pub use seen::Seen;

/// What is done on a connection, in order; it stays open afterwards unless a step ended it.
#[derive(Clone, Debug)]
pub enum Step {
    /// These bytes.
    Send(Vec<u8>),
    /// These bytes one at a time, with a pause after each.
    Drip(Vec<u8>, Duration),
    /// These bytes on the socket itself, beneath TLS.
    Beneath(Vec<u8>),
    /// Nothing for a while.
    Pause(Duration),
    /// Calls this, say to note the time just before the next bytes.
    Call(Call),
    /// Nothing until the other side goes away.
    Stall,
    /// An orderly end.
    Close,
    /// A reset. Inside TLS the connection just ends.
    Reset,
    /// A reset without the request having been read; as the first step only, not inside TLS.
    ResetUnread,
    /// The port is closed from now on.
    StopListening,
}

/// Something to call between two steps.
#[derive(Clone)]
pub struct Call(pub Arc<dyn Fn() + Send + Sync>);

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Call")
    }
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
    requests: AtomicUsize,
    keeps_log: AtomicBool,
    connections: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
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
        Server::on(Ipv4Addr::LOCALHOST.into(), script)
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
        Server::with(Ipv4Addr::LOCALHOST.into(), Some(config), |_| Greeting::Serve, script)
    }

    /// On a free port of `ip`; a greeting may depend on the number of the connection, from 0.
    pub fn with(
        ip: IpAddr,
        tls: Option<Arc<ServerConfig>>,
        greet: impl Fn(usize) -> Greeting + Send + Sync + 'static,
        script: impl FnMut(&Seen) -> Reply + Send + 'static,
    ) -> Server {
        let address = SocketAddr::new(ip, 0);
        Server::bind(address, tls, Box::new(greet), Box::new(script)).expect("a free port")
    }

    /// Port 0 is any free one.
    pub fn bind(
        address: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        greet: Box<dyn Fn(usize) -> Greeting + Send + Sync>,
        script: Box<dyn FnMut(&Seen) -> Reply + Send>,
    ) -> std::io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            seen: Mutex::default(),
            requests: AtomicUsize::new(0),
            keeps_log: AtomicBool::new(true),
            connections: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            listening: AtomicBool::new(true),
            greet,
            tls,
            address: listener.local_addr()?,
        });
        let acceptor = thread::spawn({
            let shared = shared.clone();
            move || accept(&shared, listener)
        });
        Ok(Server { shared, acceptor: Some(acceptor) })
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

    /// All requests so far, as long as the log is kept.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }

    /// A bench of millions of requests doesn't want them all in memory.
    pub fn keep_log(&self, keep: bool) {
        self.shared.keeps_log.store(keep, Ordering::SeqCst);
    }

    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Most requests that were being answered at the same time.
    pub fn most_in_flight(&self) -> usize {
        self.shared.most_in_flight.load(Ordering::SeqCst)
    }

    /// Counts and the log begin anew.
    pub fn forget(&self) {
        lock(&self.shared.seen).clear();
        for count in [&self.shared.requests, &self.shared.connections, &self.shared.most_in_flight] {
            count.store(0, Ordering::SeqCst);
        }
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

/// A request that is being answered.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
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

    fn begins(&self) -> UnderWay<'_> {
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        UnderWay(&self.in_flight)
    }

    fn script(&self, seen: &Seen) -> Reply {
        self.requests.fetch_add(1, Ordering::SeqCst);
        if self.keeps_log.load(Ordering::SeqCst) {
            lock(&self.seen).push(seen.clone());
        }
        (lock(&self.script))(seen)
    }
}

/// A script that panicked fails its own request, not all that follow.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poison| poison.into_inner())
}

fn accept(shared: &Arc<Shared>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept() {
        if shared.stop.load(Ordering::SeqCst) {
            break;
        }
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = shared.clone();
        thread::spawn(move || {
            // A client that goes away is no concern of the server's.
            let _ = wire::serve(&shared, stream, number);
        });
    }
    drop(listener);
    shared.listening.store(false, Ordering::SeqCst);
}
