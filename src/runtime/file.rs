//! Files that settings name: regular ones of a bounded size, and, where they hold what decides, such
//! that nobody else could have written them.

use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Reads a regular file, and nothing else: opening a FIFO would wait for somebody to write. Links are
/// followed.
///
/// # Errors
/// When it is none, has more than `largest` bytes, or cannot be read.
pub fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    read_if(path, largest, |_| Ok(()))
}

/// Like [`read`], for a file that its owner answers for.
///
/// # Errors
/// Also when the group or others may write it.
pub fn read_owned(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    read_if(path, largest, |about| match about.mode() & 0o022 {
        0 => Ok(()),
        _ => Err(io::Error::other("can be written by the group or by others; only its owner may (chmod go-w)")),
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
    // Room for all of it at once, so that no copies are left behind.
    let mut content = Vec::with_capacity(about.len().min(largest) as usize + 1);
    file.take(largest + 1).read_to_end(&mut content)?;
    match content.len() as u64 > largest {
        true => Err(io::Error::other(format!("is larger than {}", size(largest)))),
        false => Ok(content),
    }
}
