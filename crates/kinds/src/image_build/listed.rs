//! What docker lists, whole: the images of a repository, and what of it was built by whom.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{BUILDER, STAGE};
use crate::namespace::OWNER;
use crate::programs::{docker, docker_images};
use crate::reference::Reference;
use protocol::{Answer, Cmd, StepContext};

/// One name of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) tag: String,
    pub(super) id: String,
}

/// The images of a repository in a list of `name:tag id` lines, in its order.
pub(super) fn listed(answer: Option<&Answer>, repository: &str) -> Vec<Image> {
    let text = answer.and_then(Answer::stdout).unwrap_or_default();
    let repository = Reference::parse(repository).map(|name| name.repository());
    let image = |line: &str| {
        let (name, id) = line.split_once(' ')?;
        let name = Reference::parse(name)?;
        (Some(name.repository()) == repository).then(|| Image {
            tag: name.tag().unwrap_or_default().to_string(),
            id: id.trim().to_string(),
        })
    };
    text.lines().filter_map(image).collect()
}

/// The names among them that builds gave: a version and twelve digits. Others are the user's own.
pub(super) fn made(answer: Option<&Answer>, repository: &str) -> Vec<Image> {
    let is_digest = |text: &str| text.len() == 12 && text.chars().all(|c| c.is_ascii_hexdigit());
    let is_made = |image: &Image| {
        image
            .tag
            .rsplit_once('-')
            .is_some_and(|(_, digest)| is_digest(digest))
    };
    let all = listed(answer, repository);
    all.into_iter().filter(is_made).collect()
}

/// Ids, a line each, in the list's order.
pub(super) fn ids(answer: Option<&Answer>) -> Vec<String> {
    let text = answer.and_then(Answer::stdout).unwrap_or_default();
    text.split_whitespace().map(str::to_string).collect()
}

/// Lists what was built for this clone and target, newest first.
pub(super) fn built(node: Option<&str>, context: &StepContext) -> Cmd {
    let builder = (BUILDER, context.clone);
    filtered(docker_images(node), &[(OWNER, context.pipeline), builder])
}

/// Lists what any clone of this pipeline built.
pub(super) fn of_pipeline(node: Option<&str>, context: &StepContext) -> Cmd {
    filtered(docker_images(node), &[(OWNER, context.pipeline)])
}

/// Lists the ids of nameless stages that the classic builder left behind for an image, newest
/// first.
pub(super) fn stages(node: Option<&str>, image: &str, context: &StepContext) -> Cmd {
    let image = image.rsplit('/').next().unwrap_or(image);
    let list = [
        "image",
        "ls",
        "--quiet",
        "--no-trunc",
        "--filter",
        "dangling=true",
    ];
    filtered(
        docker(list, node),
        &[(BUILDER, context.clone), (STAGE, image)],
    )
}

fn filtered(list: Cmd, labels: &[(&str, &str)]) -> Cmd {
    let filter =
        |(name, value): &(&str, &str)| ["--filter".to_string(), format!("label={name}={value}")];
    list.args(labels.iter().flat_map(filter))
}
