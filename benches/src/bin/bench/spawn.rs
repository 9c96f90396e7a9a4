//! The small process that starts what is measured and reports what it cost.
//!
//! A child's `ru_maxrss` starts with the size of the process that it was
//! spawned from, so this role of the executable does little and holds little:
//! one thread, one buffer. It reads the child's stdout as a platform would,
//! through a pipe, and keeps only the end of it.

use std::fs::File;
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::clock::monotonic_ns;
use crate::outcome::Outcome;

/// What to start and how to watch it, as the bench hands it over.
#[derive(Serialize, Deserialize)]
pub struct Order {
    pub program: String,
    pub args: Vec<String>,
    /// Files for the child's stdin and stderr.
    pub stdin: String,
    pub stderr: String,
    /// Note the moment at which this text has come out.
    pub until: Option<String>,
    /// Killed when it takes longer.
    pub patience_ms: u64,
}

/// What one run cost. The order's environment is the spawner's own.
#[derive(Serialize, Deserialize)]
pub struct Run {
    pub wall_us: u64,
    /// User and system time together.
    pub cpu_us: u64,
    pub peak_kib: u64,
    /// `None` after a signal.
    pub exit: Option<i32>,
    pub out_bytes: u64,
    /// CLOCK_MONOTONIC when `until` had come out.
    pub until_ns: Option<u64>,
    /// The last of stdout.
    pub tail: String,
}

const TAIL: usize = 2000;
const BUFFER: usize = 64 * 1024;

pub fn spawn(arguments: &[String]) -> Outcome<()> {
    let order: Order = serde_json::from_str(arguments.first().ok_or("no order")?)?;
    let mut command = Command::new(&order.program);
    command
        .args(&order.args)
        .stdin(File::open(&order.stdin)?)
        .stdout(Stdio::piped())
        .stderr(File::create(&order.stderr)?);
    let started = Instant::now();
    let deadline = started + Duration::from_millis(order.patience_ms);
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", order.program))?;
    let mut stdout = child.stdout.take().ok_or("no stdout")?;

    let mut output = Output::new(order.until.as_deref().unwrap_or_default());
    let mut buffer = vec![0; BUFFER];
    loop {
        if !readable_before(&stdout, deadline)? {
            child.kill()?;
            break;
        }
        match stdout.read(&mut buffer)? {
            0 => break,
            n => output.took(&buffer[..n]),
        }
    }
    // The pid is ours until it is waited for, so nobody else can have it.
    let (status, usage) = wait4(child.id())?;
    let micros = |t: libc::timeval| t.tv_sec as u64 * 1_000_000 + t.tv_usec as u64;
    let run = Run {
        wall_us: started.elapsed().as_micros() as u64,
        cpu_us: micros(usage.ru_utime) + micros(usage.ru_stime),
        peak_kib: usage.ru_maxrss as u64,
        exit: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
        out_bytes: output.bytes,
        until_ns: output.until_ns,
        tail: String::from_utf8_lossy(&output.last[output.last.len().saturating_sub(TAIL)..]).into_owned(),
    };
    println!("{}", serde_json::to_string(&run)?);
    Ok(())
}

struct Output {
    bytes: u64,
    last: Vec<u8>,
    until: Vec<u8>,
    until_ns: Option<u64>,
}

impl Output {
    fn new(until: &str) -> Self {
        Self { bytes: 0, last: Vec::new(), until: until.as_bytes().to_vec(), until_ns: None }
    }

    fn took(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        if self.until.is_empty() || self.until_ns.is_some() {
            let skipped = piece.len().saturating_sub(TAIL);
            self.last.extend_from_slice(&piece[skipped..]);
        } else {
            // The end of the piece before stays in front, for a text that lies across both.
            self.last.extend_from_slice(piece);
            if self.last.windows(self.until.len()).any(|w| w == self.until) {
                self.until_ns = Some(monotonic_ns());
            }
        }
        let surplus = self.last.len().saturating_sub(TAIL);
        self.last.drain(..surplus);
    }
}

fn readable_before(stdout: &impl AsRawFd, deadline: Instant) -> Outcome<bool> {
    let left = deadline.saturating_duration_since(Instant::now());
    let mut waited_for = libc::pollfd { fd: stdout.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd that lives through the call.
    match unsafe { libc::poll(&mut waited_for, 1, left.as_millis() as libc::c_int) } {
        -1 => Err(std::io::Error::last_os_error().into()),
        ready => Ok(ready > 0),
    }
}

fn wait4(pid: u32) -> Outcome<(libc::c_int, libc::rusage)> {
    let mut status = 0;
    let mut usage = MaybeUninit::uninit();
    // SAFETY: both pointers are valid for writing; the usage is read only after success.
    let waited = unsafe { libc::wait4(pid as i32, &mut status, 0, usage.as_mut_ptr()) };
    if waited == -1 {
        return Err(std::io::Error::last_os_error().into());
    }
    // SAFETY: wait4 filled it.
    Ok((status, unsafe { usage.assume_init() }))
}
