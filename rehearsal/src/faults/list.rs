//! The faults by name, in the order of what they lead to.

use super::{
    Fault, Instead, Kind, LIMIT, NONE_LEFT, about_another, bodied, chunked, chunks_of, gzipped, half, html, http_date,
    instead, limited, promising, redirect, spread_out, with_member,
};
use crate::server::{Answer, Step};

/// All faults.
#[allow(clippy::too_many_lines, reason = "a table")]
pub fn all() -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add =
        |name, kind, may_apply, reply| faults.push(Fault { name, kind, instead: Instead::Any, may_apply, reply });

    add("reset before the request is read", Kind::Lost, false, |_, _| vec![Step::ResetUnread]);
    add("reset after the request is read", Kind::Lost, true, |_, _| vec![Step::Reset]);
    add("closed without an answer", Kind::Lost, true, |_, _| vec![Step::Close]);
    add("reset in the middle of the headers", Kind::Lost, true, |answer, _| {
        vec![Step::Send(half(&answer.head())), Step::Reset]
    });
    add("closed in the middle of the headers", Kind::Lost, true, |answer, _| {
        vec![Step::Send(half(&answer.head())), Step::Close]
    });
    add("reset in the middle of the body", Kind::Lost, true, |answer, _| {
        let (head, body) = promising(answer);
        vec![Step::Send([head, half(&body)].concat()), Step::Reset]
    });
    add("closed in the middle of the body", Kind::Lost, true, |answer, _| {
        let (head, body) = promising(answer);
        vec![Step::Send([head, half(&body)].concat()), Step::Close]
    });
    add("closed between chunks", Kind::Lost, true, |answer, _| {
        vec![Step::Send(chunked(answer, &chunks_of(answer))), Step::Close]
    });
    add("gzip cut short", Kind::Lost, true, |answer, _| gzipped(answer, |body| half(&body)));
    add("silence instead of an answer", Kind::Silent, true, |_, _| vec![Step::Stall]);
    add("silence in the headers", Kind::Silent, true, |answer, _| vec![Step::Send(half(&answer.head())), Step::Stall]);
    add("silence in the body", Kind::Silent, true, |answer, _| {
        let (head, body) = promising(answer);
        vec![Step::Send([head, half(&body)].concat()), Step::Stall]
    });
    add("one byte of the headers a second", Kind::Silent, true, |answer, site| {
        let padded = bodied(answer).header("X-Padding", "p".repeat(2000));
        vec![Step::Drip(padded.bytes(), site.second)]
    });
    add("one byte of the body a second", Kind::Silent, true, |answer, site| {
        let (head, _) = promising(&Answer { body: vec![b' '; 2000], ..bodied(answer) });
        vec![Step::Send(head), Step::Drip(vec![b' '; 2000], site.second)]
    });
    add("502 with HTML", Kind::Unavailable, true, |_, _| html(502).reply());
    add("503 with HTML", Kind::Unavailable, true, |_, _| html(503).reply());
    add("503 that asks to wait", Kind::Unavailable, true, |_, _| html(503).header("Retry-After", "3").reply());
    add("504 with HTML", Kind::GaveUp, true, |_, _| html(504).reply());
    add("500 with HTML", Kind::Internal, true, |_, _| html(500).reply());
    add("500 as Okta words it", Kind::Internal, true, |_, _| {
        Answer::error(500, "E0000009", "Internal Server Error", "").reply()
    });

    add("429 until a reset", Kind::Limited, false, |_, site| {
        limited(site, &[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", &site.after(5))])
    });
    add("429 by a clock years ahead", Kind::Limited, false, |_, site| {
        let date = ("Date", "Tue, 01 Jan 2030 00:00:00 GMT");
        limited(site, &[LIMIT, NONE_LEFT, date, ("X-Rate-Limit-Reset", "1893456005")])
    });
    add("429 by a clock years behind", Kind::Limited, false, |_, site| {
        let date = ("Date", "Thu, 01 Jan 2015 00:00:00 GMT");
        limited(site, &[LIMIT, NONE_LEFT, date, ("X-Rate-Limit-Reset", "1420070405")])
    });
    add("429 of concurrency", Kind::Limited, false, |_, site| {
        limited(site, &[("X-Rate-Limit-Limit", "0"), NONE_LEFT, ("X-Rate-Limit-Reset", &site.after(3000))])
    });
    add("429 with Retry-After", Kind::Limited, false, |_, site| limited(site, &[("Retry-After", "5")]));
    add("429 with Retry-After as a date", Kind::Limited, false, |_, site| {
        limited(site, &[("Retry-After", &http_date(site.now + 5))])
    });
    add("429 without headers", Kind::Limited, false, |_, site| limited(site, &[]));
    add("429 with a reset in ten years", Kind::Limited, false, |_, site| {
        limited(site, &[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", &site.after(315_360_000))])
    });
    add("429 with a reset in the past", Kind::Limited, false, |_, site| {
        limited(site, &[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", &(site.now - 1000).to_string())])
    });
    add("429 with a reset that is no number", Kind::Limited, false, |_, site| {
        limited(site, &[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", "soon")])
    });
    add("429 with an absurd Retry-After", Kind::Limited, false, |_, site| {
        limited(site, &[("Retry-After", "99999999999999999999")])
    });
    add("429 for twenty minutes", Kind::LimitedForLong, false, |_, site| {
        limited(site, &[LIMIT, NONE_LEFT, ("X-Rate-Limit-Reset", &site.after(1200))])
    });

    add("garbage instead of HTTP", Kind::Nonsense, true, |_, _| {
        vec![Step::Send(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\x00\xff\r\n\r\n".to_vec()), Step::Close]
    });
    add("a header line that is none", Kind::Nonsense, true, |answer, _| {
        vec![Step::Send([&bodied(answer).head()[..], b"\x01no header\r\n\r\n"].concat()), Step::Close]
    });
    add("headers of 100 KB", Kind::Nonsense, true, |answer, _| {
        answer.clone().header("X-Huge", "h".repeat(100_000)).reply()
    });
    add("a thousand headers", Kind::Nonsense, true, |answer, _| {
        let mut answer = answer.clone();
        // All at once: looking for each among those before takes a debug build as long as silence.
        answer.headers.extend((0..1000).map(|n| (format!("X-{n}"), "x".to_owned())));
        answer.reply()
    });
    add("a length that is no number", Kind::Nonsense, true, |answer, _| {
        let answer = bodied(answer).header("Content-Length", "abc");
        vec![Step::Send([&answer.head()[..], b"\r\n", &answer.body].concat()), Step::Close]
    });
    add("two different lengths", Kind::Nonsense, true, |answer, _| {
        let answer = bodied(answer);
        let lengths = format!("Content-Length: 1\r\nContent-Length: {}\r\n\r\n", answer.body.len());
        vec![Step::Send([&answer.head()[..], lengths.as_bytes(), &answer.body].concat()), Step::Close]
    });
    add("a length that is too short", Kind::Nonsense, true, |answer, _| {
        let answer = bodied(answer);
        let length = format!("Content-Length: {}\r\n\r\n", answer.body.len() - 1);
        vec![Step::Send([&answer.head()[..], length.as_bytes(), &answer.body].concat())]
    });
    add("a chunk whose size is no number", Kind::Nonsense, true, |answer, _| {
        vec![Step::Send(chunked(answer, b"zz\r\n{}\r\n0\r\n\r\n")), Step::Close]
    });
    add("a chunk longer than its size", Kind::Nonsense, true, |answer, _| {
        vec![Step::Send(chunked(answer, b"1\r\n{}{}{}\r\n0\r\n\r\n")), Step::Close]
    });
    add("gzip that is none", Kind::Nonsense, true, |answer, _| gzipped(answer, |_| b"not compressed at all".to_vec()));
    add("an encoding that nobody asked for", Kind::Nonsense, true, |answer, _| {
        let answer = Answer { body: b"\x8b\x01\x80{}\x03".to_vec(), ..bodied(answer) };
        answer.header("Content-Encoding", "br").reply()
    });
    add("HTML with status 200", Kind::Nonsense, true, |_, _| html(200).reply());
    add("a status that Okta does not use", Kind::Nonsense, true, |answer, _| {
        Answer { status: 206, ..bodied(answer) }.reply()
    });
    add("an error with status 200", Kind::Nonsense, true, |_, _| {
        Answer { status: 200, ..Answer::error(200, "E0000009", "Internal Server Error", "") }.reply()
    });
    add("JSON cut short", Kind::Nonsense, true, |answer, _| instead(answer, &half(&bodied(answer).body)));
    add("text instead of JSON", Kind::Nonsense, true, |answer, _| instead(answer, b"OK"));
    add("Latin-1 instead of UTF-8", Kind::Nonsense, true, |answer, _| {
        with_member(answer, b"\"odd\":\"caf\xe9\"")
            .header("Content-Type", "application/json; charset=ISO-8859-1")
            .reply()
    });
    add("a NUL byte in a string", Kind::Nonsense, true, |answer, _| with_member(answer, b"\"odd\":\"a\0b\"").reply());
    add("nested 200 deep", Kind::Nonsense, true, |answer, _| {
        let deep = [&b"\"odd\":"[..], &b"[".repeat(200), &b"]".repeat(200)].concat();
        with_member(answer, &deep).reply()
    });

    add("a byte order mark", Kind::Harmless, true, |answer, _| {
        let body = bodied(answer).body;
        instead(answer, &[&b"\xef\xbb\xbf"[..], &body].concat())
    });
    add("line breaks and tabs between tokens", Kind::Harmless, true, |answer, _| {
        let body = [&b"\n\t"[..], &spread_out(&bodied(answer).body), b"\r\n"].concat();
        instead(answer, &body)
    });
    add("gzip", Kind::Harmless, true, |answer, _| gzipped(answer, |body| body));
    add("a chunk for every byte", Kind::Harmless, true, |answer, _| {
        vec![Step::Send(chunked(answer, &[&chunks_of(answer)[..], b"0\r\n\r\n"].concat()))]
    });
    add("an end of the connection as the end of the body", Kind::Harmless, true, |answer, _| {
        let answer = bodied(answer).header("Connection", "close");
        vec![Step::Send([&answer.head()[..], b"\r\n", &answer.body].concat()), Step::Close]
    });
    add("100 Continue before the answer", Kind::Harmless, true, |answer, _| {
        vec![Step::Send([b"HTTP/1.1 100 Continue\r\n\r\n", &answer.bytes()[..]].concat())]
    });

    add("401", Kind::Refused, false, |_, _| Answer::error(401, "E0000011", "Invalid token provided", "").reply());
    add("403", Kind::Refused, false, |_, _| {
        Answer::error(403, "E0000006", "You do not have permission to perform the requested action", "").reply()
    });
    add("403 with HTML", Kind::Refused, false, |_, _| html(403).reply());
    add("404", Kind::Refused, false, |_, _| Answer::error(404, "E0000007", "Not found: x (User)", "").reply());
    add("404 without a body", Kind::Refused, false, |_, _| Answer::new(404, "").reply());

    add("a redirect within the origin", Kind::Redirected { made: false }, false, |_, site| {
        redirect(302, &format!("{}{}", site.origin, site.target))
    });
    add("a redirect to a path", Kind::Redirected { made: false }, false, |_, site| redirect(307, &site.target));
    add("303 within the origin", Kind::Redirected { made: true }, true, |_, site| redirect(303, &site.target));
    add("a redirect to another origin", Kind::Astray, false, |_, site| {
        redirect(302, &format!("{}{}", site.elsewhere, site.target))
    });
    add("308 to another origin", Kind::Astray, false, |_, site| redirect(308, &format!("{}/x", site.elsewhere)));
    add("a redirect without a scheme to another origin", Kind::Astray, false, |_, site| {
        redirect(
            301,
            &format!("{}{}", site.elsewhere.trim_start_matches("https:").trim_start_matches("http:"), site.target),
        )
    });
    add("a redirect that leads nowhere", Kind::Astray, false, |_, _| Answer::new(302, "").reply());
    add("300 with a choice", Kind::Astray, false, |_, site| redirect(300, &site.target));
    add("a redirect that leads back", Kind::Circular, false, |_, site| redirect(302, &site.target));

    add("418 with HTML", Kind::Refused, false, |_, _| html(418).reply());
    add("a status without a meaning", Kind::Nonsense, true, |answer, _| {
        Answer { status: 799, ..bodied(answer) }.reply()
    });
    add("an object of a firewall's", Kind::Nonsense, true, |answer, _| {
        instead(answer, br#"{"error":"access_denied"}"#)
    });

    let mut add = |name, kind, instead, reply| faults.push(Fault { name, kind, instead, may_apply: true, reply });
    add("half a surrogate pair", Kind::Harmless, Instead::Content, |answer, _| {
        with_member(answer, br#""odd":"x\ud800y""#).reply()
    });
    add("an object about somebody else", Kind::Nonsense, Instead::Named, |answer, _| {
        instead(answer, &about_another(&answer.body))
    });
    add("nothing with status 200", Kind::Nonsense, Instead::Content, |answer, _| instead(answer, b""));
    add("an object without an id", Kind::Nonsense, Instead::Object, |answer, _| instead(answer, br#"{"name":"x"}"#));
    faults
}
