//! One child from start to end: its output by lines, its time limit, its end.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use duct::{Expression, Handle};
use os_pipe::PipeReader;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use super::ending::signal_group;
use super::jobserver::Jobserver;
use super::stream::Stream;
use super::{Exec, GRACE, Setting, Sink, Streams};
use protocol::{Cmd, Failure, Output};

/// How often a silent child is looked after.
const TICK: Duration = Duration::from_millis(50);
/// How often a child that has closed its output is looked at before it is waited for.
const GLANCES: usize = 50;
/// How long output may stay open once the child itself has ended.
const LEAK: Duration = Duration::from_millis(500);
/// How long a start waits for what other steps hold.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the child, which carries this tag, and serves it until it has ended.
pub(super) fn run(
    exec: &Exec,
    cmd: &Cmd,
    (expression, tag): (Expression, &str),
    (setting, into): (&Setting, Option<&File>),
    sink: &mut Sink,
) -> Result<Output, Failure> {
    if exec.is_ending() {
        return Err(Failure::new("interrupted"));
    }
    let together = setting.streams == Streams::Together;
    let pipes = patiently(exec, || outlets(expression.clone(), together, into));
    let (expression, ends) = pipes.map_err(|err| exec.cannot_start(cmd, &err))?;
    let began = Instant::now();
    let birth = exec.jobserver.get().and_then(Option::as_ref);
    let birth = birth.map(Jobserver::open);
    let handle =
        patiently(exec, || expression.start()).map_err(|err| exec.cannot_start(cmd, &err))?;
    drop(birth);
    drop(expression);
    let groups: Vec<i32> = handle
        .pids()
        .into_iter()
        .filter_map(|pid| i32::try_from(pid).ok())
        .collect();
    exec.enter(&groups);
    let is_heard = setting.streams != Streams::Unheard;
    let streams = ends.map(|end| Stream::new(end.map(OwnedFd::from), is_heard));
    let result = Child {
        exec,
        handle,
        groups: &groups,
        tag,
        streams,
        sink,
    }
    .serve(setting);
    let is_in_the_way = match &result {
        Ok(output) => setting.sweeps && output.code != 0,
        Err(_) => true,
    };
    if is_in_the_way || exec.is_ending() {
        exec.sweep(tag, began);
    }
    let mut running = exec.groups.lock().unwrap();
    groups.iter().for_each(|group| {
        running.remove(group);
    });
    result.map_err(|why| why.failure(cmd, setting.timeout))
}

/// Both streams' ends for reading, as far as they are read here. What goes through one pipe is in
/// the first.
fn outlets(
    expression: Expression,
    together: bool,
    into: Option<&File>,
) -> io::Result<(Expression, [Option<PipeReader>; 2])> {
    let (out, out_end) = os_pipe::pipe()?;
    if together {
        let expression = expression.stderr_to_stdout().stdout_file(out_end);
        return Ok((expression, [Some(out), None]));
    }
    let (err, err_end) = os_pipe::pipe()?;
    let expression = expression.stderr_file(err_end);
    Ok(match into {
        Some(file) => (expression.stdout_file(file.try_clone()?), [None, Some(err)]),
        None => (expression.stdout_file(out_end), [Some(out), Some(err)]),
    })
}

/// Where descriptors or processes have run out, other steps give theirs back in time; and a program
/// that was just written may be open for a moment yet, in a child that is about to become another.
pub(super) fn patiently<T>(exec: &Exec, start: impl Fn() -> io::Result<T>) -> io::Result<T> {
    let began = Instant::now();
    loop {
        match start() {
            Err(err) if is_passing(&err) && began.elapsed() < PATIENCE && !exec.is_ending() => {
                std::thread::sleep(TICK);
            }
            started => return started,
        }
    }
}

fn is_passing(err: &io::Error) -> bool {
    let short = [Errno::MFILE, Errno::NFILE, Errno::AGAIN, Errno::NOMEM];
    Errno::from_io_error(err).is_some_and(|no| no == Errno::TXTBSY || short.contains(&no))
}

struct Child<'a, 'b> {
    exec: &'a Exec,
    handle: Handle,
    groups: &'a [i32],
    tag: &'a str,
    streams: [Stream; 2],
    sink: &'a mut Sink<'b>,
}

/// Why a child was not left to end by itself.
enum Ended {
    TimedOut,
    AsksTerminal,
    Interrupted,
    Unneeded,
    Lost(io::Error),
}

impl Ended {
    fn failure(self, cmd: &Cmd, timeout: Option<Duration>) -> Failure {
        let program = cmd.program();
        match self {
            Ended::TimedOut => Failure::new(format!(
                "`{program}` did not end within {:.1} s and was ended",
                timeout.unwrap_or_default().as_secs_f64()
            ))
            .fix("raise the step's `timeout`, or find what it waits for in its log"),
            Ended::AsksTerminal => Failure::new(format!(
                "`{program}` asks the terminal for something, which steps don't have, and was ended"
            ))
            .fix("tell it in `argv`, `env` or a file what it asks for, or that it must not ask, such as with `sudo -n`"),
            Ended::Interrupted => Failure::new("interrupted"),
            Ended::Unneeded => Failure::new(format!("`{program}` is not needed any more")),
            Ended::Lost(err) => Failure::new(format!("lost track of `{program}`: {err}")),
        }
    }
}

