//! The only place where the pipeline's processes are born. Knows commands and how they end; knows no steps or graphs.
//!
//! Each child leads a process group of its own, so that everything it starts can be ended with it, and carries a mark in its
//! environment, so that a later run finds what a killed one left behind (see [`crate::service`]). One thread serves one child:
//! it waits for output with a time limit, so neither a silent child nor a background process that holds the pipe can hang it.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where the pipeline's processes are born"
)]

mod cgroup;
mod child;
mod clock;
mod ending;
mod expression;
mod jobserver;
pub mod machine;
mod program;
mod viewer;

pub use clock::{Clock, Started};
pub use program::locate;
use program::not_found;
pub use viewer::view;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use jobserver::Jobserver;

use crate::http;
use crate::report::log::without_escapes;
use crate::secrets::Secrets;
use crate::service;
use protocol::{Answer, Cmd, Daemon, Failure, Output, Probe, Request};

/// How long a child may take to end after it was asked to.
pub const GRACE: Duration = Duration::from_secs(10);
/// Questions of steps without a timeout that are not answered by then count as unanswered.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Starts processes for one pipeline.
pub struct Exec {
    root: PathBuf,
    state: PathBuf,
    mark: String,
    /// This run, as its children's mark tells it.
    run: Mutex<String>,
    secrets: Secrets,
    found: Mutex<HashMap<String, Option<PathBuf>>>,
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
    /// How long it may take; counted only while this process itself is not stopped.
    pub timeout: Option<Duration>,
    /// How many of the run's places it takes; a question takes none.
    pub slots: usize,
}

/// One line of output, secrets masked.
pub type Sink<'a> = dyn FnMut(&str) + 'a;

