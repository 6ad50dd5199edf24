//! `report`: where the page about the last run that did something lies, which run that was, and a
//! look at it.

use anyhow::Result;

use super::open;
use crate::cli::Global;
use engine::config::ConfigError;
use engine::exec;
use engine::progress;
use engine::report::{files, line};

/// Prints the page's path; opens it if asked.
pub(super) fn print(global: &Global, inspect: bool) -> Result<u8> {
    let (pipeline, state, ..) = open::pipeline(global)?;
    let page = files::page(&state.dir);
    if !page.exists() {
        let message = format!(
            "no run has left a report yet; `cargo xtask {}` writes {}",
            open::makes_all(&pipeline),
            line::shown(&page)
        );
        return Err(ConfigError(message).into());
    }
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
