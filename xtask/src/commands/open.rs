//! What every verb begins with: the pipeline for the chosen target and its surroundings.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use crate::cli::Global;
use engine::config::{Choices, ConfigError, Goal, Pipeline, Source, suggest};
use engine::digest::Digest;
use engine::exec::{Lookup, locate};
use engine::graph::{self, Graph, StepId};
use engine::journal::Journal;
use engine::plan::{Force, World};
use engine::state::State;
use engine::target::{Target, Targets};

/// A pipeline, its state, and what is known of earlier runs.
pub(super) struct Opened {
    /// Everything a run looks at.
    pub world: World,
    /// Why, if the target was chosen for the user.
    pub why: Option<String>,
    /// What finished before.
    pub journal: Journal,
}

impl Opened {
    /// A sentence about the run that is at work here, if there is one: of what it is at nothing
    /// certain can be told.
    pub(super) fn under_way(&self) -> Option<&'static str> {
        self.world
            .under_way
            .then_some("a run is under way: ask again once it is over what became of what it is at")
    }

    /// The target and why, if it was chosen for the user.
    pub(super) fn line(&self) -> Option<String> {
        let why = self.why.as_ref()?;
        Some(format!("target {}: {why}", self.world.pipeline.target))
    }
}

/// A pipeline, its state, and why it deploys where it does if that was chosen for the user.
pub(super) type Read = (Pipeline, State, Option<String>);

/// Where a plain file name leads to nothing, changes to the nearest folder above that has the file,
/// as cargo and git do.
pub(super) fn go_to(file: &Path) -> Result<()> {
    if file.components().count() != 1 {
        return Ok(());
    }
    let here = std::env::current_dir().map_err(|err| {
        anyhow!("the folder that this was called in can't be reached ({err}); change to one that can, or name one with `-C DIR`")
    })?;
    let home = here.ancestors().find(|folder| folder.join(file).is_file());
    match home {
        Some(home) if home != here => std::env::set_current_dir(home)
            .with_context(|| format!("can't change to {}", home.display())),
        _ => Ok(()),
    }
}

/// Reads the pipeline.
pub(super) fn pipeline(global: &Global) -> Result<Read, ConfigError> {
    let source = Source::read(&global.file)?;
    let state = State::at(&source.dir);
    if source.dir.starts_with(&state.dir) {
        let message = format!(
            "PIPELINE_STATE_DIR: {} holds {} itself; name a folder of its own",
            state.dir.display(),
            source.name
        );
        return Err(ConfigError(message));
    }
    look_into(&state.dir)?;
    state.belongs_to(&global.file)?;
    let set = global.set.iter().map(|pair| assignment(pair));
    let set: Vec<_> = set.collect::<Result<_, _>>()?;
    let mut why = None;
    let pipeline = Pipeline::parse(source, |targets, tells_targets_apart| {
        let target;
        (target, why) = choose(&global.target, &state, targets, tells_targets_apart)?;
        Ok(Choices {
            target,
            profile: global.profile.clone().unwrap_or_default(),
            state: state.dir.display().to_string(),
            set,
            kinds: global.kinds,
        })
    })?;
    Ok((pipeline, state, why))
}

/// Refuses a state folder that nobody can look into: what lies there would be taken for missing.
fn look_into(folder: &Path) -> Result<(), ConfigError> {
    // To reach what is in a folder takes another permission than to list it.
    let looked = fs::metadata(folder.join(".")).and_then(|_| fs::read_dir(folder));
    match looked {
        Err(err) if err.kind() != ErrorKind::NotFound => Err(ConfigError(format!(
            "can't look into the state folder {} ({err}); correct its permissions, move it away, \
             or name another with PIPELINE_STATE_DIR=FOLDER",
            folder.display()
        ))),
        _ => Ok(()),
    }
}

/// Reads what concerns one step, and what surrounds it. Writes nothing.
pub(super) fn step(global: &Global, id: &str) -> Result<(Opened, Graph)> {
    let read = pipeline(global)?;
    let graph = step_graph(&read.0, id)?;
    let of = |pipeline: &Pipeline, path: &Path| {
        Journal::read_of(
            path,
            graph.order.iter().map(|&step| &*pipeline.steps[step].id),
        )
    };
    Ok((with_journal(global, read, of)?, graph))
}

fn step_graph(pipeline: &Pipeline, id: &str) -> Result<Graph, ConfigError> {
    let id = &pipeline.find(id)?.id;
    let index = graph::index(pipeline)[id];
    Graph::new(pipeline, &[index])
}

/// Reads the pipeline and what surrounds it. Writes nothing.
pub(super) fn open(global: &Global) -> Result<Opened> {
    surround(global, pipeline(global)?)
}

