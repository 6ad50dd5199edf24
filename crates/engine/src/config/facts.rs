//! Facts by their names: one that its step never publishes is a mistake of the file, and not worth a
//! run.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};

use schemars::SchemaGenerator;
use toml::Spanned;

use super::resolve::fill;
use super::{ConfigError, Source, StepDef, suggest};
use crate::vars::{Refuses, Scope, Vars};
use protocol::KindEntry;

/// Where a kind's schema says what it publishes, if that is the same for all its steps.
pub(crate) const KEY: &str = "x-facts";

/// What the steps of one target publish.
pub(super) struct Published<'a> {
    steps: &'a [StepDef],
    /// Made at the first question: most files name few facts.
    kinds: OnceCell<HashMap<&'a str, &'static KindEntry>>,
    /// By kind, since it takes its schema to know them.
    facts: RefCell<HashMap<&'static str, Option<Facts>>>,
}

/// The facts of a kind, each with what it is.
type Facts = BTreeMap<String, String>;

impl<'a> Published<'a> {
    pub(super) fn by(steps: &'a [StepDef]) -> Published<'a> {
        Published {
            steps,
            kinds: OnceCell::new(),
            facts: RefCell::default(),
        }
    }

    fn kind(&self, step: &str) -> Option<&'static KindEntry> {
        let all = || self.steps.iter().map(|step| (&*step.id, step.entry));
        let kinds = self.kinds.get_or_init(|| all().collect());
        kinds.get(step).copied()
    }

    /// Whether all facts that the steps name can be published.
    pub(super) fn check(&self, source: &Source) -> Result<(), ConfigError> {
        let waiting = self
            .steps
            .iter()
            .filter_map(|step| Some((step, step.waits.as_ref()?)));
        for (step, waits) in waiting {
            let refuses: Refuses =
                &|giver, fact| own(&step.id, giver, fact).or_else(|| self.lacks(giver, fact));
            let scope = waits.scope().own(step.entry.own_names).refusing(refuses);
            let filled = scope.fill(&mut step.with.clone());
            filled.map_err(|err| source.error(err.span, err.message))?;
            let scope = waits.scope().refusing(refuses);
            let mut texts = step.env.values();
            let filled = texts.try_for_each(|text| scope.text(text).map(drop));
            filled.map_err(|err| source.error(step.start..step.start, err.message))?;
        }
        Ok(())
    }

    /// The same for a text of the file.
    pub(super) fn check_text(
        &self,
        source: &Source,
        text: &Spanned<String>,
        vars: &Vars,
    ) -> Result<(), ConfigError> {
        let refuses: Refuses = &|step, fact| self.lacks(step, fact);
        fill(source, text, Scope::new(vars).refusing(refuses))
    }

    fn lacks(&self, step: &str, fact: &str) -> Option<String> {
        let entry = self.kind(step)?;
        let mut known = self.facts.borrow_mut();
        let facts = known.entry(entry.name).or_insert_with(|| published(entry));
        let published = facts.as_ref()?;
        let name = fact.split('.').next().unwrap_or(fact);
        if published.contains_key(name) {
            return None;
        }
        let names: Vec<&str> = published.keys().map(String::as_str).collect();
        let hint = suggest(name, names.iter().copied());
        let all = match names.is_empty() {
            true => "nothing".to_string(),
            false => names.join(", "),
        };
        let kind = entry.name;
        Some(format!(
            "step `{step}` publishes no `{fact}`{hint}; its kind, `{kind}`, publishes {all}"
        ))
    }
}

/// A step knows its own facts when it is done.
fn own(step: &str, giver: &str, fact: &str) -> Option<String> {
    (step == giver).then(|| {
        format!("step `{step}` names its own fact `{fact}`, which nobody knows before it is done")
    })
}

fn published(entry: &KindEntry) -> Option<Facts> {
    let schema = (entry.keys)(&mut SchemaGenerator::default());
    serde_json::from_value(schema.get(KEY)?.clone()).ok()
}
