//! The kinds of steps, one file each, what is known of the tools they call, and the diagnosis of a
//! cluster.
//!
//! Everything here is text in, data out: without `std` nothing in this crate can start a process.
//! Adding a kind is one file and one line in [`KINDS`].
//!
//! ```
//! assert!(kinds::KINDS.iter().any(|kind| kind.name == "helm-release"));
//! ```

#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod addon;
mod address;
mod chart;
mod check;
mod cluster;
mod command;
mod context;
pub mod diagnose;
mod dockerfile;
mod drift;
mod folder;
mod forbidden;
mod health;
mod helm_lint;
mod helm_release;
mod helm_template;
mod helm_test;
mod http_flow;
mod image_build;
mod image_load;
mod ingress;
mod kubeconfig;
mod minikube;
mod namespace;
pub mod parts;
mod pattern;
pub mod places;
mod process;
pub mod programs;
mod reference;
pub mod releases;
mod rollout;
mod secret;
mod singly;
#[cfg(test)]
mod testing;
mod tools;
mod values;
mod when;
pub mod yaml;

use protocol::{KindEntry, checks, makes};

/// Every kind there is.
pub static KINDS: &[KindEntry] = &[
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
    )
    .with_own_names(),
    checks::<health::Health>("health", "waits until addresses answer"),
    makes::<http_flow::HttpFlow>(
        "http-flow",
        "plays a user's requests one after the other and checks each reply",
    )
    .with_own_names(),
    makes::<minikube::Minikube>(
        "minikube",
        "has a minikube cluster running with the wanted size, driver and runtime",
    ),
    makes::<cluster::Cluster>(
        "cluster",
        "has a cluster that commands of another tool create and delete",
    ),
    checks::<context::Context>(
        "context",
        "checks that an existing cluster answers through its kubeconfig context",
    ),
    checks::<kubeconfig::Kubeconfig>(
        "kubeconfig",
        "has a kubeconfig that leads to one cluster and no other",
    ),
    makes::<addon::Addon>(
        "addon",
        "enables a minikube addon and waits until it answers",
    ),
    makes::<namespace::Namespace>("namespace", "has a namespace of its own, marked as ours"),
    makes::<secret::Secret>(
        "secret",
        "has a Secret made of the step's secrets, marked as ours",
    ),
    makes::<image_build::ImageBuild>(
        "image-build",
        "builds an image under a tag that is the digest of its inputs",
    ),
    makes::<image_load::ImageLoad>(
        "image-load",
        "has images in the cluster's nodes, and proves it",
    )
    .with_own_names(),
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
    makes::<drift::Drift>(
        "drift",
        "has a release's objects as its manifest has them, and names what was changed by hand",
    ),
    checks::<rollout::Rollout>(
        "rollout",
        "waits until a release's pods are ready, or names the cause why they can't be",
    ),
    checks::<ingress::Ingress>("ingress", "waits until an ingress has an address"),
    makes::<helm_test::HelmTest>("helm-test", "runs the chart's own tests"),
];
