//! Secrets: a type that cannot be printed, and the [`Redactor`] that removes secrets from all output.

use std::fmt;

use zeroize::Zeroizing;

mod encodings;
mod redactor;

pub(crate) use encodings::base64_core;
pub use redactor::Redactor;

/// Replaces a secret in output.
pub const MASK: &str = "********";

/// A secret. It has no `Display`, its `Debug` output shows nothing, and its memory is overwritten when it
/// is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: String) -> Self {
        Secret(Zeroizing::new(secret))
    }

    /// The secret itself, for the code that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
