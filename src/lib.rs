//! The runtime of a SOAR connector for Okta: one request on stdin, one true result on stdout.
//!
//! Four floors, each of which looks down only:
//!
//! ```text
//! cli       the command line
//! actions   what Okta's users want: the table, one file per action
//! okta      Okta's API in its own words: addresses, retries, pages, errors
//! runtime   a connector for anything: requests, results, manifest, transports; does not know Okta
//! ```
//!
//! The way of a request through them:
//!
//! ```text
//! stdin ─ request ─▶ actions (the table) ─▶ okta (the API in its own words) ─▶ transport (network | replay | recorder)
//!                         │
//! stdout ◀─ result (streaming writer) ◀─ data, summary, outcome
//! ```

pub mod actions;
pub mod cli;
pub mod okta;
pub mod runtime;
