//! Sends an operation: attempts, each made by one function, and a loop that only decides, by the
//! one policy ([`super::retry`]), what follows from what an attempt came to.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::address::Url;
use super::answer::{self, Answer, ReadProblem};
use super::auth::Verdict;
use super::client::{Okta, Operation};
use super::error::{Cause, Error, Refusal};
use super::link;
use super::pace::Permit;
use super::retry::{self, AttemptResult, Decision, History, WaitReason};
use crate::runtime::effects::Write;
use crate::runtime::text;
use crate::runtime::transport::{self, Headers, Limits, Request, Response};

/// So many redirects are followed.
const REDIRECTS: usize = 5;
/// Waits of this length in all are worth a warning.
const LONG_WAIT: Duration = Duration::from_secs(30);

/// The beginning of a successful answer, and all that is needed to send the operation again.
pub struct OpenAnswer {
    operation: Operation,
    attempts: Attempts,
    response: Response,
    write: Option<Write>,
    waited: Duration,
    /// Where the body goes.
    room: Vec<u8>,
}

impl OpenAnswer {
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

/// The attempts at one operation so far.
struct Attempts {
    history: History,
    begun: Duration,
    waited: Duration,
    redirects: usize,
    /// Whether the proof of who asks has been renewed.
    renewed: bool,
    /// What the last attempt met: the reason if the time is up before the next.
    met: Option<Cause>,
}

/// What one attempt came to.
enum Attempt<'a> {
    /// A successful answer has begun.
    Answered { response: Response, write: Option<Write>, waited: Duration },
    /// A redirect.
    Redirected { response: Response, write: Option<Write> },
    /// An error answer. The permit is still held where others must not have it before it is known
    /// what the answer means for them.
    Refused { refusal: Refusal, headers: Headers, verdict: Verdict, permit: Option<Permit<'a>> },
    /// No answer, or so little of an error that it says nothing.
    Failed(transport::Error),
}

impl Okta {
    /// Sends an operation, with all the attempts that the policy and the deadline allow.
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

    /// Reads the rest of an answer; one that breaks off is asked for again where that may be.
    ///
    /// # Errors
    /// When there is no whole answer that makes sense.
    pub fn finish(&self, opened: OpenAnswer) -> Result<Answer, Error> {
        let mut opened = opened;
        loop {
            let OpenAnswer { operation, mut attempts, response, write, room, .. } = opened;
            let Response { status, headers, body } = response;
            match answer::read(body, &headers, room, &self.run) {
                Ok(body) => return self.judge(operation, status, headers, body, write),
                Err(ReadProblem::TooLarge) => {
                    let problem = format!("is larger than {} MiB", answer::LARGEST >> 20);
                    return Err(self.error(&operation, self.invalid(status, &headers, &problem, &[])));
                }
                Err(ReadProblem::Broken(error)) => {
                    drop(write);
                    self.after(&operation, &mut attempts, Met::Failure(error), None)?;
                }
            }
            opened = self.attempt(operation, attempts)?;
        }
    }

    /// A success is one only if it looks like one.
    fn judge(
        &self,
        operation: Operation,
        status: u16,
        headers: Headers,
        body: Vec<u8>,
        write: Option<Write>,
    ) -> Result<Answer, Error> {
        match answer::check(operation.expect, status, headers, body) {
            Ok(answer) => {
                if let Some(write) = write {
                    write.made();
                }
                if let Some(own) = link::targets(answer.headers.all("link"), "self").first() {
                    self.org.base.learn(&operation.url, own);
                }
                Ok(answer)
            }
            Err(bad) => Err(self.error(&operation, self.invalid(status, &bad.headers, bad.problem, &bad.body))),
        }
    }

