//! Whether the outputs of all steps go together.

use std::collections::HashMap;
use std::path::Path;

use super::{ConfigError, Source, StepDef};

/// Two steps that make the same file, or one within the other's folder, would undo each other's
/// work for ever.
pub(super) fn one_maker(source: &Source, steps: &[StepDef]) -> Result<(), ConfigError> {
    let makes = |step: &'_ StepDef, path: &str| step.outputs.iter().any(|output| output == path);
    let mut makers: HashMap<&str, &StepDef> = HashMap::new();
    for step in steps {
        for output in &step.outputs {
            if let Some(other) = makers.insert(output, step) {
                let message = format!(
                    "`{output}` is an output of `{}` and of `{}`; only one step may make it",
                    other.id, step.id
                );
                return Err(source.error(step.start..step.start, message));
            }
        }
    }
    for step in steps {
        let folders = |output| {
            Path::new(output)
                .ancestors()
                .skip(1)
                .filter_map(Path::to_str)
        };
        let outer = step.outputs.iter().flat_map(folders);
        for folder in outer.filter(|folder| !makes(step, folder)) {
            if let Some(other) = makers.get(folder) {
                let message = format!(
                    "step `{}` makes something in `{folder}`, which `{}` makes with all that is in it; \
                     let one of them make all, or name the files",
                    step.id, other.id
                );
                return Err(source.error(step.start..step.start, message));
            }
        }
    }
    Ok(())
}
