//! Factors of a user, and the push challenge (okta-api.md, Verifying a factor).

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::address::Url;
use super::super::answer::{Answer, Expect};
use super::super::client::{Okta, Operation};
use super::super::error::{Cause, Error};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use super::users::subject;
use crate::runtime::transport::Method;

/// Time between two polls; the poll endpoint counts against a rate limit too.
pub const POLL_EVERY: Duration = Duration::from_secs(4);

/// The fields of a factor that are needed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Factor {
    /// Okta's id.
    pub id: String,
    /// Factor type, such as `push`.
    #[serde(default)]
    pub factor_type: String,
    /// Status; only `ACTIVE` factors can be verified.
    #[serde(default)]
    pub status: String,
    /// The enrolled device.
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

/// The user whose factors are used, resolved to an id.
pub struct FactorHolder {
    segment: Segment,
    subject: String,
}

impl FactorHolder {
    /// The user as named in messages.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

/// A push challenge, pending or finished.
pub struct Challenge {
    /// `WAITING`, `SUCCESS`, …
    pub result: String,
    /// The response body as Okta sent it.
    pub raw: Box<RawValue>,
    /// The link as Okta sent it; it is checked when it is followed.
    poll: Option<String>,
    cancel: Option<String>,
    /// The path of the factor that was challenged: both links have to lead below it.
    factor: Path,
    subject: String,
}

impl Okta {
    /// Finds a user by id, login or email address.
    ///
    /// # Errors
    /// When no user matches, or several do.
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

    /// Sends a challenge to a factor. Not repeatable: each one notifies the user.
    ///
    /// # Errors
    /// When Okta refuses, or the response is lost.
    pub fn challenge(&self, holder: &FactorHolder, factor: &Factor) -> Result<Challenge, Error> {
        let id = Segment::new(&factor.id)
            .map_err(|bad| Error { subject: holder.subject.clone(), cause: Cause::BadSegment(bad) })?;
        let path = Path::new("users").segment(&holder.segment).then("factors").segment(&id);
        let verify = path.clone().then("verify");
        let answer = self.send(self.write(Method::Post, verify, Expect::member("factorResult"), &holder.subject))?;
        let challenge = self.read_challenge(&answer, path, &holder.subject);
        if challenge.is_err() {
            self.run.effects.doubt();
        }
        challenge
    }

    /// Polls the state of a challenge.
    ///
    /// # Errors
    /// When Okta cannot be asked, or the link leads elsewhere.
    pub fn poll(&self, challenge: &Challenge) -> Result<Challenge, Error> {
        let Some(link) = &challenge.poll else {
            let problem = "a challenge is waiting, but the response has no link to poll";
            return Err(Error { subject: challenge.subject.clone(), cause: Cause::MissingLink { problem } });
        };
        let mut operation = self.get(Path::new(""), Expect::member("factorResult"), &challenge.subject);
        operation.url = self.link_of(challenge, link)?;
        let answer = self.send(operation)?;
        let mut polled = self.read_challenge(&answer, challenge.factor.clone(), &challenge.subject)?;
        // Later answers need not repeat the links.
        polled.poll = polled.poll.or_else(|| challenge.poll.clone());
        polled.cancel = polled.cancel.or_else(|| challenge.cancel.clone());
        Ok(polled)
    }

    /// The operation that cancels a challenge, if Okta offers one.
    ///
    /// # Errors
    /// When the link points to another origin.
    pub fn cancellation(&self, challenge: &Challenge) -> Result<Option<Operation>, Error> {
        let Some(link) = &challenge.cancel else { return Ok(None) };
        let url = self.link_of(challenge, link)?;
        let operation = self.write(Method::Delete, Path::new(""), Expect::nothing(), &challenge.subject);
        Ok(Some(Operation { url, urgent: true, ..operation }.repeatable()))
    }

    /// Where a link out of a challenge leads. It is sent with an admin's token, and one of them as
    /// DELETE: only what belongs to the factor that was challenged is followed.
    fn link_of(&self, challenge: &Challenge, link: &str) -> Result<Url, Error> {
        self.org
            .base
            .follow_below(link, &challenge.factor)
            .map_err(|foreign| Error { subject: challenge.subject.clone(), cause: Cause::ForeignLink(foreign) })
    }

    fn read_challenge(&self, answer: &Answer, factor: Path, subject: &str) -> Result<Challenge, Error> {
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
            factor,
            subject: subject.to_owned(),
        })
    }
}
