//! Claims for storage that nobody fulfils, and volumes that do not get into their pod.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::node::held_up;
use super::objects::{component, list, name, object, text};
use super::{Cause, Evidence, Family, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Storage",
    causes: &[
        CLASS,
        NO_CLASS,
        LOST,
        PROVISIONING,
        PROVISIONER,
        NO_VOLUME,
        MOUNT,
    ],
};

const CLASS: Cause = Cause {
    id: "storage-class-missing",
    signs: "`Pending`, `ProvisioningFailed` with `storageclass … not found`",
    says: "gets no volume: there is no StorageClass {class} (there are: {classes})",
    fix: "correct {value}; what was made with the wrong one keeps it, and has no data yet: `kubectl delete {objects}` and `cargo xtask up`",
    step: "release",
    value: "{component}.persistence.storageClass",
    heals: Heals::Never,
    find: |evidence| {
        pending(evidence).find_map(|claim| {
            let class = claim["spec"]["storageClassName"]
                .as_str()
                .filter(|class| !class.is_empty())?;
            let failed = evidence.event(name(claim), &["ProvisioningFailed"])?;
            if !failed.message().contains("not found") || has_class(evidence, class) {
                return None;
            }
            Some(
                found(claim)
                    .word("class", class)
                    .word("classes", classes(evidence))
                    .word("objects", with_its_set(evidence, claim))
                    .seen([failed.line()]),
            )
        })
    },
};

const NO_CLASS: Cause = Cause {
    id: "storage-class-default",
    signs: "`Pending`, `FailedBinding` with `no storage class is set`",
    says: "gets no volume: it names no StorageClass, and the cluster has no default one",
    fix: "make one the default (`kubectl get storageclass`; on minikube the addon default-storageclass), or name one in {value}",
    step: "cluster",
    value: "{component}.persistence.storageClass",
    heals: Heals::Within(5),
    find: |evidence| event(evidence, |reason, _| reason == "FailedBinding"),
};

const LOST: Cause = Cause {
    id: "volume-lost",
    signs: "claim `Lost`",
    says: "has lost its volume, and the data in it",
    fix: "delete the claim and its pod, and restore the data from a backup",
    step: "rollout",
    value: "",
    heals: Heals::Never,
    find: |evidence| {
        let mut claims = evidence.all("PersistentVolumeClaim");
        let lost = claims.find(|claim| claim["status"]["phase"] == "Lost")?;
        Some(found(lost).seen([format!("volume {}", text(&lost["spec"]["volumeName"]))]))
    },
};

const PROVISIONING: Cause = Cause {
    id: "provisioning-failed",
    signs: "`Pending`, `ProvisioningFailed` with other words",
    says: "gets no volume: its provisioner fails",
    fix: "see what it says (`kubectl describe pvc {name}`), or name another StorageClass in {value}",
    step: "cluster",
    value: "{component}.persistence.storageClass",
    heals: Heals::Within(60),
    find: |evidence| {
        event(evidence, |reason, message| {
            reason == "ProvisioningFailed" && !is_conflict(message)
        })
    },
};

const PROVISIONER: Cause = Cause {
    id: "provisioner-silent",
    signs: "`Pending`, `ExternalProvisioning` for long",
    says: "gets no volume: its provisioner does not answer",
    fix: "see that the provisioner's pod runs (on minikube: `kubectl -n kube-system get pod storage-provisioner`), or name another StorageClass in {value}",
    step: "cluster",
    value: "{component}.persistence.storageClass",
    heals: Heals::Within(60),
    find: |evidence| event(evidence, |reason, _| reason == "ExternalProvisioning"),
};

const NO_VOLUME: Cause = Cause {
    id: "volume-missing",
    signs: "`Pending` claim with `volumeName`, and no event",
    says: "waits for the volume {volume}, which is not there or is taken",
    fix: "see it: `kubectl get persistentvolume {volume}`; create it, or take `volumeName` out of the chart",
    step: "release",
    value: "",
    heals: Heals::Within(20),
    find: |evidence| {
        pending(evidence).find_map(|claim| {
            let volume = claim["spec"]["volumeName"].as_str()?;
            let made = text(&claim["metadata"]["creationTimestamp"]);
            let found = found(claim).word("volume", volume);
            Some(found.lasting(evidence.since(made)))
        })
    },
};

const MOUNT: Cause = Cause {
    id: "volume-mount",
    signs: "`ContainerCreating` for long, `FailedMount` or `FailedAttachVolume`",
    says: "waits for a volume that is not mounted",
    fix: "create what the message names; a volume that is attached elsewhere comes free when its other pod is gone",
    step: "rollout",
    value: "",
    heals: Heals::Within(60),
    find: |evidence| held_up(evidence, &["FailedMount", "FailedAttachVolume"]),
};

/// What two controllers say that have written at the same time; the one that was late tries again.
fn is_conflict(message: &str) -> bool {
    message.contains("the object has been modified")
        || message.contains("Operation cannot be fulfilled")
}

fn pending<'a>(evidence: &'a Evidence<'a>) -> impl Iterator<Item = &'a Value> {
    let claims = evidence.all("PersistentVolumeClaim");
    claims.filter(|claim| claim["status"]["phase"] == "Pending")
}

fn found(claim: &Value) -> Found {
    let found = Found::at(object(claim)).word("name", name(claim));
    found.word("component", component(claim))
}

/// A claim, and the StatefulSet that would make it anew as it is.
fn with_its_set(evidence: &Evidence, claim: &Value) -> String {
    let makes = |set: &&Value| {
        let mut templates = list(&set["spec"]["volumeClaimTemplates"]);
        let is_number = |text: &str| text.parse::<u32>().is_ok();
        templates.any(|one| {
            let number = name(claim).strip_prefix(&format!("{}-{}-", name(one), name(set)));
            number.is_some_and(is_number)
        })
    };
    let set = evidence.all("StatefulSet").find(makes).map(object);
    let both = set.into_iter().chain([object(claim)]);
    both.collect::<Vec<_>>().join(" ")
}

/// A pending claim of which the last event is of that kind.
fn event(evidence: &Evidence, is: impl Fn(&str, &str) -> bool) -> Option<Found> {
    pending(evidence).find_map(|claim| {
        let event = evidence.events(name(claim)).next()?;
        let lasts = evidence.since(event.first());
        is(event.reason(), event.message())
            .then(|| found(claim).seen([event.line()]).lasting(lasts))
    })
}

fn has_class(evidence: &Evidence, class: &str) -> bool {
    evidence.all("StorageClass").any(|item| name(item) == class)
}

fn classes(evidence: &Evidence) -> String {
    match evidence.names("StorageClass") {
        names if names.is_empty() => "none".into(),
        names => names,
    }
}
