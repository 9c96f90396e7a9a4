//! How an org is made and served: everything a test, a bench or the program can choose.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::Clock;
use crate::control;
use crate::org::{Features, Org, Size, TOKEN};
use crate::quota::Quota;
use crate::rehearsal::Rehearsal;
use crate::report::{Report, Secrets};
use crate::script::{Conductor, Script};
use crate::server::tls::{Authority, Flaw};
use crate::server::{Greeting, Reply, Seen, Server};
use crate::stage::{Hook, Stage, lock};

/// How an org is made and served.
pub struct Builder {
    size: Size,
    address: SocketAddr,
    tls: bool,
    greet: Box<dyn Fn(usize) -> Greeting + Send + Sync>,
    prepare: Vec<Box<dyn FnOnce(&mut Org)>>,
    clock: Clock,
    token: Option<String>,
    features: Features,
    quota: Option<Quota>,
    gzip: bool,
    repeats_pages: bool,
    script: Script,
    hook: Option<Hook>,
    verifies: bool,
    keeps_log: bool,
    latency: Duration,
    body_time: Duration,
    elsewhere: String,
    second: Duration,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            size: Size::default(),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: false,
            greet: Box::new(|_| Greeting::Serve),
            prepare: Vec::new(),
            clock: Clock::default(),
            token: Some(TOKEN.to_owned()),
            features: Features::default(),
            quota: None,
            gzip: true,
            repeats_pages: false,
            script: Script::default(),
            hook: None,
            verifies: true,
            keeps_log: true,
            latency: Duration::ZERO,
            body_time: Duration::ZERO,
            elsewhere: "http://127.0.0.99:9".to_owned(),
            second: Duration::from_secs(1),
        }
    }
}

