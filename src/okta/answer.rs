//! Reads a response completely, within bounds, and checks that it is what the operation expects.

use std::io::Read;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::runtime::json::{self, Unnamed};
use crate::runtime::memory;
use crate::runtime::run::Run;
use crate::runtime::transport::{self, Headers};

/// Maximum size of a response body in bytes, after decompression.
pub(super) const LARGEST: usize = 32 * 1024 * 1024;
/// Bodies above this size in bytes are large: only one run at a time may hold one.
const LARGE: usize = 1024 * 1024;
/// Initial buffer size for a body in bytes; doubled as needed.
const FIRST_READ: usize = 16 * 1024;

/// The problem of a response that does not fit into memory.
pub(super) const NO_ROOM: &str = "is too large for the available memory";

/// What a success looks like. Every operation declares it; nothing else counts as one.
#[derive(Clone, Debug)]
pub struct Expect {
    statuses: &'static [u16],
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    /// Nothing, or `{}`.
    Nothing,
    /// An object with an `id` that describes what was requested.
    Object(Identity),
    /// An object with this member, a non-empty string.
    Member(&'static str),
    /// An array of objects.
    List,
}

/// Which object a response has to describe.
#[derive(Clone, Debug)]
pub enum Identity {
    /// Whichever Okta returns, for example the token's owner.
    Any,
    /// The object with this id.
    Id(String),
    /// The user with this id or login, or whose login has this before the `@`; logins in any case.
    User(String),
    /// The group with this name.
    Name(String),
    /// The role with this type.
    Type(String),
}

impl Expect {
    /// An object that is read.
    pub fn object(identity: Identity) -> Expect {
        Expect { statuses: &[200, 203], body: Body::Object(identity) }
    }

    /// An object that was changed or created.
    pub fn changed(identity: Identity) -> Expect {
        Expect { statuses: &[200, 201, 203], body: Body::Object(identity) }
    }

    /// Nothing, or `{}`.
    pub fn nothing() -> Expect {
        Expect { statuses: &[200, 203, 204], body: Body::Nothing }
    }

    /// An object whose `member` was requested: a non-empty string.
    pub fn member(member: &'static str) -> Expect {
        Expect { statuses: &[200, 201, 203], body: Body::Member(member) }
    }

    /// A list of objects.
    pub fn list() -> Expect {
        Expect { statuses: &[200, 203], body: Body::List }
    }

    /// Whether a response shows what it is about, so that the response to another request is recognized.
    pub fn has_identity(&self) -> bool {
        matches!(&self.body, Body::Object(identity) if !matches!(identity, Identity::Any))
    }
}

/// A complete successful response that was checked.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Response headers.
    pub headers: Headers,
    /// When the head of the response arrived, on the run's clock.
    pub arrived: Duration,
    /// JSON, or empty.
    pub body: String,
}

impl Answer {
    /// The body as JSON, byte for byte apart from surrounding white space.
    pub fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.body.trim().to_owned()).expect("checked to be JSON")
    }

    /// The body's buffer, to be reused for another response; empty if it is too large to keep.
    pub fn into_room(self) -> Vec<u8> {
        if self.body.capacity() <= LARGE + 1 { self.body.into_bytes() } else { Vec::new() }
    }

    /// Deserializes the fields of the body that `T` needs.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(&self.body)
    }
}

/// Why a body was not read.
pub(super) enum ReadProblem {
    TooLarge,
    NoRoom,
    Broken(transport::Error),
}

/// Reads a body into `room`, which grows as needed, up to [`LARGEST`].
pub(super) fn read(
    mut body: Box<dyn Read + Send>,
    headers: &Headers,
    room: Vec<u8>,
    run: &Run,
) -> Result<Vec<u8>, ReadProblem> {
    let expected = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut read = room;
    let least = FIRST_READ.max(expected).min(LARGE) + 1;
    memory::grow(&mut read, least).map_err(|_| ReadProblem::NoRoom)?;
    let mut filled = 0;
    loop {
        if filled > LARGEST {
            return Err(ReadProblem::TooLarge);
        }
        if filled == read.len() {
            if (LARGE..2 * LARGE).contains(&filled) {
                run.wait_for_turn();
            }
            // One byte more than allowed shows that a body is too large.
            memory::grow(&mut read, (2 * filled).min(LARGEST + 1)).map_err(|_| ReadProblem::NoRoom)?;
        }
        match body.read(&mut read[filled..]) {
            Ok(0) => {
                read.truncate(filled);
                return Ok(read);
            }
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ReadProblem::Broken(transport::Error::of_body(error))),
        }
    }
}