/// What surrounds a pipeline.
pub(super) fn surround(global: &Global, read: Read) -> Result<Opened> {
    with_journal(global, read, |_, path| Journal::read(path))
}

fn with_journal(
    global: &Global,
    (pipeline, state, why): Read,
    journal: impl FnOnce(&Pipeline, &Path) -> Journal,
) -> Result<Opened> {
    let force = force(&pipeline, &global.force)?;
    let journal = journal(&pipeline, &state.journal(&pipeline.target));
    let mut world = World::new(pipeline, state, force)?;
    world.adopt = global.adopt;
    world.yes = global.yes;
    world.under_way = world.state.is_held();
    world.clone = state_of(&world.clone, &world.pipeline.target);
    Ok(Opened {
        world,
        why,
        journal,
    })
}

/// What is made for one target must be told from what is made for another.
fn state_of(clone: &str, target: &Target) -> String {
    Digest::of(format!("{clone} {target}").as_bytes()).short()
}

/// The steps that goals and step names stand for, and whether they are to be undone.
pub(super) fn wanted(
    pipeline: &Pipeline,
    names: &[String],
) -> Result<(Vec<StepId>, bool), ConfigError> {
    let index = graph::index(pipeline);
    let (mut steps, mut undo) = (Vec::new(), false);
    let undoes = |name: &String| matches!(pipeline.goals.get(name), Some(Goal::Undo(_)));
    if let (Some(gone), Some(made)) = (
        names.iter().find(|name| undoes(name)),
        names.iter().find(|name| !undoes(name)),
    ) {
        let message = format!("`{gone}` removes and `{made}` makes; ask for one after the other");
        return Err(ConfigError(message));
    }
    for name in names {
        match pipeline.goals.get(name) {
            Some(Goal::Reach(ids)) => {
                steps.extend(ids.iter().filter_map(|id| index.get(id.as_str())))
            }
            Some(Goal::Undo(goal)) => {
                undo = true;
                steps.extend(wanted(pipeline, std::slice::from_ref(goal))?.0);
            }
            None => match index.get(name.as_str()) {
                Some(&step) => steps.push(step),
                None => return Err(unknown(pipeline, name)),
            },
        }
    }
    Ok((steps, undo))
}

/// The graph of what is wanted.
pub(super) fn graph(pipeline: &Pipeline, names: &[String]) -> Result<(Graph, bool), ConfigError> {
    if names.is_empty() && pipeline.steps.is_empty() {
        return Err(unknown(pipeline, ""));
    }
    let (steps, undo) = wanted(pipeline, names)?;
    let graph = Graph::new(pipeline, &steps)?;
    Ok((if undo { graph.turned() } else { graph }, undo))
}

/// Refuses to force a step that is no part of this, where nobody would hear of it.
pub(super) fn check_force(
    global: &Global,
    pipeline: &Pipeline,
    graph: &Graph,
    wanted: &[String],
) -> Result<(), ConfigError> {
    for id in global.force.iter().filter(|id| *id != "*") {
        pipeline.find(id)?;
        let is_it = |&step: &StepId| *pipeline.steps[step].id == **id;
        if !graph.order.iter().any(is_it) {
            let wanted = wanted.join(" ");
            let message = format!(
                "--force={id}: the step is no part of {wanted}; name it too: `cargo xtask run {wanted} {id} --force={id}`"
            );
            return Err(ConfigError(message));
        }
    }
    Ok(())
}

/// What is wanted by those who name nothing: `up`, else the only goal, else every step.
pub(super) fn or_usual(pipeline: &Pipeline, wanted: &[String]) -> Vec<String> {
    let goals: Vec<String> = makers(pipeline).cloned().collect();
    match goals.as_slice() {
        _ if !wanted.is_empty() => wanted.to_vec(),
        [only] => vec![only.clone()],
        _ => whole(pipeline),
    }
}

/// The goals that make something.
fn makers(pipeline: &Pipeline) -> impl Iterator<Item = &String> {
    let goals = pipeline.goals.iter();
    goals.filter_map(|(name, goal)| matches!(goal, Goal::Reach(_)).then_some(name))
}

/// What `up` stands for; every step, if there is no such goal.
pub(super) fn whole(pipeline: &Pipeline) -> Vec<String> {
    match pipeline.goals.contains_key("up") {
        true => vec!["up".to_string()],
        false => pipeline
            .steps
            .iter()
            .map(|step| step.id.to_string())
            .collect(),
    }
}

/// The words behind `cargo xtask` that bring everything about, or as much as has a name.
pub(super) fn makes_all(pipeline: &Pipeline) -> String {
    makes_each(pipeline, |_| true)
}

