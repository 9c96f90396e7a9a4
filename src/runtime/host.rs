//! What the process gives to everything that it runs.

use std::sync::{Arc, Mutex};

use super::clock::Clock;
use super::lock::lock;
use super::log::Log;
use super::secret::Redactor;
use super::transport::Transport;

/// Time, log, secrets and the way to the other side.
pub struct Host {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Where progress goes.
    pub log: Arc<Log>,
    /// What is taken out of everything that leaves the process. Whoever learns a secret adds it.
    pub redactor: Arc<Redactor>,
    /// For a recording: what is looked for in all parameter sets together.
    recorded: Arc<Redactor>,
    /// Recorded exchanges in place of the network.
    transport: Option<Arc<dyn Transport>>,
    wrap: Mutex<Option<Wrap>>,
}

/// Makes a transport around another: for recording.
pub type Wrap = Box<dyn FnOnce(Arc<dyn Transport>, Arc<Redactor>) -> Arc<dyn Transport> + Send>;

impl Host {
    /// A host whose sessions use `transport`, or a network of their own, inside `wrap`.
    pub fn new(
        clock: Arc<dyn Clock>,
        log: Arc<Log>,
        redactor: Arc<Redactor>,
        transport: Option<Arc<dyn Transport>>,
        wrap: Option<Wrap>,
    ) -> Host {
        let recorded = Arc::new(Redactor::on_top_of(&redactor));
        Host { clock, log, redactor, recorded, transport, wrap: Mutex::new(wrap) }
    }

    /// A recording holds the exchanges of all sets: whatever one of them must not show, it must not.
    pub fn record_without(&self, set: &Redactor) {
        if lock(&self.wrap).is_some() {
            self.recorded.learn(set);
        }
    }

    /// The way to the other side: what the process was given, or what `network` makes.
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
