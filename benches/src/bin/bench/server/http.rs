//! As much HTTP/1.1 as the clients under test speak: keep-alive, Content-Length, no more.

use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    pub host: String,
    /// Whether the client takes gzip.
    pub gzip: bool,
    /// The Authorization header: it tells processes apart.
    pub authorization: String,
}

pub struct Answer {
    pub status: u16,
    /// Lines of the head beyond those that every answer has, each with its line end.
    pub headers: String,
    pub body: Arc<[u8]>,
    pub gzip: bool,
}

/// `None` when the client has closed the connection.
pub fn read(stream: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        host: String::new(),
        gzip: false,
        authorization: String::new(),
    };
    let mut body_length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "host" => request.host = value.to_owned(),
            "accept-encoding" => request.gzip = value.contains("gzip"),
            "authorization" => request.authorization = value.to_owned(),
            "content-length" => body_length = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    io::copy(&mut stream.take(body_length), &mut io::sink())?;
    Ok(Some(request))
}

/// How many pieces a body is sent in when it is to take its time.
const PIECES: usize = 10;
/// Up to here head and body go out in one write.
const ONE_WRITE: usize = 16 * 1024;

pub fn write(stream: &mut impl Write, answer: &Answer, body_time: Duration) -> io::Result<()> {
    let encoding = if answer.gzip {
        "Content-Encoding: gzip\r\n"
    } else {
        ""
    };
    let head = format!(
        "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{encoding}X-Okta-Request-Id: bench\r\n{}\r\n",
        answer.status,
        reason(answer.status),
        httpdate::fmt_http_date(SystemTime::now()),
        answer.body.len(),
        answer.headers,
    );
    if body_time.is_zero() && answer.body.len() <= ONE_WRITE {
        stream.write_all(&[head.as_bytes(), &answer.body].concat())?;
        return stream.flush();
    }
    stream.write_all(head.as_bytes())?;
    stream.flush()?;
    if body_time.is_zero() {
        stream.write_all(&answer.body)?;
        return stream.flush();
    }
    let started = Instant::now();
    let pieces = answer
        .body
        .chunks(answer.body.len().div_ceil(PIECES).max(1));
    for (piece, number) in pieces.zip(1..) {
        let due = started + body_time * number / PIECES as u32;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        stream.write_all(piece)?;
        stream.flush()?;
    }
    Ok(())
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        429 => "Too Many Requests",
        _ => "Not Found",
    }
}
