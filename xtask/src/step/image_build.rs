//! `image-build`: an image under a tag that is the digest of what it is built from, in the daemon that the cluster uses if it can.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::namespace::OWNER;
use super::{Act, Answer, Ask, Cmd, Failure, Scene, Step, Verdict, answered, facts};
use crate::tools::docker_env;

/// Builds an image.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({"image": "app", "version": "0.1.0", "dockerfile": "Dockerfile", "images": "${cluster.images}"}))]
pub struct ImageBuild {
    /// The repository, such as `todo-backend`.
    image: String,
    /// The version in front of the digest.
    version: String,
    /// Relative to pipeline.toml.
    dockerfile: String,
    /// The folder that is sent to the daemon, relative to pipeline.toml.
    #[serde(default = "here")]
    context: String,
    /// `docker-env` builds inside the minikube node; anything else on this machine's daemon.
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
    fn docker<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Cmd {
        Cmd::new("docker", args)
            .env_from((self.images == "docker-env").then(|| docker_env(&self.profile)))
    }

    fn tag(&self, scene: &Scene) -> String {
        format!("{}-{}", self.version, scene.content.short())
    }

    fn reference(&self, scene: &Scene) -> String {
        format!("{}:{}", self.image, self.tag(scene))
    }

    /// The image's id in what `docker image ls` printed.
    fn id(&self, answers: &[Answer], tag: &str) -> Option<String> {
        let ours = |line: &Value| line["Repository"] == *self.image && line["Tag"] == tag;
        Some(listed(answers).find(ours)?["ID"].as_str()?.to_string())
    }
}

/// The lines of `docker image ls --format '{{json .}}'`.
fn listed(answers: &[Answer]) -> impl Iterator<Item = Value> {
    let text = answers.first().and_then(Answer::stdout).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
}

impl Step for ImageBuild {
    fn inputs(&self) -> Vec<String> {
        vec![self.dockerfile.clone()]
    }

    fn asks(&self, scene: &Scene) -> Vec<Ask> {
        let filter = format!("label={OWNER}={}", scene.pipeline);
        vec![Ask::Run(self.docker([
            "image",
            "ls",
            "--no-trunc",
            "--filter",
            &filter,
            "--format",
            "{{json .}}",
        ]))]
    }

    fn judge(&self, scene: &Scene, answers: &[Answer]) -> Verdict {
        let (tag, reference) = (self.tag(scene), self.reference(scene));
        if !matches!(answers, [Answer::Ran(output)] if output.code == 0) {
            return Verdict::Gone(answers.first().map_or(String::new(), Answer::trouble));
        }
        let Some(id) = self.id(answers, &tag) else {
            return Verdict::Gone(format!("the daemon has no image {reference}"));
        };
        let facts = facts([
            ("image", &reference),
            ("repository", &self.image),
            ("tag", &tag),
            ("id", &id),
        ]);
        Verdict::Stands(format!("{reference} is in the daemon"), facts)
    }

    fn acts(&self, scene: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        if let Some(Answer::None(why)) = answers.first() {
            return Err(Failure::new(why)
                .fix("check that Docker and the cluster run; `cargo xtask doctor` looks at both"));
        }
        let mut cmd = self.docker([
            "build",
            "-f",
            &self.dockerfile,
            "-t",
            &self.reference(scene),
        ]);
        cmd = cmd.args(["--label".to_string(), format!("{OWNER}={}", scene.pipeline)]);
        cmd = cmd.args([
            "--build-arg".to_string(),
            format!("VERSION={}", self.version),
        ]);
        for (name, value) in &self.args {
            cmd = cmd.args(["--build-arg".to_string(), format!("{name}={value}")]);
        }
        Ok(vec![Act::Run(cmd.args([self.context.clone()]))])
    }

    fn undo(&self, _: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        answered(answers)?;
        let references: Vec<String> = listed(answers)
            .filter(|line| line["Repository"] == *self.image)
            .filter_map(|line| Some(format!("{}:{}", self.image, line["Tag"].as_str()?)))
            .collect();
        if references.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Act::Run(
            self.docker(["image", "rm"]).args(references),
        )])
    }

    fn removed(&self, _: &Scene, answers: &[Answer]) -> Verdict {
        match listed(answers).any(|line| line["Repository"] == *self.image) {
            true => Verdict::Wait(format!("the daemon still has {}", self.image)),
            false => Verdict::Gone("it is removed".to_string()),
        }
    }

    fn diagnose(&self, _: &Act, output: &str) -> Option<Failure> {
        let line = output.lines().find(|line| {
            line.contains("pull access denied") || line.contains("failed to resolve source")
        })?;
        Some(Failure::new(format!("the base image of {} can't be had", self.dockerfile)).seen([line.trim()]).fix(
            "check the network and the image's name after FROM; an image that the daemon has already is not pulled",
        ))
    }
}
