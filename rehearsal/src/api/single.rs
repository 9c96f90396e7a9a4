//! A single user as the body of a response.

use crate::org::{Org, User};
use crate::server::Answer;

/// A user by itself: with an ETag, which a write can name in `If-Match`.
pub(super) fn single(org: &Org, user: &User) -> Answer {
    Answer::json(200, &user.single(&org.origin)).header("ETag", etag(user))
}

/// The version of a user.
pub(super) fn etag(user: &User) -> String {
    format!("W/\"{:x}\"", user.last_updated ^ user.number.rotate_left(48))
}
