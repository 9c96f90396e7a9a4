//! Factors of a user, and the push challenge (okta-api.md, Verifying a factor).

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::answer::{Answer, Expect};
use super::super::client::{Okta, Operation};
use super::super::error::{Cause, Error};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use super::users::subject;
use crate::runtime::transport::Method;

/// Between two polls: the poll endpoint counts against a rate limit too.
pub const POLL_EVERY: Duration = Duration::from_secs(4);

/// What is read of a factor.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Factor {
    /// Okta's id.
    pub id: String,
    /// `push` and the like.
    #[serde(default)]
    pub factor_type: String,
    /// Only `ACTIVE` ones can be verified.
    #[serde(default)]
    pub status: String,
    /// The device.
    #[serde(default)]
    profile: Option<DeviceProfile>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeviceProfile {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    device_type: Option<String>,
}

impl Factor {
    /// The device's name, or its type, or the factor's id.
    pub fn device(&self) -> &str {
        let profile = self.profile.as_ref();
        profile
            .and_then(|profile| profile.name.as_deref().or(profile.device_type.as_deref()))
            .filter(|name| !name.is_empty())
            .unwrap_or(&self.id)
    }
}

/// A user with factors, by id.
pub struct FactorHolder {
    segment: Segment,
    subject: String,
}

impl FactorHolder {
    /// For messages.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// A challenge that is under way, or over.
pub struct Challenge {
    /// `WAITING`, `SUCCESS`, …
    pub result: String,
    /// The answer as it stands.
    pub raw: Box<RawValue>,
    /// As Okta sent it: where it leads is judged when it is followed.
    poll: Option<String>,
    cancel: Option<String>,
    subject: String,
}

impl Okta {
    /// A user by id, login or address.
    ///
    /// # Errors
    /// When there is none, or several.
    pub fn factor_holder(&self, user: &str) -> Result<FactorHolder, Error> {
        let bad = |bad| Error { subject: subject(self, user), cause: Cause::BadSegment(bad) };
        Segment::new(user).map_err(bad)?;
        let segment = Segment::new(&self.user_id_by_address(user)?).map_err(bad)?;
        Ok(FactorHolder { segment, subject: subject(self, user) })
    }

    /// All factors, in Okta's order.
    pub fn factors(&self, holder: &FactorHolder) -> Pages {
        let path = Path::new("users").segment(&holder.segment).then("factors");
        self.whole_list(path, &holder.subject)
    }

    /// Sends a challenge to a factor. Not repeatable: each one rings at the user's.
    ///
    /// # Errors
    /// When Okta refuses, or the answer is lost.
    pub fn challenge(&self, holder: &FactorHolder, factor: &Factor) -> Result<Challenge, Error> {
        let id = Segment::new(&factor.id)
            .map_err(|bad| Error { subject: holder.subject.clone(), cause: Cause::BadSegment(bad) })?;
        let path = Path::new("users").segment(&holder.segment).then("factors").segment(&id).then("verify");
        let answer = self.send(self.write(Method::Post, path, Expect::Nothing, &holder.subject))?;
        let challenge = self.read_challenge(&answer, &holder.subject);
        if challenge.is_err() {
            self.run.effects.doubt();
        }
        challenge
    }

    /// Asks how the challenge stands.
    ///
    /// # Errors
    /// When Okta cannot be asked.
    pub fn poll(&self, challenge: &Challenge) -> Result<Challenge, Error> {
        let error = |cause| Error { subject: challenge.subject.clone(), cause };
        let Some(link) = &challenge.poll else {
            return Err(error(Cause::MissingLink {
                problem: "a challenge is waiting, but there is no link to ask how it stands",
            }));
        };
        let mut operation = self.get(Path::new(""), Expect::Nothing, &challenge.subject);
        operation.url = self.org.base.follow(link).map_err(|foreign| error(self.foreign(foreign)))?;
        let answer = self.send(operation)?;
        let mut polled = self.read_challenge(&answer, &challenge.subject)?;
        // Later answers need not repeat the links.
        polled.poll = polled.poll.or_else(|| challenge.poll.clone());
        polled.cancel = polled.cancel.or_else(|| challenge.cancel.clone());
        Ok(polled)
    }

    /// The operation that ends a challenge, if Okta offers one.
    ///
    /// # Errors
    /// When the link leads elsewhere.
    pub fn cancellation(&self, challenge: &Challenge) -> Result<Option<Operation>, Error> {
        let Some(link) = &challenge.cancel else { return Ok(None) };
        let url = self
            .org
            .base
            .follow(link)
            .map_err(|foreign| Error { subject: challenge.subject.clone(), cause: self.foreign(foreign) })?;
        let operation = self.write(Method::Delete, Path::new(""), Expect::Nothing, &challenge.subject);
        Ok(Some(Operation { url, repeatable: true, ..operation }))
    }

    fn read_challenge(&self, answer: &Answer, subject: &str) -> Result<Challenge, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            factor_result: String,
            #[serde(default, rename = "_links")]
            links: Option<Links>,
        }
        #[derive(Default, Deserialize)]
        struct Links {
            #[serde(default)]
            poll: Option<Link>,
            #[serde(default)]
            cancel: Option<Link>,
        }
        #[derive(Deserialize)]
        struct Link {
            href: String,
        }
        let body: Body = answer.parse().map_err(|_| self.invalid_answer(answer, subject, "has no factorResult"))?;
        let links = body.links.unwrap_or_default();
        Ok(Challenge {
            result: body.factor_result,
            raw: answer.raw(),
            poll: links.poll.map(|link| link.href),
            cancel: links.cancel.map(|link| link.href),
            subject: subject.to_owned(),
        })
    }
}
