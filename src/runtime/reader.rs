//! Whether stdout still has a reader. When it has none, nobody learns what happens any more, so nothing may
//! happen.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// The other end of stdout.
#[derive(Debug, Default)]
pub struct Reader(Option<OwnedFd>);

impl Reader {
    /// The reader of the process's stdout. If there are no file descriptors left, it counts as always there.
    pub fn of_stdout() -> Reader {
        Reader(std::io::stdout().as_fd().try_clone_to_owned().ok())
    }

    /// Whether it is there. A file and `/dev/null` always have one; a TCP socket shows that it has none only
    /// after a reset.
    pub fn is_there(&self) -> bool {
        let Some(fd) = &self.0 else { return true };
        let mut fds = [PollFd::new(fd, PollFlags::empty())];
        !matches!(poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })), Ok(1..)) || !is_gone(fds[0].revents())
    }

    /// What to poll, for no events, to learn that the reader goes away.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }
}

/// Whether these events say that nobody reads: the error of a pipe, the hang-up of a Unix socket or terminal.
pub fn is_gone(events: PollFlags) -> bool {
    events.intersects(PollFlags::ERR | PollFlags::HUP)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::pipe;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_pipe_and_a_unix_socket_show_that_their_reader_is_gone() {
        let (reader, writer) = pipe().unwrap();
        let (other, socket) = UnixStream::pair().unwrap();
        let ends = [Reader(Some(writer.into())), Reader(Some(socket.into()))];
        assert!(ends.iter().all(Reader::is_there));
        drop((reader, other));
        assert!(!ends.iter().any(Reader::is_there));
    }

    #[test]
    fn a_file_always_has_a_reader() {
        let null = File::options().write(true).open("/dev/null").unwrap();
        let path = std::env::temp_dir().join(format!("reader-{}", std::process::id()));
        let file = File::create(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        for fd in [null, file] {
            assert!(Reader(Some(fd.into())).is_there());
        }
        assert!(Reader::default().is_there());
    }
}
