//! What tells that a file is the one that was read.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Device, inode, size and times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    /// Bytes.
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) mtime: i64,
    pub(crate) ctime: i64,
}

/// Files of the kernel's slowest clocks tick this often, in nanoseconds.
const TICK: i64 = 20_000_000;
const SECOND: i64 = 1_000_000_000;
/// Where a file system keeps whole seconds: ext3 does, FAT every other one.
const COARSE_TICK: i64 = 2 * SECOND;

impl Identity {
    /// Bytes in the form that files keep: five numbers of 8 bytes.
    pub(crate) const SIZE: usize = 40;

    /// Whether it changed so shortly before `at` that a further change might show the same times.
    pub(super) fn racy(&self, at: i64) -> bool {
        // Nobody but the file system sets this time, and a finer one is hardly ever a whole second.
        let is_coarse = self.ctime % SECOND == 0;
        let tick = if is_coarse { COARSE_TICK } else { TICK };
        self.mtime.max(self.ctime).saturating_add(tick) > at
    }

    /// The form that files keep.
    pub(crate) fn bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        let times = [self.mtime as u64, self.ctime as u64];
        let parts = [self.dev, self.ino, self.size].into_iter().chain(times);
        for (chunk, part) in bytes.chunks_exact_mut(8).zip(parts) {
            chunk.copy_from_slice(&part.to_le_bytes());
        }
        bytes
    }

    /// From the form that files keep.
    pub(crate) fn read(bytes: &[u8; Self::SIZE]) -> Identity {
        let mut parts = [0; 5];
        for (part, chunk) in parts.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *part = u64::from_le_bytes(*chunk);
        }
        let [dev, ino, size, mtime, ctime] = parts;
        Identity {
            dev,
            ino,
            size,
            mtime: mtime as i64,
            ctime: ctime as i64,
        }
    }
}

/// The identity of a file from its metadata.
pub fn identity(meta: &Metadata) -> Identity {
    Identity {
        dev: meta.dev(),
        ino: meta.ino(),
        size: meta.size(),
        mtime: nanos(meta.mtime(), meta.mtime_nsec()),
        ctime: nanos(meta.ctime(), meta.ctime_nsec()),
    }
}

/// The same from what the kernel says; its numbers have other types on other machines.
#[allow(clippy::unnecessary_cast)]
pub fn identity_of(stat: &rustix::fs::Stat) -> Identity {
    Identity {
        dev: stat.st_dev as u64,
        ino: stat.st_ino as u64,
        size: stat.st_size as u64,
        mtime: nanos(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        ctime: nanos(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
    }
}

fn nanos(seconds: i64, nanos: i64) -> i64 {
    seconds.saturating_mul(SECOND).saturating_add(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_whole_seconds_is_not_trusted_for_two() {
        let changed = |ctime: i64| Identity {
            dev: 1,
            ino: 1,
            size: 1,
            mtime: 7 * SECOND,
            ctime,
        };
        let fine = changed(7 * SECOND + 1);
        let coarse = changed(7 * SECOND);
        for (at, is_racy) in [
            (0, (true, true)),
            (TICK + 2, (false, true)),
            (COARSE_TICK, (false, false)),
        ] {
            let at = 7 * SECOND + at;
            assert_eq!((fine.racy(at), coarse.racy(at)), is_racy, "{at}");
        }
    }
}
