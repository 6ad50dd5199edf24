//! Who reads what another step makes: it needs that step, said or not.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::views::WORTH_A_THREAD;
use super::{ConfigError, Source, StepDef};
use crate::files::links::Links;
use crate::files::{Names, Reads, normalized};
use crate::{fingerprint, graph, parallel};

/// If there are more names of files, nobody is asked for each whether it is a link: that would cost
/// more than all else that is done here.
const MOST_NAMES: usize = 10_000;

/// Adds the needs that follow from what steps read. What is made later by a step that needs the
/// reader is no input of it, unless it is named outright; then nobody could be first, and that is
/// refused.
pub(super) fn needs_of_readers(source: &Source, steps: &mut [StepDef]) -> Result<(), ConfigError> {
    let Found { implied, later, .. } = found(source, steps)?;
    for (reader, maker) in implied {
        let need = steps[maker].id.clone();
        steps[reader].needs.push(need);
    }
    for (reader, output) in later {
        steps[reader].later.push(output);
    }
    Ok(())
}

/// Readers, and makers that they should have waited for: of a folder that was not there nobody could
/// tell that a pattern such as `**/*.c` looks into it.
pub(crate) fn missed(source: &Source, steps: &[StepDef]) -> Vec<(usize, usize)> {
    found(source, steps).map_or(Vec::new(), |found| found.implied)
}

fn found(source: &Source, steps: &[StepDef]) -> Result<Found, ConfigError> {
    let names: usize = steps.iter().map(|step| step.inputs.len()).sum();
    let links = Links::new(&source.dir, names <= MOST_NAMES);
    // A link among the outputs is what its step makes; what it leads to, another one does.
    let led = outputs_led(steps, &Links::new(&source.dir, false));
    let makers = makers(steps, &led);
    if makers.is_empty() {
        return Ok(Found::default());
    }
    let threads = parallel::threads(steps.len(), WORTH_A_THREAD);
    let read = parallel::map(steps, threads, |step| {
        let read = [read_by(step), listed(step, &source.dir)].into_iter();
        read.flat_map(|patterns| made_for(patterns, &links, &makers, &source.dir))
            .collect::<Vec<_>>()
    });
    let mut found = Found::new(steps);
    for (reader, read) in read.into_iter().enumerate() {
        for made in read.into_iter().filter(|made| made.maker != reader) {
            found.note(source, steps, reader, made)?;
        }
    }
    Ok(found)
}

/// An output that a step reads.
struct Made<'n> {
    output: &'n str,
    maker: usize,
    /// By its name, not by a pattern that happens to fit.
    is_named: bool,
}

/// What these patterns read of what steps make: as they are written, and as they are without links.
fn made_for<'n>(
    mut patterns: Vec<String>,
    links: &Links,
    makers: &Names<'n>,
    root: &Path,
) -> Vec<Made<'n>> {
    patterns.extend(links.led(&patterns));
    if makers.are_apart_from(&patterns) {
        return Vec::new();
    }
    let reads = Reads::new(&patterns, &root.to_string_lossy());
    let made = |(output, maker)| Made {
        is_named: reads.is_named(output),
        output,
        maker,
    };
    let is_folder = |above: &str, output: &str| is_folder(root, above, output);
    let read = reads.among(makers, &is_folder).into_iter();
    read.map(made).collect()
}

/// Whether an output is a folder, so that files in it may be read by their names alone. One that
/// is not there yet is taken for one if it looks like one, and lies where that pattern looks.
fn is_folder(root: &Path, above: &str, output: &str) -> bool {
    match fs::metadata(root.join(output)) {
        Ok(meta) => meta.is_dir(),
        Err(_) => !above.is_empty() && Path::new(output).extension().is_none(),
    }
}

/// The patterns of all that a step reads before it runs: its inputs, its kind's, and programs of
/// the pipeline's own.
fn read_by(step: &StepDef) -> Vec<String> {
    let mut patterns = step.inputs.clone();
    patterns.extend(
        step.kind
            .inputs()
            .into_iter()
            .filter(|text| !text.contains("${")),
    );
    patterns.extend(programs_of(step));
    patterns
}

/// Those that files name rather than pipeline.toml, as a Dockerfile does, with these files. What
/// they leave out, others may still read.
fn listed(step: &StepDef, root: &Path) -> Vec<String> {
    let text = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let mut listed = step.kind.input_lists();
    listed.extend(fingerprint::listed_inputs(&*step.kind, text));
    listed.retain(|path| !path.contains("${"));
    listed
}

