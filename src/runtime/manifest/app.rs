//! app.json, the SOAR app manifest.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::runtime::table::connector::{Connector, Row, Session};
use crate::runtime::table::facts::{Data, DataPath, DataType, Facts, text};
use crate::runtime::table::parameter::{Default, Field, Parameters};

/// Generates the manifest.
pub fn app_json<S: Session>(connector: &Connector<S>) -> String {
    let about = connector.about;
    let app = App {
        appid: about.appid,
        name: about.name,
        description: about.description,
        publisher: about.publisher,
        package_name: about.package_name,
        r#type: about.category,
        license: concat!("Licensed under ", env!("CARGO_PKG_LICENSE")),
        main_module: about.main_module,
        app_version: env!("CARGO_PKG_VERSION"),
        product_vendor: about.product_vendor,
        product_name: about.product_name,
        product_version_regex: ".*",
        python_version: "3.9, 3.13",
        min_phantom_version: about.min_phantom_version,
        logo: about.logo,
        logo_dark: about.logo,
        fips_compliant: false,
        configuration: in_order(
            2,
            S::Asset::FIELDS.iter().enumerate().map(|(order, field)| (field.name, setting(order, field))),
        ),
        actions: connector.actions.iter().map(action).collect(),
    };
    serde_json::to_string_pretty(&app).expect("our own types have string keys and finite numbers") + "\n"
}

#[derive(Serialize)]
struct App {
    appid: &'static str,
    name: &'static str,
    description: &'static str,
    publisher: &'static str,
    package_name: &'static str,
    r#type: &'static str,
    license: &'static str,
    main_module: &'static str,
    app_version: &'static str,
    product_vendor: &'static str,
    product_name: &'static str,
    product_version_regex: &'static str,
    python_version: &'static str,
    min_phantom_version: &'static str,
    logo: &'static str,
    logo_dark: &'static str,
    fips_compliant: bool,
    configuration: Box<RawValue>,
    actions: Vec<Action>,
}

#[derive(Serialize)]
struct Action {
    action: &'static str,
    identifier: &'static str,
    description: &'static str,
    verbose: String,
    r#type: &'static str,
    read_only: bool,
    parameters: Box<RawValue>,
    output: Vec<Output>,
    #[serde(skip_serializing_if = "Option::is_none")]
    render: Option<Render>,
    versions: &'static str,
}

#[derive(Serialize)]
struct Render {
    r#type: &'static str,
    title: String,
}

#[derive(Serialize)]
struct Output {
    data_path: String,
    data_type: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    contains: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    example_values: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column_order: Option<usize>,
}

/// A JSON object that keeps the order of its members.
fn in_order<'n>(indent: usize, members: impl Iterator<Item = (&'n str, Value)>) -> Box<RawValue> {
    let members: Vec<String> = members.map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    let compact = format!("{{{}}}", members.join(","));
    // The pretty printer leaves raw values unchanged.
    let node = crate::runtime::json::Node::read(&compact).expect("valid by construction");
    RawValue::from_string(node.indented(indent)).expect("valid by construction")
}

fn default_value(default: Default) -> Value {
    match default {
        Default::Number(number) => json!(number),
        Default::Boolean(value) => json!(value),
    }
}

fn setting(order: usize, field: &Field) -> Value {
    let mut setting = json!({
        "description": field.description.trim(),
        "data_type": field.data_type.name(),
        "required": field.required,
        "order": order,
    });
    if let Some(default) = field.default {
        setting["default"] = default_value(default);
    }
    setting
}

fn parameter(order: usize, field: &Field) -> Value {
    let mut parameter = setting(order, field);
    parameter["primary"] = json!(!field.contains.is_empty());
    parameter["contains"] = json!(field.contains);
    if !field.values.is_empty() {
        parameter["value_list"] = json!(field.values);
    }
    parameter
}

