//! Secrets: a type that cannot be printed, and the [`Redactor`] that removes secrets from all output.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use zeroize::Zeroizing;

mod encodings;
mod entities;
mod masking;
mod names;
mod needles;
mod redactor;
mod search;
mod steps;
#[cfg(test)]
mod tests;
mod units;

pub(crate) use encodings::base64_core;
pub use names::{SecretNames, mask_all};
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

/// Redacted text. Only a [`Redactor`] creates it, and only redacted text can be cleaned and shortened: after that, a
/// secret might no longer be found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Redacted<'t>(Cow<'t, str>);

impl Redacted<'_> {
    /// Text of a fixture, which is meant to be shown.
    pub fn of_fixture(text: &str) -> Redacted<'_> {
        Redacted(Cow::Borrowed(text))
    }

    /// Redacts more of the text.
    pub fn less(self, take_out: impl FnOnce(&str) -> String) -> Redacted<'static> {
        Redacted(Cow::Owned(take_out(&self.0)))
    }

    /// The text.
    pub fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl Deref for Redacted<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<&str> for Redacted<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self.0 == **other
    }
}
