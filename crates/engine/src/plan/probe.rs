//! The questions of a whole plan, each asked once however many steps ask it, several at a time.
//! What one tool answers can make questions for another (which images the node of *that* cluster
//! has), so walking and asking take turns until nothing is open.

use std::collections::HashMap;
use std::time::Duration;

use super::Inspected;
use crate::exec::{Exec, Setting};
use crate::progress;
use protocol::{Answer, Effect, Probe, StepContext};

/// How long an answer over HTTP is waited for.
const GLANCE: Duration = Duration::from_secs(5);

/// The variables that a question is asked with.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Variables {
    env: Vec<(String, String)>,
    secrets: Vec<String>,
    /// Which of the caller's.
    inherit: Option<Vec<String>>,
}

/// A question, the variables it is asked with, and how long the answer may take.
type Question = (Probe, Variables, Option<Duration>);

/// Questions and, as far as they were asked, their answers.
#[derive(Default)]
pub(super) struct Asked {
    asked: HashMap<(Probe, Variables), usize>,
    questions: Vec<Question>,
    answers: Vec<Answer>,
}

impl Asked {
    /// Whether the step's effect stands. While a question of it is open, what was true last time is
    /// believed; the question is asked before the next walk.
    pub(super) fn verdict(
        &mut self,
        inspected: &Inspected,
        step_context: &StepContext,
        setting: &Setting,
    ) -> Effect {
        let kind = &inspected.resolved.kind;
        let variables = Variables {
            env: setting.env.clone(),
            secrets: setting.secrets.to_vec(),
            inherit: setting.inherit.map(<[String]>::to_vec),
        };
        let question = |ask: Probe| {
            let mut variables = variables.clone();
            if !starts_something(&ask) {
                variables.secrets.clear();
            }
            (ask, variables, setting.timeout)
        };
        let answers: Vec<Option<Answer>> = kind
            .probes(step_context)
            .into_iter()
            .map(|ask| self.answer(question(ask)))
            .collect();
        match answers.into_iter().collect::<Option<Vec<Answer>>>() {
            Some(answers) => kind.assess(step_context, &answers),
            None => Effect::Present(
                String::new(),
                step_context.before.cloned().unwrap_or_default(),
            ),
        }
    }

    /// Whoever has most patience decides how long a question may take.
    fn answer(&mut self, question: Question) -> Option<Answer> {
        let (ask, variables, timeout) = question.clone();
        if let Some(&index) = self.asked.get(&(ask.clone(), variables.clone())) {
            let patience = &mut self.questions[index].2;
            *patience = (*patience).zip(timeout).map(|(one, other)| one.max(other));
            return self.answers.get(index).cloned();
        }
        self.asked.insert((ask, variables), self.questions.len());
        self.questions.push(question);
        None
    }

    /// Whether nothing had to be asked.
    pub(super) fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Whether everything that had to be asked was.
    pub(super) fn is_settled(&self) -> bool {
        self.questions.len() == self.answers.len()
    }

    /// Asks what is still open, several questions at a time.
    pub(super) fn ask_all(&mut self, exec: &Exec) {
        let open = &self.questions[self.answers.len()..];
        let asked = open.iter().map(|(probe, variables, timeout)| {
            let setting = Setting {
                env: variables.env.clone(),
                secrets: &variables.secrets,
                inherit: variables.inherit.as_deref(),
                timeout: glance(probe, *timeout),
                ..Setting::default()
            };
            (probe, setting)
        });
        let answers = exec.ask_all(&asked.collect::<Vec<_>>(), progress::say);
        self.answers.extend(answers);
    }
}

/// Whether secrets can matter to the answer.
fn starts_something(ask: &Probe) -> bool {
    matches!(ask, Probe::Run(_) | Probe::Version(..))
}

/// Who does not answer soon is asked again, and longer, by the step itself.
fn glance(ask: &Probe, timeout: Option<Duration>) -> Option<Duration> {
    match ask {
        Probe::Get(_) | Probe::Process(..) => Some(timeout.unwrap_or(GLANCE).min(GLANCE)),
        _ => timeout,
    }
}
