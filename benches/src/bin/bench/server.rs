//! The rehearsal org as the bench uses it: a process of its own that listens plain and over TLS.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use okta_rehearsal::org::ids::{Ids, Kind};
use okta_rehearsal::org::{Org, Response};
pub use okta_rehearsal::quota::{Quota, QuotaAccount};
use okta_rehearsal::server::{Call, Reply, Seen, Step};
use okta_rehearsal::{Builder, Rehearsal};
use serde::{Deserialize, Serialize};

use crate::clock::monotonic_ns;
use crate::outcome::Outcome;
use crate::trust::{self, Trust};

/// Plain HTTP is for loopback only; over TLS the name is what the certificate says.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Plain,
    Tls,
}

/// What kind of org the server plays, and how slow it is.
#[derive(Clone, Serialize, Deserialize)]
pub struct Behaviour {
    /// Users in the org.
    pub users: u64,
    /// Whether an answer is compressed for those that ask for it.
    pub gzip: bool,
    /// Before the headers of every answer.
    pub first_byte_ms: u64,
    /// Spread over the body of every answer.
    pub body_ms: u64,
    /// Before the headers of a list's second page, in addition.
    pub second_page_ms: u64,
    /// Polls of a push challenge that are answered with WAITING.
    pub waiting_polls: u32,
    pub quota: Option<Quota>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            users: 2_000,
            gzip: false,
            first_byte_ms: 0,
            body_ms: 0,
            second_page_ms: 0,
            waiting_polls: 0,
            quota: None,
        }
    }
}

/// What the server has seen.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Account {
    pub connections: usize,
    pub requests: usize,
    pub most_in_flight: usize,
    /// CLOCK_MONOTONIC just before a list's second page was sent.
    pub second_page_ns: Option<u64>,
    /// CLOCK_MONOTONIC of each poll of a challenge.
    pub polls_ns: Vec<u64>,
    pub quota: QuotaAccount,
}

const SEED: u64 = 7;

/// The id of the n-th user. The first ten have a phone for pushes.
pub fn user_id(n: usize) -> String {
    Ids::new(SEED).of(Kind::User, "00u", n as u64)
}

/// A running server, as the bench sees it. It ends with the bench.
pub struct Server {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    place: Place,
    pub trust: Trust,
}

#[derive(Serialize, Deserialize)]
struct Place {
    plain: String,
    tls: String,
    ca_pem: String,
}

impl Server {
    /// `scratch` is for the certificates.
    pub fn start(scratch: &Path, behaviour: &Behaviour) -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", &serde_json::to_string(behaviour)?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = process.stdin.take();
        let mut answers = BufReader::new(process.stdout.take().ok_or("no stdout")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let place: Place = serde_json::from_str(&line).map_err(|_| "the server did not start")?;
        let trust = trust::write(scratch, &process.id().to_string(), &place.ca_pem)?;
        Ok(Self { process, orders, answers, place, trust })
    }

    pub fn base_url(&self, way: Way) -> &str {
        match way {
            Way::Plain => &self.place.plain,
            Way::Tls => &self.place.tls,
        }
    }

    /// What it has seen since the last call.
    pub fn account(&mut self) -> Outcome<Account> {
        let orders = self.orders.as_mut().ok_or("the server has ended")?;
        orders.write_all(b"account\n")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.orders.take();
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The server's own process: `serve BEHAVIOUR`.
pub fn serve(arguments: &[String]) -> Outcome<()> {
    let [behaviour] = arguments else {
        return Err("serve needs a behaviour".into());
    };
    let behaviour: Behaviour = serde_json::from_str(behaviour)?;
    let moments = Arc::new(Mutex::new(Moments::default()));
    let orgs = [org(&behaviour, &moments).try_start()?, org(&behaviour, &moments).tls().try_start()?];
    let place = Place {
        plain: orgs[0].base_url(),
        tls: orgs[1].base_url(),
        ca_pem: orgs[1].ca_pem().unwrap_or_default().to_owned(),
    };
    println!("{}", serde_json::to_string(&place)?);
    for _order in std::io::stdin().lines() {
        println!("{}", serde_json::to_string(&take(&orgs, &moments))?);
    }
    Ok(())
}

/// Moments that only the server can tell.
#[derive(Default)]
struct Moments {
    second_page_ns: Option<u64>,
    polls_ns: Vec<u64>,
}

/// An org of which nothing is remembered that would grow with its lists.
fn org(behaviour: &Behaviour, moments: &Arc<Mutex<Moments>>) -> Builder {
    let (waiting_polls, second_page) = (behaviour.waiting_polls, Duration::from_millis(behaviour.second_page_ms));
    let moments = moments.clone();
    let org = Rehearsal::builder()
        .seed(SEED)
        .users(behaviour.users)
        .any_token()
        .verify(false)
        .log(false)
        .repeats_pages()
        .gzip(behaviour.gzip)
        .latency(Duration::from_millis(behaviour.first_byte_ms))
        .body_time(Duration::from_millis(behaviour.body_ms))
        .prepare(move |org| {
            org.response = Response { result: "SUCCESS".to_owned(), after_polls: waiting_polls };
        })
        .hook(move |org, seen| watch(org, seen, &moments, second_page));
    match behaviour.quota {
        Some(quota) => org.quota(quota),
        None => org,
    }
}

/// Notes polls, and the moment before the second page of a list is sent, held back where it is to be.
fn watch(org: &mut Org, seen: &Seen, moments: &Arc<Mutex<Moments>>, second_page: Duration) -> Option<Reply> {
    if seen.path().contains("/transactions/") {
        lock(moments).polls_ns.push(monotonic_ns());
    }
    if second_page.is_zero() || !seen.query().contains("after=") {
        return None;
    }
    let moments = moments.clone();
    let note = move || lock(&moments).second_page_ns = Some(monotonic_ns());
    let held_back = [Step::Pause(second_page), Step::Call(Call(Arc::new(note)))];
    Some(held_back.into_iter().chain(org.reply(seen)).collect())
}

/// Hands the account over and begins a new one. Of the two orgs only one is asked at a time.
fn take(orgs: &[Rehearsal], moments: &Mutex<Moments>) -> Account {
    let moments = std::mem::take(&mut *lock(moments));
    let mut account =
        Account { second_page_ns: moments.second_page_ns, polls_ns: moments.polls_ns, ..Account::default() };
    for org in orgs.iter().filter(|org| org.server().requests() > 0) {
        let server = org.server();
        account.connections += server.connections();
        account.requests += server.requests();
        account.most_in_flight = account.most_in_flight.max(server.most_in_flight());
        account.quota = std::mem::take(&mut org.org().ledger).account();
        server.forget();
    }
    account
}

fn lock(moments: &Mutex<Moments>) -> std::sync::MutexGuard<'_, Moments> {
    moments.lock().unwrap_or_else(|poison| poison.into_inner())
}