/// Only as far as those goals and steps go, where there is no `up`.
pub(super) fn makes_each(pipeline: &Pipeline, is_wanted: impl Fn(&str) -> bool) -> String {
    let goals: Vec<&str> = makers(pipeline).map(String::as_str).collect();
    if goals.contains(&"up") {
        return "up".to_string();
    }
    let rest = last_steps(pipeline, &goals);
    let mut names = [goals, rest].concat();
    names.retain(|name| is_wanted(name));
    format!("run {}", names.join(" "))
}

/// The steps that no other needs and no goal wants: with these and the goals comes everything.
fn last_steps<'p>(pipeline: &'p Pipeline, goals: &[&str]) -> Vec<&'p str> {
    let steps = &pipeline.steps;
    let goals: Vec<String> = goals.iter().map(|goal| goal.to_string()).collect();
    let wanted = wanted(pipeline, &goals).map_or(Vec::new(), |(wanted, _)| wanted);
    let wanted = wanted.into_iter().map(|step| &steps[step].id);
    let needed = steps.iter().flat_map(|step| &step.needs);
    let others: HashSet<&str> = wanted.chain(needed).map(|id| &**id).collect();
    let ids = steps.iter().map(|step| &*step.id);
    ids.filter(|id| !others.contains(id)).collect()
}

fn unknown(pipeline: &Pipeline, name: &str) -> ConfigError {
    let file = &pipeline.source.name;
    let target = &pipeline.target;
    if pipeline.steps.is_empty() {
        if pipeline.declared.is_empty() {
            return ConfigError(format!(
                "{file} has no steps: there is no [[step]], or `each` names nothing"
            ));
        }
        let chosen = pipeline.chosen();
        return ConfigError(format!(
            "each step of {file} is left out by its `when`: {chosen}; choose others with --target and --profile, or write steps for these"
        ));
    }
    let names = pipeline
        .goals
        .keys()
        .map(String::as_str)
        .chain(pipeline.steps.iter().map(|step| &*step.id));
    let hint = suggest(name, names);
    let goals: Vec<&str> = pipeline.goals.keys().map(String::as_str).collect();
    let goals = if goals.is_empty() {
        "it has no goals".to_string()
    } else {
        format!("its goals are {}", goals.join(", "))
    };
    if let Some(left_out) = pipeline.left_out(name) {
        return ConfigError(left_out);
    }
    let makes = match pipeline.goals.contains_key("up") {
        true => Some("up".to_string()),
        false => makers(pipeline).next().cloned(),
    };
    let add = match (name, makes) {
        ("teardown", Some(goal)) => {
            format!("; add `teardown = {{ undo = \"{goal}\" }}` to [goals]")
        }
        ("up" | "test-e2e", _) => "; add it to [goals] with the steps that it wants".to_string(),
        _ => String::new(),
    };
    ConfigError(format!(
        "no goal and no step of {file} is called `{name}` for the target {target}{hint}; {goals}{add}"
    ))
}

fn choose(
    given: &str,
    state: &State,
    targets: &Targets,
    tells_targets_apart: bool,
) -> Result<(Target, Option<String>), ConfigError> {
    if given != "auto" {
        return Ok((
            targets
                .given(given)
                .map_err(|err| ConfigError(format!("--target: {err}")))?,
            None,
        ));
    }
    let sticks = state
        .target()
        .filter(|target| targets.given(&target.to_string()).is_ok());
    if let Some(target) = sticks {
        return Ok((
            target,
            Some("chosen by an earlier `up`; it sticks until `teardown`".to_string()),
        ));
    }
    if !tells_targets_apart {
        return Ok((Target::default(), None));
    }
    let found = |tool: &str| locate(&Lookup::new(tool), Path::new("."), &state.dir).is_some();
    let (target, why) = targets.automatic(found).map_err(ConfigError)?;
    Ok((target, Some(why)))
}

fn force(pipeline: &Pipeline, given: &[String]) -> Result<Force, ConfigError> {
    if given.iter().any(|id| id == "*") {
        return Ok(Force::Everything);
    }
    given
        .iter()
        .try_for_each(|id| pipeline.find(id).map(drop))?;
    Ok(if given.is_empty() {
        Force::Nothing
    } else {
        Force::Steps(given.to_vec())
    })
}

fn assignment(pair: &str) -> Result<(String, String), ConfigError> {
    let split = pair
        .split_once('=')
        .map(|(name, value)| (name.to_string(), value.to_string()));
    split.ok_or_else(|| {
        ConfigError(format!(
            "--set {pair}: there is no `=`; write --set NAME=VALUE"
        ))
    })
}
