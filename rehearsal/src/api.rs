//! What the org answers: one function per endpoint, found by method and path.

mod apps;
mod authenticators;
pub(crate) mod call;
mod challenges;
mod devices;
mod factors;
mod groups;
mod lifecycle;
mod logs;
mod members;
mod page;
mod password;
mod providers;
mod risk;
mod roles;
mod rules;
mod scim;
mod single;
mod tokens;
mod user_list;
mod users;
mod zones;

use serde_json::Value;

use crate::clock::http_date;
use crate::org::Org;
use crate::server::{Answer, Reply, Seen, Step};
use call::{Call, Outcome, Refusal, matched, parameters, segments};

type Endpoint = fn(&mut Org, &Call<'_>) -> Outcome;

/// What comes of sending a request twice (okta-api.md, «Operations»).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Nothing: it changes nothing.
    Read,
    /// The same state as of sending it once: marked R.
    Repeatable,
    /// Something else, or that is not said.
    Once,
}

use Repeat::{Once, Read, Repeatable};

/// Every endpoint; `{}` stands for one segment. Of two that fit the first is taken.
const ENDPOINTS: &[(&str, &str, Repeat, Endpoint)] = &[
    ("GET", "/api/v1/users", Read, user_list::list),
    ("POST", "/api/v1/users", Once, users::create),
    ("GET", "/api/v1/users/{}", Read, users::get),
    ("POST", "/api/v1/users/{}", Repeatable, users::update),
    ("PUT", "/api/v1/users/{}", Once, users::replace),
    ("DELETE", "/api/v1/users/{}", Once, users::delete),
    ("GET", "/api/v1/users/{}/blocks", Read, users::blocks),
    ("DELETE", "/api/v1/users/{}/sessions", Repeatable, users::clear_sessions),
    ("GET", "/api/v1/users/{}/grants", Read, users::grants),
    ("DELETE", "/api/v1/users/{}/grants", Repeatable, users::revoke_grants),
    ("POST", "/oauth2/v1/global-token-revocation", Repeatable, users::universal_logout),
    ("POST", "/api/v1/users/{}/lifecycle/suspend", Repeatable, lifecycle::suspend),
    ("POST", "/api/v1/users/{}/lifecycle/unsuspend", Repeatable, lifecycle::unsuspend),
    ("POST", "/api/v1/users/{}/lifecycle/activate", Once, lifecycle::activate),
    ("POST", "/api/v1/users/{}/lifecycle/reactivate", Once, lifecycle::reactivate),
    ("POST", "/api/v1/users/{}/lifecycle/deactivate", Repeatable, lifecycle::deactivate),
    ("POST", "/api/v1/users/{}/lifecycle/unlock", Repeatable, lifecycle::unlock),
    ("POST", "/api/v1/users/{}/lifecycle/reset_factors", Repeatable, lifecycle::reset_factors),
    ("POST", "/api/v1/users/{}/lifecycle/expire_password", Repeatable, password::expire),
    ("POST", "/api/v1/users/{}/lifecycle/expire_password_with_temp_password", Once, password::expire_with_temporary),
    ("POST", "/api/v1/users/{}/lifecycle/reset_password", Once, password::reset),
    ("POST", "/api/v1/users/{}/credentials/change_password", Once, password::change),
    ("GET", "/api/v1/users/{}/groups", Read, members::groups_of_user),
    ("GET", "/api/v1/groups/{}/users", Read, members::list),
    ("PUT", "/api/v1/groups/{}/users/{}", Repeatable, members::add),
    ("DELETE", "/api/v1/groups/{}/users/{}", Repeatable, members::remove),
    ("GET", "/api/v1/users/{}/roles", Read, roles::list),
    ("POST", "/api/v1/users/{}/roles", Repeatable, roles::assign),
    ("GET", "/api/v1/users/{}/roles/{}", Read, roles::get),
    ("DELETE", "/api/v1/users/{}/roles/{}", Repeatable, roles::unassign),
    ("GET", "/api/v1/users/{}/factors", Read, factors::list),
    ("POST", "/api/v1/users/{}/factors", Once, factors::enroll),
    ("GET", "/api/v1/users/{}/factors/{}", Read, factors::get),
    ("DELETE", "/api/v1/users/{}/factors/{}", Repeatable, factors::reset),
    ("POST", "/api/v1/users/{}/factors/{}/verify", Once, challenges::verify),
    ("GET", "/api/v1/users/{}/factors/{}/transactions/{}", Read, challenges::poll),
    ("DELETE", "/api/v1/users/{}/factors/{}/transactions/{}", Repeatable, challenges::cancel),
    ("GET", "/api/v1/groups/rules", Read, rules::list),
    ("POST", "/api/v1/groups/rules", Once, rules::create),
    ("GET", "/api/v1/groups", Read, groups::list),
    ("POST", "/api/v1/groups", Once, groups::add),
    ("GET", "/api/v1/groups/{}", Read, groups::get),
    ("PUT", "/api/v1/groups/{}", Once, groups::replace),
    ("DELETE", "/api/v1/groups/{}", Once, groups::delete),
    ("GET", "/api/v1/idps", Read, providers::list),
    ("GET", "/api/v1/idps/{}", Read, providers::get),
    ("DELETE", "/api/v1/idps/{}", Once, providers::delete),
    ("GET", "/api/v1/logs", Read, logs::list),
    ("GET", "/api/v1/zones", Read, zones::list),
    ("POST", "/api/v1/zones", Once, zones::create),
    ("GET", "/api/v1/zones/{}", Read, zones::get),
    ("PUT", "/api/v1/zones/{}", Once, zones::replace),
    ("DELETE", "/api/v1/zones/{}", Once, zones::delete),
    ("POST", "/api/v1/zones/{}/lifecycle/activate", Once, zones::activate),
    ("POST", "/api/v1/zones/{}/lifecycle/deactivate", Once, zones::deactivate),
    ("GET", "/api/v1/devices", Read, devices::list),
    ("GET", "/api/v1/devices/{}", Read, devices::get),
    ("DELETE", "/api/v1/devices/{}", Once, devices::delete),
    ("GET", "/api/v1/devices/{}/users", Read, devices::users),
    ("POST", "/api/v1/devices/{}/lifecycle/activate", Repeatable, devices::activate),
    ("POST", "/api/v1/devices/{}/lifecycle/deactivate", Repeatable, devices::deactivate),
    ("POST", "/api/v1/devices/{}/lifecycle/suspend", Repeatable, devices::suspend),
    ("POST", "/api/v1/devices/{}/lifecycle/unsuspend", Repeatable, devices::unsuspend),
    ("GET", "/api/v1/users/{}/devices", Read, devices::of_user),
    ("GET", "/api/v1/users/{}/risk", Read, risk::get),
    ("PUT", "/api/v1/users/{}/risk", Repeatable, risk::set),
    ("GET", "/api/v1/authenticators", Read, authenticators::list),
    ("POST", "/api/v1/users/{}/authenticator-enrollments/tac", Once, authenticators::issue_access_code),
    ("GET", "/api/v1/api-tokens", Read, tokens::list),
    ("GET", "/api/v1/api-tokens/{}", Read, tokens::get),
    ("DELETE", "/api/v1/api-tokens/{}", Once, tokens::revoke),
    ("GET", "/api/v1/apps", Read, apps::list),
    ("GET", "/api/v1/apps/{}", Read, apps::get),
    ("GET", "/api/v1/users/{}/appLinks", Read, apps::links),
    ("GET", "/api/v1/apps/{}/users/{}", Read, apps::user),
    ("DELETE", "/api/v1/apps/{}/users/{}", Repeatable, apps::unassign_user),
    ("GET", "/api/v1/apps/{}/groups/{}", Read, apps::group),
    ("DELETE", "/api/v1/apps/{}/groups/{}", Repeatable, apps::unassign_group),
];

