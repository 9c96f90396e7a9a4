//! *unassign role*: removes an admin role from a user.

use super::ids::{RoleName, UserId, not_one_of, role_types};
use super::roles;
use super::session::OktaSession;
use crate::okta::Okta;
use crate::okta::api::roles::{Held, Role, RoleHolder, looks_like_assignment};
use crate::okta::api::users::subject;
use crate::okta::settle::{Reading, Settled, Stamp};
use crate::parameters;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::{Failure, Kind};
use crate::runtime::table::connector::{Action, Done, NoSummary};
use crate::runtime::table::facts::{ActionType, Data, Facts, Settles};
use crate::runtime::table::parameter::GIVEN;
use crate::runtime::text::{capital, escaped, list};

pub struct UnassignRole;

parameters! {
    /// Parameters of *unassign role*.
    pub struct Parameters {
        /// Id or login of the user
        user_id: UserId,
        /// Id of the role assignment, as returned by list roles; or the type or label of a role that the user holds
        role_id: RoleName,
    }
}

impl Action<OktaSession> for UnassignRole {
    const FACTS: Facts = Facts {
        action: "unassign role",
        identifier: "unassign_role",
        action_type: ActionType::Generic,
        read_only: false,
        settles: Settles::Refusal,
        description: "Remove an admin role from a user",
        verbose: "Succeeds if the user does not have the role. A role that comes from a group cannot be removed here.",
        roles: roles::SUPER,
        data: Data::Empty,
        summary: &[],
    };
    type Parameters = Parameters;
    type Summary = NoSummary;

    fn run(okta: &Okta, parameters: Parameters, _: &mut Output) -> Result<Done<NoSummary>, Failure> {
        let (role, user) = (parameters.role_id.0.as_str(), subject(okta, &parameters.user_id.0));
        let holder = okta.role_holder(&parameters.user_id.0)?;
        match looks_like_assignment(role) {
            true => unassign(okta, &holder, role, &user, role),
            false => {
                let held = okta.roles_now(&holder)?;
                match named(okta, &held, role, &user)? {
                    Some(id) => unassign(okta, &holder, id, &user, role),
                    None => Ok(already(okta, &user, role, &held)),
                }
            }
        }
    }
}

/// Removes the assignment `id`, which was given as `role`; finds out why only if that fails.
fn unassign(okta: &Okta, holder: &RoleHolder, id: &str, user: &str, role: &str) -> Result<Done<NoSummary>, Failure> {
    let error = match okta.unassign_role(holder, id) {
        Ok(()) => {
            let message = format!("Removed the role {} from {user}", okta.quoted(role, 100));
            return Ok(Done::says(NoSummary {}, message));
        }
        Err(error) if error.is_about_state() || error.kind() == Kind::NotFound => error,
        Err(error) => return Err(error.into()),
    };
    let not_found = error.kind() == Kind::NotFound;
    let settled = okta.settle(|| {
        let held = okta.roles_now(holder)?;
        Ok(match held.iter().position(|held| held.role.id == id) {
            None => Reading::Made(held, Stamp::unkept()),
            Some(index) => Reading::NotMade(index_of(held, index)),
        })
    });
    match settled {
        // Okta does not keep the time of a removal: it is not known whose this one was.
        Ok(Settled::Ours(_)) => Ok(Done::says(
            NoSummary {},
            format!(
                "{} no longer has the role {}; the response to the removal was lost",
                capital(user),
                okta.quoted(role, 100)
            ),
        )),
        Ok(Settled::Already(held)) if not_found => Ok(already(okta, user, role, &held)),
        Ok(Settled::Not(held)) if held.role.assignment_type == "GROUP" => {
            Err(through_group(okta, error.into(), user, &held))
        }
        // Okta responds to an unknown user as to an unknown role; the second response is about the user.
        Err(second) if not_found && second.kind() == Kind::NotFound => Err(second.into()),
        _ => Err(error.into()),
    }
}

fn index_of(held: Vec<Held>, index: usize) -> Held {
    held.into_iter().nth(index).expect("its own position")
}

/// The assignment, among those that the user holds, whose role has this type or label.
///
/// # Errors
/// When it names several, one that is held through a group only, or nothing that could be a role.
fn named<'h>(okta: &Okta, held: &'h [Held], role: &str, user: &str) -> Result<Option<&'h str>, Failure> {
    // Not every id looks like one.
    if let Some(held) = held.iter().find(|held| held.role.id == role && held.role.assignment_type != "GROUP") {
        return Ok(Some(&held.role.id));
    }
    let is_named = |held: &&Held| {
        let Role { id, kind, label, .. } = &held.role;
        id == role || kind.eq_ignore_ascii_case(role) || label.eq_ignore_ascii_case(role)
    };
    let matching: Vec<&Held> = held.iter().filter(is_named).collect();
    let own: Vec<&&Held> = matching.iter().filter(|held| held.role.assignment_type != "GROUP").collect();
    match (own.as_slice(), matching.first()) {
        ([one], _) => Ok(Some(&one.role.id)),
        ([], Some(held)) => Err(through_group(okta, Failure::new(Kind::Conflict, ""), user, held)),
        ([], None) if role_types().any(|known| known.is_named(role)) => Ok(None),
        ([], None) => {
            let types: Vec<&str> = role_types().map(|known| known.kind).collect();
            let problem = format!(
                "`role_id` {}, or the id of an assignment",
                not_one_of(&types).replace(GIVEN, &escaped(&okta.run.redactor.text(role), 40))
            );
            Err(Failure::new(
                Kind::InvalidParameter,
                format!("Nothing was changed: {problem}. {}", holds(okta, user, held)),
            ))
        }
        (several, _) => {
            let ids: Vec<String> = several.iter().map(|held| okta.shown(&held.role.id, 60)).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let message = format!(
                "{} holds several roles {}: use an id ({}).",
                capital(user),
                okta.quoted(role, 100),
                list(&ids, "or")
            );
            Err(Failure::new(Kind::Conflict, message))
        }
    }
}

fn already(okta: &Okta, user: &str, role: &str, held: &[Held]) -> Done<NoSummary> {
    Done::says(
        NoSummary {},
        format!("{} does not have the role {}. {}", capital(user), okta.quoted(role, 100), holds(okta, user, held)),
    )
}

/// `User "ada" holds HELP_DESK_ADMIN (id …).`
fn holds(okta: &Okta, user: &str, held: &[Held]) -> String {
    let name = |held: &Held| {
        let name = if held.role.kind == "CUSTOM" { &held.role.label } else { &held.role.kind };
        format!("{} ({})", okta.shown(name, 60), okta.shown(&held.role.id, 60))
    };
    let names: Vec<String> = held.iter().take(20).map(name).collect();
    match names.as_slice() {
        [] => format!("{} holds no admin role.", capital(user)),
        names => {
            format!("{} holds {}.", capital(user), list(&names.iter().map(String::as_str).collect::<Vec<_>>(), "and"))
        }
    }
}

fn through_group(okta: &Okta, mut failure: Failure, user: &str, held: &Held) -> Failure {
    failure.set_kind(Kind::Conflict);
    failure.message = format!(
        "{} holds the role {} ({}) through a group: it can only be removed from the group.",
        capital(user),
        okta.shown(&held.role.kind, 60),
        okta.shown(&held.role.id, 60)
    );
    failure
}
