//! What a helm left behind that died half-way or failed: whose it was, and what puts it right.

use super::record::{Listed, is_missing_in};
use super::uninstall::uninstall_and_say_why;
use super::{AFTER, HelmRelease, RUN, UNINSTALLS};
use crate::places::text_fact;
use crate::when::seconds;
use protocol::{Action, Answer, StepContext};

/// So long after a run says that it begins, its helm has written that it is at work.
const BEGINS_WITHIN: u64 = 60;

impl HelmRelease {
    /// The acts before an upgrade, told to the user. A rollback that fails leaves a failed revision,
    /// and from that an upgrade goes on.
    pub(super) fn heal(&self, found: &Listed, is_ours: bool) -> Option<[Action; 2]> {
        let (context, namespace) = (&self.context, &self.namespace);
        let call = || uninstall_and_say_why(context, namespace, &self.release);
        let uninstall = || Action::Run(call());
        let left = format!("{} by a helm that is gone", found.status);
        Some(match found.status.as_str() {
            "pending-upgrade" | "pending-rollback" => [
                self.say(&format!("was left {left}: it is rolled back first")),
                Action::Try(self.rollback()),
            ],
            "pending-install" | "uninstalling" => [
                self.say(&format!("was left {left}: it is uninstalled first")),
                uninstall(),
            ],
            // An upgrade runs no hooks of an install.
            "failed" if found.revision == "1" && is_ours => [
                self.say("failed when it was installed, and an upgrade would pass over its install hooks: it is uninstalled and installed again"),
                uninstall(),
            ],
            _ => return None,
        })
    }

    fn say(&self, what: &str) -> Action {
        Action::Say(format!("the release {} {what}", self.release))
    }

    /// Whether nobody but a helm of this clone's own can have begun what is under way, and that is
    /// dead: we hold the lock. A helm of somebody else's hands our label on, so the time tells.
    pub(super) fn is_ours_and_dead(
        &self,
        context: &StepContext,
        found: &Listed,
        answers: &[Answer],
    ) -> bool {
        let began = is_missing_in(answers.get(2), &self.release)
            && began_it(context, found).unwrap_or(false);
        began || began_its_end(context, found)
    }
}

/// Whether a teardown of ours began to uninstall what we had made, and nobody has made it anew.
fn began_its_end(context: &StepContext, found: &Listed) -> bool {
    let began = text_fact(context.before, UNINSTALLS).is_some();
    began && found.status == "uninstalling" && found.is_as_made(context.before)
}

/// Whether our last run can have begun it: that has not come to its end, and began just before.
fn began_it(context: &StepContext, found: &Listed) -> Option<bool> {
    let run = text_fact(context.before, RUN)?;
    let began: u64 = run.rsplit('-').next()?.parse().ok()?;
    let deployed = text_fact(context.before, "deployed_at");
    let is_over = match text_fact(context.before, AFTER) {
        Some(after) => deployed.unwrap_or_default() != after,
        // An older version noted none. Two runs may begin within a second.
        None => deployed
            .and_then(seconds)
            .is_some_and(|ended| ended >= began),
    };
    let within = began..=began + BEGINS_WITHIN;
    Some(!is_over && within.contains(&seconds(&found.updated)?))
}
