//! The parts of a connector: asset settings, a table of actions, and a session with the API. The runtime
//! depends on nothing else.

use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::value::RawValue;

use super::facts::Facts;
use super::parameter::{Field, Parameters, Reader};
use crate::runtime::envelope::environment::Environment;
use crate::runtime::envelope::output::Output;
use crate::runtime::error::Failure;
use crate::runtime::host::Host;
use crate::runtime::json;
use crate::runtime::run::Run;

/// The result of a successful run.
pub struct Done<S> {
    /// `summary` of the result.
    pub summary: S,
    /// The message; `None` for the summary in words.
    pub message: Option<String>,
}

impl<S> Done<S> {
    /// A result with its own message.
    pub fn says(summary: S, message: impl Into<String>) -> Self {
        Done { summary, message: Some(message.into()) }
    }

    /// A result whose message is the summary in words: `num_users: 240` → `Num users: 240`.
    pub fn summary(summary: S) -> Self {
        Done { summary, message: None }
    }
}

/// An empty summary.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NoSummary {}

/// A session with the API, shared by all runs of a process.
pub trait Session: Send + Sync + Sized + 'static {
    /// The asset settings.
    type Asset: Parameters + JsonSchema;
    /// Asset settings that decide where secrets go and whom to trust: if there is an asset file, a request cannot
    /// add them.
    const FIXED: &'static [&'static str];
    /// The client of one run, which an action uses.
    type Client;

    /// Makes the client for one run.
    fn client(&self, run: &Arc<Run>) -> Self::Client;

    /// The asset settings that the runtime itself uses.
    fn settings(asset: &Self::Asset) -> RunSettings;

    /// Opens a session without sending anything. Secrets found on the way are added to the host's redactor.
    ///
    /// # Errors
    /// When the configuration is invalid; nothing was sent.
    fn open(
        asset: Self::Asset,
        settings: &RunSettings,
        environment: &Environment,
        host: &Host,
    ) -> Result<Self, Failure>;
}

/// Asset settings that the runtime itself uses.
#[derive(Clone, Copy, Debug)]
pub struct RunSettings {
    /// Time limit in seconds for each parameter set, counted from its first request.
    pub timeout: u64,
    /// Time limit in seconds for the whole process.
    pub total_timeout: Option<u64>,
    /// Maximum number of parameter sets of a read-only action to run in parallel.
    pub concurrency: usize,
    /// Percentage of a rate limit of the API that is left to others.
    pub rate_limit_reserve: u64,
}

/// An action: facts, types and one function.
pub trait Action<S: Session> {
    /// The facts.
    const FACTS: Facts;
    /// Parameters of the action.
    type Parameters: Parameters + JsonSchema + Send + 'static;
    /// Summary of the action.
    type Summary: Serialize + JsonSchema;

    /// Runs the action for one parameter set.
    ///
    /// # Errors
    /// Whatever prevents the action from succeeding.
    fn run(
        client: &S::Client,
        parameters: Self::Parameters,
        output: &mut Output,
    ) -> Result<Done<Self::Summary>, Failure>;
}

/// A run of an action with checked parameters, ready to start.
pub type Prepared<S> =
    Box<dyn FnOnce(&<S as Session>::Client, &mut Output) -> Result<Done<Box<RawValue>>, Failure> + Send>;

/// A row of the table: an action without its types.
pub struct Row<S: Session> {
    /// The facts.
    pub facts: &'static Facts,
    /// Facts about the parameters.
    pub fields: &'static [Field],
    /// Reads the parameters; `None` if the reader found problems.
    pub prepare: fn(&mut Reader<'_>) -> Option<Prepared<S>>,
    /// JSON Schema of the parameters.
    pub parameters_schema: fn(&mut SchemaGenerator) -> Schema,
    /// JSON Schema of the summary.
    pub summary_schema: fn(&mut SchemaGenerator) -> Schema,
}

impl<S: Session> Row<S> {
    /// The row of action `A`.
    pub const fn of<A: Action<S> + 'static>() -> Self {
        Row {
            facts: &A::FACTS,
            fields: <A::Parameters as Parameters>::FIELDS,
            prepare: prepare::<S, A>,
            parameters_schema: |generator| generator.subschema_for::<A::Parameters>(),
            summary_schema: |generator| generator.subschema_for::<A::Summary>(),
        }
    }
}

fn prepare<S: Session, A: Action<S> + 'static>(reader: &mut Reader<'_>) -> Option<Prepared<S>> {
    let parameters = A::Parameters::read(reader)?;
    Some(Box::new(move |client, output| {
        let done = A::run(client, parameters, output)?;
        Ok(Done { summary: json::raw(&done.summary), message: done.message })
    }))
}

/// A connector: manifest facts and actions.
pub struct Connector<S: Session> {
    /// The facts that only the manifest needs.
    pub about: &'static About,
    /// The table of actions.
    pub actions: &'static [Row<S>],
}

/// Facts about the connector, most of them for the manifest.
#[derive(Debug)]
pub struct About {
    /// Identifies the app to the platform; must never change.
    pub appid: &'static str,
    /// Name of the app.
    pub name: &'static str,
    /// One sentence for the manifest.
    pub description: &'static str,
    /// Publisher of the app.
    pub publisher: &'static str,
    /// Name of the package.
    pub package_name: &'static str,
    /// Category of the app: `type` in the manifest.
    pub category: &'static str,
    /// The program that the platform starts.
    pub main_module: &'static str,
    /// Vendor of the product that the app connects to.
    pub product_vendor: &'static str,
    /// The product that the app connects to.
    pub product_name: &'static str,
    /// File name of the logo.
    pub logo: &'static str,
    /// Fields that hold secrets, besides those with names that are secret everywhere: masked in recordings.
    pub secret_members: &'static [&'static str],
    /// API-specific response headers that a recording keeps, in lower case.
    pub recorded_headers: &'static [&'static str],
    /// Minimum version of the platform.
    pub min_phantom_version: &'static str,
}
