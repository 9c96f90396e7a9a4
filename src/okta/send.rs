//! Sends an operation. One function makes a single attempt; a loop around it decides by the retry policy
//! ([`super::retry`]) what to do next.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::address::Url;
use super::answer::{self, Answer, ReadProblem};
use super::auth::Verdict;
use super::client::{Okta, Operation};
use super::error::{Cause, Error, Refusal};
use super::limit;
use super::link::Links;
use super::pace::{Barred, Permit};
use super::retry::{self, AttemptResult, Decision, History, Rights, WaitReason};
use crate::runtime::effects::Write;
use crate::runtime::text;
use crate::runtime::transport::{self, Headers, Problem, Request, Response};

/// Maximum number of redirects to follow.
const REDIRECTS: usize = 5;
/// Total wait for one operation from which a warning is issued.
const LONG_WAIT: Duration = Duration::from_secs(30);

/// The head of a successful response, and what is needed to send the operation again.
pub struct OpenAnswer {
    operation: Operation,
    attempts: Attempts,
    response: Response,
    write: Option<Write>,
    waited: Duration,
    /// When the head of the response arrived, on the run's clock.
    arrived: Duration,
    /// The buffer for the body.
    room: Vec<u8>,
}

impl OpenAnswer {
    /// Reuses the buffer of a response that is no longer needed.
    pub fn read_into(&mut self, room: Vec<u8>) {
        self.room = room;
    }

    /// Time until the head of the response arrived.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Response headers.
    pub fn headers(&self) -> &Headers {
        &self.response.headers
    }

    /// The URL that was requested.
    pub fn url(&self) -> &Url {
        &self.operation.url
    }

    /// The object that the operation is about.
    pub fn subject(&self) -> &str {
        &self.operation.subject
    }

    /// The same operation at the URL of the next page. It may reuse a connection: its links show which page it is.
    pub fn next_page_at(&self, url: Url) -> Operation {
        Operation { url, fresh: false, ..self.operation.clone() }
    }
}

/// The attempts at one operation so far.
struct Attempts {
    history: History,
    begun: Duration,
    waited: Duration,
    redirects: usize,
    /// Whether the credentials have been renewed.
    renewed: bool,
    /// Why the last attempt failed: reported if the deadline passes before the next one.
    met: Option<Cause>,
}

/// Result of one attempt.
enum Attempt<'a> {
    /// A successful response has started.
    Answered { response: Response, write: Option<Write>, waited: Duration, arrived: Duration },
    /// A redirect.
    Redirected { response: Response, write: Option<Write> },
    /// An error response. The permit is still held if no other run may have it before it is clear what
    /// the response means for all of them.
    Refused { refusal: Refusal, headers: Headers, verdict: Verdict, permit: Option<Permit<'a>> },
    /// No response, or too little of an error response to tell what it means.
    Failed(transport::Error),
}

impl Okta {
    /// Sends an operation, with as many attempts as the policy and the deadline allow.
    ///
    /// # Errors
    /// When there is no successful response with the expected body.
    pub fn send(&self, operation: Operation) -> Result<Answer, Error> {
        let opened = self.open(operation)?;
        self.finish(opened)
    }

