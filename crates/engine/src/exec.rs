//! The only place where the pipeline's processes are born.
//!
//! Each child leads a process group of its own, so that everything it starts can be ended with it,
//! and carries a mark in its environment, so that a later run finds what a killed one left behind
//! (see [`crate::service`]). One thread serves one child: it waits for output with a time limit, so
//! neither a silent child nor a background process that holds the pipe can hang it.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where the pipeline's processes are born"
)]

mod asking;
mod cgroup;
mod child;
mod clock;
mod ending;
mod environment;
mod expression;
mod foreground;
mod jobserver;
mod listening;
pub mod machine;
mod marks;
mod program;
mod stream;
mod unstarted;
mod viewer;

pub use clock::{Clock, Started};
pub use foreground::in_foreground;
pub use program::{Lookup, fetched, locate};
pub use viewer::view;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use jobserver::Jobserver;

use crate::http;
use crate::secrets::Secrets;
use crate::service::Services;
use crate::state::run_mark;
use protocol::template::fill_own;
use protocol::{Answer, Cmd, Daemon, Failure, Output, Probe, without_escapes};

/// How long a child may take to end after it was asked to.
pub const GRACE: Duration = Duration::from_secs(10);
/// Questions of steps without a timeout that are not answered by then count as unanswered.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Starts processes for one pipeline.
pub struct Exec {
    root: PathBuf,
    state: PathBuf,
    mark: String,
    services: Services,
    /// The services that this run started.
    started: listening::StartedHere,
    /// This run, as its children's mark tells it.
    run: Mutex<String>,
    secrets: Secrets,
    found: Mutex<HashMap<Lookup, Option<PathBuf>>>,
    groups: Mutex<HashSet<i32>>,
    /// 0, or the signal that ends this run.
    ending: AtomicI32,
    /// What limits of time are counted with.
    pub clock: Clock,
    /// How many places steps and their children share; 0 before a run.
    jobs: AtomicUsize,
    jobserver: OnceLock<Option<Jobserver>>,
    cgroups: cgroup::Cgroups,
    /// How many children there were: each is told apart by its number.
    born: AtomicUsize,
}

/// What a child gets besides its command.
#[derive(Default, Clone)]
pub struct Setting<'a> {
    /// Variables of the step.
    pub env: Vec<(String, String)>,
    /// Names of secrets it may see.
    pub secrets: &'a [String],
    /// The names of our own variables that it inherits; all that are fit for it if nothing is said.
    pub inherit: Option<&'a [String]>,
    /// How long it may take; counted only while this process itself is not stopped.
    pub timeout: Option<Duration>,
    /// It is ended once this says so.
    pub until: Option<&'a AtomicBool>,
    /// How many of the run's places it takes; a question takes none.
    pub slots: usize,
    /// Where its output goes.
    pub streams: Streams,
    /// What it leaves running if it fails is in the way of the next attempt, and is ended.
    pub sweeps: bool,
}

/// Where the two output streams of a child go.
#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// Each is read by itself: standard output is an answer.
    #[default]
    Apart,
    /// The same, and no line is told on its way: masking what may be long takes time.
    Unheard,
    /// Both through one pipe, in the order in which they were written: they are shown.
    Together,
}

/// One line of output, secrets masked.
pub type Sink<'a> = dyn FnMut(&str) + 'a;

impl Exec {
    /// Children run in `root`; `state`, `mark` and `target` say whose they are.
    pub fn new(
        root: &Path,
        state: &Path,
        (mark, target): (String, &str),
        secrets: Secrets,
    ) -> Exec {
        Exec {
            root: root.to_path_buf(),
            state: state.to_path_buf(),
            services: Services::new(state, &mark, target),
            started: listening::StartedHere::default(),
            mark,
            run: Mutex::new("plan".to_string()),
            secrets,
            found: Mutex::default(),
            groups: Mutex::default(),
            ending: AtomicI32::new(0),
            clock: Clock::default(),
            jobs: AtomicUsize::new(0),
            jobserver: OnceLock::new(),
            cgroups: cgroup::Cgroups::default(),
            born: AtomicUsize::new(0),
        }
    }

