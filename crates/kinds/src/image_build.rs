//! `image-build`: an image in the daemon that the cluster uses if it can. It has two tags: the
//! digest of what it is built from tells that it need not be built again; the digest of what it is,
//! which is published, lets nothing be released again that came out the same.
//!
//! Each image carries a label of the clone and target it was built for, and only those are pruned
//! and removed.

mod bases;
mod call;
mod handed;
mod instruction;
mod listed;
mod names;
#[cfg(test)]
mod tests;
mod trouble;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::dockerfile;
use crate::parts;
use crate::pattern::alone;
use crate::places::{self, AT, EARLIER, Place, carried, place, text_fact};
use crate::programs::{docker, docker_images, node_images};
use crate::reference::{repository, version};
use bases::BASES;
use handed::HANDED;
use listed::{Image, listed, made};
use protocol::{Action, Answer, Cmd, Effect, Failure, Kind, Probe, StepContext, answered, facts};

/// Builds an image.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-facts" = {"image": "repository and tag", "repository": "the image without its tag", "tag": "the tag, which follows from the inputs or from the image", "id": "the id of the image"}))]
#[schemars(example = serde_json::json!({"image": "app", "version": "0.1.0", "dockerfile": "Dockerfile", "transport": "${cluster.transport}"}))]
pub(crate) struct ImageBuild {
    /// The repository, such as `shop-web`.
    #[serde(deserialize_with = "repository")]
    image: String,
    /// The version in front of the digest, such as `0.1.0`.
    #[serde(deserialize_with = "version")]
    version: String,
    /// Relative to pipeline.toml. What it copies from its context is an input, less what the
    /// `.dockerignore` keeps out, as a copy shows it: with modes, links and empty folders. An image
    /// after `FROM` or `COPY --from=` counts by its id if the docker that builds has it, else by its
    /// name. Or
    /// `{ program = "PATH" }`: a static program of this machine, which alone makes up the image,
    /// without a build. The same program comes out as another image each time, since docker notes
    /// when it was imported.
    dockerfile: Recipe,
    /// The folder that a Dockerfile's build sends to the daemon, relative to pipeline.toml.
    #[serde(default = "here")]
    context: String,
    /// `docker-env` builds inside the minikube node, with the base images that this machine has
    /// already; anything else on this machine's daemon.
    #[serde(alias = "images")]
    transport: String,
    /// The minikube profile, for `docker-env`.
    #[serde(default)]
    profile: String,
    /// Build arguments.
    #[serde(default)]
    args: BTreeMap<String, String>,
    /// How many images of this repository stay: a rollback needs those of earlier revisions.
    #[serde(default = "three")]
    keep: usize,
}

/// What an image is made of.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a Dockerfile's path is wanted, or `{ program = \"PATH\" }`"
)]
enum Recipe {
    Dockerfile(String),
    Program { program: String },
}

impl Recipe {
    fn file(&self) -> &str {
        let (Recipe::Dockerfile(file) | Recipe::Program { program: file }) = self;
        file
    }
}

/// A program's path as one that is not looked up on PATH.
fn place_of(program: &str) -> String {
    match program.contains('/') {
        true => program.to_string(),
        false => format!("./{program}"),
    }
}

fn here() -> String {
    ".".to_string()
}

fn three() -> usize {
    3
}

/// A label: the clone and target that an image was built for.
const BUILDER: &str = "pipeline.local/builder";
/// A label that a Dockerfile gives to the stages before the last one, beside [`BUILDER`]: the image
/// that they build. The classic builder leaves them behind without a name.
const STAGE: &str = "pipeline.local/stage";
/// A fact of its own: the tag of the inputs that the image was built from.
const BUILT: &str = ".built";
/// The build argument from which such a stage learns whose it is.
const BUILDER_ARG: &str = "PIPELINE_BUILDER";
/// How many answers there are for each repository that is to be removed.
const ANSWERS: usize = 3;

impl ImageBuild {
    /// The profile in whose node the image is built.
    fn node(&self) -> Option<&str> {
        (self.transport == "docker-env").then_some(&self.profile)
    }

    fn docker<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Cmd {
        docker(args, self.node())
    }

    /// How a user reaches the docker that builds.
    fn docker_by_hand(&self) -> String {
        self.node().map_or("docker".to_string(), |profile| {
            format!("minikube -p {profile} ssh -- docker")
        })
    }

