//! Parses and checks the request: bytes from stdin become a checked request, or one sentence about what is
//! wrong. No other module sees unchecked input.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::asset_file::{AssetFile, secret_in_a_file};
use super::document::{self, Members, invalid};
use super::environment::Environment;
use super::result::Form;
use super::set_secrets::{SetSecrets, scalars};
use crate::runtime::error::{Failure, Kind, Outcome};
use crate::runtime::json::fields::{Fields, MOST_PATHS};
use crate::runtime::json::{self, Node, Position};
use crate::runtime::secret::Redactor;
use crate::runtime::table::connector::{Prepared, Row, Session};
use crate::runtime::table::parameter::{Bounded, Field, Parameters, Reader, UpTo, Value};
use crate::runtime::text;
use crate::runtime::transport::proxy;

/// Maximum time limit in seconds: one day.
pub const LONGEST: u64 = 86_400;

/// Maximum share of a rate limit that can be left to others, in percent.
pub const LARGEST_RESERVE: u64 = 90;

/// A checked request.
pub struct Request<S: Session> {
    /// The action.
    pub row: &'static Row<S>,
    /// Asset settings.
    pub asset: S::Asset,
    /// Parameter sets, at least one.
    pub sets: Vec<Set<S>>,
    /// `timeout_seconds` at the top level of the request; overrides the asset setting.
    pub timeout: Option<u64>,
    /// `rate_limit_reserve` at the top level of the request; the asset's counts if it is greater.
    pub rate_limit_reserve: u64,
    /// What the result depends on.
    pub form: Form,
    /// What each element of `data` is cut down to.
    pub fields: Option<Arc<Fields>>,
    /// The environment of the process, overridden by the variables in the request.
    pub environment: Environment,
}

/// One parameter set.
pub struct Set<S: Session> {
    /// `parameter` for the result, a JSON object.
    pub parameter: String,
    /// Redacts its part of the result.
    pub redactor: Arc<Redactor>,
    /// The run, ready to start, or what is wrong with the parameters.
    pub prepared: Result<Prepared<S>, Failure>,
}

/// A request that cannot be run.
#[derive(Debug)]
pub struct Unusable {
    /// What the result depends on.
    pub form: Form,
    /// What is wrong.
    pub failure: Failure,
}

/// Parses and checks a request. Its secrets are added to `redactor`, even if it is rejected.
///
/// # Errors
/// The first problem that prevents the whole request from running.
pub fn parse<S: Session>(
    input: &[u8],
    actions: &'static [Row<S>],
    environment: &Environment,
    asset_file: Option<&Path>,
    redactor: &Arc<Redactor>,
) -> Result<Request<S>, Box<Unusable>> {
    let mut form = Form::default();
    parse_document(input, actions, environment, asset_file, redactor, &mut form)
        .map_err(|failure| Box::new(Unusable { form, failure }))
}

fn parse_document<S: Session>(
    input: &[u8],
    actions: &'static [Row<S>],
    environment: &Environment,
    asset_file: Option<&Path>,
    redactor: &Arc<Redactor>,
    form: &mut Form,
) -> Result<Request<S>, Failure> {
    let input = document::read(input)?;
    let top =
        Members::read(input, input, "the request", redactor, &|name| TOP_LEVEL.contains(&name)).inspect_err(|_| {
            let results = json::named(input, ["results"]).map_or(None, |[results]| results);
            form.array = results.is_some_and(is_array);
        })?;
    form.array = top.get("results").is_some_and(|raw| is_array(raw.get()));
    // Secrets come first: no message about the rest of the request may show one.
    let config = match top.get("config") {
        Some(raw) => Some(Members::read(input, raw.get(), "`config`", redactor, &|name| {
            name == "dry_run" || S::Asset::FIELDS.iter().any(|field| field.name == name)
        })?),
        None => None,
    };
    if let Some(config) = &config {
        for field in S::Asset::FIELDS.iter().filter(|field| field.secret) {
            if let Some(raw) = config.get(field.name) {
                scalars(raw, &mut |secret| redactor.add(secret));
            }
        }
    }
    let row = find_action(&top, actions, redactor)?;
    form.facts = Some(row.facts);
    refuse_dry_run(&top, "", redactor)?;
    let fields = read_fields(&top, redactor)?;
    if let Some(results) = top.get("results").map(RawValue::get)
        && !is_array(results)
        && !matches!(results, "null" | "\"\"")
    {
        let (given, at) = (text::clean(&redactor.text(results), 40), Position::of_part(input, results));
        return Err(invalid(format!("`results` must be \"array\" or null, not {given} ({at}).")));
    }
    if let Some(config) = &config {
        refuse_dry_run(config, "config.", redactor)?;
        refuse_secrets_in_files(config, S::Asset::FIELDS, redactor)?;
    }
    let environment = merge_environment(&top, environment, asset_file.is_some(), redactor)?;
    proxy::secrets(&environment).iter().for_each(|secret| redactor.add(secret.reveal()));
    let timeout = match top.get("timeout_seconds") {
        Some(raw) => read_one::<Bounded<0, LONGEST>>("timeout_seconds", raw, redactor)?.map(|seconds| seconds.0),
        None => None,
    };
    let rate_limit_reserve = match top.get("rate_limit_reserve") {
        Some(raw) => {
            read_one::<UpTo<LARGEST_RESERVE>>("rate_limit_reserve", raw, redactor)?.map_or(0, |percent| percent.0)
        }
        None => 0,
    };
    let asset = match asset_file {
        None => read_asset::<S>(config.unwrap_or_else(|| Members::none(input)), redactor)?,
        Some(path) => {
            let fields = S::Asset::FIELDS;
            let merged = AssetFile::read(path, fields, redactor)?.merge(config.as_ref(), fields, S::FIXED, redactor)?;
            read_asset::<S>(Members::read(&merged, &merged, "`config`", redactor, &|_| true)?, redactor)?
        }
    };
    refuse_misspelled_parameters(&top, redactor)?;
    let sets = read_sets(input, top.get("parameters"), row, redactor)?;
    Ok(Request { row, asset, sets, timeout, rate_limit_reserve, form: *form, fields, environment })
}

