//! The faults: what the server does with the request that matters, and which family of
//! consequences the documents give it.

use std::io::Write;
use std::time::Duration;

use super::actions::Action;
use super::runner::FACTOR;
use super::server::{Answer, Reply, Step};

/// What a fault leads to; `matrix` has the consequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The request was sent, its answer did not come whole: the kind when nothing else happens.
    Lost(&'static str),
    /// A gateway gave up waiting: the request may still be carried out.
    GaveUp,
    /// No answer in time: a read is tried three times, a change once.
    Silent,
    /// 500: tried once or twice more where that may be.
    Internal,
    /// 429: not carried out, sent again after a wait.
    Limited,
    /// 429 for longer than the time that is left.
    LimitedForLong,
    /// An answer that makes no sense.
    Nonsense,
    /// An answer that is odd, but one.
    Harmless,
    /// An error that is the answer, with its kind.
    Refused(&'static str),
    /// A redirect within the origin; for a write, whether it says that the write was not made.
    Followed { write_was_made: bool },
    /// A redirect that must not be followed.
    Astray,
    /// A redirect that leads back to itself.
    Circular,
}

/// Where the server is.
pub struct Site {
    /// Its own origin.
    pub origin: String,
    /// Another server's, which must never be asked.
    pub elsewhere: String,
    /// Path and query of the request.
    pub target: String,
}

pub struct Fault {
    pub name: &'static str,
    pub family: Family,
    /// Whether the server may have carried the request out before it fails.
    pub may_apply: bool,
    pub fits: fn(&Action) -> bool,
    pub reply: fn(&Answer, &Site) -> Reply,
}

/// Seconds of the run in real time.
fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds / FACTOR)
}

fn any(_: &Action) -> bool {
    true
}

/// The right answer with a body, also where it has none.
pub fn bodied(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    if answer.body.is_empty() {
        answer.body = b"{}".to_vec();
    }
    if answer.status == 204 {
        answer.status = 200;
    }
    answer
}

/// The right answer with another body.
fn instead(answer: &Answer, body: &[u8]) -> Reply {
    Answer { body: body.to_vec(), ..bodied(answer) }.reply()
}

/// The right answer with one member more in its first object.
fn with_member(answer: &Answer, member: &[u8]) -> Answer {
    let mut answer = bodied(answer);
    if answer.body == b"[]" {
        answer.body = b"[{}]".to_vec();
    }
    let at = answer.body.iter().position(|byte| *byte == b'{').map_or(0, |at| at + 1);
    let comma: &[u8] = if answer.body.get(at) == Some(&b'}') { b"" } else { b"," };
    answer.body.splice(at..at, [member, comma].concat());
    answer
}

/// A head that promises a body of the right length.
fn promising(answer: &Answer) -> (Vec<u8>, Vec<u8>) {
    let answer = bodied(answer);
    let bytes = answer.bytes();
    let body = bytes.len() - answer.body.len();
    (bytes[..body].to_vec(), bytes[body..].to_vec())
}

