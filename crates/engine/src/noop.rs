//! What a run that found nothing to do had looked at: while none of it moves, there is nothing to
//! do, and no closer look is needed. If a few files moved, it still vouches for all steps that do
//! not look at them.
//!
//! A plan that asks no tool follows from the call, this program, the environment, and the files,
//! folders and programs that were looked at. All of them are in the seal, so comparing them is as
//! good as planning again, and faster. The seal is a cache: deleting it costs time. It never holds
//! a secret, only keyed digests.

mod format;
mod inspect;
mod part;

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::{Digest, Hasher};
use crate::exec::Lookup;
use crate::files::{self, PathState};
use crate::secrets::Secrets;
pub use part::Part;

/// How many different calls are remembered.
const KEPT: usize = 16;

/// What a run said, so that the next one can say it again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The target and why it was chosen, if it was chosen for the user.
    pub target: Option<String>,
    /// Warnings about secrets.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Id, kind and reason of every step, in the order in which they were told.
    pub steps: Vec<(String, String, String)>,
    /// Name and address of what stands.
    pub urls: Vec<(String, String)>,
}

/// Everything that the plan followed from, besides files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// The call and this program.
    pub call: String,
    /// Programs that were looked up, and where they were found.
    pub programs: Vec<(Lookup, Option<PathBuf>)>,
    /// Names of secrets and the keyed digest of what the environment says of them.
    pub variables: Vec<(String, String)>,
    /// How long the journal was, in bytes, and the digest of that.
    pub journal: (usize, String),
    /// What was said.
    pub said: Said,
}

/// What a seal still tells.
pub enum Recalled {
    /// Nothing moved.
    Whole(Said),
    /// A few files did.
    Part(Part),
}

/// A call, as far as it decides what is planned.
pub struct Call(Digest);

impl Call {
    /// These words, in this folder, to this program, with the variables that it reads.
    pub fn new(words: &[&str]) -> io::Result<Call> {
        let mut hasher = Hasher::new();
        for word in words {
            hasher.add(word.as_bytes());
        }
        hasher.add(std::env::current_dir()?.as_os_str().as_bytes());
        let this = std::env::current_exe()?;
        hasher.add(format!("{:?}", files::identity(&fs::metadata(this)?)).as_bytes());
        let mut read: Vec<_> = std::env::vars_os()
            .filter(|(name, _)| name == "PATH" || name.as_bytes().starts_with(b"PIPELINE_"))
            .collect();
        read.sort();
        for (name, value) in read {
            hasher.add(name.as_bytes()).add(value.as_bytes());
        }
        Ok(Call(hasher.finish()))
    }

    /// Where its seal lies in the state folder.
    pub fn record(&self, state: &Path) -> PathBuf {
        state.join("seals").join(self.0.short())
    }

    /// The call in a footing.
    pub fn name(&self) -> String {
        self.0.to_string()
    }
}

/// What the environment says of these secrets, as keyed digests.
pub fn variables(names: &[String], key: &[u8; 32]) -> Vec<(String, String)> {
    let secrets = Secrets::from_environment(names);
    let digest = |name: &String| (name.clone(), secrets.digest(name, key).to_string());
    names.iter().map(digest).collect()
}

/// What a seal still tells. `root` is where relative paths start from, `locate` looks a program up.
pub fn recall(
    call: &Call,
    root: &Path,
    state: &Path,
    locate: impl Fn(&Lookup) -> Option<PathBuf>,
) -> Option<Recalled> {
    let bytes = fs::read(call.record(state)).ok()?;
    let (basis, table) = format::open(&bytes)?;
    let found = |(lookup, path): &(Lookup, Option<PathBuf>)| locate(lookup) == *path;
    let stands = basis.call == call.name()
        && basis.programs.iter().all(found)
        && basis.variables == now(&basis.variables, state)?;
    if !stands {
        return None;
    }
    let moved = inspect::moved(root, table)?;
    if moved.is_empty() {
        return Some(Recalled::Whole(basis.said));
    }
    let names = moved.iter().map(|row| Some(row.path()?.to_string()));
    let moved: Vec<String> = names.collect::<Option<_>>()?;
    Part::new(basis, bytes, moved, state).map(Recalled::Part)
}

/// The journal as it is now, as a seal remembers it.
pub fn journal(path: &Path) -> (usize, String) {
    let whole = fs::read(path).unwrap_or_default();
    (whole.len(), Digest::of(&whole).to_string())
}

fn now(variables: &[(String, String)], state: &Path) -> Option<Vec<(String, String)>> {
    if variables.is_empty() {
        return Some(Vec::new());
    }
    let names: Vec<String> = variables.iter().map(|(name, _)| name.clone()).collect();
    let key: [u8; 32] = fs::read(state.join("key")).ok()?.try_into().ok()?;
    Some(self::variables(&names, &key))
}

/// Writes the seal of a call, and lets go of those that were not made for long.
pub fn write(
    call: &Call,
    state: &Path,
    basis: &Basis,
    path_states: &[PathState],
) -> io::Result<()> {
    let path = call.record(state);
    let folder = state.join("seals");
    fs::create_dir_all(&folder)?;
    files::replace(&path, format::close(basis, path_states)?)?;
    forget(&folder)
}

fn forget(folder: &Path) -> io::Result<()> {
    let mut records: Vec<_> = fs::read_dir(folder)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    records.sort();
    let surplus = records.len().saturating_sub(KEPT);
    records[..surplus]
        .iter()
        .try_for_each(|(_, path)| fs::remove_file(path))
}