/// The keys of a request that are read; all others belong to the platform.
pub const TOP_LEVEL: &[&str] = &[
    "action",
    "identifier",
    "config",
    "parameters",
    "environment_variables",
    "timeout_seconds",
    "rate_limit_reserve",
    "results",
    "fields",
    "dry_run",
];

/// Case, blanks, `_` and `-` are alike, and several of them are one.
fn normal(name: &str) -> String {
    let words = name.split(|c: char| c.is_whitespace() || c == '_' || c == '-').filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}

fn find_action<S: Session>(
    top: &Members<'_>,
    actions: &'static [Row<S>],
    redactor: &Redactor,
) -> Result<&'static Row<S>, Failure> {
    let name_of = |member: &str| -> Result<Option<String>, Failure> {
        match top.get(member) {
            None => Ok(None),
            Some(raw) if matches!(raw.get(), "null" | "\"\"") => Ok(None),
            Some(raw) => serde_json::from_str(raw.get()).map(Some).map_err(|_| {
                invalid(format!(
                    "`{member}` must be text, not {} ({}).",
                    json::kind_of(raw.get()),
                    Position::of_part(top.input, raw.get())
                ))
            }),
        }
    };
    let Some(name) = name_of("identifier")?.or(name_of("action")?) else {
        return Err(invalid("`action` is missing. Set it to the action to run, for example \"list users\"."));
    };
    let wanted = normal(&name);
    actions.iter().find(|row| row.facts.identifier == wanted).ok_or_else(|| {
        let advice = match text::nearest(&wanted.replace('_', " "), actions.iter().map(|row| row.facts.action)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!(
                    "known actions: {}",
                    text::list(&actions.iter().map(|row| row.facts.action).collect::<Vec<_>>(), "and")
                )
            }
        };
        invalid(format!("Unknown action `{}` ({advice}).", text::escaped(&redactor.text(&name), 60)))
    })
}

