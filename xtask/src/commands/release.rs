//! The release that the pipeline makes: what the verbs that look at one begin with.

use anyhow::Result;

use super::open::Opened;
use engine::config::ConfigError;
use engine::vars::Scope;

/// A release in a cluster.
pub(super) struct Release {
    /// The kubeconfig context.
    pub context: String,
    /// The namespace.
    pub namespace: String,
    /// The release's name.
    pub name: String,
}

impl Release {
    /// The release of the chosen target; an error says what it is wanted for.
    pub(super) fn of(opened: &Opened, wanted: &str) -> Result<Release> {
        Release::find(opened).ok_or_else(|| {
            let target = &opened.world.pipeline.target;
            let message = match named(opened).count() {
                0 => format!("target {target} has no release {wanted}; choose a cluster with --target"),
                _ => format!("target {target} has several releases; say which one {wanted} with the variables context, namespace and release"),
            };
            ConfigError(message).into()
        })
    }

    /// The release of the chosen target, as its variables name it, else its only step that makes
    /// one; none where it is no cluster.
    pub(super) fn find(opened: &Opened) -> Option<Release> {
        let by_step = || {
            let mut named = named(opened);
            named.next().filter(|_| named.next().is_none())
        };
        Release::read(|key| variable(opened, key)).or_else(by_step)
    }

    fn read(text: impl Fn(&str) -> Option<String>) -> Option<Release> {
        Some(Release {
            context: text("context")?,
            namespace: text("namespace")?,
            name: text("release")?,
        })
    }
}

fn variable(opened: &Opened, name: &str) -> Option<String> {
    let text = opened.world.pipeline.text(name);
    text.filter(|text| !text.is_empty())
}

/// The releases that steps make. What a step says may be known only once others are done; a
/// variable of the same name says it, too.
fn named(opened: &Opened) -> impl Iterator<Item = Release> {
    let pipeline = &opened.world.pipeline;
    let steps = pipeline.steps.iter();
    let steps = steps.filter(|step| step.entry.name == "helm-release");
    steps.filter_map(|step| {
        Release::read(|key| {
            let written = step.with.get_ref().get(key)?.get_ref().as_str()?;
            let filled = Scope::new(&pipeline.vars).text(written).ok();
            filled.or_else(|| variable(opened, key))
        })
    })
}
