//! Admin roles of a user.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::answer::{Answer, Expect, Identity};
use super::super::client::Okta;
use super::super::error::{Cause, Error};
use super::super::pages::Pages;
use super::super::path::{Path, Segment};
use super::super::settle::Stamp;
use super::users::subject;
use crate::runtime::transport::Method;

/// The fields of a role assignment that are needed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Id of the assignment.
    pub id: String,
    /// Role type, such as `SUPER_ADMIN`.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Okta's name of the role for people.
    #[serde(default)]
    pub label: String,
    /// `USER`, `GROUP` or `CLIENT`.
    #[serde(default)]
    pub assignment_type: String,
    #[serde(default)]
    created: Option<String>,
}

/// A role assignment as it was read.
pub struct Held {
    /// What is read of it.
    pub role: Role,
    /// As Okta sent it.
    pub raw: Box<RawValue>,
    /// Since when it is there.
    pub since: Stamp,
}

/// Whether a value has the form of an assignment's id: 20 letters and digits, or the role's type in
/// base32 (okta-api.md, Conventions).
pub fn looks_like_assignment(value: &str) -> bool {
    let is_opaque = value.len() == 20 && value.bytes().all(|c| c.is_ascii_alphanumeric());
    is_opaque && value.bytes().any(|c| c.is_ascii_digit()) || is_base32_of_a_type(value)
}

/// Whether base32 (RFC 4648, without padding) stands for a type such as `APP_ADMIN`.
fn is_base32_of_a_type(value: &str) -> bool {
    let (mut bits, mut count) = (0u32, 0);
    let mut decoded = Vec::new();
    for byte in value.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return false,
        };
        bits = (bits << 5 | u32::from(digit)) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            decoded.push((bits >> count & 0xff) as u8);
        }
    }
    decoded.len() > 4 && decoded.iter().all(|c| c.is_ascii_uppercase() || *c == b'_')
}

/// The user whose roles are meant, resolved to an id once per run.
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
    /// Resolves the user whose roles are meant.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn role_holder(&self, user: &str) -> Result<RoleHolder, Error> {
        Ok(RoleHolder { segment: self.id_segment(user)?, subject: subject(self, user) })
    }

    /// The roles of a user. Okta sends all of them at once; a `next` link would be followed.
    pub fn roles(&self, holder: &RoleHolder) -> Pages {
        self.whole_list(holder.path(), &holder.subject)
    }

    /// The roles of a user, each parsed and as Okta sent it.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn roles_now(&self, holder: &RoleHolder) -> Result<Vec<Held>, Error> {
        let mut found = Vec::new();
        let mut pages = self.roles(holder);
        while let Some(page) = pages.next_page()? {
            for item in page.items() {
                let role: Role = serde_json::from_str(item)
                    .map_err(|_| self.invalid_answer(page.answer(), &holder.subject, "is not a list of roles"))?;
                let since = Stamp::new(role.created.as_deref(), page.answer());
                let raw = RawValue::from_string(item.to_owned()).expect("checked to be JSON");
                found.push(Held { role, raw, since });
            }
        }
        Ok(found)
    }

    /// Assigns a role. Repeatable.
    ///
    /// # Errors
    /// When the user already has the role, or Okta refuses.
    pub fn assign_role(&self, holder: &RoleHolder, kind: &str) -> Result<Answer, Error> {
        let body = serde_json::json!({"type": kind});
        let operation = self
            .write(Method::Post, holder.path(), Expect::changed(Identity::Type(kind.to_owned())), &holder.subject)
            .body(&body);
        self.send(operation.repeatable())
    }

    /// Removes a role assignment. Repeatable.
    ///
    /// # Errors
    /// When the user does not have it.
    pub fn unassign_role(&self, holder: &RoleHolder, assignment: &str) -> Result<(), Error> {
        let path = holder.path().segment(&role_segment(holder, assignment)?);
        let subject = format!("role {} of {}", self.quoted(assignment, 100), holder.subject);
        let operation = self.write(Method::Delete, path, Expect::nothing(), &subject);
        self.send(operation.repeatable()).map(drop)
    }
}

fn role_segment(holder: &RoleHolder, assignment: &str) -> Result<Segment, Error> {
    Segment::new(assignment)
        .map_err(|bad| Error { subject: format!("role of {}", holder.subject), cause: Cause::BadSegment(bad) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_assignments_look_like_them() {
        for id in [
            "ra1q4cTvB2nPhY6x35d7",
            "IFIFAX2BIRGUSTQ",
            "KVJUKUS7IFCE2SKO",
            "JBCUYUC7IRCVGS27IFCE2SKO",
            "irb1q4cTvB2nPhY6x3d7",
        ] {
            assert!(looks_like_assignment(id), "{id}");
        }
        for other in ["", "USER_ADMIN", "Help Desk Administrator", "administrator", "banana", "ra/1", "AAAA", "ra1"] {
            assert!(!looks_like_assignment(other), "{other}");
        }
    }
}