/// Where programs of the pipeline's own may lie: those called by a path, and those that are looked
/// up in folders of it.
fn programs_of(step: &StepDef) -> Vec<String> {
    let is_known = |text: &&str| !text.contains("${");
    let Some(cwd) = Some(step.kind.cwd().unwrap_or_default()).filter(is_known) else {
        return Vec::new();
    };
    let path = step.kind.search_path();
    let path = path.or_else(|| step.env.get("PATH").map(String::as_str));
    let folders = path.unwrap_or_default().split(':');
    let folders: Vec<&str> = folders
        .filter(is_known)
        .filter(|folder| !folder.is_empty())
        .collect();
    let programs = step.kind.programs().into_iter().filter(is_known);
    let places = programs.flat_map(|program| match program.contains('/') {
        true => vec![program.to_string()],
        false => folders
            .iter()
            .map(|folder| format!("{folder}/{program}"))
            .collect(),
    });
    let below = |place: String| match cwd.is_empty() || place.starts_with('/') {
        true => place,
        false => normalized(&format!("{cwd}/{place}"), ""),
    };
    places.map(below).collect()
}

/// Outputs behind links as they are without them, with the steps that make them.
fn outputs_led(steps: &[StepDef], links: &Links) -> Vec<(String, usize)> {
    let led = |(index, step): (usize, &StepDef)| {
        let led = links.led(&step.outputs).into_iter();
        led.map(|output| (output, index)).collect::<Vec<_>>()
    };
    steps.iter().enumerate().flat_map(led).collect()
}

/// Output -> the step that makes it.
fn makers<'n>(steps: &'n [StepDef], led: &'n [(String, usize)]) -> Names<'n> {
    let by_step = steps.iter().enumerate();
    let names =
        by_step.flat_map(|(index, step)| step.outputs.iter().map(move |output| (&**output, index)));
    let led = led.iter().map(|(output, index)| (&**output, *index));
    names.chain(led).collect()
}

/// What is found step by step.
#[derive(Default)]
struct Found {
    /// Per step what it needs: what it says, and what was found so far.
    needs: Vec<Vec<usize>>,
    /// Every step needs only steps that stand before it in the file.
    is_sorted: bool,
    /// Reader and maker.
    implied: Vec<(usize, usize)>,
    /// Reader and output.
    later: Vec<(usize, String)>,
}

impl Found {
    fn new(steps: &[StepDef]) -> Found {
        let ids = steps.iter().enumerate();
        let index: HashMap<&str, usize> = ids.map(|(at, step)| (&*step.id, at)).collect();
        let needs = |step| {
            let ids = graph::needs(step).into_iter();
            ids.filter_map(|id| index.get(&*id).copied()).collect()
        };
        let needs: Vec<Vec<usize>> = steps.iter().map(needs).collect();
        let is_before = |(at, needs): (usize, &Vec<usize>)| needs.iter().all(|&need| need < at);
        Found {
            is_sorted: needs.iter().enumerate().all(is_before),
            needs,
            implied: Vec::new(),
            later: Vec::new(),
        }
    }

    fn note(
        &mut self,
        source: &Source,
        steps: &[StepDef],
        reader: usize,
        made: Made,
    ) -> Result<(), ConfigError> {
        let Made { output, maker, .. } = made;
        let (one, other) = (&steps[reader], &steps[maker]);
        if self.leads(reader, maker) {
            return Ok(());
        }
        if !self.leads(maker, reader) {
            self.needs[reader].push(maker);
            self.implied.push((reader, maker));
            self.is_sorted &= maker < reader;
        } else if made.is_named || self.implied.contains(&(maker, reader)) {
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

    /// Whether a step needs another, however far away.
    fn leads(&self, from: usize, to: usize) -> bool {
        if self.needs[from].contains(&to) {
            return true;
        }
        let (mut open, mut seen) = (vec![from], HashSet::new());
        while let Some(step) = open.pop() {
            if step == to {
                return true;
            }
            let comes_too_early = self.is_sorted && step < to;
            if !comes_too_early && seen.insert(step) {
                open.extend(&self.needs[step]);
            }
        }
        false
    }
}
