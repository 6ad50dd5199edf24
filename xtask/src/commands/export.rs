//! `export`: the steps of a goal as another system's workflow, one file for each system. Changes
//! nothing.
//!
//! The other system only calls xtask, step by step, on one work folder: what runs, what is skipped
//! and what is proven stays xtask's business, so a workflow that is started again goes on where it
//! was.

mod argo;
mod github_actions;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::open;
use crate::cli::{ExportFormat, Global};
use engine::called;
use engine::config::{ConfigError, Pipeline, StepDef};
use engine::graph::{self, Graph, StepId};
use protocol::{Nature, StepContext, shell_word};

/// What every form needs.
struct Export<'a> {
    pipeline: &'a Pipeline,
    graph: &'a Graph,
    /// The goals or steps, as one name.
    goal: String,
    /// The command line that made it.
    made_by: String,
    /// What comes behind `xtask run STEP`.
    flags: Vec<String>,
    /// The journal, as the other machine has it.
    journal: String,
    /// The folder of its steps' logs.
    logs: String,
}

/// For asking a kind what it would ask.
const NOBODY: StepContext<'static> = StepContext {
    pipeline: "",
    content: String::new(),
    before: None,
    last: None,
    noted: None,
    clone: "",
    now: 0,
    acting: false,
    undo: false,
    doomed: false,
    all: false,
    adopt: false,
    secrets: &(),
    yes: false,
};

/// Prints the workflow.
pub(super) fn print(global: &Global, format: ExportFormat, wanted: &[String]) -> Result<u8> {
    let (pipeline, state, _) = open::pipeline(global)?;
    let (graph, undo) = open::graph(&pipeline, wanted)?;
    let goal = wanted.join("-");
    if undo {
        let message = format!(
            "{goal} removes what was made: that is one command, `cargo xtask run {}`, and no workflow",
            wanted.join(" ")
        );
        return Err(ConfigError(message).into());
    }
    let steps = || graph.order.iter().map(|&index| &pipeline.steps[index]);
    if let Some(step) = steps().find(|step| step.kind.service().is_some()) {
        let message = format!(
            "`{}` keeps a process running on this machine, and a workflow's machine ends with it; export steps that need none, or choose another --target",
            step.id
        );
        return Err(ConfigError(message).into());
    }
    let (system, text): (_, fn(&Export) -> String) = match format {
        ExportFormat::GithubActions => ("github-actions", github_actions::text),
        ExportFormat::Argo => ("argo", argo::text),
    };
    at_the_top(&pipeline.source.dir, &global.file)?;
    let flags = flags(
        global,
        &pipeline.target.to_string(),
        pipeline.text("profile"),
    );
    let filled_in = ["{{", "$("];
    let found = |flag: &String| filled_in.into_iter().find(|sign| flag.contains(sign));
    if let Some((flag, sign)) = flags.iter().find_map(|flag| Some((flag, found(flag)?))) {
        let message = format!(
            "`{flag}` has `{sign}`, which the other system would fill in; write the value in pipeline.toml"
        );
        return Err(ConfigError(message).into());
    }
    let journal = state.journal(&pipeline.target);
    let journal = journal
        .file_name()
        .map(|name| format!(".pipeline/{}", name.display()));
    let logs = global.file.with_file_name(".pipeline").join("logs");
    let export = Export {
        pipeline: &pipeline,
        graph: &graph,
        made_by: made_by(system, wanted, &flags),
        goal,
        flags,
        journal: journal.unwrap_or_default(),
        logs: logs.display().to_string(),
    };
    print!("{}", text(&export));
    Ok(0)
}

/// Refuses a pipeline further down in a repository: the other system begins at the top of it.
fn at_the_top(dir: &Path, file: &Path) -> Result<(), ConfigError> {
    let dir = dir.canonicalize().unwrap_or_default();
    let root = dir.ancestors().find(|above| above.join(".git").exists());
    let below = root.and_then(|root| dir.strip_prefix(root).ok());
    match below {
        Some(below) if !below.as_os_str().is_empty() && file.components().count() == 1 => {
            let from_top = below.join(file);
            Err(ConfigError(format!(
                "a workflow begins at the top of the repository, and this pipeline is in `{}`; call this there, with --file {}",
                below.display(),
                shell_word(&from_top.display().to_string())
            )))
        }
        _ => Ok(()),
    }
}

