//! A file as written -> a pipeline for one target: variables overridden and filled in, steps of
//! other targets left out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;

use super::everywhere;
use super::expand::{self, Defaults};
use super::goals::{goals, pools, urls};
use super::names;
use super::outputs::one_maker;
use super::raw::{self, File};
use super::reads::needs_of_readers;
use super::step::{Read, Reader};
use super::targets::{Variables, known};
use super::when;
use super::{Choices, ConfigError, Pipeline, Source, StepDef, suggest};
use crate::target::{Target, Targets};
use crate::vars::{Each, Scope, Vars};

/// Every id in the file, also those of other targets' steps.
pub(super) type Ids = HashSet<Arc<str>>;

/// The only format version there is.
const VERSION: u32 = 1;
/// What `${profile}` stands for if nobody says anything.
const PROFILE: &str = "local";

/// Makes the pipeline of one target.
pub(super) fn pipeline(
    source: &Arc<Source>,
    file: File,
    targets: Targets,
    mut choices: Choices,
) -> Result<Pipeline, ConfigError> {
    let File {
        root,
        vars,
        targets: by_target,
        defaults,
        steps,
        ..
    } = file;
    if *root.version.get_ref() != VERSION {
        let message = format!(
            "this xtask reads version {VERSION}, not {}",
            root.version.get_ref()
        );
        return Err(source.error(root.version.span(), message));
    }
    choices.profile = profile(source, &root.profiles, choices.profile)?;
    let name = root.name.get_ref().clone();
    let variables = Variables {
        shared: vars,
        by_target,
        name,
    };
    variables.check(source, &targets, &choices.set)?;
    let vars = Arc::new(variables.of(source, &targets, &choices.target, &choices)?);
    every_value(source, &vars)?;
    let reader = Reader {
        source,
        kinds: choices.kinds,
        defaults: Defaults::new(defaults),
    };
    let mut views = Views {
        source,
        targets: &targets,
        profiles: &root.profiles,
        variables: &variables,
        choices: &choices,
        others: HashMap::new(),
        reader,
    };
    let (mut steps, ids) = views.steps(steps, &vars)?;
    everywhere::add(source, &root.env, &mut steps, (&ids, &vars))?;
    let goals = goals(
        source,
        root.goals,
        &steps,
        &ids,
        (&targets, &choices.target),
    )?;
    let pools = pools(source, root.pools, &steps)?;
    let urls = urls(source, root.urls, &vars, (&targets, &choices.target))?;
    let access = access(source, root.access, &vars, (&targets, &choices.target))?;
    Ok(Pipeline {
        name: root.name.into_inner(),
        vars,
        goals,
        pools,
        urls,
        access,
        generate_secrets: root.generate_secrets,
        env_file: env_file(source, root.env_file)?,
        steps,
        declared: ids,
        target: choices.target,
        targets,
        source: source.clone(),
    })
}

/// The profile that was asked for, or the first one.
fn profile(source: &Source, all: &[Spanned<String>], given: String) -> Result<String, ConfigError> {
    let names = || all.iter().map(|name| name.get_ref().as_str());
    match (names().next(), given.as_str()) {
        (None, "") => Ok(PROFILE.to_string()),
        (Some(first), "") => Ok(first.to_string()),
        (Some(_), given) if !names().any(|name| name == given) => {
            let hint = suggest(given, names());
            let all: Vec<&str> = names().collect();
            let file = &source.name;
            Err(ConfigError(format!(
                "--profile {given}: {file} has no such profile{hint}; there are {}",
                all.join(", ")
            )))
        }
        _ => Ok(given),
    }
}

/// Where secrets are read from.
fn env_file(source: &Source, given: Option<Spanned<String>>) -> Result<String, ConfigError> {
    match given {
        Some(path) if path.get_ref().is_empty() => {
            let message = "`env_file` names no file; name one, or leave the line out for `.env`";
            Err(source.error(path.span(), message))
        }
        Some(path) => Ok(path.into_inner()),
        None => Ok(".env".to_string()),
    }
}

