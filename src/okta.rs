//! A client for Okta's Management API: URLs, authentication, sending with retries, pagination, errors,
//! and one module per kind of object ([`api`]).

pub mod address;
pub mod answer;
pub mod api;
pub mod auth;
pub mod client;
pub mod error;
pub mod limit;
pub mod link;
pub mod pace;
pub mod pages;
pub mod path;
pub mod retry;
pub mod send;
pub mod settle;
pub mod time;

pub use client::{Okta, Org};
pub use error::Error;
