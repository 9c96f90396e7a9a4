//! The runtime of a connector for anything: it turns bytes on stdin into a checked request, runs it
//! once per parameter set, and writes the one result to stdout. What the other side is, it learns
//! from a table of actions and a session ([`table::connector`]).

pub mod captured;
pub mod clock;
pub mod effects;
pub mod envelope;
pub mod error;
pub mod execute;
pub mod fixture;
pub mod host;
pub mod json;
pub mod lock;
pub mod log;
pub mod manifest;
pub mod order;
pub mod process;
pub mod recording;
pub mod run;
pub mod secret;
pub mod signals;
pub mod table;
pub mod text;
pub mod transport;
