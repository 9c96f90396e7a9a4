//! Reads the request: to the end of stdin, or until a complete document has arrived and nothing follows, for a
//! parent process that never closes the pipe.

use std::io::Write;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::document::LARGEST;
use crate::runtime::clock::Clock;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::json::{Position, Progress};
use crate::runtime::memory;

/// How long nothing but white space must follow a complete document before it counts as the request.
const QUIET: Duration = Duration::from_secs(1);
/// How long to wait for the next byte of an incomplete document.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait at a terminal before saying what is expected.
const HINT_AFTER: Duration = Duration::from_secs(1);

/// What a source returns.
#[derive(Debug)]
pub enum Chunk {
    /// The next bytes.
    Bytes(Vec<u8>),
    /// The end of the input.
    End,
    /// Nothing arrived in time.
    Nothing,
}

/// Where the request comes from.
pub trait Source: Send {
    /// Waits for more input, at most for `patience`.
    fn next(&mut self, patience: Duration) -> Chunk;
}

/// Input that is already in memory.
pub struct Ready(pub Option<Vec<u8>>);

impl Source for Ready {
    fn next(&mut self, _: Duration) -> Chunk {
        self.0.take().map_or(Chunk::End, Chunk::Bytes)
    }
}

/// The process's stdin.
pub struct Stdin;

impl Source for Stdin {
    fn next(&mut self, patience: Duration) -> Chunk {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::io::{Errno, read};

        let stdin = rustix::stdio::stdin();
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).ok();
            match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], timeout.as_ref()) {
                Ok(0) => return Chunk::Nothing,
                Err(Errno::INTR) => continue,
                Ok(_) | Err(_) => {}
            }
            let mut bytes = vec![0; 64 * 1024];
            match read(stdin, &mut bytes) {
                Ok(0) => return Chunk::End,
                Ok(count) => {
                    bytes.truncate(count);
                    return Chunk::Bytes(bytes);
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => return Chunk::End,
            }
        }
    }
}

/// Says what is expected if nothing arrives within a second: a person at a terminal may not know.
pub struct Prompting<S, W> {
    source: S,
    stderr: Option<W>,
}

impl<S: Source, W: Write + Send> Prompting<S, W> {
    /// Reads from `source` and writes the hint to `stderr`.
    pub fn new(source: S, stderr: W) -> Self {
        Prompting { source, stderr: Some(stderr) }
    }
}

impl<S: Source, W: Write + Send> Source for Prompting<S, W> {
    fn next(&mut self, patience: Duration) -> Chunk {
        let Some(mut stderr) = self.stderr.take() else { return self.source.next(patience) };
        match self.source.next(HINT_AFTER.min(patience)) {
            Chunk::Nothing => {
                let name = env!("CARGO_PKG_NAME");
                let _ = writeln!(
                    stderr,
                    "{name}: waiting for a JSON request on stdin (end it with Ctrl-D); for help, run {name} --help"
                );
                self.source.next(patience.saturating_sub(HINT_AFTER))
            }
            chunk => chunk,
        }
    }
}

