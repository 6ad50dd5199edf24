//! Containers that do not come up or do not stay up.

use alloc::string::{String, ToString};

use super::objects::{Container, name, owner};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Containers",
    causes: &[
        SECRET,
        CONFIG_MAP,
        KEY,
        AS_ROOT,
        OUT_OF_MEMORY,
        COMMAND,
        LIVENESS,
        STARTUP,
        INIT_FAILED,
        CRASH,
        CREATE,
    ],
};

const SECRET: Cause = Cause {
    id: "secret-missing",
    signs: "`CreateContainerConfigError` with `secret \"…\" not found`",
    says: "can't be created: the Secret {name} does not exist",
    fix: "create the Secret {name}, or correct its name in the values, such as {value}",
    step: "release",
    value: "secrets.existingSecret",
    heals: Heals::Never,
    find: |evidence| config(evidence, |message| missing(message, "secret")),
};

const CONFIG_MAP: Cause = Cause {
    id: "config-map-missing",
    signs: "`CreateContainerConfigError` with `configmap \"…\" not found`",
    says: "can't be created: the ConfigMap {name} does not exist",
    fix: "`cargo xtask up --force=release` makes it again",
    step: "release",
    value: "{component}.extraEnv",
    heals: Heals::Never,
    find: |evidence| config(evidence, |message| missing(message, "configmap")),
};

const KEY: Cause = Cause {
    id: "key-missing",
    signs: "`CreateContainerConfigError` with `couldn't find key`",
    says: "can't be created: there is no key {name}",
    fix: "add the key to the Secret or ConfigMap, or correct its name (of a Secret of your own, as {value} names one, all keys are yours to provide)",
    step: "release",
    value: "secrets.existingSecret",
    heals: Heals::Never,
    find: |evidence| {
        config(evidence, |message| {
            Some(message.split_once("couldn't find key ")?.1.to_string())
        })
    },
};

const AS_ROOT: Cause = Cause {
    id: "runs-as-root",
    signs: "`CreateContainerConfigError` with `runAsNonRoot`",
    says: "can't be created: it would run as root, and its pod forbids that ({name})",
    fix: "name a user in the image (`USER 65532`), or in the pod: a `runAsUser` that is not 0",
    step: "build-…",
    value: "",
    heals: Heals::Never,
    find: |evidence| {
        config(evidence, |message| {
            let words = ["runAsNonRoot", "breaks non-root policy"];
            let is_it = words.iter().any(|words| message.contains(words));
            is_it.then(|| message.to_string())
        })
    },
};

const OUT_OF_MEMORY: Cause = Cause {
    id: "out-of-memory",
    signs: "`OOMKilled`, or exit code 137 that nobody asked for",
    says: "runs out of memory: it is killed when it uses more than its limit of {limit}",
    fix: "raise {value}",
    step: "rollout",
    value: "{component}.resources.limits.memory",
    heals: Heals::Never,
    find: out_of_memory,
};

const COMMAND: Cause = Cause {
    id: "command-missing",
    signs: "`RunContainerError`, `StartError`",
    says: "can't be started: {name}",
    fix: "correct `command` and `args` of the container, or the image's entrypoint",
    step: "build-…",
    value: "{component}.image.tag",
    heals: Heals::Within(10),
    find: not_started,
};

const LIVENESS: Cause = Cause {
    id: "liveness-kills",
    signs: "`Killing` with `failed liveness probe`, restarts",
    says: "is killed again and again: its liveness probe fails ({answer})",
    fix: "see why it does not answer: `kubectl logs {pod} -c {container} --previous`; what was changed by hand `cargo xtask up` puts right",
    step: "rollout",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| killed_by(evidence, "liveness"),
};

const STARTUP: Cause = Cause {
    id: "startup-kills",
    signs: "`Killing` with `failed startup probe`, restarts",
    says: "is killed before it is up: its startup probe fails ({answer})",
    fix: "see why it does not answer: `kubectl logs {pod} -c {container} --previous`",
    step: "rollout",
    value: "{component}.resources.limits.cpu",
    heals: Heals::Never,
    find: |evidence| killed_by(evidence, "startup"),
};

