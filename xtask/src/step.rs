//! What a step is, as plain data: questions, how to judge the answers, and the acts that bring the effect about.
//!
//! A kind never does anything. The engine asks its questions, lets it judge the answers, performs its acts, and asks again:
//! only an answer is proof that an effect is there, never an exit status. Kinds know no graph, journal or progress.
//! Adding a kind is one file in `step/` and one line in [`KINDS`].

mod act;
mod addon;
mod check;
mod command;
mod context;
mod folder;
mod health;
mod helm_lint;
mod helm_release;
mod helm_template;
mod helm_test;
mod http_flow;
mod image_build;
mod image_load;
mod ingress;
mod minikube;
mod namespace;
mod process;
mod rollout;
mod tools;

pub use folder::MARK as FOLDER_MARK;

pub use act::{Act, Answer, Ask, Cmd, Daemon, Exchange, Failure, Output, Reply, Request};

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use crate::digest::Digest;

/// What a step tells those that need it: `${step.key}`.
pub type Facts = BTreeMap<String, String>;

/// The first answer's output, or the failure that there is none.
pub fn answered(answers: &[Answer]) -> Result<&str, Failure> {
    let first = answers.first();
    first.and_then(Answer::stdout).ok_or_else(|| {
        let words = first.map_or(String::new(), Answer::trouble);
        Failure::new(format!("can't tell what is there: {words}"))
            .fix("make the tool answer and run the same command again")
    })
}

/// What kubectl listed; while it does not answer, that is waited for.
pub fn listed(answers: &[Answer]) -> Result<Value, Verdict> {
    let first = answers.first();
    first.and_then(Answer::json).ok_or_else(|| {
        let words = first.map_or(String::new(), Answer::trouble);
        Verdict::Wait(format!("kubectl does not answer: {words}"))
    })
}

/// Facts from pairs.
pub fn facts<const N: usize>(pairs: [(&str, &str); N]) -> Facts {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// What a kind may know about its step, besides its own `with`.
pub struct Scene<'a> {
    /// The pipeline's name; ownership labels carry it.
    pub pipeline: &'a str,
    /// Digest of the declared inputs, `with` and environment: the same in every clone.
    pub content: Digest,
    /// What the step published when it was last done.
    pub before: Option<&'a Facts>,
    /// The effect is to be removed.
    pub undo: bool,
}

/// What the answers say about a step's effect.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there; the sentence says how we know.
    Stands(String, Facts),
    /// It is not there; the sentence says what is missing.
    Gone(String),
    /// It is coming; ask again.
    Wait(String),
    /// It can't come without someone's help.
    Broken(Failure),
}

/// A kind of step, parsed from its `with`.
pub trait Step: Send + Sync {
    /// Globs the kind depends on, besides the step's `inputs`.
    fn inputs(&self) -> Vec<String> {
        Vec::new()
    }

    /// Programs whose path and content are part of the fingerprint.
    fn programs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Read-only questions whose answers tell whether the effect is there.
    /// Steps that ask the same question share one answer while planning, so ask for lists.
    fn asks(&self, _scene: &Scene) -> Vec<Ask> {
        Vec::new()
    }

    /// Reads the answers, in the order of [`Step::asks`]. A kind without questions is judged by its outputs alone.
    fn judge(&self, _scene: &Scene, _answers: &[Answer]) -> Verdict {
        Verdict::Stands("inputs unchanged".to_string(), Facts::new())
    }

    /// What brings the effect about, given what was answered.
    fn acts(&self, scene: &Scene, answers: &[Answer]) -> Result<Vec<Act>, Failure>;

    /// What removes the effect, given what was answered; nothing if it is not there or not ours. No answer is a failure: silence
    /// does not mean that nothing is there.
    fn undo(&self, _scene: &Scene, _answers: &[Answer]) -> Result<Vec<Act>, Failure> {
        Ok(Vec::new())
    }

    /// Reads the answers after [`Step::undo`]: `Gone` ends it, `Wait` asks again.
    fn removed(&self, scene: &Scene, answers: &[Answer]) -> Verdict {
        match self.judge(scene, answers) {
            Verdict::Stands(..) => Verdict::Wait("it is still there".to_string()),
            other => other,
        }
    }

    /// Whether what needs this step lives inside its effect and is gone when that is.
    fn holds(&self) -> bool {
        false
    }

    /// What the user does when an effect did not come in time; `None` if it may only need longer.
    fn too_late(&self) -> Option<String> {
        None
    }

