//! The steps of a file as one target has them: one for each item of `each`, those of other targets
//! read and left out, each id once, needs by id.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use toml::Spanned;

use super::expand;
use super::names;
use super::outputs::one_maker;
use super::raw;
use super::reads::needs_of_readers;
use super::resolve::Ids;
use super::step::{Read, Reader};
use super::targets::{Variables, known};
use super::when;
use super::{Choices, ConfigError, Source, StepDef, suggest};
use crate::parallel;
use crate::target::{Target, Targets};
use crate::vars::Vars;

/// Fewer steps than this are not worth a thread.
pub(super) const WORTH_A_THREAD: usize = 500;

/// The file's steps as one target has them, and as others do where they differ.
pub(super) struct Views<'a> {
    pub source: &'a Source,
    pub targets: &'a Targets,
    pub profiles: &'a [Spanned<String>],
    pub variables: &'a Variables,
    pub choices: &'a Choices,
    pub others: Mutex<HashMap<String, Arc<Vars>>>,
    pub reader: Reader<'a>,
}

impl Views<'_> {
    /// The steps of this target, and every id in the file.
    pub(super) fn steps(
        &self,
        written: Vec<raw::Step>,
        vars: &Arc<Vars>,
    ) -> Result<(Vec<StepDef>, Ids), ConfigError> {
        let mut all = Vec::with_capacity(written.len());
        let threads = parallel::threads(written.len(), WORTH_A_THREAD);
        for read in parallel::map(written, threads, |step| self.each(step, vars)) {
            all.extend(read?);
        }
        let ids = unique(self.source, self.targets, &all)?;
        let mut kept = Vec::with_capacity(all.len());
        let mut left_out: HashMap<Arc<str>, Vec<Arc<str>>> = HashMap::new();
        for (read, applies) in all {
            let mut step = read.step;
            step.needs = needs(self.source, &step.id, &read.needs, &ids)?;
            if applies {
                kept.push(step);
            } else {
                left_out.entry(step.id).or_default().extend(step.needs);
            }
        }
        inherit(&mut kept, left_out);
        one_maker(self.source, &kept)?;
        names::one_claimant(self.source, &kept)?;
        needs_of_readers(self.source, &mut kept)?;
        Ok((kept, ids))
    }

    /// One step for each item of its `each`.
    fn each(&self, step: raw::Step, vars: &Arc<Vars>) -> Result<Vec<(Read, bool)>, ConfigError> {
        let steps = expand::each(self.source, step, vars)?.into_iter();
        steps.map(|step| self.step(step, vars)).collect()
    }

    /// The step, and whether it applies. One that does not is read as one of its own targets has
    /// it, so that what is wrong with it is told everywhere.
    fn step(&self, step: raw::Step, vars: &Arc<Vars>) -> Result<(Read, bool), ConfigError> {
        let (source, targets) = (self.source, self.targets);
        let here = self.choices.target.name.as_str();
        let names = step.when_target();
        for name in &names {
            known(source, targets, name.get_ref(), name.span())?;
        }
        let applies = |target: &str| targets.any_covers(&names, target);
        let first = |holds: &dyn Fn(&str) -> bool| {
            let mut others = targets.list.iter().map(|other| other.name.as_str());
            others.find(|&other| holds(other))
        };
        let target = match applies(here) {
            true => here,
            false => first(&applies).unwrap_or(here),
        };
        let mut others = Vec::new();
        for name in expand::overrides(&step) {
            known(source, targets, name.get_ref(), name.span())?;
            let covers = |target: &str| targets.covers(name.get_ref(), target);
            if !covers(target) {
                others.extend(first(&|other| covers(other) && applies(other)));
            }
        }
        for other in others {
            self.view(step.clone(), other, vars)?;
        }
        let applies = applies(here);
        let read = self.view(step, target, vars)?;
        let applies = applies && when::applies(&read.when, &self.choices.profile);
        Ok((read, applies))
    }

    /// The step as a target has it. A name in its `when` that there is not would leave it out
    /// without a word.
    fn view(&self, step: raw::Step, target: &str, vars: &Arc<Vars>) -> Result<Read, ConfigError> {
        let read = self.read(step, target, vars)?;
        when::valid(self.source, &read.when, self.profiles)?;
        Ok(read)
    }

    fn read(
        &self,
        mut step: raw::Step,
        target: &str,
        vars: &Arc<Vars>,
    ) -> Result<Read, ConfigError> {
        expand::on_target(self.source, &mut step, |name| {
            self.targets.covers(name, target)
        })?;
        if *target == self.choices.target.name {
            return self.reader.read(step, vars);
        }
        self.reader.read(step, &self.vars_of(target)?)
    }

    /// The variables of another target, made at the first question.
    fn vars_of(&self, target: &str) -> Result<Arc<Vars>, ConfigError> {
        let mut others = self.others.lock().unwrap();
        if let Some(vars) = others.get(target) {
            return Ok(vars.clone());
        }
        let named = Target::named(target);
        let of = self
            .variables
            .of(self.source, self.targets, &named, self.choices);
        let vars = Arc::new(of?);
        others.insert(target.to_string(), vars.clone());
        Ok(vars)
    }
}

