//! What is generated is what the table says, and the table holds the published interface.

use std::collections::HashSet;
use std::path::Path;

use okta_connector::actions::{OKTA, TABLE};
use okta_connector::runtime::manifest;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn app() -> Value {
    serde_json::from_str(&std::fs::read_to_string(Path::new(ROOT).join("app.json")).unwrap()).unwrap()
}

fn actions(app: &Value) -> &[Value] {
    app["actions"].as_array().unwrap()
}

#[test]
fn generated_files_have_not_drifted() {
    let files = manifest::files(&OKTA, Path::new(ROOT)).unwrap();
    let drifted: Vec<String> = files
        .into_iter()
        .filter(|file| std::fs::read_to_string(Path::new(ROOT).join(&file.path)).ok() != file.content)
        .map(|file| file.path)
        .collect();
    assert!(drifted.is_empty(), "run `cargo run -- generate` and commit what it writes: {}", drifted.join(", "));
}

#[test]
fn the_manifest_has_the_actions_of_the_table_in_its_order() {
    let app = app();
    let names: Vec<&str> = actions(&app).iter().map(|action| action["identifier"].as_str().unwrap()).collect();
    assert_eq!(names, TABLE.iter().map(|row| row.facts.identifier).collect::<Vec<_>>());
}

#[test]
fn no_output_path_stands_in_an_action_twice() {
    for action in actions(&app()) {
        let mut seen = HashSet::new();
        for output in action["output"].as_array().unwrap() {
            let path = output["data_path"].as_str().unwrap();
            assert!(seen.insert(path), "{} has {path} twice", action["identifier"]);
        }
    }
}

/// One row of the interface that playbooks rely on: a parameter, or an output path.
#[derive(Debug)]
struct Row {
    action: String,
    name: String,
    required: Option<bool>,
    data_type: String,
    contains: Vec<String>,
}

/// tests/published.tsv: the published interface, each path once.
fn published() -> Vec<Row> {
    let table = include_str!("published.tsv");
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [action, name, required, data_type, contains] = cells[..] else { panic!("{line}") };
        Row {
            action: action.to_owned(),
            name: name.to_owned(),
            required: (!required.is_empty()).then_some(required == "required"),
            data_type: data_type.to_owned(),
            contains: contains.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        }
    });
    rows.collect()
}

#[test]
fn every_row_of_the_published_interface_is_in_the_manifest_with_type_contains_and_required() {
    let rows = published();
    let app = app();
    let mut wrong = Vec::new();
    for row in rows {
        let action = actions(&app).iter().find(|action| action["identifier"] == row.action.as_str());
        let found = action.and_then(|action| match row.required {
            Some(_) => action["parameters"].get(&row.name),
            None => action["output"].as_array()?.iter().find(|output| output["data_path"] == row.name.as_str()),
        });
        let contains = |found: &Value| {
            let words = found["contains"].as_array().cloned().unwrap_or_default();
            words.iter().map(|word| word.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let same = found.is_some_and(|found| {
            found["data_type"] == row.data_type.as_str()
                && contains(found) == row.contains
                && row.required.is_none_or(|required| found["required"] == required)
        });
        if !same {
            wrong.push(format!("{row:?}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_row_of_the_table_has_a_folder_of_fixtures() {
    let missing: Vec<&str> = TABLE
        .iter()
        .map(|row| row.facts.identifier)
        .filter(|identifier| !Path::new(ROOT).join("fixtures").join(identifier).is_dir())
        .collect();
    assert!(missing.is_empty(), "no fixtures for {}", missing.join(", "));
}
