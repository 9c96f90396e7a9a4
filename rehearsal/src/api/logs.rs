//! The system log (okta-api.md, «Operations»): bounded with `until`; without it the next link
//! never ends, and leads to what will come.

use serde_json::Value;

use super::call::{Call, Outcome, Refusal};
use super::page::{self, Page};
use super::scim;
use super::user_list::invalid_search;
use crate::clock::parse_iso;
use crate::org::{HISTORY, Org};

/// okta-api.md, «Pagination».
const MOST: u64 = 1000;
const DEFAULT: u64 = 100;
/// Without `since`: the last seven days.
const SPAN: u64 = 7 * 86_400_000;

fn time(call: &Call<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    match call.parameter(name) {
        None => Ok(None),
        Some(text) => match parse_iso(text) {
            Some(time) => Ok(Some(time)),
            // okta-api.md, «Errors».
            None => Err(Refusal::because(400, "E0000030", "Invalid date.", &format!("{name}: {text} is not ISO 8601"))),
        },
    }
}

pub(super) fn list(org: &mut Org, call: &Call<'_>) -> Outcome {
    let (since, until) = (time(call, "since")?, time(call, "until")?);
    let limit = call.limit(DEFAULT, MOST)?;
    let after = page::after(org, call)?;
    let since = since.unwrap_or_else(|| until.unwrap_or_else(|| org.now()).saturating_sub(SPAN));
    let filter = match call.parameter("filter") {
        None => None,
        Some(text) => Some(scim::parse(text).map_err(|why| invalid_search(&why))?),
    };
    let q = call.parameter("q").map(str::to_lowercase);
    let fits = |event: &Value| {
        let published = event["published"].as_str().and_then(parse_iso).unwrap_or_default();
        published >= since
            && until.is_none_or(|until| published < until)
            && filter.as_ref().is_none_or(|filter| filter.fits(&|path| values(event, path)))
            && q.as_ref().is_none_or(|q| q.split(' ').all(|word| event.to_string().to_lowercase().contains(word)))
    };
    let count = HISTORY + org.events.len() as u64;
    let descending = call.parameter("sortOrder").is_some_and(|order| order.eq_ignore_ascii_case("DESCENDING"));
    if descending {
        let all: Vec<Value> = (0..count).rev().filter_map(|number| org.event(number)).filter(fits).collect();
        return page::answer(org, call, Page::of(all, after, limit), limit);
    }
    // The cursor is the number of the first event that has not been looked at.
    let (mut items, mut at) = (Vec::new(), after.unwrap_or(0));
    while at < count && (items.len() as u64) < limit {
        items.extend(org.event(at).filter(fits));
        at += 1;
    }
    let more = (at..count).filter_map(|number| org.event(number)).any(|event| fits(&event));
    let next = (until.is_none() || more).then_some(at);
    page::answer(org, call, Page { items, next }, limit)
}

/// The values under a path; arrays on the way count with each element.
fn values(event: &Value, path: &str) -> Vec<String> {
    let mut found = vec![event];
    for name in path.split('.') {
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(all) => all.iter().collect(),
                other => vec![other],
            })
            .filter_map(|value| value.get(name))
            .collect();
    }
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    found.into_iter().filter_map(text).collect()
}
