//! The list of users: `q`, `filter`, `search`, sorting, and pages of an org of any size.

use serde::Serialize;

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use super::scim::{self, Expression, Operator};
use crate::clock::iso;
use crate::org::{Org, Status, User};
use crate::server::{Answer, gzip};

/// okta-api.md, «Pagination».
const MOST: u64 = 200;
/// With `q` and no `limit` Okta sends a few only (?): whoever wants more asks for it.
const FEW: u64 = 10;

/// okta-api.md, «Operations», list users.
pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let [q, filter, search] = call.searches()?;
    let after = page::after(org, call)?;
    let limit = call.limit(if q.is_some() { FEW } else { MOST }, MOST)?;
    let found = match (q, filter.or(search)) {
        (Some(start), _) => starting_with(org, start, limit),
        (_, Some(text)) => matching(org, call, text, search.is_some(), after, limit)?,
        _ if org.repeats_pages => return Ok(repeated(org, call, after, limit)),
        _ => plain(org, after, limit),
    };
    let Page { items, next } = found;
    Ok(page::linked(org, call, Answer::new(200, array(org, &items)), next, limit))
}

fn array(org: &Org, users: &[User]) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(transparent)]
    struct All<T>(Vec<T>);
    serde_json::to_vec(&All(users.iter().map(|user| user.listed(&org.origin)).collect())).expect("plain data")
}

/// The users from a number on of whom `fits` holds; a cursor is the last number of a page.
fn walk(org: &Org, after: Option<u64>, limit: u64, fits: impl Fn(&User) -> bool) -> Page<User> {
    let (mut items, mut next) = (Vec::new(), None);
    let numbers = after.map_or(0, |last| last + 1)..org.users.next();
    for user in numbers.filter_map(|number| org.user(number)).filter(fits) {
        if items.len() as u64 == limit {
            next = items.last().map(|last: &User| last.number);
            break;
        }
        items.push(user);
    }
    Page { items, next }
}

/// Without conditions: everybody but the DEPROVISIONED.
fn plain(org: &Org, after: Option<u64>, limit: u64) -> Page<User> {
    walk(org, after, limit, |user| user.status != Status::Deprovisioned)
}

/// `q`: starts with, in first name, last name and email; never paged.
fn starting_with(org: &Org, start: &str, limit: u64) -> Page<User> {
    let start = start.to_lowercase();
    let fits = |user: &User| {
        user.status != Status::Deprovisioned
            && ["firstName", "lastName", "email"]
                .iter()
                .any(|name| user.profile.text(name).to_lowercase().starts_with(&start))
    };
    Page { next: None, ..walk(org, None, limit, fits) }
}

/// The values of an attribute in filters and searches.
fn values(user: &User, path: &str) -> Vec<String> {
    let time = |time: Option<u64>| time.map(iso).into_iter().collect();
    match path {
        "id" => vec![user.id.clone()],
        "status" => vec![user.status.name().to_owned()],
        "created" => vec![iso(user.created)],
        "lastUpdated" => vec![iso(user.last_updated)],
        "activated" => time(user.activated),
        "statusChanged" => time(user.status_changed),
        "type.id" => vec!["otyrehearsal0000000d".to_owned()],
        _ => match path.strip_prefix("profile.").and_then(|name| user.profile.get(name)) {
            Some(serde_json::Value::String(text)) => vec![text.clone()],
            Some(serde_json::Value::Array(all)) => {
                all.iter().filter_map(|one| Some(one.as_str()?.to_owned())).collect()
            }
            Some(serde_json::Value::Null) | None => vec![],
            Some(other) => vec![other.to_string()],
        },
    }
}

/// `filter` knows few attributes, `search` all; neither knows `ne` and `not` (okta-api.md, «Errors»:
/// E0000031).
fn allowed(path: &str, operator: Operator, is_search: bool) -> bool {
    const FILTERED: [&str; 7] =
        ["id", "status", "lastUpdated", "profile.login", "profile.email", "profile.firstName", "profile.lastName"];
    // Okta's reference: `co` is for these only.
    const CONTAINED: [&str; 4] = ["profile.login", "profile.email", "profile.firstName", "profile.lastName"];
    let known = values_exist(path);
    match is_search {
        true if operator == Operator::Co => CONTAINED.contains(&path),
        true => known && !matches!(operator, Operator::Ne | Operator::Ew),
        false if path == "lastUpdated" => {
            matches!(operator, Operator::Eq | Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le)
        }
        false => FILTERED.contains(&path) && operator == Operator::Eq,
    }
}

fn values_exist(path: &str) -> bool {
    path.starts_with("profile.")
        || ["id", "status", "created", "lastUpdated", "activated", "statusChanged", "type.id"].contains(&path)
}

pub(super) fn invalid_search(why: &str) -> Refusal {
    Refusal::because(400, "E0000031", "Invalid search criteria.", why)
}

fn matching(
    org: &Org,
    call: &Call<'_>,
    text: &str,
    is_search: bool,
    after: Option<u64>,
    limit: u64,
) -> Result<Page<User>, Refusal> {
    let expression = scim::parse(text).map_err(|why| invalid_search(&why))?;
    if let Some((path, operator)) = expression.refused(&|path, operator| allowed(path, operator, is_search)) {
        return Err(invalid_search(&format!("{path} cannot be compared by {operator:?} here")));
    }
    if has_not(&expression) {
        return Err(invalid_search("not is not supported here"));
    }
    let fits = |user: &User| expression.fits(&|path| values(user, path));
    // Sorting takes a search (okta-api.md, «Operations», list users).
    if let (Some(path), true) = (call.parameter("sortBy"), is_search) {
        let mut all: Vec<User> = org.users.numbers().filter_map(|number| org.user(number)).filter(fits).collect();
        all.sort_by_key(|user| values(user, path).first().map(|value| value.to_lowercase()));
        if call.parameter("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("desc")) {
            all.reverse();
        }
        return Ok(Page::of(all, after, limit));
    }
    if let Some(exact) = expression.exact(&["id", "profile.login", "profile.email"]) {
        let seeded = exact.iter().filter_map(|key| org.find_user(key));
        let changed = org.users.changed().filter_map(|(number, user)| user.map(|_| number));
        let mut numbers: Vec<u64> = seeded.chain(changed).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let all = numbers.into_iter().filter_map(|number| org.user(number)).filter(fits).collect();
        return Ok(Page::of(all, after, limit));
    }
    Ok(walk(org, after, limit, fits))
}

fn has_not(expression: &Expression) -> bool {
    match expression {
        Expression::And(parts) | Expression::Or(parts) => parts.iter().any(has_not),
        Expression::Not(_) => true,
        _ => false,
    }
}

/// The same page every time, made and compressed once (see `Org::repeats_pages`).
fn repeated(org: &Org, call: &Call<'_>, after: Option<u64>, limit: u64) -> Answer {
    let from = after.map_or(0, |last| last + 1);
    let left = org.plan().users.saturating_sub(from);
    let (count, gzips) = (left.min(limit), org.takes_gzip(call.seen));
    let next = (left > limit).then(|| from + limit - 1);
    let mut pages = org.pages.lock().unwrap_or_else(|poison| poison.into_inner());
    let body = pages.entry((count, gzips)).or_insert_with(|| {
        let users: Vec<User> = (0..count).filter_map(|number| org.user(number)).collect();
        let plain = array(org, &users);
        if gzips { gzip(&plain).into() } else { plain.into() }
    });
    let answer = Answer::new(200, body.to_vec());
    let answer = if gzips { answer.header("Content-Encoding", "gzip") } else { answer };
    page::linked(org, call, answer, next, limit)
}
