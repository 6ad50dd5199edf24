//! Several questions at a time. Who keeps everybody waiting is named, so that nobody wonders what
//! is waited for.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Exec, Setting};
use crate::parallel;
use protocol::{Answer, Probe};

/// How many questions are under way at once: they wait for servers, not for this machine's cores.
const AT_ONCE: usize = 16;
/// How long nothing is said.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of a call is told, in characters.
const TOLD: usize = 100;

/// A question, and how it is asked.
pub(crate) type Question<'a> = (&'a Probe, Setting<'a>);

impl Exec {
    /// Asks all of them; `slow` is told once which have no answer after some seconds.
    pub(crate) fn ask_all<'q>(
        &self,
        questions: &[Question<'q>],
        slow: impl FnOnce(&str),
    ) -> Vec<Answer> {
        let open = Mutex::new(Vec::new());
        let (done, over) = mpsc::channel::<()>();
        let answers = OnceLock::new();
        let ask = |(probe, setting): &Question<'q>| {
            locked(&open, |open| open.push(*probe));
            let answer = self.ask(probe, setting);
            locked(&open, |open| {
                open.retain(|other| !std::ptr::eq(*other, *probe))
            });
            answer
        };
        let ask_all = &|| {
            let _ = answers.set(parallel::map(questions, AT_ONCE, ask));
        };
        if questions.iter().all(|(probe, _)| name(probe).is_none()) {
            ask_all();
            return answers.into_inner().unwrap_or_default();
        }
        thread::scope(|scope| {
            let asking = move || {
                let _done = done;
                ask_all();
            };
            if thread::Builder::new().spawn_scoped(scope, asking).is_err() {
                ask_all();
            } else if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout)
                && let Some(line) = locked(&open, |open| unanswered(open))
            {
                slow(&self.secrets().mask(&line));
            }
        });
        answers.into_inner().unwrap_or_default()
    }
}

fn locked<'p, T>(open: &Mutex<Vec<&'p Probe>>, work: impl FnOnce(&mut Vec<&'p Probe>) -> T) -> T {
    work(&mut open.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What has no answer yet, the first by name; `None` if it is nothing that somebody else answers.
fn unanswered(open: &[&Probe]) -> Option<String> {
    let names: Vec<String> = open.iter().filter_map(|probe| name(probe)).collect();
    let (first, others) = names.split_first()?;
    let others = match others.len() {
        0 => String::new(),
        1 => ", nor has one more".to_string(),
        count => format!(", nor have {count} more"),
    };
    Some(format!(
        "{first} has not answered for {} s{others}",
        PATIENCE.as_secs()
    ))
}

fn name(probe: &Probe) -> Option<String> {
    match probe {
        Probe::Run(cmd) | Probe::Version(cmd, ..) => {
            Some(format!("`{}`", in_short(&cmd.to_string())))
        }
        Probe::Get(request) => Some(request.url.clone()),
        Probe::Process(daemon, _) => Some(format!("the process `{}`", daemon.name)),
        Probe::Which(_) | Probe::Read(_) | Probe::Machine => None,
    }
}

fn in_short(call: &str) -> String {
    match call.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", &call[..end]),
        None => call.to_string(),
    }
}
