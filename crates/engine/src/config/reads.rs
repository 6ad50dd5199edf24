//! Who reads what another step makes: it needs that step, said or not. Knows names and patterns, not what lies there.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{ConfigError, Source, StepDef};
use crate::files::Reads;
use crate::graph;

/// Adds the needs that follow from what steps read. What is made later by a step that needs the reader is no input of it, unless it
/// is named outright; then nobody could be first, and that is refused.
pub(super) fn needs_of_readers(source: &Source, steps: &mut [StepDef]) -> Result<(), ConfigError> {
    let makers = makers(steps);
    if makers.is_empty() {
        return Ok(());
    }
    let root = source.dir.to_string_lossy().into_owned();
    let mut found = Found::default();
    for reader in 0..steps.len() {
        let reads = Reads::new(&read_by(&steps[reader]), &root);
        for (output, maker) in reads.among(&makers) {
            if maker != reader {
                found.note(source, steps, (reader, maker, output, &reads))?;
            }
        }
    }
    let Found { needs, later } = found;
    for (reader, need) in needs {
        steps[reader].needs.push(need);
    }
    for (reader, output) in later {
        steps[reader].later.push(output);
    }
    Ok(())
}

/// The patterns of all that a step reads before it runs: its inputs, its kind's, and programs of the pipeline's own.
fn read_by(step: &StepDef) -> Vec<String> {
    let programs = step.kind.programs().into_iter();
    let own = programs.filter(|program| program.contains('/') && !program.contains("${"));
    let mut patterns = step.inputs.clone();
    patterns.extend(
        step.kind
            .inputs()
            .into_iter()
            .filter(|text| !text.contains("${")),
    );
    patterns.extend(own.map(str::to_string));
    patterns
}

/// Output -> the step that makes it.
fn makers(steps: &[StepDef]) -> BTreeMap<String, usize> {
    let outputs = |(index, step): (usize, &StepDef)| {
        let outputs = step.outputs.clone().into_iter();
        outputs.map(move |output| (output, index))
    };
    steps.iter().enumerate().flat_map(outputs).collect()
}

#[derive(Default)]
struct Found {
    needs: Vec<(usize, Arc<str>)>,
    later: Vec<(usize, String)>,
}

impl Found {
    fn note(
        &mut self,
        source: &Source,
        steps: &[StepDef],
        (reader, maker, output, reads): (usize, usize, &str, &Reads),
    ) -> Result<(), ConfigError> {
        let (one, other) = (&steps[reader], &steps[maker]);
        if one.needs.contains(&other.id) || self.leads(steps, reader, maker) {
            return Ok(());
        }
        if !self.leads(steps, maker, reader) {
            self.needs.push((reader, other.id.clone()));
        } else if reads.is_named(output) || self.implied(maker, &one.id) {
            let message = format!(
                "step `{}` reads {output}, which `{}` makes, and that one needs `{}` or reads what it makes: nobody could be first; \
                 take it out with \"!{output}\" in the `inputs` of `{}`",
                one.id, other.id, one.id, one.id
            );
            return Err(source.error(one.start..one.start, message));
        } else {
            self.later.push((reader, output.to_string()));
        }
        Ok(())
    }

    /// Whether a step needs this one only because it reads what it makes.
    fn implied(&self, step: usize, need: &Arc<str>) -> bool {
        self.needs
            .iter()
            .any(|(reader, id)| *reader == step && id == need)
    }

    /// Whether a step needs another, however far away.
    fn leads(&self, steps: &[StepDef], from: usize, to: usize) -> bool {
        let index: HashMap<&str, usize> = steps
            .iter()
            .enumerate()
            .map(|(at, step)| (&*step.id, at))
            .collect();
        let (mut open, mut seen) = (vec![from], HashSet::new());
        while let Some(step) = open.pop() {
            if step == to {
                return true;
            }
            if !seen.insert(step) {
                continue;
            }
            let implied = self.needs.iter().filter(|(reader, _)| *reader == step);
            let needs = graph::needs(&steps[step])
                .into_iter()
                .chain(implied.map(|(_, id)| id.clone()));
            open.extend(needs.filter_map(|id| index.get(&*id).copied()));
        }
        false
    }
}