/// The ids by name. Two steps may share one only if no target, profile and system has both.
fn unique(source: &Source, targets: &Targets, steps: &[(Read, bool)]) -> Result<Ids, ConfigError> {
    let mut ids = Ids::with_capacity(steps.len());
    for (index, (read, _)) in steps.iter().enumerate() {
        if ids.insert(read.step.id.clone()) {
            continue;
        }
        let taken = |(other, _): &&(Read, bool)| {
            other.step.id == read.step.id && when::overlap(targets, &other.when, &read.when)
        };
        if let Some((other, _)) = steps[..index].iter().find(taken) {
            let names_item = source.text[read.id.clone()].contains("${each");
            let taken = taken_by(source, &read.step, &other.step, names_item);
            return Err(source.error(read.id.clone(), taken));
        }
    }
    Ok(ids)
}

fn taken_by(source: &Source, step: &StepDef, other: &StepDef, names_item: bool) -> String {
    let id = &step.id;
    match step.start == other.start {
        true if names_item => {
            format!(
                "two items of `each` make a step `{id}`; take one of them out, or name more of them in the id"
            )
        }
        true => format!("each item of `each` makes a step `{id}`; put `${{each}}` into the id"),
        false => format!(
            "the id `{id}` is taken by the step at {}; choose another",
            source.line(other.start)
        ),
    }
}

pub(super) fn valid_id(source: &Source, id: &Spanned<String>) -> Result<(), ConfigError> {
    let fits = |c: char| c.is_alphanumeric() || "-_:/".contains(c);
    let text = id.get_ref();
    let message = match !text.is_empty() && text.chars().all(fits) {
        true => return no_option(source, id),
        false => format!("the id `{text}` may have letters, digits, `-`, `_`, `:` and `/` only"),
    };
    Err(source.error(id.span(), message))
}

/// A name that no command line takes for an option.
pub(super) fn no_option(source: &Source, name: &Spanned<String>) -> Result<(), ConfigError> {
    if !name.get_ref().starts_with('-') {
        return Ok(());
    }
    let message = format!(
        "`{}` begins with `-`, so a command line would take it for an option; begin it with a letter or a digit",
        name.get_ref()
    );
    Err(source.error(name.span(), message))
}

fn needs(
    source: &Source,
    step: &str,
    needs: &[Spanned<String>],
    ids: &Ids,
) -> Result<Vec<Arc<str>>, ConfigError> {
    let find = |need: &Spanned<String>| {
        ids.get(need.get_ref().as_str()).cloned().ok_or_else(|| {
            let hint = suggest(need.get_ref(), ids.iter().map(|id| &**id));
            let message = format!(
                "step `{step}` needs unknown step `{}`{hint}",
                need.get_ref()
            );
            source.error(need.span(), message)
        })
    };
    needs.iter().map(find).collect()
}

/// Who needs a step that this target does not have needs what that one needs.
fn inherit(steps: &mut [StepDef], mut left_out: HashMap<Arc<str>, Vec<Arc<str>>>) {
    for step in steps.iter() {
        left_out.remove(&step.id);
    }
    for step in steps
        .iter_mut()
        .filter(|step| step.needs.iter().any(|need| left_out.contains_key(need)))
    {
        let (mut open, mut needs) = (std::mem::take(&mut step.needs), Vec::new());
        let mut seen = HashSet::new();
        open.reverse();
        while let Some(need) = open.pop() {
            if !seen.insert(need.clone()) {
                continue;
            }
            match left_out.get(&need) {
                Some(instead) => open.extend(instead.iter().cloned()),
                None => needs.push(need),
            }
        }
        step.needs = needs;
    }
}
