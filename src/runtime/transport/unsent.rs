//! Marks errors that happened before anything was sent: the retry policy needs to know, and ureq's own errors
//! do not tell.

use std::fmt;
use std::io;

use rustix::io::Errno;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{ConnectionDetails, NextTimeout};

use super::Problem;

/// An error before anything was sent, wrapped to pass through ureq's error type.
#[derive(Debug)]
pub(super) struct Unsent(pub Problem);

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Unsent {}

impl From<Unsent> for ureq::Error {
    fn from(unsent: Unsent) -> Self {
        ureq::Error::Other(Box::new(unsent))
    }
}

/// Converts an error of ureq that happened before anything was sent.
pub(super) fn unsent(error: ureq::Error, host: &str) -> ureq::Error {
    match error {
        ureq::Error::Io(error) => {
            let reason = reason_of(&error);
            // Out of file descriptors: a problem of this machine, not of the server.
            match Errno::from_io_error(&error) {
                Some(Errno::NFILE | Errno::MFILE) => Unsent(Problem::Local { reason }).into(),
                _ => Unsent(Problem::Unreachable { host: host.to_owned(), reason }).into(),
            }
        }
        ureq::Error::ConnectionFailed => Unsent(Problem::Unreachable {
            host: host.to_owned(),
            reason: "no address accepted the connection".to_owned(),
        })
        .into(),
        other => other,
    }
}

/// The system's error message, without error numbers.
pub(super) fn reason_of(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        io::ErrorKind::ConnectionAborted => "connection aborted".to_owned(),
        io::ErrorKind::BrokenPipe => "connection closed while sending".to_owned(),
        io::ErrorKind::UnexpectedEof => "connection closed without a response".to_owned(),
        io::ErrorKind::HostUnreachable => "host unreachable".to_owned(),
        io::ErrorKind::NetworkUnreachable => "network unreachable".to_owned(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no response in time".to_owned(),
        _ => error.to_string(),
    }
}

/// The time left for a connection; connecting, the proxy and TLS share it.
///
/// # Errors
/// When no time is left.
pub(super) fn left(details: &ConnectionDetails) -> Result<NextTimeout, ureq::Error> {
    let mut timeout = details.timeout;
    if let (Instant::Exact(begun), Instant::Exact(now), Duration::Exact(after)) =
        (details.now, (details.current_time)(), timeout.after)
    {
        let left = after.saturating_sub(now.saturating_duration_since(begun));
        if left.is_zero() {
            return Err(ureq::Error::Timeout(timeout.reason));
        }
        timeout.after = Duration::Exact(left);
    }
    Ok(timeout)
}
