//! `image-build`: an image under a tag that is the digest of what it is built from, in the daemon that the cluster uses if it can.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Deserialize;

use crate::image_load::has;
use crate::namespace::OWNER;
use crate::programs::{docker, docker_images, hand_over, node_images};
use protocol::{Action, Answer, Cmd, Effect, Failure, Kind, Probe, StepContext, answered, facts};

/// Builds an image.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"image": "app", "version": "0.1.0", "dockerfile": "Dockerfile", "images": "${cluster.images}"}))]
pub(crate) struct ImageBuild {
    /// The repository, such as `todo-backend`.
    image: String,
    /// The version in front of the digest.
    version: String,
    /// Relative to pipeline.toml.
    dockerfile: String,
    /// The folder that is sent to the daemon, relative to pipeline.toml.
    #[serde(default = "here")]
    context: String,
    /// `docker-env` builds inside the minikube node, with the base images that this machine has already; anything else on this
    /// machine's daemon.
    images: String,
    /// The minikube profile, for `docker-env`.
    #[serde(default)]
    profile: String,
    /// Build arguments.
    #[serde(default)]
    args: BTreeMap<String, String>,
}

fn here() -> String {
    ".".to_string()
}

impl ImageBuild {
    /// The profile in whose node the image is built.
    fn node(&self) -> Option<&str> {
        (self.images == "docker-env").then_some(&self.profile)
    }

    fn docker<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Cmd {
        docker(args, self.node())
    }

    /// How a user reaches the docker that builds.
    fn place(&self) -> String {
        self.node().map_or("docker".to_string(), |profile| {
            format!("minikube -p {profile} ssh -- docker")
        })
    }

    fn tag(&self, context: &StepContext) -> String {
        format!("{}-{}", self.version, context.content)
    }

    fn reference(&self, context: &StepContext) -> String {
        format!("{}:{}", self.image, self.tag(context))
    }

    /// The repository as docker lists it: without the registry that it takes if none is named.
    fn listed_as(&self) -> &str {
        self.image.strip_prefix("docker.io/").unwrap_or(&self.image)
    }

    /// The images of this repository in what docker listed: tag and id.
    fn listed<'a>(&'a self, answers: &'a [Answer]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let text = answers.first().and_then(Answer::stdout).unwrap_or_default();
        text.lines().filter_map(|line| {
            let (name, id) = line.split_once(' ')?;
            let tag = name.strip_prefix(self.listed_as())?.strip_prefix(':')?;
            Some((tag, id))
        })
    }

    /// Base images that this machine has and the node has not: they need not be pulled again, or not without a network.
    fn handed_over(&self, answers: &[Answer]) -> Vec<Action> {
        let (Some(profile), [_, file, node, here]) = (self.node(), answers) else {
            return Vec::new();
        };
        let (Some(file), Some(node), Some(here)) = (file.stdout(), node.stdout(), here.stdout())
        else {
            return Vec::new();
        };
        bases(file)
            .filter(|image| has(here, image) && !has(node, image))
            .map(|image| Action::Run(hand_over(&image, profile)))
            .collect()
    }
}

/// The images that a Dockerfile builds upon, with their tags. What is named by an argument is left to the daemon.
fn bases(dockerfile: &str) -> impl Iterator<Item = String> {
    let image = |line: &str| {
        let mut words = line.split_whitespace();
        let from = words.next()?.eq_ignore_ascii_case("from");
        let image = words.find(|word| !word.starts_with("--"))?;
        let plain = from && image != "scratch" && !image.contains(['$', '@']);
        let tagged = image.rsplit('/').next()?.contains(':');
        plain.then(|| format!("{image}{}", if tagged { "" } else { ":latest" }))
    };
    dockerfile.lines().filter_map(image)
}

impl Kind for ImageBuild {
    fn inputs(&self) -> Vec<String> {
        vec![self.dockerfile.clone()]
    }

    fn probes(&self, context: &StepContext) -> Vec<Probe> {
        let all = docker_images(self.node());
        if context.undo {
            let filter = format!("label={OWNER}={}", context.pipeline);
            return vec![Probe::Run(all.args(["--filter".to_string(), filter]))];
        }
        match self.node() {
            None => vec![Probe::Run(all)],
            Some(profile) => vec![
                Probe::Run(all),
                Probe::Read(self.dockerfile.clone()),
                Probe::Run(node_images(profile)),
                Probe::Run(docker_images(None)),
            ],
        }
    }

