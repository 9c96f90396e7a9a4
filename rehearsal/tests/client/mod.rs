//! A small HTTP/1.1 client, so that the tests see every byte's meaning and no retry hides one.
#![allow(dead_code)]

use std::io::{Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

use okta_rehearsal::{Rehearsal, org::Org};
use serde_json::Value;

/// What came back.
#[derive(Clone, Debug)]
pub struct Got {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Got {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn list(&self) -> Vec<Value> {
        self.json().as_array().unwrap_or_else(|| panic!("no array: {}", self.text())).clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Status, error code and first cause.
    pub fn error(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (self.status, text(&body["errorCode"]), text(&body["errorCauses"][0]["errorSummary"]))
    }

    /// The path and query of the link with this relation.
    pub fn link(&self, relation: &str) -> Option<String> {
        let links = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link"));
        let end = format!(">; rel=\"{relation}\"");
        let url = links.filter_map(|(_, value)| value.strip_suffix(&end)?.strip_prefix('<')).next()?;
        Some(url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).expect("an absolute address"))
    }
}

/// The values of one member of all items.
pub fn each(items: &[Value], name: &str) -> Vec<String> {
    items.iter().map(|item| item.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
}

/// Sends one request as it is and reads until its answer is whole or the connection ends.
pub fn exchange(address: &str, request: &[u8]) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request)?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    while !is_whole(&bytes) {
        match stream.read(&mut buffer)? {
            0 => break,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(bytes)
}

fn is_whole(bytes: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 2000];
    let mut head = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(end)) = head.parse(bytes) else { return false };
    let length = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    match length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok()) {
        Some(length) => bytes.len() >= end + length,
        None => matches!(head.code, Some(204 | 304)),
    }
}

pub fn parse(bytes: &[u8]) -> Option<Got> {
    let mut headers = [httparse::EMPTY_HEADER; 2000];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(end) = head.parse(bytes).ok()? else { return None };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(Got {
        status: head.code?,
        headers: head.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect(),
        body: bytes[end..].to_vec(),
    })
}

/// A client of one rehearsal.
pub struct Client {
    address: String,
    token: String,
    more: String,
}

impl Client {
    pub fn of(rehearsal: &Rehearsal) -> Client {
        let address = rehearsal.server().address().to_string();
        Client { address, token: rehearsal.token(), more: String::new() }
    }

    pub fn token(mut self, token: &str) -> Client {
        self.token = token.to_owned();
        self
    }

    /// With one header more.
    pub fn header(mut self, name: &str, value: &str) -> Client {
        self.more.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub fn try_send(&self, method: &str, target: &str, body: &str) -> Result<Vec<u8>> {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: SSWS {}\r\nAccept: application/json\r\n\
             User-Agent: test\r\n{}{kind}Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            self.more,
            body.len(),
        );
        exchange(&self.address, request.as_bytes())
    }

    pub fn send(&self, method: &str, target: &str, body: &str) -> Got {
        let bytes = self.try_send(method, target, body).unwrap_or_else(|error| panic!("{method} {target}: {error}"));
        parse(&bytes).unwrap_or_else(|| panic!("{method} {target}: {}", String::from_utf8_lossy(&bytes)))
    }

    pub fn get(&self, target: &str) -> Got {
        self.send("GET", target, "")
    }

    pub fn post(&self, target: &str, body: &str) -> Got {
        self.send("POST", target, body)
    }

    pub fn put(&self, target: &str, body: &str) -> Got {
        self.send("PUT", target, body)
    }

    pub fn delete(&self, target: &str) -> Got {
        self.send("DELETE", target, "")
    }

    /// All items of a list over all its pages, and how many pages there were.
    pub fn all(&self, target: &str) -> (Vec<Value>, usize) {
        let (mut items, mut pages, mut next) = (Vec::new(), 0, Some(target.to_owned()));
        while let Some(target) = next {
            let got = self.get(&target);
            assert_eq!(got.status, 200, "{target}: {}", got.text());
            items.extend(got.list());
            pages += 1;
            next = got.link("next");
        }
        (items, pages)
    }
}

/// An org of some users, a client of it, and its user number 3.
pub fn org() -> (Rehearsal, Client, Person) {
    org_with(|_| {})
}

/// The same, in a state of the test's own.
pub fn org_with(prepare: impl FnOnce(&mut Org) + 'static) -> (Rehearsal, Client, Person) {
    let rehearsal = Rehearsal::builder().users(120).prepare(prepare).start();
    let client = Client::of(&rehearsal);
    let user = rehearsal.org().user(3).expect("a user");
    let person = Person { path: format!("/api/v1/users/{}", user.id), login: user.login().to_owned(), id: user.id };
    (rehearsal, client, person)
}

/// Somebody to do things to.
pub struct Person {
    pub id: String,
    pub login: String,
    /// Path of the user.
    pub path: String,
}

impl Person {
    /// The status as the org has it.
    pub fn status(&self, rehearsal: &Rehearsal) -> &'static str {
        let org = rehearsal.org();
        org.find_user(&self.id).and_then(|number| org.user(number)).map_or("gone", |user| user.status.name())
    }

    pub fn to(&self, rest: &str) -> String {
        format!("{}/{rest}", self.path)
    }
}