impl Child<'_, '_> {
    /// A child that nobody can watch any more is not left alone: it is killed.
    fn serve(mut self, setting: &Setting) -> Result<Output, Ended> {
        let result = self.watch(setting);
        if let Err(Ended::Lost(_)) = &result {
            self.signal(Signal::KILL);
            let _ = self.handle.wait();
        }
        result
    }

    fn watch(&mut self, setting: &Setting) -> Result<Output, Ended> {
        let mut clock = Clock::default();
        let mut ending: Option<(Ended, Duration)> = None;
        let mut exited: Option<Duration> = None;
        loop {
            self.read().map_err(Ended::Lost)?;
            clock.tick();
            if exited.is_none() && self.handle.try_wait().map_err(Ended::Lost)?.is_some() {
                exited = Some(clock.elapsed);
            }
            if let Some(since) = exited
                && (self.streams.iter().all(Stream::is_closed)
                    || self.leaked(clock.elapsed - since))
            {
                return match ending {
                    Some((why, _)) => Err(why),
                    None => self.finish().map_err(Ended::Lost),
                };
            }
            match &ending {
                None if self.exec.is_ending() => ending = Some((Ended::Interrupted, clock.elapsed)),
                None if setting.timeout.is_some_and(|limit| clock.elapsed >= limit) => {
                    self.end();
                    ending = Some((Ended::TimedOut, clock.elapsed));
                }
                None if setting
                    .until
                    .is_some_and(|over| over.load(Ordering::Relaxed)) =>
                {
                    self.end();
                    ending = Some((Ended::Unneeded, clock.elapsed));
                }
                None if exited.is_none() && self.asks_terminal() => {
                    self.end();
                    ending = Some((Ended::AsksTerminal, clock.elapsed));
                }
                Some((_, since)) if clock.elapsed - *since >= GRACE => self.signal(Signal::KILL),
                _ => {}
            }
        }
    }

    /// Waits up to a tick for output and takes what there is.
    fn read(&mut self) -> io::Result<()> {
        let open: Vec<&File> = self
            .streams
            .iter()
            .filter_map(|stream| stream.file.as_ref())
            .collect();
        if open.is_empty() {
            return self.wait();
        }
        let mut fds: Vec<PollFd> = open
            .iter()
            .map(|file| PollFd::from_borrowed_fd(file.as_fd(), PollFlags::IN))
            .collect();
        let tick = Timespec {
            tv_sec: 0,
            tv_nsec: TICK.as_nanos() as _,
        };
        match poll(&mut fds, Some(&tick)) {
            Err(Errno::INTR) => return Ok(()),
            other => other?,
        };
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        let streams = self
            .streams
            .iter_mut()
            .filter(|stream| stream.file.is_some());
        for (stream, _) in streams.zip(ready).filter(|(_, ready)| *ready) {
            stream.take(self.exec, self.sink)?;
        }
        Ok(())
    }

    /// Waits up to a tick for the end. Whoever has closed its output is mostly a few microseconds
    /// from it, and to go to sleep and be woken takes longer.
    fn wait(&self) -> io::Result<()> {
        for _ in 0..GLANCES {
            if self.handle.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::yield_now();
        }
        self.handle.wait_timeout(TICK).map(drop)
    }

    /// Something in the background still holds the output: it is ended, so that nothing is left
    /// over.
    fn leaked(&mut self, since: Duration) -> bool {
        if since < LEAK {
            return false;
        }
        (self.sink)("a background process still held the output and was ended");
        self.signal(Signal::KILL);
        // One that made a session of its own has left the group, but not the pipe.
        let pipes = self.streams.iter().filter_map(|s| s.file.as_ref());
        let pipes: Vec<u64> = pipes
            .filter_map(|file| Some(file.metadata().ok()?.ino()))
            .collect();
        self.exec.end_holders(self.tag, &pipes);
        true
    }

    /// Whoever reads the terminal from a group that does not own it is stopped, for ever if nobody
    /// looks.
    fn asks_terminal(&self) -> bool {
        let pids = self.groups.iter().filter_map(|&pid| Pid::from_raw(pid));
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let stopped = |pid| waitid(WaitId::Pid(pid), look).ok()??.stopping_signal();
        let asks = [Signal::TTIN, Signal::TTOU].map(Signal::as_raw);
        pids.filter_map(stopped)
            .any(|signal| asks.contains(&signal))
    }

    /// Asks it to end; who was stopped hears of it only when it goes on.
    fn end(&self) {
        self.signal(Signal::TERM);
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        self.groups
            .iter()
            .for_each(|&group| signal_group(group, signal));
    }

    fn finish(&mut self) -> io::Result<Output> {
        let status = self.handle.wait()?.status;
        let [stdout, stderr] = self
            .streams
            .each_mut()
            .map(|stream| stream.finish(self.exec, self.sink));
        Ok(Output {
            code: code(status),
            stdout,
            stderr,
        })
    }
}

/// Time that passes only while this process runs: a tick longer than a few of ours means that it
/// was stopped.
#[derive(Default)]
struct Clock {
    elapsed: Duration,
    last: Option<Instant>,
}

impl Clock {
    fn tick(&mut self) {
        let now = Instant::now();
        if let Some(last) = self.last.replace(now) {
            self.elapsed += (now - last).min(TICK * 5);
        }
    }
}

fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
