//! Groups (okta-api.md, «Operations»): listed, made, changed, deleted.

use serde_json::{Map, Value, json};

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use super::scim::{self, Operator};
use super::user_list::invalid_search;
use crate::clock::iso;
use crate::org::{Group, Org, Target};
use crate::server::Answer;

/// okta-api.md, «Pagination»: 10 000, and 200 with an `expand`.
const MOST: u64 = 10_000;
const MOST_EXPANDED: u64 = 200;
/// With `q` (okta-api.md, «Operations», list groups).
const WITH_Q: u64 = 300;

pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let [q, filter, search] = call.searches()?;
    let most = if call.parameter("expand").is_some() { MOST_EXPANDED } else { MOST };
    let limit = call.limit(if q.is_some() { WITH_Q.min(most) } else { most }, most)?;
    let after = page::after(org, call)?;
    let all = org.groups.all(org.plan()).map(|(_, group)| group);
    let found = match (q, filter.or(search)) {
        (Some(start), _) => starting_with(all.collect(), start, limit),
        (_, Some(text)) => {
            let expression = scim::parse(text).map_err(|why| invalid_search(&why))?;
            let is_search = search.is_some();
            if let Some((path, operator)) = expression.refused(&|path, operator| allowed(path, operator, is_search)) {
                // okta-api.md, «Errors»: an unsupported filter is E0000094.
                return Err(match is_search {
                    true => invalid_search(&format!("{path} cannot be compared by {operator:?} here")),
                    false => Refusal::new(400, "E0000094", "The filter is not supported"),
                });
            }
            let mut found: Vec<Group> = all.filter(|group| expression.fits(&|path| values(org, group, path))).collect();
            if let (Some(path), true) = (call.parameter("sortBy"), is_search) {
                found.sort_by_key(|group| values(org, group, path).first().map(|value| value.to_lowercase()));
                if call.parameter("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("desc")) {
                    found.reverse();
                }
            }
            Page::of(found, after, limit)
        }
        _ => Page::of(all.collect(), after, limit),
    };
    let items = found.items.iter().map(|group| listed(org, call, group)).collect();
    page::answer(org, call, Page { items, next: found.next }, limit)
}

fn listed(org: &Org, call: &Call<'_>, group: &Group) -> Value {
    let mut json = group.json(org.plan(), &org.origin);
    if call.parameter("expand") == Some("stats") {
        let members = org.users.numbers().filter(|user| org.is_member(group.number, *user)).count();
        let apps = org.apps.numbers().filter(|app| org.is_group_assigned(*app, group.number)).count();
        json["_embedded"] = json!({"stats": {"usersCount": members, "appsCount": apps, "groupPushMappingsCount": 0}});
    }
    json
}

/// `q`: the name starts with it, exact matches first; never paged.
fn starting_with(all: Vec<Group>, start: &str, limit: u64) -> Page<Group> {
    let start = start.to_lowercase();
    let mut found: Vec<Group> = all.into_iter().filter(|group| group.name.to_lowercase().starts_with(&start)).collect();
    found.sort_by_key(|group| group.name.to_lowercase() != start);
    found.truncate(limit as usize);
    Page { items: found, next: None }
}

fn values(org: &Org, group: &Group, path: &str) -> Vec<String> {
    match path {
        "id" => vec![group.id.clone()],
        "type" => vec![group.kind.clone()],
        "created" => vec![iso(group.created)],
        "lastUpdated" => vec![iso(group.last_updated)],
        "lastMembershipUpdated" => vec![iso(group.last_membership_updated)],
        "profile.name" => vec![group.name.clone()],
        "profile.description" => group.description.clone().into_iter().collect(),
        "source.id" => group.app.map(|app| org.plan().app_id(app)).into_iter().collect(),
        _ => path
            .strip_prefix("profile.")
            .and_then(|name| group.more.get(name))
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .into_iter()
            .collect(),
    }
}

fn allowed(path: &str, operator: Operator, is_search: bool) -> bool {
    let is_time = matches!(path, "lastUpdated" | "lastMembershipUpdated");
    match is_search {
        true => {
            let known =
                path.starts_with("profile.") || is_time || ["id", "type", "created", "source.id"].contains(&path);
            known && !matches!(operator, Operator::Ne | Operator::Ew)
        }
        false if is_time => {
            matches!(operator, Operator::Eq | Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le)
        }
        false => matches!(path, "id" | "type") && operator == Operator::Eq,
    }
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let group = call.group_at(org, 0)?;
    Ok(Answer::json(200, &group.json(org.plan(), &org.origin)))
}

struct Given {
    name: String,
    description: Option<String>,
    more: Map<String, Value>,
}

/// The profile in a body, if it has a name that is free.
fn given(org: &Org, call: &Call<'_>, own: Option<u64>) -> Result<Given, Refusal> {
    let mut profile = call.body["profile"].as_object().cloned().unwrap_or_default();
    let name = profile.remove("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(Refusal::invalid("name", &["name: The field cannot be left blank".to_owned()]));
    }
    // okta-api.md, «Operations», add group: a taken name.
    if org.groups.all(org.plan()).any(|(number, group)| group.name == name && Some(number) != own) {
        let cause = "name: An object with this field already exists in the current organization".to_owned();
        return Err(Refusal::invalid("name", &[cause]));
    }
    let description = profile.remove("description").and_then(|text| text.as_str().map(str::to_owned));
    Ok(Given { name, description, more: profile })
}

fn facts(group: &Group) -> Value {
    json!({"name": group.name, "description": group.description})
}

pub(super) fn add(org: &mut Org, call: &Call<'_>) -> Outcome {
    let Given { name, description, more } = given(org, call, None)?;
    let number = org.add_group(&name, description.as_deref());
    let mut group = org.group(number).expect("just added");
    group.more = more;
    org.groups.put(number, group.clone());
    org.note("group.lifecycle.create", "Create group", &Target::group(&group), Value::Null, facts(&group));
    Ok(Answer::json(200, &group.json(org.plan(), &org.origin)))
}

/// Built-in groups and those of apps are not ours to change (okta-api.md, «Errors»: 501 E0000060).
fn changeable(group: &Group) -> Result<(), Refusal> {
    match group.kind.as_str() {
        "OKTA_GROUP" => Ok(()),
        _ => Err(super::members::unsupported()),
    }
}

pub(super) fn replace(org: &mut Org, call: &Call<'_>) -> Outcome {
    let mut group = call.group_at(org, 0)?;
    changeable(&group)?;
    let before = facts(&group);
    let Given { name, description, more } = given(org, call, Some(group.number))?;
    (group.name, group.description, group.more) = (name, description, more);
    group.last_updated = org.now();
    org.groups.put(group.number, group.clone());
    org.note("group.profile.update", "Update group profile", &Target::group(&group), before, facts(&group));
    Ok(Answer::json(200, &group.json(org.plan(), &org.origin)))
}

pub(super) fn delete(org: &mut Org, call: &Call<'_>) -> Outcome {
    let group = call.group_at(org, 0)?;
    changeable(&group)?;
    org.groups.remove(group.number);
    org.group_roles.remove(&group.number);
    org.note("group.lifecycle.delete", "Delete group", &Target::group(&group), facts(&group), Value::Null);
    Ok(Answer::new(204, ""))
}
