//! Looking on while an act takes its time: what it waits for is told, and an act that waits for what
//! can't come is ended with the cause.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::patience::Suspects;
use super::{News, Worker};
use crate::exec::{Setting, Sink};
use protocol::{Cmd, Effect, Failure, Output};

/// Most acts are over by then, and are not slowed by questions.
const FIRST_LOOK: Duration = Duration::from_secs(3);
const NEXT_LOOK: Duration = Duration::from_secs(2);
/// What an act leaves behind can look like trouble until it gets there: so long it must last.
const LASTING: Duration = Duration::from_secs(4);

/// What was seen so far, and said last.
#[derive(Default)]
struct Seen {
    suspects: Suspects,
    said: String,
}

impl Seen {
    fn is_new(&mut self, words: &str) -> bool {
        let is_new = self.said != words;
        self.said = words.to_string();
        is_new
    }
}

impl Worker<'_> {
    /// Runs a call, and looks on. One that fails over what was seen then fails with that.
    pub(super) fn run(
        &self,
        cmd: &Cmd,
        setting: &Setting,
        sink: &mut Sink,
    ) -> Result<Output, Failure> {
        let exec = &self.world.exec;
        let kind = &self.inspected.resolved.kind;
        if kind.meanwhile(&self.step_context()).is_empty() {
            return exec.run(cmd, setting, sink);
        }
        let over = AtomicBool::new(false);
        let setting = Setting {
            until: Some(&over),
            ..setting.clone()
        };
        let (cause, output) = thread::scope(|scope| {
            let (said, lines) = mpsc::channel();
            let mut pass_on = move |line: &str| drop(said.send(line.to_string()));
            let setting = &setting;
            let running = scope.spawn(move || exec.run(cmd, setting, &mut pass_on));
            let cause = self.look_on(&lines, sink);
            over.store(cause.is_some(), Ordering::Relaxed);
            lines.iter().for_each(|line| sink(&line));
            (cause, running.join().expect("a call ends in a result"))
        });
        let is_well = output.as_ref().is_ok_and(|output| output.code == 0);
        match cause {
            Some(cause) => Err(cause),
            None if is_well || exec.is_ending() => output,
            None => self.cause_of(output),
        }
    }

    /// Looks until the call has ended, or can't come to a good end: why not.
    fn look_on(&self, lines: &Receiver<String>, sink: &mut Sink) -> Option<Failure> {
        let mut seen = Seen::default();
        let mut next = Instant::now() + FIRST_LOOK;
        loop {
            match lines.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(line) => sink(&line),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    if let Some(cause) = self.weigh(self.underway(), &mut seen) {
                        return Some(cause);
                    }
                    next = Instant::now() + NEXT_LOOK;
                }
            }
        }
    }

    /// Tells what was seen if it is new; the cause, if it has lasted.
    fn weigh(&self, effect: Effect, seen: &mut Seen) -> Option<Failure> {
        let (failure, patience) = match effect {
            Effect::Broken(failure) => (failure, LASTING),
            Effect::Degraded(failure, patience) => (failure, patience.max(LASTING)),
            other => {
                seen.suspects.clear();
                if let Effect::Pending(why) = other
                    && seen.is_new(&why)
                {
                    self.tell.news(News::Line(why));
                }
                return None;
            }
        };
        if let Err(cause) = seen.suspects.tell(&failure, patience, Instant::now()) {
            return Some(cause);
        }
        if seen.is_new(&failure.cause) {
            self.tell.news(News::Waiting(failure, patience));
        }
        None
    }

    /// Why a call failed, if what it waited for tells more than its own words.
    fn cause_of(&self, output: Result<Output, Failure>) -> Result<Output, Failure> {
        match self.underway() {
            Effect::Broken(failure) | Effect::Degraded(failure, _) => {
                let words = output.map_or_else(|failure| failure.cause, |it| it.last_words());
                Err(failure.seen([words]))
            }
            _ => output,
        }
    }

    fn underway(&self) -> Effect {
        let kind = &self.inspected.resolved.kind;
        let setting = self.setting(self.world.exec.clock.start());
        let probes = kind.meanwhile(&self.step_context());
        let answers = self.world.exec.ask_each(&probes, &setting, |_| ());
        kind.underway(&self.step_context(), &answers)
    }
}
