//! The release that the pipeline's variables name: what the verbs that look at one begin with.

use anyhow::Result;

use super::open::Opened;
use engine::config::ConfigError;

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
            let message =
                format!("target {target} has no release {wanted}; choose a cluster with --target");
            ConfigError(message).into()
        })
    }

    /// The release of the chosen target; none where it is no cluster.
    pub(super) fn find(opened: &Opened) -> Option<Release> {
        let var = |name: &str| {
            let text = opened.world.pipeline.text(name);
            text.filter(|text| !text.is_empty())
        };
        Some(Release {
            context: var("context")?,
            namespace: var("namespace")?,
            name: var("release")?,
        })
    }
}
