//! Progress for people: redacted lines on stderr, limited in size so that a parent process that does not
//! read stderr never blocks a run.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::lock::lock;
use super::secret::Redactor;
use super::text;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Maximum output in bytes: less than a pipe holds, so that nobody needs to read stderr.
const MOST: usize = 32 * 1024;

/// The log on stderr.
pub struct Log {
    out: Mutex<Out>,
    redactor: Arc<Redactor>,
    /// Those of the running parameter sets that have secrets of their own.
    running: Mutex<Vec<Arc<Redactor>>>,
    knows_secrets: AtomicBool,
}

struct Out {
    stderr: Box<dyn Write + Send>,
    /// Number of bytes written so far.
    written: usize,
    /// Number of lines that stderr did not accept and that have not been reported yet.
    dropped: usize,
    /// Whether the last line was cut off: the next one then begins on a new line.
    cut: bool,
}

/// As long as this exists, lines are also searched for a parameter set's secrets.
pub struct AlsoWithout<'l>(&'l Log, Option<Arc<Redactor>>);

impl Drop for AlsoWithout<'_> {
    fn drop(&mut self) {
        if let Some(redactor) = self.1.take() {
            lock(&self.0.running).retain(|running| !Arc::ptr_eq(running, &redactor));
        }
    }
}

impl Log {
    /// Makes a log that writes redacted lines to `out`.
    pub fn new(out: Box<dyn Write + Send>, redactor: Arc<Redactor>) -> Self {
        Log {
            out: Mutex::new(Out { stderr: out, written: 0, dropped: 0, cut: false }),
            redactor,
            running: Mutex::default(),
            knows_secrets: AtomicBool::new(false),
        }
    }

    /// Also redacts the secrets of a running parameter set, in the lines of all threads: which run a panic or a
    /// helper thread belongs to is not always known.
    pub fn also_without(&self, redactor: &Arc<Redactor>) -> AlsoWithout<'_> {
        let redactor = redactor.has_own().then(|| redactor.clone());
        lock(&self.running).extend(redactor.clone());
        AlsoWithout(self, redactor)
    }

    /// Declares that the redactor knows the secrets of the request from now on.
    pub fn secrets_are_known(&self) {
        self.knows_secrets.store(true, Ordering::Relaxed);
    }

    /// Whether text from outside may be logged: only once the redactor knows the secrets.
    pub fn knows_secrets(&self) -> bool {
        self.knows_secrets.load(Ordering::Relaxed)
    }

    /// Writes a line. What stderr does not accept at once is dropped and counted: the result matters more.
    pub fn line(&self, sentence: &str) {
        let running = lock(&self.running).clone();
        let sentence = running.iter().fold(sentence.to_owned(), |text, set| set.text(&text).into_owned());
        let mut line = format!("{NAME}: {}\n", text::clean(&self.redactor.text(&sentence), 2 * text::EXCERPT));
        let mut out = lock(&self.out);
        if out.written > MOST {
            return;
        }
        if out.dropped > 0 {
            let words = text::count(out.dropped as u64, "line");
            line = format!("{NAME}: {words} before this could not be written\n{line}");
        }
        if out.written + line.len() > MOST {
            line.push_str(&format!("{NAME}: no further progress is shown\n"));
        }
        match out.write(&line) {
            true => out.dropped = 0,
            false => out.dropped += 1,
        }
    }
}

impl Out {
    /// Writes a line; whether all of it was accepted.
    fn write(&mut self, line: &str) -> bool {
        let line = if self.cut { &format!("\n{line}") } else { line };
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            match self.stderr.write(rest) {
                Ok(count @ 1..) => rest = &rest[count..],
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        let taken = line.len() - rest.len();
        self.written += taken;
        self.cut = if taken == 0 { self.cut } else { !rest.is_empty() };
        rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::runtime::captured::Captured;

    /// Accepts a given number of further bytes.
    #[derive(Clone, Default)]
    struct Narrow(Captured, Arc<AtomicUsize>);

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.1.load(Ordering::Relaxed));
            self.1.fetch_sub(count, Ordering::Relaxed);
            if count == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { self.0.write(&bytes[..count]) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_nobody_takes_are_dropped_and_counted() {
        let stderr = Narrow::default();
        let log = Log::new(Box::new(stderr.clone()), Arc::default());
        log.line("one");
        stderr.1.store(NAME.len() + 3, Ordering::Relaxed);
        log.line("two");
        stderr.1.store(10_000, Ordering::Relaxed);
        log.line("three");
        log.line("four");
        let dropped = format!("{NAME}: 2 lines before this could not be written\n");
        // What was written of the second line is the start of the report about the first.
        let expected = format!("{NAME}: 1\n{dropped}{NAME}: three\n{NAME}: four\n");
        assert_eq!(stderr.0.text(), expected);
    }

    #[test]
    fn there_is_a_bound_to_all_lines() {
        let stderr = Captured::default();
        let log = Log::new(Box::new(stderr.clone()), Arc::default());
        (0..1000).for_each(|number| log.line(&format!("{number} {}", "x".repeat(500))));
        let text = stderr.text();
        assert!(text.len() < MOST + 1000 && text.ends_with("no further progress is shown\n"), "{}", text.len());
    }
}
