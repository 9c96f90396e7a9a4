//! What a connector is made of: an asset, a table of actions, and a session with the other side.
//! The runtime works on these alone.

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

/// What a run did.
pub struct Done<S> {
    /// `summary` of the result.
    pub summary: S,
    /// The action's own sentence; `None` is the summary in words.
    pub message: Option<String>,
}

impl<S> Done<S> {
    /// With the action's own sentence.
    pub fn says(summary: S, message: impl Into<String>) -> Self {
        Done { summary, message: Some(message.into()) }
    }

    /// With the summary in words: `num_users: 240` → `Num users: 240`.
    pub fn summary(summary: S) -> Self {
        Done { summary, message: None }
    }
}

/// A summary without anything in it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NoSummary {}

/// A session with the other side, shared by all runs of a process.
pub trait Session: Send + Sync + Sized + 'static {
    /// Its asset settings.
    type Asset: Parameters + JsonSchema;
    /// What a handler talks to: the session, as one run sees it.
    type Client;

    /// The session for one run.
    fn client(&self, run: &Arc<Run>) -> Self::Client;

    /// The runtime's own settings among those of the asset.
    fn settings(asset: &Self::Asset) -> RunSettings;

    /// Opens a session. Sends nothing. Secrets that come to light are added to the host's redactor.
    ///
    /// # Errors
    /// What is wrong with the configuration; nothing was sent.
    fn open(asset: Self::Asset, environment: &Environment, host: &Host) -> Result<Self, Failure>;
}

/// Asset settings that the runtime itself follows.
#[derive(Clone, Copy, Debug)]
pub struct RunSettings {
    /// Seconds for each parameter set, counted from its first request.
    pub timeout: u64,
    /// Seconds for the whole process.
    pub total_timeout: Option<u64>,
    /// How many parameter sets of a read-only action run at a time.
    pub concurrency: usize,
}

/// An action: facts, types and one function.
pub trait Action<S: Session> {
    /// The facts.
    const FACTS: Facts;
    /// What it takes.
    type Parameters: Parameters + JsonSchema + Send + 'static;
    /// What it sums up.
    type Summary: Serialize + JsonSchema;

    /// Does it.
    ///
    /// # Errors
    /// Whatever keeps it from being done.
    fn run(
        client: &S::Client,
        parameters: Self::Parameters,
        output: &mut Output,
    ) -> Result<Done<Self::Summary>, Failure>;
}

/// A run of an action with parameters that have been checked.
pub type Prepared<S> =
    Box<dyn FnOnce(&<S as Session>::Client, &mut Output) -> Result<Done<Box<RawValue>>, Failure> + Send>;

/// An action as a row of the table.
pub struct Row<S: Session> {
    /// The facts.
    pub facts: &'static Facts,
    /// The parameters.
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

/// A whole connector: what the manifest says of it, and its actions.
pub struct Connector<S: Session> {
    /// The facts that only the manifest needs.
    pub about: &'static About,
    /// The table of actions.
    pub actions: &'static [Row<S>],
}

/// The head of the manifest.
#[derive(Debug)]
pub struct About {
    /// Identifies the app to the platform, for ever.
    pub appid: &'static str,
    /// Name of the app.
    pub name: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Who publishes it.
    pub publisher: &'static str,
    /// Name of the package.
    pub package_name: &'static str,
    /// The app's category.
    pub category: &'static str,
    /// What the platform starts.
    pub main_module: &'static str,
    /// Vendor of the product behind it.
    pub product_vendor: &'static str,
    /// The product.
    pub product_name: &'static str,
    /// File name of the picture.
    pub logo: &'static str,
    /// Members that hold secrets beside those that are called so everywhere: masked in recordings.
    pub secret_members: &'static [&'static str],
    /// Headers of the other side's own that a recording keeps, in lower case.
    pub recorded_headers: &'static [&'static str],
    /// The oldest platform that works.
    pub min_phantom_version: &'static str,
}
