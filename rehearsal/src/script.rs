//! Scripts: on which request what goes wrong. Their JSON Schema is `schemas/script.json`.

mod conductor;
mod pattern;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use conductor::{Conductor, Cue, intervene};

use crate::faults;
use crate::org::{Response, Status};

/// What goes wrong in a rehearsal, and when.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Script of okta-rehearsal")]
pub struct Script {
    /// Where the schema is, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What the script rehearses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What users do when a push reaches their phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub push: Option<Response>,
    /// The rules; every rule that fits a request acts on it, in this order.
    pub rules: Vec<Rule>,
}

/// On this request, do that.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// For the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On which requests.
    pub on: On,
    /// What happens.
    #[serde(rename = "do")]
    pub act: Act,
}

/// Which requests a rule is about. Everything that is given has to fit.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct On {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path without the query: `*` stands for one segment or a part of one, `**` for any number
    /// of segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// A part of the query, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_contains: Option<String>,
    /// Only the nth request that fits, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub nth: Option<u32>,
    /// From the nth request that fits on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub from: Option<u32>,
    /// Up to the nth request that fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub to: Option<u32>,
}

/// What a rule does. Several things can be combined, such as `latency_ms` with any other.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Waits before the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// A fault by name: `okta-rehearsal faults` lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Whether the request is carried out before its `fault`; by default if such a fault can
    /// happen after the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<bool>,
    /// Answers with this status instead; the request is not carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 200, max = 599))]
    pub status: Option<u16>,
    /// Headers of that answer, or on top of the org's own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body of that answer: JSON, or a text that is sent as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The connection is reset instead of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lose: Option<Lose>,
    /// Refuses this request and all others for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// After the change that this request makes, reads see the state before it for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale: Option<Stale>,
    /// Another admin changes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Intervention>,
}

/// When an answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Lose {
    /// Before the change: it is not made.
    Before,
    /// After the change: it is made.
    After,
}

/// Which limit is met (okta-api.md, «Rate limits»).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LimitKind {
    /// That of requests in a time: `X-Rate-Limit-Reset` says when it ends.
    #[default]
    Requests,
    /// That of requests at the same time: limit and remaining are both 0, the reset is a guess.
    Concurrency,
}

/// A limit that is met.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    #[serde(default)]
    pub kind: LimitKind,
    /// So long, by the org's clock.
    pub for_seconds: u64,
}

/// How long reads are behind. With neither, until the next reset.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stale {
    /// By the org's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_seconds: Option<u64>,
    /// So many reads of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_reads: Option<u32>,
}

/// When another admin acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum When {
    /// Before the request is carried out.
    Before,
    /// Once it has been carried out, before the answer arrives.
    #[default]
    After,
}

/// A change by another admin.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    #[serde(default)]
    pub when: When,
    /// Who is changed: an id or a login; by default the user that the request's path names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's new status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Assigns a role of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign_role: Option<String>,
    /// Takes away the role of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unassign_role: Option<String>,
    /// Makes the user a member of the group with this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_to_group: Option<String>,
    /// Ends the membership in the group with this name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_from_group: Option<String>,
}

impl Script {
    /// Reads a script, and checks what the types can't.
    ///
    /// # Errors
    /// When it is none; the text says what is wrong.
    pub fn parse(text: &str) -> Result<Script, String> {
        let script: Script = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (number, rule) in script.rules.iter().enumerate() {
            rule.check().map_err(|why| format!("rule {}: {why}", number + 1))?;
        }
        Ok(script)
    }

    /// The JSON Schema of scripts, as committed in `schemas/script.json`.
    pub fn schema_text() -> String {
        let schema = schemars::schema_for!(Script);
        serde_json::to_string_pretty(&schema).expect("plain data") + "\n"
    }
}

impl Rule {
    fn check(&self) -> Result<(), String> {
        let On { nth, from, to, .. } = &self.on;
        if nth.is_some() && (from.is_some() || to.is_some()) {
            return Err("nth stands alone, without from and to".to_owned());
        }
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err("from is after to".to_owned());
        }
        if [nth, from, to].contains(&&Some(0)) {
            return Err("requests are counted from 1".to_owned());
        }
        let act = &self.act;
        if let Some(name) = &act.fault {
            faults::named(name)
                .ok_or_else(|| format!("there is no fault {name:?}; `okta-rehearsal faults` lists them"))?;
        }
        let instead = [act.fault.is_some(), act.status.is_some(), act.lose.is_some(), act.limit.is_some()];
        if instead.into_iter().filter(|is| *is).count() > 1 {
            return Err("of fault, status, lose and limit only one can happen".to_owned());
        }
        if act.body.is_some() && act.status.is_none() {
            return Err("a body needs a status".to_owned());
        }
        if act.applied.is_some() && act.fault.is_none() {
            return Err("applied belongs to a fault".to_owned());
        }
        if let Some(change) = &act.change
            && change.status.is_none()
            && [&change.assign_role, &change.unassign_role, &change.add_to_group, &change.remove_from_group]
                .iter()
                .all(|one| one.is_none())
        {
            return Err("a change that changes nothing".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Script;

    #[test]
    fn a_script_that_makes_no_sense_is_refused_with_a_reason() {
        for (rule, word) in [
            (r#"{"on":{},"do":{"fault":"a bad day"}}"#, "a bad day"),
            (r#"{"on":{"nth":1,"to":2},"do":{}}"#, "nth stands alone"),
            (r#"{"on":{"nth":0},"do":{}}"#, "from 1"),
            (r#"{"on":{},"do":{"status":500,"lose":"after"}}"#, "only one"),
            (r#"{"on":{},"do":{"body":{}}}"#, "needs a status"),
            (r#"{"on":{},"do":{"change":{}}}"#, "changes nothing"),
            (r#"{"on":{"verb":"GET"},"do":{}}"#, "unknown field"),
        ] {
            let error = Script::parse(&format!("{{\"rules\":[{rule}]}}")).unwrap_err();
            assert!(error.contains(word), "{rule}: {error}");
        }
    }
}
