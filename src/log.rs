//! Progress for a person who watches: lines on stderr, redacted, and never so many that an
//! orchestrator that does not read them is held up.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::secret::Redactor;
use crate::text;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Less than a pipe holds, so that a spawner that never reads stderr cannot block a run.
const MOST: usize = 32 * 1024;

/// The way to stderr.
pub struct Log {
    out: Mutex<(Box<dyn Write + Send>, usize)>,
    redactor: Mutex<Option<Arc<Redactor>>>,
}

impl Log {
    /// A log that writes to `out`.
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Log { out: Mutex::new((out, 0)), redactor: Mutex::default() }
    }

    /// Sets what is taken out of every line from now on.
    pub fn redact(&self, redactor: Arc<Redactor>) {
        *self.redactor.lock().unwrap_or_else(|poison| poison.into_inner()) = Some(redactor);
    }

    /// Whether it is known what has to be taken out.
    pub fn is_redacting(&self) -> bool {
        self.redactor.lock().unwrap_or_else(|poison| poison.into_inner()).is_some()
    }

    /// Writes a line. What cannot be written is dropped: the result matters more.
    pub fn line(&self, sentence: &str) {
        let redactor = self.redactor.lock().unwrap_or_else(|poison| poison.into_inner()).clone().unwrap_or_default();
        let mut line = format!("{NAME}: {}\n", text::clean(&redactor.text(sentence), 2 * text::EXCERPT));
        let mut out = self.out.lock().unwrap_or_else(|poison| poison.into_inner());
        let (out, written) = &mut *out;
        if *written > MOST {
            return;
        }
        *written += line.len();
        if *written > MOST {
            line.push_str(&format!("{NAME}: no further progress is shown\n"));
        }
        let _ = out.write_all(line.as_bytes());
    }
}
