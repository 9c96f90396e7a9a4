//! `generate`: writes the files generated from the table of actions, or reports which are out of date.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::ArgMatches;

use crate::actions::OKTA;
use crate::runtime::manifest::{self, File};
use crate::runtime::process::SUCCESS;

pub(super) fn main(matches: &ArgMatches) -> Result<i32> {
    let folder = matches.get_one::<PathBuf>("folder").expect("has a default");
    let files = manifest::files(&OKTA, folder)?;
    let drifted: Vec<&File> =
        files.iter().filter(|file| fs::read_to_string(folder.join(&file.path)).ok() != file.content).collect();
    if matches.get_flag("check") {
        for file in &drifted {
            super::print(&format!("{} is out of date\n", file.path))?;
        }
        if !drifted.is_empty() {
            bail!("run `cargo run -- generate` and commit the result");
        }
        return super::print(&format!("{} generated files are up to date\n", files.len()));
    }
    for file in drifted {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
        }
        match &file.content {
            Some(content) => fs::write(&path, content),
            None => fs::remove_file(&path),
        }
        .with_context(|| format!("cannot write {}", file.path))?;
        super::print(&format!("{} written\n", file.path))?;
    }
    Ok(SUCCESS)
}
