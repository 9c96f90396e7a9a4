//! A request as an endpoint sees it, and what it may refuse.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::org::{Group, Org, User};
use crate::server::{Answer, Seen};

/// Segments of a path, decoded; an encoded slash stays inside its segment.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect()
}

/// Whether a path has the form of a pattern; then what stands for its `{}`. None of them is empty.
pub(crate) fn matched<'a>(pattern: &str, segments: &'a [String]) -> Option<Vec<&'a str>> {
    let mut arguments = Vec::new();
    let mut pattern = pattern.split('/').skip(1);
    for segment in segments {
        match pattern.next()? {
            wanted if wanted.starts_with('{') => {
                // An empty segment, `.` and `..` reach another resource (okta-api.md, «Conventions»).
                if matches!(segment.as_str(), "" | "." | "..") {
                    return None;
                }
                arguments.push(segment.as_str());
            }
            wanted if wanted != segment => return None,
            _ => {}
        }
    }
    pattern.next().is_none().then_some(arguments)
}

/// Parameters of a query, decoded, in order.
pub(crate) fn parameters(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// A request that has found its endpoint.
pub(crate) struct Call<'a> {
    pub seen: &'a Seen,
    /// What stands for the parameters of the path.
    pub arguments: Vec<String>,
    pub query: Vec<(String, String)>,
    /// `Null` where none was sent.
    pub body: Value,
}

/// An answer other than what was asked for.
pub(crate) struct Refusal(pub Answer);

pub(crate) type Outcome = Result<Answer, Refusal>;

impl Refusal {
    pub fn new(status: u16, code: &str, summary: &str) -> Refusal {
        Refusal(Answer::error(status, code, summary, ""))
    }

    pub fn because(status: u16, code: &str, summary: &str, cause: &str) -> Refusal {
        Refusal(Answer::error(status, code, summary, cause))
    }

    /// 404 as Okta words it (okta-api.md, «Errors»): the summary names what.
    pub fn not_found(what: &str, kind: &str) -> Refusal {
        Refusal::new(404, "E0000007", &format!("Not found: Resource not found: {what} ({kind})"))
    }

    /// 400 E0000001: the causes say what is wrong (okta-api.md, «Errors»).
    pub fn invalid(field: &str, causes: &[String]) -> Refusal {
        let causes: Vec<Value> = causes.iter().map(|cause| json!({"errorSummary": cause})).collect();
        Refusal(Answer::json(
            400,
            &json!({
                "errorCode": "E0000001", "errorSummary": format!("Api validation failed: {field}"),
                "errorLink": "E0000001", "errorId": "oaeTest", "errorCauses": causes,
            }),
        ))
    }

    /// 403 E0000038 (okta-api.md, «Errors»).
    pub fn wrong_status() -> Refusal {
        Refusal::new(403, "E0000038", "This operation is not allowed in the user's current status.")
    }

    /// What Okta does here isn't known: no guess is sold as its behaviour.
    pub fn unknown(what: &str) -> Refusal {
        Refusal::new(501, "E0000060", &format!("rehearsal: Okta's reaction to {what} is not known"))
    }
}

impl Call<'_> {
    /// `q`, `filter` and `search` of a list, of which only some go together.
    pub fn searches(&self) -> Result<[Option<&str>; 3], Refusal> {
        let [q, filter, search] = ["q", "filter", "search"].map(|name| self.parameter(name));
        if filter.is_some() && (q.is_some() || search.is_some()) {
            return Err(Refusal::new(400, "E0000033", "filter cannot be used together with q or search"));
        }
        if q.is_some() && search.is_some() {
            return Err(Refusal::new(400, "E0000063", "Invalid combination of parameters specified."));
        }
        Ok([q, filter, search])
    }

    pub fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).map_or("", String::as_str)
    }

    /// A parameter that was given and isn't empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.parameter(name).map_or(default, |value| value == "true")
    }

    /// `limit`, of which there is a largest and a default. What is more than the largest is cut.
    pub fn limit(&self, default: u64, most: u64) -> Result<u64, Refusal> {
        match self.parameter("limit") {
            None => Ok(default),
            Some(text) => match text.parse::<u64>() {
                Ok(limit) if limit > 0 => Ok(limit.min(most)),
                _ => Err(Refusal::invalid("limit", &["limit: The limit must be a positive number".to_owned()])),
            },
        }
    }

    /// The user that the path names: id, login, short login or `me`.
    pub fn user(&self, org: &Org) -> Result<User, Refusal> {
        self.user_at(org, 0)
    }

    pub fn user_at(&self, org: &Org, index: usize) -> Result<User, Refusal> {
        let key = self.argument(index);
        let number = match key {
            "me" if org.features.me => Some(0),
            "me" => None,
            key => org.find_user(key),
        };
        number.and_then(|number| org.user(number)).ok_or_else(|| Refusal::not_found(key, "User"))
    }

    pub fn group_at(&self, org: &Org, index: usize) -> Result<Group, Refusal> {
        let key = self.argument(index);
        let number = org.find_group(key);
        number.and_then(|number| org.group(number)).ok_or_else(|| Refusal::not_found(key, "UserGroup"))
    }
}
