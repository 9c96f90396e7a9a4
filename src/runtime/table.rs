//! The types that define a connector and its actions: facts, parameters, values.

pub mod connector;
pub mod facts;
pub mod parameter;
mod values;
