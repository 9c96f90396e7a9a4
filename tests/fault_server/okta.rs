//! The rehearsal org of the tests: small, its clock standing still, with one user of a known login who
//! has a phone for pushes.

use std::ops::Deref;
use std::time::Duration;

use okta_rehearsal::clock::Clock;
use okta_rehearsal::org::{Factor, Response, Role};
use okta_rehearsal::server::DATE;
use okta_rehearsal::{Builder, Handle, Rehearsal};

use super::runner::FACTOR;
use super::server::{Reply, Seen, Server};

pub use okta_rehearsal::Org as World;
pub use okta_rehearsal::ServerScript as Script;
pub use okta_rehearsal::org::Status;

/// The login of the user that tests work on.
pub const LOGIN: &str = "ada@example.com";
/// The number of a group that may be changed.
pub const GROUP: u64 = 2;
/// The role that the user is given where somebody has to hold one.
pub const ROLE: &str = "USER_ADMIN";

/// The org, before it is served. It takes any token: tests of the binary have another than those in process.
pub fn builder() -> Builder {
    Rehearsal::builder()
        .users(3)
        .groups(4)
        .providers(3)
        .any_token()
        .clock(Clock::fixed(DATE))
        .second(Duration::from_secs_f64(1.0 / FACTOR))
        .gzip(false)
        .prepare(|org| {
            let number = org.add_user(LOGIN, "Ada", "Adler");
            let user = org.user(number).expect("just added");
            let phone = Factor::new(org.plan(), &user, "push", org.now()).expect("a type of factor");
            org.set_factors(number, vec![phone]);
            org.response = answers("WAITING");
        })
}

/// What the user does about a push, from the first poll on. `WAITING` is nothing.
pub fn answers(result: &str) -> Response {
    Response { result: result.to_owned(), after_polls: 0 }
}

/// So many changes of any kind have been made; a phone that rang is one.
pub fn changes(world: &World) -> usize {
    world.changes().len() + world.challenges.len()
}

/// A running org. At its end every request has to have been one that Okta describes.
pub struct Running {
    rehearsal: Rehearsal,
}

impl Deref for Running {
    type Target = Rehearsal;

    fn deref(&self) -> &Rehearsal {
        &self.rehearsal
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.rehearsal.report().violations;
            assert!(violations.is_empty(), "wrong requests: {violations:#?}");
        }
    }
}

/// The state: `world.org()` holds it, also when the server has ended.
pub type Shared = Handle;

/// Serves an org that was made ready.
pub fn start(builder: Builder) -> (Running, Shared) {
    running(builder.start())
}

fn running(rehearsal: Rehearsal) -> (Running, Shared) {
    let world = rehearsal.handle();
    (Running { rehearsal }, world)
}

/// An org in which `hook` may answer instead.
pub fn org(hook: impl FnMut(&mut World, &Seen) -> Option<Reply> + Send + 'static) -> (Running, Shared) {
    start(builder().hook(hook))
}

/// An org on a server made by `make`.
pub fn org_by<H>(make: impl FnOnce(Script) -> Server, hook: H) -> (Running, Shared)
where
    H: FnMut(&mut World, &Seen) -> Option<Reply> + Send + 'static,
{
    running(builder().hook(hook).start_on(make))
}
