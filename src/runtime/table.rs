//! What a connector and its actions are made of: facts, parameters, values.

pub mod connector;
pub mod facts;
pub mod parameter;
mod values;
