//! `image-load`: images in the cluster's node. The loading tools end well without loading, so only
//! the node's own list counts.

mod near;
mod nowhere;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::places::{self, text_fact};
use crate::programs::{
    call_list, docker, docker_images, hand_over, images_in_use, minikube, node_images,
};
use crate::reference::{Reference, has, named};
pub(crate) use near::Near;
use nowhere::imageless;
use protocol::template::{fill_own, respelt};
use protocol::{Action, Answer, Cmd, Effect, Facts, Failure, Kind, Probe, StepContext, answered};

/// Has images in the node.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"images": ["${build.image}"], "transport": "minikube", "profile": "${context}"}))]
pub(crate) struct ImageLoad {
    /// `name:tag` each.
    #[serde(deserialize_with = "all_named")]
    images: Vec<String>,
    /// How: `docker-env` (they were built in the node), `minikube`, `kind`, `k3d`, `docker` (the
    /// node has this machine's), `command`, or `registry` (they are pushed, the nodes pull).
    #[serde(alias = "via")]
    transport: String,
    /// The minikube profile.
    #[serde(default)]
    profile: String,
    /// The kubeconfig context: what pods of others run on stays in the node; for `kind` and `k3d`
    /// it names the cluster. Without it, the profile.
    #[serde(default)]
    context: String,
    /// For `command`: commands joined by pipes; `${self.image}` is the image.
    #[serde(default)]
    load: Commands,
    /// For `command`: prints the node's images, one reference in each line.
    #[serde(default)]
    list: Commands,
    /// For `command`: removes `${self.image}` from the node.
    #[serde(default)]
    unload: Commands,
    /// An image that this machine does not have either is left to the node to pull.
    #[serde(default)]
    or_pull: bool,
    /// How many images of a repository stay in the node: a rollback needs those of earlier
    /// revisions.
    #[serde(default = "three")]
    keep: usize,
}

fn three() -> usize {
    3
}

fn all_named<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct Named(#[serde(deserialize_with = "named")] String);
    let names: Vec<Named> = Deserialize::deserialize(from)?;
    Ok(names.into_iter().map(|Named(name)| name).collect())
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
    fn cmd(&self, image: &str) -> Result<Option<Cmd>, Failure> {
        let Commands::Pipe(commands) = self else {
            return Ok(None);
        };
        let own = |name: &str| (name == "image").then(|| image.to_string());
        let word = |word: &String| fill_own(&respelt(word, ["image"].into_iter()), own);
        let fill = |argv: &Vec<String>| {
            let argv: Result<Vec<String>, String> = argv.iter().map(word).collect();
            argv.map(|argv| call_list(&argv)).map_err(Failure::new)
        };
        let commands: Vec<Cmd> = commands.iter().map(fill).collect::<Result<_, _>>()?;
        Ok(commands.into_iter().reduce(Cmd::pipe))
    }
}

/// How registries say that they have no such image.
const UNKNOWN_WORDS: [&str; 3] = ["no such manifest", "manifest unknown", "not found"];

/// How docker says that it may not push.
const DENIED_WORDS: [&str; 3] = ["denied", "unauthorized", "authentication required"];
/// How docker says that there is nobody to push to.
const UNREACHED_WORDS: [&str; 5] = [
    "EOF",
    "connection refused",
    "no such host",
    "i/o timeout",
    "network is unreachable",
];

/// A fact: the images that this step put into the node, separated by spaces.
const LOADED: &str = "loaded";

