//! The request as a JSON document: its bounds, and its objects member by member. Every problem is reported
//! with its line and column.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::runtime::error::{Failure, Kind};
use crate::runtime::json::{self, Position};
use crate::runtime::secret::Redactor;
use crate::runtime::text;

/// Maximum size of a request in bytes.
pub const LARGEST: usize = 16 * 1024 * 1024;

pub(super) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new(Kind::InvalidRequest, message)
}

/// Checks that the input is a JSON object within the bounds, and removes a byte order mark.
pub(super) fn read(input: &[u8]) -> Result<&str, Failure> {
    if input.len() > LARGEST {
        return Err(invalid(format!(
            "The request is larger than {} MiB; reading stopped at {}.",
            LARGEST >> 20,
            Position::of(input, LARGEST)
        )));
    }
    let input = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    let text = std::str::from_utf8(input)
        .map_err(|error| invalid(format!("The request is not UTF-8: {}.", Position::of(input, error.valid_up_to()))))?;
    if text.trim().is_empty() {
        return Err(invalid("The request is empty: expected a JSON object on stdin (line 1, column 1)."));
    }
    if let Some(at) = json::too_deep_at(input) {
        return Err(invalid(format!(
            "The request is nested deeper than {} levels: {}.",
            json::DEPTH,
            Position::of(input, at)
        )));
    }
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) if raw.get().starts_with('{') => Ok(text),
        Ok(raw) => Err(invalid(format!(
            "The request must be a JSON object, not {} (line 1, column 1).",
            json::kind_of(raw.get())
        ))),
        // serde_json's message may quote the input, which contains secrets: report only the position.
        Err(error) => {
            let what = match error.classify() {
                serde_json::error::Category::Eof => "The request is incomplete JSON: it ends at",
                _ => "The request is not valid JSON:",
            };
            let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let bytes = line.as_bytes();
            let column = Position::of(bytes, error.column().saturating_sub(1)).column;
            Err(invalid(format!("{what} line {}, column {column}.", error.line())))
        }
    }
}

/// The members of an object in the request.
pub(super) struct Members<'j> {
    pub(super) input: &'j str,
    pub(super) members: Vec<(Cow<'j, str>, &'j RawValue)>,
}

impl<'j> Members<'j> {
    /// No members.
    pub(super) fn none(input: &'j str) -> Self {
        Members { input, members: Vec::new() }
    }

    /// `counts` tells which names must be unique: those that are read.
    pub(super) fn read(
        input: &'j str,
        object: &'j str,
        what: &str,
        redactor: &Redactor,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Failure> {
        let object = object.trim();
        if object == "null" {
            return Ok(Members::none(input));
        }
        if !object.starts_with('{') {
            return Err(invalid(format!(
                "{} must be an object, not {} ({}).",
                text::capital(what),
                json::kind_of(object),
                Position::of_part(input, object)
            )));
        }
        if json::has_too_many_members(object) {
            let most = text::count(json::MOST as u64, "member");
            return Err(invalid(format!(
                "{} has more than {most} ({}).",
                text::capital(what),
                Position::of_part(input, object)
            )));
        }
        let members = json::members(object)
            .map_err(|_| invalid(format!("{} has a key that is not valid text.", text::capital(what))))?;
        let members = Members { input, members };
        members.refuse_twice(what, redactor, counts)?;
        Ok(members)
    }

    /// Refuses names that are there twice.
    pub(super) fn refuse_twice(
        &self,
        what: &str,
        redactor: &Redactor,
        counts: &dyn Fn(&str) -> bool,
    ) -> Result<(), Failure> {
        let mut seen = std::collections::HashSet::new();
        for (key, value) in &self.members {
            if !seen.insert(key.as_ref()) && counts(key) {
                return Err(invalid(format!(
                    "{} has `{}` twice: {}.",
                    text::capital(what),
                    text::escaped(&redactor.text(key), 40),
                    Position::of_part(self.input, value.get())
                )));
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Option<&'j RawValue> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, raw)| *raw)
    }
}
