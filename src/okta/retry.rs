//! The retry policy (okta-api.md, Rate limits and Retrying). It depends only on the result of the attempt,
//! on whether the operation may be repeated, and on the attempts before it.

use std::fmt;
use std::time::Duration;

use super::error::Refusal;
use super::limit;
use crate::runtime::transport::{Error, Headers, Limits, Problem, ProxyProblem};

/// Attempts before giving up on a host that never responded; see also [`UNREACHED_FOR`].
pub const UNREACHED_TRIES: u32 = 3;
/// Time after which there are no further attempts at a host that never responded.
pub const UNREACHED_FOR: Duration = Duration::from_secs(10);
/// Maximum number of retries after a 500.
const AFTER_500: u32 = 2;
/// Maximum number of attempts at a read without a response in time. A change is given up after one: sending it again
/// while the first may still be carried out would leave more unknown, not less.
const SILENT_TRIES: u32 = 3;
/// Maximum time that a read waits without receiving anything.
const READ_SILENCE: Duration = Duration::from_secs(20);
/// The same for a change: with a shorter limit, more outcomes would be unknown.
const CHANGE_SILENCE: Duration = Duration::from_secs(60);
/// Maximum time to establish a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// First wait of the exponential backoff.
const FIRST: Duration = Duration::from_millis(250);
/// First wait after the limit of concurrent requests, or after a 429 that does not tell how long to wait.
const FIRST_CONCURRENT: Duration = Duration::from_secs(1);
/// Longest wait that the server did not ask for.
const LONGEST: Duration = Duration::from_secs(30);
/// Wait after too many codes to one user, if the response does not tell (okta-api.md, Errors).
const USERS_LIMIT: Duration = Duration::from_secs(30);
/// Extra wait after the reset, so that the new window has really begun.
const AFTER_RESET: Duration = Duration::from_secs(1);

/// Result of an attempt.
pub enum AttemptResult<'a> {
    /// An error response.
    Answer(&'a Refusal, &'a Headers),
    /// No response, or only part of one.
    Failure(&'a Error),
}

/// The attempts so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    /// Number of attempts, including this one.
    pub tries: u32,
    /// Number of attempts that did not reach the host.
    pub unreached: u32,
    /// Number of attempts without a response in time.
    pub silent: u32,
    /// Number of responses with status 500.
    pub internal_errors: u32,
    /// Time since the first attempt.
    pub elapsed: Duration,
    /// Whether the host has ever responded.
    pub host_known: bool,
}

/// Why there is a wait before the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// 429 until the rate limit resets.
    RateLimit,
    /// 429 for too many concurrent requests.
    Concurrency,
    /// Too many codes sent to one user.
    UsersLimit,
    /// Another request is changing the same thing.
    Busy,
    /// The server asked to (`Retry-After`).
    Asked,
    /// 5xx.
    Unavailable,
    /// The response was lost.
    Lost,
    /// The host cannot be reached.
    Unreachable,
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaitReason::RateLimit => "Okta's rate limit",
            WaitReason::Concurrency => "Okta's limit of concurrent requests",
            WaitReason::UsersLimit => "Okta's limit of codes sent to one user",
            WaitReason::Busy => "another request is making changes",
            WaitReason::Asked => "the server asked to wait",
            WaitReason::Unavailable => "the server is unavailable",
            WaitReason::Lost => "the response was lost",
            WaitReason::Unreachable => "the server is unreachable",
        })
    }
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make no further attempt.
    GiveUp,
    /// Wait, then send again.
    Wait(Duration, WaitReason),
}

/// What the policy needs to know about an operation.
#[derive(Clone, Copy, Debug)]
pub struct Rights {
    /// Whether sending it twice leaves the same state.
    pub repeatable: bool,
    /// Whether it changes something.
    pub is_write: bool,
}

/// Time limits for the parts of an attempt, with `left` until the deadline.
pub fn limits(is_write: bool, left: Duration) -> Limits {
    let third = left.div_f64(3.0);
    let silence = if is_write { left.min(CHANGE_SILENCE) } else { third.min(READ_SILENCE) };
    Limits { connect: third.min(CONNECT), silence, total: left }
}

