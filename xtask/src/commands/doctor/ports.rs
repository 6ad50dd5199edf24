//! Ports that background processes of this target want and others have: no obstacle, since the next
//! free one is taken, but the address is then another one than usual.

use super::Found;
use engine::config::StepDef;
use engine::plan::World;
use protocol::Failure;

/// One line for each port that is taken.
pub(super) fn look(world: &World) -> Vec<Found> {
    let steps = world.pipeline.steps.iter();
    let taken = |step: &StepDef| {
        let (service, port) = (step.kind.service()?, wanted(step)?);
        let occupant = world.exec.services().occupant(port)?;
        let cause = format!("{occupant} listens on {port}, the port of `{service}`");
        let fix = format!(
            "nothing, if the next free port will do; otherwise end it, or change `port` of the step `{}`",
            step.id
        );
        Some(("port".to_string(), Err(Failure::new(cause).fix(fix))))
    };
    steps.filter_map(taken).collect()
}

fn wanted(step: &StepDef) -> Option<u16> {
    step.with
        .get_ref()
        .get("port")?
        .get_ref()
        .as_integer()?
        .as_str()
        .parse()
        .ok()
}
