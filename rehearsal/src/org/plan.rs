//! What the seed decides about an org: sizes, names, ids.

use super::ids::{Ids, Kind};
use super::people::People;

/// Everything about an org that doesn't change.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub ids: Ids,
    pub people: People,
    /// Users that a list without conditions has.
    pub users: u64,
    /// DEPROVISIONED users on top, numbered after the others: only a filter or a search finds them
    /// (okta-api.md, «Operations», list users).
    pub former: u64,
    pub groups: u64,
    pub providers: u64,
    /// Epoch milliseconds at which the org was made.
    pub started: u64,
}

impl Plan {
    pub(crate) fn new(seed: u64, users: u64, groups: u64, providers: u64, started: u64) -> Plan {
        let ids = Ids::new(seed);
        let former = if users < 10 { 0 } else { users / 25 };
        Plan { seed, ids, people: People::new(ids), users, former, groups, providers, started }
    }

    pub fn user_id(&self, number: u64) -> String {
        self.ids.of(Kind::User, "00u", number)
    }

    pub fn group_id(&self, number: u64) -> String {
        self.ids.of(Kind::Group, "00g", number)
    }

    pub fn app_id(&self, number: u64) -> String {
        self.ids.of(Kind::App, "0oa", number)
    }

    pub fn provider_id(&self, number: u64) -> String {
        self.ids.of(Kind::Provider, "0oa", number)
    }

    pub fn device_id(&self, user: u64) -> String {
        self.ids.of(Kind::Device, "guo", user)
    }

    /// A moment between two, in epoch milliseconds, the same in every run.
    pub(crate) fn moment(&self, about: &str, number: u64, from: u64, to: u64) -> u64 {
        let span = to.saturating_sub(from) / 1000;
        from + self.ids.chance(about, number) % span.max(1) * 1000
    }
}