/// Decides what to do after an attempt. `jitter` returns a random duration up to its argument.
pub fn decide(
    result: &AttemptResult<'_>,
    rights: Rights,
    history: History,
    jitter: &dyn Fn(Duration) -> Duration,
) -> Decision {
    let Rights { repeatable, is_write } = rights;
    let backoff = |reason| Decision::Wait(exponential(FIRST, history.tries, jitter), reason);
    match result {
        AttemptResult::Answer(refusal, headers) => match refusal.status {
            429 if refusal.is_users_limit() => {
                let wait = limit::retry_after(headers).unwrap_or(USERS_LIMIT);
                Decision::Wait(wait + jitter(AFTER_RESET), WaitReason::UsersLimit)
            }
            429 => rate_limit(headers, history, jitter),
            // Nothing was carried out, so a change may be sent again too.
            409 | 423 if refusal.is_busy() => backoff(WaitReason::Busy),
            status @ (502..=504) if repeatable => match limit::retry_after(headers) {
                Some(wait) if status == 503 => Decision::Wait(wait + jitter(FIRST_CONCURRENT), WaitReason::Asked),
                _ => backoff(WaitReason::Unavailable),
            },
            _ if repeatable && refusal.is_silence() => backoff(WaitReason::Unavailable),
            500 if repeatable && history.internal_errors <= AFTER_500 => backoff(WaitReason::Unavailable),
            _ => Decision::GiveUp,
        },
        AttemptResult::Failure(error) => match &error.problem {
            Problem::Tls(_) | Problem::NotRecorded { .. } | Problem::Malformed { .. } => Decision::GiveUp,
            Problem::Proxy { problem: ProxyProblem::Credentials, .. } => Decision::GiveUp,
            _ if !error.sent => {
                let patient =
                    history.host_known || history.unreached < UNREACHED_TRIES && history.elapsed < UNREACHED_FOR;
                if patient { backoff(WaitReason::Unreachable) } else { Decision::GiveUp }
            }
            _ if error.is_silence() && (is_write || history.silent >= SILENT_TRIES) => Decision::GiveUp,
            _ if repeatable => backoff(WaitReason::Lost),
            _ => Decision::GiveUp,
        },
    }
}

fn rate_limit(headers: &Headers, history: History, jitter: &dyn Fn(Duration) -> Duration) -> Decision {
    if limit::is_concurrency(headers) {
        let most = doubled(FIRST_CONCURRENT, history.tries);
        return Decision::Wait(jitter(most), WaitReason::Concurrency);
    }
    if let Some(reset) = limit::reset(headers) {
        return Decision::Wait(reset + AFTER_RESET + jitter(AFTER_RESET), WaitReason::RateLimit);
    }
    match limit::retry_after(headers) {
        Some(wait) => Decision::Wait(wait + jitter(AFTER_RESET), WaitReason::Asked),
        None => Decision::Wait(exponential(FIRST_CONCURRENT, history.tries, jitter), WaitReason::RateLimit),
    }
}

/// A random wait between half and all of a duration that doubles with each attempt.
fn exponential(first: Duration, tries: u32, jitter: &dyn Fn(Duration) -> Duration) -> Duration {
    let half = doubled(first, tries) / 2;
    half + jitter(half)
}

