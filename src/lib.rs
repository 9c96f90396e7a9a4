//! The runtime of a SOAR connector for Okta: one request on stdin, one result on stdout.
//!
//! Four floors, each of which uses only those below it:
//!
//! ```text
//! cli       the command line: run, replay, record, generate, schema
//! actions   what Okta's users want: the table, one file per action, messages
//! okta      a client for Okta's API: URLs, authentication, retries, pagination, errors
//! runtime   a connector for anything: requests, results, manifest, transports; does not know Okta
//! ```
//!
//! A request passes through them like this:
//!
//! ```text
//! stdin ─ request ─▶ actions (the table) ─▶ okta (the API client) ─▶ transport (network | replay | recorder)
//!                         │
//! stdout ◀─ result (streaming writer) ◀─ data, summary, outcome
//! ```

pub mod actions;
pub mod cli;
pub mod okta;
pub mod runtime;
