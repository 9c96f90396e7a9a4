//! Users: found by id, login or address; read, suspended, given passwords.

use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::answer::{Answer, Expect};
use super::super::client::{Okta, Operation};
use super::super::error::{Cause, Error};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use super::super::settle::{Reading, Settled};
use super::super::time::parse_time;
use crate::runtime::error::Kind;
use crate::runtime::secret::Secret;
use crate::runtime::transport::Method;

/// The most users on one page.
pub const PAGE: u64 = 200;

/// What is read of a user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Okta's id.
    pub id: String,
    /// `ACTIVE` and the like.
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    password_changed: Option<String>,
}

/// What a list of users is restricted to.
#[derive(Debug, Default)]
pub struct UserQuery<'a> {
    /// Begin of a name or address; never paged.
    pub q: Option<&'a str>,
    /// Exact filter.
    pub filter: Option<&'a str>,
    /// Search over most properties.
    pub search: Option<&'a str>,
}

/// `user "ada@example.com"`
pub fn subject(okta: &Okta, user: &str) -> String {
    format!("user \"{}\"", okta.shown(user, 100))
}

/// Whether a value has the form of Okta's user ids (okta-api.md, Conventions).
fn looks_like_id(value: &str) -> bool {
    value.len() == 20 && value.starts_with("00u") && value.bytes().all(|c| c.is_ascii_alphanumeric())
}

impl Okta {
    /// The token's owner.
    ///
    /// # Errors
    /// When Okta cannot be asked.
    pub fn me(&self) -> Result<Answer, Error> {
        self.send(self.get(Path::new("users/me"), Expect::Object, ""))
    }

    /// Users, page by page.
    pub fn users(&self, query: &UserQuery<'_>, wanted: Option<u64>) -> Pages {
        let path = Path::new("users").maybe("q", query.q).maybe("filter", query.filter).maybe("search", query.search);
        self.list(path, wanted, PAGE, "")
    }

    /// A user by id or login.
    ///
    /// # Errors
    /// When there is none.
    pub fn user(&self, user: &str) -> Result<Answer, Error> {
        self.send(self.get(self.user_path(user)?, Expect::Object, &subject(self, user)))
    }

    /// A user's members that decide about what can be done with it.
    ///
    /// # Errors
    /// When there is none.
    pub fn user_state(&self, user: &str) -> Result<User, Error> {
        let answer = self.user(user)?;
        self.parse_user(&answer, user)
    }

    fn parse_user(&self, answer: &Answer, user: &str) -> Result<User, Error> {
        answer.parse().map_err(|_| self.invalid_answer(answer, &subject(self, user), "is no user"))
    }

    /// The path to a user as it was given. A login with a slash, which no path can carry, is
    /// found by a search first.
    pub(super) fn user_path(&self, user: &str) -> Result<Path, Error> {
        let segment = |value: &str| {
            Segment::new(value).map_err(|bad| Error { subject: subject(self, user), cause: Cause::BadSegment(bad) })
        };
        match user.contains('/') {
            true => Ok(Path::new("users").segment(&segment(&self.search_user(user)?)?)),
            false => Ok(Path::new("users").segment(&segment(user)?)),
        }
    }