/// The problem of a response with a 2xx status code that the operation does not expect.
pub(super) const BAD_STATUS: &str = "not a status that Okta uses here";

/// A response that is not what the operation expects.
pub(super) struct Unexpected {
    /// What is wrong, to follow "the body".
    pub problem: &'static str,
    pub headers: Headers,
    pub body: Vec<u8>,
}

/// Accepts a response as a success only if it is what the operation expects.
pub(super) fn check(
    expect: &Expect,
    status: u16,
    headers: Headers,
    arrived: Duration,
    body: Vec<u8>,
) -> Result<Answer, Unexpected> {
    let body = match String::from_utf8(body) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                drop(text.drain(..'\u{feff}'.len_utf8()));
            }
            text
        }
        Err(error) => return Err(Unexpected { problem: "is not UTF-8", headers, body: error.into_bytes() }),
    };
    match problem(expect, status, &headers, body.trim()) {
        Some(problem) => Err(Unexpected { problem, headers, body: body.into_bytes() }),
        None => Ok(Answer { status, headers, arrived, body }),
    }
}

/// Why a response is not the expected success, if it is not.
fn problem(expect: &Expect, status: u16, headers: &Headers, body: &str) -> Option<&'static str> {
    let is_html = headers.get("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    match &expect.body {
        _ if !expect.statuses.contains(&status) => return Some(BAD_STATUS),
        // The elements are checked when the list is split.
        Body::List => return (!body.starts_with('[')).then_some("is not a list"),
        Body::Nothing if body.is_empty() && !is_html => return None,
        _ if body.is_empty() => return Some("is empty"),
        _ if !body.starts_with('{') => return Some("is not an object"),
        _ if json::too_deep(body.as_bytes()) => return Some("is nested too deeply"),
        _ => {}
    }
    let wanted = if let Body::Member(name) = &expect.body { name } else { "id" };
    let [error, wanted, profile, kind] = match json::named(body, ["errorCode", wanted, "profile", "type"]) {
        Ok(members) => members,
        Err(Unnamed::Invalid) => return Some("is not valid JSON"),
        Err(Unnamed::Twice) => return Some("has the same member twice"),
    };
    if error.is_some() {
        return Some("is an error");
    }
    if let Body::Nothing = &expect.body {
        let is_empty = body[1..body.len() - 1].trim().is_empty();
        return (!is_empty).then_some("is not empty, although Okta returns nothing here");
    }
    let is_twice = |profile| matches!(json::named(profile, ["login", "name"]), Err(Unnamed::Twice));
    if matches!(&expect.body, Body::Object(_)) && profile.is_some_and(is_twice) {
        return Some("has the same member twice");
    }
    let wanted = wanted.and_then(|json| serde_json::from_str::<String>(json).ok()).filter(|text| !text.is_empty());
    match (&expect.body, wanted) {
        (Body::Object(_), None) => return Some("is not an Okta object: it has no id"),
        (_, None) => return Some("lacks the requested value"),
        (Body::Object(identity), Some(id)) if !identity.is_met(&id, profile, kind) => {
            return Some("describes a different object than the one requested");
        }
        _ => {}
    }
    // It will be copied.
    memory::room_for(body.len()).is_err().then_some(NO_ROOM)
}

impl Identity {
    /// Whether the object with this id, profile and type is the expected one.
    fn is_met(&self, id: &str, profile: Option<&str>, kind: Option<&str>) -> bool {
        let in_profile = |name| {
            let [value] = json::named(profile?, [name]).ok()?;
            serde_json::from_str::<String>(value?).ok()
        };
        match self {
            Identity::Any => true,
            Identity::Id(asked) => id == asked,
            Identity::User(asked) => id == asked || in_profile("login").is_some_and(|login| is_login(&login, asked)),
            // Okta trims names.
            Identity::Name(asked) => in_profile("name").is_some_and(|name| name.trim() == asked.trim()),
            Identity::Type(asked) => kind.is_some_and(|json| json == format!("\"{asked}\"")),
        }
    }
}

