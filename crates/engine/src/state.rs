//! The folder `.pipeline/`: where things lie in it, who holds it, and what sticks between runs.

mod holder;
mod joined;

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::config::ConfigError;
use crate::files::replace;
use crate::files::scope::plain;
use crate::random;
use crate::target::Target;
pub(crate) use holder::run_mark;
use holder::{content, holder, holder_lives, runs, this_run};
use joined::Beside;

/// The folder and its layout.
#[derive(Clone)]
pub struct State {
    /// Absolute path of the folder.
    pub dir: PathBuf,
}

/// Another run is at work here; the text says which.
#[derive(Debug)]
pub struct Held(String);

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Held {}

/// Held by the one run that may change things; the kernel gives it back when the process dies. Its
/// content says whose it is and is removed at a good end, so what still stands there names a run
/// that was killed.
pub struct Lock {
    file: File,
    /// Runs that were killed and whose orphans nobody has ended yet.
    pub killed: Vec<String>,
    /// This run.
    pub run: String,
    /// There if other processes are at work here too.
    beside: Option<Beside>,
}

/// File systems take 255 bytes, of which a character needs up to 4.
const LONGEST_NAME: usize = 50;
/// What nobody else is to see of what lies in the folder.
const OURS: &str = "/.gitignore\n/secrets.env\n/key\n/files\n/journal-*\n/kubeconfig/\n/logs/\n/seals/\n/report.*\n";
/// How long a lock that nobody living holds is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

impl Lock {
    fn taken(mut file: File) -> Result<Lock> {
        let killed: Vec<String> = runs(&content(&mut file).unwrap_or_default());
        let run = this_run();
        // Appended: a run that is killed before it has ended the orphans of another must not make
        // them forgotten.
        file.write_all(format!("{run}\n").as_bytes())?;
        Ok(Lock {
            file,
            killed,
            run,
            beside: None,
        })
    }

    /// The orphans of the killed runs are ended: only this run is left to be told of.
    pub fn reaped(&mut self) -> Result<()> {
        self.killed.clear();
        self.file.set_len(0)?;
        self.file.rewind()?;
        let run = format!("{}\n", self.run);
        let written = self.file.write_all(run.as_bytes());
        written.context("can't write the lock in the state folder; make room")
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // If this fails, the next run only looks for orphans that are not there.
        if let Some(beside) = &self.beside {
            beside.leave(&mut self.file, &self.run);
        } else if self.killed.is_empty() {
            let _ = self.file.set_len(0);
        }
    }
}

impl State {
    /// `PIPELINE_STATE_DIR`, or `.pipeline/` beside pipeline.toml. Creates nothing.
    pub fn at(dir: &Path) -> State {
        let own = std::env::var_os("PIPELINE_STATE_DIR").filter(|path| !path.is_empty());
        State {
            dir: own.map_or_else(|| dir.join(".pipeline"), |path| plain(&dir.join(path))),
        }
    }

    /// The journal of one target: what stands on one says nothing about another.
    pub fn journal(&self, target: &Target) -> PathBuf {
        let target = target.to_string().replacen(':', "_", 1);
        self.dir.join(format!("journal-{}", file_name(&target)))
    }

    /// Refuses a folder that holds the state of another pipeline. A file that was renamed or moved
    /// takes its folder along.
    pub fn belongs_to(&self, file: &Path) -> Result<(), ConfigError> {
        let told = fs::read_to_string(self.owner()).unwrap_or_default();
        let owner = self.dir.join(told.trim_end_matches('\n'));
        let is_other = || !told.is_empty() && owner.is_file() && !same_file(&owner, file);
        if !is_other() {
            return Ok(());
        }
        Err(ConfigError(format!(
            "{} holds the state of {}, and two pipelines in one folder would take each other's work for their own; \
             give {} one of its own with PIPELINE_STATE_DIR={}",
            self.dir.display(),
            plain(&owner).display(),
            file.display(),
            self.dir.with_file_name(".pipeline-other").display()
        )))
    }

    /// Notes whose folder it is: as seen from it, so that both can be moved together.
    pub fn claim(&self, file: &Path) -> Result<()> {
        let file = file.canonicalize()?;
        let told = file.strip_prefix(self.dir.parent().unwrap_or(&self.dir));
        let told = told.map_or(file.clone(), |name| Path::new("..").join(name));
        let told = told.display().to_string();
        if fs::read_to_string(self.owner()).is_ok_and(|before| before == told) {
            return Ok(());
        }
        let path = self.owner();
        fs::write(&path, told).with_context(|| unusable(&path))
    }

    fn owner(&self) -> PathBuf {
        self.dir.join("pipeline")
    }

    /// Secrets that were made up.
    pub fn secrets(&self) -> PathBuf {
        self.dir.join("secrets.env")
    }

    /// The folder of a run's logs.
    pub fn logs(&self) -> PathBuf {
        self.dir.join("logs")
    }

    /// One attempt's log.
    pub fn log(&self, step: &str, attempt: u32) -> PathBuf {
        let name: String = step
            .chars()
            .map(|c| if c == '/' || c == ':' { '_' } else { c })
            .take(LONGEST_NAME)
            .collect();
        let name = unlike_others(name, step);
        self.logs().join(format!("{name}.{attempt}.log"))
    }

    /// Marks the processes that belong to this folder: the run's children and the background
    /// services.
    pub fn mark(&self) -> String {
        crate::digest::Digest::of(self.dir.as_os_str().as_encoded_bytes()).short()
    }

