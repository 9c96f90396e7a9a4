//! Requests as they arrive.

use std::fmt;

/// A request as it arrived.
#[derive(Clone, Default)]
pub struct Seen {
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Number of its connection, from 0.
    pub connection: usize,
    /// Whether it came in TLS.
    pub tls: bool,
}

impl fmt::Debug for Seen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.method, self.target, String::from_utf8_lossy(&self.body))
    }
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    pub fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path() == path
    }
}

/// What the bytes on a connection amount to so far.
pub(super) enum Parsed {
    /// A whole request and its length in bytes.
    Whole(Seen, usize),
    /// More has to come; the whole length, once the head says it.
    Partial(Option<usize>),
    /// Not HTTP/1.1.
    Broken,
}

/// Most headers of a request.
const HEADERS: usize = 100;

pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let mut storage = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut storage);
    let end = match head.parse(bytes) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Parsed::Partial(None),
        Err(_) => return Parsed::Broken,
    };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).trim().to_owned()))
        .collect();
    let (method, target) = (head.method.unwrap_or_default().to_owned(), head.path.unwrap_or_default().to_owned());
    let mut seen = Seen { method, target, headers, ..Seen::default() };
    if seen.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked")) {
        return match chunked(&bytes[end..]) {
            Ok(Some((body, length))) => {
                seen.body = body;
                Parsed::Whole(seen, end + length)
            }
            Ok(None) => Parsed::Partial(None),
            Err(()) => Parsed::Broken,
        };
    }
    let length: usize = match seen.header("content-length").map(str::parse) {
        None => 0,
        Some(Ok(length)) => length,
        Some(Err(_)) => return Parsed::Broken,
    };
    let whole = end + length;
    if bytes.len() < whole {
        return Parsed::Partial(Some(whole));
    }
    seen.body = bytes[end..whole].to_vec();
    Parsed::Whole(seen, whole)
}

/// A chunked body and its length on the wire. Trailers are not taken: no client of Okta's sends any.
fn chunked(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, ()> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let (start, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete(chunk)) => chunk,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(()),
        };
        let from = at + start;
        let to = usize::try_from(size).ok().and_then(|size| from.checked_add(size)).ok_or(())?;
        let Some(chunk) = bytes.get(from..to) else { return Ok(None) };
        match bytes.get(to..to + 2) {
            None => return Ok(None),
            Some(b"\r\n") => {}
            Some(_) => return Err(()),
        }
        at = to + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
        body.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::{Parsed, parse};

    #[test]
    fn a_request_is_whole_once_its_body_is() {
        let bytes = b"POST /x?a=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET";
        assert!(matches!(parse(&bytes[..20]), Parsed::Partial(None)));
        let whole = bytes.len() - 3;
        assert!(matches!(parse(&bytes[..whole - 1]), Parsed::Partial(Some(length)) if length == whole));
        let Parsed::Whole(seen, length) = parse(bytes) else { panic!("whole") };
        assert_eq!((seen.path(), seen.query(), &seen.body[..], length), ("/x", "a=1", &b"abc"[..], whole));
    }

    #[test]
    fn a_chunked_body_is_put_together() {
        let bytes = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        assert!(matches!(parse(&bytes[..bytes.len() - 3]), Parsed::Partial(None)));
        let Parsed::Whole(seen, length) = parse(bytes) else { panic!("whole") };
        assert_eq!((&seen.body[..], length), (&b"abc"[..], bytes.len()));
    }
}