/// Whether `asked` is this login, or the part before its `@`. Okta ignores case (okta-api.md, Conventions).
pub fn is_login(login: &str, asked: &str) -> bool {
    let (login, asked) = (login.to_lowercase(), asked.to_lowercase());
    login == asked || !asked.contains('@') && login.split_once('@').is_some_and(|(name, _)| name == asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(expect: Expect, status: u16, body: &str) -> Option<&'static str> {
        problem(&expect, status, &Headers::default(), body)
    }

    #[test]
    fn an_endpoint_that_answers_nothing_accepts_nothing_else() {
        for (status, body) in [(200, ""), (204, ""), (200, "{}"), (200, "{ }")] {
            assert_eq!(verdict(Expect::nothing(), status, body), None, "{status} {body}");
        }
        for body in [r#"{"error":"access_denied"}"#, r#"{"ok":true}"#, r#"{"id":"00u1"}"#, "[]", "OK", "null", "{"] {
            assert!(verdict(Expect::nothing(), 200, body).is_some(), "{body}");
        }
        assert!(verdict(Expect::nothing(), 202, "").is_some());
    }

    #[test]
    fn an_object_with_the_same_member_twice_is_no_success() {
        let twice = Some("has the same member twice");
        let user = |body| verdict(Expect::object(Identity::User("00u1".to_owned())), 200, body);
        for body in [
            r#"{"id":"00u1","id":"00u2"}"#,
            r#"{"id":"00u1","\u0069d":"00u2"}"#,
            r#"{"id":"00u1","profile":{"login":"a"},"profile":{"login":"b"}}"#,
            r#"{"id":"00u1","profile":{"login":"a","login":"b"}}"#,
            r#"{"id":"00u1","type":{},"type":{}}"#,
        ] {
            assert_eq!(user(body), twice, "{body}");
        }
        let role = |body| verdict(Expect::changed(Identity::Type("USER_ADMIN".to_owned())), 201, body);
        assert_eq!(role(r#"{"id":"ra1","type":"USER_ADMIN","type":"ORG_ADMIN"}"#), twice);
        let group = |body| verdict(Expect::changed(Identity::Name("A".to_owned())), 200, body);
        assert_eq!(group(r#"{"id":"00g1","profile":{"name":"A","name":"B"}}"#), twice);
        let reset = |body| verdict(Expect::member("resetPasswordUrl"), 200, body);
        assert_eq!(reset(r#"{"resetPasswordUrl":"https://a","resetPasswordUrl":"https://b"}"#), twice);
    }

    #[test]
    fn an_object_has_to_be_about_what_was_asked_for() {
        let user = r#"{"id":"00u1","profile":{"login":"Ada@Example.com","name":"x"},"type":{"id":"oty1"}}"#;
        for (asked, is_met) in [
            ("00u1", true),
            ("ada@example.com", true),
            ("ADA", true),
            ("00u2", false),
            ("ada@example.org", false),
            ("ad", false),
        ] {
            let verdict = verdict(Expect::object(Identity::User(asked.to_owned())), 200, user);
            assert_eq!(verdict.is_none(), is_met, "{asked}");
        }
        let group = r#"{"id":"00g1","profile":{"name":"Night shift"}}"#;
        assert_eq!(verdict(Expect::changed(Identity::Name("Night shift".to_owned())), 200, group), None);
        assert!(verdict(Expect::changed(Identity::Name("Day shift".to_owned())), 200, group).is_some());
        assert!(verdict(Expect::object(Identity::Id("00g2".to_owned())), 200, group).is_some());
        let role = r#"{"id":"ra1","type":"USER_ADMIN"}"#;
        assert_eq!(verdict(Expect::changed(Identity::Type("USER_ADMIN".to_owned())), 201, role), None);
        assert!(verdict(Expect::changed(Identity::Type("ORG_ADMIN".to_owned())), 201, role).is_some());
    }
}