    /// Turns the output of a failed act into cause and fix; `None` leaves the tool's own words.
    fn diagnose(&self, _act: &Act, _output: &str) -> Option<Failure> {
        None
    }
}

/// How a kind takes part in skipping and cascading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Skipped while its inputs and outputs are unchanged and its questions are answered well.
    Makes,
    /// Only questions: asked each time, and what needs it is ordered behind it without depending on its result.
    Checks,
}

/// A kind read from its `with`, or what is wrong there.
pub type Parsed = Result<Arc<dyn Step>, toml::de::Error>;

/// One line of the registry.
pub struct Entry {
    /// The name used in pipeline.toml.
    pub name: &'static str,
    /// Part of the fingerprint; raise it when the same `with` begins to mean something else.
    pub schema: u32,
    /// How it takes part in skipping.
    pub nature: Nature,
    /// One sentence for `cargo xtask kinds`.
    pub about: &'static str,
    /// Reads `with`.
    pub parse: fn(Spanned<DeValue<'static>>) -> Parsed,
    /// The JSON Schema of `with`.
    pub keys: fn(&mut SchemaGenerator) -> Schema,
}

/// Every kind there is.
pub static KINDS: &[Entry] = &[
    makes::<command::Command>(
        "command",
        "runs one program; skipped while inputs and outputs are unchanged",
    ),
    checks::<check::Check>(
        "check",
        "runs one read-only program each time; its exit status is the answer",
    ),
    checks::<tools::Tools>(
        "tools",
        "finds the tools a target needs, all at once, each with the line that installs it",
    ),
    makes::<folder::Folder>(
        "folder",
        "has a folder for data, which teardown deletes with what is in it",
    ),
    makes::<process::Process>(
        "process",
        "keeps a program running in the background on a free port",
    ),
    checks::<health::Health>("health", "waits until addresses answer"),
    makes::<http_flow::HttpFlow>(
        "http-flow",
        "plays a user's requests one after the other and checks each reply",
    ),
    makes::<minikube::Minikube>(
        "minikube",
        "has a minikube cluster running with the wanted size, driver and runtime",
    ),
    checks::<context::Context>(
        "context",
        "checks that an existing cluster answers through its kubeconfig context",
    ),
    makes::<addon::Addon>(
        "addon",
        "enables a minikube addon and waits until it answers",
    ),
    makes::<namespace::Namespace>("namespace", "has a namespace of its own, marked as ours"),
    makes::<image_build::ImageBuild>(
        "image-build",
        "builds an image under a tag that is the digest of its inputs",
    ),
    makes::<image_load::ImageLoad>(
        "image-load",
        "has images in the cluster's nodes, and proves it",
    ),
    makes::<helm_lint::HelmLint>(
        "helm-lint",
        "lints a chart strictly, once for each values file",
    ),
    makes::<helm_template::HelmTemplate>(
        "helm-template",
        "renders a chart and refuses what would not deploy as built",
    ),
    makes::<helm_release::HelmRelease>(
        "helm-release",
        "has a release deployed at the revision we made",
    ),
    checks::<rollout::Rollout>(
        "rollout",
        "waits until a release's pods are ready, or names the cause why they can't be",
    ),
    checks::<ingress::Ingress>("ingress", "waits until an ingress has an address"),
    makes::<helm_test::HelmTest>("helm-test", "runs the chart's own tests"),
];

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Entry> {
    KINDS.iter().find(|entry| entry.name == name)
}

/// Reads `with` into a kind.
pub fn parse<K: Step + DeserializeOwned + 'static>(with: Spanned<DeValue<'static>>) -> Parsed {
    Ok(Arc::new(K::deserialize(with.into_deserializer())?))
}

const fn makes<K: Step + DeserializeOwned + JsonSchema + 'static>(
    name: &'static str,
    about: &'static str,
) -> Entry {
    Entry {
        name,
        schema: 1,
        nature: Nature::Makes,
        about,
        parse: parse::<K>,
        keys: K::json_schema,
    }
}

const fn checks<K: Step + DeserializeOwned + JsonSchema + 'static>(
    name: &'static str,
    about: &'static str,
) -> Entry {
    Entry {
        name,
        schema: 1,
        nature: Nature::Checks,
        about,
        parse: parse::<K>,
        keys: K::json_schema,
    }
}

/// A program and its arguments: at least the program.
pub(crate) fn argv<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let argv: Vec<String> = serde::Deserialize::deserialize(from)?;
    match argv.first() {
        Some(program) if !program.is_empty() => Ok(argv),
        _ => Err(serde::de::Error::custom("`argv` must begin with a program")),
    }
}
