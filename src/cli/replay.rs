//! `replay`: runs fixtures offline and prints, checks or updates their results.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::ArgMatches;

use crate::actions::OKTA;
use crate::runtime::fixture::{self, Fixture, Played};
use crate::runtime::process::{FAILED, SUCCESS};
use crate::runtime::text;

/// Maximum number of differences to show for one fixture.
const DIFFERENCES: usize = 20;

pub(super) fn main(matches: &ArgMatches) -> Result<i32> {
    let paths: Vec<PathBuf> = matches.get_many("path").expect("is required").cloned().collect();
    let files = fixture::find(&paths)?;
    if files.is_empty() {
        bail!("no fixtures found");
    }
    if matches.get_flag("check") {
        return check(&files);
    }
    let mut status = SUCCESS;
    for file in &files {
        let played = play(file)?;
        for problem in &played.problems {
            let _ = writeln!(std::io::stderr(), "{}: {problem}", file.display());
        }
        if matches.get_flag("update") {
            Fixture::update(file, &played.result)?;
        } else {
            super::print(&played.result)?;
            status = status.max(played.status);
        }
        if !played.problems.is_empty() {
            status = status.max(FAILED);
        }
    }
    Ok(status)
}

fn play(file: &Path) -> Result<Played> {
    Ok(Fixture::read(file)?.play(&OKTA))
}

fn check(files: &[PathBuf]) -> Result<i32> {
    let mut failed = 0;
    for file in files {
        let problems = match Fixture::read(file) {
            Ok(fixture) => fixture.check(&OKTA, DIFFERENCES),
            Err(error) => vec![format!("{error:#}")],
        };
        failed += u64::from(!problems.is_empty());
        let verdict = if problems.is_empty() { "ok" } else { "FAILED" };
        super::print(&format!("{verdict:6} {}\n", file.display()))?;
        for problem in problems {
            super::print(&format!("       {problem}\n"))?;
        }
    }
    let passed = files.len() as u64 - failed;
    super::print(&format!("{} passed, {failed} failed\n", text::count(passed, "fixture")))?;
    Ok(if failed == 0 { SUCCESS } else { FAILED })
}
