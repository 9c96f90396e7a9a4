//! The share of each rate limit that is left to others (`rate_limit_reserve`). Okta counts the endpoints of a family
//! together; limit and reset time of a response tell which family it was (okta-api.md, Rate limits).

use std::sync::Mutex;
use std::time::Duration;

use super::limit;
use crate::runtime::lock::lock;
use crate::runtime::transport::{Headers, Method};

/// Added to the end of a window, whose times are in whole seconds.
const MARGIN: Duration = Duration::from_secs(1);

/// What is left of the limits that this process has seen.
pub struct Reserve {
    percent: u64,
    seen: Mutex<Vec<Endpoint>>,
}

/// An endpoint and the window that its last response was in.
struct Endpoint {
    name: String,
    window: Window,
}

/// A window of a family's limit: two endpoints with the same limit and reset time are of one family.
#[derive(Clone, Copy)]
struct Window {
    limit: u64,
    /// The reset time as the response gave it.
    reset: i64,
    /// Its end on the clock, as the first of its responses gave it.
    until: Duration,
    remaining: u64,
}

impl Window {
    fn is(&self, other: &Window) -> bool {
        (self.limit, self.reset) == (other.limit, other.reset)
    }
}

impl Reserve {
    /// Leaves `percent` of each limit to others; nothing if it is 0.
    pub fn new(percent: u64) -> Self {
        Reserve { percent, seen: Mutex::default() }
    }

    /// The percentage.
    pub fn percent(&self) -> u64 {
        self.percent
    }

    /// Learns from the response of an endpoint, at `now` on the clock.
    pub fn learn(&self, method: Method, path: &str, headers: &Headers, now: Duration) {
        if self.percent == 0 {
            return;
        }
        let (Some(rate), Some(reset), Some(left)) =
            (limit::rate_limit(headers), limit::reset_time(headers), limit::reset(headers))
        else {
            return;
        };
        let mut window = Window { limit: rate.limit, reset, until: now + left + MARGIN, remaining: rate.remaining };
        let name = endpoint(method, path);
        let mut seen = lock(&self.seen);
        for same in seen.iter_mut().map(|endpoint| &mut endpoint.window) {
            if same.is(&window) {
                // Responses may overtake each other.
                same.remaining = same.remaining.min(window.remaining);
                window = *same;
            }
        }
        match seen.iter_mut().find(|known| known.name == name) {
            Some(known) => known.window = window,
            None => seen.push(Endpoint { name, window }),
        }
    }

    /// Until when, on the clock, nothing may be sent to an endpoint because only the reserve is left.
    pub fn until(&self, method: Method, path: &str, now: Duration) -> Option<Duration> {
        if self.percent == 0 {
            return None;
        }
        let name = endpoint(method, path);
        let seen = lock(&self.seen);
        let window = seen.iter().find(|known| known.name == name)?.window;
        let is_reserve = u128::from(window.remaining) * 100 <= u128::from(window.limit) * u128::from(self.percent);
        (is_reserve && now < window.until).then_some(window.until)
    }
}

/// The endpoint of a request: its path with `*` for everything that names an object.
fn endpoint(method: Method, path: &str) -> String {
    const WORDS: &[&str] = &[
        "api",
        "v1",
        "users",
        "groups",
        "roles",
        "idps",
        "factors",
        "verify",
        "transactions",
        "sessions",
        "lifecycle",
        "suspend",
        "unsuspend",
        "reset_password",
    ];
    let path = path.split('?').next().unwrap_or_default();
    let segments = path.split('/').map(|segment| if WORDS.contains(&segment) { segment } else { "*" });
    format!("{method} {}", segments.collect::<Vec<_>>().join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// A response at the start of a minute, whose window ends so many seconds later.
    fn response(limit: u64, remaining: u64, seconds: u64) -> Headers {
        let header = |name: &str, value: String| (name.to_owned(), value);
        Headers(vec![
            header("date", "Wed, 25 Nov 2026 00:00:00 GMT".to_owned()),
            header("x-rate-limit-limit", limit.to_string()),
            header("x-rate-limit-remaining", remaining.to_string()),
            header("x-rate-limit-reset", (1_795_564_800 + seconds).to_string()),
        ])
    }

    #[test]
    fn an_endpoint_waits_for_its_window_once_only_the_reserve_is_left() {
        let reserve = Reserve::new(25);
        let until = |path: &str, now: u32| reserve.until(Method::Get, path, now * SECOND);
        reserve.learn(Method::Get, "/api/v1/users/ada", &response(600, 151, 30), SECOND);
        assert_eq!(until("/api/v1/users/eve", 1), None);
        reserve.learn(Method::Get, "/api/v1/users/ada", &response(600, 150, 30), 2 * SECOND);
        // The first response of the window said when it ends.
        assert_eq!(until("/api/v1/users/eve?x=y", 2), Some(32 * SECOND));
        assert_eq!(until("/api/v1/groups/g", 2), None, "not seen yet");
        assert_eq!(until("/api/v1/users/eve", 32), None);
        // The window lasts longer than it said: no second pause in it.
        reserve.learn(Method::Get, "/api/v1/users/ada", &response(600, 100, 30), 33 * SECOND);
        assert_eq!(until("/api/v1/users/eve", 33), None);
        // In the next one, others may have used everything.
        reserve.learn(Method::Get, "/api/v1/users/ada", &response(600, 10, 90), 34 * SECOND);
        assert_eq!(until("/api/v1/users/eve", 34), Some(125 * SECOND));
    }

    #[test]
    fn endpoints_with_the_same_limit_and_reset_time_are_one_family() {
        let reserve = Reserve::new(10);
        for (path, limit, remaining) in
            [("/api/v1/users", 600, 100), ("/api/v1/groups", 500, 400), ("/api/v1/users/ada", 600, 60)]
        {
            reserve.learn(Method::Get, path, &response(limit, remaining, 20), Duration::ZERO);
        }
        let until = |path: &str| reserve.until(Method::Get, path, SECOND);
        assert_eq!(until("/api/v1/users"), Some(21 * SECOND));
        assert_eq!(until("/api/v1/users/eve"), Some(21 * SECOND));
        assert_eq!(until("/api/v1/groups"), None);
    }

    #[test]
    fn without_a_reserve_nothing_waits() {
        let reserve = Reserve::new(0);
        reserve.learn(Method::Get, "/api/v1/users", &response(600, 0, 20), Duration::ZERO);
        assert_eq!(reserve.until(Method::Get, "/api/v1/users", Duration::ZERO), None);
    }
}
