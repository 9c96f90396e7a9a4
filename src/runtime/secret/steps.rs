//! Counts the steps of a search, so that a test can check how they grow. Costs nothing outside tests.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts bytes that were examined.
#[cfg(test)]
pub(super) fn add(count: u64) {
    STEPS.with(|steps| steps.set(steps.get() + count));
}

/// Counts bytes that were examined.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn add(_: u64) {}

/// Number of steps that `what` takes.
#[cfg(test)]
pub(super) fn of(what: impl FnOnce()) -> u64 {
    STEPS.with(|steps| steps.set(0));
    what();
    STEPS.with(std::cell::Cell::get)
}
