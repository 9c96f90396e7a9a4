//! The server: a process of its own, one listener plain and one over TLS, a thread per connection.

mod accounts;
mod http;
mod org;
mod quota;
mod records;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::certificates::{SERVER_CERTIFICATE, SERVER_KEY};
use crate::workshop::{Way, Workshop};
pub use accounts::Account;
use org::Org;
pub use quota::Quota;

/// What kind of org the server plays, and how slow it is.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Behaviour {
    /// Users in the org.
    pub users: u64,
    /// Whether an answer is compressed for those that ask for it.
    pub gzip: bool,
    /// Before the headers of every answer.
    pub first_byte_ms: u64,
    /// Spread over the body of every answer.
    pub body_ms: u64,
    /// Before the headers of a list's second page, in addition.
    pub second_page_ms: u64,
    /// Polls of a push challenge that are answered with WAITING.
    pub waiting_polls: u32,
    pub quota: Option<Quota>,
}

/// A running server, as the bench sees it. It ends with the bench.
pub struct Server {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    ports: Ports,
}

#[derive(Serialize, Deserialize)]
struct Ports {
    plain: u16,
    tls: u16,
}

impl Server {
    pub fn start(workshop: &Workshop, behaviour: &Behaviour) -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", &serde_json::to_string(behaviour)?])
            .arg(&workshop.scratch)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().ok_or("no stdout")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let ports = serde_json::from_str(&line).map_err(|_| "the server did not start")?;
        Ok(Self {
            process,
            orders,
            answers,
            ports,
        })
    }

    pub fn base_url(&self, way: Way) -> String {
        match way {
            Way::Plain => format!("http://127.0.0.1:{}", self.ports.plain),
            Way::Tls => format!("https://localhost:{}", self.ports.tls),
        }
    }

    /// What it has seen since the last call.
    pub fn account(&mut self) -> Outcome<Account> {
        let orders = self.orders.as_mut().ok_or("the server has ended")?;
        orders.write_all(b"account\n")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.orders.take();
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The server's own process: `serve BEHAVIOUR FOLDER`, where the folder has the certificate.
pub fn serve(arguments: &[String]) -> Outcome<()> {
    let [behaviour, folder] = arguments else {
        return Err("serve needs a behaviour and a folder".into());
    };
    let org = Arc::new(Org::new(serde_json::from_str(behaviour)?));
    let tls = tls_config(Path::new(folder))?;
    let plain_port = listen(&org, None)?;
    let tls_port = listen(&org, Some(tls))?;
    let ports = Ports {
        plain: plain_port,
        tls: tls_port,
    };
    println!("{}", serde_json::to_string(&ports)?);
    for _order in std::io::stdin().lines() {
        println!("{}", serde_json::to_string(&org.accounts.take())?);
    }
    Ok(())
}

fn tls_config(folder: &Path) -> Outcome<Arc<ServerConfig>> {
    let certificate = CertificateDer::from(std::fs::read(folder.join(SERVER_CERTIFICATE))?);
    let key = PrivateKeyDer::try_from(std::fs::read(folder.join(SERVER_KEY))?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)?;
    Ok(Arc::new(config))
}

fn listen(org: &Arc<Org>, tls: Option<Arc<ServerConfig>>) -> Outcome<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let org = Arc::clone(org);
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let (org, tls) = (Arc::clone(&org), tls.clone());
            // A client that goes away is no concern of the server's.
            thread::spawn(move || converse(&org, socket, tls).ok());
        }
    });
    Ok(port)
}

fn converse(org: &Org, socket: TcpStream, tls: Option<Arc<ServerConfig>>) -> Outcome<()> {
    // Without it TLS runs wait 40 ms for acknowledgements.
    socket.set_nodelay(true)?;
    org.accounts.connected();
    match tls {
        None => answer_all(org, socket, "http"),
        Some(config) => {
            let connection = ServerConnection::new(config)?;
            answer_all(org, StreamOwned::new(connection, socket), "https")
        }
    }
}

fn answer_all(org: &Org, stream: impl Read + Write, scheme: &str) -> Outcome<()> {
    let mut stream = BufReader::with_capacity(16 * 1024, stream);
    while let Some(request) = http::read(&mut stream)? {
        let _in_flight = org.accounts.asked();
        let pace = org.pace(&request);
        thread::sleep(pace.first_byte);
        let answer = org.answer(&request, scheme);
        http::write(stream.get_mut(), &answer, pace.body)?;
    }
    Ok(())
}
