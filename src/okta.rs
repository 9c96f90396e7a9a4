//! Okta's Management API in its own words: addresses, sending with retries, pages, errors, and
//! one module per kind of object. Knows nothing of SOAR.

pub mod address;
pub mod answer;
pub mod client;
pub mod error;
pub mod factors;
pub mod groups;
pub mod link;
pub mod pace;
pub mod pages;
pub mod path;
pub mod providers;
pub mod retry;
pub mod roles;
pub mod users;

pub use client::{Okta, Shared};
pub use error::Error;
