//! The rehearsal org as the tests use it, faults crossed with actions, and a runner with the checks
//! that hold for every run. Shared by the test files that need them.
#![allow(dead_code, unused_imports)]

pub mod actions;
pub mod faults;
pub mod matrix;
pub mod okta;
pub mod runner;
pub mod secrets;

pub use okta_rehearsal::server;
pub use okta_rehearsal::server::{tls as certificates, tunnel};
