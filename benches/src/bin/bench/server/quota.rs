//! The org's rate limit: so many requests in a window, for everybody together.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Windows begin with the first request's second and follow each other from there.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Quota {
    pub requests: u64,
    pub window_s: u64,
}

pub struct Share {
    pub granted: bool,
    pub remaining: u64,
    /// Epoch seconds, whole as Okta's are.
    pub reset: u64,
}

/// What the limit has seen of each process.
#[derive(Default)]
pub struct Ledger {
    first_second: Option<u64>,
    used: HashMap<u64, u64>,
    /// The windows of each process's first and last request.
    lives: HashMap<String, (u64, u64)>,
    refusals: HashMap<(String, u64), u64>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct QuotaAccount {
    pub windows: u64,
    pub refused: u64,
    /// Windows that each process lived through, summed over the processes.
    pub process_windows: u64,
    /// The most refusals that one process met in one window.
    pub most_refused: u64,
    pub processes: u64,
}

pub fn take(ledger: &Mutex<Ledger>, quota: Quota, process: &str) -> Share {
    let mut ledger = ledger.lock().unwrap_or_else(|e| e.into_inner());
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = since_epoch.map_or(0, |d| d.as_secs());
    let first_second = *ledger.first_second.get_or_insert(now);
    let window = (now - first_second) / quota.window_s;
    let life = ledger.lives.entry(process.to_owned());
    life.and_modify(|life| life.1 = window)
        .or_insert((window, window));
    let used = ledger.used.entry(window).or_default();
    let granted = *used < quota.requests;
    if granted {
        *used += 1;
    }
    let remaining = quota.requests - *used;
    if !granted {
        let place = (process.to_owned(), window);
        *ledger.refusals.entry(place).or_default() += 1;
    }
    Share {
        granted,
        remaining,
        reset: first_second + (window + 1) * quota.window_s,
    }
}

impl Ledger {
    pub fn account(&self) -> QuotaAccount {
        QuotaAccount {
            windows: self.used.len() as u64,
            refused: self.refusals.values().sum(),
            process_windows: self
                .lives
                .values()
                .map(|(first, last)| last - first + 1)
                .sum(),
            most_refused: self.refusals.values().copied().max().unwrap_or(0),
            processes: self.lives.len() as u64,
        }
    }
}
