//! What containers that are not ready wrote last. Looked at only when something is amiss.

use alloc::string::ToString;

use serde_json::Value;

use super::objects::Container;
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "What the logs say",
    causes: &[
        PASSWORD, PERMISSION, DISK_FULL, PROCESSOR, LOADER, SCHEMA, DATABASE,
    ],
};

const PASSWORD: Cause = Cause {
    id: "database-password",
    signs: "log: `password authentication failed for user`",
    says: "can't log in to its database: the data is older than the password",
    fix: "put the old password back ({value}; `POSTGRES_PASSWORD` in .env), change it in the database (docs/RUNBOOK.md), or give the data up: `kubectl delete statefulset,pvc -l app.kubernetes.io/name=postgresql`; then `cargo xtask up`",
    step: "release",
    value: "secrets.postgresPassword",
    heals: Heals::Within(6),
    find: |evidence| says(evidence, &["password authentication failed"]),
};

const PERMISSION: Cause = Cause {
    id: "volume-permission",
    signs: "log: `initdb: … Permission denied`; redis: `'dir /data' Permission denied`",
    says: "may not write to its volume: it belongs to root, and the provisioner ignores fsGroup",
    fix: "set {value} (`cargo xtask up` does where it sees such a provisioner), and allow the namespace the baseline Pod Security Standard",
    step: "release",
    value: "global.volumePermissions",
    heals: Heals::Within(10),
    find: |evidence| {
        says(
            evidence,
            &[
                "initdb: error: could not",
                "/data' Permission denied",
                "could not change permissions of directory",
            ],
        )
    },
};

const DISK_FULL: Cause = Cause {
    id: "disk-full",
    signs: "log: `No space left on device`",
    says: "finds no space left on its disk",
    fix: "make room on the node (minikube: `minikube ssh -- docker system prune`), or a bigger volume",
    step: "cluster",
    value: "",
    heals: Heals::Within(10),
    find: |evidence| says(evidence, &["No space left on device"]),
};

/// The runtime's own words, in the place of the program's.
const PROCESSOR: Cause = Cause {
    id: "wrong-processor",
    signs: "log: `exec /…: exec format error`",
    says: "can't run its program here: it is made for another kind of processor, or is a script without a `#!` line ({line})",
    fix: "build the image for what `kubectl get nodes -L kubernetes.io/arch` shows (`docker build --platform linux/amd64` or `linux/arm64`), or take one that is made for it",
    step: "build-…",
    value: "{component}.image.tag",
    heals: Heals::Never,
    find: |evidence| last_line(evidence, |line| is_exec(line, "exec format error")),
};

const LOADER: Cause = Cause {
    id: "loader-missing",
    signs: "log: `exec /…: no such file or directory`",
    says: "can't run its program: what that is started by is not in the image ({line})",
    fix: "link the program statically (Rust: a musl target or `-C target-feature=+crt-static`; Go: `CGO_ENABLED=0`), or build on an image that has its loader; of a script, see that its `#!` line names a program in the image and has no carriage return",
    step: "build-…",
    value: "{component}.image.tag",
    heals: Heals::Never,
    find: |evidence| last_line(evidence, |line| is_exec(line, "no such file or directory")),
};

const SCHEMA: Cause = Cause {
    id: "schema-missing",
    signs: "log: `The schema is at version …, version … is needed`, and no migration runs",
    says: "finds its database without its schema: {line}",
    fix: "`cargo xtask up --force=release` brings the schema up to date; what was in a database that was made anew is gone, unless there is a backup (docs/RUNBOOK.md)",
    step: "release",
    value: "migrate.enabled",
    heals: Heals::Within(10),
    find: |evidence| {
        let runs = |job: &Value| job["status"]["succeeded"].as_u64().unwrap_or(0) == 0;
        if evidence.all("Job").any(runs) {
            return None;
        }
        says(evidence, &["The schema is at version"])
    },
};

const DATABASE: Cause = Cause {
    id: "database-unreachable",
    signs: "log: the database is not reached (refused, no such name, time-out)",
    says: "does not reach its database: {line}",
    fix: "see that the database runs and that a network policy lets the pod reach it: `kubectl get pods,networkpolicies`; an external one: {value}",
    step: "rollout",
    value: "database.url",
    heals: Heals::Within(90),
    find: |evidence| {
        says(
            evidence,
            &[
                "onnection refused",
                "failed to lookup address",
                "Temporary failure in name resolution",
                "Connection timed out",
                "not ready: No answer within",
            ],
        )
    },
};

/// What the runtime writes where a program that is there can't be executed; older ones begin with
/// a place in their own source.
fn is_exec(line: &str, why: &str) -> bool {
    let is_runtime = line.starts_with("exec /") || line.contains("exec user process caused");
    is_runtime && line.trim_end_matches('"').ends_with(why)
}

/// The last line of a container that is not ready and has one of these words in it.
fn says(evidence: &Evidence, words: &[&str]) -> Option<Found> {
    last_line(evidence, |line| {
        words.iter().any(|word| line.contains(word))
    })
}

/// The last line like this of a container that is not ready.
fn last_line(evidence: &Evidence, is_it: impl Fn(&str) -> bool) -> Option<Found> {
    let waits = |container: &Container| !container.is_ready() && !container.pod.is_ready();
    evidence.containers().filter(waits).find_map(|container| {
        let here = format!("{}/{}", container.pod.name(), container.name());
        let lines = evidence.logs().filter(|(source, _)| *source == here);
        let (_, line) = lines.filter(|(_, line)| is_it(line)).last()?;
        let lasts = container
            .running_since()
            .map_or(0, |since| evidence.since(since));
        let found = Found::at(container.object())
            .word("line", line.to_string())
            .word("component", container.pod.component());
        Some(found.seen([line]).lasting(lasts))
    })
}
