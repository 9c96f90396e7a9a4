//! A fixture: a request, the HTTP exchanges it leads to, and the expected result.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::captured::Captured;
use super::clock::VirtualClock;
use super::envelope::environment::Environment;
use super::envelope::stdin::Ready;
use super::json::{Node, members};
use super::process::{self, Options, Outside};
use super::reader::Reader;
use super::secret::Redacted;
use super::table::connector::{Connector, Session};
use super::text;
use super::transport::replay::{Exchange, Replay};

/// One recorded case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// What the case shows.
    pub description: String,
    /// The input on stdin: a JSON document, or a string if the input is not JSON.
    pub request: Box<RawValue>,
    /// The recorded requests and responses.
    #[serde(default)]
    pub exchanges: Vec<Exchange>,
    /// The expected result; missing until `replay --update` writes it.
    #[serde(default)]
    pub expected: Option<Box<RawValue>>,
}

impl Fixture {
    /// Reads a fixture.
    ///
    /// # Errors
    /// When the file cannot be read or is not a fixture.
    pub fn read(path: &Path) -> Result<Fixture> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not a fixture", path.display()))
    }

    /// The bytes of the request as read from stdin.
    pub fn stdin(&self) -> Vec<u8> {
        match serde_json::from_str::<String>(self.request.get()) {
            Ok(text) => text.into_bytes(),
            Err(_) => self.request.get().as_bytes().to_vec(),
        }
    }

    /// Replaces `expected` in the file by `result` and leaves the rest of the file unchanged.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn update(path: &Path, result: &str) -> Result<()> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let members = members(text.trim()).with_context(|| format!("{} is not a fixture", path.display()))?;
        let result = Node::read(result).context("the result is not JSON")?.pretty_at(WIDTH, 2);
        let place = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
        let updated = match members.iter().find(|(key, _)| key == "expected") {
            Some((_, old)) => {
                let start = place(old.get());
                format!("{}{result}{}", &text[..start], &text[start + old.get().len()..])
            }
            None => {
                let end = members.last().map_or(0, |(_, last)| place(last.get()) + last.get().len());
                format!("{},\n  \"expected\": {result}\n}}\n", &text[..end])
            }
        };
        fs::write(path, updated).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// What running a fixture led to.
pub struct Played {
    /// The result, one line.
    pub result: String,
    /// Exit status of the run.
    pub status: i32,
    /// Where the requests and the recording differ.
    pub problems: Vec<String>,
}

impl Fixture {
    /// Runs the fixture, without a network and without waiting.
    pub fn play<S: Session>(self, connector: &Connector<S>) -> Played {
        let stdout = Captured::default();
        let stdin = self.stdin();
        let replay = Arc::new(Replay::new(self.exchanges));
        let status = process::run(
            connector,
            Outside {
                stdin: Box::new(Ready(Some(stdin))),
                stdout: Box::new(stdout.clone()),
                stderr: Box::new(std::io::sink()),
                environment: Environment::default(),
                clock: Arc::new(VirtualClock::default()),
                transport: Some(replay.clone()),
                wrap: None,
                reader: Reader::default(),
                options: Options::default(),
            },
        );
        Played { result: stdout.text(), status, problems: replay.problems() }
    }

    /// Runs the fixture and returns what is not as expected, with at most `most` differences.
    pub fn check<S: Session>(mut self, connector: &Connector<S>, most: usize) -> Vec<String> {
        let expected = self.expected.take();
        let played = self.play(connector);
        let mut problems = played.problems;
        let Some(expected) = expected else {
            problems.push("no `expected` yet: write it with --update, then review it".to_owned());
            return problems;
        };
        match (Node::read(expected.get()), Node::read(&played.result)) {
            (Ok(expected), Ok(result)) => problems.extend(expected.differences(&result, most).into_iter().map(|row| {
                let side = |side: Option<String>| {
                    side.map_or("nothing".to_owned(), |json| text::clean(&Redacted::of_fixture(&json), 300))
                };
                format!("{}: expected {}, got {}", row.path, side(row.left), side(row.right))
            })),
            _ => problems
                .push(format!("the result is not JSON: {}", text::clean(&Redacted::of_fixture(&played.result), 300))),
        }
        problems
    }
}

/// Writes a fixture in the common format.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, node: &Node) -> Result<()> {
    fs::write(path, node.pretty(WIDTH) + "\n").with_context(|| format!("cannot write {}", path.display()))
}

/// Maximum line width of a fixture in characters: one short user of a long list fits.
const WIDTH: usize = 400;

/// Finds the fixture files in `paths`: files themselves, and all files below folders, sorted by name.
///
/// # Errors
/// When a path does not exist.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        let kind = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if kind.is_dir() {
            let mut inside: Vec<PathBuf> = fs::read_dir(path)
                .with_context(|| format!("cannot read {}", path.display()))?
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.is_dir() || path.extension().is_some_and(|extension| extension == "json"))
                .collect();
            inside.sort();
            found.extend(find(&inside)?);
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}