    fn place(&self) -> Place {
        place([self.node().unwrap_or_default(), &self.image])
    }

    /// Node (empty for this machine) and repository, now and under the settings of earlier runs.
    fn each(&self, context: &StepContext) -> Vec<[String; 2]> {
        places::each(context, self.place())
    }

    /// The images of this repository that nobody needs any more: all but the newest ones, that of
    /// the current inputs and the one before it, which may be old.
    fn outdated(&self, current: &Image, before: Option<&str>, ours: &[Image]) -> Vec<String> {
        let mut ids: Vec<&str> = vec![&current.id];
        ids.extend(before.filter(|before| *before != current.id));
        for image in ours {
            if !ids.contains(&&*image.id) {
                ids.push(&image.id);
            }
        }
        let kept = &ids[..ids.len().min(self.keep.max(1))];
        ours.iter()
            .filter(|image| !kept.contains(&&*image.id))
            .map(|image| self.reference(&image.tag))
            .collect()
    }
}

impl Kind for ImageBuild {
    fn inputs(&self) -> Vec<String> {
        match &self.dockerfile {
            Recipe::Dockerfile(_) => self.input_lists(),
            Recipe::Program { program } => vec![alone(program)],
        }
    }

    /// Two steps would prune each other's images.
    fn claims(&self) -> Vec<String> {
        vec![format!("the image repository `{}`", self.image)]
    }

    fn input_lists(&self) -> Vec<String> {
        let Recipe::Dockerfile(file) = &self.dockerfile else {
            return Vec::new();
        };
        let ignore = match self.context.trim_end_matches('/') {
            "." => ".dockerignore".to_string(),
            context => format!("{context}/.dockerignore"),
        };
        vec![file.clone(), format!("{file}.dockerignore"), ignore]
    }

    /// A `.dockerignore` of the Dockerfile's own takes the place of the context's.
    fn listed_inputs(&self, texts: &[String]) -> Vec<String> {
        let [file, own, shared] = texts else {
            return Vec::new();
        };
        let ignore = if own.is_empty() { shared } else { own };
        dockerfile::inputs(file, ignore, &self.context)
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let all = docker_images(self.node());
        if context.undo {
            return self.undo_probes(context);
        }
        match (self.node(), &self.dockerfile) {
            (Some(profile), Recipe::Dockerfile(file)) => vec![
                Probe::Run(all),
                Probe::Read(file.clone()),
                Probe::Run(node_images(profile)),
                Probe::Run(docker_images(None)),
            ],
            (_, Recipe::Program { program }) if context.acting => {
                vec![Probe::Run(all), Probe::Which(place_of(program))]
            }
            (None, Recipe::Dockerfile(file)) => vec![Probe::Run(all), Probe::Read(file.clone())],
            _ => vec![Probe::Run(all)],
        }
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let tag = self.input_tag(context);
        if answers.first().and_then(Answer::stdout).is_none() {
            return self.unasked(answers.first());
        }
        let images = listed(answers.first(), &self.image);
        let Some(image) = images.iter().find(|image| image.tag == tag) else {
            let reference = self.reference(&tag);
            return Effect::Absent(format!("the daemon has no image {reference}"));
        };
        if let Some(why) = self.misnamed(context, image, &images) {
            return Effect::Absent(why);
        }
        let is_same = text_fact(context.before, BUILT) == Some(&tag);
        let before = is_same.then(|| text_fact(context.before, BASES)).flatten();
        let bases = self.bases(before, answers);
        if let Some(base) = bases.moved {
            return Effect::Absent(format!("its base image {base} is another one now"));
        }
        let own = self.own_tag(image);
        let handed_on = match self.is_named(image, &images) {
            true => &own,
            false => &tag,
        };
        let reference = self.reference(handed_on);
        let mut facts = facts([
            (BUILT, &tag),
            (BASES, &bases.fact),
            ("image", &reference),
            ("repository", &self.image),
            ("tag", handed_on),
            ("id", &image.id),
        ]);
        facts.extend(carried(context, [AT, EARLIER, HANDED]));
        Effect::Present(format!("{reference} is in the daemon"), facts)
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if let Some(answer) = answers.first().filter(|answer| answer.stdout().is_none()) {
            return Err(self.unreached(answer));
        }
        if let (Recipe::Program { program }, Some(Answer::None(_))) =
            (&self.dockerfile, answers.get(1))
        {
            let cause = format!("there is no program `{program}` to make an image of");
            return Err(Failure::new(cause).fix("correct the path, which begins at the folder of pipeline.toml, let a step before make it, or make the file executable"));
        }
        let mut actions = places::remember(context, &self.place());
        actions.extend(self.hand_over(context, answers));
        actions.push(Action::Run(self.build(context)));
        Ok(actions)
    }