impl Rehearsal {
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Where the org's randomness comes from; 7 by default.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.size.seed = seed;
        self
    }

    /// Users that a list without conditions has; 950 by default. They cost no memory.
    #[must_use]
    pub fn users(mut self, users: u64) -> Builder {
        self.size.users = users;
        self
    }

    /// Groups; 40 by default.
    #[must_use]
    pub fn groups(mut self, groups: u64) -> Builder {
        self.size.groups = groups;
        self
    }

    /// Identity providers; 23 by default, three more than a page has.
    #[must_use]
    pub fn providers(mut self, providers: u64) -> Builder {
        self.size.providers = providers;
        self
    }

    /// A loopback address to listen on.
    #[must_use]
    pub fn ip(mut self, ip: IpAddr) -> Builder {
        self.address.set_ip(ip);
        self
    }

    /// A port to listen on; any free one by default.
    #[must_use]
    pub fn port(mut self, port: u16) -> Builder {
        self.address.set_port(port);
        self
    }

    /// TLS with an authority made for the run: see `Rehearsal::ca_pem`.
    #[must_use]
    pub fn tls(mut self) -> Builder {
        self.tls = true;
        self
    }

    /// What is done with a new connection, given its number from 0.
    #[must_use]
    pub fn greet(mut self, greet: impl Fn(usize) -> Greeting + Send + Sync + 'static) -> Builder {
        self.greet = Box::new(greet);
        self
    }

    /// Brings the org into the state that a test wants; a reset comes back to it.
    #[must_use]
    pub fn prepare(mut self, prepare: impl FnOnce(&mut Org) + 'static) -> Builder {
        self.prepare.push(Box::new(prepare));
        self
    }

    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.clock = clock;
        self
    }

    /// The token that is taken.
    #[must_use]
    pub fn token(mut self, token: &str) -> Builder {
        self.token = Some(token.to_owned());
        self
    }

    /// Any token is taken: then a quota's account tells processes apart by theirs.
    #[must_use]
    pub fn any_token(mut self) -> Builder {
        self.token = None;
        self
    }

    #[must_use]
    pub fn features(mut self, features: Features) -> Builder {
        self.features = features;
        self
    }

    /// A rate limit.
    #[must_use]
    pub fn quota(mut self, quota: Quota) -> Builder {
        self.quota = Some(quota);
        self
    }

    /// Whether answers are compressed for those who ask for it; they are by default.
    #[must_use]
    pub fn gzip(mut self, gzip: bool) -> Builder {
        self.gzip = gzip;
        self
    }

    /// For benches: see `Org::repeats_pages`.
    #[must_use]
    pub fn repeats_pages(mut self) -> Builder {
        self.repeats_pages = true;
        self
    }

    #[must_use]
    pub fn script(mut self, script: Script) -> Builder {
        self.script = script;
        self
    }

    /// May answer instead of the org, and change it.
    #[must_use]
    pub fn hook(mut self, hook: impl FnMut(&mut Org, &Seen) -> Option<Reply> + Send + 'static) -> Builder {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Whether requests are held against Okta's description and searched for misplaced secrets; they
    /// are by default.
    #[must_use]
    pub fn verify(mut self, verifies: bool) -> Builder {
        self.verifies = verifies;
        self
    }

    /// Whether every request is remembered; they are by default. A bench of millions counts only.
    #[must_use]
    pub fn log(mut self, keeps_log: bool) -> Builder {
        self.keeps_log = keeps_log;
        self
    }

    /// Before every answer.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Builder {
        self.latency = latency;
        self
    }

    /// Spread over the body of every answer.
    #[must_use]
    pub fn body_time(mut self, body_time: Duration) -> Builder {
        self.body_time = body_time;
        self
    }

    /// Another origin, for faults that lead there.
    #[must_use]
    pub fn elsewhere(mut self, origin: &str) -> Builder {
        self.elsewhere = origin.to_owned();
        self
    }

    /// How long a second of the client's is, where it runs on a faster clock: faults that drip bytes
    /// keep to it.
    #[must_use]
    pub fn second(mut self, second: Duration) -> Builder {
        self.second = second;
        self
    }

    /// Looks at the org as it would be served.
    pub fn inspect<T>(mut self, look: impl FnOnce(&mut Org) -> T) -> T {
        look(&mut self.org())
    }

    /// The org, with all that was prepared.
    fn org(&mut self) -> Org {
        let mut org = Org::new(self.size, self.clock);
        org.token = self.token.take();
        org.features = self.features;
        org.quota = self.quota;
        org.gzip = self.gzip;
        org.repeats_pages = self.repeats_pages;
        std::mem::take(&mut self.prepare).into_iter().for_each(|prepare| prepare(&mut org));
        org
    }

    /// Starts to serve. Panics where the port isn't free.
    pub fn start(self) -> Rehearsal {
        self.try_start().expect("a free port")
    }

    /// Starts to serve.
    ///
    /// # Errors
    /// When the address can't be listened on.
    pub fn try_start(mut self) -> std::io::Result<Rehearsal> {
        let (config, ca_pem) = match self.tls {
            false => (None, None),
            true => {
                let authority = Authority::new("okta-rehearsal CA");
                (Some(authority.server(Flaw::None)), Some(authority.pem()))
            }
        };
        let (address, greet) = (self.address, std::mem::replace(&mut self.greet, Box::new(|_| Greeting::Serve)));
        self.serve(ca_pem, |script| Server::bind(address, config, greet, script))
    }

    /// Serves on a server of the caller's making, whose script is to be the given one. What was said
    /// about address, TLS and greeting is then the caller's affair.
    pub fn start_on(self, make: impl FnOnce(ServerScript) -> Server) -> Rehearsal {
        self.serve(None, |script| Ok(make(script))).expect("a server")
    }

    fn serve(
        mut self,
        ca_pem: Option<String>,
        make: impl FnOnce(ServerScript) -> std::io::Result<Server>,
    ) -> std::io::Result<Rehearsal> {
        let org = self.org();
        let mut stage = Stage {
            pristine: org.clone(),
            org,
            conductor: Conductor::default(),
            hook: self.hook,
            verifies: self.verifies,
            keeps_log: self.keeps_log,
            latency: self.latency,
            body_time: self.body_time,
            elsewhere: self.elsewhere,
            second: self.second,
            report: Report::default(),
            secrets: Secrets::default(),
        };
        stage.set_script(self.script);
        let stage = Arc::new(Mutex::new(stage));
        let shared = stage.clone();
        let server = make(Box::new(move |seen: &Seen| control::serve(&mut lock(&shared), seen)))?;
        server.keep_log(self.keeps_log);
        {
            let mut stage = lock(&stage);
            stage.org.origin = server.origin();
            stage.pristine.origin = server.origin();
        }
        Ok(Rehearsal::new(stage, server, ca_pem))
    }
}

/// What a server does with each request.
pub type ServerScript = Box<dyn FnMut(&Seen) -> Reply + Send>;
