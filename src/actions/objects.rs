//! The data paths of what Okta sends: one module of constant tables per kind of Okta object.
//!
//! A path is what stands below `action_result.data.*.`; `*` is any element of an array. Types and
//! `contains` are those of the app's published interface, also where Okta's own type is another
//! (`.list()` marks the arrays that it calls strings). What an action has differently, or beyond
//! these tables, is in a table of its own next to the action. No path may come twice in one action.

/// The address of the examples' user, or of something below it.
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
