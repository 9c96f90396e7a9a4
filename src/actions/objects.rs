//! The data paths of Okta's objects: one module of constant tables per kind of object.
//!
//! A path is relative to `action_result.data.*.`; `*` is any element of an array. Types and
//! `contains` are those of the app's published interface, even where Okta's own type differs
//! (`.list()` marks arrays that are published as strings). Paths that differ for one action, or that
//! only one action has, are in a table next to that action. A path must be unique within an action.

/// The URL of the example user, or of a resource below it.
macro_rules! user_url {
    ($($rest:literal)?) => {
        concat!("https://example.okta.com/api/v1/users/00uq3x7ZkT9aLmN4w5d7" $(, $rest)?)
    };
}

pub mod factor;
pub mod group;
pub mod provider;
pub mod role;
pub mod user;
