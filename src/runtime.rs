//! The runtime of a connector for any API: it turns bytes on stdin into a checked request, runs the action
//! once per parameter set, and writes a single result to stdout. What it knows about the API comes from a
//! table of actions and a session ([`table::connector`]).

pub mod captured;
pub mod clock;
pub mod effects;
pub mod envelope;
pub mod error;
pub mod execute;
pub mod file;
pub mod fixture;
pub mod host;
pub mod json;
pub mod lock;
pub mod log;
pub mod manifest;
pub mod memory;
pub mod order;
pub mod outlet;
pub mod process;
pub mod reader;
pub mod recording;
pub mod run;
pub mod secret;
pub mod signals;
pub mod stats;
pub mod table;
pub mod text;
pub mod transport;
