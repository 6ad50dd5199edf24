//! `drift`: the objects of a release as its own manifest has them, whatever was changed by hand
//! meanwhile.

mod added;
mod calls;
mod compare;
mod found;
mod identity;
mod kept;
mod leftover;
mod lost;
mod marks;
mod quantity;
mod stuck;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::iter;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnose::{listed, object};
use crate::parts;
use crate::places::text_fact;
use crate::programs::{items, manifest, objects_for};
use crate::singly::{self, Asked, same_among, those};
use calls::looked_at;
use compare::{Difference, differences};
use found::Found;
use identity::{is_listed, placed};
use protocol::{Action, Answer, Effect, Failure, Kind, Probe, StepContext, facts};

/// Has a release's objects as its manifest has them, of every kind and in every namespace; those
/// that can't be read are named. Of custom resources, webhooks and claims it leaves what others
/// fill in. Keys that were added to the `data` of a ConfigMap or a Secret stay, as helm leaves
/// them: applications keep there what they remember.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"context": "${context}", "namespace": "app", "release": "app"}))]
pub(crate) struct Drift {
    /// The kubeconfig context.
    context: String,
    /// The release's namespace.
    namespace: String,
    /// The release's name.
    release: String,
}

impl Drift {
    /// The objects of the manifest.
    fn wanted(&self, answer: Option<&Answer>) -> Result<Vec<Value>, String> {
        let trouble = || answer.map_or(String::new(), Answer::trouble);
        let manifest = answer.and_then(Answer::stdout).ok_or_else(trouble)?;
        let wanted = parts::in_manifest(manifest)?.into_iter();
        Ok(wanted.map(|item| placed(item, &self.namespace)).collect())
    }

    /// Whether what lists the release's namespace tells nothing of it. Without a name it can't be
    /// asked for.
    fn is_asked_for(&self, item: &Value) -> bool {
        let is_near = is_listed(item) && parts::is_in(item, &self.namespace);
        !is_near && item["metadata"]["name"].is_string()
    }

    /// As it is told: with its namespace, where that is not the release's.
    fn named(&self, item: &Value) -> String {
        match parts::is_in(item, &self.namespace) {
            true => object(item),
            false => singly::placed(item),
        }
    }

    /// What differs, or why that can't be told.
    fn found(&self, context: &StepContext, answers: &[Answer]) -> Result<Found, Effect> {
        let wanted = self.wanted(answers.first()).map_err(|trouble| {
            Effect::Absent(format!("the release's manifest can't be read: {trouble}"))
        })?;
        let secrets = answers.get(2).and_then(Answer::json);
        let live = listed(&self.context, answers.get(1..).unwrap_or_default())?;
        let live: Vec<&Value> = items(&live).chain(secrets.iter().flat_map(items)).collect();
        let asked = Asked::from(answers.get(3));
        // Not everyone may read everything.
        let is_looked_at = |item: &Value| match self.is_asked_for(item) {
            // What was listed for others will do.
            true => asked.is_known(item) || same_among(item, live.iter().copied()).is_some(),
            false => is_listed(item) && (secrets.is_some() || item["kind"] != "Secret"),
        };
        let (mut wanted, beside): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_looked_at);
        let leftover = leftover::leftover(&wanted, &live, (&self.release, &self.namespace));
        let stuck = stuck::stuck(&wanted, &live);
        let stuck = stuck.map(|(pod, says)| (pod.to_string(), says)).collect();
        let written = self.written(context);
        let live: Vec<&Value> = live.into_iter().chain(&asked.found).collect();
        let mut differences = differences(&wanted, &live, context.secrets);
        let lost = lost::lost(&differences, &wanted, &live, &self.namespace);
        for one in &mut differences {
            one.object = self.named(&one.wanted);
        }
        let told = differences.iter().flat_map(Difference::told);
        let kept = told.filter(|told| written.contains(told)).collect();
        // What somebody changed beside that is named, and not hidden by it.
        differences.retain_mut(|one| one.is_left(&written));
        let gone = differences.iter().filter(|one| one.patch.is_none());
        let gone: Vec<&Value> = gone.map(|one| &one.wanted).collect();
        let jobs: Vec<String> = lost.jobs.iter().map(|job| format!("job/{job}")).collect();
        let is_lost = |item: &Value| jobs.contains(&self.named(item));
        wanted.retain(|item| is_lost(item) || gone.contains(&item));
        let marked = |object| marks::marked(object, &self.release, &self.namespace);
        Ok(Found {
            lost,
            gone: wanted.into_iter().map(marked).collect(),
            beside: beside.iter().map(|item| self.named(item)).collect(),
            leftover,
            differences,
            kept,
            stuck,
        })
    }

    /// What was written as the release has it, in this attempt or, without effect, before.
    fn written(&self, context: &StepContext) -> Vec<String> {
        let told = [(context.noted, WRITTEN), (context.before, KEPT)];
        let texts = told
            .into_iter()
            .filter_map(|(facts, name)| text_fact(facts, name));
        texts
            .flat_map(|text| serde_json::from_str::<Vec<String>>(text).unwrap_or_default())
            .collect()
    }
}