fn half(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn gzipped(answer: &Answer, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Reply {
    let answer = bodied(answer);
    Answer { body: change(gzip(&answer.body)), ..answer }.header("Content-Encoding", "gzip").reply()
}

fn chunked(answer: &Answer, chunks: &[u8]) -> Vec<u8> {
    [&bodied(answer).header("Transfer-Encoding", "chunked").head()[..], b"\r\n", chunks].concat()
}

fn chunks_of(answer: &Answer) -> Vec<u8> {
    bodied(answer).body.iter().flat_map(|byte| [b"1\r\n", &[*byte][..], b"\r\n"].concat()).collect()
}

/// A proxy's page.
fn html(status: u16) -> Answer {
    let page = "<html><head><style>p{}</style></head><body><h1>Bad \u{1b}[31mGateway</h1>\u{7}</body></html>";
    Answer::new(status, page).header("Content-Type", "text/html").without("X-Okta-Request-Id")
}

/// 429 with these headers; `date` is the server's idea of the time.
fn limited(headers: &[(&str, &str)]) -> Reply {
    let answer = Answer::error(429, "E0000047", "API call exceeded rate limit due to too many requests.", "");
    let has_okta = headers.iter().any(|(name, _)| name.starts_with("X-Rate"));
    let answer = if has_okta { answer } else { Answer { body: html(429).body, ..answer } };
    headers.iter().fold(answer, |answer, (name, value)| answer.header(name, *value)).reply()
}

/// `Date` of the answers is 1795500000.
const LIMIT: (&str, &str) = ("X-Rate-Limit-Limit", "600");
const NONE_LEFT: (&str, &str) = ("X-Rate-Limit-Remaining", "0");

fn redirect(status: u16, to: &str) -> Reply {
    Answer::new(status, "").header("Location", to).reply()
}

/// All faults.
pub fn all() -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |name, family, may_apply, reply| faults.push(Fault { name, family, may_apply, fits: any, reply });
    use Family::{
        Astray, Circular, Followed, GaveUp, Harmless, Internal, Limited, LimitedForLong, Lost, Nonsense, Refused,
        Silent,
    };

    add("reset before the request is read", Lost("network"), false, |_, _| vec![Step::ResetUnread]);
    add("reset after the request is read", Lost("network"), true, |_, _| vec![Step::Reset]);
    add("closed without an answer", Lost("network"), true, |_, _| vec![Step::Close]);
    add("reset in the middle of the headers", Lost("network"), true, |answer, _| {
        vec![Step::Send(half(&answer.head())), Step::Reset]
    });
    add("closed in the middle of the headers", Lost("network"), true, |answer, _| {
        vec![Step::Send(half(&answer.head())), Step::Close]
    });
    add("reset in the middle of the body", Lost("network"), true, |answer, _| {
        let (head, body) = promising(answer);
        vec![Step::Send([head, half(&body)].concat()), Step::Reset]
    });
    add("closed in the middle of the body", Lost("network"), true, |answer, _| {
        let (head, body) = promising(answer);
        vec![Step::Send([head, half(&body)].concat()), Step::Close]
    });
    add("closed between chunks", Lost("network"), true, |answer, _| {
        vec![Step::Send(chunked(answer, &chunks_of(answer))), Step::Close]
    });
    add("gzip cut short", Lost("network"), true, |answer, _| gzipped(answer, |body| half(&body)));
    add("silence instead of an answer", Silent, true, |_, _| vec![Step::Stall]);
    add("silence in the headers", Silent, true, |answer, _| vec![Step::Send(half(&answer.head())), Step::Stall]);
    add("silence in the body", Silent, true, |answer, _| {
        let (head, body) = promising(answer);
        vec![Step::Send([head, half(&body)].concat()), Step::Stall]
    });
    add("one byte of the headers a second", Silent, true, |answer, _| {
        let padded = bodied(answer).header("X-Padding", "p".repeat(2000));
        vec![Step::Drip(padded.bytes(), seconds(1.0))]
    });
    add("one byte of the body a second", Silent, true, |answer, _| {
        let (head, _) = promising(&Answer { body: vec![b' '; 2000], ..bodied(answer) });
        vec![Step::Send(head), Step::Drip(vec![b' '; 2000], seconds(1.0))]
    });
    add("502 with HTML", Lost("unavailable"), true, |_, _| html(502).reply());
    add("503 with HTML", Lost("unavailable"), true, |_, _| html(503).reply());
    add("503 that asks to wait", Lost("unavailable"), true, |_, _| html(503).header("Retry-After", "3").reply());
    add("504 with HTML", GaveUp, true, |_, _| html(504).reply());
    add("500 with HTML", Internal, true, |_, _| html(500).reply());
    add("500 as Okta words it", Internal, true, |_, _| {
        Answer::error(500, "E0000009", "Internal Server Error", "").reply()
    });

    add("429 until a reset", Limited, false, |_, _| limited(&[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", "1795500005")]));
    add("429 by a clock years ahead", Limited, false, |_, _| {
        let date = ("Date", "Tue, 01 Jan 2030 00:00:00 GMT");
        limited(&[LIMIT, NONE_LEFT, date, ("X-Rate-Limit-Reset", "1893456005")])
    });
    add("429 by a clock years behind", Limited, false, |_, _| {
        let date = ("Date", "Thu, 01 Jan 2015 00:00:00 GMT");
        limited(&[LIMIT, NONE_LEFT, date, ("X-Rate-Limit-Reset", "1420070405")])
    });
    add("429 of concurrency", Limited, false, |_, _| {
        limited(&[("X-Rate-Limit-Limit", "0"), NONE_LEFT, ("X-Rate-Limit-Reset", "1795503000")])
    });
    add("429 with Retry-After", Limited, false, |_, _| limited(&[("Retry-After", "5")]));
    add("429 with Retry-After as a date", Limited, false, |_, _| {
        limited(&[("Retry-After", "Tue, 24 Nov 2026 06:00:05 GMT")])
    });
    add("429 without headers", Limited, false, |_, _| limited(&[]));
    add("429 with a reset in ten years", Limited, false, |_, _| {
        limited(&[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", "2110860000")])
    });
    add("429 with a reset in the past", Limited, false, |_, _| {
        limited(&[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", "1795499000")])
    });
    add("429 with a reset that is no number", Limited, false, |_, _| {
        limited(&[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", "soon")])
    });
    add("429 with an absurd Retry-After", Limited, false, |_, _| limited(&[("Retry-After", "99999999999999999999")]));
    add("429 for twenty minutes", LimitedForLong, false, |_, _| {
        limited(&[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", "1795501200")])
    });

    add("garbage instead of HTTP", Nonsense, true, |_, _| {
        vec![Step::Send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\x00\xff\r\n\r\n".to_vec()), Step::Close]
    });
    add("a header line that is none", Nonsense, true, |answer, _| {
        vec![Step::Send([&bodied(answer).head()[..], b"\x01no header\r\n\r\n"].concat()), Step::Close]
    });
    add("headers of 100 KB", Nonsense, true, |answer, _| answer.clone().header("X-Huge", "h".repeat(100_000)).reply());
    add("a thousand headers", Nonsense, true, |answer, _| {
        (0..1000).fold(answer.clone(), |answer, n| answer.header(&format!("X-{n}"), "x")).reply()
    });
    add("a length that is no number", Nonsense, true, |answer, _| {
        let answer = bodied(answer).header("Content-Length", "abc");
        vec![Step::Send([&answer.head()[..], b"\r\n", &answer.body].concat()), Step::Close]
    });
    add("two different lengths", Nonsense, true, |answer, _| {
        let answer = bodied(answer);
        let lengths = format!("Content-Length: 1\r\nContent-Length: {}\r\n\r\n", answer.body.len());
        vec![Step::Send([&answer.head()[..], lengths.as_bytes(), &answer.body].concat()), Step::Close]
    });
    add("a length that is too short", Nonsense, true, |answer, _| {
        let answer = bodied(answer);
        let length = format!("Content-Length: {}\r\n\r\n", answer.body.len() - 1);
        vec![Step::Send([&answer.head()[..], length.as_bytes(), &answer.body].concat())]
    });
    add("a chunk whose size is no number", Nonsense, true, |answer, _| {
        vec![Step::Send(chunked(answer, b"zz\r\n{}\r\n0\r\n\r\n")), Step::Close]
    });
    add("a chunk longer than its size", Nonsense, true, |answer, _| {
        vec![Step::Send(chunked(answer, b"1\r\n{}{}{}\r\n0\r\n\r\n")), Step::Close]
    });
    add("gzip that is none", Nonsense, true, |answer, _| gzipped(answer, |_| b"not compressed at all".to_vec()));
    add("an encoding that nobody asked for", Nonsense, true, |answer, _| {
        let answer = Answer { body: b"\x8b\x01\x80{}\x03".to_vec(), ..bodied(answer) };
        answer.header("Content-Encoding", "br").reply()
    });
    add("HTML with status 200", Nonsense, true, |_, _| html(200).reply());
    add("a status that Okta does not use", Nonsense, true, |answer, _| {
        Answer { status: 206, ..bodied(answer) }.reply()
    });
    add("an error with status 200", Nonsense, true, |_, _| {
        Answer { status: 200, ..Answer::error(200, "E0000009", "Internal Server Error", "") }.reply()
    });
    add("JSON cut short", Nonsense, true, |answer, _| instead(answer, &half(&bodied(answer).body)));
    add("text instead of JSON", Nonsense, true, |answer, _| instead(answer, b"OK"));
    add("Latin-1 instead of UTF-8", Nonsense, true, |answer, _| {
        with_member(answer, b"\"odd\":\"caf\xe9\"")
            .header("Content-Type", "application/json; charset=ISO-8859-1")
            .reply()
    });
    add("a NUL byte in a string", Nonsense, true, |answer, _| with_member(answer, b"\"odd\":\"a\0b\"").reply());
    add("nested 200 deep", Nonsense, true, |answer, _| {
        let deep = [&b"\"odd\":"[..], &b"[".repeat(200), &b"]".repeat(200)].concat();
        with_member(answer, &deep).reply()
    });

    add("a byte order mark", Harmless, true, |answer, _| {
        let body = bodied(answer).body;
        instead(answer, &[&b"\xef\xbb\xbf"[..], &body].concat())
    });
    add("line breaks and tabs between tokens", Harmless, true, |answer, _| {
        let body = String::from_utf8(bodied(answer).body).expect("UTF-8").replace(',', "\r\n\t,\n");
        instead(answer, format!("\n\t{body}\r\n").as_bytes())
    });
    add("gzip", Harmless, true, |answer, _| gzipped(answer, |body| body));
    add("a chunk for every byte", Harmless, true, |answer, _| {
        vec![Step::Send(chunked(answer, &[&chunks_of(answer)[..], b"0\r\n\r\n"].concat()))]
    });
    add("an end of the connection as the end of the body", Harmless, true, |answer, _| {
        let answer = bodied(answer).header("Connection", "close");
        vec![Step::Send([&answer.head()[..], b"\r\n", &answer.body].concat()), Step::Close]
    });
    add("100 Continue before the answer", Harmless, true, |answer, _| {
        vec![Step::Send([b"HTTP/1.1 100 Continue\r\n\r\n", &answer.bytes()[..]].concat())]
    });

    add("401", Refused("authentication"), false, |_, _| {
        Answer::error(401, "E0000011", "Invalid token provided", "").reply()
    });
    add("403", Refused("permission"), false, |_, _| {
        Answer::error(403, "E0000006", "You do not have permission to perform the requested action", "").reply()
    });
    add("403 with HTML", Refused("protocol"), false, |_, _| html(403).reply());
    add("404", Refused("not_found"), false, |_, _| Answer::error(404, "E0000007", "Not found: x (User)", "").reply());
    add("404 without a body", Refused("protocol"), false, |_, _| Answer::new(404, "").reply());

    add("a redirect within the origin", Followed { write_was_made: false }, false, |_, site| {
        redirect(302, &format!("{}{}", site.origin, site.target))
    });
    add("a redirect to a path", Followed { write_was_made: false }, false, |_, site| redirect(307, &site.target));
    add("303 within the origin", Followed { write_was_made: true }, true, |_, site| redirect(303, &site.target));
    add("a redirect to another origin", Astray, false, |_, site| {
        redirect(302, &format!("{}{}", site.elsewhere, site.target))
    });
    add("308 to another origin", Astray, false, |_, site| redirect(308, &format!("{}/x", site.elsewhere)));
    add("a redirect without a scheme to another origin", Astray, false, |_, site| {
        redirect(301, &format!("{}{}", site.elsewhere.trim_start_matches("http:"), site.target))
    });
    add("a redirect that leads nowhere", Astray, false, |_, _| Answer::new(302, "").reply());
    add("300 with a choice", Astray, false, |_, site| redirect(300, &site.target));
    add("a redirect that leads back", Circular, false, |_, site| redirect(302, &site.target));

    add("418 with HTML", Refused("protocol"), false, |_, _| html(418).reply());
    add("a status without a meaning", Nonsense, true, |answer, _| Answer { status: 799, ..bodied(answer) }.reply());
    add("an object of a firewall's", Nonsense, true, |answer, _| instead(answer, br#"{"error":"access_denied"}"#));
    // Where Okta answers nothing, anything more is no success.
    faults.push(Fault {
        name: "half a surrogate pair",
        family: Harmless,
        may_apply: true,
        fits: |action| action.needs_body,
        reply: |answer, _| with_member(answer, br#""odd":"x\ud800y""#).reply(),
    });
    faults.push(Fault {
        name: "an object about somebody else",
        family: Nonsense,
        may_apply: true,
        fits: |action| action.is_about_one(),
        reply: |answer, _| {
            let body = String::from_utf8(answer.body.clone()).expect("UTF-8");
            let other = body.replace("3x7ZkT9aLmN4w5d7", "9x9ZkT9aLmN4w5d7");
            let other = other.replace("ada@", "grace@").replace("Night", "Day").replace("USER_ADMIN", "ORG_ADMIN");
            instead(answer, other.as_bytes())
        },
    });
    // An empty answer is none only where something has to come.
    faults.push(Fault {
        name: "nothing with status 200",
        family: Nonsense,
        may_apply: true,
        fits: |action| action.needs_body,
        reply: |answer, _| instead(answer, b""),
    });
    faults.push(Fault {
        name: "an object without an id",
        family: Nonsense,
        may_apply: true,
        fits: |action| action.needs_body && !action.is_list(),
        reply: |answer, _| instead(answer, br#"{"name":"x"}"#),
    });
    faults
}
