//! app.json, JSON Schemas and the reference documentation, all generated from the table of actions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::runtime::table::connector::{Connector, Session};

mod app;
mod docs;
mod schema;

pub use app::app_json;
pub use schema::{all as schemas, result_item};

/// A generated file.
#[derive(Debug)]
pub struct File {
    /// Path relative to the project folder.
    pub path: String,
    /// Its content; `None` if the file should not exist.
    pub content: Option<String>,
}

/// All generated files of the project in `folder`.
///
/// # Errors
/// When README.md, which is only partly generated, cannot be read.
pub fn files<S: Session>(connector: &Connector<S>, folder: &Path) -> Result<Vec<File>> {
    let file = |path: &str, content: String| File { path: path.to_owned(), content: Some(content) };
    let mut files = vec![file("app.json", app_json(connector)), file("docs/actions.md", docs::reference(connector))];
    let mut names = BTreeSet::new();
    for (name, schema) in schemas(connector) {
        let path = format!("schemas/{name}.json");
        names.insert(path.clone());
        files.push(file(&path, schema));
    }
    for entry in fs::read_dir(folder.join("schemas")).into_iter().flatten().flatten() {
        let path = format!("schemas/{}", entry.file_name().to_string_lossy());
        if !names.contains(&path) {
            files.push(File { path, content: None });
        }
    }
    let readme = fs::read_to_string(folder.join("README.md")).context("cannot read README.md")?;
    files.push(file("README.md", docs::with_table(&readme, connector)?));
    Ok(files)
}
