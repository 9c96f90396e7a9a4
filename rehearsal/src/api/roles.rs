//! Admin roles of users (okta-api.md, «Operations»).

use serde_json::json;

use super::call::{Call, Outcome, Refusal};
use crate::org::{Org, ROLE_TYPES, Role, Status, Target};
use crate::server::Answer;

pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let roles = org.roles_of(user.number);
    Ok(Answer::json(200, &roles.iter().map(|role| role.json(&org.origin, &user.id)).collect::<Vec<_>>()))
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let id = call.argument(1);
    let role = org.roles_of(user.number).into_iter().find(|role| role.id == id);
    let role = role.ok_or_else(|| Refusal::not_found(id, "RoleAssignment"))?;
    Ok(Answer::json(200, &role.json(&org.origin, &user.id)))
}

/// 201; again 409 E0000090. A role that is held through a group only can be assigned as well.
pub(super) fn assign(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let kind = call.body["type"].as_str().unwrap_or_default();
    if kind == "CUSTOM" {
        return Err(Refusal::unknown("assigning a custom role: this org has none"));
    }
    if !ROLE_TYPES.iter().any(|(known, _)| *known == kind) {
        let cause = format!("type: '{kind}' is not a role type");
        return Err(Refusal::invalid("type", &[cause]));
    }
    if user.status == Status::Deprovisioned {
        return Err(Refusal::wrong_status());
    }
    let mut roles = org.own_roles(user.number);
    if roles.iter().any(|role| role.kind == kind) {
        return Err(Refusal::because(
            409,
            "E0000090",
            "Duplicate role assignment exception.",
            "The role specified is already assigned to the user.",
        ));
    }
    let before: Vec<String> = roles.iter().map(|role| role.kind.clone()).collect();
    let role = Role::new(org.plan(), user.number, kind, org.now());
    roles.push(role.clone());
    let after: Vec<String> = roles.iter().map(|role| role.kind.clone()).collect();
    org.set_own_roles(user.number, roles);
    org.note(
        "user.account.privilege.grant",
        "Grant user privilege",
        &Target::user(&user),
        json!({"roles": before}),
        json!({"roles": after}),
    );
    Ok(Answer::json(201, &role.json(&org.origin, &user.id)))
}

/// 204; 404 E0000007 for an unassigned role, and for one that is held through a group.
pub(super) fn unassign(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let id = call.argument(1);
    let mut roles = org.own_roles(user.number);
    let before: Vec<String> = roles.iter().map(|role| role.kind.clone()).collect();
    let at = roles.iter().position(|role| role.id == id).ok_or_else(|| Refusal::not_found(id, "RoleAssignment"))?;
    roles.remove(at);
    let after: Vec<String> = roles.iter().map(|role| role.kind.clone()).collect();
    org.set_own_roles(user.number, roles);
    org.note(
        "user.account.privilege.revoke",
        "Revoke user privilege",
        &Target::user(&user),
        json!({"roles": before}),
        json!({"roles": after}),
    );
    Ok(Answer::new(204, ""))
}
