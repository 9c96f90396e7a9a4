//! Limits in response headers: Okta's rate limit headers, whose times are by Okta's clock, and `Retry-After`
//! (okta-api.md, Rate limits).

use std::time::{Duration, SystemTime};

use crate::runtime::stats::RateLimit;
use crate::runtime::transport::Headers;

/// Maximum plausible wait in seconds for limits per minute; a header with a longer one is ignored.
const ABSURD: u64 = 3600;

/// The rate limit as a response describes it; `None` if it does not, or if it is about the limit of concurrent
/// requests, which has no numbers of its own.
pub fn rate_limit(headers: &Headers) -> Option<RateLimit> {
    let (limit, remaining) = (number(headers, "x-rate-limit-limit")?, number(headers, "x-rate-limit-remaining")?);
    let (limit, remaining) = (u64::try_from(limit).ok()?, u64::try_from(remaining).ok()?);
    (limit > 0).then(|| RateLimit { limit, remaining, reset_seconds: reset(headers).map(|wait| wait.as_secs()) })
}

/// Whether a 429 comes from the limit of concurrent requests.
pub fn is_concurrency(headers: &Headers) -> bool {
    let is_zero = |name| number(headers, name) == Some(0);
    is_zero("x-rate-limit-limit") && is_zero("x-rate-limit-remaining")
}

/// Time until the current window of the rate limit ends.
pub fn reset(headers: &Headers) -> Option<Duration> {
    let date = httpdate::parse_http_date(headers.get("date")?.trim()).ok()?;
    let now = date.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let left = number(headers, "x-rate-limit-reset")?.checked_sub_unsigned(now)?;
    u64::try_from(left).ok().filter(|seconds| *seconds <= ABSURD).map(Duration::from_secs)
}

/// `Retry-After`, given in seconds or as a date by the server's clock (RFC 9110, 10.2.3).
pub fn retry_after(headers: &Headers) -> Option<Duration> {
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

fn number(headers: &Headers, name: &str) -> Option<i64> {
    headers.get(name).and_then(|value| value.trim().parse().ok())
}
