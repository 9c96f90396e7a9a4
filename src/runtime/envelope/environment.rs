//! Environment variables. Those in the request override those of the process.

use std::collections::HashMap;

/// Environment variables by name.
#[derive(Clone, Debug, Default)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// Collects the given variables.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Environment(variables.into_iter().collect())
    }

    /// The value of a variable, if it is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The values of the `wanted` variables.
    pub fn values<'e>(&'e self, wanted: impl Fn(&str) -> bool + 'e) -> impl Iterator<Item = &'e str> {
        self.0.iter().filter(move |(name, _)| wanted(name)).map(|(_, value)| value.as_str())
    }

    /// Sets or replaces a variable.
    pub fn set(&mut self, name: String, value: String) {
        self.0.insert(name, value);
    }
}
