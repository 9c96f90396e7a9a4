//! Parameters that name users, groups and roles: text that says what it is, and that cannot
//! address anything else.

use std::marker::PhantomData;

use crate::inline_schema;

use crate::runtime::table::parameter::{Choice, Choices, GIVEN, Given, Text, Value};

/// What an id is of.
pub trait IdOf {
    /// For the platform.
    const CONTAINS: &'static [&'static str];
}

/// An id of something, or a name by which Okta finds it.
#[derive(Clone, Debug)]
pub struct Id<K>(pub String, PhantomData<K>);

impl<K: IdOf> Value for Id<K> {
    const CONTAINS: &'static [&'static str] = K::CONTAINS;

    fn read(given: Given<'_>) -> Result<Self, String> {
        match Text::from_given(given)? {
            dots if matches!(dots.trim(), "" | "." | "..") => {
                Err(format!("names nothing: \"{}\" would address something else", dots.trim()))
            }
            id => Ok(Id(id, PhantomData)),
        }
    }

    fn echo(&self) -> String {
        serde_json::json!(self.0).to_string()
    }
}

inline_schema!([K] Id<K>, |generator| <Text as schemars::JsonSchema>::json_schema(generator));

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:ident, $contains:expr) => {
        /// See the alias.
        #[derive(Clone, Debug)]
        pub struct $kind;

        impl IdOf for $kind {
            const CONTAINS: &'static [&'static str] = $contains;
        }

        $(#[$doc])*
        pub type $name = Id<$kind>;
    };
}

id!(/// A user by id or login.
    UserId, OfUser, &["okta user id"]);
id!(/// A user by id, login, or an address that is no login.
    UserAddress, OfAddress, &["okta user id", "okta email address", "okta username"]);
id!(/// A group by id.
    GroupId, OfGroup, &["okta group id"]);
id!(/// A role assignment by id.
    RoleId, OfRole, &["okta role id"]);

/// The types of admin roles.
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
                Err("cannot be CUSTOM: a custom role also needs a resource set, which this action does not have"
                    .to_owned())
            }
            None => Err(not_one_of(&[Self::OFFERED, Self::ACCEPTED].concat())),
        }
    }
}

/// The end of a sentence about a value that is not in the list.
pub(super) fn not_one_of(values: &[&str]) -> String {
    format!("has to be {}, not \"{GIVEN}\"", crate::runtime::text::list(values, "or"))
}

/// A type of admin role.
pub type RoleType = Choice<RoleTypes>;
