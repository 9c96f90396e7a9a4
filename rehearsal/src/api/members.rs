//! Members of groups (okta-api.md, «Operations»).

use serde_json::json;

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use crate::org::{Group, Org, Status, Target, User};
use crate::server::Answer;

/// okta-api.md, «Pagination».
const MOST: u64 = 1000;

pub(super) fn groups_of_user(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let groups = org.groups_of(user.number);
    Ok(Answer::json(200, &groups.iter().map(|group| group.json(org.plan(), &org.origin)).collect::<Vec<_>>()))
}

pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let group = call.group_at(org, 0)?;
    let limit = call.limit(MOST, MOST)?;
    let after = page::after(org, call)?;
    let (mut users, mut next) = (Vec::<User>::new(), None);
    let numbers = after.map_or(0, |last| last + 1)..org.users.next();
    for number in numbers.filter(|number| org.is_member(group.number, *number)) {
        let Some(user) = org.user(number).filter(|user| user.status != Status::Deprovisioned) else { continue };
        if users.len() as u64 == limit {
            next = users.last().map(|last| last.number);
            break;
        }
        users.push(user);
    }
    let items = users.iter().map(|user| user.listed(&org.origin)).collect();
    page::answer(org, call, Page { items, next }, limit)
}

pub(super) fn unsupported() -> Refusal {
    Refusal::new(501, "E0000060", "Unsupported operation.")
}

/// Ids only, not logins; not of built-in groups and those of apps.
fn both(org: &Org, call: &Call<'_>) -> Result<(Group, User), Refusal> {
    let group = call.group_at(org, 0)?;
    let id = call.argument(1);
    let user = org.find_user(id).and_then(|number| org.user(number)).filter(|user| user.id == id);
    let user = user.ok_or_else(|| Refusal::not_found(id, "User"))?;
    match group.kind.as_str() {
        "OKTA_GROUP" => Ok((group, user)),
        _ => Err(unsupported()),
    }
}

fn change(org: &mut Org, call: &Call<'_>, is: bool, event: &str, message: &str) -> Outcome {
    let (group, user) = both(org, call)?;
    let was = org.is_member(group.number, user.number);
    if was != is {
        org.set_member(group.number, user.number, is);
        let facts = |is: bool| json!({"group": group.name, "member": is});
        org.note(event, message, &Target::user(&user), facts(was), facts(is));
    }
    Ok(Answer::new(204, ""))
}

pub(super) fn add(org: &mut Org, call: &Call<'_>) -> Outcome {
    change(org, call, true, "group.user_membership.add", "Add user to group membership")
}

pub(super) fn remove(org: &mut Org, call: &Call<'_>) -> Outcome {
    change(org, call, false, "group.user_membership.remove", "Remove user from group membership")
}
