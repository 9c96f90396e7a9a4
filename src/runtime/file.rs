//! Reads files that settings name: regular files of a limited size and, if their content must be trusted, only those
//! that the group and others cannot write to.

use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Reads a regular file. Anything else is rejected without waiting, for example for a writer of a FIFO. Symbolic links
/// are followed.
///
/// # Errors
/// When it is not a regular file, is larger than `largest` bytes, or cannot be read.
pub fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    read_if(path, largest, |_| Ok(()))
}

/// Like [`read`], for a file whose content must be trusted.
///
/// # Errors
/// Also when the group or others can write to it.
pub fn read_owned(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    read_if(path, largest, |about| match about.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(io::Error::other("is writable by the group or others; only its owner may write to it (chmod go-w)")),
    })
}

fn read_if(path: &Path, largest: u64, check: impl FnOnce(&Metadata) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("is not a regular file"));
    }
    check(&about)?;
    let size =
        |bytes: u64| if bytes >> 20 > 0 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) };
    // The whole capacity at once, so that growing leaves no copies behind.
    let mut content = Vec::with_capacity(about.len().min(largest) as usize + 1);
    file.take(largest + 1).read_to_end(&mut content)?;
    match content.len() as u64 > largest {
        true => Err(io::Error::other(format!("is larger than {}", size(largest)))),
        false => Ok(content),
    }
}
