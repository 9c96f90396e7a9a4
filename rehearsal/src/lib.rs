//! A made-up Okta org on loopback: it behaves like Okta, holds every request against Okta's own
//! description, and misbehaves on cue. For tests, benches, and whoever rehearses a playbook.
//!
//! ```
//! use okta_rehearsal::Rehearsal;
//!
//! let rehearsal = Rehearsal::builder().users(20).start();
//! let login = rehearsal.org().user(3).unwrap().login().to_owned();
//! assert!(login.ends_with(".example"));
//! assert!(rehearsal.base_url().starts_with("http://127.0.0.1:"));
//! ```

mod api;
mod builder;
pub mod clock;
mod control;
pub mod faults;
pub mod org;
pub mod quota;
mod rehearsal;
pub mod report;
pub mod script;
pub mod server;
mod stage;
pub mod verify;

pub use api::{Repeat, repeat};
pub use builder::{Builder, ServerScript};
pub use org::Org;
pub use rehearsal::{Handle, OrgGuard, Rehearsal};
pub use report::Report;
pub use script::Script;
pub use stage::Hook;