    /// The secrets that outputs are masked with.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// A program's absolute path, on our own PATH.
    pub fn which(&self, program: &str) -> Option<PathBuf> {
        self.find(Lookup::new(program))
    }

    /// A program's absolute path as a child would find it; looked up once.
    pub fn find(&self, lookup: Lookup) -> Option<PathBuf> {
        let mut found = self.found.lock().unwrap();
        let locate = |lookup: &Lookup| locate(lookup, &self.root, &self.state);
        found.entry(lookup).or_insert_with_key(locate).clone()
    }

    /// Every program that was looked up so far, and where it was found.
    pub fn looked_up(&self) -> Vec<(Lookup, Option<PathBuf>)> {
        let found = self.found.lock().unwrap();
        found
            .iter()
            .map(|(lookup, path)| (lookup.clone(), path.clone()))
            .collect()
    }

    /// Asks one question; every trouble is an answer.
    pub fn ask(&self, ask: &Probe, setting: &Setting) -> Answer {
        match ask {
            Probe::Run(cmd) | Probe::Once(cmd) => {
                let mut env = probe_env(cmd);
                env.extend(setting.env.iter().cloned());
                let setting = Setting {
                    env,
                    timeout: setting.timeout.or(Some(ANSWER_WITHIN)),
                    slots: 0,
                    streams: Streams::Unheard,
                    ..setting.clone()
                };
                self.run(cmd, &setting, &mut |_| ())
                    .map_or_else(|failure| Answer::None(failure.cause), Answer::Ran)
            }
            Probe::Get(request) => {
                http::get(request, &self.patience(setting)).map_or_else(Answer::None, Answer::Got)
            }
            Probe::Process(daemon, path) => self.process(daemon, path, setting),
            Probe::Read(path) => match read(&self.root.join(path)) {
                Ok(text) => said(text),
                Err(err) => Answer::None(format!("{path}: {err}")),
            },
            Probe::Mark(folder) => self.mark_of(folder),
            Probe::Machine => machine::answer(&self.root),
            Probe::Which(tool) => self.which(tool).map_or_else(
                || Answer::None(format!("{tool} is not on PATH")),
                |path| Answer::Found(path.display().to_string(), program::file(&path, tool)),
            ),
            Probe::Version(cmd, file, version) if self.is_still(cmd, file) => said(version.clone()),
            Probe::Version(cmd, ..) => self.ask(&Probe::Run(cmd.clone()), setting),
        }
    }

