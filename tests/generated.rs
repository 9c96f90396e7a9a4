//! What is generated is what the table says, and the table holds what the spec does.

use std::collections::HashSet;
use std::path::Path;

use okta_connector::actions::{OKTA, TABLE};
use okta_connector::manifest;
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
fn the_manifest_has_the_sixteen_actions_of_the_table_in_its_order() {
    let app = app();
    let names: Vec<&str> = actions(&app).iter().map(|action| action["identifier"].as_str().unwrap()).collect();
    assert_eq!(names, TABLE.iter().map(|row| row.facts.identifier).collect::<Vec<_>>());
    assert_eq!(names.len(), 16);
}

#[test]
fn the_manifest_has_28_parameters() {
    let app = app();
    let count: usize = actions(&app).iter().map(|action| action["parameters"].as_object().unwrap().len()).sum();
    assert_eq!(count, 28);
}

#[test]
fn the_manifest_has_402_output_paths_each_once_per_action() {
    let app = app();
    let mut count = 0;
    for action in actions(&app) {
        let mut seen = HashSet::new();
        for output in action["output"].as_array().unwrap() {
            let path = output["data_path"].as_str().unwrap();
            assert!(seen.insert(path), "{} has {path} twice", action["identifier"]);
            count += 1;
        }
    }
    assert_eq!(count, 402);
}

/// One row of a parameter or output table of the spec: `**name** |  required  | … | type |  contains`.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    action: String,
    name: String,
    required: Option<bool>,
    data_type: String,
    contains: Vec<String>,
}

/// The rows of the spec's tables, escapes resolved; of rows that repeat a path the first.
fn spec_rows(spec: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut action = String::new();
    let mut table = "";
    for line in spec.lines() {
        let line = line.replace('\\', "");
        if let Some(rest) = line.strip_prefix("## action: '") {
            action = rest.trim_end_matches('\'').replace(' ', "_");
            table = "";
        } else if line.starts_with("#### Action Parameters") {
            table = "parameters";
        } else if line.starts_with("#### Action Output") {
            table = "output";
        } else if line.contains('|') && !table.is_empty() && !line.starts_with("PARAMETER") && !line.starts_with("DATA")
        {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            if cells[0].starts_with("---") {
                continue;
            }
            let (required, data_type, contains) = match table {
                "parameters" => (Some(cells[1] == "required"), cells[3], cells.get(4)),
                _ => (None, cells[1], cells.get(2)),
            };
            let contains = contains.map_or(Vec::new(), |cell| {
                cell.split('`').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
            });
            let name = cells[0].trim_matches('*').to_owned();
            if rows.iter().all(|row| (&row.action, &row.name) != (&action, &name)) {
                rows.push(Row { action: action.clone(), name, required, data_type: data_type.to_owned(), contains });
            }
        }
    }
    rows
}

/// The spec stands beside the repository, where sessions work on it; a clone alone does not have it.
#[test]
fn every_row_of_the_spec_is_in_the_manifest_with_type_contains_and_required() {
    let Ok(spec) = std::fs::read_to_string(Path::new(ROOT).join("../shared/spec/okta-app.md")) else { return };
    let rows = spec_rows(&spec);
    assert_eq!(rows.len(), 28 + 402);
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