    fn tidy_probes(&self, context: &StepContext) -> Vec<Probe> {
        [
            docker_images(self.node()),
            listed::built(self.node(), context),
            listed::stages(self.node(), &self.image, context),
        ]
        .map(Probe::Run)
        .into()
    }

    fn tidy(&self, context: &StepContext, answers: &[Answer]) -> Vec<Action> {
        let input_tag = self.input_tag(context);
        let images = listed(answers.first(), &self.image);
        let Some(current) = images.iter().find(|image| image.tag == input_tag) else {
            return Vec::new();
        };
        let (from, to) = (
            self.reference(&input_tag),
            self.reference(&self.own_tag(current)),
        );
        let mut actions = vec![Action::Try(self.docker(["tag", &from, &to]))];
        let before = text_fact(context.before, "id");
        let old = self.outdated(current, before, &made(answers.get(1), &self.image));
        // The newest stages are what the next build goes on from.
        let stages = listed::ids(answers.get(2)).into_iter().skip(1);
        for unneeded in old.into_iter().chain(stages) {
            actions.push(Action::Later(self.docker(["image", "rm", &unneeded])));
        }
        actions
    }

    /// Forced, because the node keeps containers that have ended for a while, and they hold on to
    /// their image.
    fn undo(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        let mut actions = Vec::new();
        for ([node, image], answers) in self.each(context).iter().zip(answers.chunks(ANSWERS)) {
            answered(answers)?;
            let node = Some(node.as_str()).filter(|node| !node.is_empty());
            let reference = |found: Image| format!("{image}:{}", found.tag);
            let ours: Vec<String> = made(answers.first(), image)
                .into_iter()
                .map(reference)
                .collect();
            if !ours.is_empty() {
                let remove = docker(["image", "rm", "--force"], node).args(ours);
                actions.push(Action::Run(remove));
            }
            let stages = listed::ids(answers.get(2));
            if !stages.is_empty() {
                actions.push(Action::Try(docker(["image", "rm"], node).args(stages)));
            }
        }
        let (taken, _) = self.handed_images(context, answers);
        if !taken.is_empty() {
            actions.push(Action::Run(self.docker(["image", "rm"]).args(taken)));
        }
        Ok(actions)
    }

    fn left(&self, context: &StepContext, answers: &[Answer]) -> Vec<String> {
        let mut left = Vec::new();
        for ([_, image], answers) in self.each(context).iter().zip(answers.chunks(ANSWERS)) {
            let ours = listed(answers.first(), image);
            let others = made(answers.get(1), image);
            let others = others.iter().filter(|other| !ours.contains(other));
            let others = others.map(|other| format!("{image}:{}", other.tag));
            let others = parts::some_of(&others.collect::<Vec<_>>(), 2);
            let whose = "built by another clone or for another target";
            left.extend(others.map(|others| format!("{others}, {whose}")));
        }
        let (_, used) = self.handed_images(context, answers);
        left.extend(
            used.iter()
                .map(|image| format!("{image}, which a container runs on")),
        );
        left
    }

    fn removed(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        match self.undo(context, answers) {
            Ok(actions) if actions.is_empty() => Effect::Absent("it is removed".to_string()),
            _ => Effect::Pending(format!("the daemon still has {}", self.image)),
        }
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        self.read_trouble(output)
            .or_else(|| self.failed_call(output))
    }
}

impl ImageBuild {
    fn undo_probes(&self, context: &StepContext) -> Vec<Probe> {
        let ask = |[node, image]: [String; 2]| {
            let node = Some(node.as_str()).filter(|node| !node.is_empty());
            [
                listed::built(node, context),
                listed::of_pipeline(node, context),
                listed::stages(node, &image, context),
            ]
        };
        let used = docker(["ps", "--all", "--format", "{{.Image}}"], self.node());
        let in_node = self.node().map(|node| [docker_images(Some(node)), used]);
        self.each(context)
            .into_iter()
            .flat_map(ask)
            .chain(in_node.into_iter().flatten())
            .map(Probe::Run)
            .collect()
    }
}
