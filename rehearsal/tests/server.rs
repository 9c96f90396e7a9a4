//! The server below the org: raw steps, greetings, connections, TLS, addresses.

mod client;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use client::{Client, exchange, parse};
use okta_rehearsal::Rehearsal;
use okta_rehearsal::server::tls::{Authority, Flaw};
use okta_rehearsal::server::tunnel::Tunnel;
use okta_rehearsal::server::{Answer, Call, Greeting, Server, Step};
use rustls::pki_types::{CertificateDer, ServerName};

const GET: &[u8] = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

fn ask(server: &Server) -> std::io::Result<Vec<u8>> {
    exchange(&server.address().to_string(), GET)
}

#[test]
fn steps_are_done_in_their_order() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let server = Server::new(move |_| {
        let counted = counted.clone();
        let call = Call(Arc::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
        }));
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
            Step::Pause(Duration::from_millis(20)),
            Step::Call(call),
            Step::Drip(b"Content-Length: 2\r\n\r\nok".to_vec(), Duration::from_millis(1)),
            Step::Close,
        ]
    });
    let started = Instant::now();
    let got = parse(&ask(&server).unwrap()).unwrap();
    assert_eq!((got.text().as_str(), calls.load(Ordering::SeqCst)), ("ok", 1));
    assert!(started.elapsed() >= Duration::from_millis(40));
}

