//! The order of a request's runs: which one may write, and which one may start first.

use std::sync::{Arc, Condvar, Mutex};

use super::lock::{lock, wait};

/// Tracks which run's part of the result is being written. Clones share the same state.
#[derive(Clone, Default)]
pub struct Order(Arc<(Mutex<usize>, Condvar)>);

impl Order {
    /// Declares that all runs before `index` have been written.
    pub fn reached(&self, index: usize) {
        let (current, changed) = &*self.0;
        let mut current = lock(current);
        *current = index.max(*current);
        drop(current);
        changed.notify_all();
    }

    /// The turn of the run `index`.
    pub fn turn(&self, index: usize) -> Turn {
        Turn(self.clone(), index)
    }
}

/// A run's place in the order.
#[derive(Clone)]
pub struct Turn(Order, usize);

impl Turn {
    /// Waits until all runs before this one have been written.
    pub fn wait(&self) {
        let Turn(Order(order), index) = self;
        let (current, changed) = &**order;
        let mut current = lock(current);
        while *current < *index {
            current = wait(changed, current);
        }
    }
}

/// Holds back the other runs until the first run has a request in flight, so that they benefit from what
/// its response says, for example a rejected token or a rate limit.
#[derive(Default)]
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    /// Lets all runs through from now on.
    pub fn open(&self) {
        *lock(&self.0) = true;
        self.1.notify_all();
    }

    /// Waits until the gate is open.
    pub fn wait(&self) {
        let mut open = lock(&self.0);
        while !*open {
            open = wait(&self.1, open);
        }
    }
}
