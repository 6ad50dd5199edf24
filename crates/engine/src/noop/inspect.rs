//! What in a table is not as it was: one question to the kernel per path, from several threads.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{AtFlags, FileType, statat};

use super::format::{self, Row};
use crate::{files, parallel};

/// Fewer paths than this are not worth a thread.
const WORTH_A_THREAD: usize = 2_000;
/// More threads than this only get in each other's way in the kernel.
const MOST: usize = 8;

/// If more than this moved, a seal is of no use.
const FEW: usize = 64;

/// The rows that moved; `None` if the table is damaged, or if those are more than a few.
pub(super) fn moved<'t>(root: &Path, table: &'t [u8]) -> Option<Vec<Row<'t>>> {
    let root = File::open(root).ok()?;
    let rows = format::rows(table).collect::<Option<Vec<Row>>>()?;
    let count = AtomicUsize::new(0);
    let threads = parallel::threads(rows.len(), WORTH_A_THREAD).min(MOST);
    let parts: Vec<&[Row]> = rows.chunks(rows.len().div_ceil(threads).max(1)).collect();
    let moved = parallel::map(&parts, threads, |rows| {
        let is_moved = |row: &&Row| !stands(&root, row);
        let few = |_: &&Row| count.fetch_add(1, Ordering::Relaxed) < FEW;
        let rows = rows
            .iter()
            .take_while(|_| count.load(Ordering::Relaxed) <= FEW);
        rows.filter(is_moved)
            .take_while(few)
            .copied()
            .collect::<Vec<Row>>()
    });
    (count.into_inner() <= FEW).then(|| moved.concat())
}

/// The link that leads nowhere, if there is one.
fn link(root: &File, row: &Row) -> Option<files::Identity> {
    let stat = statat(root, row.path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let is_link = FileType::from_raw_mode(stat.st_mode).is_symlink();
    is_link.then(|| files::identity_of(&stat))
}

fn stands(root: &File, row: &Row) -> bool {
    match statat(root, row.path, AtFlags::empty()) {
        Ok(stat) => row.is(Some(files::identity_of(&stat))),
        Err(errno) if files::NOWHERE.contains(&errno) => row.is(link(root, row)),
        Err(_) => false,
    }
}
