//! Several questions at a time. Who keeps everybody waiting is named, so that nobody wonders what
//! is waited for.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::{Exec, Setting};
use crate::parallel;
use crate::report::log::shortened;
use protocol::{Answer, Probe};

/// How many questions are under way at once: they wait for servers, not for this machine's cores.
const AT_ONCE: usize = 16;
/// How long nothing is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// A question, and how it is asked.
pub(crate) type Question<'a> = (&'a Probe, Setting<'a>);

impl Exec {
    /// Asks all of them; `slow` is told once which have no answer after some seconds, and the place
    /// of the first of those.
    pub(crate) fn ask_all(
        &self,
        questions: &[Question],
        slow: impl FnOnce(usize, &str),
    ) -> Vec<Answer> {
        let open = questions
            .iter()
            .map(|question| (question, AtomicBool::new(false)));
        let open: Vec<Open> = open.collect();
        let answers = OnceLock::new();
        let ask_all = &|| {
            let ask = |((probe, setting), is_answered): &Open| {
                let answer = self.ask(probe, setting);
                is_answered.store(true, Ordering::Relaxed);
                answer
            };
            let _ = answers.set(parallel::map(&open, AT_ONCE, ask));
        };
        if !questions.iter().any(|(probe, _)| is_elsewhere(probe)) {
            ask_all();
            return answers.into_inner().unwrap_or_default();
        }
        let (done, over) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let asking = move || {
                let _done = done;
                ask_all();
            };
            if thread::Builder::new().spawn_scoped(scope, asking).is_err() {
                ask_all();
            } else if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout)
                && let Some((first, line)) = self.unanswered(&open)
            {
                slow(first, &line);
            }
        });
        answers.into_inner().unwrap_or_default()
    }

    /// The same for questions that are asked alike.
    pub fn ask_each(
        &self,
        probes: &[Probe],
        setting: &Setting,
        slow: impl FnOnce(&str),
    ) -> Vec<Answer> {
        let questions = probes.iter().map(|probe| (probe, setting.clone()));
        self.ask_all(&questions.collect::<Vec<_>>(), |_, line| slow(line))
    }

    /// What has no answer yet, the first by name; `None` if it is nothing that somebody else
    /// answers.
    fn unanswered(&self, open: &[Open]) -> Option<(usize, String)> {
        let is_open = |(_, ((probe, _), is_answered)): &(usize, &Open)| {
            !is_answered.load(Ordering::Relaxed) && is_elsewhere(probe)
        };
        let mut open = open.iter().enumerate().filter(is_open);
        let (place, ((probe, _), _)) = open.next()?;
        let first = self.named(probe);
        let others = match open.count() {
            0 => String::new(),
            1 => ", nor has one more".to_string(),
            count => format!(", nor have {count} more"),
        };
        let seconds = PATIENCE.as_secs();
        let line = format!("{first} has not answered for {seconds} s{others}");
        Some((place, line))
    }

    fn named(&self, probe: &Probe) -> String {
        // Half of a secret would not be known for one.
        let in_short = |text: &str| shortened(&self.secrets().mask(text));
        match probe {
            Probe::Get(request) => in_short(&request.url),
            Probe::Process(daemon, _) => format!("the process `{}`", daemon.name),
            Probe::Run(cmd) | Probe::Once(cmd) | Probe::Version(cmd, ..) => {
                format!("`{}`", in_short(&cmd.to_string()))
            }
            Probe::Which(_) | Probe::Read(_) | Probe::Mark(_) | Probe::Machine => {
                "this machine".to_string()
            }
        }
    }
}

/// A question, and whether it is answered.
type Open<'a> = (&'a Question<'a>, AtomicBool);

/// Whether somebody else answers it, who may take long.
fn is_elsewhere(probe: &Probe) -> bool {
    !matches!(
        probe,
        Probe::Which(_) | Probe::Read(_) | Probe::Mark(_) | Probe::Machine
    )
}
