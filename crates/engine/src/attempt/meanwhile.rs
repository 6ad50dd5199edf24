//! Looking on while an act takes its time: what it waits for is told, and an act that waits for what
//! can't come is ended with the cause.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::asking::ANSWER_TIME;
use super::patience::Suspects;
use super::{News, Tell, Worker};
use crate::exec::{Exec, Setting, Sink};
use protocol::{Cmd, Effect, Failure, Kind, Output, Probe, StepContext};

/// Most acts are over by then, and are not slowed by questions.
const FIRST_LOOK: Duration = Duration::from_secs(3);
const NEXT_LOOK: Duration = Duration::from_secs(2);
/// How long trouble must last that no patience is known for: an act may be about to get over it.
const LASTING: Duration = Duration::from_secs(4);
/// What is waited for so long is told to everyone.
const LONG: Duration = Duration::from_secs(15);
/// How often is looked whether the act has ended.
const TICK: Duration = Duration::from_millis(20);

/// Who looks on.
struct Lookout<'a> {
    exec: &'a Exec,
    kind: &'a dyn Kind,
    tell: &'a dyn Tell,
    context: StepContext<'a>,
    probes: Vec<Probe>,
    setting: Setting<'a>,
    began: Instant,
    /// What failed for good as it was seen last: it may be gone by the time that the act fails over it.
    trouble: Mutex<Option<Failure>>,
}

/// What was seen so far, and said last.
#[derive(Default)]
struct Seen {
    suspects: Suspects,
    said: String,
    is_warned: bool,
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
        let (kind, context) = (&*self.inspected.resolved.kind, self.step_context());
        let probes = kind.meanwhile(&context);
        if probes.is_empty() {
            return exec.run(cmd, setting, sink);
        }
        let (ended, over) = (AtomicBool::new(false), AtomicBool::new(false));
        let lookout = Lookout {
            exec,
            kind,
            tell: self.tell,
            context,
            probes,
            setting: Setting {
                timeout: Some(ANSWER_TIME),
                ..self.setting(exec.clock.start())
            },
            began: Instant::now(),
            trouble: Mutex::default(),
        };
        let setting = Setting {
            until: Some(&over),
            ..setting.clone()
        };
        let (output, cause) = thread::scope(|scope| {
            let look = || lookout.look_on(&ended, &over);
            // Where no thread is to be had, nobody looks on.
            let looking = thread::Builder::new().spawn_scoped(scope, look).ok();
            let output = exec.run(cmd, &setting, sink);
            ended.store(true, Ordering::Relaxed);
            (output, looking.and_then(|looking| looking.join().ok()?))
        });
        let is_well = output.as_ref().is_ok_and(|output| output.code == 0);
        match cause {
            _ if is_well || exec.is_ending() => output,
            Some(cause) => Err(cause),
            None => lookout.cause_of(output),
        }
    }
}

impl Lookout<'_> {
    /// Looks until the call has ended, or can't come to a good end: why not.
    fn look_on(&self, ended: &AtomicBool, over: &AtomicBool) -> Option<Failure> {
        let mut seen = Seen::default();
        let mut next = self.began + FIRST_LOOK;
        while !ended.load(Ordering::Relaxed) {
            thread::sleep(TICK);
            if Instant::now() < next {
                continue;
            }
            if let Some(cause) = self.weigh(self.underway(Some(ended)), &mut seen) {
                over.store(true, Ordering::Relaxed);
                return Some(cause);
            }
            next = Instant::now() + NEXT_LOOK;
        }
        None
    }

    /// Tells what was seen if it is new; the cause, if it has lasted.
    fn weigh(&self, effect: Effect, seen: &mut Seen) -> Option<Failure> {
        self.remember(&effect);
        let (failure, patience) = match effect {
            Effect::Broken(failure) => (failure, LASTING),
            Effect::Degraded(failure, patience) => (failure, patience.max(LASTING)),
            other => {
                seen.suspects.clear();
                if let Effect::Pending(why) = other {
                    self.tell_waiting(&why, seen);
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

    /// Of what is gone nobody knows whether it went well.
    fn remember(&self, effect: &Effect) {
        let mut trouble = self.trouble.lock().unwrap();
        match effect {
            Effect::Broken(failure) => *trouble = Some(failure.clone()),
            Effect::Pending(_) => *trouble = None,
            _ => {}
        }
    }

    fn tell_waiting(&self, why: &str, seen: &mut Seen) {
        let is_long = self.began.elapsed() >= LONG;
        if is_long && !std::mem::replace(&mut seen.is_warned, is_long) {
            self.tell.news(News::Warning(format!("waiting: {why}")));
        }
        if seen.is_new(why) {
            self.tell.news(News::Line(self.exec.secrets().mask(why)));
        }
    }

    /// Why a call failed, if what it waited for tells more than its own words.
    fn cause_of(&self, output: Result<Output, Failure>) -> Result<Output, Failure> {
        let seen = self.trouble.lock().unwrap().clone();
        let failure = match (self.underway(None), seen) {
            (Effect::Broken(failure) | Effect::Degraded(failure, _), _) => failure,
            (Effect::Absent(_), Some(failure)) => failure,
            (Effect::Pending(why), _) => return output.map_err(|over| waited(over, &why)),
            _ => return output,
        };
        let words = output.map_or_else(|failure| failure.cause, |it| it.last_words());
        Err(failure.seen([words]))
    }

    fn underway(&self, ended: Option<&AtomicBool>) -> Effect {
        let setting = Setting {
            until: ended,
            ..self.setting.clone()
        };
        let answers = self.exec.ask_each(&self.probes, &setting, |_| ());
        let lasted = self.began.elapsed();
        self.kind.underway(&self.context, lasted, &answers)
    }
}

/// One that was ended because its time was over, with what it waited for.
fn waited(over: Failure, why: &str) -> Failure {
    let cause = format!("{}: {why}", over.cause);
    Failure { cause, ..over }
}
