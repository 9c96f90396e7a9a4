//! The bench's command line.

use std::path::PathBuf;

use crate::outcome::Outcome;

pub const HELP: &str = "\
cargo run --release --manifest-path benches/Cargo.toml -- [OPTIONS]

  --runs N          number of counted runs of each program (default 11, minimum 1)
  --only NAME       run only this scenario; can be repeated
  --all             also run the long scenarios (marked *)
  --write           write benches/RESULTS.md (not with --only)
  --connector PATH  measure this program instead of building the connector
  --help            print this help

Scenarios:
";

pub struct Options {
    pub runs: usize,
    pub only: Vec<String>,
    pub all: bool,
    pub write: bool,
    pub connector: Option<PathBuf>,
    pub help: bool,
}

impl Options {
    /// Whether a scenario is to run; a long one takes minutes.
    pub fn wants(&self, name: &str, long: bool) -> bool {
        if self.only.is_empty() { self.all || !long } else { self.only.iter().any(|only| only == name) }
    }

    /// For scenarios that mostly wait for the server: more runs would only repeat the waiting.
    pub fn few(&self) -> usize {
        self.runs.min(3)
    }
}

/// `known` are the names of all scenarios.
pub fn parse(arguments: &[String], known: &[&str]) -> Outcome<Options> {
    let mut options = Options { runs: 11, only: Vec::new(), all: false, write: false, connector: None, help: false };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            let value = arguments.next();
            value.ok_or_else(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            "--runs" => options.runs = value()?.parse::<usize>()?.max(1),
            "--only" => options.only.push(value()?.clone()),
            "--connector" => options.connector = Some(std::fs::canonicalize(value()?)?),
            "--all" => options.all = true,
            "--write" => options.write = true,
            "--help" | "-h" => options.help = true,
            // cargo bench and cargo test hand this to every harness.
            "--bench" => {}
            other => return Err(format!("unknown option {other}; see --help").into()),
        }
    }
    if options.write && !options.only.is_empty() {
        return Err("--write keeps the result of a whole bench: leave --only out".into());
    }
    match options.only.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("no scenario {name}; --help lists them").into()),
        None => Ok(options),
    }
}
