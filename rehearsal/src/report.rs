//! What a playbook did: requests by operation and object, changes with the state before and after,
//! lost answers, broken limits, misplaced secrets, wrong requests.

mod secrets;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

pub(crate) use secrets::Secrets;

use crate::org::Change;
use crate::quota::QuotaAccount;

/// A request, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// From 1.
    pub number: u64,
    pub method: String,
    /// Path and query; secrets in it are replaced.
    pub target: String,
    /// Okta's name of the operation, or method and path where there is none.
    pub operation: String,
    /// Id of the user, group or other object that the path names, if it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The status that was sent; none where no whole head was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What was done on cue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_cue: Option<String>,
}

/// An answer that was lost, or spoiled, on cue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lost {
    pub request: u64,
    pub operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Whether the request was carried out all the same.
    pub carried_out: bool,
    pub how: String,
}

/// A request that met the limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    pub request: u64,
    pub operation: String,
}

/// A secret where it doesn't belong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leak {
    pub request: u64,
    /// `token`, `password`, `passCode`, …; never the secret itself.
    pub what: String,
    /// `path`, `query`, `body` or the name of a header.
    pub place: String,
}

/// A request that is not as Okta describes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Violation {
    pub request: u64,
    pub method: String,
    pub path: String,
    pub problem: String,
}

/// How often an operation was asked for, and of what.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Count {
    pub requests: u64,
    pub objects: BTreeMap<String, u64>,
}

/// The whole account.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub requests: u64,
    pub operations: BTreeMap<String, Count>,
    pub changes: Vec<Change>,
    pub lost: Vec<Lost>,
    pub refused: Vec<Refused>,
    pub leaks: Vec<Leak>,
    pub violations: Vec<Violation>,
    pub quota: QuotaAccount,
    /// Every request; empty where no log is kept.
    pub log: Vec<Entry>,
}

impl Report {
    pub fn json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("plain data")
    }

    /// Panics, naming them, if there were wrong requests or misplaced secrets.
    pub fn assert_clean(&self) {
        assert!(self.violations.is_empty(), "wrong requests: {:#?}", self.violations);
        assert!(self.leaks.is_empty(), "misplaced secrets: {:#?}", self.leaks);
    }
}