fn doubled(first: Duration, tries: u32) -> Duration {
    first.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::transport::TlsProblem;

    const NO: fn(Duration) -> Duration = |_| Duration::ZERO;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        Headers(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    fn after_answer(status: u16, pairs: &[(&str, &str)], repeatable: bool, history: History) -> Decision {
        let rights = Rights { repeatable, is_write: true };
        let refusal = Refusal { status, ..Refusal::default() };
        decide(&AttemptResult::Answer(&refusal, &headers(pairs)), rights, history, &NO)
    }

    const FIRST_TRY: History =
        History { tries: 1, unreached: 0, silent: 0, internal_errors: 0, elapsed: Duration::ZERO, host_known: true };

    const RIGHTS: Rights = Rights { repeatable: false, is_write: true };

    /// okta-api.md, Retrying: every cell of the table.
    #[test]
    fn every_cell_of_the_table() {
        let wait = |millis, reason| Decision::Wait(Duration::from_millis(millis), reason);
        let broken = || Error::sent(Problem::Lost { reason: String::new() });
        let refused = || Error::unsent(Problem::Unreachable { host: String::new(), reason: String::new() });
        for repeatable in [true, false] {
            let when = |verdict| if repeatable { verdict } else { Decision::GiveUp };
            assert_eq!(
                after_answer(429, &[("retry-after", "7")], repeatable, FIRST_TRY),
                wait(7000, WaitReason::Asked)
            );
            for status in [502, 503, 504, 522, 524, 598] {
                assert_eq!(
                    after_answer(status, &[], repeatable, FIRST_TRY),
                    when(wait(125, WaitReason::Unavailable)),
                    "{status}"
                );
            }
            let once = History { internal_errors: 1, ..FIRST_TRY };
            assert_eq!(after_answer(500, &[], repeatable, once), when(wait(125, WaitReason::Unavailable)));
            let thrice = History { internal_errors: 3, tries: 3, ..FIRST_TRY };
            assert_eq!(after_answer(500, &[], repeatable, thrice), Decision::GiveUp);
            for status in [400, 401, 403, 404, 405, 409, 410, 413, 422, 501, 505, 302] {
                assert_eq!(after_answer(status, &[], repeatable, FIRST_TRY), Decision::GiveUp, "{status}");
            }
            let rights = Rights { repeatable, is_write: true };
            let failure = |failure: Error| decide(&AttemptResult::Failure(&failure), rights, FIRST_TRY, &NO);
            assert_eq!(failure(broken()), when(wait(125, WaitReason::Lost)));
            assert_eq!(failure(Error::sent(Problem::CutShort)), when(wait(125, WaitReason::Lost)));
            assert_eq!(failure(refused()), wait(125, WaitReason::Unreachable));
            assert_eq!(
                failure(Error::unsent(Problem::UnknownHost { host: String::new() })),
                wait(125, WaitReason::Unreachable)
            );
            assert_eq!(failure(Error::unsent(Problem::HandshakeCut)), wait(125, WaitReason::Unreachable));
            assert_eq!(failure(Error::unsent(Problem::Tls(TlsProblem::NotTls))), Decision::GiveUp);
            let proxy = |problem| Error::unsent(Problem::Proxy { proxy: String::new(), problem });
            assert_eq!(failure(proxy(ProxyProblem::Credentials)), Decision::GiveUp);
            assert_eq!(
                failure(proxy(ProxyProblem::Dead { reason: String::new() })),
                wait(125, WaitReason::Unreachable)
            );
        }
    }

    #[test]
    fn an_unknown_host_is_not_tried_for_long() {
        let failure = Error::unsent(Problem::HandshakeCut);
        let rights = Rights { repeatable: true, is_write: true };
        let decide = |history| decide(&AttemptResult::Failure(&failure), rights, history, &NO);
        let unknown = History { host_known: false, unreached: 1, ..FIRST_TRY };
        assert!(matches!(decide(unknown), Decision::Wait(..)));
        assert_eq!(decide(History { unreached: 3, ..unknown }), Decision::GiveUp);
        assert_eq!(decide(History { elapsed: Duration::from_secs(10), ..unknown }), Decision::GiveUp);
        assert!(matches!(decide(History { host_known: true, unreached: 9, ..unknown }), Decision::Wait(..)));
    }

    #[test]
    fn a_read_is_tried_three_times_against_silence_and_a_change_once() {
        let silent = Error::sent(Problem::Silent);
        let after = |is_write, silent_tries| {
            let history = History { silent: silent_tries, tries: silent_tries, ..FIRST_TRY };
            decide(&AttemptResult::Failure(&silent), Rights { repeatable: true, is_write }, history, &NO)
        };
        assert!(matches!(after(false, 2), Decision::Wait(_, WaitReason::Lost)));
        assert_eq!(after(false, 3), Decision::GiveUp);
        assert_eq!(after(true, 1), Decision::GiveUp);
        let left = Duration::from_secs(300);
        assert_eq!((limits(false, left).silence, limits(true, left).silence), (READ_SILENCE, CHANGE_SILENCE));
        let left = Duration::from_secs(30);
        assert_eq!((limits(false, left).silence, limits(true, left).silence), (left / 3, left));
    }

    #[test]
    fn another_requests_change_is_waited_for_by_changes_too() {
        for (status, code) in [(409, "E0000268"), (409, "E0000112"), (409, "E0000253"), (423, "E0000239")] {
            let busy = Refusal { status, code: Some(code.to_owned()), is_oktas: true, ..Refusal::default() };
            let decision = decide(&AttemptResult::Answer(&busy, &Headers::default()), RIGHTS, FIRST_TRY, &NO);
            assert!(matches!(decision, Decision::Wait(_, WaitReason::Busy)), "{code}");
        }
    }

    #[test]
    fn a_users_limit_of_codes_is_half_a_minute_where_the_answer_does_not_say() {
        let refusal = Refusal { status: 429, code: Some("E0000109".to_owned()), ..Refusal::default() };
        let after = |pairs| decide(&AttemptResult::Answer(&refusal, &headers(pairs)), RIGHTS, FIRST_TRY, &NO);
        assert_eq!(after(&[]), Decision::Wait(Duration::from_secs(30), WaitReason::UsersLimit));
        assert_eq!(after(&[("retry-after", "7")]), Decision::Wait(Duration::from_secs(7), WaitReason::UsersLimit));
    }

    #[test]
    fn the_rate_limit_is_waited_for_by_the_servers_clock() {
        let date = "Tue, 01 Jan 2030 00:00:00 GMT"; // 1893456000
        for (reset, expected) in [
            ("1893456042", Some(43)),
            ("1893456000", Some(1)),
            ("1893455999", None),
            ("1893499999", None),
            ("soon", None),
        ] {
            let verdict = after_answer(
                429,
                &[("date", date), ("x-rate-limit-reset", reset), ("x-rate-limit-limit", "600")],
                false,
                FIRST_TRY,
            );
            let expected = expected.map_or(Duration::from_millis(500), Duration::from_secs);
            assert_eq!(verdict, Decision::Wait(expected, WaitReason::RateLimit), "{reset}");
        }
        let concurrency = [
            ("x-rate-limit-limit", "0"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1893456042"),
            ("date", date),
        ];
        let full = |most: Duration| most;
        let limited = Refusal { status: 429, ..Refusal::default() };
        let verdict = decide(
            &AttemptResult::Answer(&limited, &headers(&concurrency)),
            RIGHTS,
            History { tries: 3, ..FIRST_TRY },
            &full,
        );
        assert_eq!(verdict, Decision::Wait(Duration::from_secs(4), WaitReason::Concurrency));
    }

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let full = |most: Duration| most;
        for (tries, millis) in [(1, 250), (2, 500), (3, 1000), (7, 16_000), (8, 30_000), (40, 30_000)] {
            assert_eq!(exponential(FIRST, tries, &full), Duration::from_millis(millis), "{tries}");
        }
    }
}
