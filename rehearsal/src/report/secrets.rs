//! Secrets that have come by, and where they don't belong.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::server::Seen;

/// Members of bodies whose values are secrets.
const SECRET: &[&str] = &["password", "passCode", "answer", "oldPassword", "newPassword"];

/// What is known to be secret: the token, and passwords and codes that bodies have brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Vec<(String, String)>);

impl Secrets {
    pub fn learn(&mut self, what: &str, secret: &str) {
        // Short texts occur by chance.
        if secret.len() >= 6 && !self.0.iter().any(|(_, known)| known == secret) {
            self.0.push((what.to_owned(), secret.to_owned()));
        }
    }

    /// Learns from a request what is secret, and says what of it stands in a wrong place.
    pub fn examine(&mut self, seen: &Seen) -> Vec<(String, String)> {
        if let Ok(body) = serde_json::from_slice::<Value>(&seen.body) {
            self.learn_from(&body, None);
        }
        let mut found = Vec::new();
        let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let body = String::from_utf8_lossy(&seen.body);
        for (what, secret) in &self.0 {
            let mut places = Vec::new();
            for (place, text) in [("path", seen.path()), ("query", seen.query())] {
                if text.contains(secret.as_str()) || decoded(text).contains(secret.as_str()) {
                    places.push(place.to_owned());
                }
            }
            for (name, value) in &seen.headers {
                if !name.eq_ignore_ascii_case("authorization") && value.contains(secret.as_str()) {
                    places.push(name.to_ascii_lowercase());
                }
            }
            // Passwords belong into bodies, the token doesn't.
            if what == "token" && body.contains(secret.as_str()) {
                places.push("body".to_owned());
            }
            found.extend(places.into_iter().map(|place| (what.clone(), place)));
        }
        found
    }

    fn learn_from(&mut self, value: &Value, name: Option<&str>) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let name = SECRET.contains(&key.as_str()).then_some(key.as_str());
                    self.learn_from(member, name);
                    // The value of a password stands one level deeper.
                    if let (Some(name), Some(text)) = (name, member["value"].as_str()) {
                        self.learn(name, text);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_from(item, None)),
            Value::String(text) => {
                if let Some(name) = name {
                    self.learn(name, text);
                }
            }
            _ => {}
        }
    }

    /// A text without the secrets, as they are or percent-encoded.
    pub fn redacted(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (what, secret)| {
            let encoded = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
            let mark = format!("<{what}>");
            text.replace(secret.as_str(), &mark).replace(&encoded, &mark)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Secrets, Seen};

    fn seen(target: &str, agent: &str, body: &str) -> Seen {
        Seen {
            target: target.to_owned(),
            headers: vec![
                ("Authorization".to_owned(), "SSWS 00fake-token-for-tests".to_owned()),
                ("User-Agent".to_owned(), agent.to_owned()),
            ],
            body: body.into(),
            ..Seen::default()
        }
    }

    #[test]
    fn secrets_are_found_where_they_do_not_belong() {
        let mut secrets = Secrets::default();
        secrets.learn("token", "00fake-token-for-tests");
        let password = r#"{"credentials":{"password":{"value":"Fake Passw0rd"}}}"#;
        assert_eq!(secrets.examine(&seen("/api/v1/users/a", "x", password)), []);
        let code = r#"{"passCode":"987654"}"#;
        assert_eq!(secrets.examine(&seen("/api/v1/users/a", "x", code)), []);
        for (request, what, place) in [
            (seen("/a?q=Fake%20Passw0rd", "x", ""), "password", "query"),
            (seen("/a?q=Fake+Passw0rd", "x", ""), "password", "query"),
            (seen("/a/987654", "x", ""), "passCode", "path"),
            (seen("/a", "x/00fake-token-for-tests", ""), "token", "user-agent"),
            (seen("/a", "x", r#"{"t":"00fake-token-for-tests"}"#), "token", "body"),
        ] {
            assert_eq!(secrets.examine(&request), [(what.to_owned(), place.to_owned())], "{request:?}");
        }
        assert_eq!(secrets.redacted("/a?q=Fake%20Passw0rd"), "/a?q=<password>");
    }
}
