//! Names that collide: variables with the engine's own, goals with steps, and what two steps both
//! claim.

use std::collections::HashMap;

use toml::Spanned;

use super::resolve::Ids;
use super::views::no_option;
use super::{ConfigError, Source, StepDef, raw};

/// The variables that the engine sets itself, each with what chooses its value.
const OWN: [(&str, &str); 8] = [
    ("target", "--target"),
    ("profile", "--profile"),
    ("context", "--target context:NAME"),
    ("state", "PIPELINE_STATE_DIR"),
    ("root", "the place of pipeline.toml"),
    ("name", "`name` at the top of pipeline.toml"),
    ("each", "a step's `each`"),
    ("self", "the step at work"),
];

/// What the engine itself reads from the environment, or gives to its services there.
const READ: [&str; 4] = [
    "PIPELINE_STATE_DIR",
    "PIPELINE_SERVICE",
    "PIPELINE_SERVICE_PORT",
    "PIPELINE_SERVICE_DIGEST",
];

/// What chooses the value of one of the engine's own variables, if it is one.
pub(super) fn chosen_by(variable: &str) -> Option<&'static str> {
    let own = OWN.iter().find(|(own, _)| *own == variable);
    own.map(|(_, by)| *by)
}

/// The variable of the environment that overrides a variable.
pub(super) fn in_environment(variable: &str) -> String {
    format!("PIPELINE_{}", variable.to_uppercase().replace('-', "_"))
}

/// Variables that are neither the engine's own nor overridden together with another one.
pub(super) fn variables<'v>(
    source: &Source,
    declared: impl Iterator<Item = &'v raw::Variable>,
) -> Result<(), ConfigError> {
    let mut overriding: HashMap<String, &str> = HashMap::new();
    for (key, _) in declared {
        let (name, refused) = (key.get_ref(), |why| Err(source.error(key.span(), why)));
        if let Some(by) = chosen_by(name) {
            return refused(format!(
                "`{name}` is a variable that xtask sets itself ({by} decides); call yours otherwise"
            ));
        }
        let variable = in_environment(name);
        if READ.contains(&variable.as_str()) {
            return refused(format!(
                "the variable `{name}` would be overridden by {variable}, which xtask has another use for; \
                 call it otherwise"
            ));
        }
        if let Some(other) = overriding
            .insert(variable.clone(), name)
            .filter(|other| other != name)
        {
            return refused(format!(
                "{variable} would override both `{other}` and `{name}`; rename one of them"
            ));
        }
    }
    Ok(())
}

/// A goal that has no step's name, so that `run NAME` can only mean one of them.
pub(super) fn goal(source: &Source, goal: &Spanned<String>, ids: &Ids) -> Result<(), ConfigError> {
    no_option(source, goal)?;
    let name = goal.get_ref();
    match ids.contains(name.as_str()) {
        true => Err(source.error(
            goal.span(),
            format!("`{name}` is a goal and a step too, so `run {name}` could mean either; rename one of them"),
        )),
        false => Ok(()),
    }
}

/// What only one step may have, such as a service of a name, is had by one only. What waits for a
/// fact is known too late.
pub(super) fn one_claimant(source: &Source, steps: &[StepDef]) -> Result<(), ConfigError> {
    let mut claimants: HashMap<String, &StepDef> = HashMap::new();
    for step in steps {
        let claims = step.kind.claims().into_iter();
        for claim in claims.filter(|claim| !claim.contains("${")) {
            if let Some(other) = claimants.insert(claim.clone(), step) {
                let place = source.line(other.start);
                let message = format!(
                    "step `{}` has {claim}, and so has step `{}` at {place}; they would undo each other's work, \
                     so name them apart",
                    step.id, other.id
                );
                return Err(source.error(step.with.span(), message));
            }
        }
    }
    Ok(())
}
