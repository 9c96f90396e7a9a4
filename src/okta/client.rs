//! Sends one operation with retries, and takes only an answer that is whole and makes sense.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use zeroize::Zeroizing;

use super::address::{BaseUrl, Url};
use super::answer::{Answer, Expect, LARGEST, ReadProblem};
use super::error::{Cause, Error, Refusal};
use super::pace::{Pace, Place};
use super::path::Path;
use super::retry::{self, Happened, History, Verdict, Why};
use crate::run::Run;
use crate::secret::{Redactor, Secret};
use crate::text;
use crate::transport::{Failure, Headers, Limits, Method, Request, Response, Transport};

/// So many redirects are followed.
const REDIRECTS: usize = 5;
/// Waits of this length in all are worth a warning.
const LONG_WAIT: Duration = Duration::from_secs(30);

/// What all runs of a process share.
pub struct Shared {
    /// Where requests go.
    pub base: BaseUrl,
    /// `SSWS …`
    pub authorization: Secret,
    /// How they get there.
    pub transport: Arc<dyn Transport>,
    /// How many at a time.
    pub pace: Pace,
    /// What is taken out of everything that comes back into a message.
    pub redactor: Arc<Redactor>,
    /// Whether the host has ever answered.
    pub reached: AtomicBool,
    /// Whether the token was refused: nothing more is sent then.
    pub token_refused: AtomicBool,
    /// The longest that a push challenge is waited for.
    pub push_wait: Duration,
}

/// Okta, as one run sees it.
#[derive(Clone)]
pub struct Okta {
    /// Of the process.
    pub shared: Arc<Shared>,
    /// Of the run.
    pub run: Arc<Run>,
}

/// One operation of the API.
#[derive(Clone)]
pub struct Operation {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// With what.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// Whether sending it twice leaves the same state.
    pub repeatable: bool,
    /// What a success looks like.
    pub expect: Expect,
    /// What it is about, for messages.
    pub subject: String,
}

/// The beginning of a successful answer, and all that is needed to send the operation again.
pub struct Opened {
    operation: Operation,
    history: Attempts,
    response: Response,
    waited: Duration,
    /// So many bytes will come, as far as the headers say.
    size: usize,
    /// Where they go.
    room: Vec<u8>,
}

impl Opened {
    /// Reads into the room of an answer that is not needed any more.
    pub fn read_into(&mut self, room: Vec<u8>) {
        self.room = room;
    }

    /// How long the answer took to begin.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// The headers.
    pub fn headers(&self) -> &Headers {
        &self.response.headers
    }

    /// Where it was asked.
    pub fn url(&self) -> &Url {
        &self.operation.url
    }

    /// What it is about.
    pub fn subject(&self) -> &str {
        &self.operation.subject
    }

    /// The same operation elsewhere.
    pub fn operation_at(&self, url: Url) -> Operation {
        Operation { url, ..self.operation.clone() }
    }
}

struct Attempts {
    history: History,
    begun: Duration,
    waited: Duration,
    /// What the last attempt met: the reason if the time is up before the next.
    met: Option<Cause>,
}

/// What came of an attempt that did not succeed.
enum Setback<'a> {
    /// No answer, or a part of one.
    Failure(Failure),
    /// An error.
    Refusal(Box<Refusal>, &'a Headers),
}

impl Okta {
    /// An operation that reads.
    pub fn get(&self, path: Path, expect: Expect, subject: &str) -> Operation {
        let url = self.shared.base.url(&path);
        Operation { method: Method::Get, url, body: None, repeatable: true, expect, subject: subject.to_owned() }
    }

    /// An operation that changes something.
    pub fn write(&self, method: Method, path: Path, expect: Expect, subject: &str) -> Operation {
        let url = self.shared.base.url(&path);
        Operation { method, url, body: None, repeatable: false, expect, subject: subject.to_owned() }
    }

    /// Sends an operation, with all the tries that the policy and the deadline allow.
    ///
    /// # Errors
    /// When there is no success that makes sense.
    pub fn send(&self, operation: Operation) -> Result<Answer, Error> {
        let opened = self.open(operation)?;
        self.finish(opened)
    }

