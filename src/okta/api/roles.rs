//! Admin roles of a user.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::answer::{Answer, Expect};
use super::super::client::Okta;
use super::super::error::{Cause, Error};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use super::users::subject;
use crate::runtime::transport::Method;

/// What is read of a role assignment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Id of the assignment.
    pub id: String,
    /// `SUPER_ADMIN` and the like.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// `USER`, `GROUP` or `CLIENT`.
    #[serde(default)]
    pub assignment_type: String,
}

/// A user by id, for roles. Resolved once per run.
pub struct RoleHolder {
    segment: Segment,
    subject: String,
}

impl RoleHolder {
    fn path(&self) -> Path {
        Path::new("users").segment(&self.segment).then("roles")
    }
}

impl Okta {
    /// The user whose roles are meant.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn role_holder(&self, user: &str) -> Result<RoleHolder, Error> {
        Ok(RoleHolder { segment: self.id_segment(user)?, subject: subject(self, user) })
    }

    /// The roles, page by page: Okta sends all at once, but a link would be followed.
    pub fn roles(&self, holder: &RoleHolder) -> Pages {
        self.whole_list(holder.path(), &holder.subject)
    }

    /// The roles with what is read of them.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn roles_now(&self, holder: &RoleHolder) -> Result<Vec<(Role, Box<RawValue>)>, Error> {
        let mut found = Vec::new();
        let mut pages = self.roles(holder);
        while let Some(page) = pages.next_page()? {
            for item in page.items() {
                let role = serde_json::from_str(item)
                    .map_err(|_| self.invalid_answer(page.answer(), &holder.subject, "is no list of roles"))?;
                found.push((role, RawValue::from_string(item.to_owned()).expect("checked to be JSON")));
            }
        }
        Ok(found)
    }

    /// Gives a role. Repeatable.
    ///
    /// # Errors
    /// When the user has it already, or Okta refuses.
    pub fn assign_role(&self, holder: &RoleHolder, kind: &str) -> Result<Answer, Error> {
        let body = serde_json::json!({"type": kind});
        let operation = self.write(Method::Post, holder.path(), Expect::Object, &holder.subject).body(&body);
        self.send(operation.repeatable())
    }

    /// Takes a role assignment away. Repeatable.
    ///
    /// # Errors
    /// When the user does not have it.
    pub fn unassign_role(&self, holder: &RoleHolder, assignment: &str) -> Result<(), Error> {
        let path = holder.path().segment(&role_segment(holder, assignment)?);
        let subject = format!("role {} of {}", self.shown(assignment, 100), holder.subject);
        let operation = self.write(Method::Delete, path, Expect::Nothing, &subject);
        self.send(operation.repeatable()).map(drop)
    }
}

fn role_segment(holder: &RoleHolder, assignment: &str) -> Result<Segment, Error> {
    Segment::new(assignment)
        .map_err(|bad| Error { subject: format!("role of {}", holder.subject), cause: Cause::BadSegment(bad) })
}
