//! A kind of step, and what its answers say about the step's effect.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Action, Answer, Cmd, Failure, Probe};

/// What a step tells those that need it: `${step.key}`, each with a type of its own.
pub type Facts = BTreeMap<String, Value>;

/// A fact as text: a text as it is, all else as JSON writes it.
pub fn fact_text(fact: &Value) -> String {
    fact.as_str()
        .map_or_else(|| fact.to_string(), str::to_string)
}

/// The first answer's output, or the failure that there is none.
pub fn answered(answers: &[Answer]) -> Result<&str, Failure> {
    let first = answers.first();
    first.and_then(Answer::stdout).ok_or_else(|| {
        let words = first.map_or(String::new(), Answer::trouble);
        Failure::new(format!("can't tell what is there: {words}"))
            .fix("make the tool answer and run the same command again")
    })
}

/// Facts from pairs of texts.
pub fn facts<const N: usize>(pairs: [(&str, &str); N]) -> Facts {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_string(), Value::from(value)))
        .collect()
}

/// Knows what may not be shown.
pub trait Hides: Sync {
    /// Whether a secret stands in the text.
    fn hides(&self, text: &str) -> bool;
}

/// Nothing is secret.
impl Hides for () {
    fn hides(&self, _: &str) -> bool {
        false
    }
}

/// What a kind may know about its step, besides its own `with`.
pub struct StepContext<'a> {
    /// The pipeline's name; ownership labels carry it.
    pub pipeline: &'a str,
    /// 12 hexadecimal digits that stand for the declared inputs, `with` and environment: the same
    /// in every clone.
    pub content: String,
    /// What the step published when it was last done.
    pub before: Option<&'a Facts>,
    /// What the answers before these came to, in the same attempt: a kind that saw trouble may ask
    /// for more.
    pub last: Option<&'a Effect>,
    /// What the acts of this attempt noted; nothing before they did.
    pub noted: Option<&'a Facts>,
    /// 12 hexadecimal digits that stand for this clone and its target: what other clones made, or
    /// this one for another target, carries others.
    pub clone: &'a str,
    /// Seconds since 1970, by this machine's clock.
    pub now: u64,
    /// The step is about to act or to be removed, so all that decides how is asked; a plan asks
    /// only whether the effect stands.
    pub acting: bool,
    /// The effect is to be removed.
    pub undo: bool,
    /// With `undo`: what holds the effect, such as a cluster, goes too.
    pub doomed: bool,
    /// With `undo`: what others put into the effect may go with it.
    pub all: bool,
    /// What is there already and not ours is to become ours.
    pub adopt: bool,
    /// What a kind compares may hold secrets: where one side does, it shows neither, since the other
    /// is likely to hold one that nobody here knows.
    pub secrets: &'a dyn Hides,
    /// The user agrees to what is asked about, such as a cluster that is not on this machine.
    pub yes: bool,
}

/// What the answers say about a step's effect.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is there; the sentence says how we know.
    Present(String, Facts),
    /// It is not there; the sentence says what is missing.
    Absent(String),
    /// It is coming; ask again.
    Pending(String),
    /// It does not come, and may yet: once the same failure has been told for so long, it is
    /// `Broken`.
    Degraded(Failure, Duration),
    /// It can't come without someone's help.
    Broken(Failure),
}

/// A table for the report of a run.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// The head.
    pub columns: Vec<String>,
    /// Texts or numbers.
    pub rows: Vec<Vec<Value>>,
}

/// A kind of step, parsed from its `with`.
pub trait Kind: Send + Sync {
    /// Globs the kind depends on, besides the step's `inputs`.
    fn inputs(&self) -> Vec<String> {
        Vec::new()
    }

    /// What no other step may have too, such as "the service `web`".
    fn claims(&self) -> Vec<String> {
        Vec::new()
    }

    /// The name of the background process that it keeps, if it keeps one.
    fn service(&self) -> Option<&str> {
        None
    }

    /// The folder that its program runs in, relative to pipeline.toml.
    fn cwd(&self) -> Option<&str> {
        None
    }

    /// The PATH that it gives its program, if it gives it one.
    fn search_path(&self) -> Option<&str> {
        None
    }

    /// Files, relative to pipeline.toml, that name more inputs.
    fn input_lists(&self) -> Vec<String> {
        Vec::new()
    }

    /// The globs that those files name, given their texts; an empty text for one that is not there.
    /// They are copied: modes count, where links lead, and folders, empty ones too; those in a
    /// folder if it is named as `NAME/**`.
    fn listed_inputs(&self, _texts: &[String]) -> Vec<String> {
        Vec::new()
    }

