//! The one policy on trying again (okta-api.md, Rate limits and Retrying): what happened, whether
//! the operation may be repeated, and what came before decide; handlers have no say.

use std::time::{Duration, SystemTime};

use crate::transport::{Cause, Failure, Headers};

/// So often an unreachable host is tried that has never answered, and no longer than [`UNREACHED_FOR`].
pub const UNREACHED_TRIES: u32 = 3;
/// See [`UNREACHED_TRIES`].
pub const UNREACHED_FOR: Duration = Duration::from_secs(10);
/// So often a 500 is tried again.
const AFTER_500: u32 = 2;
/// The first wait after a lost or unavailable answer.
const FIRST: Duration = Duration::from_millis(250);
/// The first wait at the limit of concurrent requests.
const FIRST_CONCURRENT: Duration = Duration::from_secs(1);
/// The longest wait that is not the server's wish.
const LONGEST: Duration = Duration::from_secs(30);
/// A limit that lasts longer than that is no limit per minute: the header is absurd.
const ABSURD: u64 = 3600;
/// Beyond the reset, so that the window has really begun.
const AFTER_RESET: Duration = Duration::from_secs(1);

/// What came of an attempt.
pub enum Happened<'a> {
    /// An answer.
    Answer(u16, &'a Headers),
    /// None, or a part of one.
    Failure(&'a Failure),
}

/// What came before.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    /// Attempts so far, this one included.
    pub tries: u32,
    /// Attempts that did not even reach the host.
    pub unreached: u32,
    /// Answers of 500.
    pub internal_errors: u32,
    /// Since the first attempt.
    pub elapsed: Duration,
    /// Whether the host has ever answered.
    pub host_known: bool,
}

/// Why to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The rate limit's window.
    RateLimit,
    /// Too many requests at a time.
    Concurrency,
    /// The server asked to (`Retry-After`).
    Asked,
    /// 5xx.
    Unavailable,
    /// The answer was lost.
    Lost,
    /// The host cannot be reached.
    Unreachable,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: this is the answer.
    Final,
    /// Wait, then send again.
    Wait(Duration, Why),
}

/// Decides. `jitter` gives a random duration up to the one it is given.
pub fn judge(
    happened: &Happened<'_>,
    repeatable: bool,
    history: History,
    jitter: &dyn Fn(Duration) -> Duration,
) -> Verdict {
    let backoff = |why| Verdict::Wait(exponential(FIRST, history.tries, jitter), why);
    match happened {
        Happened::Answer(429, headers) => rate_limit(headers, history, jitter),
        Happened::Answer(status @ (502..=504), headers) if repeatable => match retry_after(headers) {
            Some(wait) if *status == 503 => Verdict::Wait(wait + jitter(FIRST_CONCURRENT), Why::Asked),
            _ => backoff(Why::Unavailable),
        },
        Happened::Answer(500, _) if repeatable && history.internal_errors <= AFTER_500 => backoff(Why::Unavailable),
        Happened::Answer(..) => Verdict::Final,
        Happened::Failure(failure) => match &failure.cause {
            Cause::Tls(_) | Cause::NotRecorded { .. } | Cause::Malformed { .. } => Verdict::Final,
            Cause::Proxy { problem: crate::transport::ProxyProblem::Credentials, .. } => Verdict::Final,
            _ if !failure.sent => {
                let patient =
                    history.host_known || history.unreached < UNREACHED_TRIES && history.elapsed < UNREACHED_FOR;
                if patient { backoff(Why::Unreachable) } else { Verdict::Final }
            }
            _ if repeatable => backoff(Why::Lost),
            _ => Verdict::Final,
        },
    }
}

