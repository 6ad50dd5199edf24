//! Background processes that outlive a run: kept in mind, found again, ended.
//!
//! A record in the state folder says what was started. It is believed only as far as the machine
//! agrees: the process began when it says, or somebody still writes the service's log. So nothing
//! is lost when a process clears its environment, makes a session of its own or starts others and
//! ends, nor when the folder is renamed; and the record in a copy of the folder means nothing, for
//! the log beside it is another file. What a run started that was killed before it could note the
//! process carries a mark in its environment.

pub(crate) mod port;
mod record;

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::digest::Digest;
use crate::files::made;
use crate::processes::{self, table};
use crate::report::log::end_of;
use crate::secrets::{Prints, Secrets};
use protocol::{Cmd, Daemon, drawn};
use record::Record;

/// Who holds ports for the containers that they run.
const CONTAINERS: [&str; 7] = [
    "docker-proxy",
    "rootlessport",
    "slirp4netns",
    "pasta",
    "gvproxy",
    "com.docker.backend",
    "limactl",
];

/// A background process that lives.
pub struct Service {
    /// Its name.
    pub name: String,
    /// The step that keeps it; empty if nobody noted that.
    pub step: String,
    /// The target that it was started for; empty if nobody noted that.
    pub target: String,
    /// Process id.
    pub pid: u32,
    /// That of the process that was started, if it has ended and left this one.
    pub gone: Option<u32>,
    /// The port it was given; 0 if none.
    pub port: u16,
    /// Digest of what it was started with.
    pub digest: String,
}

/// The services of one state folder.
pub struct Services {
    state: PathBuf,
    mark: String,
    target: String,
    ports: port::Ports,
}

impl Services {
    /// Those whose records lie in `state`; `mark` is in the environment of what was started from
    /// there. What is started now is for this target.
    pub(crate) fn new(state: &Path, mark: &str, target: &str) -> Services {
        Services {
            state: state.to_path_buf(),
            mark: mark.to_string(),
            target: target.to_string(),
            ports: port::Ports::default(),
        }
    }

    /// The living one of that name.
    pub fn find(&self, name: &str) -> Option<Service> {
        let noted = Record::read(&self.state, name).and_then(|record| self.living(&record));
        noted.or_else(|| self.marked(name))
    }

    /// All that live and are on record.
    pub fn all(&self) -> Vec<Service> {
        let records = record::all(&self.state).into_iter();
        records.filter_map(|record| self.living(&record)).collect()
    }

    /// Those on record that have ended by themselves, each with the step that keeps it.
    pub(crate) fn ended(&self) -> Vec<(String, String)> {
        let records = record::all(&self.state).into_iter();
        let ended = records.filter(|record| self.living(record).is_none());
        ended.map(|record| (record.name, record.step)).collect()
    }

    /// Notes what is about to be started, with the port that it gets; its output goes into the
    /// file.
    pub(crate) fn begin(
        &self,
        daemon: &Daemon,
        step: &str,
        secrets: &Secrets,
    ) -> io::Result<(Started, File)> {
        let taken = |port| {
            self.all()
                .iter()
                .any(|service| service.port == port && service.name != daemon.name)
        };
        let wanted = match daemon.port {
            0 if wants_port(&daemon.cmd) => port::any()?,
            port => port,
        };
        let port = self.ports.reserve(wanted, taken)?;
        let log = log(&self.state, &daemon.name);
        // A process writes what it likes, secrets too: only the user may read it.
        let file = made(&log, 0o600)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Prints::of(secrets)?.keep(&prints(&self.state, &daemon.name))?;
        let record = Record {
            name: daemon.name.clone(),
            step: step.to_string(),
            target: self.target.clone(),
            pid: 0,
            began: String::new(),
            port,
            digest: digest(daemon),
            log: record::identity(&file.metadata()?),
        };
        record.write(&self.state)?;
        Ok((Started(record), file))
    }

    /// Notes that it was started as this process.
    pub(crate) fn began(&self, started: Started, pid: u32) -> io::Result<()> {
        let record = Record {
            pid,
            began: table().began(pid).unwrap_or_default(),
            ..started.0
        };
        record.write(&self.state)
    }

    /// Ends the one of that name with all that belongs to it, kindly first, and waits until it is
    /// gone.
    pub fn end(&self, name: &str, grace: Duration) -> io::Result<()> {
        let left = processes::end(self.members(name), grace);
        if let Some(pid) = left.first() {
            return Err(io::Error::other(format!("process {pid} does not end")));
        }
        record::remove(&self.state, name)
    }

    /// The target that a service was started for, if it is another one than this.
    pub(crate) fn other_target(&self, service: &Service) -> Option<String> {
        let target = &service.target;
        (!target.is_empty() && *target != self.target).then(|| target.clone())
    }

    /// Who answers on a service's port instead of it, if somebody else does.
    pub(crate) fn stranger(&self, service: &Service) -> Option<String> {
        let listeners = table().listeners(service.port, service.pid);
        if listeners.is_empty() || listeners.contains(&service.pid) {
            return None;
        }
        let members = self.members(&service.name);
        let is_other = |pid: &u32| {
            !members.contains(pid) && !CONTAINERS.contains(&table().name(*pid).as_str())
        };
        let other = listeners.iter().all(is_other).then(|| listeners[0])?;
        Some(named(other))
    }

