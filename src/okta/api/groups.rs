//! Groups in the org.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::answer::{Answer, Expect, Identity};
use super::super::client::Okta;
use super::super::error::{Cause, Error};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use super::super::settle::Stamp;
use crate::runtime::transport::Method;

/// Number of groups on a page. Okta allows up to 10,000, but a whole page is held in memory.
pub const PAGE: u64 = 200;

/// Maximum number of groups that Okta returns for `q`, which it does not paginate.
pub const MOST_WITH_QUERY: u64 = 10_000;

/// The fields of a group that are needed.
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
    #[serde(default)]
    created: Option<String>,
}

/// Name and description of a group.
#[derive(Debug, Default, Deserialize)]
pub struct Profile {
    /// Name, unique among groups of type `OKTA_GROUP`.
    #[serde(default)]
    pub name: Option<String>,
    /// Description; Okta may leave it out.
    #[serde(default)]
    pub description: Option<String>,
}

/// `group "Night shift"`
pub fn subject(okta: &Okta, group: &str) -> String {
    format!("group {}", okta.quoted(group, 100))
}

impl Okta {
    /// Groups, page by page; `wanted` is the maximum number, `None` for all.
    pub fn groups(&self, q: Option<&str>, filter: Option<&str>, wanted: Option<u64>) -> Pages {
        let page = if q.is_some() { MOST_WITH_QUERY } else { PAGE };
        self.list(Path::new("groups").maybe("q", q).maybe("filter", filter), wanted, page, "")
    }

    /// Gets a group by id.
    ///
    /// # Errors
    /// When there is no such group.
    pub fn group(&self, group: &str) -> Result<Answer, Error> {
        let segment = Segment::new(group)
            .map_err(|bad| Error { subject: subject(self, group), cause: Cause::BadSegment(bad) })?;
        self.send(self.get(
            Path::new("groups").segment(&segment),
            Expect::object(Identity::Id(group.to_owned())),
            &subject(self, group),
        ))
    }

    /// Creates a group. Not repeatable.
    ///
    /// # Errors
    /// When the name is taken, or the response is lost.
    pub fn create_group(&self, name: &str, description: &str) -> Result<Answer, Error> {
        let body = serde_json::json!({"profile": {"name": name, "description": description}});
        let expect = Expect::changed(Identity::Name(name.to_owned()));
        self.send(self.write(Method::Post, Path::new("groups"), expect, &subject(self, name)).body(&body))
    }

    /// The group of the org's own (OKTA_GROUP) with exactly this name, apart from the outer blanks that Okta trims,
    /// and since when there is one.
    ///
    /// # Errors
    /// When Okta cannot be asked, or none is found but one of the groups could not be read.
    pub fn group_named(&self, name: &str) -> Result<Option<(Group, Box<RawValue>, Stamp)>, Error> {
        let name = name.trim();
        let mut unreadable = None;
        let mut pages = self.groups(Some(name), None, None);
        while let Some(page) = pages.next_page()? {
            for item in page.items() {
                let group = match serde_json::from_str::<Group>(item) {
                    Ok(group) if !group.kind.is_empty() => group,
                    _ => {
                        let problem = "lists a group that cannot be read";
                        unreadable
                            .get_or_insert_with(|| self.invalid_answer(page.answer(), &subject(self, name), problem));
                        continue;
                    }
                };
                if group.kind == "OKTA_GROUP" && group.profile.name.as_deref().is_some_and(|it| it.trim() == name) {
                    let raw = RawValue::from_string(item.to_owned()).expect("checked to be JSON");
                    let since = Stamp::new(group.created.as_deref(), page.answer());
                    return Ok(Some((group, raw, since)));
                }
            }
        }
        // It may be the one.
        unreadable.map_or(Ok(None), Err)
    }
}