    /// Creates the folder and takes the lock, or says who holds it.
    pub fn lock(&self) -> Result<Lock> {
        let file = self.taken(File::try_lock)?;
        Lock::taken(file).with_context(|| unusable(&self.dir.join("lock")))
    }

    /// The lock's file, locked like this.
    fn taken(&self, take: fn(&File) -> Result<(), TryLockError>) -> Result<File> {
        let is_new = fs::read_dir(&self.dir).map_or(true, |mut names| names.next().is_none());
        fs::create_dir_all(self.logs())
            .with_context(|| {
                let logs = self.logs();
                format!(
                    "can't create the folder {}; make room, correct the permissions of the one that holds it, \
                     or name another with PIPELINE_STATE_DIR=FOLDER",
                    logs.display()
                )
            })?;
        self.keep_out_of_git(is_new);
        let path = self.dir.join("lock");
        let mut file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .with_context(|| unusable(&path))?;
        let began = Instant::now();
        loop {
            match take(&file) {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(err)) => {
                    return Err(err).with_context(|| format!("can't lock {}", path.display()));
                }
                // A run that was killed while it started a child leaves the lock with that child
                // for a moment.
                Err(TryLockError::WouldBlock)
                    if began.elapsed() < PATIENCE && !holder_lives(&mut file) =>
                {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Held(holder(&mut file, &path, &self.mark())).into());
                }
            }
        }
    }

    /// The runs that the lock names: those that were killed, and the one that is at work. Takes
    /// nothing.
    pub fn unended(&self) -> Vec<String> {
        runs(&fs::read_to_string(self.dir.join("lock")).unwrap_or_default())
    }

    /// Whether a run is at work here, or several that joined.
    pub fn is_held(&self) -> bool {
        let file = File::open(self.dir.join("lock"));
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Made-up secrets, their key and logs must not be committed with an `add .`. A folder that
    /// holds what is somebody else's hides what is ours alone.
    fn keep_out_of_git(&self, is_new: bool) {
        let path = self.dir.join(".gitignore");
        let is_ours = is_new || self.dir.ends_with(".pipeline");
        // A disk that was full leaves an empty one.
        let stands = |known: fs::Metadata| known.len() > 0 || !is_ours;
        if !fs::metadata(&path).is_ok_and(stands) {
            // Where it can't be written, the run says so of what it needs.
            let _ = replace(&path, if is_ours { "*\n" } else { OURS });
        }
    }

    /// A random key that never leaves this folder: digests of secrets are made with it.
    pub fn key(&self) -> Result<[u8; 32]> {
        let path = self.dir.join("key");
        match fs::read(&path).map(TryInto::try_into) {
            Ok(Ok(key)) => return Ok(key),
            Err(err) if err.kind() == ErrorKind::PermissionDenied => bail!(
                "can't read {}: what is kept there is another user's; become that user, or name a folder of your own in PIPELINE_STATE_DIR",
                path.display()
            ),
            _ => {}
        }
        let key = random::bytes()?;
        if self.dir.exists() {
            let mut file = File::options()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&path)
                .with_context(|| unusable(&path))?;
            file.write_all(&key).with_context(|| unusable(&path))?;
        }
        Ok(key)
    }

    /// Whether that key is kept already.
    pub fn has_key(&self) -> bool {
        self.dir.join("key").exists()
    }

    /// Where the target lies that an earlier `up` chose.
    pub fn chosen(&self) -> PathBuf {
        self.dir.join("target")
    }

    /// The target that an earlier `up` chose.
    pub fn target(&self) -> Option<Target> {
        let text = fs::read_to_string(self.chosen()).ok()?;
        Some(text.trim())
            .filter(|text| !text.is_empty())
            .map(Target::named)
    }

    /// Remembers the target until teardown.
    pub fn set_target(&self, target: Option<&Target>) -> Result<()> {
        let path = self.chosen();
        match target {
            // A file that is written again looks new.
            Some(target) if self.target().as_ref() == Some(target) => Ok(()),
            Some(target) => fs::write(&path, target.to_string())
                .with_context(|| format!("can't write {}", path.display())),
            None => match fs::remove_file(&path) {
                Err(err) if err.kind() != std::io::ErrorKind::NotFound => {
                    Err(err).with_context(|| format!("can't remove {}", path.display()))
                }
                _ => Ok(()),
            },
        }
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| real(other) == Some(one))
}

/// Letters, digits, `-` and `_` of a name.
fn file_name(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let plain = name.chars().map(|c| if fits(c) { c } else { '_' });
    unlike_others(plain.take(LONGEST_NAME).collect(), name)
}

/// Two names must never share a file, so one that could not be used as it is carries its digest.
fn unlike_others(used: String, name: &str) -> String {
    if used == name {
        return used;
    }
    let digest = crate::digest::Digest::of(name.as_bytes()).short();
    format!("{used}.{}", &digest[..6])
}

fn unusable(path: &Path) -> String {
    format!(
        "can't write {}; make room, correct its permissions, or remove it",
        path.display()
    )
}

/// Seconds since 1970.
pub(crate) fn seconds_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_targets_share_a_journal() {
        let state = State::at(Path::new("/p"));
        let names: Vec<String> = [
            "local",
            "context:lab",
            "context:a/b",
            "context:a_b",
            "context:a:b",
        ]
        .iter()
        .map(|target| state.journal(&Target::named(target)).display().to_string())
        .collect();
        assert_eq!(names[0], "/p/.pipeline/journal-local");
        assert_eq!(names[1], "/p/.pipeline/journal-context_lab");
        let different: std::collections::HashSet<&String> = names.iter().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }
}
