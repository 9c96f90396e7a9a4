//! A hand-made server that fails on cue, a small Okta behind it, and a runner with the checks that
//! hold for every run. Shared by the test files that need them.
#![allow(dead_code)]

pub mod actions;
pub mod certificates;
pub mod faults;
pub mod http;
pub mod matrix;
pub mod okta;
pub mod runner;
pub mod secrets;
pub mod server;
pub mod tunnel;
