//! Applications and their assignments (okta-api.md, «Operations»).

use serde_json::{Value, json};

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use super::scim::{self, Operator};
use super::user_list::invalid_search;
use crate::clock::iso;
use crate::org::ids::Kind;
use crate::org::{Org, Target, User};
use crate::server::Answer;

/// Okta's description: 200 at most.
const MOST: u64 = 200;

fn linked(org: &Org, mut app: Value) -> Value {
    let own = format!("{}/api/v1/apps/{}", org.origin, app["id"].as_str().unwrap_or_default());
    app["_links"] = json!({
        "self": {"href": own},
        "users": {"href": format!("{own}/users")},
        "groups": {"href": format!("{own}/groups")},
    });
    app
}

/// `q`: name or label starts with it; `filter` for the status, a user's or a group's apps.
pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let limit = call.limit(MOST, MOST)?;
    let after = page::after(org, call)?;
    let q = call.parameter("q").unwrap_or_default().to_lowercase();
    let filter = match call.parameter("filter") {
        None => None,
        Some(text) => Some(scim::parse(text).map_err(|why| invalid_search(&why))?),
    };
    let allowed = |path: &str, operator: Operator| {
        ["status", "name", "user.id", "group.id"].contains(&path) && operator == Operator::Eq
    };
    if let Some((path, operator)) = filter.as_ref().and_then(|filter| filter.refused(&allowed)) {
        return Err(invalid_search(&format!("{path} cannot be compared by {operator:?} here")));
    }
    let text = |app: &Value, name: &str| app[name].as_str().unwrap_or_default().to_owned();
    let starts = |app: &Value| ["name", "label"].iter().any(|name| text(app, name).to_lowercase().starts_with(&q));
    let values = |number: u64, app: &Value, path: &str| match path {
        "user.id" => {
            let users = org.users.numbers().filter(|user| org.is_assigned(number, *user));
            users.map(|user| org.plan().user_id(user)).collect()
        }
        "group.id" => {
            let groups = org.groups.numbers().filter(|group| org.is_group_assigned(number, *group));
            groups.map(|group| org.plan().group_id(group)).collect()
        }
        path => vec![text(app, path)],
    };
    let all = org.apps.all(org.plan()).filter(|(_, app)| starts(app));
    let all = all
        .filter(|(number, app)| filter.as_ref().is_none_or(|filter| filter.fits(&|path| values(*number, app, path))));
    let expanded = call.parameter("expand").and_then(|expand| expand.strip_prefix("user/"));
    let expanded = expanded.and_then(|key| org.find_user(key)).and_then(|number| org.user(number));
    let all = all
        .map(|(number, app)| {
            let mut app = linked(org, app);
            if let Some(user) = expanded.as_ref().filter(|user| org.reaches(number, user)) {
                app["_embedded"] = json!({"user": app_user(org, number, user)});
            }
            app
        })
        .collect();
    page::answer(org, call, Page::of(all, after, limit), limit)
}

fn find(org: &Org, call: &Call<'_>) -> Result<(u64, Value), Refusal> {
    let id = call.argument(0);
    let number = org.plan().ids.number(Kind::App, "0oa", id);
    let found = number.and_then(|number| Some((number, org.apps.get(org.plan(), number)?)));
    found.ok_or_else(|| Refusal::not_found(id, "AppInstance"))
}

pub(super) fn get(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (_, app) = find(org, call)?;
    Ok(Answer::json(200, &linked(org, app)))
}

/// What a user sees on the dashboard.
pub(super) fn links(org: &mut Org, call: &Call<'_>) -> Outcome {
    let user = call.user(org)?;
    let links: Vec<Value> = org
        .apps
        .all(org.plan())
        .filter(|(number, _)| org.reaches(*number, &user))
        .zip(0..)
        .map(|((_, app), order)| {
            let (id, name) = (app["id"].as_str().unwrap_or_default(), app["name"].as_str().unwrap_or_default());
            json!({
                "id": format!("00u{}", &id[3..]), "label": app["label"], "appName": name, "appInstanceId": id,
                "appAssignmentId": format!("0ua{}", &id[3..]), "credentialsSetup": false, "hidden": false,
                "sortOrder": order, "linkUrl": format!("{}/home/{name}/{id}/1", org.origin),
                "logoUrl": format!("{}/assets/img/{name}.png", org.origin),
            })
        })
        .collect();
    Ok(Answer::json(200, &links))
}

fn app_user(org: &Org, app: u64, user: &User) -> Value {
    let scope = if org.is_assigned(app, user.number) { "USER" } else { "GROUP" };
    let own = format!("{}/api/v1/apps/{}/users/{}", org.origin, org.plan().app_id(app), user.id);
    json!({
        "id": user.id, "scope": scope, "status": "ACTIVE", "created": iso(user.created), "lastUpdated": iso(user.created),
        "statusChanged": iso(user.created), "syncState": "DISABLED", "credentials": {"userName": user.login()},
        "profile": {}, "_links": {"self": {"href": own}},
    })
}

pub(super) fn user(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (app, _) = find(org, call)?;
    let user = call.user_at(org, 1)?;
    match org.reaches(app, &user) {
        true => Ok(Answer::json(200, &app_user(org, app, &user))),
        false => Err(Refusal::not_found(call.argument(1), "AppUser")),
    }
}

/// Takes away the assignment of the user's own; what a group gives stays.
pub(super) fn unassign_user(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (number, app) = find(org, call)?;
    let user = call.user_at(org, 1)?;
    if !org.is_assigned(number, user.number) {
        return Err(Refusal::not_found(call.argument(1), "AppUser"));
    }
    org.app_users.insert((number, user.number), false);
    let facts = |is: bool| json!({"app": app["label"], "assigned": is});
    let target = Target::user(&user);
    org.note(
        "application.user_membership.remove",
        "Remove user's application membership",
        &target,
        facts(true),
        facts(false),
    );
    Ok(Answer::new(204, ""))
}

pub(super) fn group(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (app, _) = find(org, call)?;
    let group = call.group_at(org, 1)?;
    if !org.is_group_assigned(app, group.number) {
        return Err(Refusal::not_found(call.argument(1), "AppGroup"));
    }
    let own = format!("{}/api/v1/apps/{}/groups/{}", org.origin, org.plan().app_id(app), group.id);
    let answer = json!({
        "id": group.id, "priority": 0, "lastUpdated": iso(group.last_updated), "profile": {}, "_links": {"self": {"href": own}},
    });
    Ok(Answer::json(200, &answer))
}

pub(super) fn unassign_group(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (number, app) = find(org, call)?;
    let group = call.group_at(org, 1)?;
    if !org.is_group_assigned(number, group.number) {
        return Err(Refusal::not_found(call.argument(1), "AppGroup"));
    }
    org.app_groups.insert((number, group.number), false);
    let facts = |is: bool| json!({"app": app["label"], "assigned": is});
    let target = Target::group(&group);
    org.note(
        "group.application_assignment.remove",
        "Remove group's application assignment",
        &target,
        facts(true),
        facts(false),
    );
    Ok(Answer::new(204, ""))
}
