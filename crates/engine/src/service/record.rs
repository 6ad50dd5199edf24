//! What is on record of a service: a small file in the state folder. Asks the machine only whether
//! a process began when it says.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files;
use crate::processes::table;

/// What was started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub name: String,
    pub step: String,
    /// The target that it was started for; empty if an older version noted it.
    #[serde(default)]
    pub target: String,
    /// 0 until it is known.
    pub pid: u32,
    /// When the process began, as the machine tells it.
    pub began: String,
    /// 0 if it got none.
    pub port: u16,
    pub digest: String,
    /// Device and inode of its log: in a copy of the folder they are others.
    pub log: (u64, u64),
}

impl Record {
    /// The one of that name, unless it is a copy.
    pub(super) fn read(state: &Path, name: &str) -> Option<Record> {
        read(state, &path(state, name))
    }

    /// Puts it on record.
    pub(super) fn write(&self, state: &Path) -> io::Result<()> {
        let path = path(state, &self.name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        files::replace(&path, serde_json::to_vec(self)?)
    }

    /// Whether its process is the one that was started.
    pub(super) fn lives(&self) -> bool {
        self.pid != 0
            && table()
                .began(self.pid)
                .is_some_and(|began| began == self.began)
    }
}

/// All that are on record.
pub(super) fn all(state: &Path) -> Vec<Record> {
    let entries = fs::read_dir(folder(state)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| read(state, path)).collect()
}

/// Takes it off the record.
pub(super) fn remove(state: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(path(state, name)) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => Err(err),
        _ => Ok(()),
    }
}

/// What tells a log apart from others.
pub(super) fn identity(log: &Metadata) -> (u64, u64) {
    (log.dev(), log.ino())
}

fn read(state: &Path, path: &Path) -> Option<Record> {
    let record: Record = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let log = fs::metadata(super::log(state, &record.name)).ok()?;
    (identity(&log) == record.log).then_some(record)
}

fn folder(state: &Path) -> PathBuf {
    state.join("services")
}

fn path(state: &Path, name: &str) -> PathBuf {
    folder(state).join(format!("{}.json", name.replace('/', "%")))
}
