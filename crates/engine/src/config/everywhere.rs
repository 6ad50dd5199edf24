//! `[env]`: variables that steps have without saying so.

use std::collections::{BTreeMap, HashMap, HashSet};
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
    let mut needed_by: HashMap<Arc<str>, Vec<&Arc<str>>> = HashMap::new();
    for step in steps {
        for need in graph::needs(step) {
            needed_by.entry(need).or_default().push(&step.id);
        }
    }
    let (mut open, mut behind) = (vec![giver], HashSet::new());
    while let Some(step) = open.pop() {
        let next = needed_by.get(step).into_iter().flatten();
        open.extend(next.filter(|next| behind.insert(Arc::clone(next))));
    }
    // Where steps go round in a circle, which is refused later.
    behind.remove(giver);
    behind
}
