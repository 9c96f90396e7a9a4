//! What a run took: requests, waits, and how far the other side's limit was when it was last seen.
//! Support and fleet operators ask for exactly this, on a success too.

use std::sync::Mutex;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::lock::lock;

/// The counters of a run.
#[derive(Default)]
pub struct Stats(Mutex<Counters>);

#[derive(Default)]
struct Counters {
    requests: u64,
    retries: u64,
    waited: Duration,
    limited: Duration,
    rate_limit: Option<RateLimit>,
    request_id: Option<String>,
}

/// A rate limit as a response described it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests allowed in a window.
    pub limit: u64,
    /// Requests left in the current window.
    pub remaining: u64,
    /// Seconds until the window ends, by the server's clock; left out if the response did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    pub reset_seconds: Option<u64>,
}

/// Requests, waits and the rate limit of one parameter set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Summary {
    /// Requests sent, retries and polls included.
    pub requests: u64,
    /// Requests that were retries of an earlier one.
    pub retries: u64,
    /// Seconds spent waiting before retries and for rate limits, rounded up.
    pub waited_seconds: u64,
    /// The rate limit as the last response described it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    pub rate_limit: Option<RateLimit>,
    /// The server's id of the last request that it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    pub request_id: Option<String>,
}

impl Stats {
    /// A request is sent.
    pub fn request(&self, is_retry: bool) {
        let mut counters = lock(&self.0);
        counters.requests += 1;
        counters.retries += u64::from(is_retry);
    }

    /// A response has come, with this id and limit as far as it has them.
    pub fn response(&self, request_id: Option<String>, rate_limit: Option<RateLimit>) {
        let mut counters = lock(&self.0);
        counters.request_id = request_id;
        if rate_limit.is_some() {
            counters.rate_limit = rate_limit;
        }
    }

    /// The run has waited; `for_limit` if a limit of the other side was the reason.
    pub fn wait(&self, waited: Duration, for_limit: bool) {
        let mut counters = lock(&self.0);
        counters.waited += waited;
        if for_limit {
            counters.limited += waited;
        }
    }

    /// How long limits of the other side were waited for in all.
    pub fn limited(&self) -> Duration {
        lock(&self.0).limited
    }

    /// Everything so far.
    pub fn summary(&self) -> Summary {
        let counters = lock(&self.0);
        Summary {
            requests: counters.requests,
            retries: counters.retries,
            waited_seconds: counters.waited.as_millis().div_ceil(1000) as u64,
            rate_limit: counters.rate_limit.clone(),
            request_id: counters.request_id.clone(),
        }
    }
}
