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
    /// Of the parameter sets that run and have secrets of their own.
    running: Mutex<Vec<Arc<Redactor>>>,
    knows_secrets: AtomicBool,
}

/// For so long lines are also searched for a parameter set's secrets.
pub struct AlsoWithout<'l>(&'l Log, Option<Arc<Redactor>>);

impl Drop for AlsoWithout<'_> {
    fn drop(&mut self) {
        if let Some(redactor) = self.1.take() {
            lock(&self.0.running).retain(|running| !Arc::ptr_eq(running, &redactor));
        }
    }
}

impl Log {
    /// A log that writes to `out` what `redactor` leaves.
    pub fn new(out: Box<dyn Write + Send>, redactor: Arc<Redactor>) -> Self {
        Log { out: Mutex::new((out, 0)), redactor, running: Mutex::default(), knows_secrets: AtomicBool::new(false) }
    }

    /// Takes the secrets of a set that runs out of all lines, whoever writes them: which run a
    /// panic or a helper thread belongs to is not always known.
    pub fn also_without(&self, redactor: &Arc<Redactor>) -> AlsoWithout<'_> {
        let redactor = redactor.has_own().then(|| redactor.clone());
        lock(&self.running).extend(redactor.clone());
        AlsoWithout(self, redactor)
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
        let running = lock(&self.running).clone();
        let sentence = running.iter().fold(sentence.to_owned(), |text, set| set.text(&text).into_owned());
        let mut line = format!("{NAME}: {}\n", text::clean(&self.redactor.text(&sentence), 2 * text::EXCERPT));
        let mut out = lock(&self.out);
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
