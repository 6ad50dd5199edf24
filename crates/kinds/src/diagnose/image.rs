//! Images that a node can't get.

use serde_json::Value;

use super::objects::{Container, list, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Images",
    causes: &[
        NEVER_PULLED,
        BAD_NAME,
        ALWAYS,
        MISSING,
        REFUSED,
        UNREACHABLE,
        PULL,
    ],
};

const NEVER_PULLED: Cause = Cause {
    id: "image-never-pulled",
    signs: "`ErrImageNeverPull`",
    says: "can't have the image {image}: the node has none, and the pull policy is Never",
    fix: "load {image} into the cluster (`cargo xtask up` does), or set {value} to IfNotPresent",
    step: "load-…",
    value: "{component}.image.pullPolicy",
    heals: Heals::Never,
    find: |evidence| waiting(evidence, |reason, _| reason == "ErrImageNeverPull"),
};

const BAD_NAME: Cause = Cause {
    id: "image-name",
    signs: "`InvalidImageName`",
    says: "can't have the image {image}: that is no name of an image",
    fix: "correct {value} and {component}.image.tag",
    step: "release",
    value: "{component}.image.repository",
    heals: Heals::Never,
    find: |evidence| waiting(evidence, |reason, _| reason == "InvalidImageName"),
};

const ALWAYS: Cause = Cause {
    id: "image-always-pulled",
    signs: "`ErrImagePull`, `ImagePullBackOff` of an image that the node has, pull policy `Always`",
    says: "can't get the image {image}: the node has it, but its pull policy is Always, so the registry is asked",
    fix: "set {value}, the container's imagePullPolicy, to IfNotPresent",
    step: "release",
    value: "{component}.image.pullPolicy",
    heals: Heals::Within(10),
    find: |evidence| {
        let is_here = |container: &Container| {
            container.spec()["imagePullPolicy"] == "Always" && has_image(evidence, container)
        };
        pull_of(evidence, is_here, &[""])
    },
};

/// As far as its node tells: of many images only some.
fn has_image(evidence: &Evidence, container: &Container) -> bool {
    let image = container.image();
    let is_it = |name: &Value| {
        let before = text(name).strip_suffix(image);
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let node = &container.pod.0["spec"]["nodeName"];
    let mut nodes = evidence.all("Node");
    let node = nodes.find(|item| item["metadata"]["name"] == *node);
    let images = node
        .into_iter()
        .flat_map(|node| list(&node["status"]["images"]));
    images.flat_map(|image| list(&image["names"])).any(is_it)
}

const MISSING: Cause = Cause {
    id: "image-missing",
    signs: "`ErrImagePull`, `ImagePullBackOff` with `not found`",
    says: "can't get the image {image}: the node has none, and the registry knows none of that name and tag",
    fix: "load {image} into the cluster (`cargo xtask up` does), or correct {value}",
    step: "load-…",
    value: "{component}.image.tag",
    heals: Heals::Never,
    find: |evidence| pull(evidence, MISSING_WORDS),
};

const REFUSED: Cause = Cause {
    id: "image-refused",
    signs: "`ErrImagePull`, `ImagePullBackOff` with `unauthorized` or `denied`",
    says: "can't get the image {image}: the registry wants to know who asks, or has none of that name",
    fix: "load {image} into the cluster (`cargo xtask up` does), correct its name, or name a Secret for the registry in {value}",
    step: "load-…",
    value: "global.imagePullSecrets",
    heals: Heals::Never,
    find: |evidence| pull(evidence, REFUSED_WORDS),
};

const UNREACHABLE: Cause = Cause {
    id: "registry-unreachable",
    signs: "`ErrImagePull`, `ImagePullBackOff` with `no such host`, `timeout`, `refused`, `toomanyrequests`",
    says: "can't get the image {image}: its registry is not reached",
    fix: "check the node's way to the registry (network, DNS, proxy), or `docker pull {image}` here: an image that this machine has is handed over",
    step: "load-…",
    value: "{component}.image.repository",
    heals: Heals::Within(60),
    find: |evidence| pull(evidence, NETWORK_WORDS),
};

const PULL: Cause = Cause {
    id: "image-pull",
    signs: "`ErrImagePull`, `ImagePullBackOff`, `ImageInspectError`, other words",
    says: "can't get the image {image}",
    fix: "load {image} into the cluster (`cargo xtask up` does), or correct {value}",
    step: "load-…",
    value: "{component}.image.tag",
    heals: Heals::Within(30),
    find: |evidence| pull(evidence, &[""]),
};

const MISSING_WORDS: &[&str] = &[
    ": not found",
    "manifest unknown",
    "not found: manifest",
    "does not exist or no pull",
];
const REFUSED_WORDS: &[&str] = &[
    "nauthorized",
    "denied",
    "authentication required",
    "no basic auth",
    "403 Forbidden",
];
const NETWORK_WORDS: &[&str] = &[
    "no such host",
    "timeout",
    "deadline exceeded",
    "connection refused",
    "connection reset",
    "network is unreachable",
    "EOF",
    "toomanyrequests",
    "server misbehaving",
    "TLS handshake",
];
/// A registry that is missed so often is not coming back soon; the first pulls of a new node often
/// fail.
const TRIES: u64 = 4;

fn waiting(evidence: &Evidence, is: impl Fn(&str, &str) -> bool) -> Option<Found> {
    let fits = |container: &Container| {
        container
            .waiting()
            .is_some_and(|(reason, message)| is(reason, message))
    };
    let container = evidence.containers().find(fits)?;
    let (reason, message) = container.waiting()?;
    Some(found(container).seen([format!("{reason}: {message}")]))
}

fn found(container: Container) -> Found {
    Found::at(container.object())
        .word("image", container.image())
        .word("component", container.pod.component())
}

/// A container whose image is not had for a reason with one of these words.
fn pull(evidence: &Evidence, words: &[&str]) -> Option<Found> {
    pull_of(evidence, |_| true, words)
}

fn pull_of(
    evidence: &Evidence,
    is_one: impl Fn(&Container) -> bool,
    words: &[&str],
) -> Option<Found> {
    evidence.containers().filter(is_one).find_map(|container| {
        let (reason, message) = container.waiting()?;
        if !matches!(
            reason,
            "ErrImagePull" | "ImagePullBackOff" | "ImageInspectError"
        ) {
            return None;
        }
        let about = format!("\"{}\"", container.image());
        let mut events = evidence.events(container.pod.name());
        let event = events.find(|event| {
            event.message().starts_with("Failed to pull image") && event.message().contains(&about)
        });
        let told = event.map_or("", |event| event.message());
        let says = |word: &&str| message.contains(*word) || told.contains(*word);
        words.iter().any(says).then(|| {
            found(container)
                .seen([format!("{reason}: {message}")])
                .seen(event.map(|event| event.line()))
                .lasting(event.map_or(0, |event| evidence.since(event.first())))
                .settled(event.is_some_and(|event| event.count() >= TRIES))
        })
    })
}
