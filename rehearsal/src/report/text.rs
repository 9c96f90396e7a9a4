//! The report as a page of text.

use std::fmt;

use serde_json::Value;

use super::Report;

/// A state in one line.
fn brief(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Object(members) if members.is_empty() => "-".to_owned(),
        Value::Object(members) => {
            let parts: Vec<String> = members
                .iter()
                .map(|(name, value)| match value {
                    Value::String(text) => format!("{name} {text}"),
                    other => format!("{name} {other}"),
                })
                .collect();
            let line = parts.join(", ");
            match line.char_indices().nth(120) {
                Some((at, _)) => format!("{}…", &line[..at]),
                None => line,
            }
        }
        other => other.to_string(),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "Requests: {}", self.requests)?;
        for (operation, count) in &self.operations {
            writeln!(out, "  {:5}  {operation}", count.requests)?;
            for (object, requests) in count.objects.iter().take(20) {
                writeln!(out, "         {requests:5}  {object}")?;
            }
            if count.objects.len() > 20 {
                writeln!(out, "                and {} more objects", count.objects.len() - 20)?;
            }
        }
        writeln!(out, "\nChanges: {}", self.changes.len())?;
        for change in &self.changes {
            let by = if change.by == "token" { String::new() } else { format!(" by {}", change.by) };
            writeln!(out, "  {:3}. {} {} ({}){by}", change.number, change.operation, change.name, change.object)?;
            writeln!(out, "       {} -> {}", brief(&change.before), brief(&change.after))?;
        }
        writeln!(out, "\nAnswers lost or spoiled on cue: {}", self.lost.len())?;
        for lost in &self.lost {
            let done = if lost.carried_out { "carried out" } else { "not carried out" };
            writeln!(out, "  request {} {}: {}, {done}", lost.request, lost.operation, lost.how)?;
        }
        writeln!(out, "\nRequests that met the limit: {}", self.refused.len().max(self.quota.refused as usize))?;
        for refused in self.refused.iter().take(50) {
            writeln!(out, "  request {} {}", refused.request, refused.operation)?;
        }
        writeln!(out, "\nSecrets where they don't belong: {}", self.leaks.len())?;
        for leak in &self.leaks {
            writeln!(out, "  request {}: a {} in the {}", leak.request, leak.what, leak.place)?;
        }
        writeln!(out, "\nRequests that Okta does not describe: {}", self.violations.len())?;
        for violation in &self.violations {
            let super::Violation { request, method, path, problem } = violation;
            writeln!(out, "  request {request} {method} {path}: {problem}")?;
        }
        Ok(())
    }
}
