//! Settling by reading: what a look at how things are says of a change that Okta refused, or whose
//! answer was lost. The one place that turns a read into an outcome.

use super::client::Okta;
use super::error::Error;

/// What a read shows of a change.
pub enum Reading<Y, N> {
    /// Things are as the change would have made them.
    Made(Y),
    /// They are not.
    NotMade(N),
    /// They are not, but that says nothing about the change.
    Open(N),
}

/// What became of the change.
pub enum Settled<Y, N> {
    /// An attempt of ours made it, though its answer was lost.
    Ours(Y),
    /// Things were so before.
    Already(Y),
    /// It was not made, as far as can be seen.
    Not(N),
}

impl Okta {
    /// Reads how things are after a change was refused or its answer lost, and settles the run's
    /// effects with what that shows.
    ///
    /// # Errors
    /// When it cannot be read: nothing is settled then.
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
