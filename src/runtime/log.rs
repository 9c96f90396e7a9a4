//! Progress for a person who watches: lines on stderr, redacted, and never so many that an
//! orchestrator that does not read them is held up.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use super::lock::lock;
use super::secret::Redactor;
use super::text;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Less than a pipe holds, so that a spawner that never reads stderr cannot block a run.
const MOST: usize = 32 * 1024;

/// The way to stderr.
pub struct Log {
    out: Mutex<(Box<dyn Write + Send>, usize)>,
    redactor: Arc<Redactor>,
    knows_secrets: AtomicBool,
}

impl Log {
    /// A log that writes to `out` what `redactor` leaves.
    pub fn new(out: Box<dyn Write + Send>, redactor: Arc<Redactor>) -> Self {
        Log { out: Mutex::new((out, 0)), redactor, knows_secrets: AtomicBool::new(false) }
    }

    /// From now on the redactor knows the request's secrets.
    pub fn secrets_are_known(&self) {
        self.knows_secrets.store(true, Ordering::Relaxed);
    }

    /// Whether foreign words may be shown: only once it is known what has to be taken out.
    pub fn knows_secrets(&self) -> bool {
        self.knows_secrets.load(Ordering::Relaxed)
    }

    /// Writes a line. What cannot be written is dropped: the result matters more.
    pub fn line(&self, sentence: &str) {
        let mut line = format!("{NAME}: {}\n", text::clean(&self.redactor.text(sentence), 2 * text::EXCERPT));
        let mut out = lock(&self.out);
        let (out, written) = &mut *out;
        if *written > MOST {
            return;
        }
        *written += line.len();
        if *written > MOST {
            line.push_str(&format!("{NAME}: further progress is not shown\n"));
        }
        let _ = out.write_all(line.as_bytes());
    }
}