fn rate_limit(headers: &Headers, history: History, jitter: &dyn Fn(Duration) -> Duration) -> Verdict {
    let number = |name| headers.get(name).and_then(|value| value.trim().parse::<i64>().ok());
    if number("x-rate-limit-limit") == Some(0) && number("x-rate-limit-remaining") == Some(0) {
        let most = doubled(FIRST_CONCURRENT, history.tries);
        return Verdict::Wait(jitter(most), Why::Concurrency);
    }
    let date = headers.get("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let now = date.and_then(|date| date.duration_since(SystemTime::UNIX_EPOCH).ok()).map(|now| now.as_secs() as i64);
    if let (Some(reset), Some(now)) = (number("x-rate-limit-reset"), now)
        && let Ok(wait @ 0..=ABSURD) = u64::try_from(reset.saturating_sub(now))
    {
        return Verdict::Wait(Duration::from_secs(wait) + AFTER_RESET + jitter(AFTER_RESET), Why::RateLimit);
    }
    match retry_after(headers) {
        Some(wait) => Verdict::Wait(wait + jitter(AFTER_RESET), Why::Asked),
        None => Verdict::Wait(exponential(FIRST_CONCURRENT, history.tries, jitter), Why::RateLimit),
    }
}

/// `Retry-After` in seconds, or as a date by the server's clock (RFC 9110, 10.2.3).
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

/// Between half and all of a wait that doubles with each try.
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
    use crate::transport::{ProxyProblem, TlsProblem};

    const NO: fn(Duration) -> Duration = |_| Duration::ZERO;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        Headers(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    fn after_answer(status: u16, pairs: &[(&str, &str)], repeatable: bool, history: History) -> Verdict {
        judge(&Happened::Answer(status, &headers(pairs)), repeatable, history, &NO)
    }

    const FIRST_TRY: History =
        History { tries: 1, unreached: 0, internal_errors: 0, elapsed: Duration::ZERO, host_known: true };

    /// okta-api.md, Retrying: every cell of the table.
    #[test]
    fn every_cell_of_the_table() {
        let wait = |millis, why| Verdict::Wait(Duration::from_millis(millis), why);
        let broken = || Failure::sent(Cause::Lost { reason: String::new() });
        let refused = || Failure::unsent(Cause::Unreachable { host: String::new(), reason: String::new() });
        for repeatable in [true, false] {
            let when = |verdict| if repeatable { verdict } else { Verdict::Final };
            assert_eq!(after_answer(429, &[("retry-after", "7")], repeatable, FIRST_TRY), wait(7000, Why::Asked));
            for status in [502, 503, 504] {
                assert_eq!(
                    after_answer(status, &[], repeatable, FIRST_TRY),
                    when(wait(125, Why::Unavailable)),
                    "{status}"
                );
            }
            let once = History { internal_errors: 1, ..FIRST_TRY };
            assert_eq!(after_answer(500, &[], repeatable, once), when(wait(125, Why::Unavailable)));
            let thrice = History { internal_errors: 3, tries: 3, ..FIRST_TRY };
            assert_eq!(after_answer(500, &[], repeatable, thrice), Verdict::Final);
            for status in [400, 401, 403, 404, 405, 409, 410, 413, 422, 501, 505, 302] {
                assert_eq!(after_answer(status, &[], repeatable, FIRST_TRY), Verdict::Final, "{status}");
            }
            let failure = |failure: Failure| judge(&Happened::Failure(&failure), repeatable, FIRST_TRY, &NO);
            assert_eq!(failure(broken()), when(wait(125, Why::Lost)));
            assert_eq!(failure(Failure::sent(Cause::CutShort)), when(wait(125, Why::Lost)));
            assert_eq!(failure(Failure::sent(Cause::Silent)), when(wait(125, Why::Lost)));
            assert_eq!(failure(Failure::sent(Cause::TooSlow)), when(wait(125, Why::Lost)));
            assert_eq!(failure(refused()), wait(125, Why::Unreachable));
            assert_eq!(
                failure(Failure::unsent(Cause::UnknownHost { host: String::new() })),
                wait(125, Why::Unreachable)
            );
            assert_eq!(failure(Failure::unsent(Cause::HandshakeCut)), wait(125, Why::Unreachable));
            assert_eq!(failure(Failure::unsent(Cause::Tls(TlsProblem::NotTls))), Verdict::Final);
            let proxy = |problem| Failure::unsent(Cause::Proxy { proxy: String::new(), problem });
            assert_eq!(failure(proxy(ProxyProblem::Credentials)), Verdict::Final);
            assert_eq!(failure(proxy(ProxyProblem::Dead { reason: String::new() })), wait(125, Why::Unreachable));
        }
    }

    #[test]
    fn an_unknown_host_is_not_tried_for_long() {
        let failure = Failure::unsent(Cause::HandshakeCut);
        let judge = |history| judge(&Happened::Failure(&failure), true, history, &NO);
        let unknown = History { host_known: false, unreached: 1, ..FIRST_TRY };
        assert!(matches!(judge(unknown), Verdict::Wait(..)));
        assert_eq!(judge(History { unreached: 3, ..unknown }), Verdict::Final);
        assert_eq!(judge(History { elapsed: Duration::from_secs(10), ..unknown }), Verdict::Final);
        assert!(matches!(judge(History { host_known: true, unreached: 9, ..unknown }), Verdict::Wait(..)));
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
            assert_eq!(verdict, Verdict::Wait(expected, Why::RateLimit), "{reset}");
        }
        let concurrency = [
            ("x-rate-limit-limit", "0"),
            ("x-rate-limit-remaining", "0"),
            ("x-rate-limit-reset", "1893456042"),
            ("date", date),
        ];
        let full = |most: Duration| most;
        let verdict =
            judge(&Happened::Answer(429, &headers(&concurrency)), false, History { tries: 3, ..FIRST_TRY }, &full);
        assert_eq!(verdict, Verdict::Wait(Duration::from_secs(4), Why::Concurrency));
    }

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let full = |most: Duration| most;
        for (tries, millis) in [(1, 250), (2, 500), (3, 1000), (7, 16_000), (8, 30_000), (40, 30_000)] {
            assert_eq!(exponential(FIRST, tries, &full), Duration::from_millis(millis), "{tries}");
        }
    }
}