/// The endpoint of a request, and what stands for its `{}`.
fn find<'a>(method: &str, segments: &'a [String]) -> Option<(Repeat, Endpoint, Vec<&'a str>)> {
    let fits = ENDPOINTS.iter().filter(|(own, ..)| *own == method);
    fits.filter_map(|(_, path, repeat, endpoint)| Some((*repeat, *endpoint, matched(path, segments)?))).next()
}

/// What comes of sending a request twice; `None` where no endpoint takes it.
pub fn repeat(seen: &Seen) -> Option<Repeat> {
    find(&seen.method, &segments(seen.path())).map(|(repeat, ..)| repeat)
}

impl Org {
    /// Does what a request asks for and answers it, as Okta would. The answer is not compressed.
    pub fn answer(&mut self, seen: &Seen) -> Answer {
        self.answered += 1;
        let token = seen.header("authorization").unwrap_or_default().to_owned();
        let now = self.clock.seconds();
        let share = self.ledger.take(self.quota, &token, now);
        let answer = match share.granted {
            true => self.authenticated(seen, &token).unwrap_or_else(|refusal| refusal.0),
            // okta-api.md, «Rate limits»: the request was not carried out.
            false => Answer::error(429, "E0000047", "API call exceeded rate limit due to too many requests.", ""),
        };
        self.stamped(answer)
    }