impl Exec {
    /// Children run in `root`; `state` and `mark` say whose they are.
    pub fn new(root: &Path, state: &Path, mark: String, secrets: Secrets) -> Exec {
        Exec {
            root: root.to_path_buf(),
            state: state.to_path_buf(),
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

    /// A program's absolute path: looked up on PATH once, or relative to the pipeline if it has a slash.
    pub fn which(&self, program: &str) -> Option<PathBuf> {
        let mut found = self.found.lock().unwrap();
        found
            .entry(program.to_string())
            .or_insert_with(|| locate(program, &self.root))
            .clone()
    }

    /// Every program that was looked up so far, and where it was found.
    pub fn looked_up(&self) -> Vec<(String, Option<PathBuf>)> {
        let found = self.found.lock().unwrap();
        found
            .iter()
            .map(|(name, path)| (name.clone(), path.clone()))
            .collect()
    }

    /// Asks one question after the other.
    pub fn ask_each(&self, probes: &[Probe], setting: &Setting) -> Vec<Answer> {
        probes.iter().map(|ask| self.ask(ask, setting)).collect()
    }

    /// Asks one question; every trouble is an answer.
    pub fn ask(&self, ask: &Probe, setting: &Setting) -> Answer {
        match ask {
            Probe::Run(cmd) => {
                let mut env = probe_env(cmd);
                env.extend(setting.env.iter().cloned());
                let setting = Setting {
                    env,
                    timeout: setting.timeout.or(Some(ANSWER_WITHIN)),
                    slots: 0,
                    ..setting.clone()
                };
                self.run(cmd, &setting, &mut |_| ())
                    .map_or_else(|failure| Answer::None(failure.cause), Answer::Ran)
            }
            Probe::Get(request) => http::get(request).map_or_else(Answer::None, Answer::Got),
            Probe::Process(daemon, path) => self.process(daemon, path),
            Probe::Read(path) => match std::fs::read_to_string(self.root.join(path)) {
                Ok(stdout) => Answer::Ran(Output {
                    stdout,
                    ..Output::default()
                }),
                Err(err) => Answer::None(format!("{path}: {err}")),
            },
            Probe::Machine => machine::answer(&self.root),
            Probe::Which(tool) => self.which(tool).map_or_else(
                || Answer::None(format!("{tool} is not on PATH")),
                |path| Answer::Found(path.display().to_string(), program::file(&path, tool)),
            ),
            Probe::Version(cmd, file, version) if self.is_still(cmd, file) => Answer::Ran(Output {
                stdout: version.clone(),
                ..Output::default()
            }),
            Probe::Version(cmd, ..) => self.ask(&Probe::Run(cmd.clone()), setting),
        }
    }

    /// Runs a command to its end. `Err` means it could not be run or was ended by us; a bad exit status is in the output.
    pub fn run(&self, cmd: &Cmd, setting: &Setting, sink: &mut Sink) -> Result<Output, Failure> {
        let number = self.born.fetch_add(1, Ordering::Relaxed);
        let tag = format!("{} {number}", self.run.lock().unwrap());
        let expression = self.expression(cmd, setting)?.env(self.run_mark(), &tag);
        let server = self.jobserver().filter(|_| setting.slots > 0);
        let Some(server) = server else {
            return child::run(self, cmd, (expression, &tag), setting.timeout, sink);
        };
        let _tokens = server
            .take(setting.slots, &|| self.is_ending())
            .ok_or_else(|| Failure::new("interrupted"))?;
        let expression = server.known_to(expression);
        child::run(self, cmd, (expression, &tag), setting.timeout, sink)
    }

    /// Starts a background process that outlives this run and returns at once.
    pub fn start(&self, daemon: &Daemon, setting: &Setting) -> Result<(), Failure> {
        let port = service::free_port(daemon.port)
            .map_err(|err| Failure::new(format!("no free port for {}: {err}", daemon.name)))?;
        let fill = |text: &str| text.replace("{port}", &port.to_string());
        let mut cmd = daemon.cmd.clone();
        cmd.argv.iter_mut().for_each(|word| *word = fill(word));
        cmd.env
            .iter_mut()
            .for_each(|(_, value)| *value = fill(value));
        cmd.env.extend(service::marks(&self.mark, daemon, port));
        let log = service::log(&self.state, &daemon.name);
        let file = log
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| File::create(&log));
        let file =
            file.map_err(|err| Failure::new(format!("can't write {}: {err}", log.display())))?;
        let expression = self.expression(&cmd, setting)?;
        let expression = expression.stderr_to_stdout().stdout_file(file);
        self.hidden(|| expression.start())
            .map(drop)
            .map_err(|err| self.cannot_start(&cmd, &err))
    }

    /// Stops our background process of that name and waits until it is gone.
    pub fn stop(&self, name: &str) -> Result<(), Failure> {
        match service::find(&self.mark, name) {
            Some(found) => service::end(found.pid, GRACE)
                .map_err(|err| Failure::new(format!("can't stop {name}: {err}"))),
            None => Ok(()),
        }
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
        let name = cmd.program();
        let path = self.which(name).filter(|_| !file.is_empty());
        path.is_some_and(|path| program::file(&path, name) == file)
    }

    fn process(&self, daemon: &Daemon, path: &str) -> Answer {
        let name = &daemon.name;
        // While a process turns into another program its environment can't be read, so the first no is not believed.
        let again = || {
            std::thread::sleep(Duration::from_millis(30));
            service::find(&self.mark, name)
        };
        let Some(found) = service::find(&self.mark, name)
            .or_else(again)
            .or_else(again)
        else {
            let words = service::last_words(&self.state, name);
            return Answer::None(format!(
                "no process of ours named {name} is running{}",
                self.secrets.mask(&words)
            ));
        };
        let request = Request {
            url: format!("http://127.0.0.1:{}{path}", found.port),
            host: String::new(),
        };
        let silent =
            (!path.is_empty())
                .then(|| http::get(&request))
                .and_then(|reply| match reply {
                    Ok(reply) if reply.status < 300 => None,
                    Ok(reply) => Some(format!("{} answers {}", request.url, reply.status)),
                    Err(err) => Some(err),
                });
        Answer::Alive {
            pid: found.pid,
            port: found.port,
            current: found.digest == service::digest(daemon),
            silent,
        }
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
        format!("PIPELINE_RUN_{}", self.mark)
    }

    fn cannot_start(&self, cmd: &Cmd, err: &std::io::Error) -> Failure {
        let program = cmd.program();
        let failure = Failure::new(format!("`{program}` can't be started: {err}"));
        match &cmd.cwd {
            Some(cwd) if !self.root.join(cwd).is_dir() => {
                return failure.fix(format!("`cwd` names {cwd}, and that is no folder"));
            }
            _ => {}
        }
        match err.kind() {
            ErrorKind::PermissionDenied => {
                failure.fix(format!("check that {program} is executable"))
            }
            ErrorKind::NotFound | ErrorKind::NotADirectory => failure.fix(format!(
                "check which interpreter the first line of {program} names"
            )),
            ErrorKind::ArgumentListTooLong => {
                failure.fix("hand it the words in a file instead of in `argv` and `env`")
            }
            _ => failure,
        }
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
