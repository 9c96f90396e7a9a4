//! The action reference, and the table in the README.

use anyhow::{Result, anyhow};

use crate::runtime::table::connector::{Connector, Session};
use crate::runtime::table::facts::{DataPath, Settles};
use crate::runtime::table::parameter::{Default, Field, Parameters};
use crate::runtime::text;

const BEGIN: &str = "<!-- actions: generated, see CONTRIBUTING.md -->";
const END: &str = "<!-- /actions -->";

/// The README with the table of actions inserted between its marks.
///
/// # Errors
/// When the marks are missing.
pub fn with_table<S: Session>(readme: &str, connector: &Connector<S>) -> Result<String> {
    let missing = || anyhow!("README.md must contain the marks {BEGIN} and {END}");
    let (before, rest) = readme.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    let mut table = "| action | description | parameters |\n| --- | --- | --- |\n".to_owned();
    for row in connector.actions {
        let parameters: Vec<String> = row
            .fields
            .iter()
            .map(|field| if field.required { format!("**{}**", field.name) } else { field.name.to_owned() })
            .collect();
        let anchor = row.facts.action.replace(' ', "-");
        table.push_str(&format!(
            "| [{}](docs/actions.md#{anchor}) | {} | {} |\n",
            row.facts.action,
            row.facts.description,
            parameters.join(", ")
        ));
    }
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

/// The reference of all actions, docs/actions.md.
pub fn reference<S: Session>(connector: &Connector<S>) -> String {
    let mut page =
        "# Actions\n\nGenerated from the table of actions by `cargo run -- generate`.\n\n## Asset settings\n\n"
            .to_owned();
    page.push_str(&fields_table(S::Asset::FIELDS));
    for row in connector.actions {
        let facts = row.facts;
        page.push_str(&format!("\n## {}\n\n{}.", facts.action, facts.description));
        if !facts.verbose.is_empty() {
            page.push_str(&format!(" {}", facts.verbose));
        }
        page.push_str(&format!(
            "\n\nIdentifier `{}`, type {}, {}.",
            facts.identifier,
            facts.action_type.name(),
            if facts.read_only { "read-only" } else { "makes changes" }
        ));
        if !facts.roles.is_empty() {
            page.push_str(&format!(" The token's owner needs the admin role {}.", text::list(facts.roles, "or")));
        }
        if facts.settles != Settles::Nothing {
            page.push_str(&format!(" {}", facts.settles.sentence()));
        }
        page.push('\n');
        if !row.fields.is_empty() {
            page.push_str(&format!("\n### Parameters\n\n{}", fields_table(row.fields)));
        }
        if !facts.summary.is_empty() {
            page.push_str(&format!("\n### Summary\n\n{}", paths_table("action_result.summary.", facts.summary.iter())));
        }
        let data: Vec<&DataPath> = facts.data.paths().collect();
        if !data.is_empty() {
            page.push_str(&format!("\n### Data\n\n{}", paths_table("action_result.data.*.", data.into_iter())));
        }
    }
    page
}

fn fields_table(fields: &[Field]) -> String {
    let mut table = "| name | required | type | default | description |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for field in fields {
        let default = match field.default {
            Some(Default::Number(number)) => number.to_string(),
            Some(Default::Boolean(value)) => value.to_string(),
            None => String::new(),
        };
        let mut words = field.description.trim().to_owned();
        if !field.values.is_empty() {
            words.push_str(&format!(": {}", text::list(field.values, "or")));
            if !field.accepted.is_empty() {
                words.push_str(&format!("; {} are accepted too", text::list(field.accepted, "and")));
            }
        }
        table.push_str(&format!(
            "| `{}` | {} | {} | {default} | {words} |\n",
            field.name,
            if field.required { "yes" } else { "" },
            field.data_type.name()
        ));
    }
    table
}

fn paths_table<'p>(before: &str, paths: impl Iterator<Item = &'p DataPath>) -> String {
    let mut table = "| path | type | contains | description |\n| --- | --- | --- | --- |\n".to_owned();
    for path in paths {
        table.push_str(&format!(
            "| `{before}{}` | {} | {} | {} |\n",
            path.path,
            path.data_type.name(),
            path.contains.join(", "),
            path.description
        ));
    }
    table
}