fn action<S: Session>(row: &Row<S>) -> Action {
    let facts = row.facts;
    let output = output(facts, row.fields);
    let title = facts.action.split(' ').map(crate::runtime::text::capital).collect::<Vec<_>>().join(" ");
    Action {
        action: facts.action,
        identifier: facts.identifier,
        description: facts.description,
        verbose: verbose(facts),
        r#type: facts.action_type.name(),
        read_only: facts.read_only,
        parameters: in_order(
            6,
            row.fields.iter().enumerate().map(|(order, field)| (field.name, parameter(order, field))),
        ),
        render: (!output.is_empty()).then_some(Render { r#type: "table", title }),
        output,
        versions: "EQ(*)",
    }
}

fn verbose(facts: &Facts) -> String {
    let roles = match facts.roles {
        [] => String::new(),
        roles => format!("The token's owner needs the admin role {}.", crate::runtime::text::list(roles, "or")),
    };
    [facts.verbose, &roles].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

const TOTALS: [&str; 2] = ["summary.total_objects", "summary.total_objects_successful"];

/// Every data path of a result of the action, each once.
fn output(facts: &Facts, fields: &'static [Field]) -> Vec<Output> {
    if matches!(facts.data, Data::Unlisted) {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for field in fields {
        rows.push(Output {
            data_path: format!("action_result.parameter.{}", field.name),
            data_type: field.data_type.name(),
            contains: field.contains,
            example_values: Vec::new(),
            column_name: Some(crate::runtime::text::capital(&field.name.replace('_', " "))),
            column_order: None,
        });
    }
    if matches!(facts.data, Data::Empty) {
        rows.push(plain("action_result.data", DataType::String, Vec::new()));
    }
    rows.extend(parents_first(facts.data.paths()).into_iter().map(|path| row("action_result.data.*.", path)));
    rows.push(Output {
        column_name: Some("Status".to_owned()),
        ..plain("action_result.status", DataType::String, vec![json!("success"), json!("failed")])
    });
    rows.push(plain("action_result.message", DataType::String, Vec::new()));
    rows.push(plain("action_result.summary", DataType::String, Vec::new()));
    rows.extend(facts.summary.iter().map(|path| row("action_result.summary.", path)));
    rows.extend(TOTALS.map(|path| plain(path, DataType::Numeric, vec![json!(1)])));
    let columns = rows.iter_mut().filter(|row| row.column_name.is_some());
    columns.enumerate().for_each(|(order, row)| row.column_order = Some(order));
    rows
}

fn plain(path: &str, data_type: DataType, example_values: Vec<Value>) -> Output {
    Output { data_path: path.to_owned(), ..row("", &DataPath { data_type, ..text("", "") }).with(example_values) }
}

impl Output {
    fn with(self, example_values: Vec<Value>) -> Self {
        Output { example_values, ..self }
    }
}

/// Lists a value before the paths below it: SOAR's own loader keeps only the last of the two, and rejects the
/// other order.
fn parents_first(paths: impl Iterator<Item = &'static DataPath>) -> Vec<&'static DataPath> {
    let paths: Vec<&DataPath> = paths.collect();
    let names: BTreeMap<&str, &DataPath> = paths.iter().map(|path| (path.path, *path)).collect();
    let mut ordered: Vec<&DataPath> = Vec::new();
    for path in paths {
        for (end, _) in path.path.match_indices('.') {
            if let Some(parent) = names.get(&path.path[..end])
                && !ordered.iter().any(|known| known.path == parent.path)
            {
                ordered.push(parent);
            }
        }
        if !ordered.iter().any(|known| known.path == path.path) {
            ordered.push(path);
        }
    }
    ordered
}

fn row(before: &str, path: &DataPath) -> Output {
    let example = match path.data_type {
        _ if path.example.is_empty() => Vec::new(),
        DataType::Numeric | DataType::Boolean => serde_json::from_str(path.example).into_iter().collect(),
        DataType::String | DataType::Password => vec![json!(path.example)],
    };
    Output {
        data_path: format!("{before}{}", path.path),
        data_type: path.data_type.name(),
        contains: path.contains,
        example_values: example,
        column_name: path.column.map(str::to_owned),
        column_order: None,
    }
}
