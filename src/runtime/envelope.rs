//! The request on stdin and the result on stdout.

pub mod asset_file;
pub mod document;
pub mod environment;
pub mod output;
pub mod request;
pub mod result;
mod set_secrets;
pub mod shape;
pub mod sink;
pub mod stdin;
pub mod tail;
