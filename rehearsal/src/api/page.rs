//! Pages of lists: the cursor, and the links that lead on (okta-api.md, «Pagination»).

use serde::Serialize;

use super::call::{Call, Outcome, Refusal};
use crate::org::Org;
use crate::org::ids::Kind;
use crate::server::Answer;

/// A page of a list and where the next one begins.
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// What the next page's cursor stands for, if there is a next page.
    pub next: Option<u64>,
}

impl<T> Page<T> {
    /// The page of a list that is all there: `after` and the next cursor are places in it.
    pub fn of(all: Vec<T>, after: Option<u64>, limit: u64) -> Page<T> {
        let (from, count) = (after.unwrap_or(0), all.len() as u64);
        let next = (from.saturating_add(limit) < count).then(|| from + limit);
        Page { items: all.into_iter().skip(from as usize).take(limit as usize).collect(), next }
    }
}

/// Ends a cursor, so that a client that encodes it once more asks for something else
/// (okta-api.md, «Pagination»).
const ENDING: &str = "==";

/// What the request's cursor stands for.
pub(crate) fn after(org: &Org, call: &Call<'_>) -> Result<Option<u64>, Refusal> {
    let Some(cursor) = call.parameter("after") else { return Ok(None) };
    let number = cursor.strip_suffix(ENDING).and_then(|id| org.plan().ids.number(Kind::Cursor, "200", id));
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(Refusal::because(
            400,
            "E0000029",
            "Invalid paging request",
            "after: it is not a cursor that this org has given",
        )),
    }
}

/// The answer of a list whose body is made already.
pub(crate) fn linked(org: &Org, call: &Call<'_>, answer: Answer, next: Option<u64>, limit: u64) -> Answer {
    let origin = &org.origin;
    let answer = answer.header("Link", format!("<{origin}{}>; rel=\"self\"", call.seen.target));
    let Some(number) = next else { return answer };
    let cursor = org.plan().ids.of(Kind::Cursor, "200", number);
    let mut query = format!("after={cursor}%3D%3D&limit={limit}");
    let raw = call.seen.query().split('&').filter(|pair| !pair.is_empty());
    for pair in raw.filter(|pair| !pair.starts_with("after=") && !pair.starts_with("limit=")) {
        query.push('&');
        query.push_str(pair);
    }
    answer.header("Link", format!("<{origin}{}?{query}>; rel=\"next\"", call.seen.path()))
}

/// The answer of a list.
pub(crate) fn answer<T: Serialize>(org: &Org, call: &Call<'_>, page: Page<T>, limit: u64) -> Outcome {
    Ok(linked(org, call, Answer::json(200, &page.items), page.next, limit))
}
