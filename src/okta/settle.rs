//! Settling by reading: what a look at how things are says of a change that Okta refused, or whose
//! answer was lost. The one place that turns a read into an outcome.
//!
//! Okta is eventually consistent, and a request that timed out may still be carried out. So a read
//! that shows the change settles at once; one that does not shows nothing before a second one a
//! little later; and after an attempt that ended in silence it settles nothing at all.

use std::time::{Duration, SystemTime};

use super::answer::Answer;
use super::client::Okta;
use super::error::Error;
use super::time::parse_time;

/// Between two reads that do not show a change.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// What a server's clock and the times that it writes may differ by.
const SLACK: Duration = Duration::from_secs(2);

/// What a read shows about a change.
pub enum Reading<Y, N> {
    /// Things are as the change would have made them, since then.
    Made(Y, Stamp),
    /// They are not.
    NotMade(N),
    /// The state is different, but that says nothing about the change.
    Open(N),
}

/// When something came about, by Okta's clock, and how late it was there when that was read.
pub struct Stamp {
    since: Since,
    read_at: Option<SystemTime>,
}

enum Since {
    /// Okta does not keep the time of such a change.
    Unkept,
    /// It does, and said this, if it was readable.
    Told(Option<SystemTime>),
}

impl Stamp {
    /// A time out of an answer, such as `statusChanged`.
    pub fn new(time: Option<&str>, answer: &Answer) -> Stamp {
        let date = answer.headers.get("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
        Stamp { since: Since::Told(time.and_then(parse_time)), read_at: date }
    }

    /// Of a change whose time Okta does not keep, such as something that was taken away.
    pub fn unkept() -> Stamp {
        Stamp { since: Since::Unkept, read_at: None }
    }
}

/// What became of the change.
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
    /// When it cannot be read: nothing is settled then.
    pub fn settle<Y, N>(&self, read: impl Fn() -> Result<Reading<Y, N>, Error>) -> Result<Settled<Y, N>, Error> {
        let effects = &self.run.effects;
        if !effects.is_lost() {
            return Ok(match read()? {
                Reading::Made(shown, _) => Settled::Already(shown),
                Reading::NotMade(shown) | Reading::Open(shown) => Settled::Not(shown),
            });
        }
        let mut reading = read()?;
        if let Reading::NotMade(_) = &reading
            && !effects.was_silent()
            && self.run.left() > SECOND_LOOK
        {
            self.run.log.line("waiting 2 s for a second look at what became of a lost answer");
            self.run.clock.sleep(SECOND_LOOK);
            reading = read()?;
            if let Reading::NotMade(_) = &reading {
                effects.settle(false);
            }
        }
        Ok(match reading {
            Reading::Made(shown, stamp) => {
                let ours = self.is_of_this_run(&stamp);
                effects.settle(ours);
                if ours { Settled::Ours(shown) } else { Settled::Already(shown) }
            }
            Reading::NotMade(shown) | Reading::Open(shown) => Settled::Not(shown),
        })
    }

    /// Whether something came about between this run's first attempt at a change and the read that
    /// shows it, by the server's clock.
    pub fn is_of_this_run(&self, stamp: &Stamp) -> bool {
        let Since::Told(since) = stamp.since else { return true };
        let (Some(since), Some(read_at), Some(begun)) = (since, stamp.read_at, self.run.effects.first_begun()) else {
            return false;
        };
        let elapsed = self.run.clock.now().saturating_sub(begun);
        since + elapsed + SLACK >= read_at && since <= read_at + SLACK
    }
}
