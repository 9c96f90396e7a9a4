//! The runtime of a SOAR connector for Okta: one request on stdin, one true result on stdout.
//!
//! The way through the code:
//!
//! ```text
//! stdin ─ request ─▶ actions (the table) ─▶ okta (the API in its own words) ─▶ transport (network | replay | recorder)
//!                         │
//! stdout ◀─ result (streaming writer) ◀─ data, summary, outcome
//! ```
//!
//! [`process`] is the shell around it, [`execute`] runs the parameter sets, [`run`] is what one run
//! knows of itself. Only [`okta`] and [`actions`] know Okta: without them, this is the runtime of a
//! connector for anything ([`connector`] says what it takes).

pub mod actions;
pub mod cli;
pub mod clock;
pub mod connector;
pub mod error;
pub mod execute;
pub mod fixture;
pub mod json;
pub mod log;
pub mod manifest;
pub mod okta;
pub mod output;
pub mod parameter;
pub mod process;
pub mod request;
pub mod result;
pub mod run;
pub mod secret;
pub mod stdin;
pub mod text;
pub mod transport;
