//! What the process provides to everything that it runs.

use std::sync::{Arc, Mutex};

use super::clock::Clock;
use super::lock::lock;
use super::log::Log;
use super::reader::Reader;
use super::secret::Redactor;
use super::transport::Transport;

/// Clock, log, redactor, reader and transport.
pub struct Host {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The log on stderr.
    pub log: Arc<Log>,
    /// Removes secrets from everything that leaves the process. Code that learns a secret adds it here.
    pub redactor: Arc<Redactor>,
    /// For a recording: redacts the secrets of all parameter sets.
    recorded: Arc<Redactor>,
    /// Whether anybody reads the result.
    pub reader: Arc<Reader>,
    /// Recorded exchanges instead of the network.
    transport: Option<Arc<dyn Transport>>,
    wrap: Mutex<Option<Wrap>>,
}

/// Wraps a transport in another one, for recording.
pub type Wrap = Box<dyn FnOnce(Arc<dyn Transport>, Arc<Redactor>) -> Arc<dyn Transport> + Send>;

impl Host {
    /// Makes a host whose sessions use `transport`, or their own network if that is `None`, inside `wrap`.
    pub fn new(
        clock: Arc<dyn Clock>,
        log: Arc<Log>,
        redactor: Arc<Redactor>,
        reader: Reader,
        transport: Option<Arc<dyn Transport>>,
        wrap: Option<Wrap>,
    ) -> Host {
        let recorded = Arc::new(Redactor::on_top_of(&redactor));
        Host { clock, log, redactor, recorded, reader: Arc::new(reader), transport, wrap: Mutex::new(wrap) }
    }

    /// A recording holds the exchanges of all sets: whatever one of them must not show, it must not.
    pub fn record_without(&self, set: &Redactor) {
        if lock(&self.wrap).is_some() {
            self.recorded.learn(set);
        }
    }

    /// The transport for a session: the one that the process was given, or the one that `network` makes.
    ///
    /// # Errors
    /// Those of `network`.
    pub fn transport<E>(
        &self,
        network: impl FnOnce() -> Result<Arc<dyn Transport>, E>,
    ) -> Result<Arc<dyn Transport>, E> {
        let transport = match &self.transport {
            Some(transport) => transport.clone(),
            None => network()?,
        };
        Ok(match lock(&self.wrap).take() {
            Some(wrap) => wrap(transport, self.recorded.clone()),
            None => transport,
        })
    }
}