    /// Answers, compressed where the client asks for it.
    pub fn reply(&mut self, seen: &Seen) -> Reply {
        let answer = self.answer(seen);
        vec![Step::Send(self.compressed(answer, seen).bytes())]
    }

    pub(crate) fn compressed(&self, answer: Answer, seen: &Seen) -> Answer {
        let done = answer.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
        match self.takes_gzip(seen) && !done {
            true => answer.gzipped(),
            false => answer,
        }
    }

    pub(crate) fn takes_gzip(&self, seen: &Seen) -> bool {
        self.gzip && seen.header("accept-encoding").is_some_and(|value| value.contains("gzip"))
    }

    /// With what every answer of Okta's has: the org's date, an id of its own for the request and
    /// the error, and the state of the rate limit (okta-api.md, «Conventions», «Rate limits»).
    pub(crate) fn stamped(&self, mut answer: Answer) -> Answer {
        if answer.status >= 400 {
            let id = format!("\"errorId\":\"oae{}\"", &self.request_id()[3..]);
            let body = String::from_utf8_lossy(&answer.body).replace("\"errorId\":\"oaeTest\"", &id);
            answer.body = body.into_bytes();
        }
        if answer.body.is_empty() {
            answer = answer.without("Content-Type");
        }
        if !answer.headers.iter().any(|(name, _)| name == "X-Rate-Limit-Limit") {
            let share = self.ledger.last(self.clock.seconds());
            answer = answer
                .header("X-Rate-Limit-Limit", share.limit.to_string())
                .header("X-Rate-Limit-Remaining", share.remaining.to_string())
                .header("X-Rate-Limit-Reset", share.reset.to_string());
        }
        answer.header("Date", http_date(self.clock.seconds())).header("X-Okta-Request-Id", self.request_id())
    }

    fn authenticated(&mut self, seen: &Seen, token: &str) -> Outcome {
        match &self.token {
            // Okta's SDK for Python (3.4.6) sends no space after the scheme, and is used with real
            // orgs: they must take it (inferred from that, not tried).
            Some(own) if token.strip_prefix("SSWS").map(str::trim_start) != Some(own) => {
                return Err(Refusal::new(401, "E0000011", "Invalid token provided"));
            }
            None if token.is_empty() => return Err(Refusal::new(401, "E0000011", "Invalid token provided")),
            _ => {}
        }
        let body = match seen.body.as_slice() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes)
                .map_err(|_| Refusal::new(400, "E0000003", "The request body was not well-formed."))?,
        };
        let segments = segments(seen.path());
        if let Some((_, endpoint, arguments)) = find(&seen.method, &segments) {
            let arguments = arguments.into_iter().map(str::to_owned).collect();
            let call = Call { seen, arguments, query: parameters(seen.query()), body };
            return endpoint(self, &call);
        }
        if crate::verify::operation(&seen.method, &segments).is_some() {
            return Err(Refusal::unknown(&format!("{} {}", seen.method, seen.path())));
        }
        if ENDPOINTS.iter().any(|(_, path, ..)| matched(path, &segments).is_some()) {
            return Err(Refusal::new(405, "E0000022", "The endpoint does not support the provided HTTP method"));
        }
        Err(Refusal::new(404, "E0000008", "The requested path was not found"))
    }
}
