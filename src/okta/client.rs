//! Sends one operation with retries, and takes only an answer that is whole and makes sense.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::address::{BaseUrl, Path, Url};
use super::error::{Cause, Error, Refusal, excerpt};
use super::link;
use super::pace::Pace;
use super::retry::{self, Happened, History, Verdict, Why};
use crate::json;
use crate::run::Run;
use crate::secret::{Redactor, Secret};
use crate::text;
use crate::transport::{self, Headers, Limits, Method, Request, Response, Transport};

/// The most that is read of an answer, after decompression.
const LARGEST: usize = 64 * 1024 * 1024;
/// The most that is read of an error.
const LARGEST_ERROR: usize = 64 * 1024;
/// From this size on a body is large: only one run at a time may hold such.
const LARGE: usize = 1024 * 1024;
/// Room for the beginning of a body; doubled as needed.
const FIRST_READ: usize = 16 * 1024;
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

/// What a success has to look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// An object with an `id`.
    Object,
    /// Any object, or nothing.
    Nothing,
    /// An array of objects.
    Array,
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

/// A whole answer that makes sense.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// JSON, or empty.
    pub body: String,
}

impl Answer {
    /// The body as it stands.
    pub fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.body.trim().to_owned()).expect("checked to be JSON")
    }

    /// The members of the body that are needed.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(&self.body)
    }
}

/// The beginning of a successful answer, and all that is needed to send the operation again.
pub struct Opened {
    operation: Operation,
    history: Attempts,
    response: Response,
    waited: Duration,
}

impl Opened {
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

#[derive(Clone, Copy)]
struct Attempts {
    history: History,
    begun: Duration,
    waited: Duration,
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
        let history = Attempts { history: History::default(), begun, waited: Duration::ZERO };
        self.attempt(operation, history)
    }

