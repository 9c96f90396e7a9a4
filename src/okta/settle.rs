//! Settling by reading: determines whether a change was made that Okta rejected, or whose response was lost. The only
//! place that turns a read into an outcome.
//!
//! Okta is eventually consistent, and a request that timed out may still be carried out. So a read that shows the
//! change settles the outcome at once; one that does not must be confirmed by a second one a little later; and after
//! an attempt that got no response in time it settles nothing.

use std::time::{Duration, SystemTime};

use super::answer::Answer;
use super::client::Okta;
use super::error::Error;
use super::time::parse_time;

/// Time between two reads that do not show a change.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// Tolerance between the server's clock and the times that it stores.
const SLACK: Duration = Duration::from_secs(2);

/// What a read shows about a change.
pub enum Reading<Y, N> {
    /// The state is as the change would have left it, since the given time.
    Made(Y, Stamp),
    /// It is not.
    NotMade(N),
    /// The state is different, but that says nothing about the change.
    Open(N),
}

/// When a state came about and when it was read, by Okta's clock.
pub struct Stamp {
    since: Since,
    read_at: Option<SystemTime>,
    /// When the response that told both began to arrive, on the run's clock.
    arrived: Duration,
}

enum Since {
    /// Okta does not store the time of such a change.
    Unkept,
    /// The time that Okta returned, if it was readable.
    Told(Option<SystemTime>),
}

impl Stamp {
    /// A time from a response, such as `statusChanged`.
    pub fn new(time: Option<&str>, answer: &Answer) -> Stamp {
        let date = answer.headers.get("date").and_then(|date| httpdate::parse_http_date(date.trim()).ok());
        Stamp { since: Since::Told(time.and_then(parse_time)), read_at: date, arrived: answer.arrived }
    }

    /// For a change whose time Okta does not store, such as a removal.
    pub fn unkept() -> Stamp {
        Stamp { since: Since::Unkept, read_at: None, arrived: Duration::ZERO }
    }
}

/// The outcome of the change.
pub enum Settled<Y, N> {
    /// An attempt of this run made it, although the response was lost.
    Ours(Y),
    /// The state was already like that.
    Already(Y),
    /// It was not made, as far as the read shows.
    Not(N),
}

impl Okta {
    /// Reads the state after a change was rejected or its response was lost, and settles the run's effects
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
            self.run.log.line("waiting 2 s before checking again whether the change was made");
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

    /// Whether the state came about between this run's first attempt that may have been carried out and the read that
    /// shows it, by the server's clock; also if Okta does not store the time.
    pub fn is_of_this_run(&self, stamp: &Stamp) -> bool {
        let Since::Told(since) = stamp.since else { return true };
        let (Some(since), Some(read_at), Some(begun)) = (since, stamp.read_at, self.run.effects.first_begun()) else {
            return false;
        };
        let elapsed = stamp.arrived.saturating_sub(begun);
        since + elapsed + SLACK >= read_at && since <= read_at + SLACK
    }
}
