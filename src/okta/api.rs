//! The endpoints, one module per kind of object.

pub mod factors;
pub mod groups;
pub mod providers;
pub mod roles;
pub mod users;
