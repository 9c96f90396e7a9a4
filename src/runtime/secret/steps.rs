//! Counts the work of a search, so that a test can say how it grows. Costs nothing outside of tests.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// So many bytes were looked at.
#[cfg(test)]
pub(super) fn add(count: u64) {
    STEPS.with(|steps| steps.set(steps.get() + count));
}

/// So many bytes were looked at.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn add(_: u64) {}

/// The work that `what` takes.
#[cfg(test)]
pub(super) fn of(what: impl FnOnce()) -> u64 {
    STEPS.with(|steps| steps.set(0));
    what();
    STEPS.with(std::cell::Cell::get)
}