    fn assess(&self, context: &StepContext, answers: &[Answer]) -> Effect {
        let (tag, reference) = (self.tag(context), self.reference(context));
        if !matches!(answers.first(), Some(Answer::Ran(output)) if output.code == 0) {
            return Effect::Absent(answers.first().map_or(String::new(), Answer::trouble));
        }
        let Some((_, id)) = self.listed(answers).find(|(listed, _)| *listed == tag) else {
            return Effect::Absent(format!("the daemon has no image {reference}"));
        };
        let facts = facts([
            ("image", &reference),
            ("repository", &self.image),
            ("tag", &tag),
            ("id", id),
        ]);
        Effect::Present(format!("{reference} is in the daemon"), facts)
    }

    fn actions(&self, context: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        if let Some(Answer::None(why)) = answers.first() {
            return Err(Failure::new(why)
                .fix("check that Docker and the cluster run; `cargo xtask doctor` looks at both"));
        }
        let mut cmd = self.docker([
            "build",
            "-f",
            &self.dockerfile,
            "-t",
            &self.reference(context),
        ]);
        cmd = cmd.args([
            "--label".to_string(),
            format!("{OWNER}={}", context.pipeline),
        ]);
        cmd = cmd.args([
            "--build-arg".to_string(),
            format!("VERSION={}", self.version),
        ]);
        for (name, value) in &self.args {
            cmd = cmd.args(["--build-arg".to_string(), format!("{name}={value}")]);
        }
        let mut actions = self.handed_over(answers);
        actions.push(Action::Run(cmd.args([self.context.clone()])));
        Ok(actions)
    }

    /// Forced, because the node keeps containers that have ended for a while, and they hold on to their image.
    fn undo(&self, _: &StepContext, answers: &[Answer]) -> Result<Vec<Action>, Failure> {
        answered(answers)?;
        let reference = |(tag, _)| format!("{}:{tag}", self.image);
        let references: Vec<String> = self.listed(answers).map(reference).collect();
        if references.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Action::Run(
            self.docker(["image", "rm", "--force"]).args(references),
        )])
    }

    fn removed(&self, _: &StepContext, answers: &[Answer]) -> Effect {
        match self.listed(answers).next().is_some() {
            true => Effect::Pending(format!("the daemon still has {}", self.image)),
            false => Effect::Absent("it is removed".to_string()),
        }
    }

    fn diagnose(&self, _: &Action, output: &str) -> Option<Failure> {
        let (line, trouble) = TROUBLES.iter().find_map(|trouble| {
            let said = |line: &&str| trouble.said.iter().any(|text| line.contains(text));
            Some((output.lines().find(said)?, trouble))
        })?;
        let cause = trouble.cause.replace("{dockerfile}", &self.dockerfile);
        Some(
            Failure::new(cause)
                .seen([line.trim()])
                .fix(trouble.fix.replace("{docker}", &self.place())),
        )
    }
}

/// What stops a build and is not the code's fault.
struct Trouble {
    said: &'static [&'static str],
    cause: &'static str,
    fix: &'static str,
}

const TROUBLES: &[Trouble] = &[
    Trouble {
        said: &["is too old. Minimum supported API version"],
        cause: "this machine's docker is too old for the docker that builds {dockerfile}",
        fix: "update docker on this machine",
    },
    Trouble {
        said: &["no space left on device"],
        cause: "the docker that builds {dockerfile} has no free disk left",
        fix: "free some: `{docker} system prune`",
    },
    Trouble {
        said: &["signal: 9, SIGKILL", "cannot allocate memory", "OOMKilled"],
        cause: "the build of {dockerfile} was ended because there is too little memory",
        fix: "give the cluster or docker more memory, or fewer CPUs, which means fewer compilers at once",
    },
    Trouble {
        said: &[
            "pull access denied",
            "failed to resolve source",
            "manifest unknown",
            "registry-1.docker.io",
        ],
        cause: "the base image of {dockerfile} can't be had",
        fix: "check the network and the image's name after FROM; an image that this machine's docker has already is not pulled",
    },
    Trouble {
        said: &["Could not resolve host", "failed to download from"],
        cause: "the build of {dockerfile} can't reach the network",
        fix: "check the network, DNS and proxy of the docker that builds: `{docker} info`",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_read_from_a_dockerfile() {
        let text = "FROM rust:1-bookworm AS dependencies\nfrom --platform=linux/amd64 host:5000/tool\nFROM dependencies AS build\nFROM scratch\nFROM $BASE\n";
        let found: Vec<String> = bases(text).collect();
        assert_eq!(
            found,
            [
                "rust:1-bookworm",
                "host:5000/tool:latest",
                "dependencies:latest"
            ]
        );
    }
}
