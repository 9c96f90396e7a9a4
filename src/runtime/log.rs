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
    out: Mutex<(Box<dyn Write + Send>, usize)>,
    redactor: Arc<Redactor>,
    knows_secrets: AtomicBool,
}

impl Log {
    /// Makes a log that writes redacted lines to `out`.
    pub fn new(out: Box<dyn Write + Send>, redactor: Arc<Redactor>) -> Self {
        Log { out: Mutex::new((out, 0)), redactor, knows_secrets: AtomicBool::new(false) }
    }

    /// States that the redactor knows the secrets of the request from now on.
    pub fn secrets_are_known(&self) {
        self.knows_secrets.store(true, Ordering::Relaxed);
    }

    /// Whether text from outside may be logged: only once the redactor knows the secrets.
    pub fn knows_secrets(&self) -> bool {
        self.knows_secrets.load(Ordering::Relaxed)
    }

    /// Writes a line. Errors are ignored: the result matters more.
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
