//! What a child writes: kept as far as it fits, and told line by line with its secrets masked.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use super::{Exec, Sink};

/// What is kept of each stream; a longer one is in the log.
const KEEP: usize = 16 << 20;
/// A line without an end is shown in pieces of this size.
const LONGEST_LINE: usize = 64 << 10;

/// One of the two output streams.
pub(super) struct Stream {
    pub(super) file: Option<File>,
    is_heard: bool,
    kept: Vec<u8>,
    /// The start of a line whose end has not come yet.
    partial: Vec<u8>,
}

impl Stream {
    /// Reads from this end of a pipe, if there is one; `is_heard` says whether lines are told as they
    /// come.
    pub(super) fn new(end: Option<OwnedFd>, is_heard: bool) -> Stream {
        Stream {
            file: end.map(File::from),
            is_heard,
            kept: Vec::new(),
            partial: Vec::new(),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.file.is_none()
    }

    pub(super) fn take(&mut self, exec: &Exec, sink: &mut Sink) -> io::Result<()> {
        let mut buffer = [0; 16 << 10];
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        match file.read(&mut buffer)? {
            0 => self.file = None,
            len => self.push(&buffer[..len], exec, sink),
        }
        Ok(())
    }

    fn push(&mut self, bytes: &[u8], exec: &Exec, sink: &mut Sink) {
        let capacity = KEEP.saturating_sub(self.kept.len());
        self.kept.extend(&bytes[..bytes.len().min(capacity)]);
        if !self.is_heard {
            return;
        }
        let (had, end) = (
            self.partial.len(),
            bytes.iter().rposition(|&byte| byte == b'\n'),
        );
        self.partial.extend(bytes);
        // What never ends a line is cut into pieces, so that it neither fills memory nor is
        // searched again and again.
        let end = end.map(|end| had + end + 1).or_else(|| {
            let kept = exec.secrets.longest();
            (self.partial.len() > LONGEST_LINE + kept).then(|| exec.secrets.cut(&self.partial))
        });
        let Some(end) = end else { return };
        let rest = self.partial.split_off(end);
        let lines = std::mem::replace(&mut self.partial, rest);
        String::from_utf8_lossy(&lines)
            .lines()
            .for_each(|line| sink(&exec.shown(line)));
    }

    pub(super) fn finish(&mut self, exec: &Exec, sink: &mut Sink) -> String {
        if !self.partial.is_empty() {
            let rest = std::mem::take(&mut self.partial);
            sink(&exec.shown(&String::from_utf8_lossy(&rest)));
        }
        String::from_utf8_lossy(&std::mem::take(&mut self.kept)).into_owned()
    }
}
