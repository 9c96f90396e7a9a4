//! The retry policy (okta-api.md, Rate limits and Retrying). It depends only on the result of the attempt,
//! on whether the operation may be repeated, and on the attempts before it.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::runtime::transport::{Error, Headers, Problem, ProxyProblem};

/// Attempts before giving up on a host that never responded; see also [`UNREACHED_FOR`].
pub const UNREACHED_TRIES: u32 = 3;
/// Time after which there are no further attempts at a host that never responded.
pub const UNREACHED_FOR: Duration = Duration::from_secs(10);
/// Maximum number of retries after a 500.
const AFTER_500: u32 = 2;
/// First wait after a lost response or a 5xx.
const FIRST: Duration = Duration::from_millis(250);
/// First wait after exceeding the limit on concurrent requests.
const FIRST_CONCURRENT: Duration = Duration::from_secs(1);
/// Longest wait that the server did not ask for.
const LONGEST: Duration = Duration::from_secs(30);
/// Waits above this number of seconds are not plausible for a per-minute limit; the header is ignored.
const ABSURD: u64 = 3600;
/// Added to the reset time, so that the next window has really started.
const AFTER_RESET: Duration = Duration::from_secs(1);

/// Result of an attempt.
pub enum AttemptResult<'a> {
    /// A response: status code and headers.
    Answer(u16, &'a Headers),
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
    /// The server asked to wait (`Retry-After`).
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
            WaitReason::Concurrency => "Okta's limit on concurrent requests",
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

/// Decides what to do after an attempt. `jitter` returns a random duration up to its argument.
pub fn decide(
    result: &AttemptResult<'_>,
    repeatable: bool,
    history: History,
    jitter: &dyn Fn(Duration) -> Duration,
) -> Decision {
    let backoff = |reason| Decision::Wait(exponential(FIRST, history.tries, jitter), reason);
    match result {
        AttemptResult::Answer(429, headers) => rate_limit(headers, history, jitter),
        AttemptResult::Answer(status @ (502..=504), headers) if repeatable => match retry_after(headers) {
            Some(wait) if *status == 503 => Decision::Wait(wait + jitter(FIRST_CONCURRENT), WaitReason::Asked),
            _ => backoff(WaitReason::Unavailable),
        },
        AttemptResult::Answer(500, _) if repeatable && history.internal_errors <= AFTER_500 => {
            backoff(WaitReason::Unavailable)
        }
        AttemptResult::Answer(..) => Decision::GiveUp,
        AttemptResult::Failure(error) => match &error.problem {
            Problem::Tls(_) | Problem::NotRecorded { .. } | Problem::Malformed { .. } => Decision::GiveUp,
            Problem::Proxy { problem: ProxyProblem::Credentials, .. } => Decision::GiveUp,
            _ if !error.sent => {
                let patient =
                    history.host_known || history.unreached < UNREACHED_TRIES && history.elapsed < UNREACHED_FOR;
                if patient { backoff(WaitReason::Unreachable) } else { Decision::GiveUp }
            }
            _ if repeatable => backoff(WaitReason::Lost),
            _ => Decision::GiveUp,
        },
    }
}

fn rate_limit(headers: &Headers, history: History, jitter: &dyn Fn(Duration) -> Duration) -> Decision {
    let number = |name| headers.get(name).and_then(|value| value.trim().parse::<i64>().ok());
    if number("x-rate-limit-limit") == Some(0) && number("x-rate-limit-remaining") == Some(0) {
        let most = doubled(FIRST_CONCURRENT, history.tries);
        return Decision::Wait(jitter(most), WaitReason::Concurrency);
    }
    let date = headers.get("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let now = date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok()).map(|now| now.as_secs() as i64);
    if let (Some(reset), Some(now)) = (number("x-rate-limit-reset"), now)
        && let Ok(wait @ 0..=ABSURD) = u64::try_from(reset.saturating_sub(now))
    {
        return Decision::Wait(Duration::from_secs(wait) + AFTER_RESET + jitter(AFTER_RESET), WaitReason::RateLimit);
    }
    match retry_after(headers) {
        Some(wait) => Decision::Wait(wait + jitter(AFTER_RESET), WaitReason::Asked),
        None => Decision::Wait(exponential(FIRST_CONCURRENT, history.tries, jitter), WaitReason::RateLimit),
    }
}

/// `Retry-After`, given in seconds or as a date by the server's clock (RFC 9110, 10.2.3).
fn retry_after(headers: &Headers) -> Option<Duration> {
    let value = headers.get("retry-after")?.trim();
    let wait = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let now = httpdate::parse_http_date(headers.get("date")?.trim()).ok()?;
            httpdate::parse_http_date(value).ok()?.duration_since(now).ok()?
        }
    };
    (wait.as_secs() <= ABSURD).then_some(wait)
}

/// A random wait between half and all of one that doubles with each attempt.
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
        decide(&AttemptResult::Answer(status, &headers(pairs)), repeatable, history, &NO)
    }

    const FIRST_TRY: History =
        History { tries: 1, unreached: 0, internal_errors: 0, elapsed: Duration::ZERO, host_known: true };

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
            for status in [502, 503, 504] {
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
            let failure = |failure: Error| decide(&AttemptResult::Failure(&failure), repeatable, FIRST_TRY, &NO);
            assert_eq!(failure(broken()), when(wait(125, WaitReason::Lost)));
            assert_eq!(failure(Error::sent(Problem::CutShort)), when(wait(125, WaitReason::Lost)));
            assert_eq!(failure(Error::sent(Problem::Silent)), when(wait(125, WaitReason::Lost)));
            assert_eq!(failure(Error::sent(Problem::TooSlow)), when(wait(125, WaitReason::Lost)));
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
        let decide = |history| decide(&AttemptResult::Failure(&failure), true, history, &NO);
        let unknown = History { host_known: false, unreached: 1, ..FIRST_TRY };
        assert!(matches!(decide(unknown), Decision::Wait(..)));
        assert_eq!(decide(History { unreached: 3, ..unknown }), Decision::GiveUp);
        assert_eq!(decide(History { elapsed: Duration::from_secs(10), ..unknown }), Decision::GiveUp);
        assert!(matches!(decide(History { host_known: true, unreached: 9, ..unknown }), Decision::Wait(..)));
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
        let verdict = decide(
            &AttemptResult::Answer(429, &headers(&concurrency)),
            false,
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