impl Kind for ImageLoad {
    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let node = match self.transport.as_str() {
            "registry" if self.or_pull => return Vec::new(),
            "registry" => return self.images.iter().map(|image| pushed(image)).collect(),
            "command" => self.list.cmd("").ok().flatten().unwrap_or_default(),
            "kind" | "k3d" | "docker" => match self.near() {
                Some(near) => near.list(),
                None => return Vec::new(),
            },
            _ => node_images(&self.profile),
        };
        let second = match self.cluster() {
            Some(cluster) if context.undo => Some(images_in_use(cluster)),
            _ => self.or_pull.then(|| docker_images(None)),
        };
        [node].into_iter().chain(second).map(Probe::Run).collect()
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        if self.transport == "registry" {
            return self.in_registry(answers);
        }
        if let Some(failure) = self.nowhere() {
            return Effect::Broken(failure);
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
        if self.transport == "registry" {
            let push = |(image, _)| Action::Run(docker(["push", image], None));
            return Ok(self.unpushed(answers).map(push).collect());
        }
        let node = answers.first().and_then(Answer::stdout);
        let mut loaded = loaded(context);
        // What was removed since is nobody's any more.
        loaded.retain(|image| node.is_none_or(|node| has(node, image)));
        let node = node.unwrap_or_default();
        let mut actions = Vec::new();
        for image in self
            .images
            .iter()
            .filter(|image| !has(node, image) && !self.may_pull(image, answers))
        {
            actions.push(Action::Run(self.load_cmd(image)?));
            loaded.retain(|other| other != image);
            loaded.push(image);
        }
        // Before they are loaded: a run that is killed meanwhile must know afterwards which were
        // its own.
        actions.insert(0, note(&loaded));
        let old = self.outdated(&loaded).into_iter();
        actions.extend(old.filter_map(|image| Some(Action::Later(self.unload_cmd(image).ok()??))));
        Ok(actions)
    }