/// The table row of the action that a request names, if there is one.
pub fn row_of<S: Session>(request: &Node, actions: &'static [Row<S>]) -> Option<&'static Row<S>> {
    let name = request.get("identifier").or(request.get("action"))?;
    let Node::Scalar(json) = name else { return None };
    let wanted = normal(&serde_json::from_str::<String>(json).ok()?);
    actions.iter().find(|row| row.facts.identifier == wanted)
}

/// Rejects misspellings of `parameters`. Other keys belong to the platform and are ignored, but ignoring this
/// one would run the action without its limit or filter.
fn refuse_misspelled_parameters(top: &Members<'_>, redactor: &Redactor) -> Result<(), Failure> {
    // Whatever says «no parameters» does not take those back that stand beside it.
    let is_empty = |raw: &RawValue| {
        let inside = |open, close| raw.get().strip_prefix(open)?.strip_suffix(close).map(str::trim);
        raw.get() == "null" || inside('{', '}').or_else(|| inside('[', ']')) == Some("")
    };
    if top.get("parameters").is_some_and(|raw| !is_empty(raw)) {
        return Ok(());
    }
    let meant = |key: &str| {
        let key: String = key.chars().filter(char::is_ascii_alphabetic).collect();
        text::edits_between(&key, "parameters") <= 2 || key.eq_ignore_ascii_case("params")
    };
    match top.members.iter().find(|(key, _)| key != "parameters" && meant(key)) {
        Some((key, raw)) => Err(invalid(format!(
            "Unknown key `{}` (did you mean `parameters`?): {}.",
            text::escaped(&redactor.text(key), 40),
            Position::of_part(top.input, raw.get())
        ))),
        None => Ok(()),
    }
}

/// Rejects `dry_run`, which is reserved: until it is supported, nobody may rely on it.
fn refuse_dry_run(members: &Members<'_>, place: &str, redactor: &Redactor) -> Result<(), Failure> {
    for (key, raw) in &members.members {
        let plain: String = key.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect();
        if plain != "dryrun" {
            continue;
        }
        let at = Position::of_part(members.input, raw.get());
        if key != "dry_run" {
            return Err(invalid(format!(
                "Unknown key `{place}{}` ({at}): it is spelled `dry_run`, which is not supported yet. Nothing was sent.",
                text::escaped(&redactor.text(key), 40)
            )));
        }
        match raw.get() {
            "false" => {}
            "true" => {
                return Err(invalid(format!(
                    "`{place}dry_run` is not supported yet ({at}). Nothing was sent. Remove it to run the action."
                )));
            }
            other => {
                return Err(invalid(format!(
                    "`{place}dry_run` must be true or false, not {} ({at}).",
                    json::kind_of(other)
                )));
            }
        }
    }
    Ok(())
}

/// `{"HTTPS_PROXY": {"type": "string", "value": "…"}}`, as Splunk SOAR sends it, or plain text.
///
/// With an asset file, a request cannot say whom to trust: `trust_is_fixed`.
fn merge_environment(
    top: &Members<'_>,
    process: &Environment,
    trust_is_fixed: bool,
    redactor: &Redactor,
) -> Result<Environment, Failure> {
    let Some(raw) = top.get("environment_variables") else { return Ok(process.clone()) };
    let variables = Members::read(top.input, raw.get(), "`environment_variables`", redactor, &|_| true)?;
    let mut merged = process.clone();
    for (name, raw) in &variables.members {
        if trust_is_fixed && matches!(name.as_ref(), "SSL_CERT_FILE" | "SSL_CERT_DIR") {
            return Err(invalid(format!(
                "`environment_variables.{name}` cannot be set by a request if there is an asset file ({}).",
                Position::of_part(top.input, raw.get())
            )));
        }
        let value = match raw.get().as_bytes()[0] {
            b'{' => Members::read(top.input, raw.get(), "a variable of `environment_variables`", redactor, &|_| true)?
                .get("value")
                .map(RawValue::get),
            _ => Some(raw.get()),
        };
        let value = match value {
            None | Some("null") => continue,
            Some(json) => serde_json::from_str::<String>(json).map_err(|_| {
                invalid(format!(
                    "`environment_variables.{}` must be text, not {} ({}).",
                    text::escaped(&redactor.text(name), 40),
                    json::kind_of(json),
                    Position::of_part(top.input, json)
                ))
            })?,
        };
        merged.set(name.to_string(), value);
    }
    Ok(merged)
}

/// Whether the value of `results` is `"array"`.
fn is_array(json: &str) -> bool {
    serde_json::from_str::<String>(json).is_ok_and(|results| results == "array")
}

/// `["id", "profile.login"]`.
fn read_fields(top: &Members<'_>, redactor: &Redactor) -> Result<Option<Arc<Fields>>, Failure> {
    let Some(raw) = top.get("fields").filter(|raw| !matches!(raw.get(), "null" | "\"\"")) else { return Ok(None) };
    let at = Position::of_part(top.input, raw.get());
    let paths: Vec<String> = serde_json::from_str(raw.get()).map_err(|_| {
        invalid(format!("`fields` must be an array of text, such as [\"id\", \"profile.login\"] ({at})."))
    })?;
    if paths.is_empty() || paths.len() > MOST_PATHS {
        return Err(invalid(format!("`fields` must have 1 to {MOST_PATHS} paths ({at}).")));
    }
    let fields = Fields::new(paths).map_err(|path| {
        let path = text::quoted(&redactor.text(&path), 40);
        invalid(format!("`fields`: {path} is not a path; write names joined by dots, such as profile.login ({at})."))
    })?;
    Ok(Some(Arc::new(fields)))
}

fn read_one<V: Value>(name: &'static str, raw: &RawValue, redactor: &Redactor) -> Result<Option<V>, Failure> {
    let mut reader = Reader::new(vec![(Cow::Borrowed(name), raw)], redactor);
    match reader.take::<Option<V>>(name) {
        Some(value) => Ok(value),
        None => Err(invalid(format!("Invalid request: {}.", reader.problems.join("; ")))),
    }
}

/// Rejects `api_key_file`: whoever writes a request must not choose a file whose content is sent to a server that
/// the request chooses too.
fn refuse_secrets_in_files(config: &Members<'_>, fields: &[Field], redactor: &Redactor) -> Result<(), Failure> {
    match config.members.iter().find(|(name, _)| secret_in_a_file(name, fields).is_some()) {
        Some((name, raw)) => Err(invalid(format!(
            "`config.{}` is only allowed in an asset file (--asset), not in a request ({}).",
            text::escaped(&redactor.text(name), 40),
            Position::of_part(config.input, raw.get())
        ))),
        None => Ok(()),
    }
}

fn read_asset<S: Session>(config: Members<'_>, redactor: &Arc<Redactor>) -> Result<S::Asset, Failure> {
    let mut reader = Reader::new(config.members, redactor);
    let asset = S::Asset::read(&mut reader);
    reader.secrets.iter().for_each(|secret| redactor.add(secret.reveal()));
    asset.ok_or_else(|| invalid(format!("Invalid configuration (`config`): {}.", reader.problems.join("; "))))
}

fn read_sets<S: Session>(
    input: &str,
    parameters: Option<&RawValue>,
    row: &'static Row<S>,
    redactor: &Arc<Redactor>,
) -> Result<Vec<Set<S>>, Failure> {
    let raw = parameters.map_or("{}", RawValue::get);
    let objects: Vec<&str> = match raw.as_bytes()[0] {
        b'[' => {
            let elements = json::elements(raw).map_err(|problem| {
                let what = match problem {
                    json::Unlisted::TooMany => "has more than 100,000 parameter sets: send them in several requests",
                    json::Unlisted::Invalid | json::Unlisted::NoRoom => "is too large for the memory there is",
                };
                invalid(format!("`parameters` {what} ({}).", Position::of_part(input, raw)))
            })?;
            elements.into_iter().map(RawValue::get).collect()
        }
        b'{' => vec![raw],
        b'n' => vec![],
        _ => {
            return Err(invalid(format!(
                "`parameters` must be an object or an array of objects, not {} ({}).",
                json::kind_of(raw),
                Position::of_part(input, raw)
            )));
        }
    };
    let objects = if objects.is_empty() { vec!["{}"] } else { objects };
    let mut secrets = SetSecrets::default();
    let mut read = Vec::with_capacity(objects.len());
    for object in objects {
        if !object.starts_with('{') {
            return Err(invalid(format!(
                "`parameters` must contain objects, not {} ({}).",
                json::kind_of(object),
                Position::of_part(input, object)
            )));
        }
        // A name that is there twice is looked at only once its set's secrets are known.
        let members = Members::read(input, object, "`parameters`", redactor, &|_| false)?;
        secrets.gather(&members, row.fields);
        read.push((object, members));
    }
    let set = |(index, (object, members)): (usize, (&str, Members<'_>))| {
        let redactor = secrets.redactor(index, object, redactor);
        members.refuse_twice("`parameters`", &redactor, &|_| true)?;
        Ok(read_set(members, row, redactor))
    };
    read.into_iter().enumerate().map(set).collect()
}

fn read_set<S: Session>(members: Members<'_>, row: &'static Row<S>, redactor: Arc<Redactor>) -> Set<S> {
    let context = members.get("context");
    let mut reader = Reader::new(members.members, &redactor).for_change(!row.facts.read_only);
    reader.refuse_unknown(row.fields);
    let prepared = (row.prepare)(&mut reader);
    if let Some(context) = context {
        reader.repeat("context", &json::one_line(context.get()));
    }
    reader.secrets.iter().for_each(|secret| redactor.add(secret.reveal()));
    let prepared = match prepared {
        Some(prepared) if reader.problems.is_empty() => Ok(prepared),
        _ => Err(refuse_parameters(row, &reader.problems)),
    };
    let parameter = redactor.json(&format!("{{{}}}", reader.echo)).into_owned();
    Set { parameter, redactor, prepared }
}

fn refuse_parameters<S: Session>(row: &Row<S>, problems: &[String]) -> Failure {
    let mut failure = Failure::new(
        Kind::InvalidParameter,
        format!("Invalid parameters for {}: {}. Nothing was sent.", row.facts.action, problems.join("; ")),
    );
    if !row.facts.read_only {
        failure.details.outcome = Some(Outcome::NotApplied);
    }
    failure
}
