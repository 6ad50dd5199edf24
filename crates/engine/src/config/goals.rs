//! `[goals]`, `[urls]` and `[pools]` for one target.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use toml::Spanned;

use super::facts::Published;
use super::names;
use super::resolve::Ids;
use super::targets::known;
use super::{ConfigError, Goal, Source, StepDef, raw, suggest};
use crate::target::{Target, Targets};
use crate::vars::Vars;

/// The goals of one target.
pub(super) fn goals(
    source: &Source,
    goals: BTreeMap<Spanned<String>, Spanned<raw::Goal>>,
    steps: &[StepDef],
    declared: &Ids,
    here: (&Targets, &Target),
) -> Result<BTreeMap<String, Goal>, ConfigError> {
    let made = |goal: &Spanned<raw::Goal>| !matches!(goal.get_ref(), raw::Goal::Undo(_));
    let makes = goals.iter().filter(|(_, goal)| made(goal));
    let names: Vec<String> = makes.map(|(name, _)| name.get_ref().clone()).collect();
    let mut upstream = BTreeMap::new();
    for (name, goal) in goals {
        names::goal(source, &name, declared)?;
        let span = goal.span();
        let wanted = match goal.into_inner() {
            raw::Goal::Steps(steps) => Some(Goal::Reach(steps)),
            raw::Goal::ByTarget(table) => by_target(source, table, &span, here)?,
            raw::Goal::Undo(table) => Some(undo(source, table, &span, &names)?),
        };
        let wanted = match wanted {
            Some(Goal::Reach(ids)) => {
                ids.iter()
                    .try_for_each(|id| known_step(source, name.get_ref(), id, &span, declared))?;
                those_here(ids, steps)
            }
            other => other,
        };
        upstream.extend(wanted.map(|wanted| (name.into_inner(), wanted)));
    }
    Ok(upstream)
}

fn by_target(
    source: &Source,
    mut table: BTreeMap<String, Vec<String>>,
    span: &Range<usize>,
    here: (&Targets, &Target),
) -> Result<Option<Goal>, ConfigError> {
    if table.contains_key("undo") && here.0.find("undo").is_none() {
        let message =
            "`undo` takes the name of one goal, as in `{ undo = \"up\" }`: one goal undoes one";
        return Err(source.error(span.clone(), message));
    }
    for name in table.keys().filter(|name| *name != "default") {
        known(source, here.0, name, span.clone())?;
    }
    Ok(chosen(&mut table, here).map(Goal::Reach))
}

/// What a table has for this target, for a group with it, or for all others.
fn chosen<T>(table: &mut BTreeMap<String, T>, (targets, target): (&Targets, &Target)) -> Option<T> {
    let own = table.remove(&target.name);
    let group = || {
        let name = table.keys().find(|name| targets.covers(name, &target.name));
        name.cloned().and_then(|name| table.remove(&name))
    };
    own.or_else(group).or_else(|| table.remove("default"))
}

fn undo(
    source: &Source,
    mut table: BTreeMap<String, String>,
    span: &Range<usize>,
    names: &[String],
) -> Result<Goal, ConfigError> {
    let Some(goal) = table.remove("undo").filter(|_| table.is_empty()) else {
        return Err(source.error(
            span.clone(),
            "a goal is a list of steps, a table of them by target, or `{ undo = \"goal\" }`",
        ));
    };
    if !names.contains(&goal) {
        let hint = suggest(&goal, names.iter().map(String::as_str));
        let message = format!(
            "`{goal}`{hint} is no goal that makes anything, so nothing of it can be undone"
        );
        return Err(source.error(span.clone(), message));
    }
    Ok(Goal::Undo(goal))
}

fn known_step(
    source: &Source,
    goal: &str,
    id: &str,
    span: &Range<usize>,
    declared: &Ids,
) -> Result<(), ConfigError> {
    if declared.contains(id) {
        return Ok(());
    }
    let hint = suggest(id, declared.iter().map(|id| &**id));
    Err(source.error(
        span.clone(),
        format!("goal `{goal}` wants unknown step `{id}`{hint}"),
    ))
}

/// The steps of a goal that this target has; a goal of which it has none is no goal here.
fn those_here(ids: Vec<String>, steps: &[StepDef]) -> Option<Goal> {
    let all = ids.is_empty();
    let known: HashSet<&str> = steps.iter().map(|step| &*step.id).collect();
    let ids: Vec<String> = ids
        .into_iter()
        .filter(|id| known.contains(id.as_str()))
        .collect();
    (all || !ids.is_empty()).then_some(Goal::Reach(ids))
}

/// The addresses of one target, names in them not filled in yet.
pub(super) fn urls(
    source: &Source,
    urls: BTreeMap<String, Spanned<raw::Url>>,
    (vars, published): (&Vars, &Published),
    here: (&Targets, &Target),
) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut upstream = BTreeMap::new();
    for (name, url) in urls {
        let span = url.span();
        let text = match url.into_inner() {
            raw::Url::Same(text) => Some(text),
            raw::Url::ByTarget(mut table) => chosen(&mut table, here),
        };
        if let Some(text) = text {
            let text = Spanned::new(span, text);
            published.check_text(source, &text, vars)?;
            upstream.insert(name, text.into_inner());
        }
    }
    Ok(upstream)
}

/// The pools, each with room for at least one.
pub(super) fn pools(
    source: &Source,
    pools: BTreeMap<String, Spanned<usize>>,
    steps: &[StepDef],
) -> Result<BTreeMap<String, usize>, ConfigError> {
    for step in steps {
        if let Some(pool) = step.pool.as_ref().filter(|pool| !pools.contains_key(*pool)) {
            let hint = suggest(pool, pools.keys().map(String::as_str));
            let message = format!(
                "step `{}` is in unknown pool `{pool}`{hint}; declare it under [pools]",
                step.id
            );
            return Err(source.error(step.start..step.start, message));
        }
    }
    let upstream = pools.into_iter().map(|(name, size)| match size.get_ref() {
        0 => Err(source.error(
            size.span(),
            format!("pool `{name}` has room for none; write 1 or more"),
        )),
        size => Ok((name, *size)),
    });
    upstream.collect()
}