#[test]
fn a_connection_is_closed_in_order_or_reset() {
    let server = Server::new(|_| vec![Step::Close]);
    assert_eq!(ask(&server).unwrap(), b"");
    for step in [Step::Reset, Step::ResetUnread] {
        let server = Server::new(move |_| vec![step.clone()]);
        assert_eq!(ask(&server).unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    }
    let server = Server::new(|_| vec![Step::Stall]);
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(GET).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(stream.read(&mut [0; 10]).is_err());
}

#[test]
fn connections_are_greeted_by_their_number() {
    let greet = |number: usize| match number {
        0 => Greeting::Close,
        1 => Greeting::Speak(b"220 mail.example ESMTP\r\n".to_vec()),
        _ => Greeting::Serve,
    };
    let server = Server::with([127, 0, 0, 1].into(), None, greet, |_| Answer::new(204, "").reply());
    let listen = || {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut buffer = [0; 64];
        let count = stream.read(&mut buffer).unwrap();
        buffer[..count].to_vec()
    };
    assert_eq!(listen(), b"", "closed");
    assert_eq!(listen(), b"220 mail.example ESMTP\r\n");
    assert_eq!(parse(&ask(&server).unwrap()).unwrap().status, 204);
}

#[test]
fn a_connection_carries_many_requests_and_large_ones() {
    let server = Server::new(|seen| Answer::new(200, seen.body.len().to_string()).reply());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    for length in [0, 3, 300_000] {
        let head = format!("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&vec![b'x'; length]).unwrap();
        let mut bytes = Vec::new();
        while parse(&bytes).is_none_or(|got| got.body.len() < length.to_string().len()) {
            let mut buffer = [0; 1024];
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0);
            bytes.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(parse(&bytes).unwrap().text(), length.to_string());
    }
    assert_eq!((server.connections(), server.requests(), server.seen().len()), (1, 3, 3));
}

#[test]
fn a_port_can_be_closed_for_good() {
    let server = Server::alone(|_| {
        let mut reply = Answer::new(200, "{}").last();
        reply.insert(0, Step::StopListening);
        reply
    });
    assert!(server.address().ip().to_string().starts_with("127.77."));
    assert!(ask(&server).is_ok());
    assert_eq!(TcpStream::connect(server.address()).unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn an_ipv6_address_is_served_where_there_is_one() {
    if TcpStream::connect("[::1]:9").is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused) {
        let server = Server::on("::1".parse().unwrap(), |_| Answer::new(204, "").reply());
        assert!(server.origin().starts_with("http://[::1]:"));
        assert_eq!(parse(&ask(&server).unwrap()).unwrap().status, 204);
    }
}

#[test]
fn what_is_not_http_is_told_so() {
    let server = Server::new(|_| Answer::new(204, "").reply());
    let bytes = exchange(&server.address().to_string(), b"\x16\x03\x01\x02\x00 hello\r\n\r\n").unwrap();
    assert_eq!(parse(&bytes).unwrap().status, 400);
}

fn tls_get(address: &str, ca: &str, target: &str, token: &str) -> std::io::Result<Vec<u8>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(pem(ca)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(address)?);
    let request =
        format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: SSWS {token}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while parse(&bytes).is_none_or(|got| {
        got.header("content-length")
            .and_then(|length| length.parse().ok())
            .is_some_and(|length: usize| got.body.len() < length)
    }) {
        match stream.read(&mut buffer)? {
            0 => break,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(bytes)
}

fn pem(text: &str) -> CertificateDer<'static> {
    use rustls::pki_types::pem::PemObject;
    CertificateDer::from_pem_slice(text.as_bytes()).unwrap()
}

#[test]
fn an_org_is_served_in_tls_with_a_ca_of_its_own() {
    let rehearsal = Rehearsal::builder().users(20).tls().start();
    assert!(rehearsal.base_url().starts_with("https://localhost:"));
    let address = rehearsal.server().address().to_string();
    let ca = rehearsal.ca_pem().unwrap();
    let got = parse(&tls_get(&address, ca, "/api/v1/users/me", &rehearsal.token()).unwrap()).unwrap();
    assert!(got.text().contains(&format!("{}/api/v1/users/", rehearsal.base_url())), "{}", got.text());
    assert!(rehearsal.seen()[0].tls);
}

#[test]
fn a_certificate_with_a_flaw_is_refused_by_a_client_that_looks() {
    let authority = Authority::new("Test CA");
    for flaw in [Flaw::Expired, Flaw::Early, Flaw::OtherHost] {
        let server = Server::tls(authority.server(flaw), |_| Answer::new(204, "").reply());
        let got = tls_get(&server.address().to_string(), &authority.pem(), "/", "x");
        assert!(got.is_err(), "{flaw:?}");
        assert_eq!(server.requests(), 0);
    }
    let server = Server::tls(authority.server(Flaw::None), |_| Answer::new(200, "{}").reply());
    assert!(tls_get(&server.address().to_string(), &authority.pem(), "/", "x").is_ok());
}

#[test]
fn a_tunnel_leads_to_the_server_and_remembers_heads() {
    let server = Server::new(|_| Answer::new(200, "{}").reply());
    let tunnel = Tunnel::open(server.address());
    let mut stream = TcpStream::connect(tunnel.address()).unwrap();
    stream.write_all(b"CONNECT org.example.test:443 HTTP/1.1\r\n\r\n").unwrap();
    let mut buffer = [0; 1024];
    let count = stream.read(&mut buffer).unwrap();
    assert!(buffer[..count].starts_with(b"HTTP/1.1 200"));
    stream.write_all(GET).unwrap();
    assert!(stream.read(&mut buffer).unwrap() > 0);
    assert!(tunnel.heads()[0].starts_with("CONNECT org.example.test:443"));
    let shut = Tunnel::new(server.address(), |_| Some(b"HTTP/1.1 407 No\r\n\r\n".to_vec()));
    assert!(exchange(&shut.address().to_string(), b"CONNECT x HTTP/1.1\r\n\r\n").unwrap().starts_with(b"HTTP/1.1 407"));
}

#[test]
fn a_hook_may_answer_instead_and_change_the_org() {
    let mut hits = 0;
    let rehearsal = Rehearsal::builder()
        .users(20)
        .hook(move |org, seen| {
            hits += 1;
            match hits {
                1 => Some(vec![Step::Reset]),
                // Carried out, and the answer is lost.
                2 => {
                    org.answer(seen);
                    Some(Answer::new(503, "").reply())
                }
                _ => None,
            }
        })
        .start();
    let client = Client::of(&rehearsal);
    let path = format!("/api/v1/users/{}/lifecycle/suspend", rehearsal.org().user(3).unwrap().id);
    assert!(client.try_send("POST", &path, "").is_err());
    assert_eq!(rehearsal.org().changes().len(), 0);
    assert_eq!(client.post(&path, "").status, 503);
    assert_eq!(rehearsal.org().changes().len(), 1);
    assert_eq!(client.post(&path, "").status, 400, "suspended already");
}

#[test]
fn an_org_outlives_its_server_which_may_be_of_the_callers_making() {
    let rehearsal = okta_rehearsal::Rehearsal::builder().users(20).start_on(okta_rehearsal::server::Server::alone);
    assert!(rehearsal.base_url().starts_with("http://127.77.1."));
    let org = rehearsal.handle();
    drop(rehearsal);
    assert!(org.org().user(3).is_some());
    assert_eq!(org.report().requests, 0);
}