    /// Sends an operation and waits for the head of a successful response.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(&self, operation: Operation) -> Result<OpenAnswer, Error> {
        let begun = self.run.clock.now();
        let attempts = Attempts {
            history: History::default(),
            begun,
            waited: Duration::ZERO,
            redirects: 0,
            renewed: false,
            met: None,
        };
        self.attempt(operation, attempts)
    }

    /// Reads the rest of a response; if it is cut off, the operation is retried if it allows that.
    ///
    /// # Errors
    /// When there is no complete response with the expected body.
    pub fn finish(&self, opened: OpenAnswer) -> Result<Answer, Error> {
        let mut opened = opened;
        loop {
            let OpenAnswer { operation, mut attempts, response, write, arrived, room, .. } = opened;
            let Response { status, headers, body } = response;
            match answer::read(body, &headers, room, &self.run) {
                Ok(body) => return self.judge(operation, (status, headers), arrived, body, write),
                Err(ReadProblem::TooLarge) => {
                    let problem = format!("is larger than {} MiB", answer::LARGEST >> 20);
                    return Err(self.error(&operation, self.invalid(status, &headers, &problem, &[])));
                }
                Err(ReadProblem::NoRoom) => {
                    return Err(self.error(&operation, self.invalid(status, &headers, answer::NO_ROOM, &[])));
                }
                Err(ReadProblem::Broken(error)) => {
                    lose(write, &error);
                    self.after(&operation, &mut attempts, Met::Failure(error), None)?;
                }
            }
            opened = self.attempt(operation, attempts)?;
        }
    }

    /// Accepts a success only if its body is what the operation expects.
    fn judge(
        &self,
        operation: Operation,
        (status, headers): (u16, Headers),
        arrived: Duration,
        body: Vec<u8>,
        write: Option<Write>,
    ) -> Result<Answer, Error> {
        match answer::check(&operation.expect, status, headers, arrived, body) {
            Ok(answer) => {
                if let Some(write) = write {
                    write.made();
                }
                self.learn_host(&operation.url, &answer.headers);
                Ok(answer)
            }
            Err(bad) => Err(self.error(&operation, self.invalid(status, &bad.headers, bad.problem, &bad.body))),
        }
    }

    /// Learns the org's own host from a response's `self` link, see [`super::address::BaseUrl::learn`].
    pub(super) fn learn_host(&self, asked: &Url, headers: &Headers) {
        if let Ok(Some(own)) = Links::read(headers.all("link")).and_then(|links| links.target("self")) {
            self.org.base.learn(asked, own);
        }
    }

    /// The loop: makes attempts until one succeeds or the policy gives up.
    fn attempt(&self, operation: Operation, attempts: Attempts) -> Result<OpenAnswer, Error> {
        let (mut operation, mut attempts) = (operation, attempts);
        loop {
            let attempt = self.send_once(&operation, &mut attempts).map_err(|cause| self.error(&operation, cause))?;
            match attempt {
                Attempt::Answered { response, write, waited, arrived } => {
                    return Ok(OpenAnswer { operation, attempts, response, write, waited, arrived, room: Vec::new() });
                }
                Attempt::Redirected { response, write } => {
                    attempts.redirects += 1;
                    operation = self.redirect(operation, &response, write, attempts.redirects)?;
                }
                Attempt::Refused { verdict: Verdict::AskAgain, .. } if !attempts.renewed => attempts.renewed = true,
                Attempt::Refused { refusal, headers, verdict, permit } => {
                    if verdict != Verdict::Accepted {
                        self.org.refused.store(true, Ordering::Relaxed);
                    }
                    self.after(&operation, &mut attempts, Met::Refusal(Box::new(refusal), &headers), permit)?;
                }
                Attempt::Failed(error) => self.after(&operation, &mut attempts, Met::Failure(error), None)?,
            }
        }
    }

    /// Sends the operation once.
    ///
    /// # Errors
    /// When it was not sent, for a reason that another attempt would not change.
    fn send_once(&self, operation: &Operation, attempts: &mut Attempts) -> Result<Attempt<'_>, Cause> {
        let (permit, left) = loop {
            let entered = self.enter().map_err(|cause| match (cause, attempts.met.take()) {
                (Cause::TimeUp, Some(met)) => met,
                (cause, _) => cause,
            })?;
            // Waiting for the permit may have used up what was left.
            match self.reserved_until(operation) {
                None => break entered,
                Some(until) => {
                    drop(entered);
                    self.wait_for_reserve(operation, until)?;
                }
            }
        };
        if !self.run.has_reader() {
            return Err(Cause::RunEnded);
        }
        let secret_headers = self.org.auth.headers(operation.method, &operation.url.text)?;
        let write = match operation.is_write() {
            true => {
                Some(self.run.effects.begin(operation.repeatable, self.run.clock.now()).map_err(|_| Cause::RunEnded)?)
            }
            false => None,
        };
        let request = Request {
            method: operation.method,
            url: &operation.url.text,
            base: operation.url.base,
            secret_headers: &secret_headers,
            body: operation.body.as_ref().map(|body| body.as_slice()),
            // A late response to another request must neither be taken for the response to a change nor decide
            // about one.
            fresh: operation.fresh || self.run.changes,
        };
        let sent_at = self.run.clock.now();
        self.run.stats.request(attempts.history.tries > 0);
        let result = self.org.transport.send(&request, &retry::limits(operation.is_write(), left));
        let arrived = self.run.clock.now();
        let waited = arrived.saturating_sub(sent_at);
        attempts.history.tries += 1;
        attempts.history.host_known |= result.is_ok() || self.org.reached.load(Ordering::Relaxed);
        let response = match result {
            Ok(response) => response,
            Err(error) => {
                drop(permit);
                if !error.sent {
                    attempts.history.unreached += 1;
                }
                lose(write, &error);
                return Ok(Attempt::Failed(error));
            }
        };
        self.org.reached.store(true, Ordering::Relaxed);
        let request_id = response.headers.get("x-okta-request-id").map(|id| self.shown_id(id));
        self.run.stats.response(request_id.clone(), limit::rate_limit(&response.headers));
        self.org.reserve.learn(operation.method, operation.url.path(), &response.headers, arrived);
        match response.status {
            200..=299 => {
                permit.leave(&response.headers);
                Ok(Attempt::Answered { response, write, waited, arrived })
            }
            300..=399 => {
                permit.leave(&response.headers);
                Ok(Attempt::Redirected { response, write })
            }
            _ => Ok(self.refused(operation, attempts, response, request_id, write, permit)),
        }
    }

    /// Reads an error response.
    fn refused<'a>(
        &self,
        operation: &Operation,
        attempts: &mut Attempts,
        response: Response,
        request_id: Option<String>,
        write: Option<Write>,
        permit: Permit<'a>,
    ) -> Attempt<'a> {
        let Response { status, headers, body } = response;
        // The permit is kept until it is known how long the rate limit lasts, or that the token is
        // rejected.
        let permit = match status {
            401 | 429 => Some(permit),
            _ => {
                permit.leave(&headers);
                None
            }
        };
        attempts.history.internal_errors += u32::from(status == 500);
        let (mut refusal, cut) = Refusal::receive(status, request_id, body, &self.run.redactor);
        match write {
            Some(write) if refusal.is_certain() => write.refused(),
            Some(write) if refusal.is_silence() => write.silent(),
            lost => drop(lost),
        }
        match cut {
            // An incomplete error does not tell whose it is or what it is about: the request is retried.
            Some(error) if operation.repeatable && matches!(status, 400..=428 | 430..=499) && !refusal.is_oktas => {
                Attempt::Failed(error)
            }
            _ => {
                refusal.tries = attempts.history.tries;
                let verdict = self.org.auth.verdict(&refusal, &headers);
                Attempt::Refused { refusal, headers, verdict, permit }
            }
        }
    }

    /// Takes a permit of the process's pace; also returns the time left until the deadline.
    fn enter(&self) -> Result<(Permit<'_>, Duration), Cause> {
        self.run.start();
        let clock = self.run.clock.as_ref();
        loop {
            if self.run.left().is_zero() {
                return Err(Cause::TimeUp);
            }
            let entered = self.run.wait_for_others(|| self.org.pace.enter(clock, self.run.end()));
            // Computed only now, because waiting for others has moved the deadline.
            let (now, deadline) = (clock.now(), self.run.deadline());
            match entered {
                Ok(_) if self.org.refused.load(Ordering::Relaxed) => return Err(Cause::TokenRefused),
                Ok(permit) => {
                    self.run.under_way();
                    let left = self.run.left();
                    return if left.is_zero() { Err(Cause::TimeUp) } else { Ok((permit, left)) };
                }
                Err(Barred::TimeUp) => return Err(Cause::TimeUp),
                Err(Barred::Held(until)) if until > deadline => {
                    let refusal =
                        Refusal { summary: "hit by another request of this process".to_owned(), ..Refusal::default() };
                    return Err(Cause::RateLimited { refusal: Box::new(refusal), wait: until.saturating_sub(now) });
                }
                Err(Barred::Held(until)) => {
                    let wait = until.saturating_sub(now);
                    clock.sleep(wait);
                    self.run.stats.wait(wait, true);
                }
            }
        }
    }

    fn reserved_until(&self, operation: &Operation) -> Option<Duration> {
        match operation.urgent {
            true => None,
            false => self.org.reserve.until(operation.method, operation.url.path(), self.run.clock.now()),
        }
    }

    /// Waits for the next window of a rate limit of which only the reserve is left.
    ///
    /// # Errors
    /// When the wait would exceed the time limit: it is not started.
    fn wait_for_reserve(&self, operation: &Operation, until: Duration) -> Result<(), Cause> {
        let wait = until.saturating_sub(self.run.clock.now());
        if until >= self.run.deadline() {
            return Err(Cause::Reserved { percent: self.org.reserve.percent(), wait });
        }
        let (seconds, place) = (text::seconds(wait), operation.place());
        self.run.log.line(&format!("waiting {seconds} (`rate_limit_reserve`) before {place}"));
        self.run.clock.sleep(wait);
        self.run.stats.wait(wait, true);
        self.run.warn("reserve", format!("Paused for `rate_limit_reserve`, most recently {seconds} before {place}."));
        Ok(())
    }

    /// Waits as the policy says, or fails if it gives up. A permit that is still held is returned once
    /// the other runs know that they have to wait too.
    fn after(
        &self,
        operation: &Operation,
        attempts: &mut Attempts,
        met: Met<'_>,
        permit: Option<Permit<'_>>,
    ) -> Result<(), Error> {
        let clock = &self.run.clock;
        if let Met::Failure(error) = &met {
            attempts.history.silent += u32::from(error.is_silence());
        }
        attempts.history.elapsed = clock.now().saturating_sub(attempts.begun);
        let (result, limited) = match &met {
            Met::Failure(error) => (AttemptResult::Failure(error), false),
            Met::Refusal(refusal, headers) => (AttemptResult::Answer(refusal, headers), refusal.status == 429),
        };
        let rights = Rights { repeatable: operation.repeatable, is_write: operation.is_write() };
        let decision = retry::decide(&result, rights, attempts.history, &|most| clock.jitter(most));
        let tries = attempts.history.tries;
        let cause = |met, wait| match met {
            Met::Failure(mut error) => {
                // A library's message may quote the response.
                error.problem.words(&|words| *words = self.shown(words, 300));
                Cause::Transport { error, tries }
            }
            Met::Refusal(refusal, _) if limited => Cause::RateLimited { refusal, wait },
            Met::Refusal(refusal, _) => Cause::Refused(refusal),
        };
        let Decision::Wait(wait, reason) = decision else {
            return Err(self.error(operation, cause(met, Duration::ZERO)));
        };
        let now = clock.now();
        if limited && reason != WaitReason::UsersLimit {
            // The limit of concurrent requests ends as soon as there are fewer.
            self.org.pace.hold(if reason == WaitReason::Concurrency { now } else { now + wait });
        }
        drop(permit);
        if now + wait >= self.run.deadline() {
            return Err(self.error(operation, cause(met, wait)));
        }
        // After the wait the limit has reset: it is worth trying again right away.
        attempts.met = Some(cause(met, Duration::from_secs(1)));
        let place = operation.place();
        self.run.log.line(&format!(
            "waiting {} ({reason}) before attempt {} of {place}",
            text::seconds(wait),
            tries + 1
        ));
        clock.sleep(wait);
        attempts.waited += wait;
        self.run.stats.wait(wait, limited);
        if attempts.waited >= LONG_WAIT {
            let waited = text::seconds(attempts.waited);
            let warning = format!("Waited {waited} in total for {place}: {reason}.");
            self.run.warn(format!("long wait for {place}"), warning);
        }
        Ok(())
    }

    fn redirect(
        &self,
        operation: Operation,
        response: &Response,
        write: Option<Write>,
        count: usize,
    ) -> Result<Operation, Error> {
        let status = response.status;
        let to = response.headers.get("location").unwrap_or_default();
        let refuse = |why| {
            let to = to.split(['?', '#']).next().unwrap_or_default();
            Cause::Redirected { status, to: self.shown(to, text::EXCERPT), why }
        };
        if let Some(write) = write {
            // 303 means that the change was made; the others that it was not (RFC 9110, 15.4).
            if status != 303 {
                write.refused();
            }
            return Err(self.error(&operation, refuse("a request that changes something is never redirected")));
        }
        if !matches!(status, 301 | 302 | 303 | 307 | 308) || to.is_empty() {
            return Err(self.error(&operation, refuse("it has no target that can be followed")));
        }
        if count > REDIRECTS {
            return Err(self.error(&operation, refuse("too many redirects")));
        }
        match self.org.base.follow(to) {
            Ok(url) => Ok(Operation { url, ..operation }),
            Err(_) => {
                Err(self.error(&operation, refuse("the target is another host, which must not receive the token")))
            }
        }
    }

    fn error(&self, operation: &Operation, cause: Cause) -> Error {
        Error { subject: operation.subject.clone(), cause }
    }

    fn invalid(&self, status: u16, headers: &Headers, problem: &str, body: &[u8]) -> Cause {
        let problem = match problem {
            answer::BAD_STATUS => problem.to_owned(),
            problem => format!("but the body {problem}"),
        };
        Cause::InvalidAnswer {
            status,
            problem,
            excerpt: super::error::excerpt(body, &self.run.redactor),
            request_id: headers.get("x-okta-request-id").map(|id| self.shown_id(id)),
        }
    }

    /// The error for a response whose content turned out to be unexpected when it was parsed.
    pub fn invalid_answer(&self, answer: &Answer, subject: &str, problem: &str) -> Error {
        let cause = self.invalid(answer.status, &answer.headers, problem, answer.body.as_bytes());
        Error { subject: subject.to_owned(), cause }
    }
}

/// Ends a change that got no complete response.
fn lose(write: Option<Write>, error: &transport::Error) {
    let Some(write) = write else { return };
    match error.problem {
        _ if !error.sent => write.refused(),
        Problem::TimeUp => write.silent(),
        _ if error.is_silence() => write.silent(),
        _ => drop(write),
    }
}

/// What an attempt got instead of a success.
enum Met<'a> {
    /// No response, or only part of one.
    Failure(transport::Error),
    /// An error response.
    Refusal(Box<Refusal>, &'a Headers),
}
