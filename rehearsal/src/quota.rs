//! The org's rate limit: so many requests in a window, for everybody together, with an account of
//! who met it how often (okta-api.md, «Rate limits»).

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

/// Windows begin with the first request's second and follow each other from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub requests: u64,
    /// Seconds.
    pub window_s: u64,
}

/// What a request got of the limit, and what the headers say about it.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub granted: bool,
    pub limit: u64,
    pub remaining: u64,
    /// Epoch seconds, whole as Okta's are.
    pub reset: u64,
}

/// What the limit has seen of each token.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    first_second: Option<u64>,
    used: HashMap<u64, u64>,
    /// The windows of each token's first and last request.
    lives: HashMap<String, (u64, u64)>,
    refusals: BTreeMap<(String, u64), u64>,
    last: Option<Share>,
}

/// The account of all windows so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaAccount {
    pub windows: u64,
    pub refused: u64,
    /// Windows that each token lived through, summed over the tokens.
    pub process_windows: u64,
    /// The most refusals that one token met in one window.
    pub most_refused: u64,
    /// Tokens seen.
    pub processes: u64,
    /// Refusals by token and window.
    pub refusals: Vec<Refusals>,
}

/// Refusals that one token met in one window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// Not the token itself: its place among those refused.
    pub token: usize,
    pub window: u64,
    pub refused: u64,
}

/// What the headers say where no quota is set: nobody meets it.
const PLENTY: u64 = 100_000;

impl Ledger {
    /// `now` in epoch seconds.
    pub fn take(&mut self, quota: Option<Quota>, token: &str, now: u64) -> Share {
        let share = self.share(quota, token, now);
        self.last = Some(share);
        share
    }

    /// What the headers said last; before the first request, that there is plenty.
    pub(crate) fn last(&self, now: u64) -> Share {
        self.last.unwrap_or(Share { granted: true, limit: PLENTY, remaining: PLENTY, reset: now / 60 * 60 + 60 })
    }

    fn share(&mut self, quota: Option<Quota>, token: &str, now: u64) -> Share {
        let Some(quota) = quota else {
            return Share { granted: true, limit: PLENTY, remaining: PLENTY - 1, reset: now / 60 * 60 + 60 };
        };
        let window_s = quota.window_s.max(1);
        let first_second = *self.first_second.get_or_insert(now);
        let window = now.saturating_sub(first_second) / window_s;
        let life = self.lives.entry(token.to_owned());
        life.and_modify(|life| life.1 = window).or_insert((window, window));
        let used = self.used.entry(window).or_default();
        let granted = *used < quota.requests;
        *used += u64::from(granted);
        let remaining = quota.requests - *used;
        if !granted {
            *self.refusals.entry((token.to_owned(), window)).or_default() += 1;
        }
        Share { granted, limit: quota.requests, remaining, reset: first_second + (window + 1) * window_s }
    }

    pub fn account(&self) -> QuotaAccount {
        let mut tokens: Vec<&str> = self.refusals.keys().map(|(token, _)| token.as_str()).collect();
        tokens.dedup();
        let place = |token: &str| tokens.iter().position(|known| *known == token).unwrap_or_default();
        let refusals = self.refusals.iter();
        QuotaAccount {
            windows: self.used.len() as u64,
            refused: self.refusals.values().sum(),
            process_windows: self.lives.values().map(|(first, last)| last - first + 1).sum(),
            most_refused: self.refusals.values().copied().max().unwrap_or(0),
            processes: self.lives.len() as u64,
            refusals: refusals
                .map(|((token, window), refused)| Refusals { token: place(token), window: *window, refused: *refused })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ledger, Quota};

    #[test]
    fn a_window_gives_what_it_has_and_the_next_one_again() {
        let (quota, mut ledger) = (Some(Quota { requests: 2, window_s: 10 }), Ledger::default());
        let granted: Vec<bool> =
            [100, 101, 102, 109, 110].map(|now| ledger.take(quota, "a", now).granted).into_iter().collect();
        assert_eq!(granted, [true, true, false, false, true]);
        let share = ledger.take(quota, "b", 111);
        assert_eq!((share.granted, share.remaining, share.reset), (true, 0, 120));
        let account = ledger.account();
        assert_eq!((account.refused, account.most_refused, account.windows, account.processes), (2, 2, 2, 2));
        assert_eq!(account.process_windows, 3);
    }
}
