//! Spawns the real binary with an empty environment.

use std::fs;
use std::io::{Read, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::{Value, json};

/// Nothing that the process writes may hold it.
pub const TOKEN: &str = "00tTokenOfTheTests-0123456789_abcdefghijklm";

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub stdout: String,
    pub stderr: String,
    /// `None` if a signal ended it.
    pub status: Option<i32>,
}

impl Ended {
    /// The one result: a JSON document on one line.
    pub fn result(&self) -> Value {
        assert!(self.stdout.ends_with('\n') && self.stdout.matches('\n').count() == 1, "not one line: {self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The binary with all three streams piped.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okta-connector"));
    command.args(arguments).env_clear().current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end with `input` on stdin, which is then closed.
pub fn run(arguments: &[&str], input: impl Into<Vec<u8>>) -> Ended {
    let mut child = command(arguments).spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.into());
    // The process may end before it has read everything.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let ended = wait(child, String::new());
    writer.join().unwrap();
    ended
}

/// Waits for a process of whose stdout `before` has been read.
pub fn wait(mut child: Child, before: String) -> Ended {
    let mut stderr = child.stderr.take().unwrap();
    let errors = thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text).unwrap()
    });
    let mut stdout = before;
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout).unwrap();
    }
    let stderr = errors.join().unwrap();
    assert!(!stdout.contains(TOKEN) && !stderr.contains(TOKEN), "the token is in: {stdout}{stderr}");
    Ended { stdout, stderr, status: child.wait().unwrap().code() }
}

/// A request to the org at `url`.
pub fn request(url: &str, action: &str, parameters: Value) -> String {
    json!({"action": action, "parameters": parameters, "config": {"base_url": url, "api_key": TOKEN}}).to_string()
}

/// Sends a signal, `TERM` or `INT`.
pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

/// Waits until the process catches SIGTERM: before, a signal ends any process.
pub fn until_signals_are_caught(child: &Child) {
    const TERM: u64 = 1 << 14;
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        if u64::from_str_radix(caught, 16).unwrap() & TERM != 0 {
            return;
        }
        thread::yield_now();
    }
}

/// An empty folder for one test of one process, removed when it is dropped.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str) -> Folder {
        let name = format!("{test}-{}", std::process::id());
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
