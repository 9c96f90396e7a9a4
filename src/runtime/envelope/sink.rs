//! Buffered output to stdout: waits for a slow reader, and gives up on one that accepts nothing once the process has
//! to end.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::runtime::clock::Clock;

/// Number of bytes that are buffered before they are written.
const BUFFER: usize = 64 * 1024;

/// After a signal, stdout is given up if it accepts nothing for this long.
pub(super) const STUCK: Duration = Duration::from_secs(5);
/// After the process's time limit, stdout is given up if it accepts nothing for this long; if it is being read, it
/// still gets the end of the result.
pub(super) const OVERTIME: Duration = Duration::from_secs(1);

/// How long to wait for stdout. Without a time limit and without a signal: as long as it takes.
#[derive(Clone, Default)]
pub struct Patience {
    /// When a signal arrived.
    stopped: Arc<OnceLock<Instant>>,
    /// When the process's time limit ends.
    end: Option<(Arc<dyn Clock>, Duration)>,
}

impl Patience {
    /// Waits until `end` on the clock.
    pub fn until(clock: Arc<dyn Clock>, end: Option<Duration>) -> Patience {
        Patience { stopped: Arc::default(), end: end.map(|end| (clock, end)) }
    }

    pub(super) fn stop(&self) {
        let _ = self.stopped.set(Instant::now());
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.get().is_some()
    }

    /// Whether a stdout that has accepted nothing since `idle` is given up at `now`.
    fn is_over(&self, idle: Instant, now: Instant) -> bool {
        let since = |begin: Instant| now.saturating_duration_since(begin);
        self.stopped.get().is_some_and(|stopped| since(idle.max(*stopped)) >= STUCK)
            || self.end.as_ref().is_some_and(|(clock, end)| clock.now() >= *end && since(idle) >= OVERTIME)
    }
}

/// Stdout and its buffer. The buffer is part of the result: even a panic of the underlying writer leaves it as it is.
pub(super) struct Sink {
    out: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    /// Number of bytes of the buffer that have been written.
    written: usize,
    broken: Option<io::ErrorKind>,
    pub(super) patience: Patience,
}

impl Sink {
    pub(super) fn new(out: Box<dyn Write + Send>, patience: Patience) -> Sink {
        Sink { out, buffer: Vec::new(), written: 0, broken: None, patience }
    }

    /// Whether stdout accepts nothing any more.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Writes or buffers.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        if bytes.len() >= BUFFER {
            self.drain(true);
            let mut rest = bytes;
            while let Some(count) = write(self.out.as_mut(), rest, &self.patience, &mut self.broken, true) {
                rest = &rest[count..];
            }
            return;
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.drain(true);
        }
    }

    /// Writes everything in the buffer.
    pub(super) fn flush(&mut self) {
        self.drain(true);
        if self.broken.is_none()
            && let Err(error) = self.out.flush()
        {
            self.broken = Some(error.kind());
        }
    }

    /// Writes what stdout accepts without waiting.
    pub(super) fn offer(&mut self) {
        self.drain(false);
    }

    fn drain(&mut self, waits: bool) {
        let Sink { out, buffer, written, broken, patience } = self;
        while let Some(count) = write(out.as_mut(), &buffer[*written..], patience, broken, waits) {
            *written += count;
        }
        if *written == buffer.len() || broken.is_some() {
            buffer.clear();
            *written = 0;
        }
    }
}

/// Writes a part of `bytes` and returns its length; `None` if there is nothing to write or nothing is accepted.
fn write(
    out: &mut dyn Write,
    bytes: &[u8],
    patience: &Patience,
    broken: &mut Option<io::ErrorKind>,
    waits: bool,
) -> Option<usize> {
    let idle = Instant::now();
    while !bytes.is_empty() && broken.is_none() {
        match out.write(bytes) {
            Ok(0) => *broken = Some(io::ErrorKind::WriteZero),
            Ok(count) => return Some(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if !waits {
                    return None;
                }
                if patience.is_over(idle, Instant::now()) {
                    *broken = Some(io::ErrorKind::TimedOut);
                }
            }
            Err(error) => *broken = Some(error.kind()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::runtime::captured::Captured;
    use crate::runtime::clock::VirtualClock;

    /// Accepts three bytes at every other attempt, and nothing once it is closed.
    #[derive(Clone, Default)]
    struct Slow(Captured, Arc<Mutex<(u32, bool)>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut state = self.1.lock().unwrap();
            state.0 += 1;
            match state.0.is_multiple_of(2) && !state.1 {
                true => self.0.write(&bytes[..bytes.len().min(3)]),
                false => Err(io::ErrorKind::WouldBlock.into()),
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_reader_gets_everything_in_order() {
        let slow = Slow::default();
        let mut sink = Sink::new(Box::new(slow.clone()), Patience::default());
        let large = "z".repeat(BUFFER + 1);
        for piece in ["abcd", "", "efg", &large, "h"] {
            sink.put(piece.as_bytes());
        }
        sink.flush();
        assert_eq!(slow.0.text(), format!("abcdefg{large}h"));
        assert!(!sink.is_broken());
    }

    #[test]
    fn an_offer_waits_for_nobody_and_loses_nothing() {
        let slow = Slow::default();
        let mut sink = Sink::new(Box::new(slow.clone()), Patience::default());
        sink.put(b"abcdefgh");
        sink.offer();
        assert_eq!(slow.0.text(), "");
        sink.offer();
        assert_eq!(slow.0.text(), "abc");
        sink.put(b"ij");
        sink.flush();
        assert_eq!(slow.0.text(), "abcdefghij");
    }

    #[test]
    fn patience_ends_some_time_after_a_signal_and_after_the_end_of_the_time() {
        let (begin, second) = (Instant::now(), Duration::from_secs(1));
        let clock = Arc::new(VirtualClock::default());
        let patience = Patience::until(clock.clone(), Some(60 * second));
        assert!(!patience.is_over(begin, begin + 1000 * second), "while there is time");
        clock.sleep(60 * second);
        assert!(!patience.is_over(begin, begin + OVERTIME - second / 10), "it has just taken something");
        assert!(patience.is_over(begin, begin + OVERTIME));
        let patience = Patience::default();
        assert!(!patience.is_over(begin, begin + 1000 * second));
        patience.stop();
        let stopped = *patience.stopped.get().unwrap();
        assert!(!patience.is_over(begin, stopped + STUCK - second / 10), "counted from the signal on");
        assert!(patience.is_over(begin, stopped + STUCK));
        assert!(!patience.is_over(stopped + second, stopped + STUCK), "it has taken something since");
    }

    #[test]
    fn a_stdout_that_takes_nothing_after_the_end_is_given_up_and_costs_nothing_more() {
        let clock = Arc::new(VirtualClock::default());
        clock.sleep(Duration::from_secs(2));
        let slow = Slow::default();
        slow.1.lock().unwrap().1 = true;
        let patience = Patience::until(clock, Some(Duration::from_secs(1)));
        let mut sink = Sink::new(Box::new(slow.clone()), patience);
        sink.put(b"abc");
        sink.flush();
        assert!(sink.is_broken());
        let asked = slow.1.lock().unwrap().0;
        sink.put(b"abc");
        sink.flush();
        assert_eq!(slow.1.lock().unwrap().0, asked);
    }
}