    /// Sends an operation and waits for the head of a successful answer.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(&self, operation: Operation) -> Result<Opened, Error> {
        let begun = self.run.clock.now();
        let history = Attempts { history: History::default(), begun, waited: Duration::ZERO, met: None };
        self.attempt(operation, history)
    }

    /// Reads the rest of an answer; one that breaks off is asked for again where that may be.
    ///
    /// # Errors
    /// When there is no whole answer that makes sense.
    pub fn finish(&self, opened: Opened) -> Result<Answer, Error> {
        let mut opened = opened;
        loop {
            let Opened { operation, mut history, response, size, room, .. } = opened;
            let (status, headers) = (response.status, response.headers);
            let problem = match self.read(response.body, size, room) {
                Ok(body) => {
                    return self
                        .check(&operation, status, headers, body)
                        .map_err(|cause| self.error(&operation, cause));
                }
                Err(ReadProblem::TooLarge) => {
                    self.lost(&operation);
                    let problem = format!("is larger than {} MiB", LARGEST >> 20);
                    let request_id = headers.get("x-okta-request-id").map(|id| self.shown_id(id));
                    return Err(
                        self.error(&operation, Cause::Nonsense { status, problem, excerpt: String::new(), request_id })
                    );
                }
                Err(ReadProblem::Failure(failure)) => failure,
            };
            self.lost(&operation);
            self.after(&operation, &mut history, Setback::Failure(problem), None)?;
            opened = self.attempt(operation, history)?;
        }
    }

    fn attempt(&self, operation: Operation, mut attempts: Attempts) -> Result<Opened, Error> {
        let mut operation = operation;
        let mut redirects = 0;
        loop {
            let (place, left) = self.enter().map_err(|cause| match (cause, attempts.met.take()) {
                (Cause::TimeUp, Some(met)) => self.error(&operation, met),
                (cause, _) => self.error(&operation, cause),
            })?;
            let silence = left.div_f64(3.0).min(Duration::from_secs(60));
            let limits = Limits { connect: left.div_f64(3.0).min(Duration::from_secs(10)), silence, total: left };
            let is_write = operation.method != Method::Get;
            if is_write {
                self.run.effects.begin(operation.repeatable);
            }
            let request = Request {
                method: operation.method,
                url: &operation.url.text,
                base: operation.url.base,
                authorization: &self.shared.authorization,
                body: operation.body.as_ref().map(|body| body.as_slice()),
                fresh: !operation.repeatable,
            };
            let sent_at = self.run.clock.now();
            let result = self.shared.transport.send(&request, &limits);
            let waited = self.run.clock.now().saturating_sub(sent_at);
            attempts.history.tries += 1;
            attempts.history.host_known = self.shared.reached.load(Ordering::Relaxed);
            if result.as_ref().is_ok_and(|response| response.status == 401) {
                // Before anybody else gets this one's place.
                self.shared.token_refused.store(true, Ordering::Relaxed);
            }
            let mut kept = None;
            match &result {
                // Nobody may have this one's place before it is known how long the limit lasts.
                Ok(response) if response.status == 429 => kept = Some(place),
                Ok(response) => place.leave(&response.headers),
                Err(_) => drop(place),
            }
            let response = match result {
                Ok(response) => response,
                Err(failure) => {
                    match failure.sent {
                        true => self.lost(&operation),
                        false => {
                            attempts.history.unreached += 1;
                            if is_write {
                                self.run.effects.refused();
                            }
                        }
                    }
                    self.after(&operation, &mut attempts, Setback::Failure(failure), None)?;
                    continue;
                }
            };
            self.shared.reached.store(true, Ordering::Relaxed);
            attempts.history.host_known = true;
            let status = response.status;
            match status {
                200..=299 => {
                    let length = response.headers.get("content-length").and_then(|length| length.parse().ok());
                    let size = length.unwrap_or_default();
                    return Ok(Opened { operation, history: attempts, response, waited, size, room: Vec::new() });
                }
                300..=399 => {
                    redirects += 1;
                    operation = self.redirect(operation, &response, redirects)?;
                    continue;
                }
                _ => {}
            }
            if is_write {
                // After 500 and the like the change may have been made (okta-api.md, Retrying).
                match status {
                    500 | 502..=599 => self.run.effects.lost(),
                    _ => self.run.effects.refused(),
                }
            }
            attempts.history.internal_errors += u32::from(status == 500);
            let (mut refusal, cut) = self.refusal(response.status, &response.headers, response.body);
            if let Some(failure) = cut
                && operation.repeatable
                && status == 400
            {
                // The status alone does not tell what a 400 is about: half of one is asked for again.
                self.after(&operation, &mut attempts, Setback::Failure(failure), None)?;
                continue;
            }
            refusal.tries = attempts.history.tries;
            let setback = Setback::Refusal(Box::new(refusal), &response.headers);
            self.after(&operation, &mut attempts, setback, kept)?;
        }
    }

    /// Takes a place in the process's pace; beside it what is left of the time.
    fn enter(&self) -> Result<(Place<'_>, Duration), Cause> {
        loop {
            let now = self.run.clock.now();
            let deadline = self.run.deadline();
            if now >= deadline {
                return Err(Cause::TimeUp);
            }
            match self.run.wait_for_others(|| self.shared.pace.enter(now)) {
                Ok(_) if self.shared.token_refused.load(Ordering::Relaxed) => return Err(Cause::TokenRefused),
                Ok(place) => {
                    self.run.under_way();
                    let left = self.run.left();
                    return if left.is_zero() { Err(Cause::TimeUp) } else { Ok((place, left)) };
                }
                Err(until) if until > deadline => {
                    let refusal =
                        Refusal { summary: "met by another request of this process".to_owned(), ..Refusal::default() };
                    return Err(Cause::RateLimited { refusal: Box::new(refusal), wait: until - now });
                }
                Err(until) => self.run.clock.sleep(until - now),
            }
        }
    }

    /// Waits as the policy says, or fails with what was met where it says that nothing more is to be done.
    /// A `place` that is still held is given back once others know that they have to wait too.
    fn after(
        &self,
        operation: &Operation,
        attempts: &mut Attempts,
        setback: Setback<'_>,
        place: Option<Place<'_>>,
    ) -> Result<(), Error> {
        let clock = &self.run.clock;
        attempts.history.elapsed = clock.now().saturating_sub(attempts.begun);
        let (happened, limited) = match &setback {
            Setback::Failure(failure) => (Happened::Failure(failure), false),
            Setback::Refusal(refusal, headers) => (Happened::Answer(refusal.status, headers), refusal.status == 429),
        };
        let verdict = retry::judge(&happened, operation.repeatable, attempts.history, &|most| clock.jitter(most));
        let tries = attempts.history.tries;
        let cause = |setback, wait| match setback {
            Setback::Failure(failure) => Cause::Transport { failure, tries },
            Setback::Refusal(refusal, _) if limited => Cause::RateLimited { refusal, wait },
            Setback::Refusal(refusal, _) => Cause::Refused(refusal),
        };
        let Verdict::Wait(wait, why) = verdict else {
            return Err(self.error(operation, cause(setback, Duration::ZERO)));
        };
        let now = clock.now();
        if limited {
            // The limit of concurrent requests is over as soon as there are fewer.
            self.shared.pace.hold(if why == Why::Concurrency { now } else { now + wait });
        }
        drop(place);
        if now + wait >= self.run.deadline() {
            return Err(self.error(operation, cause(setback, wait)));
        }
        // Once it was waited for, a limit is over: trying again is worth it at once.
        attempts.met = Some(cause(setback, Duration::from_secs(1)));
        let place = format!("{} {}", operation.method, operation.url.path().split('?').next().unwrap_or_default());
        self.run.log.line(&format!(
            "waiting {} ({}), then try {} of {place}",
            text::seconds(wait),
            in_words(why),
            attempts.history.tries + 1
        ));
        clock.sleep(wait);
        attempts.waited += wait;
        if attempts.waited >= LONG_WAIT {
            let waited = text::seconds(attempts.waited);
            self.run.warn_instead(&place, format!("Waited {waited} in all for {place}: {}.", in_words(why)));
        }
        Ok(())
    }

    fn redirect(&self, operation: Operation, response: &Response, count: usize) -> Result<Operation, Error> {
        let status = response.status;
        let to = response.headers.get("location").unwrap_or_default();
        let refuse = |why| {
            let to = self.shared.redactor.text(to.split(['?', '#']).next().unwrap_or_default()).into_owned();
            Cause::Redirected { status, to: text::clean(&to, text::EXCERPT), why }
        };
        if operation.method != Method::Get {
            // 303 means «done, see there»; the others that it was not done (RFC 9110, 15.4).
            match status {
                303 => self.run.effects.lost(),
                _ => self.run.effects.refused(),
            }
            return Err(self.error(&operation, refuse("a change is never sent elsewhere")));
        }
        if !matches!(status, 301 | 302 | 303 | 307 | 308) || to.is_empty() {
            return Err(self.error(&operation, refuse("it is no redirect that leads anywhere")));
        }
        if count > REDIRECTS {
            return Err(self.error(&operation, refuse("it is one too many")));
        }
        match self.shared.base.follow(to) {
            Ok(url) => Ok(Operation { url, ..operation }),
            Err(_) => Err(self.error(&operation, refuse("it leads to another host, which must not see the token"))),
        }
    }

    pub(super) fn lost(&self, operation: &Operation) {
        if operation.method != Method::Get {
            self.run.effects.lost();
        }
    }

    fn error(&self, operation: &Operation, cause: Cause) -> Error {
        Error { subject: operation.subject.clone(), cause }
    }
}

fn in_words(why: Why) -> &'static str {
    match why {
        Why::RateLimit => "Okta's rate limit",
        Why::Concurrency => "Okta's limit of concurrent requests",
        Why::Asked => "the server asked to wait",
        Why::Unavailable => "the server is not available",
        Why::Lost => "the answer was lost",
        Why::Unreachable => "the server cannot be reached",
    }
}
