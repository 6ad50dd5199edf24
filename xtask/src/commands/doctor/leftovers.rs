//! What a run that was killed left behind: its name in the lock, and processes that may still be at
//! work. The next run ends them; `doctor` names them, and `--fix` ends them now.

use anyhow::Result;

use super::Found;
use crate::commands::goal;
use engine::plan::World;
use engine::state::Held;
use protocol::Failure;

/// Runs that are at work or were killed; nothing if there are none.
pub(super) fn look(world: &World) -> Option<Found> {
    let runs = world.state.unended();
    let pid = |run: &String| run.split(' ').next().unwrap_or_default().to_string();
    let pids: Vec<String> = runs.iter().map(pid).collect();
    if pids.is_empty() {
        return None;
    }
    let result = match world.state.is_held() {
        true => Ok(format!(
            "a run is at work here: process {}",
            pids.join(", ")
        )),
        false => Err(Failure::new(format!(
            "a run was killed (process {}) and may have left processes behind",
            pids.join(", ")
        ))
        .fix("`cargo xtask doctor --fix` ends them now, the next run does so too")),
    };
    Some(("run".to_string(), result))
}

/// Ends what killed runs left behind; what was done, for a line.
pub(super) fn mend(world: &World) -> Result<Option<String>> {
    if world.state.unended().is_empty() {
        return Ok(None);
    }
    let mut lock = match world.state.lock() {
        // Nothing is left over of a run that is at work.
        Err(err) if err.is::<Held>() => return Ok(None),
        lock => lock?,
    };
    world.exec.begin(&lock.run);
    goal::reap(world, &mut lock)?;
    Ok(Some(
        "what a killed run had left behind is gone".to_string(),
    ))
}