    /// The loop: makes attempts until one is answered or the policy says that it is over.
    fn attempt(&self, operation: Operation, attempts: Attempts) -> Result<OpenAnswer, Error> {
        let (mut operation, mut attempts) = (operation, attempts);
        loop {
            let attempt = self.send_once(&operation, &mut attempts).map_err(|cause| self.error(&operation, cause))?;
            match attempt {
                Attempt::Answered { response, write, waited } => {
                    return Ok(OpenAnswer { operation, attempts, response, write, waited, room: Vec::new() });
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
        let (permit, left) = self.enter().map_err(|cause| match (cause, attempts.met.take()) {
            (Cause::TimeUp, Some(met)) => met,
            (cause, _) => cause,
        })?;
        let secret_headers = self.org.auth.headers(operation.method, &operation.url.text)?;
        let write = match operation.is_write() {
            true => Some(self.run.effects.begin(operation.repeatable).map_err(|_| Cause::RunEnded)?),
            false => None,
        };
        let request = Request {
            method: operation.method,
            url: &operation.url.text,
            base: operation.url.base,
            secret_headers: &secret_headers,
            body: operation.body.as_ref().map(|body| body.as_slice()),
            fresh: !operation.repeatable,
        };
        let sent_at = self.run.clock.now();
        let result = self.org.transport.send(&request, &limits(left));
        let waited = self.run.clock.now().saturating_sub(sent_at);
        attempts.history.tries += 1;
        attempts.history.host_known |= result.is_ok() || self.org.reached.load(Ordering::Relaxed);
        let response = match result {
            Ok(response) => response,
            Err(error) => {
                drop(permit);
                if !error.sent {
                    attempts.history.unreached += 1;
                    if let Some(write) = write {
                        write.refused();
                    }
                }
                return Ok(Attempt::Failed(error));
            }
        };
        self.org.reached.store(true, Ordering::Relaxed);
        match response.status {
            200..=299 => {
                permit.leave(&response.headers);
                Ok(Attempt::Answered { response, write, waited })
            }
            300..=399 => {
                permit.leave(&response.headers);
                Ok(Attempt::Redirected { response, write })
            }
            _ => Ok(self.refused(operation, attempts, response, write, permit)),
        }
    }

    /// Reads an error answer.
    fn refused<'a>(
        &self,
        operation: &Operation,
        attempts: &mut Attempts,
        response: Response,
        write: Option<Write>,
        permit: Permit<'a>,
    ) -> Attempt<'a> {
        let Response { status, headers, body } = response;
        // Nobody may have this permit before it is known how long a limit lasts, or that Okta does
        // not accept who we are.
        let permit = match status {
            401 | 429 => Some(permit),
            _ => {
                permit.leave(&headers);
                None
            }
        };
        // After 500 and the like the change may have been made (okta-api.md, Retrying).
        match write {
            Some(write) if !matches!(status, 500 | 502..=599) => write.refused(),
            lost => drop(lost),
        }
        attempts.history.internal_errors += u32::from(status == 500);
        let request_id = headers.get("x-okta-request-id").map(|id| self.shown_id(id));
        let (mut refusal, cut) = Refusal::receive(status, request_id, body, &self.run.redactor);
        match cut {
            // The status alone does not tell what a 400 is about: half of one is asked for again.
            Some(error) if operation.repeatable && status == 400 => Attempt::Failed(error),
            _ => {
                refusal.tries = attempts.history.tries;
                let verdict = self.org.auth.verdict(&refusal, &headers);
                Attempt::Refused { refusal, headers, verdict, permit }
            }
        }
    }

    /// Takes a permit of the process's pace; beside it what is left of the time.
    fn enter(&self) -> Result<(Permit<'_>, Duration), Cause> {
        self.run.start();
        loop {
            let now = self.run.clock.now();
            let deadline = self.run.deadline();
            if now >= deadline {
                return Err(Cause::TimeUp);
            }
            match self.run.wait_for_others(|| self.org.pace.enter(now)) {
                Ok(_) if self.org.refused.load(Ordering::Relaxed) => return Err(Cause::TokenRefused),
                Ok(permit) => {
                    self.run.under_way();
                    let left = self.run.left();
                    return if left.is_zero() { Err(Cause::TimeUp) } else { Ok((permit, left)) };
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

    /// Waits as the policy says, or fails with what was met where nothing more is to be done. A
    /// permit that is still held is given back once others know that they have to wait too.
    fn after(
        &self,
        operation: &Operation,
        attempts: &mut Attempts,
        met: Met<'_>,
        permit: Option<Permit<'_>>,
    ) -> Result<(), Error> {
        let clock = &self.run.clock;
        attempts.history.elapsed = clock.now().saturating_sub(attempts.begun);
        let (result, limited) = match &met {
            Met::Failure(error) => (AttemptResult::Failure(error), false),
            Met::Refusal(refusal, headers) => (AttemptResult::Answer(refusal.status, headers), refusal.status == 429),
        };
        let decision = retry::decide(&result, operation.repeatable, attempts.history, &|most| clock.jitter(most));
        let tries = attempts.history.tries;
        let cause = |met, wait| match met {
            Met::Failure(mut error) => {
                // The words of a library may quote what answered.
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
        if limited {
            // The limit of concurrent requests is over as soon as there are fewer.
            self.org.pace.hold(if reason == WaitReason::Concurrency { now } else { now + wait });
        }
        drop(permit);
        if now + wait >= self.run.deadline() {
            return Err(self.error(operation, cause(met, wait)));
        }
        // Once it was waited for, a limit is over: trying again is worth it at once.
        attempts.met = Some(cause(met, Duration::from_secs(1)));
        let place = operation.place();
        self.run.log.line(&format!("waiting {} ({reason}), then try {} of {place}", text::seconds(wait), tries + 1));
        clock.sleep(wait);
        attempts.waited += wait;
        if attempts.waited >= LONG_WAIT {
            let waited = text::seconds(attempts.waited);
            let warning = format!("Waited {waited} in all for {place}: {reason}.");
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
            // 303 means «done, see there»; the others that it was not done (RFC 9110, 15.4).
            if status != 303 {
                write.refused();
            }
            return Err(self.error(&operation, refuse("a change is never sent elsewhere")));
        }
        if !matches!(status, 301 | 302 | 303 | 307 | 308) || to.is_empty() {
            return Err(self.error(&operation, refuse("it is no redirect that leads anywhere")));
        }
        if count > REDIRECTS {
            return Err(self.error(&operation, refuse("it is one too many")));
        }
        match self.org.base.follow(to) {
            Ok(url) => Ok(Operation { url, ..operation }),
            Err(_) => Err(self.error(&operation, refuse("it leads to another host, which must not see the token"))),
        }
    }

    fn error(&self, operation: &Operation, cause: Cause) -> Error {
        Error { subject: operation.subject.clone(), cause }
    }

    fn invalid(&self, status: u16, headers: &Headers, problem: &str, body: &[u8]) -> Cause {
        Cause::InvalidAnswer {
            status,
            problem: problem.to_owned(),
            excerpt: super::error::excerpt(body, &self.run.redactor),
            request_id: headers.get("x-okta-request-id").map(|id| self.shown_id(id)),
        }
    }

    /// The error for an answer whose content makes no sense, found when it was taken apart.
    pub fn invalid_answer(&self, answer: &Answer, subject: &str, problem: &str) -> Error {
        let cause = self.invalid(answer.status, &answer.headers, problem, answer.body.as_bytes());
        Error { subject: subject.to_owned(), cause }
    }
}

/// What an attempt met in place of a success.
enum Met<'a> {
    /// No answer, or a part of one.
    Failure(transport::Error),
    /// An error answer.
    Refusal(Box<Refusal>, &'a Headers),
}

/// How long the parts of an exchange may take, with so much time left.
fn limits(left: Duration) -> Limits {
    let third = left.div_f64(3.0);
    Limits { connect: third.min(Duration::from_secs(10)), silence: third.min(Duration::from_secs(60)), total: left }
}
