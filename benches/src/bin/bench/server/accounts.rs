//! What the server counts, for rows that are about requests and connections.

use std::mem;
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};

use super::quota::{Ledger, QuotaAccount};
use crate::measure::monotonic_ns;

#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Account {
    pub connections: u64,
    pub requests: u64,
    pub most_in_flight: u64,
    /// CLOCK_MONOTONIC just before a list's second page was sent.
    pub second_page_ns: Option<u64>,
    /// CLOCK_MONOTONIC of each poll of a challenge.
    pub polls_ns: Vec<u64>,
    pub quota: QuotaAccount,
}

#[derive(Default)]
pub struct Accounts {
    seen: Mutex<(Account, u64)>,
    pub ledger: Mutex<Ledger>,
}

/// A request that is being answered.
pub struct InFlight<'a>(&'a Accounts);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.lock().1 -= 1;
    }
}

impl Accounts {
    fn lock(&self) -> MutexGuard<'_, (Account, u64)> {
        self.seen.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub fn connected(&self) {
        self.lock().0.connections += 1;
    }

    pub fn asked(&self) -> InFlight<'_> {
        let (account, in_flight) = &mut *self.lock();
        *in_flight += 1;
        account.requests += 1;
        account.most_in_flight = account.most_in_flight.max(*in_flight);
        InFlight(self)
    }

    pub fn second_page(&self) {
        self.lock().0.second_page_ns = Some(monotonic_ns());
    }

    /// How many polls there were, this one included.
    pub fn polled(&self) -> usize {
        let polls = &mut self.lock().0.polls_ns;
        polls.push(monotonic_ns());
        polls.len()
    }

    /// Hands the account over and begins a new one.
    pub fn take(&self) -> Account {
        let mut account = mem::take(&mut self.lock().0);
        let mut ledger = self.ledger.lock().unwrap_or_else(|e| e.into_inner());
        account.quota = mem::take(&mut *ledger).account();
        account
    }
}