const INIT_FAILED: Cause = Cause {
    id: "init-failed",
    signs: "`Init:Error`, `Init:CrashLoopBackOff`",
    says: "fails with exit code {code}, and the pod waits for it",
    fix: "read its last words: `kubectl logs {pod} -c {container}`",
    step: "rollout",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| crash(evidence, true),
};

const CRASH: Cause = Cause {
    id: "crash-loop",
    signs: "`CrashLoopBackOff`",
    says: "ends with exit code {code} each time it is started",
    fix: "read its last words: `kubectl logs {pod} -c {container} --previous`",
    step: "rollout",
    value: "{component}.extraEnv",
    heals: Heals::Within(60),
    find: |evidence| crash(evidence, false),
};

const CREATE: Cause = Cause {
    id: "container-config",
    signs: "`CreateContainerConfigError`, `CreateContainerError`, other words",
    says: "can't be created: {name}",
    fix: "change what the message names; a kubelet that has only just started catches up by itself",
    step: "rollout",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| config(evidence, |message| Some(message.to_string())),
};

/// How often a container may restart before that settles it: a dependency that comes up late is
/// normal.
const RESTARTS: u64 = 2;

fn found(container: Container) -> Found {
    Found::at(container.object())
        .word("pod", container.pod.name())
        .word("container", container.name())
        .word("component", container.pod.component())
}

fn config(evidence: &Evidence, named: impl Fn(&str) -> Option<String>) -> Option<Found> {
    const REASONS: [&str; 3] = [
        "CreateContainerConfigError",
        "CreateContainerError",
        "PreStartHookError",
    ];
    evidence.containers().find_map(|container| {
        let (reason, message) = container.waiting()?;
        let named = REASONS.contains(&reason).then(|| named(message))??;
        let mut events = evidence.events(container.pod.name());
        let event = events.find(|event| event.message().contains(message));
        let seen = format!("{reason}: {message}");
        let lasts = event.map_or(0, |event| evidence.since(event.first()));
        Some(
            found(container)
                .word("name", named)
                .seen([seen])
                .lasting(lasts),
        )
    })
}

/// `secret "db" not found` -> `db`.
fn missing(message: &str, kind: &str) -> Option<String> {
    let (_, rest) = message.split_once(&format!("{kind} \""))?;
    let (name, rest) = rest.split_once('"')?;
    rest.starts_with(" not found").then(|| name.to_string())
}

fn out_of_memory(evidence: &Evidence) -> Option<Found> {
    let mut containers = evidence.containers();
    let killed = containers.find_map(|container| killed_for_memory(evidence, container));
    killed.or_else(|| too_small_for_a_sandbox(evidence))
}

fn killed_for_memory(evidence: &Evidence, container: Container) -> Option<Found> {
    let ended = container.ended().filter(|_| !container.is_ready())?;
    let limit = container.spec()["resources"]["limits"]["memory"].as_str();
    let words = ended.words().join(" ");
    // Where the kernel's word does not reach the kubelet, a kill that is not the kubelet's is told
    // by its code.
    let asked = evidence.event(container.pod.name(), &["Killing"]).is_some();
    let killed = ended.code() == 137 && limit.is_some() && !asked;
    // It was killed between being made and being started.
    let unborn = limit.is_some() && words.contains("cannot start a stopped process");
    let says = ended.reason() == "OOMKilled" || words.contains("OOM") || killed || unborn;
    let tried = container.waiting().map(|(_, message)| message.to_string());
    let ends = format!(
        "{}, exit code {}, {} restarts",
        ended.reason(),
        ended.code(),
        container.restarts()
    );
    let found = found(container).word("limit", limit.unwrap_or("its node"));
    let is_it = says || tried.as_deref().is_some_and(is_out_of_memory);
    is_it.then(|| found.seen([ends]))
}

fn is_out_of_memory(message: &str) -> bool {
    message.contains("OOM-killed") || message.contains("memory limit too low")
}

