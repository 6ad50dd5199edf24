//! What an upgrade would change, for a plan.

use alloc::string::String;
use alloc::vec::Vec;

use super::given::Given;
use super::record::Listed;
use super::{HelmRelease, changes, list, refused};
use crate::places::text_fact;
use protocol::{Answer, Failure, Probe, StepContext};

impl HelmRelease {
    /// What is released now, and what helm would release: rendered by the same call, which then
    /// changes nothing.
    pub(super) fn preview_questions(&self, context: &StepContext) -> Vec<Probe> {
        let now = self.helm(["get", "manifest", &self.release]);
        let then = self.upgrade(context);
        let then = then.args(["--dry-run=server", "--output", "json"]);
        let listed = list(&self.context, &self.namespace);
        let values = self.helm(["get", "values", &self.release, "--output", "json"]);
        let values = (!self.secret_values.is_empty()).then_some(values);
        let revision = text_fact(context.before, "revision");
        let ours = revision.map(|revision| now.clone().args(["--revision", revision]));
        let always = [now, then, listed].into_iter();
        always.chain(values).chain(ours).map(Probe::Run).collect()
    }

    /// Reads the answers to [`HelmRelease::preview_questions`].
    pub(super) fn previewed(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let [now, then, list, more @ ..] = answers else {
            return Vec::new();
        };
        let (values, ours) = more.split_at(usize::from(!self.secret_values.is_empty()));
        let secrets = Given::read(values.first(), self.secret_values.keys(), context.secrets);
        let rendered = then.json();
        let Some(then) = rendered.as_ref().and_then(|then| then["manifest"].as_str()) else {
            return vec![format!(
                "helm can't tell what would change: {}",
                self.refused(then)
            )];
        };
        let now = self.standing(list, now, ours.first());
        let found = Listed::find(Some(list), &self.release);
        let found = found.filter(Listed::is_uninstalled_first);
        let first = found.map(|found| {
            format!(
                "the release is {}: what is there of it is uninstalled first, if it is ours",
                found.status
            )
        });
        let changes = changes::between(now, then, &secrets);
        first.into_iter().chain(changes).collect()
    }

    /// Why, and what helps, as the upgrade itself would be told.
    fn refused(&self, answer: &Answer) -> String {
        let said = match answer {
            Answer::Ran(output) => output.stderr.as_str(),
            _ => "",
        };
        match refused::read(said, &self.release, &self.chart) {
            Some(Failure {
                cause, evidence, ..
            }) => {
                let seen = evidence.first().filter(|seen| !cause.contains(*seen));
                let seen = seen.map_or(String::new(), |seen| format!(" ({seen})"));
                cause + &seen
            }
            None => answer.trouble(),
        }
    }

    /// The manifest of what stands. A revision that failed need not have come as far as the cluster:
    /// what we made last did, and before the first that came to its end there was nothing.
    fn standing<'a>(&self, list: &Answer, now: &'a Answer, ours: Option<&'a Answer>) -> &'a str {
        let now = now.stdout().unwrap_or_default();
        let Some(found) = Listed::find(Some(list), &self.release) else {
            // What was uninstalled with its history kept is not listed, and helm still tells it.
            return if list.json().is_some() { "" } else { now };
        };
        match (found.status.as_str(), ours.and_then(Answer::stdout)) {
            ("failed", Some(ours)) => ours,
            ("failed", None) if found.revision != "1" => now,
            ("failed" | "pending-install" | "uninstalling", _) => "",
            _ => now,
        }
    }
}