    /// What was pushed stays: others may pull it by now, and registries have no common way to
    /// delete.
    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if self.transport == "registry" || self.nowhere().is_some() {
            return Ok(Vec::new());
        }
        let node = answered(answers)?;
        let used = self.used(answers)?;
        let ours = loaded(context).into_iter();
        let mut actions = Vec::new();
        for image in ours.filter(|image| has(node, image) && !has(used, image)) {
            actions.extend(self.unload_cmd(image)?.map(Action::Run));
        }
        Ok(actions)
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let (Some(node), Ok(used)) = (answers.first().and_then(Answer::stdout), self.used(answers))
        else {
            return Vec::new();
        };
        let ours = loaded(context).into_iter();
        ours.filter(|image| has(node, image) && has(used, image))
            .map(|image| format!("{image}, which pods run on that are not ours"))
            .collect()
    }

    fn diagnose(&self, action: &Action, output: &str) -> Option<Failure> {
        let says = |words: &[&str]| words.iter().any(|word| output.contains(word));
        let is_push = matches!(action, Action::Run(cmd) if cmd.argv.get(1).is_some_and(|word| word == "push"));
        let images = self.images.join(", ");
        match is_push {
            true if says(&DENIED_WORDS) => Some(
                Failure::new(format!("the registry refuses {images}"))
                    .fix("`docker login` to it, and check that the name is one you may push to"),
            ),
            true if says(&UNREACHED_WORDS) => {
                let last = output.lines().rfind(|line| !line.trim().is_empty());
                let words = last.unwrap_or_default().trim();
                Some(Failure::new(format!("the registry of {images} is not reached: {words}")).fix(
                    "check its name and port in `registry`, and that it runs and docker gets there (proxy, VPN)",
                ))
            }
            _ => self.not_here(action, output),
        }
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
    /// The cluster near by that the images go into, if it is one.
    fn near(&self) -> Option<Near<'_>> {
        let near = match self.context.as_str() {
            "" if self.transport == "docker" => Some(Near::Docker),
            context => Near::of(context),
        };
        near.filter(|near| near.transport() == self.transport)
    }

    /// The cluster that can be asked what its pods run on.
    fn cluster(&self) -> Option<&str> {
        let names = [&self.context, &self.profile];
        names
            .into_iter()
            .map(String::as_str)
            .find(|name| !name.is_empty())
    }

    /// What pods run on, as far as somebody can be asked. Ours are gone by then.
    fn used<'a>(&self, answers: &'a [Answer]) -> Result<&'a str, Failure> {
        match self.cluster() {
            Some(_) => answered(answers.get(1..).unwrap_or_default()),
            None => Ok(""),
        }
    }

    /// Of what was loaded, oldest first, what is neither wanted nor among the newest of its
    /// repository.
    fn outdated<'a>(&self, loaded: &[&'a str]) -> Vec<&'a str> {
        let repository = |image: &str| Some(Reference::parse(image)?.repository());
        let newer = |at: usize| {
            let same = |other: &&&str| repository(other) == repository(loaded[at]);
            loaded[at + 1..].iter().filter(same).count()
        };
        (0..loaded.len())
            .filter(|&at| newer(at) >= self.keep.max(1))
            .map(|at| loaded[at])
            .filter(|image| !self.images.iter().any(|wanted| wanted == image))
            .collect()
    }

    /// The images that the registry does not have. Base images are not asked for: their own
    /// registry has them.
    fn unpushed<'a>(
        &'a self,
        answers: &'a [Answer],
    ) -> impl Iterator<Item = (&'a str, &'a Answer)> {
        let asked = self.images.iter().map(String::as_str).zip(answers);
        asked.filter(|(_, answer)| answer.stdout().is_none())
    }

    fn in_registry(&self, answers: &[Answer]) -> Effect {
        let Some((image, answer)) = self.unpushed(answers).next() else {
            let images = self.images.join(", ");
            return Effect::Present(format!("{images} left to the nodes to pull"), Facts::new());
        };
        let words = answer.trouble();
        let knows = UNKNOWN_WORDS.iter().any(|unknown| words.contains(unknown));
        Effect::Absent(match knows {
            true => format!("the registry has no image {image}"),
            false => format!("the registry does not tell whether it has {image}: {words}"),
        })
    }

    /// Whether the node has to get the image by itself because this machine has not got it either.
    fn may_pull(&self, image: &str, answers: &[Answer]) -> bool {
        let here = answers.get(1).and_then(Answer::stdout);
        self.or_pull && here.is_none_or(|here| !has(here, image))
    }

    fn load_cmd(&self, image: &str) -> Result<Cmd, Failure> {
        match self.transport.as_str() {
            "command" => self.load.cmd(image)?.ok_or_else(|| {
                Failure::new("nothing says how images are loaded here")
                    .fix("write `load = [[\"…\"]]` into the step's `with`, or as a variable of the target where `with` takes one")
            }),
            // What is built inside the node is not loaded, so it is there or nobody has it.
            "docker-env" if !self.or_pull => {
                Err(imageless("the docker inside the node", image))
            }
            "docker-env" => Ok(hand_over(image, &self.profile)),
            "kind" | "k3d" | "docker" => self.load_near(image),
            _ => Ok(minikube(&self.profile).args(["image", "load", image])),
        }
    }

    fn load_near(&self, image: &str) -> Result<Cmd, Failure> {
        if let Some(failure) = self.nowhere() {
            return Err(failure);
        }
        let load = self.near().and_then(|near| near.load(image));
        load.ok_or_else(|| imageless("this machine's docker", image))
    }

    fn unload_cmd(&self, image: &str) -> Result<Option<Cmd>, Failure> {
        match self.transport.as_str() {
            "command" => self.unload.cmd(image),
            "kind" | "k3d" | "docker" => Ok(self.near().and_then(|near| near.unload(image))),
            _ => Ok(Some(minikube(&self.profile).args(["image", "rm", image]))),
        }
    }
}

/// Whether a registry has an image. Docker pushes to one on this machine without TLS, but has to be
/// told to ask it so.
fn pushed(image: &str) -> Probe {
    let near = Reference::parse(image).is_some_and(|image| image.is_near());
    let insecure = near.then_some("--insecure");
    let words = ["manifest", "inspect"].into_iter().chain(insecure);
    Probe::Run(docker(words.chain([image]), None))
}

/// What was loaded earlier is still ours.
fn carried(context: &StepContext) -> Facts {
    places::carried(context, [LOADED])
}

/// The images that this step put into the node, oldest first.
fn loaded<'a>(context: &StepContext<'a>) -> Vec<&'a str> {
    text_fact(context.before, LOADED).map_or(Vec::new(), |text| text.split_whitespace().collect())
}

fn note(loaded: &[&str]) -> Action {
    Action::Note(LOADED.to_string(), loaded.join(" "))
}
