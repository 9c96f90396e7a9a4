//! A running rehearsal: an org behind a server, ended when it is dropped.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};

use crate::org::{Org, TOKEN};
use crate::report::Report;
use crate::script::Script;
use crate::server::Server;
use crate::stage::{Stage, lock};

/// A running rehearsal; it ends when it is dropped. Its server says where it is and what it has seen.
pub struct Rehearsal {
    handle: Handle,
    server: Server,
    ca_pem: Option<String>,
}

/// The org of a rehearsal: it outlives the server.
#[derive(Clone)]
pub struct Handle {
    stage: Arc<Mutex<Stage>>,
    /// The thread that holds the org.
    holder: Arc<Mutex<Option<ThreadId>>>,
}

impl Deref for Rehearsal {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Rehearsal {
    pub(crate) fn new(stage: Arc<Mutex<Stage>>, server: Server, ca_pem: Option<String>) -> Rehearsal {
        Rehearsal { handle: Handle { stage, holder: Arc::default() }, server, ca_pem }
    }

    /// Scheme, host and port.
    pub fn base_url(&self) -> String {
        self.server.origin()
    }

    /// The token that is taken; where any is, the usual one.
    pub fn token(&self) -> String {
        lock(&self.handle.stage).org.token.clone().unwrap_or_else(|| TOKEN.to_owned())
    }

    /// The authority behind the certificate, with TLS of our own.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Requests so far, those that steer the rehearsal left out.
    pub fn requests(&self) -> usize {
        lock(&self.handle.stage).report.requests as usize
    }

    /// The server, for its address and counts.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The org, also for when the server has ended.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// See `Handle::org`.
    pub fn org(&self) -> OrgGuard<'_> {
        self.handle.org()
    }

    pub fn report(&self) -> Report {
        self.handle.report()
    }

    /// Another script; its counts begin anew.
    pub fn set_script(&self, script: Script) {
        lock(&self.handle.stage).set_script(script);
    }

    /// Everything as it was in the beginning.
    pub fn reset(&self) {
        lock(&self.handle.stage).reset();
        self.server.forget();
    }
}

impl Handle {
    /// The org, to look at and to change. Requests wait while it is held. Panics where this thread
    /// holds it already, as two calls in one statement would: it could only wait for itself.
    pub fn org(&self) -> OrgGuard<'_> {
        let me = thread::current().id();
        let held = self.holder.lock().unwrap_or_else(|poison| poison.into_inner()).is_some_and(|holder| holder == me);
        assert!(!held, "this thread holds the org already: call org() once in a statement");
        let stage = lock(&self.stage);
        *self.holder.lock().unwrap_or_else(|poison| poison.into_inner()) = Some(me);
        OrgGuard { stage, holder: &self.holder }
    }

    pub fn report(&self) -> Report {
        lock(&self.stage).report()
    }
}

/// The org of a rehearsal, held.
pub struct OrgGuard<'a> {
    stage: MutexGuard<'a, Stage>,
    holder: &'a Mutex<Option<ThreadId>>,
}

impl Drop for OrgGuard<'_> {
    fn drop(&mut self) {
        *self.holder.lock().unwrap_or_else(|poison| poison.into_inner()) = None;
    }
}

impl Deref for OrgGuard<'_> {
    type Target = Org;

    fn deref(&self) -> &Org {
        &self.stage.org
    }
}

impl DerefMut for OrgGuard<'_> {
    fn deref_mut(&mut self) -> &mut Org {
        &mut self.stage.org
    }
}
