//! The programs that are measured: building them, their size, the time of a clean build.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::outcome::Outcome;

fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn results_file() -> PathBuf {
    package().join("RESULTS.md")
}

/// The connector's manifest: `benches/` lies in its repository.
fn connector_manifest() -> PathBuf {
    package().with_file_name("Cargo.toml")
}

pub fn build_connector() -> Outcome<PathBuf> {
    build(&connector_manifest(), "okta-connector")
}

pub fn build_floor() -> Outcome<PathBuf> {
    build(&package().join("Cargo.toml"), "floor")
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Builds one binary in release and returns where cargo says it put it.
fn build(manifest: &Path, binary: &str) -> Outcome<PathBuf> {
    eprintln!("building {binary}");
    let output = cargo()
        .args(["build", "--release", "--quiet", "--bin", binary])
        .arg("--message-format=json-render-diagnostics")
        .arg("--manifest-path")
        .arg(manifest)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{binary} does not build").into());
    }
    String::from_utf8(output.stdout)?
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == binary)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("cargo built no {binary}").into())
}

/// The wall time of a release build into an empty target directory.
pub fn clean_build(scratch: &Path) -> Outcome<Duration> {
    let target = scratch.join("clean-build");
    // Downloads are no part of a build.
    let fetched = cargo().args(["fetch", "--quiet", "--manifest-path"]).arg(connector_manifest()).status()?;
    let started = Instant::now();
    let built = cargo()
        .args(["build", "--release", "--quiet", "--manifest-path"])
        .arg(connector_manifest())
        .env("CARGO_TARGET_DIR", &target)
        .status()?;
    let took = started.elapsed();
    std::fs::remove_dir_all(&target).ok();
    if fetched.success() && built.success() { Ok(took) } else { Err("the clean build failed".into()) }
}

/// The first program of that name on the bench's own PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}