    /// Reads the rest of an answer; one that breaks off is asked for again where that may be.
    ///
    /// # Errors
    /// When there is no whole answer that makes sense.
    pub fn finish(&self, opened: Opened) -> Result<Answer, Error> {
        let mut opened = opened;
        loop {
            let Opened { operation, mut history, response, .. } = opened;
            let (status, headers) = (response.status, response.headers);
            let problem = match self.read(response.body, LARGEST) {
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
            self.after(&operation, &mut history, &Happened::Failure(&problem)).map_err(|stop| {
                self.error(
                    &operation,
                    stop.unwrap_or(Cause::Transport { failure: problem, tries: history.history.tries }),
                )
            })?;
            opened = self.attempt(operation, history)?;
        }
    }

    fn attempt(&self, operation: Operation, mut attempts: Attempts) -> Result<Opened, Error> {
        let mut operation = operation;
        let mut redirects = 0;
        loop {
            let left = self.enter(&operation)?;
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
            self.shared.pace.leave(result.as_ref().ok().map(|response| &response.headers));
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
                    self.after(&operation, &mut attempts, &Happened::Failure(&failure)).map_err(|stop| {
                        let cause = stop.unwrap_or(Cause::Transport { failure, tries: attempts.history.tries });
                        self.error(&operation, cause)
                    })?;
                    continue;
                }
            };
            self.shared.reached.store(true, Ordering::Relaxed);
            attempts.history.host_known = true;
            let status = response.status;
            match status {
                200..=299 => return Ok(Opened { operation, history: attempts, response, waited }),
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
                self.after(&operation, &mut attempts, &Happened::Failure(&failure)).map_err(|stop| {
                    let cause = stop.unwrap_or(Cause::Transport { failure, tries: attempts.history.tries });
                    self.error(&operation, cause)
                })?;
                continue;
            }
            refusal.tries = attempts.history.tries;
            if status == 401 {
                self.run.refuse_credentials();
            }
            self.after(&operation, &mut attempts, &Happened::Answer(status, &response.headers)).map_err(|stop| {
                let cause = match stop {
                    Some(Cause::RateLimited { wait, .. }) => Cause::RateLimited { refusal: Box::new(refusal), wait },
                    _ => Cause::Refused(Box::new(refusal)),
                };
                self.error(&operation, cause)
            })?;
        }
    }

    /// Takes a place in the process's pace; what is left of the time.
    fn enter(&self, operation: &Operation) -> Result<Duration, Error> {
        loop {
            let now = self.run.clock.now();
            let deadline = self.run.deadline();
            if now >= deadline {
                return Err(self.error(operation, Cause::TimeUp));
            }
            match self.shared.pace.enter(now) {
                Ok(()) if self.shared.token_refused.load(Ordering::Relaxed) => {
                    self.shared.pace.leave(None);
                    return Err(self.error(operation, Cause::TokenRefused));
                }
                Ok(()) => {
                    self.run.under_way();
                    let left = deadline.saturating_sub(self.run.clock.now());
                    if left.is_zero() {
                        self.shared.pace.leave(None);
                        return Err(self.error(operation, Cause::TimeUp));
                    }
                    return Ok(left);
                }
                Err(until) if until > deadline => {
                    let refusal =
                        Refusal { summary: "met by another request of this process".to_owned(), ..Refusal::default() };
                    return Err(
                        self.error(operation, Cause::RateLimited { refusal: Box::new(refusal), wait: until - now })
                    );
                }
                Err(until) => self.run.clock.sleep(until - now),
            }
        }
    }

    /// Waits as the policy says; an error where it says that nothing more is to be done, with
    /// the cause if it is another than what happened.
    fn after(
        &self,
        operation: &Operation,
        attempts: &mut Attempts,
        happened: &Happened<'_>,
    ) -> Result<(), Option<Cause>> {
        let clock = &self.run.clock;
        attempts.history.elapsed = clock.now().saturating_sub(attempts.begun);
        let verdict = retry::judge(happened, operation.repeatable, attempts.history, &|most| clock.jitter(most));
        let Verdict::Wait(wait, why) = verdict else { return Err(None) };
        let now = clock.now();
        let limited = matches!(happened, Happened::Answer(429, _));
        if now + wait >= self.run.deadline() {
            return Err(limited.then(|| Cause::RateLimited { refusal: Box::default(), wait }));
        }
        let place = format!("{} {}", operation.method, operation.url.path().split('?').next().unwrap_or_default());
        self.run.log.line(&format!(
            "waiting {} ({}), then try {} of {place}",
            text::seconds(wait),
            in_words(why),
            attempts.history.tries + 1
        ));
        if limited && why != Why::Concurrency {
            self.shared.pace.hold(now + wait);
        }
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

    fn refusal(
        &self,
        status: u16,
        headers: &Headers,
        body: Box<dyn Read + Send>,
    ) -> (Refusal, Option<transport::Failure>) {
        let request_id = headers.get("x-okta-request-id").map(|id| self.shown_id(id));
        // What could be read of an error is mostly enough.
        let mut text = Vec::new();
        let read = body.take(LARGEST_ERROR as u64).read_to_end(&mut text);
        let refusal = Refusal::read(status, request_id, &text, &self.shared.redactor);
        let cut = read.err().map(transport::Failure::of_body);
        (refusal, cut)
    }

    fn shown_id(&self, id: &str) -> String {
        text::clean(&self.shared.redactor.text(id), 64)
    }

    /// Reads a body within bounds and within the deadline.
    fn read(&self, mut body: Box<dyn Read + Send>, most: usize) -> Result<Vec<u8>, ReadProblem> {
        let mut read = vec![0; FIRST_READ];
        let mut filled = 0;
        loop {
            if filled > most {
                return Err(ReadProblem::TooLarge);
            }
            if filled == read.len() {
                if (LARGE..2 * LARGE).contains(&filled) {
                    self.run.wait_for_turn();
                }
                read.resize(2 * filled, 0);
            }
            match body.read(&mut read[filled..]) {
                Ok(0) => {
                    read.truncate(filled);
                    return Ok(read);
                }
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadProblem::Failure(transport::Failure::of_body(error))),
            }
        }
    }

    fn lost(&self, operation: &Operation) {
        if operation.method != Method::Get {
            self.run.effects.lost();
        }
    }

    fn error(&self, operation: &Operation, cause: Cause) -> Error {
        Error { subject: operation.subject.clone(), cause }
    }

    /// A success is one only if it looks like one.
    fn check(&self, operation: &Operation, status: u16, headers: Headers, body: Vec<u8>) -> Result<Answer, Cause> {
        let nonsense = |problem: &str, body: &[u8]| {
            self.lost(operation);
            Cause::Nonsense {
                status,
                problem: problem.to_owned(),
                excerpt: excerpt(body, &self.shared.redactor),
                request_id: headers.get("x-okta-request-id").map(|id| self.shown_id(id)),
            }
        };
        let start = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let text = match String::from_utf8(body) {
            Ok(text) if start == 0 => text,
            Ok(text) => text[start..].to_owned(),
            Err(error) => return Err(nonsense("is not UTF-8", error.as_bytes())),
        };
        let is_html = headers.get("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        let trimmed = text.trim();
        let problem = match operation.expect {
            _ if !matches!(status, 200 | 201 | 203 | 204) => Some("has a status that Okta does not use here"),
            Expect::Array if !trimmed.starts_with('[') => Some("is no list"),
            // The elements are checked when they are taken apart.
            Expect::Array => None,
            Expect::Nothing if trimmed.is_empty() && !is_html => None,
            _ if trimmed.is_empty() => Some("is empty"),
            _ if !trimmed.starts_with('{') => Some("is no object"),
            _ if json::too_deep(trimmed.as_bytes()) => Some("is nested too deeply"),
            expect => match json::members(trimmed) {
                Err(_) => Some("is no valid JSON"),
                Ok(members) => {
                    let has = |name: &str| members.iter().any(|(key, _)| key == name);
                    match expect {
                        _ if has("errorCode") => Some("says that it failed"),
                        Expect::Object
                            if !members
                                .iter()
                                .any(|(key, raw)| key == "id" && raw.get().len() > 2 && raw.get().starts_with('"')) =>
                        {
                            Some("is no object of Okta's: it has no id")
                        }
                        _ => None,
                    }
                }
            },
        };
        if let Some(problem) = problem {
            return Err(nonsense(problem, text.as_bytes()));
        }
        if operation.method != Method::Get {
            self.run.effects.made();
        }
        if let Some(own) = link::targets(headers.all("link"), "self").first() {
            self.shared.base.learn(&operation.url, own);
        }
        Ok(Answer { status, headers, body: text })
    }

    /// An answer to a read that makes no sense, found when it was taken apart.
    pub fn nonsense(&self, answer: &Answer, subject: &str, problem: &str) -> Error {
        Error {
            subject: subject.to_owned(),
            cause: Cause::Nonsense {
                status: answer.status,
                problem: problem.to_owned(),
                excerpt: excerpt(answer.body.as_bytes(), &self.shared.redactor),
                request_id: answer.headers.get("x-okta-request-id").map(|id| self.shown_id(id)),
            },
        }
    }
}

enum ReadProblem {
    TooLarge,
    Failure(transport::Failure),
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
