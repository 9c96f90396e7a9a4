//! Settles the outcome of a change by reading the current state, after Okta refused it or its response
//! was lost. The only place that turns a read into an outcome.

use super::client::Okta;
use super::error::Error;

/// What a read shows about a change.
pub enum Reading<Y, N> {
    /// The state is what the change would have made it.
    Made(Y),
    /// The state is different, so the change was not made.
    NotMade(N),
    /// The state is different, but that says nothing about the change.
    Open(N),
}

/// The outcome of the change.
pub enum Settled<Y, N> {
    /// An attempt of ours made it, although the response was lost.
    Ours(Y),
    /// The state was already so before.
    Already(Y),
    /// It was not made, as far as the read shows.
    Not(N),
}

impl Okta {
    /// Reads the state after a change was refused or its response was lost, and settles the run's effects
    /// with the result.
    ///
    /// # Errors
    /// When the state cannot be read; nothing is settled then.
    pub fn settle<Y, N>(&self, read: impl FnOnce() -> Result<Reading<Y, N>, Error>) -> Result<Settled<Y, N>, Error> {
        let effects = &self.run.effects;
        let lost = effects.is_lost();
        let reading = read()?;
        if lost {
            match &reading {
                Reading::Made(_) => effects.settle(true),
                Reading::NotMade(_) => effects.settle(false),
                Reading::Open(_) => {}
            }
        }
        Ok(match reading {
            Reading::Made(shown) if lost => Settled::Ours(shown),
            Reading::Made(shown) => Settled::Already(shown),
            Reading::NotMade(shown) | Reading::Open(shown) => Settled::Not(shown),
        })
    }
}
