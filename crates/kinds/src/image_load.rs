//! `image-load`: images in the cluster's node. The loading tools end well without loading, so only the node's own list counts.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::programs::{call_list, docker, docker_images, hand_over, minikube, node_images};
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext, answered};

/// Has images in the node.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"images": ["${build.image}"], "via": "minikube", "profile": "${context}"}))]
pub(crate) struct ImageLoad {
    /// `name:tag` each.
    images: Vec<String>,
    /// How: `docker-env` (they were built in the node), `minikube`, `command`, or `registry` (they are pushed, the nodes pull).
    via: String,
    /// The minikube profile.
    #[serde(default)]
    profile: String,
    /// For `command`: commands joined by pipes; `{image}` is the image.
    #[serde(default)]
    load: Commands,
    /// For `command`: prints the node's images, one reference in each line.
    #[serde(default)]
    list: Commands,
    /// For `command`: removes `{image}` from the node.
    #[serde(default)]
    unload: Commands,
    /// An image that this machine does not have either is left to the node to pull.
    #[serde(default)]
    or_pull: bool,
}

/// Commands joined by pipes; a target that has none of its own leaves an empty text.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
enum Commands {
    Pipe(Vec<Vec<String>>),
    #[allow(dead_code, reason = "read, so that an empty text is accepted")]
    None(String),
}

impl Default for Commands {
    fn default() -> Commands {
        Commands::None(String::new())
    }
}

impl Commands {
    fn cmd(&self, image: &str) -> Option<Cmd> {
        let Commands::Pipe(commands) = self else {
            return None;
        };
        let fill = |argv: &Vec<String>| {
            call_list(
                &argv
                    .iter()
                    .map(|word| word.replace("{image}", image))
                    .collect::<Vec<_>>(),
            )
        };
        let mut commands = commands.iter().map(fill);
        let first = commands.next()?;
        Some(commands.fold(first, Cmd::pipe))
    }
}

/// A fact: the images that this step put into the node, separated by spaces.
const LOADED: &str = "loaded";

impl Kind for ImageLoad {
    fn probes(&self, _: &StepContext) -> Vec<Probe> {
        let node = match self.via.as_str() {
            "registry" if self.or_pull => return Vec::new(),
            "registry" => return self.images.iter().map(|image| pushed(image)).collect(),
            "command" => self.list.cmd("").unwrap_or_default(),
            _ => node_images(&self.profile),
        };
        [Probe::Run(node)]
            .into_iter()
            .chain(self.or_pull.then(|| Probe::Run(docker_images(None))))
            .collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        if self.via == "registry" {
            return self.in_registry(answers);
        }
        let Some(node) = answers.first().and_then(Answer::stdout) else {
            return Effect::Absent(format!(
                "the node's images can't be listed: {}",
                answers.first().map_or(String::new(), Answer::trouble)
            ));
        };
        let missing: Vec<&str> = self
            .images
            .iter()
            .map(String::as_str)
            .filter(|image| !has(node, image))
            .collect();
        let to_pull: Vec<&str> = missing
            .iter()
            .copied()
            .filter(|image| self.may_pull(image, answers))
            .collect();
        match missing.iter().find(|image| !to_pull.contains(image)) {
            Some(image) => Effect::Absent(format!("the node has no image {image}")),
            None if !to_pull.is_empty() => Effect::Present(
                format!("{} left to the node to pull", to_pull.join(", ")),
                carried(context),
            ),
            None => Effect::Present(
                format!("the node has {}", self.images.join(", ")),
                carried(context),
            ),
        }
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if self.via == "registry" {
            let push = |image| Action::Run(docker(["push", image], None));
            return Ok(self.unpushed(answers).map(push).collect());
        }
        let node = answers.first().and_then(Answer::stdout).unwrap_or_default();
        let mut loaded: Vec<&str> = context
            .before
            .and_then(|facts| facts.get(LOADED))
            .map(|text| text.split(' ').collect())
            .unwrap_or_default();
        let mut actions = Vec::new();
        for image in self
            .images
            .iter()
            .filter(|image| !has(node, image) && !self.may_pull(image, answers))
        {
            actions.push(Action::Run(self.load_cmd(image)?));
            if !loaded.contains(&image.as_str()) {
                loaded.push(image);
            }
        }
        loaded.retain(|image| !image.is_empty());
        // Before they are loaded: a run that is killed meanwhile must know afterwards which were its own.
        actions.insert(0, Action::Note(LOADED.to_string(), loaded.join(" ")));
        Ok(actions)
    }