/// A variable that can't be filled in is wrong, used or not.
fn every_value(source: &Source, vars: &Vars) -> Result<(), ConfigError> {
    for variable in vars.values().filter(|variable| !variable.literal) {
        let scope = Scope::new(vars).each(Each::Open).own(true);
        let filled = scope.fill(&mut variable.value.clone());
        filled.map_err(|err| source.error(err.span, err.message))?;
    }
    Ok(())
}

/// What `access` tells on this target.
fn access(
    source: &Source,
    access: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    vars: &Vars,
    (targets, target): (&Targets, &Target),
) -> Result<Vec<String>, ConfigError> {
    let mut told = Vec::new();
    for (name, texts) in access {
        known(source, targets, name.get_ref(), name.span())?;
        for text in &texts {
            fill(source, text, vars)?;
            let here = targets.covers(name.get_ref(), &target.name);
            told.extend(here.then(|| (text.span().start, text.get_ref().clone())));
        }
    }
    told.sort();
    Ok(told.into_iter().map(|(_, text)| text).collect())
}

/// The file's steps as one target has them, and as others do where they differ.
struct Views<'a> {
    source: &'a Source,
    targets: &'a Targets,
    profiles: &'a [Spanned<String>],
    variables: &'a Variables,
    choices: &'a Choices,
    others: HashMap<String, Arc<Vars>>,
    reader: Reader<'a>,
}

impl Views<'_> {
    /// The steps of this target, and every id in the file.
    fn steps(
        &mut self,
        written: Vec<raw::Step>,
        vars: &Arc<Vars>,
    ) -> Result<(Vec<StepDef>, Ids), ConfigError> {
        let mut all = Vec::with_capacity(written.len());
        for step in written {
            for step in expand::each(self.source, step, vars)? {
                all.push(self.step(step, vars)?);
            }
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

    /// The step, and whether it applies. One that does not is read as one of its own targets has
    /// it, so that what is wrong with it is told everywhere.
    fn step(&mut self, step: raw::Step, vars: &Arc<Vars>) -> Result<(Read, bool), ConfigError> {
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
    fn view(
        &mut self,
        step: raw::Step,
        target: &str,
        vars: &Arc<Vars>,
    ) -> Result<Read, ConfigError> {
        let read = self.read(step, target, vars)?;
        when::valid(self.source, &read.when, self.profiles)?;
        Ok(read)
    }

    fn read(
        &mut self,
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
        if !self.others.contains_key(target) {
            let vars = self.variables.of(
                self.source,
                self.targets,
                &Target::named(target),
                self.choices,
            )?;
            self.others.insert(target.to_string(), Arc::new(vars));
        }
        let vars = self.others[target].clone();
        self.reader.read(step, &vars)
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
            let message = format!(
                "the id `{}` is taken by the step at {}; choose another",
                read.step.id,
                source.line(other.step.start)
            );
            return Err(source.error(read.id.clone(), message));
        }
    }
    Ok(ids)
}

pub(super) fn valid_id(source: &Source, id: &Spanned<String>) -> Result<(), ConfigError> {
    let fits = |c: char| c.is_alphanumeric() || "-_:/".contains(c);
    if !id.get_ref().is_empty() && id.get_ref().chars().all(fits) {
        return Ok(());
    }
    let message = format!(
        "the id `{}` may have letters, digits, `-`, `_`, `:` and `/` only",
        id.get_ref()
    );
    Err(source.error(id.span(), message))
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

/// Fills in the variables of one text.
pub(super) fn fill(
    source: &Source,
    text: &Spanned<String>,
    vars: &Vars,
) -> Result<String, ConfigError> {
    let filled = Scope::new(vars).text(text.get_ref());
    filled.map_err(|err| source.error(place(err.span, text), err.message))
}

/// Where in a text, or in a variable that it names, something is wrong.
fn place(span: Range<usize>, text: &Spanned<String>) -> Range<usize> {
    if span == (0..0) { text.span() } else { span }
}
