//! The questions of a whole plan, each asked once however many steps ask it, several at a time.
//! What one tool answers can make questions for another (which images the node of *that* cluster
//! has), so walking and asking take turns until nothing is open.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::Inspected;
use crate::exec::{Exec, Setting};
use crate::graph::StepId;
use protocol::{Answer, Effect, Kind, Probe, StepContext};

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

/// A question, and the variables it is asked with.
type Wording = (Probe, Variables);

struct Question {
    wording: Wording,
    /// How long the answer may take.
    timeout: Option<Duration>,
    /// The steps that ask it.
    steps: Vec<StepId>,
    answer: Option<Answer>,
}

/// Questions and, as far as they were asked, their answers.
#[derive(Default)]
pub(crate) struct Asked {
    asked: HashMap<Wording, usize>,
    questions: Vec<Question>,
}

impl Asked {
    /// Whether the step's effect stands; `None` while a question of it is open.
    pub(super) fn verdict(
        &mut self,
        step: StepId,
        inspected: &Inspected,
        step_context: &StepContext,
        setting: &Setting,
    ) -> Option<Effect> {
        let kind = &inspected.resolved.kind;
        let variables = Variables {
            env: setting.env.clone(),
            secrets: setting.secrets.to_vec(),
            inherit: setting.inherit.map(<[String]>::to_vec),
        };
        let wording = |ask: Probe| {
            let mut variables = variables.clone();
            if !starts_something(&ask) {
                variables.secrets.clear();
            }
            (ask, variables)
        };
        let mut ask_all = |probes: Vec<Probe>| -> Option<Vec<Answer>> {
            let ask = |ask: Probe| self.answer(step, wording(ask), setting.timeout);
            let answers: Vec<Option<Answer>> = probes.into_iter().map(ask).collect();
            answers.into_iter().collect()
        };
        let mut answers = ask_all(kind.probes(step_context))?;
        answers.extend(ask_all(kind.more_probes(step_context, &answers))?);
        Some(kind.assess(step_context, &answers))
    }

    /// Whoever has most patience decides how long a question may take.
    fn answer(
        &mut self,
        step: StepId,
        wording: Wording,
        timeout: Option<Duration>,
    ) -> Option<Answer> {
        if let Some(&index) = self.asked.get(&wording) {
            let question = &mut self.questions[index];
            let longest = question.timeout.zip(timeout);
            question.timeout = longest.map(|(one, other)| one.max(other));
            question.steps.push(step);
            return question.answer.clone();
        }
        self.asked.insert(wording.clone(), self.questions.len());
        self.questions.push(Question {
            wording,
            timeout,
            steps: vec![step],
            answer: None,
        });
        None
    }

    /// Whether nothing had to be asked.
    pub(super) fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }

    /// Whether everything that had to be asked was.
    pub(crate) fn is_settled(&self) -> bool {
        self.questions.iter().all(|one| one.answer.is_some())
    }

    /// Asks what is still open of these steps, or else of all, several questions at a time. `slow`
    /// is told once who keeps which step waiting.
    pub(crate) fn ask(
        &mut self,
        exec: &Exec,
        first: &HashSet<StepId>,
        slow: impl FnOnce(StepId, &str),
    ) {
        let mut open: Vec<&mut Question> = self.questions.iter_mut().collect();
        open.retain(|question| question.answer.is_none());
        let is_first = |question: &Question| question.steps.iter().any(|step| first.contains(step));
        if open.iter().any(|question| is_first(question)) {
            open.retain(|question| is_first(question));
        }
        let asked: Vec<(&Probe, Setting)> = open.iter().map(|question| question.asked()).collect();
        let of_first = |place: usize, line: &str| slow(open[place].steps[0], line);
        let answers = exec.ask_all(&asked, of_first);
        for (question, answer) in open.into_iter().zip(answers) {
            question.answer = Some(answer);
        }
    }
}

impl Question {
    fn asked(&self) -> (&Probe, Setting<'_>) {
        let (probe, variables) = &self.wording;
        let setting = Setting {
            env: variables.env.clone(),
            secrets: &variables.secrets,
            inherit: variables.inherit.as_deref(),
            timeout: glance(probe, self.timeout),
            ..Setting::default()
        };
        (probe, setting)
    }
}

/// What is answered to these questions, and to those that follow from the answers.
pub(crate) fn with_more(
    kind: &dyn Kind,
    step_context: &StepContext,
    first: Vec<Probe>,
    ask: impl Fn(Vec<Probe>) -> Vec<Answer>,
) -> Vec<Answer> {
    let mut answers = ask(first);
    answers.extend(ask(kind.more_probes(step_context, &answers)));
    answers
}

/// Whether secrets can matter to the answer.
fn starts_something(ask: &Probe) -> bool {
    matches!(ask, Probe::Run(_) | Probe::Once(_) | Probe::Version(..))
}

/// Who does not answer soon is asked again, and longer, by the step itself.
fn glance(ask: &Probe, timeout: Option<Duration>) -> Option<Duration> {
    match ask {
        Probe::Get(_) | Probe::Process(..) => Some(timeout.unwrap_or(GLANCE).min(GLANCE)),
        _ => timeout,
    }
}