    /// What was pushed stays: others may pull it by now, and registries have no common way to delete.
    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if self.via == "registry" {
            return Ok(Vec::new());
        }
        let node = answered(answers)?;
        let loaded = context
            .before
            .and_then(|facts| facts.get(LOADED))
            .map_or("", String::as_str);
        let ours = loaded
            .split(' ')
            .filter(|image| !image.is_empty() && has(node, image));
        Ok(ours
            .filter_map(|image| self.unload_cmd(image))
            .map(Action::Run)
            .collect())
    }

    fn diagnose(&self, action: &Action, output: &str) -> Option<Failure> {
        let said = |text: &str| output.contains(text);
        let denied = ["denied", "unauthorized", "authentication required"];
        let is_push = matches!(action, Action::Run(cmd) if cmd.argv.get(1).is_some_and(|word| word == "push"));
        (is_push && denied.into_iter().any(said)).then(|| {
            Failure::new(format!("the registry refuses {}", self.images.join(", ")))
                .fix("`docker login` to it, and check that the name is one you may push to")
        })
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match self
            .undo(context, answers)
            .is_ok_and(|actions| actions.is_empty())
        {
            true => Effect::Absent("it is removed".to_string()),
            false => Effect::Pending("the node still has an image that was loaded".to_string()),
        }
    }
}

impl ImageLoad {
    /// The images that the registry does not have. Base images are not asked for: their own registry has them.
    fn unpushed<'a>(&'a self, answers: &'a [Answer]) -> impl Iterator<Item = &'a str> {
        let asked = self.images.iter().map(String::as_str).zip(answers);
        asked
            .filter(|(_, answer)| answer.stdout().is_none())
            .map(|(image, _)| image)
    }

    fn in_registry(&self, answers: &[Answer]) -> Effect {
        match self.unpushed(answers).next() {
            Some(image) => Effect::Absent(format!("the registry has no image {image}")),
            None => Effect::Present(
                format!("{} left to the nodes to pull", self.images.join(", ")),
                Facts::new(),
            ),
        }
    }

    /// Whether the node has to get the image by itself because this machine has not got it either.
    fn may_pull(&self, image: &str, answers: &[Answer]) -> bool {
        let here = answers.get(1).and_then(Answer::stdout);
        self.or_pull && here.is_none_or(|here| !has(here, image))
    }

    fn load_cmd(&self, image: &str) -> Result<Cmd, Failure> {
        match self.via.as_str() {
            "command" => self.load.cmd(image).ok_or_else(|| {
                Failure::new("this target does not say how images are loaded")
                    .fix("write `load = [[\"…\"]]` under [target.context]")
            }),
            // Built inside the node: if it is not there now, it was removed behind our back.
            "docker-env" if !self.or_pull => Err(Failure::new(format!(
                "{image} was built inside the node and is no longer there"
            ))
            .fix("run the same command again with --force to build it again")),
            "docker-env" => Ok(hand_over(image, &self.profile)),
            _ => Ok(minikube(&self.profile).args(["image", "load", image])),
        }
    }

    fn unload_cmd(&self, image: &str) -> Option<Cmd> {
        match self.via.as_str() {
            "command" => self.unload.cmd(image),
            _ => Some(minikube(&self.profile).args(["image", "rm", image])),
        }
    }
}

/// Whether a registry has an image. Docker pushes to one on this machine without TLS, but has to be told to ask it so.
fn pushed(image: &str) -> Probe {
    let near = image.starts_with("localhost:") || image.starts_with("127.0.0.1:");
    let insecure = near.then_some("--insecure");
    let words = ["manifest", "inspect"].into_iter().chain(insecure);
    Probe::Run(docker(words.chain([image]), None))
}

/// What was loaded earlier is still ours.
fn carried(context: &StepContext) -> Facts {
    context
        .before
        .and_then(|facts| facts.get(LOADED))
        .map(|loaded| (LOADED.to_string(), loaded.clone()))
        .into_iter()
        .collect()
}

/// Whether a list of images, JSON or lines, has this one. containerd writes docker's short names in full.
pub(crate) fn has(list: &str, image: &str) -> bool {
    let full = if image.contains('/') {
        format!("docker.io/{image}")
    } else {
        format!("docker.io/library/{image}")
    };
    list.split(|c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']'))
        .any(|word| word == image || word == full)
}
