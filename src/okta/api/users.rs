//! Users: finding them by id, login or email address, and changing their status, password and sessions.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::super::answer::{Answer, Expect, Identity, is_login};
use super::super::client::{Okta, Operation};
use super::super::error::{Cause, Error, Refusal};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use super::super::settle::{Reading, Settled, Stamp};
use crate::runtime::error::Kind;
use crate::runtime::secret::Secret;
use crate::runtime::transport::Method;

/// Maximum number of users on a page.
pub const PAGE: u64 = 200;

/// The fields of a user that are needed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Okta's id.
    pub id: String,
    /// Status, such as `ACTIVE`.
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    status_changed: Option<String>,
    #[serde(default)]
    password_changed: Option<String>,
    #[serde(default)]
    profile: Profile,
}

#[derive(Debug, Default, Deserialize)]
struct Profile {
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

/// A user as a path names it, and as its answers have to.
struct Addressed {
    path: Path,
    identity: Identity,
}

/// Restrictions of a list of users.
#[derive(Debug, Default)]
pub struct UserQuery<'a> {
    /// Start of a name or email address; Okta does not paginate the results.
    pub q: Option<&'a str>,
    /// Filter expression.
    pub filter: Option<&'a str>,
    /// Search expression over most properties.
    pub search: Option<&'a str>,
}

/// `user "ada@example.com"`
pub fn subject(okta: &Okta, user: &str) -> String {
    format!("user {}", okta.quoted(user, 100))
}

/// Whether a value names the token's owner.
pub fn is_me(value: &str) -> bool {
    value.eq_ignore_ascii_case("me")
}

/// Whether Okta refused a password because it was used before, and not for its form. A list of all requirements, which
/// may name the history too, does not tell which of them was not met.
fn is_about_history(refusal: &Refusal) -> bool {
    let used = ["too recently", "used before", "been used", "in history", "in the history", "in password history"];
    let says = |words: &str| used.iter().any(|used| words.contains(used)) && !words.contains("requirements");
    refusal.causes.iter().map(|cause| cause.to_lowercase()).any(|cause| says(&cause))
}

/// Whether a value has the format of Okta's user ids (okta-api.md, Conventions).
fn looks_like_id(value: &str) -> bool {
    value.len() == 20 && value.starts_with("00u") && value.bytes().all(|c| c.is_ascii_alphanumeric())
}

impl Okta {
    /// Gets the token's owner.
    ///
    /// # Errors
    /// When Okta cannot be reached or rejects the token.
    pub fn me(&self) -> Result<Answer, Error> {
        self.send(self.get(Path::new("users/me"), Expect::object(Identity::Any), ""))
    }

    /// Users, page by page; `wanted` is the maximum number, `None` for all.
    pub fn users(&self, query: &UserQuery<'_>, wanted: Option<u64>) -> Pages {
        let path = Path::new("users").maybe("q", query.q).maybe("filter", query.filter).maybe("search", query.search);
        self.list(path, wanted, PAGE, "")
    }

    /// Gets a user by id or login.
    ///
    /// # Errors
    /// When there is none.
    pub fn user(&self, user: &str) -> Result<Answer, Error> {
        let Addressed { path, identity } = self.addressed(user)?;
        self.send(self.get(path, Expect::object(identity), &subject(self, user)))
    }

    fn read_user(&self, user: &str) -> Result<(User, Answer), Error> {
        let answer = self.user(user)?;
        match answer.parse() {
            Ok(read) => Ok((read, answer)),
            Err(_) => Err(self.invalid_answer(&answer, &subject(self, user), "is not a user")),
        }
    }

