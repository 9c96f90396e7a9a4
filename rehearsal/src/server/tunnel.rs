//! A proxy that answers CONNECT: every name leads to one server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the proxy does with a CONNECT, given its head.
pub type Gate = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

/// A running proxy.
pub struct Tunnel {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnel {
    /// `gate` answers a CONNECT that is not let through; an empty answer ends the connection.
    pub fn new(target: SocketAddr, gate: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static) -> Tunnel {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("bound");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (gate, seen): (Arc<Gate>, _) = (Arc::new(gate), heads.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (gate, seen) = (gate.clone(), seen.clone());
                thread::spawn(move || {
                    let _ = carry(stream, target, &*gate, &seen);
                });
            }
        });
        Tunnel { address, heads }
    }

    pub fn open(target: SocketAddr) -> Tunnel {
        Tunnel::new(target, |_| None)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The heads of all CONNECTs so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn carry(mut stream: TcpStream, target: SocketAddr, gate: &Gate, heads: &Mutex<Vec<String>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            return Ok(());
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().unwrap().push(head.clone());
    if let Some(answer) = gate(&head) {
        return stream.write_all(&answer);
    }
    let mut onward = TcpStream::connect(target)?;
    onward.set_nodelay(true)?;
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut back_from, mut back_to) = (onward.try_clone()?, stream.try_clone()?);
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut back_from, &mut back_to);
        let _ = back_to.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut stream, &mut onward);
    let _ = onward.shutdown(std::net::Shutdown::Write);
    let _ = back.join();
    Ok(())
}
