//! What containers that are not ready wrote last. Looked at only when something is amiss.

use alloc::string::ToString;

use super::objects::Container;
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "What the logs say",
    causes: &[PASSWORD, PERMISSION, DISK_FULL, DATABASE],
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
            ],
        )
    },
};

/// The last line of a container that is not ready and has one of these words in it.
fn says(evidence: &Evidence, words: &[&str]) -> Option<Found> {
    let waits = |container: &Container| !container.is_ready() && !container.pod.is_ready();
    evidence.containers().filter(waits).find_map(|container| {
        let here = format!("{}/{}", container.pod.name(), container.name());
        let lines = evidence.logs().filter(|(source, _)| *source == here);
        let (_, line) = lines
            .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
            .last()?;
        let lasts = container
            .running_since()
            .map_or(0, |since| evidence.since(since));
        let found = Found::at(container.object()).word("line", line.to_string());
        Some(found.seen([line]).lasting(lasts))
    })
}