/// xtask as its user calls it: the other system does so too.
fn program<'a>() -> impl Iterator<Item = &'a str> {
    called::name().split(' ')
}

/// The command line that makes the workflow, for a comment: in a value's next line, too.
fn made_by(system: &str, wanted: &[String], flags: &[String]) -> String {
    let words = program().chain(["export", system]);
    let more = wanted.iter().chain(flags).map(String::as_str);
    let words: Vec<String> = words.chain(more).map(shell_word).collect();
    words.join(" ").replace('\n', "\n# ")
}

/// What decides which steps there are, said again for each of them.
fn flags(global: &Global, target: &str, profile: Option<String>) -> Vec<String> {
    let mut flags = vec!["--target".to_string(), target.to_string()];
    flags.extend(
        profile
            .into_iter()
            .flat_map(|profile| ["--profile".to_string(), profile]),
    );
    for pair in &global.set {
        flags.extend(["--set".to_string(), pair.clone()]);
    }
    if global.file.as_os_str() != "pipeline.toml" {
        flags.extend(["--file".to_string(), global.file.display().to_string()]);
    }
    flags
}

impl Export<'_> {
    /// Whether all that the steps make are their outputs, and nobody needs to be asked for more:
    /// they can be taken to another machine. What runs each time would do so in each job, digests of
    /// secrets are made with a key that is not taken along, and a pipeline in another folder has
    /// its state there.
    fn is_of_files(&self) -> bool {
        let elsewhere = |step: &StepDef| {
            step.entry.nature == Nature::Makes
                && (step.always || !step.kind.probes(&NOBODY).is_empty())
        };
        let is_here = !self.flags.iter().any(|flag| flag == "--file");
        is_here && self.secrets().is_empty() && !self.steps().any(elsewhere)
    }

    /// The outputs of a step and of all that it needs, each once.
    fn outputs(&self, step: StepId) -> BTreeSet<&str> {
        let step = &self.pipeline.steps[step];
        let steps = graph::all_needs(self.pipeline, step)
            .into_iter()
            .chain([step]);
        steps
            .flat_map(|step| step.outputs.iter().map(String::as_str))
            .collect()
    }

    /// A step's name as far as both systems allow it, with the step's place where something had to
    /// be changed or the name is `taken`. Its first character is a letter, and no other step's name
    /// is the same.
    fn task_name(&self, index: StepId, taken: &str) -> String {
        let id = &self.pipeline.steps[index].id;
        let own = label(id);
        let is_changed = own != **id;
        let mut name = match own.starts_with(|c: char| c.is_ascii_digit()) {
            true => format!("step-{own}"),
            false => own,
        };
        let is_of_another = |step: &StepDef| *step.id == *name && step.id != *id;
        if !is_changed && name != taken && !self.steps().any(is_of_another) {
            return name;
        }
        name = format!("{name}-{}", index.0);
        while self.steps().any(|step| *step.id == *name) {
            name = format!("{name}-{}", index.0);
        }
        name
    }

    /// The steps, each after all it needs.
    fn steps(&self) -> impl Iterator<Item = &StepDef> {
        let steps = self.graph.order.iter();
        steps.map(|&index| &self.pipeline.steps[index])
    }

    /// Every call gets all secrets: with others than before, a step that is done would count as
    /// changed.
    fn secrets(&self) -> BTreeSet<&str> {
        self.steps()
            .flat_map(|step| step.secrets.iter().map(String::as_str))
            .collect()
    }
}

/// A text in YAML: JSON's form of it is always good.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Small letters, digits and dashes, beginning and ending with a letter or a digit.
fn label(text: &str) -> String {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let text: String = text
        .to_ascii_lowercase()
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    let text = text.trim_matches('-');
    format!("{}{text}", if text.is_empty() { "x" } else { "" })
}
