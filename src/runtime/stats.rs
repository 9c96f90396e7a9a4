//! Statistics of a run: requests, waits, and the rate limit as last seen. Support and operators need them after a
//! success too.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::lock::lock;

/// The counters of a run.
#[derive(Clone, Default)]
pub struct Stats(Arc<Mutex<Counters>>);

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
    /// Number of requests allowed per window.
    pub limit: u64,
    /// Number of requests left in the current window.
    pub remaining: u64,
    /// Number of seconds until the window ends, by the server's clock; omitted if the response did not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    pub reset_seconds: Option<u64>,
}

/// Requests, waits and the rate limit of one parameter set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Summary {
    /// Number of requests sent, including retries and polls.
    pub requests: u64,
    /// Number of requests that were retries.
    pub retries: u64,
    /// Number of seconds spent waiting before retries and for rate limits, rounded up.
    pub waited_seconds: u64,
    /// The rate limit as last described by a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    pub rate_limit: Option<RateLimit>,
    /// The server's id of the last request that got a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(default)]
    pub request_id: Option<String>,
}

impl Stats {
    /// Counts a request.
    pub fn request(&self, is_retry: bool) {
        let mut counters = lock(&self.0);
        counters.requests += 1;
        counters.retries += u64::from(is_retry);
    }

    /// Records a response, with its request id and rate limit if it has them.
    pub fn response(&self, request_id: Option<String>, rate_limit: Option<RateLimit>) {
        let mut counters = lock(&self.0);
        counters.request_id = request_id;
        if rate_limit.is_some() {
            counters.rate_limit = rate_limit;
        }
    }

    /// Counts a wait; `for_limit` if a limit of the API was the reason.
    pub fn wait(&self, waited: Duration, for_limit: bool) {
        let mut counters = lock(&self.0);
        counters.waited += waited;
        if for_limit {
            counters.limited += waited;
        }
    }

    /// Total time spent waiting for limits of the API.
    pub fn limited(&self) -> Duration {
        lock(&self.0).limited
    }

    /// The statistics so far.
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
