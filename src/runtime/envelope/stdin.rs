//! Reads the request: to the end of stdin, or until a complete document has arrived and nothing follows, for a
//! parent process that never closes the pipe.

use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::document::LARGEST;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::json::{Position, Progress};

/// How long nothing but white space must follow a complete document before it counts as the request.
const QUIET: Duration = Duration::from_secs(1);
/// How long to wait for the next byte of an incomplete document.
const PATIENCE: Duration = Duration::from_secs(30);

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

/// Reads the bytes of the request, at most one more than [`LARGEST`].
///
/// # Errors
/// When an incomplete document does not continue.
pub fn read(source: &mut dyn Source) -> Result<Vec<u8>, Failure> {
    let mut input = Vec::new();
    let mut progress = Progress::default();
    loop {
        let patience = if progress.is_complete() { QUIET } else { PATIENCE };
        match source.next(patience) {
            Chunk::Bytes(bytes) => {
                let bytes = Zeroizing::new(bytes);
                progress.feed(&bytes);
                input.extend_from_slice(&bytes);
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
        assert_eq!(read(&mut source).unwrap(), b"{\"a\":{}}\n");
        assert_eq!(source.1.last(), Some(&QUIET));
    }

    #[test]
    fn an_unfinished_document_is_given_up_after_half_a_minute() {
        let mut source = Silent(vec!["{\"a\":\n", "{}"], Vec::new());
        let failure = read(&mut source).unwrap_err();
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
        assert_eq!(read(&mut Endless).unwrap().len(), LARGEST + 1);
    }
}
