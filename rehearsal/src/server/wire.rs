//! One connection: requests are read, shown to the script, and its steps carried out byte by byte.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::seen::{Parsed, parse};
use super::{Answer, Greeting, Reply, Seen, Shared, Step};

/// Largest request: a blocklist of 1000 ranges is some 60 KB.
const LARGEST: usize = 4 << 20;

/// What is larger does not wait in the socket as a whole: the system holds back what has no room.
const LARGE: usize = 32 * 1024;

pub(super) fn serve(shared: &Shared, stream: TcpStream, number: usize) -> Result<()> {
    // Without it answers inside TLS wait 40 ms for an acknowledgement.
    stream.set_nodelay(true)?;
    match (shared.greet)(number) {
        Greeting::Close => return stream.shutdown(Shutdown::Both),
        Greeting::Stall => return drain(&stream),
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

fn serve_plain(shared: &Shared, mut stream: &TcpStream, number: usize) -> Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        // Only looked at, so that a request can be left unread: closing then resets.
        let (mut seen, unread) = loop {
            let count = stream.peek(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            match parse(&buffer[..count]) {
                Parsed::Whole(seen, length) => break (seen, length),
                Parsed::Broken => return refuse(stream, "not HTTP/1.1"),
                Parsed::Partial(Some(whole)) if whole > LARGE && whole <= LARGEST => {
                    break read_large(stream, whole)?;
                }
                Parsed::Partial(whole) => {
                    let wanted = whole.unwrap_or(0).max(if count == buffer.len() { count * 2 } else { 0 });
                    if wanted > LARGEST {
                        return refuse(stream, "too large");
                    }
                    if wanted > buffer.len() {
                        buffer.resize(wanted, 0);
                    }
                    thread::sleep(Duration::from_micros(300));
                }
            }
        };
        seen.connection = number;
        let _under_way = shared.begins();
        let reply = shared.script(&seen);
        let resets = reply.iter().any(|step| matches!(step, Step::Reset));
        let take = match reply.first() {
            Some(Step::ResetUnread) => return Ok(()),
            // A byte that stays unread turns the close into a reset.
            _ => unread - usize::from(resets),
        };
        stream.read_exact(&mut buffer[..take])?;
        if !carry_out(shared, &mut { stream }, stream, reply)? {
            return Ok(());
        }
    }
}

/// A large request, of which the last byte is left unread.
fn read_large(mut stream: &TcpStream, whole: usize) -> Result<(Seen, usize)> {
    let mut input = vec![0; whole];
    let (most, last) = input.split_at_mut(whole - 1);
    stream.read_exact(most)?;
    stream.peek(last)?;
    match parse(&input) {
        Parsed::Whole(seen, _) => Ok((seen, 1)),
        _ => Err(ErrorKind::InvalidData.into()),
    }
}

fn serve_tls(shared: &Shared, stream: TcpStream, config: &Arc<ServerConfig>, number: usize) -> Result<()> {
    let raw = stream.try_clone()?;
    let connection = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let mut input = Vec::new();
    loop {
        let (mut seen, length) = loop {
            match parse(&input) {
                Parsed::Whole(seen, length) => break (seen, length),
                Parsed::Broken => return Ok(()),
                Parsed::Partial(_) if input.len() > LARGEST => return Ok(()),
                Parsed::Partial(_) => {}
            }
            let mut buffer = [0; 16 * 1024];
            match tls.read(&mut buffer)? {
                0 => return Ok(()),
                count => input.extend_from_slice(&buffer[..count]),
            }
        };
        input.drain(..length);
        seen.connection = number;
        seen.tls = true;
        let _under_way = shared.begins();
        let reply = shared.script(&seen);
        if !carry_out(shared, &mut tls, &raw, reply)? {
            return Ok(());
        }
    }
}

fn refuse(mut stream: &TcpStream, why: &str) -> Result<()> {
    let answer = Answer::error(400, "E0000003", &format!("rehearsal: the request is {why}"), "");
    stream.write_all(&answer.header("Connection", "close").bytes())?;
    stream.shutdown(Shutdown::Write)?;
    drain(stream)
}

/// Does the steps; `false` when the connection is over.
fn carry_out(shared: &Shared, wire: &mut dyn Write, stream: &TcpStream, reply: Reply) -> Result<bool> {
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
            Step::Call(call) => (call.0)(),
            Step::Stall => {
                drain(stream)?;
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

/// Reads until the other side goes away.
fn drain(mut stream: &TcpStream) -> Result<()> {
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