/// Reads the bytes of the request, at most one more than [`LARGEST`].
///
/// # Errors
/// When an unfinished document does not go on, or there is no memory for it.
pub fn read(source: &mut dyn Source, clock: &dyn Clock) -> Result<Vec<u8>, Failure> {
    let mut input = Vec::new();
    let mut progress = Progress::default();
    // Since when a whole document is there: white space that keeps coming does not hold it.
    let mut whole_since = None;
    loop {
        let patience = match progress.is_complete() {
            true => {
                let now = clock.now();
                QUIET.saturating_sub(now.saturating_sub(*whole_since.get_or_insert(now)))
            }
            false => {
                whole_since = None;
                PATIENCE
            }
        };
        if patience.is_zero() {
            return Ok(input);
        }
        match source.next(patience) {
            Chunk::Bytes(bytes) => {
                let bytes = Zeroizing::new(bytes);
                progress.feed(&bytes);
                memory::append(&mut input, &bytes).map_err(|_| {
                    Failure::new(Kind::InvalidRequest, "The request is too large for the memory there is.")
                })?;
                if input.len() > LARGEST {
                    input.truncate(LARGEST + 1);
                    return Ok(input);
                }
            }
            Chunk::End => return Ok(input),
            Chunk::Nothing if progress.is_complete() => return Ok(input),
            Chunk::Nothing => {
                let end = Position::of(&input, input.len());
                let message = format!(
                    "The request is incomplete, and no more input arrived for {} s: it ends at {end}.",
                    PATIENCE.as_secs()
                );
                return Err(Failure::new(Kind::InvalidRequest, message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::clock::VirtualClock;

    /// Chunks, then silence; notes how long it was asked to wait.
    struct Silent(Vec<&'static str>, Vec<Duration>);

    impl Source for Silent {
        fn next(&mut self, patience: Duration) -> Chunk {
            self.1.push(patience);
            match self.0.is_empty() {
                true => Chunk::Nothing,
                false => Chunk::Bytes(self.0.remove(0).as_bytes().to_vec()),
            }
        }
    }

    #[test]
    fn a_whole_document_is_taken_after_a_second_of_silence() {
        let mut source = Silent(vec!["{\"a\":", "{}", "}\n"], Vec::new());
        assert_eq!(read(&mut source, &VirtualClock::default()).unwrap(), b"{\"a\":{}}\n");
        assert_eq!(source.1.last(), Some(&QUIET));
    }

    #[test]
    fn a_person_who_types_nothing_is_told_once_what_is_expected() {
        let mut told = Vec::new();
        let mut source = Prompting::new(Silent(vec![], Vec::new()), &mut told);
        assert!(matches!(source.next(PATIENCE), Chunk::Nothing));
        assert!(matches!(source.next(PATIENCE), Chunk::Nothing));
        assert_eq!(source.source.1, [HINT_AFTER, PATIENCE - HINT_AFTER, PATIENCE]);
        assert_eq!(String::from_utf8(told).unwrap().matches("--help").count(), 1);
    }

    #[test]
    fn a_person_who_types_is_told_nothing() {
        let mut told = Vec::new();
        let mut source = Prompting::new(Silent(vec!["{}"], Vec::new()), &mut told);
        assert!(matches!(source.next(PATIENCE), Chunk::Bytes(_)));
        assert!(told.is_empty());
    }

    #[test]
    fn an_unfinished_document_is_given_up_after_half_a_minute() {
        let mut source = Silent(vec!["{\"a\":\n", "{}"], Vec::new());
        let failure = read(&mut source, &VirtualClock::default()).unwrap_err();
        assert_eq!(failure.kind(), Kind::InvalidRequest);
        assert!(failure.message.contains("30 s") && failure.message.contains("line 2, column 3"), "{failure}");
        assert_eq!(source.1.last(), Some(&PATIENCE));
    }

    #[test]
    fn no_more_is_read_than_the_bound() {
        struct Endless;
        impl Source for Endless {
            fn next(&mut self, _: Duration) -> Chunk {
                Chunk::Bytes(vec![b' '; 1 << 20])
            }
        }
        assert_eq!(read(&mut Endless, &VirtualClock::default()).unwrap().len(), LARGEST + 1);
    }

    #[test]
    fn white_space_that_keeps_coming_holds_a_whole_document_for_a_second_only() {
        struct Dripping(VirtualClock, &'static str);
        impl Source for &Dripping {
            fn next(&mut self, patience: Duration) -> Chunk {
                let Dripping(clock, document) = self;
                let waits = if clock.now().is_zero() { 0 } else { 300 };
                clock.sleep(Duration::from_millis(waits + 1).min(patience));
                Chunk::Bytes(if waits == 0 { document } else { " " }.as_bytes().to_vec())
            }
        }
        let source = Dripping(VirtualClock::default(), "{}");
        let mut taken = &source;
        assert!(read(&mut taken, &source.0).unwrap().starts_with(b"{} "));
        assert_eq!(source.0.now(), Duration::from_millis(1001));
    }
}
