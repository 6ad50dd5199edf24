//! Whether what a step has to bring about stands now: its kind's questions, asked once. Changes
//! nothing, and knows of no earlier run.

use std::sync::Arc;

use super::{World, inspect, step_context, with_more};
use crate::config::StepDef;
use crate::exec::Setting;
use crate::fingerprint::Upstream;
use protocol::{Effect, Failure, Probe};

/// What the step says of an effect that stands, or what is wrong.
pub fn holds(
    world: &World,
    step: &StepDef,
    needs: &[(Arc<str>, Upstream)],
) -> Result<String, Failure> {
    let inspected = inspect(world, step, None, needs)?;
    let context = step_context(world, None, inspected.fingerprint);
    let kind = &inspected.resolved.kind;
    let ask = |probes: Vec<Probe>| world.exec.ask_each(&probes, &Setting::default(), |_| ());
    let answers = with_more(&**kind, &context, kind.probes(&context), ask);
    match kind.assess(&context, &answers) {
        Effect::Present(what, _) => Ok(what),
        Effect::Degraded(failure, _) | Effect::Broken(failure) => Err(failure),
        Effect::Absent(why) | Effect::Pending(why) => Err(Failure::new(why)),
    }
}