/// A limit that is too low for what comes before any container.
fn too_small_for_a_sandbox(evidence: &Evidence) -> Option<Found> {
    evidence.containers().find_map(|container| {
        let limit = container.spec()["resources"]["limits"]["memory"].as_str()?;
        let event = evidence.held_up(container.pod, &["FailedCreatePodSandBox"])?;
        let found = found(container).word("limit", limit).seen([event.line()]);
        is_out_of_memory(event.message()).then_some(found)
    })
}

fn not_started(evidence: &Evidence) -> Option<Found> {
    evidence
        .containers()
        .filter(|container| !container.is_ready())
        .find_map(|container| {
            let ended = container
                .ended()
                .filter(|ended| ended.reason() == "StartError");
            let waiting = container
                .waiting()
                .filter(|(reason, _)| *reason == "RunContainerError");
            let words = ended.map(|ended| ended.words().join(" "));
            let words = words.or(waiting.map(|(_, message)| message.to_string()))?;
            // The runtime wraps the reason into its own words, each layer before a colon.
            let why = words
                .rsplit_once("runtime create failed: ")
                .map_or(&*words, |(_, why)| why);
            let settled = container.restarts() >= RESTARTS;
            Some(
                found(container)
                    .word("name", why)
                    .seen([words.clone()])
                    .settled(settled),
            )
        })
}

/// The kubelet ended a container because a probe failed. Only its own word in the run that ended
/// last counts: a node that was started again restarts every container.
fn killed_by(evidence: &Evidence, probe: &str) -> Option<Found> {
    let restarted = |container: &Container| container.restarts() > 0 && !container.init;
    evidence
        .containers()
        .filter(restarted)
        .find_map(|container| {
            let words = format!("{} failed {probe} probe", container.name());
            let mut events = evidence.events(container.pod.name());
            let killing = events
                .find(|event| event.reason() == "Killing" && event.message().contains(&words))?;
            if killing.last() < container.ended()?.began() {
                return None;
            }
            let mut answers = evidence.events(container.pod.name());
            let answer = answers.find(|event| {
                event.reason() == "Unhealthy" && event.message().to_lowercase().starts_with(probe)
            });
            let told = answer.map_or("no answer", |event| last_answer(event.message()));
            let seen = [killing.line(), format!("{} restarts", container.restarts())];
            let settled = container.restarts() >= RESTARTS;
            Some(
                found(container)
                    .word("answer", told)
                    .seen(answer.map(|event| event.line()))
                    .seen(seen)
                    .settled(settled),
            )
        })
}

/// What a probe was answered: `Readiness probe failed: HTTP probe failed with statuscode: 404`.
pub(super) fn last_answer(message: &str) -> &str {
    let (_, answer) = message
        .split_once("probe failed: ")
        .unwrap_or(("", message));
    answer.lines().next().unwrap_or(answer).trim()
}

/// Whether a Job has only just seen it fail: it tries again, or says so itself.
fn is_first_try(evidence: &Evidence, container: &Container) -> bool {
    let job = owner(container.pod.0, "Job");
    let job = evidence.all("Job").find(|item| Some(name(item)) == job);
    job.is_some_and(|job| job["status"]["failed"].as_u64().unwrap_or(0) < 2)
        && container.restarts() == 0
}

/// A container that ended badly and is not running now.
fn crash(evidence: &Evidence, init: bool) -> Option<Found> {
    let is_down = |container: &Container| {
        container.init == init && container.is_down() && !is_first_try(evidence, container)
    };
    let container = evidence.containers().find(is_down)?;
    let ended = container.ended()?;
    let ends = format!(
        "{}, exit code {}, {} restarts",
        ended.reason(),
        ended.code(),
        container.restarts()
    );
    let here = format!("{}/{}", container.pod.name(), container.name());
    let logs = evidence.logs().filter(|(source, _)| *source == here);
    let mut words: alloc::vec::Vec<String> = logs.map(|(_, line)| line.to_string()).collect();
    if words.is_empty() {
        words = ended.words();
    }
    let found = found(container).word("code", ended.code().to_string());
    Some(
        found
            .seen([ends])
            .seen(words)
            .settled(container.restarts() >= RESTARTS),
    )
}