    /// Who has a port, if it is neither free nor a service's of ours.
    pub fn occupant(&self, port: u16) -> Option<String> {
        let is_ours = |service: &Service| service.port == port;
        if port == 0 || port::is_free(port) || self.all().iter().any(is_ours) {
            return None;
        }
        let listener = table().listeners(port, 0).first().copied();
        Some(listener.map_or("another user's process".to_string(), named))
    }

    /// Every process that belongs to it.
    fn members(&self, name: &str) -> Vec<u32> {
        let mut members = Vec::new();
        if let Some(record) = Record::read(&self.state, name) {
            if record.lives() {
                members.extend(table().family(record.pid));
            }
            members.extend(table().writers(&log(&self.state, name)));
        }
        for (pid, _) in table().carriers(&self.variable(name)) {
            members.extend(table().family(pid));
        }
        members
    }

    fn living(&self, record: &Record) -> Option<Service> {
        let writer = || {
            table()
                .writers(&log(&self.state, &record.name))
                .into_iter()
                .min()
        };
        let (pid, gone) = match record.lives() {
            true => (record.pid, None),
            false => (writer()?, Some(record.pid).filter(|pid| *pid != 0)),
        };
        Some(Service {
            name: record.name.clone(),
            step: record.step.clone(),
            target: record.target.clone(),
            pid,
            gone,
            port: record.port,
            digest: record.digest.clone(),
        })
    }

    /// One that nobody could note. It may have children that inherited the mark; the oldest is the
    /// one that was started.
    fn marked(&self, name: &str) -> Option<Service> {
        let marked = table().carriers(&self.variable(name));
        let (pid, env) = marked.into_iter().min_by_key(|(pid, _)| *pid)?;
        let value = |key: &str| {
            env.iter()
                .find_map(|entry| entry.strip_prefix(key))
                .unwrap_or_default()
        };
        Some(Service {
            name: name.to_string(),
            step: String::new(),
            target: value("PIPELINE_SERVICE_TARGET=").to_string(),
            pid,
            gone: None,
            port: value("PIPELINE_SERVICE_PORT=").parse().unwrap_or(0),
            digest: value("PIPELINE_SERVICE_DIGEST=").to_string(),
        })
    }

    fn variable(&self, name: &str) -> String {
        format!("PIPELINE_SERVICE={}/{name}", self.mark)
    }

    /// The variables that mark it as ours.
    pub(crate) fn marks(&self, started: &Started) -> Vec<(String, String)> {
        let Started(record) = started;
        let variable = |name: &str, value: String| (format!("PIPELINE_SERVICE{name}"), value);
        vec![
            variable("", format!("{}/{}", self.mark, record.name)),
            variable("_PORT", record.port.to_string()),
            variable("_DIGEST", record.digest.clone()),
            variable("_TARGET", record.target.clone()),
        ]
    }
}

/// Whether a program is told a port.
fn named(process: u32) -> String {
    format!("process {process} ({})", table().name(process))
}

fn wants_port(cmd: &Cmd) -> bool {
    let values = cmd.env.iter().map(|(_, value)| value);
    cmd.argv
        .iter()
        .chain(values)
        .any(|text| text.contains("${self.port}"))
}

/// A service that is being started.
pub(crate) struct Started(Record);

impl Started {
    /// The port it gets; 0 if none.
    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }
}

/// What a background process is started with, as a digest; secrets are not part of it.
pub fn digest(daemon: &Daemon) -> String {
    let Cmd { argv, env, cwd, .. } = &daemon.cmd;
    // The form in which version 0.1.0 wrote it: a process that it started is still known.
    let text = format!(
        "Cmd {{ argv: {argv:?}, env: {env:?}, env_from: None, cwd: {cwd:?}, stdin: \"\", secret_stdin: [], pipe: None, left_out: None }}"
    );
    Digest::of(text.replace("${self.port}", "{port}").as_bytes()).short()
}

/// Where a background process writes.
pub fn log(state: &Path, name: &str) -> PathBuf {
    state
        .join("logs")
        .join("services")
        .join(format!("{name}.log"))
}

/// What finds the secrets in it that the process was started with: who shows it may have others.
fn prints(state: &Path, name: &str) -> PathBuf {
    log(state, name).with_extension("log.secrets")
}

/// The secrets that are to be masked in what a background process wrote, besides those that are
/// known now.
pub(crate) fn secrets_in(state: &Path, name: &str, known: &Secrets) -> Prints {
    Prints::read(&prints(state, name)).beyond(known)
}

/// The last lines that say something in what a background process wrote, that many at most.
pub(crate) fn last_lines(state: &Path, name: &str, count: usize) -> Vec<String> {
    let end = end_of(&log(state, name)).unwrap_or_default();
    let said = end
        .lines()
        .map(drawn)
        .filter(|line| !line.trim().is_empty());
    let said: Vec<String> = said.map(str::to_string).collect();
    said[said.len().saturating_sub(count)..].to_vec()
}
