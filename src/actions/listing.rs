//! What all list actions share: writing page by page, counting, and warning of truncated results.

use schemars::json_schema;
use serde::Serialize;
use serde::ser::SerializeMap;

use crate::inline_schema;
use crate::okta::pages::Pages;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::json;
use crate::runtime::table::connector::Done;
use crate::runtime::table::facts::{DataPath, boolean, number};
use crate::runtime::table::parameter::Count;

/// Names the count of a list in its summary.
pub trait Counted {
    /// `num_users`
    const NAME: &'static str;
}

/// The summary of a list: `{"num_users": 240}`, and `truncated` if more items may exist.
pub struct Counts<C> {
    number: u64,
    truncated: bool,
    of: std::marker::PhantomData<C>,
}

impl<C: Counted> Serialize for Counts<C> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(C::NAME, &self.number)?;
        if self.truncated {
            map.serialize_entry("truncated", &true)?;
        }
        map.end()
    }
}

inline_schema!([C: Counted] Counts<C>, |_| json_schema!({
    "type": "object",
    "properties": {
        C::NAME: {"description": "Number of items in data.", "type": "integer", "minimum": 0},
        "truncated": {"description": "Okta may have truncated the list: more items may exist.", "const": true},
    },
    "required": [C::NAME],
    "additionalProperties": false,
}));

/// The paths of the summary.
pub const fn summary_paths(name: &'static str) -> [DataPath; 2] {
    [
        number(name, "240").description("Number of items in data"),
        boolean("truncated", "true").description("True if the list may be incomplete; left out otherwise"),
    ]
}

/// A list that Okta does not paginate.
pub struct Unpaged {
    /// Maximum number of items that was requested.
    pub asked: u64,
    /// How to narrow the request, as a sentence without its full stop.
    pub advice: &'static str,
}

/// Writes all pages of a list to `data`. `unpaged` is set for lists that Okta may truncate.
pub fn write<C: Counted>(
    mut pages: Pages,
    limit: Option<Count>,
    unpaged: Option<Unpaged>,
    output: &mut Output,
) -> Result<Done<Counts<C>>, Failure> {
    let mut summary = Counts::<C> { number: 0, truncated: false, of: std::marker::PhantomData };
    let (mut goes_on, mut may_be_cut) = (false, false);
    while let Some(page) = pages.next_page()? {
        summary.number += page.count();
        (goes_on, may_be_cut) = (page.has_next, page.may_be_cut);
        output.items(page.body(), page.items(), Some(json::raw(&summary)))?;
        output.flush()?;
        pages.take_back(page);
        // A complete page is progress, and time spent writing must not count against Okta.
        output.run().restart();
    }
    let warning = match unpaged {
        Some(Unpaged { asked, advice })
            if summary.number == asked && limit.is_none_or(|limit| limit.0 > asked) && !goes_on =>
        {
            Some(format!(
                "Okta does not page the answer to `query` and gives {asked} at the most: more may exist. {advice}."
            ))
        }
        None if may_be_cut => Some(
            "The last page is full and has no `Link` header: something between here and Okta may have removed it, so more may exist."
                .to_owned(),
        ),
        _ => None,
    };
    summary.truncated = warning.is_some();
    if let Some(warning) = warning {
        output.run().warn("truncated", warning);
    }
    let message = summary.truncated.then(|| counted_message::<C>(summary.number));
    Ok(Done { summary, message })
}

/// The same message whether or not the list was truncated: the warning says the rest.
fn counted_message<C: Counted>(number: u64) -> String {
    let words = C::NAME.replace('_', " ");
    format!("{}{}: {number}", words[..1].to_uppercase(), &words[1..])
}

/// Number of items to request from a list that is not paginated.
pub fn asked(limit: Option<Count>, most: u64) -> u64 {
    limit.map_or(most, |limit| limit.0.min(most))
}
