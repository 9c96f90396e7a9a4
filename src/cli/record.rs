//! `record`: runs a real request and saves it as a fixture.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;

use super::run::carry_out;
use crate::actions::OKTA;
use crate::runtime::captured::Captured;
use crate::runtime::envelope::stdin::Ready;
use crate::runtime::fixture;
use crate::runtime::json::Node;
use crate::runtime::lock::lock;
use crate::runtime::outlet::Outlet;
use crate::runtime::process::Options;
use crate::runtime::recording;
use crate::runtime::secret::Redactor;
use crate::runtime::transport::Transport;
use crate::runtime::transport::recorder::Recorder;

pub(super) fn main(matches: &ArgMatches) -> Result<i32> {
    let path = matches.get_one::<PathBuf>("file").expect("is required");
    // Created before anything is sent: a recording of a change must not be lost because of the file.
    drop(new_file(path).with_context(|| format!("cannot create {}", path.display()))?);
    let mut request = String::new();
    io::stdin().read_to_string(&mut request).context("cannot read the request")?;
    let recording =
        Arc::new(Recording { path: path.clone(), request, kept: Mutex::default(), result: Captured::default() });
    let keeper = recording.clone();
    let wrap = Box::new(move |inner, redactor: Arc<Redactor>| {
        let recorder = Arc::new(Recorder::new(inner, redactor.clone(), OKTA.about));
        *lock(&keeper.kept) = Some((recorder.clone(), redactor));
        recorder as Arc<dyn Transport>
    });
    let stdin = Box::new(Ready(Some(recording.request.clone().into_bytes())));
    let stdout = Box::new(Tee(Outlet::stdout(), recording.result.clone()));
    let ended_by_signal = recording.clone();
    let status = carry_out(stdin, stdout, Some(wrap), Options::default(), move || {
        if let Err(error) = ended_by_signal.write() {
            let _ = writeln!(Outlet::stderr(), "okta-connector: {error:#}");
        }
    });
    recording.write()?;
    Ok(status)
}

/// The parts of the fixture.
struct Recording {
    path: PathBuf,
    request: String,
    /// The recorder and redactor of the run.
    kept: Mutex<Option<(Arc<Recorder>, Arc<Redactor>)>>,
    result: Captured,
}

impl Recording {
    /// Writes the fixture, also after a signal ended the run, with what was exchanged until then.
    fn write(&self) -> Result<()> {
        let Some((recorder, redactor)) = lock(&self.kept).take() else {
            let _ = fs::remove_file(&self.path);
            bail!("nothing was sent, so there is nothing to record");
        };
        let mut asked = Node::read(&redactor.json(&self.request))?;
        recording::mask_request(&mut asked, &OKTA);
        // A stdout that accepted nothing in the end leaves half a result.
        let mut expected =
            Node::read(&redactor.json(&self.result.text())).unwrap_or_else(|_| Node::Scalar("null".to_owned()));
        recorder.mask(&mut expected);
        let fixture = Node::Object(vec![
            ("description".to_owned(), Node::Scalar("\"Recorded: describe what this case shows\"".to_owned())),
            ("request".to_owned(), asked),
            ("exchanges".to_owned(), recorder.exchanges()),
            ("expected".to_owned(), expected),
        ]);
        fixture::write(&self.path, &fixture)
    }
}

/// Creates a new file that only its owner can read: responses contain personal data.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes to stdout and keeps a copy.
struct Tee(Box<dyn Write + Send>, Captured);

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.0.write(bytes)?;
        self.1.write_all(&bytes[..count])?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