/// How the cluster says that a field stays as it was made.
const UNCHANGEABLE: [&str; 4] = [
    "immutable",
    "Forbidden: updates",
    "may not be changed",
    "cannot change roleRef",
];

/// A note: what was written as the release has it, in the words in which it was told.
const WRITTEN: &str = "written";
/// A fact: what of that the cluster does not know, or keeps otherwise.
const KEPT: &str = "kept";

impl Kind for Drift {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let live = objects_for(context, &looked_at(), &self.context, &self.namespace);
        let (live, secrets) = (Probe::Run(live), Probe::Run(self.secrets()));
        let wanted = manifest(&self.release, &self.context, &self.namespace);
        vec![wanted, live, secrets]
    }

    fn more_probes(&self, _: &StepContext, answers: &[Answer]) -> Vec<Probe> {
        let mut open = self.wanted(answers.first()).unwrap_or_default();
        open.retain(|item| self.is_asked_for(item));
        if open.is_empty() {
            return Vec::new();
        }
        let listed = answers.get(1).and_then(Answer::json).unwrap_or_default();
        open.retain(|item| same_among(item, items(&listed)).is_none());
        let those = (!open.is_empty()).then(|| Probe::Run(those(&self.context, &open)));
        those.into_iter().collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let found = match self.found(context, answers) {
            Ok(found) => found,
            Err(effect) => return effect,
        };
        if let Some(says) = found.in_short() {
            return Effect::Absent(says);
        }
        let but = found
            .not_kept()
            .map_or(String::new(), |told| format!(", but {told}"));
        let more = found.not_looked_at() + &found.left_over() + &but;
        let says = format!("the objects of {} are as released{more}", self.release);
        let kept = Value::from(found.kept.clone()).to_string();
        Effect::Present(says, facts([(KEPT, kept.as_str())]))
    }

    /// Only what differs is written again: a Job that has done its work and is gone stays gone.
    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let found = self.found(context, answers).unwrap_or_default();
        // The proof knows only what was noted now.
        let note = |written: Vec<String>| {
            Action::Note(WRITTEN.to_string(), Value::from(written).to_string())
        };
        let unseen = found.unseen().map(Action::Say);
        let Some(says) = found.in_short() else {
            let known = (!found.kept.is_empty()).then(|| note(found.kept));
            return Ok(unseen.into_iter().chain(known).collect());
        };
        let changed = &found.differences;
        let written = changed.iter().flat_map(Difference::told);
        let written: Vec<String> = self.written(context).into_iter().chain(written).collect();
        let patch = changed.iter().filter_map(|one| self.patch(one));
        let pods = found.stuck.iter();
        let pods = pods.map(|(pod, _)| self.call(&["delete", "pod", pod, "--wait=false"]));
        let leaving = found.lost.pods.iter();
        let leaving =
            leaving.map(|pod| self.call(&["wait", "--for=delete", "pod", pod, "--timeout=60s"]));
        let jobs = found.lost.jobs.iter();
        let jobs = jobs.map(|job| self.call(&["delete", "job", job, "--ignore-not-found"]));
        let again = (!found.gone.is_empty()).then(|| self.apply(&found.gone));
        // After another release that is the reason, and not what somebody did beside it.
        let says = iter::once(Action::Say(says)).chain(unseen);
        let first = says.chain(patch.chain(pods).map(Action::Run));
        let leaving = leaving.map(Action::Try);
        let then = jobs.chain(again).map(Action::Run);
        let written = note(written);
        Ok(first.chain(leaving).chain(then).chain([written]).collect())
    }

    /// Once it was written, what of it is not there is known.
    fn tidy_probes(&self, context: &StepContext) -> Vec<Probe> {
        let has_written = context.noted.is_some_and(|noted| !noted.is_empty());
        if has_written {
            self.probes(context)
        } else {
            Vec::new()
        }
    }

    fn tidy(&self, context: &StepContext, answers: &[Answer]) -> Vec<Action> {
        let found = self.found(context, answers).unwrap_or_default();
        found.not_kept().map(Action::Say).into_iter().collect()
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let immutable = output
            .lines()
            .find(|line| UNCHANGEABLE.iter().any(|words| line.contains(words)))?;
        let fix = format!(
            "delete what the message names, and run the same command again: `kubectl --context {} -n {} delete …`",
            self.context, self.namespace
        );
        Some(
            Failure::new("what was changed by hand can't be changed back")
                .seen([immutable.trim()])
                .fix(fix),
        )
    }
}

#[cfg(test)]
mod tests;
