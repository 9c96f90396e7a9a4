//! `record`: a real run, kept as a fixture.

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
use crate::runtime::recording;
use crate::runtime::secret::Redactor;
use crate::runtime::transport::Transport;
use crate::runtime::transport::recorder::Recorder;

/// What the wrapped transport leaves behind.
type Kept = Arc<Mutex<Option<(Arc<Recorder>, Arc<Redactor>)>>>;

pub(super) fn main(matches: &ArgMatches) -> Result<i32> {
    let path = matches.get_one::<PathBuf>("file").expect("is required");
    // Before anything is sent: a run that changes something must not be lost for a file.
    drop(new_file(path).with_context(|| format!("cannot create {}", path.display()))?);
    let mut request = String::new();
    io::stdin().read_to_string(&mut request).context("cannot read the request")?;
    let kept = Kept::default();
    let keep = kept.clone();
    let wrap = Box::new(move |inner, redactor: Arc<Redactor>| {
        let recorder = Arc::new(Recorder::new(inner, redactor.clone(), OKTA.about));
        *lock(&keep) = Some((recorder.clone(), redactor));
        recorder as Arc<dyn Transport>
    });
    let result = Captured::default();
    let stdin = Box::new(Ready(Some(request.clone().into_bytes())));
    let status = carry_out(stdin, Box::new(Tee(result.clone())), Some(wrap));
    let Some((recorder, redactor)) = lock(&kept).take() else {
        let _ = fs::remove_file(path);
        bail!("nothing was sent, so nothing is recorded");
    };
    let mut asked = Node::read(&redactor.json(&request))?;
    recording::mask_request(&mut asked, &OKTA);
    let mut expected = Node::read(&redactor.json(&result.text()))?;
    recorder.mask(&mut expected);
    let fixture = Node::Object(vec![
        ("description".to_owned(), Node::Scalar("\"Recorded: say what the case shows\"".to_owned())),
        ("request".to_owned(), asked),
        ("exchanges".to_owned(), recorder.exchanges()),
        ("expected".to_owned(), expected),
    ]);
    fixture::write(path, &fixture)?;
    Ok(status)
}

/// A file that is not there yet, readable to nobody else: answers hold personal data.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Goes to stdout, and is kept.
struct Tee(Captured);

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = io::stdout().write(bytes)?;
        self.0.write_all(&bytes[..count])?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