    /// The id of a user, for endpoints that take nothing else.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn user_id(&self, user: &str) -> Result<String, Error> {
        if looks_like_id(user) {
            return Ok(user.to_owned());
        }
        if user.contains('/') {
            return self.search_user(user);
        }
        Ok(self.user_state(user)?.id)
    }

    /// The id of a user given by id, login, or an address that is no login.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn user_id_by_address(&self, user: &str) -> Result<String, Error> {
        match self.user_id(user) {
            Err(error) if error.kind() == Kind::NotFound && user.contains('@') && !user.contains('/') => {
                self.search_user(user).map_err(|second| match second.cause {
                    // Nothing found either: Okta's own words about the first try say more.
                    Cause::NoSuchUser => error,
                    _ => second,
                })
            }
            found => found,
        }
    }

    fn search_user(&self, user: &str) -> Result<String, Error> {
        let quoted = user.replace('\\', "\\\\").replace('"', "\\\"");
        let search = format!("profile.login eq \"{quoted}\" or profile.email eq \"{quoted}\"");
        let query = UserQuery { search: Some(&search), ..UserQuery::default() };
        let mut pages = self.users(&query, Some(2));
        let mut found: Vec<String> = Vec::new();
        while let Some(page) = pages.next_page()? {
            for item in page.items() {
                let user: User = serde_json::from_str(item)
                    .map_err(|_| self.invalid_answer(page.answer(), &subject(self, user), "is no list of users"))?;
                found.push(user.id);
            }
        }
        match found.len() {
            1 => Ok(found.remove(0)),
            count => Err(Error {
                subject: subject(self, user),
                cause: if count == 0 { Cause::NoSuchUser } else { Cause::Ambiguous },
            }),
        }
    }

    /// Suspends an active user. Repeatable.
    ///
    /// # Errors
    /// When the user is in any other state.
    pub fn suspend(&self, user: &str) -> Result<(), Error> {
        self.lifecycle(user, "lifecycle/suspend")
    }

    /// Lets a suspended user in again. Repeatable.
    ///
    /// # Errors
    /// When the user is in any other state.
    pub fn unsuspend(&self, user: &str) -> Result<(), Error> {
        self.lifecycle(user, "lifecycle/unsuspend")
    }

    fn lifecycle(&self, user: &str, words: &'static str) -> Result<(), Error> {
        let operation =
            self.write(Method::Post, self.user_path(user)?.then(words), Expect::Nothing, &subject(self, user));
        self.send(operation.repeatable()).map(drop)
    }

    /// Starts a password reset: Okta mails a link, or returns it. Not repeatable: each call sends
    /// a mail or voids the last link.
    ///
    /// # Errors
    /// When Okta refuses, or the answer is lost.
    pub fn reset_password(&self, user: &str, send_email: bool) -> Result<Answer, Error> {
        let path = self.user_path(user)?.then("lifecycle/reset_password");
        let path = path.query("sendEmail", if send_email { "true" } else { "false" });
        self.send(self.write(Method::Post, path, Expect::Nothing, &subject(self, user)))
    }

    /// Sets a password. Repeatable.
    ///
    /// # Errors
    /// When the policy refuses it, or there is no such user.
    pub fn set_password(&self, user: &str, password: &Secret) -> Result<Answer, Error> {
        let operation = self.write(Method::Post, self.user_path(user)?, Expect::Object, &subject(self, user));
        let quoted = Zeroizing::new(serde_json::json!(password.reveal()).to_string());
        let body =
            Zeroizing::new([r#"{"credentials":{"password":{"value":"#.as_bytes(), quoted.as_bytes(), b"}}}"].concat());
        let begun = self.run.clock.now();
        let set = self.send(Operation { body: Some(body), repeatable: true, ..operation });
        match set {
            // A password that was set by an attempt whose answer was lost is refused the second
            // time, as used before: whether it was shows in when the password changed.
            Err(error) if error.is_about_state() && self.run.effects.is_lost() => {
                let spent = self.run.clock.now().saturating_sub(begun);
                let settled = self.settle(|| {
                    let answer = self.user(user)?;
                    Ok(match self.changed_within(&answer, spent + Duration::from_secs(2)) {
                        true => Reading::Made(answer),
                        false => Reading::Open(()),
                    })
                });
                match settled {
                    Ok(Settled::Ours(answer) | Settled::Already(answer)) => Ok(answer),
                    Ok(Settled::Not(())) | Err(_) => Err(error),
                }
            }
            set => set,
        }
    }

    /// Whether the user's password changed within `span` before this answer, by Okta's clock.
    fn changed_within(&self, answer: &Answer, span: Duration) -> bool {
        let changed = answer.parse::<User>().ok().and_then(|user| user.password_changed);
        let date = answer.headers.get("date").and_then(|date| httpdate::parse_http_date(date).ok());
        match (changed.as_deref().and_then(parse_time), date) {
            (Some(changed), Some(date)) => changed + span >= date,
            _ => false,
        }
    }

    /// Ends all sessions of a user. Repeatable.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn clear_sessions(&self, user: &str) -> Result<(), Error> {
        let path = Path::new("users").segment(&self.id_segment(user)?).then("sessions");
        let operation = self.write(Method::Delete, path, Expect::Nothing, &subject(self, user));
        self.send(operation.repeatable()).map(drop)
    }

    /// The id of a user as a part of a path.
    pub(super) fn id_segment(&self, user: &str) -> Result<Segment, Error> {
        let bad = |bad| Error { subject: subject(self, user), cause: Cause::BadSegment(bad) };
        // Refused before anything is asked.
        Segment::new(user).map_err(bad)?;
        Segment::new(&self.user_id(user)?).map_err(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_look_like_ids() {
        assert!(looks_like_id("00uq3x7ZkT9aLmN4w5d7"));
        for other in ["ada@example.com", "00gq3x7ZkT9aLmN4w5d7", "00uq3x7ZkT9aLmN4w5d", "00uq3x7ZkT9aLmN4w5-7"] {
            assert!(!looks_like_id(other), "{other}");
        }
    }
}
