//! Secrets: a type that cannot be printed, and the [`Redactor`] that takes them out of everything
//! that leaves the program.

use std::fmt;

use zeroize::Zeroizing;

mod encodings;
mod redactor;

pub(crate) use encodings::base64_core;
pub use redactor::Redactor;

/// What stands in a secret's place.
pub const MASK: &str = "********";

/// A secret. It has no `Display`, its `Debug` says nothing, and its memory is overwritten when it
/// is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the secret over.
    pub fn new(secret: String) -> Self {
        Secret(Zeroizing::new(secret))
    }

    /// The secret itself, for the place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