    /// The user's status, if it is told, and when it came about.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn user_status(&self, user: &str) -> Result<(Option<String>, Stamp), Error> {
        let (read, answer) = self.read_user(user)?;
        Ok((read.status, Stamp::new(read.status_changed.as_deref(), &answer)))
    }

    /// A user as it was given. A login with a slash, which no path can carry, is found by a search
    /// first.
    fn addressed(&self, user: &str) -> Result<Addressed, Error> {
        let segment = |value: &str| {
            Segment::new(value).map_err(|bad| Error { subject: subject(self, user), cause: Cause::BadSegment(bad) })
        };
        let (segment, identity) = match user {
            _ if user.contains('/') => {
                let id = self.search_user(user)?;
                (segment(&id)?, Identity::Id(id))
            }
            // The token's owner: whoever that is.
            _ if is_me(user) => (segment("me")?, Identity::Any),
            _ => (segment(user)?, Identity::User(user.to_owned())),
        };
        Ok(Addressed { path: Path::new("users").segment(&segment), identity })
    }

    /// The id of a user, for endpoints that accept nothing else.
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
        Ok(self.read_user(user)?.0.id)
    }

    /// The id of a user given by id, login, or an email address that is not a login.
    ///
    /// # Errors
    /// When no user matches, or several do.
    pub fn user_id_by_address(&self, user: &str) -> Result<String, Error> {
        match self.user_id(user) {
            Err(error) if error.kind() == Kind::NotFound && user.contains('@') && !user.contains('/') => {
                self.search_user(user).map_err(|second| match second.cause {
                    // The search found nothing either: Okta's error for the first request says more.
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
                let hit: User = serde_json::from_str(item)
                    .map_err(|_| self.invalid_answer(page.answer(), &subject(self, user), "is not a list of users"))?;
                let is_it = |value: &Option<String>| value.as_deref().is_some_and(|value| is_login(value, user));
                if !is_it(&hit.profile.login) && !is_it(&hit.profile.email) {
                    return Err(self.invalid_answer(
                        page.answer(),
                        &subject(self, user),
                        "lists users that do not match",
                    ));
                }
                found.push(hit.id);
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

    /// Unsuspends a user. Repeatable.
    ///
    /// # Errors
    /// When the user is in any other state.
    pub fn unsuspend(&self, user: &str) -> Result<(), Error> {
        self.lifecycle(user, "lifecycle/unsuspend")
    }

    fn lifecycle(&self, user: &str, words: &'static str) -> Result<(), Error> {
        let path = self.addressed(user)?.path.then(words);
        let operation = self.write(Method::Post, path, Expect::nothing(), &subject(self, user));
        self.send(operation.repeatable()).map(drop)
    }

    /// Starts a password reset: Okta mails a link, or returns it as `resetPasswordUrl`. Not
    /// repeatable: each call sends a mail or voids the last link.
    ///
    /// # Errors
    /// When Okta refuses, or the answer is lost or has no link though one was asked for.
    pub fn reset_password(&self, user: &str, send_email: bool) -> Result<Answer, Error> {
        let path = self.addressed(user)?.path.then("lifecycle/reset_password");
        let path = path.query("sendEmail", if send_email { "true" } else { "false" });
        let expect = if send_email { Expect::nothing() } else { Expect::member("resetPasswordUrl") };
        self.send(self.write(Method::Post, path, expect, &subject(self, user)))
    }

    /// Sets a password. Repeatable.
    ///
    /// # Errors
    /// When the password policy rejects it, or there is no such user.
    pub fn set_password(&self, user: &str, password: &Secret) -> Result<Answer, Error> {
        let Addressed { path, identity } = self.addressed(user)?;
        let operation = self.write(Method::Post, path, Expect::changed(identity), &subject(self, user));
        let quoted = Zeroizing::new(serde_json::json!(password.reveal()).to_string());
        let body =
            Zeroizing::new([r#"{"credentials":{"password":{"value":"#.as_bytes(), quoted.as_bytes(), b"}}}"].concat());
        let error = match self.send(Operation { body: Some(body), ..operation }.repeatable()) {
            Err(error) if self.run.effects.is_lost() && error.refusal().is_some_and(is_about_history) => error,
            set => return set,
        };
        // A password that was set by an attempt whose answer was lost is refused the second time, as
        // used before: whether it was shows in when the password changed.
        let settled = self.settle(|| {
            let (read, answer) = self.read_user(user)?;
            let stamp = Stamp::new(read.password_changed.as_deref(), &answer);
            Ok(match self.is_of_this_run(&stamp) {
                true => Reading::Made(answer, stamp),
                false => Reading::Open(()),
            })
        });
        match settled {
            Ok(Settled::Ours(answer)) => Ok(answer),
            Ok(Settled::Already(_) | Settled::Not(())) | Err(_) => Err(error),
        }
    }

    /// Ends all sessions of a user. Repeatable.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn clear_sessions(&self, user: &str) -> Result<(), Error> {
        let path = Path::new("users").segment(&self.id_segment(user)?).then("sessions");
        let operation = self.write(Method::Delete, path, Expect::nothing(), &subject(self, user));
        self.send(operation.repeatable()).map(drop)
    }

    /// The id of a user as a segment of a path.
    pub(super) fn id_segment(&self, user: &str) -> Result<Segment, Error> {
        let bad = |bad| Error { subject: subject(self, user), cause: Cause::BadSegment(bad) };
        // Rejected before anything is sent.
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
