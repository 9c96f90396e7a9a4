//! Identity providers of the org.

use super::super::client::Okta;
use super::super::pages::Pages;
use super::super::path::Path;

/// The most identity providers on one page.
pub const PAGE: u64 = 200;

impl Okta {
    /// Identity providers, page by page.
    pub fn providers(&self, q: Option<&str>, kind: Option<&str>, wanted: Option<u64>) -> Pages {
        self.list(Path::new("idps").maybe("q", q).maybe("type", kind), wanted, PAGE, "")
    }
}
