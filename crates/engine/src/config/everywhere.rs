//! `[env]`: variables that steps have without saying so.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use toml::Spanned;

use super::resolve::Ids;
use super::{ConfigError, Given, Source, StepDef, suggest, values};
use crate::graph;
use crate::vars::{Scope, Vars};

/// Adds to each step what its own `env` does not have. A variable that names a fact is for those
/// that need whoever tells it; where this target has no such step, it is for nobody.
pub(super) fn add(
    source: &Source,
    written: &BTreeMap<Spanned<String>, Spanned<String>>,
    steps: &mut [StepDef],
    (ids, vars): (&Ids, &Vars),
) -> Result<(), ConfigError> {
    for (name, text) in written {
        values::variable(source, name)?;
        let scope = Scope::new(vars);
        let filled = scope.text(text.get_ref());
        let filled = filled.map_err(|err| source.error(text.span(), err.message))?;
        values::value(source, text, &filled)?;
        let givers = givers(source, text, scope, ids)?;
        let behind = givers.iter().map(|giver| behind(steps, giver));
        let behind = behind.reduce(|all, more| all.intersection(&more).cloned().collect());
        let has_own = |step: &StepDef| step.env.contains_key(name.get_ref());
        for step in steps.iter_mut().filter(|step| !has_own(step)) {
            let name = name.get_ref().clone();
            match &behind {
                // What waits for facts is filled in once more.
                None if step.waits.is_some() => _ = step.env.insert(name, text.get_ref().clone()),
                None => _ = step.env.insert(name, filled.clone()),
                Some(behind) if behind.contains(&step.id) => {
                    let (text, by) = (text.clone(), givers.clone());
                    step.given.push(Given { name, text, by });
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// The steps whose facts the text names.
fn givers(
    source: &Source,
    text: &Spanned<String>,
    scope: Scope,
    ids: &Ids,
) -> Result<Vec<Arc<str>>, ConfigError> {
    let find = |id: String| {
        ids.get(id.as_str()).cloned().ok_or_else(|| {
            let hint = suggest(&id, ids.iter().map(|id| &**id));
            let message = format!("`[env]` uses a fact of `{id}`, and there is no such step{hint}");
            source.error(text.span(), message)
        })
    };
    scope.givers().into_iter().map(find).collect()
}

/// The steps that need this one, however far away.
fn behind(steps: &[StepDef], giver: &Arc<str>) -> HashSet<Arc<str>> {
    let mut behind = HashSet::from([giver.clone()]);
    loop {
        let needs = |step: &&StepDef| {
            let mut needs = graph::needs(step).into_iter();
            !behind.contains(&step.id) && needs.any(|need| behind.contains(&need))
        };
        let more: Vec<_> = steps
            .iter()
            .filter(needs)
            .map(|step| step.id.clone())
            .collect();
        if more.is_empty() {
            behind.remove(giver);
            return behind;
        }
        behind.extend(more);
    }
}
