//! Locks that survive a panic. The panic of a run is caught and becomes its result, so state that it shares
//! with others must stay usable. No code here can panic halfway through a change under a lock.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Takes the lock, even if a thread that held it has panicked.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a change and releases the lock meanwhile.
pub fn wait<'g, T>(changed: &Condvar, guard: MutexGuard<'g, T>) -> MutexGuard<'g, T> {
    changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// The same, for `most` at the longest.
pub fn wait_up_to<'g, T>(changed: &Condvar, guard: MutexGuard<'g, T>, most: Duration) -> MutexGuard<'g, T> {
    changed.wait_timeout(guard, most).unwrap_or_else(PoisonError::into_inner).0
}
