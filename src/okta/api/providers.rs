//! Identity providers in the org.

use super::super::client::Okta;
use super::super::pages::Pages;
use super::super::path::Path;

/// Maximum number of identity providers on a page.
pub const PAGE: u64 = 200;

impl Okta {
    /// Identity providers, page by page; `wanted` is the maximum number, `None` for all.
    pub fn providers(&self, q: Option<&str>, kind: Option<&str>, wanted: Option<u64>) -> Pages {
        self.list(Path::new("idps").maybe("q", q).maybe("type", kind), wanted, PAGE, "")
    }
}
