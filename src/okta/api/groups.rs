//! Groups of the org.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::answer::{Answer, Expect};
use super::super::client::Okta;
use super::super::error::{Cause, Error};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use crate::runtime::transport::Method;

/// Groups on a page: Okta sends up to 10,000, but a page is held in memory whole.
pub const PAGE: u64 = 200;

/// With `q`, which is never paged, Okta sends so many at the most.
pub const MOST_WITH_QUERY: u64 = 10_000;

/// What is read of a group.
#[derive(Debug, Deserialize)]
pub struct Group {
    /// Okta's id.
    pub id: String,
    /// `OKTA_GROUP`, `APP_GROUP` or `BUILT_IN`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Its name and description.
    #[serde(default)]
    pub profile: Profile,
}

/// Name and description of a group.
#[derive(Debug, Default, Deserialize)]
pub struct Profile {
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The description.
    #[serde(default)]
    pub description: Option<String>,
}

/// `group "Night shift"`
pub fn subject(okta: &Okta, group: &str) -> String {
    format!("group \"{}\"", okta.shown(group, 100))
}

impl Okta {
    /// Groups, page by page.
    pub fn groups(&self, q: Option<&str>, filter: Option<&str>, wanted: Option<u64>) -> Pages {
        let page = if q.is_some() { MOST_WITH_QUERY } else { PAGE };
        self.list(Path::new("groups").maybe("q", q).maybe("filter", filter), wanted, page, "")
    }

    /// A group by id.
    ///
    /// # Errors
    /// When there is none.
    pub fn group(&self, group: &str) -> Result<Answer, Error> {
        let segment = Segment::new(group)
            .map_err(|bad| Error { subject: subject(self, group), cause: Cause::BadSegment(bad) })?;
        self.send(self.get(Path::new("groups").segment(&segment), Expect::Object, &subject(self, group)))
    }

    /// Makes a group. Not repeatable.
    ///
    /// # Errors
    /// When the name is taken, or the answer is lost.
    pub fn create_group(&self, name: &str, description: &str) -> Result<Answer, Error> {
        let body = serde_json::json!({"profile": {"name": name, "description": description}});
        self.send(self.write(Method::Post, Path::new("groups"), Expect::Object, &subject(self, name)).body(&body))
    }

    /// The group of the org's own (OKTA_GROUP) with exactly this name.
    ///
    /// # Errors
    /// When Okta cannot be asked.
    pub fn group_named(&self, name: &str) -> Result<Option<(Group, Box<RawValue>)>, Error> {
        let mut pages = self.groups(Some(name), None, None);
        while let Some(page) = pages.next_page()? {
            for item in page.items() {
                let Ok(group) = serde_json::from_str::<Group>(item) else { continue };
                if group.kind == "OKTA_GROUP" && group.profile.name.as_deref() == Some(name) {
                    let raw = RawValue::from_string(item.to_owned()).expect("checked to be JSON");
                    return Ok(Some((group, raw)));
                }
            }
        }
        Ok(None)
    }
}
