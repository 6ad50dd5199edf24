//! `logs`: what the steps printed when they last ran, and the background services since they were
//! started.

mod files;
mod pods;
mod readable;

use std::fs;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use anyhow::Result;

use super::open;
use super::release::Release;
use crate::cli::Global;
use engine::config::{ConfigError, suggest};
use engine::report::line;
use engine::service;
use engine::signals;
use engine::state::State;
use protocol::coloured;
use readable::Lines;

/// Prints one log, or all of them.
pub(super) fn print(global: &Global, step: Option<&str>) -> Result<u8> {
    let world = open::open(global)?.world;
    let (pipeline, state) = (&world.pipeline, &world.state);
    let names: Vec<String> = match step {
        Some(step) => vec![step.to_string()],
        None => pipeline
            .steps
            .iter()
            .map(|step| step.id.to_string())
            .collect(),
    };
    let logs = names.iter().flat_map(|name| {
        let logs = logs_of(state, name).into_iter();
        logs.map(move |log| (name, log))
    });
    let logs: Vec<(&String, PathBuf)> = logs.collect();
    if logs.is_empty() {
        let steps = pipeline.steps.iter();
        let mut known = steps
            .flat_map(|step| [Some(&*step.id), step.kind.service()])
            .flatten();
        let unknown = step.filter(|step| !known.clone().any(|known| known == *step));
        let hint = unknown.map_or(String::new(), |step| suggest(step, &mut known));
        let what = match (step, unknown) {
            (_, Some(name)) => format!("there is no step or service `{name}`"),
            (Some(step), None) => format!("`{step}` has written no log"),
            (None, None) => "no step has written a log yet".to_string(),
        };
        return Err(ConfigError(format!(
            "{what}{hint}; logs are kept in {}",
            line::shown(&state.logs())
        ))
        .into());
    }
    for (name, path) in &logs {
        println!("==> {}", line::shown(path));
        // Services write their logs themselves: what is shown of them is masked here.
        let hide = world.exec.hides_in(name);
        let text = hide(&String::from_utf8_lossy(&fs::read(path)?));
        match io::stdout().is_terminal() {
            true => text.lines().for_each(|line| println!("{}", coloured(line))),
            false => print!("{text}"),
        }
    }
    Ok(0)
}

/// Follows the services of the target, or one of them, until a signal ends it.
pub(super) fn follow(global: &Global, service: Option<&str>, raw: bool) -> Result<u8> {
    let opened = open::open(global)?;
    let exec = &opened.world.exec;
    let _serving = signals::serve(exec.clone(), |_| ())?;
    let lines = Lines::new(exec, raw);
    match Release::find(&opened) {
        Some(release) => pods::follow(&opened, &release, service, &lines)?,
        None => files::follow(&opened, service, &lines)?,
    }
    lines.end();
    // It is ended by a signal, and that is how it is meant to end.
    Ok(0)
}

/// The attempts of a step, or a background service of that name.
fn logs_of(state: &State, name: &str) -> Vec<PathBuf> {
    let mut logs: Vec<PathBuf> = (1..)
        .map(|attempt| state.log(name, attempt))
        .take_while(|path| path.exists())
        .collect();
    logs.extend(Some(service::log(&state.dir, name)).filter(|path| path.exists()));
    logs
}
