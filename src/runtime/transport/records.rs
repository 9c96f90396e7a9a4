//! Where TLS records begin and end in what a server sends (RFC 8446, 5.1): a connection on which half a record has
//! arrived has unread data, although the TLS library does not show it.

use std::io::{self, Read, Write};

use ureq::unversioned::transport::TransportAdapter;

/// Type, version and length.
const HEADER: usize = 5;

/// The connection below TLS, which knows whether it is between two records.
pub(super) struct Wire {
    pub(super) adapter: TransportAdapter,
    records: Records,
}

impl Wire {
    pub(super) fn new(adapter: TransportAdapter) -> Self {
        Wire { adapter, records: Records::default() }
    }

    /// Whether only complete records have arrived.
    pub(super) fn is_between_records(&self) -> bool {
        self.records.header.is_empty() && self.records.left == 0
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.adapter.read(buffer)?;
        self.records.pass(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.adapter.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.adapter.flush()
    }
}

#[derive(Default)]
struct Records {
    /// The beginning of a header that is not complete yet.
    header: Vec<u8>,
    /// Number of bytes of the current record that have not arrived yet.
    left: usize,
}

impl Records {
    fn pass(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.left > 0 {
                let skipped = self.left.min(rest.len());
                self.left -= skipped;
                rest = &rest[skipped..];
                continue;
            }
            let taken = (HEADER - self.header.len()).min(rest.len());
            self.header.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
            if let [_, _, _, high, low] = self.header[..] {
                self.left = usize::from(u16::from_be_bytes([high, low]));
                self.header.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundaries_of_records_are_seen_however_the_bytes_come() {
        let record = |length: usize| [&[23, 3, 3, 0, length as u8][..], &vec![0; length]].concat();
        let bytes = [record(3), record(0), record(200)].concat();
        let ends = [8, 13, 218];
        for step in [1, 2, 7, 300] {
            let mut records = Records::default();
            for (index, piece) in bytes.chunks(step).enumerate() {
                records.pass(piece);
                let at = index * step + piece.len();
                let between = records.header.is_empty() && records.left == 0;
                assert_eq!(between, ends.contains(&at), "in steps of {step}, at {at}");
            }
        }
    }
}
