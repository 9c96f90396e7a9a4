//! `record`: a real run, kept as a fixture.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use clap::ArgMatches;

use crate::actions::OKTA;
use crate::fixture;
use crate::json::Node;
use crate::secret::Redactor;
use crate::stdin::Ready;
use crate::transport::recorder::Recorder;

/// What the wrapped transport leaves behind.
type Kept = Arc<Mutex<Option<(Arc<Recorder>, Arc<Redactor>)>>>;

pub(super) fn main(matches: &ArgMatches) -> Result<i32, String> {
    let path = matches.get_one::<PathBuf>("file").expect("is required");
    // Before anything is sent: a run that changes something must not be lost for a file.
    let file = new_file(path).map_err(|error| format!("{}: {error}", path.display()))?;
    drop(file);
    let mut request = String::new();
    io::stdin().read_to_string(&mut request).map_err(|error| format!("the request cannot be read: {error}"))?;
    let kept = Kept::default();
    let keep = kept.clone();
    let wrap = Box::new(move |inner, redactor: Arc<Redactor>| {
        let recorder = Arc::new(Recorder::new(inner, redactor.clone(), OKTA.about.delivered));
        *keep.lock().unwrap_or_else(|poison| poison.into_inner()) = Some((recorder.clone(), redactor));
        recorder as Arc<dyn crate::transport::Transport>
    });
    let result = Tee::default();
    let status =
        super::carry_out(Box::new(Ready(Some(request.clone().into_bytes()))), Box::new(result.clone()), Some(wrap));
    let Some((recorder, redactor)) = kept.lock().unwrap_or_else(|poison| poison.into_inner()).take() else {
        let _ = std::fs::remove_file(path);
        return Err("nothing was sent, so nothing is recorded".to_owned());
    };
    let result = result.0.lock().unwrap_or_else(|poison| poison.into_inner()).clone();
    let result = String::from_utf8_lossy(&result).into_owned();
    let read = |json: &str| {
        let mut node = Node::read(&redactor.json(json)).map_err(|error| error.to_string())?;
        recorder.mask(&mut node);
        Ok::<_, String>(node)
    };
    let fixture = Node::Object(vec![
        ("description".to_owned(), Node::Scalar("\"Recorded: say what the case shows\"".to_owned())),
        ("request".to_owned(), read(&request)?),
        ("exchanges".to_owned(), recorder.exchanges()),
        ("expected".to_owned(), read(&result)?),
    ]);
    fixture::write(path, &fixture)?;
    Ok(status)
}

/// A file that is not there yet, readable to nobody else: answers hold personal data.
fn new_file(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Goes to stdout, and is kept.
#[derive(Clone, Default)]
struct Tee(Arc<Mutex<Vec<u8>>>);

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = io::stdout().write(bytes)?;
        self.0.lock().unwrap_or_else(|poison| poison.into_inner()).extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
