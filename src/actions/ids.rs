//! Parameters that name users, groups and roles. Each declares its `contains` for the platform, and
//! none can be used to reach another endpoint.

use std::marker::PhantomData;

use crate::inline_schema;
use crate::okta::api::users::is_me;

use crate::runtime::table::parameter::{Choice, Choices, GIVEN, Given, Text, Value};

/// The kind of object that an id names.
pub trait IdOf {
    /// `contains` of the parameter in the manifest.
    const CONTAINS: &'static [&'static str];
    /// Whether it names a user.
    const IS_USER: bool = false;
}

/// An id, or another name that Okta resolves, such as a login.
#[derive(Clone, Debug)]
pub struct Id<K>(pub String, PhantomData<K>);

impl<K: IdOf> Value for Id<K> {
    const CONTAINS: &'static [&'static str] = K::CONTAINS;

    fn read(given: Given<'_>) -> Result<Self, String> {
        // A stray blank or line break is nobody's: Okta would find nothing, and no message show why.
        match Text::from_given(given)?.trim() {
            dots @ ("" | "." | "..") => {
                Err(format!("is not a valid id or name: \"{dots}\" would address another resource"))
            }
            id => Ok(Id(id.to_owned(), PhantomData)),
        }
    }

    fn refused_in_change(&self) -> Option<&'static str> {
        (K::IS_USER && is_me(&self.0))
            .then_some("cannot be `me` in an action that changes something: `me` is the owner of the API token")
    }

    fn echo(&self) -> String {
        serde_json::json!(self.0).to_string()
    }
}

inline_schema!([K] Id<K>, |generator| <Text as schemars::JsonSchema>::json_schema(generator));

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:ident, $contains:expr $(, $fact:ident)?) => {
        /// See the alias.
        #[derive(Clone, Debug)]
        pub struct $kind;

        impl IdOf for $kind {
            const CONTAINS: &'static [&'static str] = $contains;
            $(const $fact: bool = true;)?
        }

        $(#[$doc])*
        pub type $name = Id<$kind>;
    };
}

id!(/// A user by id or login.
    UserId, OfUser, &["okta user id"], IS_USER);
id!(/// A user by id, login, or an address that is no login.
    UserAddress, OfAddress, &["okta user id", "okta email address", "okta username"], IS_USER);
id!(/// A group by id.
    GroupId, OfGroup, &["okta group id"]);
id!(/// A role that a user holds: by the assignment's id, or by the role's type or label.
    RoleName, OfRole, &["okta role id"]);

/// The standard admin roles that can be assigned to a user.
#[derive(Clone, Debug)]
pub struct RoleTypes;

impl Choices for RoleTypes {
    const OFFERED: &'static [&'static str] = &[
        "SUPER_ADMIN",
        "ORG_ADMIN",
        "API_ACCESS_MANAGEMENT_ADMIN",
        "APP_ADMIN",
        "USER_ADMIN",
        "MOBILE_ADMIN",
        "READ_ONLY_ADMIN",
        "HELP_DESK_ADMIN",
        "GROUP_MEMBERSHIP_ADMIN",
        "REPORT_ADMIN",
    ];
    const ACCEPTED: &'static [&'static str] =
        &["WORKFLOWS_ADMIN", "ACCESS_CERTIFICATIONS_ADMIN", "ACCESS_REQUESTS_ADMIN"];

    fn judge(canonical: Option<&'static str>, given: &str) -> Result<String, String> {
        match canonical {
            Some(value) => Ok(value.to_owned()),
            None if given.eq_ignore_ascii_case("CUSTOM") => {
                Err("cannot be CUSTOM: a custom role also needs a resource set, which this action does not support"
                    .to_owned())
            }
            None => Err(not_one_of(&[Self::OFFERED, Self::ACCEPTED].concat())),
        }
    }
}

/// A role that Okta defines.
pub(super) struct KnownRole {
    /// As programs call it.
    pub kind: &'static str,
    label: &'static str,
}

impl KnownRole {
    /// Whether this is its type or its label, in any case.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.kind.eq_ignore_ascii_case(name) || self.label.eq_ignore_ascii_case(name)
    }
}

/// The roles that Okta defines, with the labels that it gives them.
pub(super) fn role_types() -> impl Iterator<Item = KnownRole> {
    let known = [
        ("SUPER_ADMIN", "Super Administrator"),
        ("ORG_ADMIN", "Organization Administrator"),
        ("APP_ADMIN", "Application Administrator"),
        ("USER_ADMIN", "Group Administrator"),
        ("HELP_DESK_ADMIN", "Help Desk Administrator"),
        ("GROUP_MEMBERSHIP_ADMIN", "Group Membership Administrator"),
        ("READ_ONLY_ADMIN", "Read-only Administrator"),
        ("MOBILE_ADMIN", "Mobile Administrator"),
        ("API_ACCESS_MANAGEMENT_ADMIN", "API Access Management Administrator"),
        ("REPORT_ADMIN", "Report Administrator"),
        ("WORKFLOWS_ADMIN", "Workflows Administrator"),
        ("ACCESS_CERTIFICATIONS_ADMIN", "Access Certifications Administrator"),
        ("ACCESS_REQUESTS_ADMIN", "Access Requests Administrator"),
    ];
    known.into_iter().map(|(kind, label)| KnownRole { kind, label })
}

/// The end of a sentence about a value that is not in the list.
pub(super) fn not_one_of(values: &[&str]) -> String {
    format!("must be {}, not \"{GIVEN}\"", crate::runtime::text::list(values, "or"))
}

/// A type of admin role.
pub type RoleType = Choice<RoleTypes>;
