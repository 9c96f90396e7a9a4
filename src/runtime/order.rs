//! The order of a request's runs: whose turn it is to write, and who may go before the others.

use std::sync::{Arc, Condvar, Mutex};

use super::lock::{lock, wait};

/// Which run's part of the result is being written. Clones are the same.
#[derive(Clone, Default)]
pub struct Order(Arc<(Mutex<usize>, Condvar)>);

impl Order {
    /// All runs before `index` are written.
    pub fn reached(&self, index: usize) {
        let (current, changed) = &*self.0;
        let mut current = lock(current);
        *current = index.max(*current);
        drop(current);
        changed.notify_all();
    }

    /// The place of the run `index`.
    pub fn turn(&self, index: usize) -> Turn {
        Turn(self.clone(), index)
    }
}

/// A run's place in the order.
#[derive(Clone)]
pub struct Turn(Order, usize);

impl Turn {
    /// Waits until all runs before this one are written.
    pub fn wait(&self) {
        let Turn(Order(order), index) = self;
        let (current, changed) = &**order;
        let mut current = lock(current);
        while *current < *index {
            current = wait(changed, current);
        }
    }
}

/// Opens when the first run of a process has its first request under way: the others wait, so
/// that what the first answer says (a refused token, a limit) is known to them.
#[derive(Default)]
pub struct Gate(Mutex<bool>, Condvar);

impl Gate {
    /// Lets everybody through from now on.
    pub fn open(&self) {
        *lock(&self.0) = true;
        self.1.notify_all();
    }

    /// Waits until it is open.
    pub fn wait(&self) {
        let mut open = lock(&self.0);
        while !*open {
            open = wait(&self.1, open);
        }
    }
}