    /// Files that it writes, relative to pipeline.toml: they are outputs of the step, declared or not.
    fn writes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Programs whose path and content are part of the fingerprint.
    fn programs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Read-only questions whose answers tell whether the effect is there.
    /// Steps that ask the same question share one answer while planning, so ask for lists.
    fn probes(&self, _context: &StepContext) -> Vec<Probe> {
        Vec::new()
    }

    /// Further questions, where the first answers do not say enough; what they are answered comes
    /// behind those.
    fn more_probes(&self, _context: &StepContext, _answers: &[Answer]) -> Vec<Probe> {
        Vec::new()
    }

    /// A call that goes on, and prints another line whenever something moved that the effect depends
    /// on: while it is waited for, it is asked for again then, and once a second.
    fn watch(&self) -> Option<Cmd> {
        None
    }

    /// Reads the answers, in the order of [`Kind::probes`]. A kind without questions is judged by
    /// its outputs alone.
    fn assess(&self, _context: &StepContext, _answers: &[Answer]) -> Effect {
        Effect::Present("inputs unchanged".to_string(), Facts::new())
    }

    /// What the answers show in detail, such as the pods that are waited for: the report has it
    /// beside the step while it works and afterwards.
    fn table(&self, _answers: &[Answer]) -> Option<Table> {
        None
    }

    /// What brings the effect about, given what was answered.
    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure>;

    /// Questions for [`Kind::preview`]; they change nothing.
    fn preview_probes(&self, _context: &StepContext) -> Vec<Probe> {
        Vec::new()
    }

    /// Questions for [`Kind::underway`], asked again and again while a command of the actions takes
    /// longer than a few seconds, and once if it fails.
    fn meanwhile(&self, _context: &StepContext) -> Vec<Probe> {
        Vec::new()
    }

    /// What such a command waits for, which has gone on for so long: `Pending` is told; `Degraded` and
    /// `Broken` are told, and end it with that cause if they last.
    fn underway(&self, _context: &StepContext, _lasted: Duration, _answers: &[Answer]) -> Effect {
        Effect::Pending("it is under way".to_string())
    }

    /// What the actions would change, a line each: a plan shows it below the step.
    fn preview(&self, _context: &StepContext, _answers: &[Answer]) -> Vec<String> {
        Vec::new()
    }

    /// Who else is changing the effect right now, given what was answered. The step waits until
    /// they are done; if its patience ends first, this is why it failed.
    fn busy(&self, _context: &StepContext, _answers: &[Answer]) -> Option<Failure> {
        None
    }

    /// Questions for [`Kind::tidy`], asked once the actions were performed.
    fn tidy_probes(&self, _context: &StepContext) -> Vec<Probe> {
        Vec::new()
    }

    /// What is left to do then: names for what came of the actions, and older results that nobody
    /// needs. It saves space and work, so none of it can fail the step.
    fn tidy(&self, _context: &StepContext, _answers: &[Answer]) -> Vec<Action> {
        Vec::new()
    }

    /// Whether there is something to remove though it only checks. Else a check is not asked when
    /// things are removed: it may take long, and what it says is of no use then.
    fn leaves_something(&self) -> bool {
        false
    }

    /// What removes the effect, given what was answered; nothing if it is not there or not proven
    /// to be ours. No answer is a failure: silence does not mean that nothing is there.
    fn undo(&self, _context: &StepContext, _answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        Ok(Vec::new())
    }

    /// What [`Kind::undo`] leaves because nothing proves that it is ours, or because others need
    /// it: a sentence each.
    fn left(&self, _context: &StepContext, _answers: &[Answer]) -> Vec<String> {
        Vec::new()
    }

    /// Reads the answers after [`Kind::undo`]: `Absent` ends it, `Pending` asks again.
    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match self.assess(context, answers) {
            Effect::Present(..) => Effect::Pending("it is still there".to_string()),
            other => other,
        }
    }

    /// Whether what needs this step lives inside its effect and is gone when that is.
    fn hosts_dependents(&self) -> bool {
        false
    }

    /// What is told of an effect that did not come in time, from what was answered last. Given is
    /// what is told of any, with the advice to wait longer.
    fn overdue(&self, failure: Failure, _answers: &[Answer]) -> Failure {
        failure
    }

    /// Turns the output of a failed action into cause and fix; `None` leaves the tool's own words.
    fn diagnose(&self, _action: &Action, _output: &str) -> Option<Failure> {
        None
    }
}

/// A program and its arguments: at least the program.
pub fn argv<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let argv: Vec<String> = serde::Deserialize::deserialize(from)?;
    match argv.first() {
        Some(program) if !program.is_empty() => Ok(argv),
        _ => Err(serde::de::Error::custom("`argv` must begin with a program")),
    }
}
