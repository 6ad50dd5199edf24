//! Whether everything in a table is as it was: one question to the kernel per path, from several
//! threads.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{AtFlags, statat};

use super::format::{self, Row};
use crate::{files, parallel};

/// Fewer paths than this are not worth a thread.
const WORTH_A_THREAD: usize = 2_000;
/// More threads than this only get in each other's way in the kernel.
const MOST: usize = 8;

/// Whether nothing in the table moved. A damaged table has moved.
pub(super) fn unmoved(root: &Path, mut table: &[u8]) -> bool {
    let Ok(root) = File::open(root) else {
        return false;
    };
    let mut rows = Vec::with_capacity(table.len() / 64);
    while !table.is_empty() {
        match format::row(&mut table) {
            Some(row) => rows.push(row),
            None => return false,
        }
    }
    let moved = AtomicBool::new(false);
    let threads = threads(rows.len());
    let parts: Vec<&[Row]> = rows.chunks(rows.len().div_ceil(threads).max(1)).collect();
    parallel::map(&parts, threads, |rows| {
        for row in *rows {
            if moved.load(Ordering::Relaxed) {
                return;
            }
            if !stands(&root, row) {
                moved.store(true, Ordering::Relaxed);
            }
        }
    });
    !moved.into_inner()
}

fn threads(rows: usize) -> usize {
    (rows / WORTH_A_THREAD).clamp(1, parallel::cores().min(MOST))
}

fn stands(root: &File, row: &Row) -> bool {
    match statat(root, row.path, AtFlags::empty()) {
        Ok(stat) => row.is(Some(files::identity_of(&stat))),
        Err(errno) if files::NOWHERE.contains(&errno) => row.is(None),
        Err(_) => false,
    }
}