    /// How long a request may take; it is given up when the run is being ended.
    pub(crate) fn patience(&self, setting: &Setting) -> http::Patience<'_> {
        let within = setting.timeout.unwrap_or(ANSWER_WITHIN);
        http::Patience {
            within: within.min(ANSWER_WITHIN),
            ending: &self.ending,
        }
    }

    /// Runs a command to its end. `Err` means it could not be run or was ended by us; a bad exit
    /// status is in the output.
    pub fn run(&self, cmd: &Cmd, setting: &Setting, sink: &mut Sink) -> Result<Output, Failure> {
        self.run_into(cmd, setting, None, sink)
    }

    /// The same; standard output goes into the file as it is, byte by byte, and is not part of the
    /// output then.
    pub fn run_into(
        &self,
        cmd: &Cmd,
        setting: &Setting,
        into: Option<&File>,
        sink: &mut Sink,
    ) -> Result<Output, Failure> {
        let number = self.born.fetch_add(1, Ordering::Relaxed);
        let tag = format!("{} {number}", self.run.lock().unwrap());
        let expression = self.expression(cmd, setting)?.env(self.run_mark(), &tag);
        let server = self.jobserver().filter(|_| setting.slots > 0);
        let Some(server) = server else {
            return child::run(self, cmd, (expression, &tag), (setting, into), sink);
        };
        let _tokens = server
            .take(setting.slots, &|| self.is_ending())
            .ok_or_else(|| Failure::new("interrupted"))?;
        let expression = server.known_to(expression);
        child::run(self, cmd, (expression, &tag), (setting, into), sink)
    }

    /// Starts a background process that outlives this run and returns at once; the port that it
    /// got, 0 if none.
    pub fn start(&self, daemon: &Daemon, step: &str, setting: &Setting) -> Result<u16, Failure> {
        let name = &daemon.name;
        let noted = |err| Failure::new(format!("can't prepare the start of {name}: {err}"));
        let (started, log) = self
            .services
            .begin(daemon, step, &self.secrets)
            .map_err(noted)?;
        let own = |name: &str| (name == "port").then(|| started.port().to_string());
        let mut cmd = daemon.cmd.clone();
        let values = cmd.env.iter_mut().map(|(_, value)| value);
        for text in cmd.argv.iter_mut().chain(values) {
            *text = fill_own(text, own).map_err(|why| Failure::new(format!("{name}: {why}")))?;
        }
        cmd.env.extend(self.services.marks(&started));
        let expression = self.expression(&cmd, setting)?;
        let expression = expression.stderr_to_stdout().stdout_file(log);
        let handle = child::patiently(self, || self.hidden(|| expression.start()))
            .map_err(|err| self.cannot_start(&cmd, &err))?;
        let handle = self.started.keep(name, handle);
        let pid = handle.pids().first().copied().unwrap_or_default();
        let noted = |err| Failure::new(format!("can't note the start of {name}: {err}"));
        let port = started.port();
        self.services.began(started, pid).map_err(noted)?;
        Ok(port)
    }

    /// Stops our background process of that name and waits until it is gone.
    pub fn stop(&self, name: &str) -> Result<(), Failure> {
        self.services
            .end(name, GRACE)
            .map_err(|err| Failure::new(format!("can't stop {name}: {err}")))
    }

    /// The background processes that were started from here.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// From now on children belong to this run.
    pub fn begin(&self, run: &str) {
        *self.run.lock().unwrap() = run.to_string();
    }

    /// From now on steps and what their tools start are never more than `jobs` processes.
    pub fn share(&self, jobs: usize) {
        self.jobs.store(jobs, Ordering::Relaxed);
    }

    /// Starts what outlives the run: it gets nothing of what steps share.
    fn hidden<T>(&self, start: impl FnOnce() -> T) -> T {
        let outside = || match self.cgroups.own() {
            Some(cgroup) => cgroup.outside(start),
            None => start(),
        };
        match self.jobserver.get() {
            Some(Some(server)) => server.hidden(outside),
            _ => outside(),
        }
    }

    fn jobserver(&self) -> Option<&Jobserver> {
        let jobs = self.jobs.load(Ordering::Relaxed);
        let make = || Jobserver::new(jobs, self.which("make"));
        (jobs > 0).then(|| self.jobserver.get_or_init(make).as_ref())?
    }

    /// Whether a command's program is still this file.
    fn is_still(&self, cmd: &Cmd, file: &str) -> bool {
        let path = self.which(cmd.program()).filter(|_| !file.is_empty());
        path.is_some_and(|path| program::file(&path, cmd.program()) == file)
    }

    /// A line as it may be shown and kept. Secrets are also found where colours cut through them.
    fn shown(&self, line: &str) -> String {
        let masked = self.secrets.mask(line);
        if self.secrets.is_empty() || !masked.contains('\x1b') {
            return masked;
        }
        let plain = without_escapes(&masked);
        let hidden = self.secrets.mask(&plain);
        if hidden == plain { masked } else { hidden }
    }

    fn run_mark(&self) -> String {
        run_mark(&self.mark)
    }
}

/// Variables with which a program answers sooner, unless the user has chosen one of them.
fn probe_env(cmd: &Cmd) -> Vec<(String, String)> {
    let chosen = |(name, _): &(&str, _)| std::env::var_os(name).is_some();
    if cmd.probe_env.iter().any(chosen) {
        return Vec::new();
    }
    let pairs = cmd.probe_env.iter();
    pairs
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// A text as the answer of a command that printed it.
fn said(stdout: String) -> Answer {
    Answer::Ran(Output {
        stdout,
        ..Output::default()
    })
}

/// A file's text, or the names in a folder.
fn read(path: &Path) -> std::io::Result<String> {
    if !path.is_dir() {
        let bytes = std::fs::read(path)?;
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let names = std::fs::read_dir(path)?.flatten();
    let names = names.map(|entry| format!("{}\n", entry.file_name().to_string_lossy()));
    Ok(names.collect())
}
