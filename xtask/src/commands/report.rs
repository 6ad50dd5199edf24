//! `report`: where the page about the last run that did something lies, which run that was, and a
//! look at it.

use std::path::Path;

use anyhow::Result;

use super::open;
use crate::cli::Global;
use engine::config::{self, ConfigError};
use engine::exec;
use engine::progress;
use engine::report::{files, line};
use engine::state::State;

/// Prints the page's path; opens it if asked.
pub(super) fn print(global: &Global, inspect: bool) -> Result<u8> {
    // A pipeline.toml that can't be read in the middle of an edit has a last run all the same.
    let state = match config::folder(&global.file) {
        Ok(folder) => State::at(&folder),
        Err(_) => open::pipeline(global)?.1,
    };
    let page = files::page(&state.dir);
    if !page.exists() {
        return Err(none_yet(global, &page)?.into());
    }
    state.belongs_to(&global.file)?;
    println!("{}", line::shown(&page));
    if let Some(about) = files::about(&state.dir) {
        progress::say(&format!(
            "about {about}; runs since then had nothing to do or were cut short, if there were any"
        ));
    }
    if inspect {
        exec::view(&page)?;
    }
    Ok(0)
}

fn none_yet(global: &Global, page: &Path) -> Result<ConfigError> {
    let (pipeline, ..) = open::pipeline(global)?;
    Ok(ConfigError(format!(
        "no run has left a report yet; `cargo xtask {}` writes {}",
        open::makes_all(&pipeline),
        line::shown(page)
    )))
}
