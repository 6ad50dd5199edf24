//! Cluster evidence -> cause -> fix.
//!
//! A [`Cause`] is one record: what is seen, what it means, what helps, and whether the cluster may
//! get over it by itself. A family of causes is one file with one list; [`FAMILIES`] names them,
//! most specific first, so the first line a user reads is the cause and not one of its
//! consequences. The tables of docs/TROUBLESHOOTING.md are written from the same records.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use crate::programs::pinned;
use protocol::{Effect, Failure};

mod access;
mod admission;
mod autoscaling;
mod container;
mod events;
mod evidence;
mod image;
mod ingress;
mod job;
mod logs;
mod node;
mod objects;
pub(crate) mod pods;
mod probe;
pub(crate) mod restarts;
mod scheduling;
mod service;
mod storage;
pub mod table;
mod time;
mod workload;

pub(crate) use access::{listed, unreachable};
pub(crate) use evidence::{Evidence, is_outdated};
pub(crate) use job::{ended_well, failures};
pub(crate) use objects::{condition, is_ready, object};
pub(crate) use time::seconds;

/// What is known of one cause, whichever object it strikes. `{words}` in its texts are filled in by
/// what was found.
#[derive(Debug)]
pub struct Cause {
    /// Stable name for programs, such as `image-missing`.
    pub id: &'static str,
    /// What a user sees of it, as Markdown.
    pub signs: &'static str,
    /// What is wrong with the object, as a sentence without its subject.
    pub says: &'static str,
    /// The next action.
    pub fix: &'static str,
    /// The pipeline's step whose effect it touches.
    pub step: &'static str,
    /// The chart's value that decides about it; empty if none does.
    pub value: &'static str,
    /// Whether the cluster may get over it by itself.
    pub heals: Heals,
    find: fn(&Evidence) -> Option<Found>,
}

/// Whether the cluster may get over something by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heals {
    /// A state that stays until someone changes it: the cause at once.
    Never,
    /// Told as what is waited for; the cause once it has lasted for so many seconds.
    Within(u64),
}

/// Where a cause was found.
#[derive(Debug, Default)]
struct Found {
    object: String,
    words: Vec<(&'static str, String)>,
    seen: Vec<String>,
    /// For how many seconds it has lasted, at least.
    lasts: u64,
    /// It came so often that waiting longer is no use.
    settled: bool,
}

impl Found {
    fn at(object: impl Into<String>) -> Found {
        Found {
            object: object.into(),
            ..Found::default()
        }
    }

    fn word(mut self, name: &'static str, value: impl Into<String>) -> Found {
        self.words.push((name, value.into()));
        self
    }

    fn seen<S: Into<String>>(mut self, lines: impl IntoIterator<Item = S>) -> Found {
        self.seen.extend(lines.into_iter().map(Into::into));
        self
    }

    fn lasting(self, lasts: u64) -> Found {
        Found { lasts, ..self }
    }

    fn settled(self, settled: bool) -> Found {
        Found { settled, ..self }
    }
}

/// A cause that was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The cause's stable name.
    pub id: &'static str,
    /// The object, such as `pod/web-5d4 container web`.
    pub object: String,
    /// What is wrong with it, as a sentence without its subject.
    pub cause: String,
    /// What was seen, a line each.
    pub evidence: Vec<String>,
    /// The next action.
    pub fix: String,
    /// How much longer it is to be waited for before it is the cause; nothing if it can't heal.
    pub patience: Option<Duration>,
}

impl Finding {
    fn new(cause: &Cause, found: Found) -> Finding {
        let fill = |text: &str| filled(text, &found.words).replace(UNKNOWN, "");
        let mut evidence = found.seen;
        let value = match cause.value {
            "" => String::new(),
            value => format!(", value `{}`", fill(value)),
        };
        let step = match cause.step.contains('…') {
            true => String::new(),
            false => format!(", step `{}`", cause.step),
        };
        evidence.push(format!("cause {}{step}{value}", cause.id));
        Finding {
            id: cause.id,
            cause: fill(cause.says),
            fix: fill(&cause.fix.replace("{value}", cause.value)),
            patience: match cause.heals {
                Heals::Within(limit) if !found.settled => {
                    Some(Duration::from_secs(limit.saturating_sub(found.lasts)))
                }
                _ => None,
            },
            object: found.object,
            evidence,
        }
    }
}

impl From<Finding> for Failure {
    fn from(finding: Finding) -> Failure {
        Failure::new(format!("{} {}", finding.object, finding.cause))
            .seen(finding.evidence)
            .fix(finding.fix)
    }
}

impl Finding {
    /// As what it means for a step's effect, its commands pinned to the cluster and namespace.
    pub(crate) fn into_effect(mut self, context: &str, namespace: &str) -> Effect {
        self.fix = pinned(&self.fix, context, namespace);
        self.effect()
    }

    /// Whether it was waited for long enough.
    pub(crate) fn is_due(&self) -> bool {
        self.patience.is_none_or(|patience| patience.is_zero())
    }

    fn effect(self) -> Effect {
        match self.patience {
            Some(patience) if !self.is_due() => Effect::Degraded(self.into(), patience),
            _ => Effect::Broken(self.into()),
        }
    }
}

/// What a value's name begins with where no label names a component: such a chart has none.
const UNKNOWN: &str = "COMPONENT.";

fn filled(text: &str, words: &[(&'static str, String)]) -> String {
    let replace =
        |text: String, (name, value): &(&str, String)| text.replace(&format!("{{{name}}}"), value);
    words.iter().fold(text.to_string(), replace)
}

/// Causes that belong together, under the heading that they have in the documentation.
pub struct Family {
    /// The heading.
    pub name: &'static str,
    /// Most specific first.
    pub causes: &'static [Cause],
}

/// Why pods are not ready, most specific first.
pub(crate) const PODS: &[Family] = &[
    image::FAMILY,
    admission::FAMILY,
    logs::FAMILY,
    container::FAMILY,
    storage::FAMILY,
    node::FAMILY,
    scheduling::FAMILY,
    job::FAMILY,
    probe::FAMILY,
    workload::FAMILY,
];
/// What is amiss though every pod is ready.
pub(crate) const STANDING: &[Family] = &[workload::STANDING, service::FAMILY, autoscaling::FAMILY];
/// Why a release can't be reached from outside.
pub(crate) const ENTRANCE: &[Family] = &[ingress::FAMILY];
/// Every cause.
pub static FAMILIES: &[&[Family]] = &[&[access::FAMILY], PODS, STANDING, ENTRANCE];

/// The first cause that fits: one that can't heal if there is any, else one that may. What has
/// lasted long may still be a consequence of a more specific one that has not.
pub(crate) fn diagnose(evidence: &Evidence, families: &[&[Family]]) -> Option<Finding> {
    let families = families.iter().copied().flatten();
    let causes = families.flat_map(|family| family.causes);
    let found = causes.filter_map(|cause| Some(Finding::new(cause, (cause.find)(evidence)?)));
    let mut may_heal = None;
    for finding in found {
        match finding.patience {
            None => return Some(finding),
            Some(_) => may_heal = may_heal.or(Some(finding)),
        }
    }
    may_heal
}

#[cfg(test)]
mod tests;
