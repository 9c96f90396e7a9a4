//! The process's own stdout and stderr. A slow or stopped reader never blocks the process inside a system call: the
//! writer gets an error and decides how long to wait.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Number of bytes that a pipe accepts without blocking once it is reported as writable: `PIPE_BUF`.
const PIECE: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// A stream to the parent process. `write` waits for a moment and fails with `WouldBlock` if the stream still accepts
/// nothing.
pub struct Outlet {
    file: File,
    /// Whether it is a regular file, which accepts everything without blocking.
    is_file: bool,
    /// Maximum time that one `write` waits.
    moment: Duration,
}

impl Outlet {
    /// An outlet to `stream`; one `write` waits for `moment` at most.
    ///
    /// # Errors
    /// When there are no file descriptors left.
    pub fn new(stream: BorrowedFd<'_>, moment: Duration) -> io::Result<Outlet> {
        let file = File::from(stream.try_clone_to_owned()?);
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        Ok(Outlet { file, is_file, moment })
    }

    /// The process's stdout, without std's buffer, which would search megabytes for line breaks.
    pub fn stdout() -> Box<dyn Write + Send> {
        match Outlet::new(io::stdout().as_fd(), Duration::from_millis(50)) {
            Ok(outlet) => Box::new(outlet),
            Err(_) => Box::new(io::stdout()),
        }
    }

    /// The process's stderr; writing never waits for it.
    pub fn stderr() -> Box<dyn Write + Send> {
        match Outlet::new(io::stderr().as_fd(), Duration::ZERO) {
            Ok(outlet) => Box::new(outlet),
            Err(_) => Box::new(io::stderr()),
        }
    }

    /// Waits until the stream accepts data. One that cannot be polled counts as writable.
    fn takes_something(&self) -> bool {
        let timeout = Timespec::try_from(self.moment).ok();
        !matches!(poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], timeout.as_ref()), Ok(0))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_file {
            return self.file.write(bytes);
        }
        if !self.takes_something() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let written = self.file.write(&bytes[..bytes.len().min(PIECE)]);
        // A stream that is reported as writable but accepts nothing must not be tried without a pause.
        if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            std::thread::sleep(self.moment.min(Duration::from_millis(1)));
        }
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, pipe};

    use super::*;

    #[test]
    fn a_full_pipe_is_told_and_goes_on_once_it_is_read() {
        let (mut reader, writer) = pipe().unwrap();
        let mut outlet = Outlet::new(writer.as_fd(), Duration::ZERO).unwrap();
        let mut taken = 0;
        let error = loop {
            match outlet.write(&[b'x'; 10_000]) {
                Ok(count) => taken += count,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        reader.read_exact(&mut vec![0; taken]).unwrap();
        assert!(outlet.write(b"y").is_ok());
    }
}
