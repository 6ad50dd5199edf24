//! A file as written -> a pipeline for one target: variables overridden and filled in, steps of
//! other targets left out.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use toml::Spanned;

use super::everywhere;
use super::expand::Defaults;
use super::facts::Published;
use super::goals::{goals, pools, urls};

use super::raw::File;

use super::step::Reader;
use super::targets::{Variables, known};
use super::views::Views;
use super::{Choices, ConfigError, Pipeline, Source, suggest};

use crate::target::{Target, Targets};
use crate::vars::{Each, Scope, Vars};

/// Every id in the file, also those of other targets' steps.
pub(super) type Ids = HashSet<Arc<str>>;

/// The only format version there is.
const VERSION: u32 = 1;
/// What `${profile}` stands for if nobody says anything.
pub(super) const PROFILE: &str = "local";

/// Where secrets are read from if nothing is said.
pub(crate) const ENV_FILE: &str = ".env";

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
    if root.name.get_ref().trim().is_empty() {
        let message = "`name` is empty; what the pipeline makes is marked with it, so give it one";
        return Err(source.error(root.name.span(), message));
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
    let views = Views {
        source,
        targets: &targets,
        profiles: &root.profiles,
        variables: &variables,
        choices: &choices,
        others: Mutex::default(),
        reader,
    };
    let (mut steps, ids) = views.steps(steps, &vars)?;
    everywhere::add(source, &root.env, &mut steps, (&ids, &vars))?;
    let published = Published::by(&steps);
    published.check(source)?;
    let mut texts = root.env.values();
    texts.try_for_each(|text| published.check_text(source, text, &vars))?;
    let declared_goals = root.goals.keys().map(|name| name.get_ref().clone());
    let declared_goals = declared_goals.collect();
    let goals = goals(
        source,
        root.goals,
        &steps,
        &ids,
        (&targets, &choices.target),
    )?;
    let pools = pools(source, root.pools, &steps)?;
    let urls = urls(
        source,
        root.urls,
        (&vars, &published),
        (&targets, &choices.target),
    )?;
    let access = access(
        source,
        root.access,
        (&vars, &published),
        (&targets, &choices.target),
    )?;
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
        declared_goals,
        target: choices.target,
        targets,
        source: source.clone(),
    })
}

/// The profile that was asked for, or the first one.
fn profile(source: &Source, all: &[Spanned<String>], given: String) -> Result<String, ConfigError> {
    let names = || all.iter().map(|name| name.get_ref().as_str());
    match (names().next(), given.as_str()) {
        (None, "" | PROFILE) => Ok(PROFILE.to_string()),
        (None, given) => Err(ConfigError(format!(
            "--profile {given}: {} declares no profiles; list them at its top, as in `profiles = [\"{PROFILE}\", \"{given}\"]`",
            source.name
        ))),
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
        None => Ok(ENV_FILE.to_string()),
    }
}

/// A variable that can't be filled in is wrong, used or not.
fn every_value(source: &Source, vars: &Vars) -> Result<(), ConfigError> {
    let scope = Scope::new(vars).each(Each::Open).own(true);
    for variable in vars.values().filter(|variable| !variable.literal) {
        let filled = scope.fill(&mut variable.value.clone());
        filled.map_err(|err| source.error(err.span, err.message))?;
    }
    Ok(())
}

/// What `access` tells on this target.
fn access(
    source: &Source,
    access: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    (vars, published): (&Vars, &Published),
    (targets, target): (&Targets, &Target),
) -> Result<Vec<String>, ConfigError> {
    let mut told = Vec::new();
    for (name, texts) in access {
        known(source, targets, name.get_ref(), name.span())?;
        let here = targets.covers(name.get_ref(), &target.name);
        for text in &texts {
            match here {
                true => published.check_text(source, text, vars)?,
                false => fill(source, text, Scope::new(vars))?,
            }
            told.extend(here.then(|| (text.span().start, text.get_ref().clone())));
        }
    }
    told.sort();
    Ok(told.into_iter().map(|(_, text)| text).collect())
}

/// Refuses a text that can't be filled in there.
pub(super) fn fill(
    source: &Source,
    text: &Spanned<String>,
    scope: Scope,
) -> Result<(), ConfigError> {
    let filled = scope.text(text.get_ref()).map(drop);
    filled.map_err(|err| source.error(place(err.span, text), err.message))
}

/// Where in a text, or in a variable that it names, something is wrong.
fn place(span: Range<usize>, text: &Spanned<String>) -> Range<usize> {
    if span == (0..0) { text.span() } else { span }
}
