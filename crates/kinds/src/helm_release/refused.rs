//! Why helm refused: its words, whole, with the object, the cause and the next action. Reads text;
//! asks nothing.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::forbidden::forbidden;
use protocol::{Failure, cut};

/// Longer words than this are cut: a whole manifest helps nobody.
const MOST: usize = 1200;

/// What stands before a value that is refused, if that is not a single one.
const STRUCTURE: &str = "Invalid value: {";

/// Something that a cluster or helm refuses, told by these words.
struct Refusal {
    said: &'static [&'static str],
    cause: &'static str,
    fix: &'static str,
}

/// The most specific first.
const REFUSALS: &[Refusal] = &[
    Refusal {
        said: &["another operation (install/upgrade/rollback) is in progress"],
        cause: "someone else is changing the release {release} right now",
        fix: "wait for that helm to end and run the same command again",
    },
    Refusal {
        said: &["failed calling webhook"],
        cause: "a webhook of the cluster that has to agree does not answer",
        fix: "see that what it belongs to runs (an ingress controller, a policy engine), and run the same command again",
    },
    Refusal {
        said: &["provided port is already allocated"],
        cause: "{object} wants a node port that another Service has",
        fix: "give it another in the values file (`nodePort`), or 0 to let the cluster choose; `kubectl get services -A` shows who has it",
    },
    Refusal {
        said: &["release name is invalid", "invalid release name"],
        cause: "helm takes no release of the name {release}",
        fix: "choose one of at most 53 small letters, digits and dashes",
    },
    Refusal {
        said: &["must be no more than 63 characters"],
        cause: "the name of {object} is too long",
        fix: "choose a shorter release name",
    },
    Refusal {
        said: &["with kind Job: "],
        cause: "{object} was made once and for all: the pods of a Job can't be changed",
        fix: "`{delete}`, and run the same command again; or make it a hook (`helm.sh/hook: pre-upgrade`), which is made anew each time",
    },
    Refusal {
        said: &[
            "field is immutable",
            "updates to statefulset spec for fields other than",
        ],
        cause: "{object} can't be changed in that way: it has to be made anew",
        fix: "`{delete}`, and run the same command again; its volumes stay",
    },
    Refusal {
        said: &["\"meta.helm.sh/release-name\" must equal"],
        cause: "{object} is there already and belongs to the release {owner}",
        fix: "if {owner} is an earlier name of {release}, `helm uninstall {owner}` or `cargo xtask teardown` takes it away; else choose another name for the object or another namespace",
    },
    Refusal {
        said: &["exists and cannot be imported into the current release"],
        cause: "{object} is there already and belongs to no release, or to another",
        fix: "delete or rename it if it is yours, or choose another release name",
    },
    // The versions of Kubernetes' own groups come and go with it; no CRD brings them back.
    Refusal {
        said: &[
            "in version \"admissionregistration.k8s.io/",
            "in version \"apiextensions.k8s.io/",
            "in version \"apps/",
            "in version \"autoscaling/",
            "in version \"batch/",
            "in version \"extensions/",
            "in version \"flowcontrol.apiserver.k8s.io/",
            "in version \"networking.k8s.io/",
            "in version \"policy/",
            "in version \"rbac.authorization.k8s.io/",
            "in version \"storage.k8s.io/",
            "in version \"v1\"",
        ],
        cause: "the chart, or the revision that stands, has an object of an API version that this Kubernetes does not have",
        fix: "write the `apiVersion` that it has in the chart (`kubectl api-versions` lists them); of the revision that stands helm's plugin `mapkubeapis` rewrites it",
    },
    Refusal {
        said: &["resource name may not be empty"],
        cause: "an object of the chart has no name: helm makes none with `generateName`",
        fix: "give it a `metadata.name` in its template",
    },
    Refusal {
        said: &["no matches for kind"],
        cause: "the cluster does not know a kind of object that the chart makes",
        fix: "install what brings it along (its CRDs), or switch it off in the values",
    },
    Refusal {
        said: &["conflict with \"", "conflicts with \""],
        cause: "{object} has fields that another tool claims",
        fix: "take them out of one of the two, or give helm the last word: `helm upgrade --force-conflicts`",
    },
    Refusal {
        said: &["exceeded quota"],
        cause: "the namespace's quota does not allow {object}",
        fix: "raise the quota, or ask for less in the values; `kubectl describe quota` shows what is used",
    },
];

/// Cause and fix of what helm printed; `None` if it does not call it an error.
pub(super) fn read(output: &str, release: &str, chart: &str) -> Option<Failure> {
    if output.contains("don't meet the specifications of the schema") {
        return Some(unfit(output, chart));
    }
    if let Some(failure) = forbidden(output) {
        return Some(failure);
    }
    let all = words(output)?;
    let known = REFUSALS
        .iter()
        .find(|refusal| refusal.said.iter().any(|said| all.contains(said)));
    let words = cut(&without_structures(&all), MOST);
    let Some(known) = known else {
        return Some(Failure::new(format!("helm: {words}")));
    };
    let objects = objects(&words);
    let object = objects.first();
    let object = object.map_or("an object of the chart", String::as_str);
    let owner = owner(&all);
    let named = |text: &str| text.replace("{release}", release).replace("{owner}", owner);
    let cause = named(known.cause);
    let fix = named(known.fix).replace("{delete}", &delete(&objects));
    Some(
        Failure::new(cause.replace("{object}", object))
            .seen([words])
            .fix(fix),
    )
}

/// The release that has what another is to make.
fn owner(words: &str) -> &str {
    let (_, behind) = words
        .split_once("release-name\" must equal")
        .unwrap_or_default();
    let (_, owner) = behind.split_once("current value is \"").unwrap_or_default();
    owner.split('"').next().unwrap_or_default()
}

/// What deletes these. Pods of a StatefulSet are taken over by the one that comes next; those of
/// others would be left behind.
fn delete(objects: &[String]) -> String {
    let names = objects.iter().map(|object| {
        let (kind, name) = object.split_once(' ').unwrap_or((object, ""));
        format!("{}/{name}", kind.to_lowercase())
    });
    let names = names.collect::<Vec<_>>().join(" ");
    match names.contains("statefulset/") {
        true => format!("kubectl delete {names} --cascade=orphan"),
        false => format!("kubectl delete {names}"),
    }
}

/// Everything behind `Error:`, on one line; where helm tells more than usual, up to where its own
/// functions come.
fn words(output: &str) -> Option<String> {
    let (_, words) = output.split_once("Error: ")?;
    let lines = words
        .lines()
        .take_while(|line| !line.starts_with("helm.go:"));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    Some(words.join(" "))
}

/// A cluster tells a whole pod template before it says what is wrong with it.
fn without_structures(words: &str) -> String {
    let mut parts = words.split(STRUCTURE);
    let head = parts.next().unwrap_or_default().to_string();
    parts.fold(head, |text, part| match part.rsplit_once("}: ") {
        Some((_, why)) => format!("{text}Invalid value: {{…}}: {why}"),
        None => format!("{text}{STRUCTURE}{part}"),
    })
}

/// `Service "s2" is invalid`, `ConfigMap "x" in namespace …`: kind and name of each.
fn objects(words: &str) -> Vec<String> {
    let parts: Vec<&str> = words.split('"').collect();
    let object = |pair: &[&str]| {
        let [before, name] = pair else { return None };
        let kind = before.trim_end().rsplit([' ', ':']).next()?;
        let kind = kind.split('.').next().unwrap_or_default();
        let is_kind = kind.starts_with(|c: char| c.is_ascii_uppercase());
        (is_kind && !name.is_empty()).then(|| format!("{kind} {name}"))
    };
    parts.chunks(2).filter_map(object).collect()
}

/// The values that do not fit, each by the key that the user wrote.
fn unfit(output: &str, chart: &str) -> Failure {
    let wrong: Vec<String> = output.lines().filter_map(key_in_words).collect();
    let either = output.contains("none matched");
    let joint = if either { " or " } else { ", and " };
    let fix = if either {
        "set one as it is asked for, or the other"
    } else {
        "correct the values named above"
    };
    Failure::new(format!(
        "the values do not fit the schema of {chart}: {}",
        wrong.join(joint)
    ))
    .seen(wrong)
    .fix(fix)
}

/// `- at '/a/b': minLength: got 0, want 1` -> `a.b must not be empty`; nothing for a line that only
/// says that one of those below it is wrong.
fn key_in_words(line: &str) -> Option<String> {
    let (path, what) = line.trim().strip_prefix("- at '")?.split_once("': ")?;
    if what.starts_with('\'') {
        return None;
    }
    let key = path.trim_start_matches('/').replace('/', ".");
    let key = if key.is_empty() {
        "the top level"
    } else {
        &key
    };
    let length = what.strip_prefix("maxLength: got ");
    let length = length.and_then(|numbers| numbers.split_once(", want "));
    Some(match (what, length) {
        ("value must be ''", _) => format!("{key} must be empty"),
        ("minLength: got 0, want 1", _) => format!("{key} must not be empty"),
        (_, Some((is, most))) => {
            format!("{key} must have at most {most} characters, and has {is}")
        }
        (other, _) => format!("{key}: {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(output: &str) -> String {
        let failure = read(output, "r", "helm/app").unwrap();
        format!("{} | {}", failure.cause, failure.fix.unwrap_or_default())
    }

    /// What helm 3.19 printed on a real cluster, and what is made of it.
    #[test]
    fn what_helm_refuses_is_told_with_the_object_the_cause_and_the_fix() {
        let cases = [
            (
                "Error: 1 error occurred:\n\t* Service \"s2\" is invalid: spec.ports[0].nodePort: Invalid value: 30999: provided port is already allocated\n",
                "Service s2 wants a node port that another Service has | give it another",
            ),
            (
                "Error: UPGRADE FAILED: failed to create resource: Service \"aaa\" is invalid: metadata.name: Invalid value: \"aaa\": must be no more than 63 characters",
                "the name of Service aaa is too long | choose a shorter release name",
            ),
            (
                "Error: release name is invalid: aaa",
                "helm takes no release of the name r | choose one of at most 53",
            ),
            (
                "Error: UPGRADE FAILED: cannot patch \"d\" with kind Deployment: Deployment.apps \"d\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"y\"}}: field is immutable",
                "Deployment d can't be changed in that way: it has to be made anew | `kubectl delete deployment/d`",
            ),
            (
                "Error: UPGRADE FAILED: cannot patch \"d\" with kind Deployment: Deployment.apps \"d\" is invalid: spec.selector: Invalid value: {\"matchLabels\":{\"a\":\"y\"}}: field is immutable && cannot patch \"e\" with kind Deployment: Deployment.apps \"e\" is invalid: field is immutable",
                "Deployment d can't be changed in that way: it has to be made anew | `kubectl delete deployment/d deployment/e`",
            ),
            (
                "Error: UPGRADE FAILED: cannot patch \"mig\" with kind Job: Job.batch \"mig\" is invalid: spec.template: Invalid value: {\"labels\":{\"a\":\"b\"},\"Spec\":{\"Volumes\":null}}: field is immutable",
                "Job mig was made once and for all: the pods of a Job can't be changed | `kubectl delete job/mig`, and run the same command again; or make it a hook",
            ),
            (
                "Error: UPGRADE FAILED: cannot patch \"st\" with kind StatefulSet: StatefulSet.apps \"st\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
                "StatefulSet st can't be changed in that way: it has to be made anew | `kubectl delete statefulset/st --cascade=orphan`",
            ),
            (
                "Error: UPGRADE FAILED: resource mapping not found for name: \"w\" namespace: \"\" from \"\": no matches for kind \"Widget\" in version \"example.com/v1\"\nensure CRDs are installed first",
                "the cluster does not know a kind of object that the chart makes | install what brings it along",
            ),
            (
                "Error: unable to build kubernetes objects from release manifest: resource mapping not found for name: \"x\" namespace: \"\" from \"\": no matches for kind \"PodDisruptionBudget\" in version \"policy/v1beta1\"\nensure CRDs are installed first",
                "the chart, or the revision that stands, has an object of an API version that this Kubernetes does not have | write the `apiVersion` that it has",
            ),
            (
                "Error: UPGRADE FAILED: unable to build kubernetes objects from current release manifest: resource mapping not found for name: \"x\" namespace: \"\" from \"\": no matches for kind \"CronJob\" in version \"batch/v1beta1\"",
                "the chart, or the revision that stands, has an object of an API version",
            ),
            (
                "Error: INSTALLATION FAILED: Unable to continue with install: Deployment \"web1\" in namespace \"n\" exists and cannot be imported into the current release: invalid ownership metadata; annotation validation error: key \"meta.helm.sh/release-name\" must equal \"renamed\": current value is \"share1\"",
                "Deployment web1 is there already and belongs to the release share1 | if share1 is an earlier name of r, `helm uninstall share1`",
            ),
            (
                "Error: UPGRADE FAILED: Unable to continue with update: ConfigMap \"foreign\" in namespace \"x\" exists and cannot be imported into the current release: invalid ownership metadata",
                "ConfigMap foreign is there already and belongs to no release, or to another | delete or rename it",
            ),
            (
                "Error: query: failed to query with labels: secrets is forbidden: User \"system:serviceaccount:x:v\" cannot list resource \"secrets\" in API group \"\" in the namespace \"x\"",
                "system:serviceaccount:x:v may not list secrets in the namespace x | ask whoever runs the cluster",
            ),
            (
                "Error: UPGRADE FAILED: deployments.apps \"d\" is forbidden: User \"v\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"x\"",
                "v may not patch deployments of API group apps in the namespace x | ask whoever runs",
            ),
            (
                "uninstall.go:124: 2026-11-28 20:16:35 [debug] uninstall: Failed to delete release: [services \"web\" is forbidden: User \"v\" cannot delete resource \"services\" in API group \"\" in the namespace \"x\" deployments.apps \"d\" is forbidden: User \"v\" cannot delete resource \"deployments\"]\nError: failed to delete release: app\nhelm.go:92: [debug] failed to delete release: app\nmain.main",
                "v may not delete services in the namespace x | ask whoever runs",
            ),
            (
                "Error: failed to delete release: app\nhelm.go:92: [debug] failed to delete release: app\nmain.main",
                "helm: failed to delete release: app | ",
            ),
            (
                "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
                "someone else is changing the release r right now | wait for that helm",
            ),
            (
                "Error: INSTALLATION FAILED: something nobody has seen before: \"x\" and more words",
                "helm: INSTALLATION FAILED: something nobody has seen before: \"x\" and more words | ",
            ),
        ];
        for (output, expected) in cases {
            let told = told(output);
            assert!(told.starts_with(expected), "{told}\nis not\n{expected}");
        }
        assert_eq!(read("no such thing", "r", "c"), None);
        let long = format!(
            "Error: cannot patch \"m\" with kind Job: Job.batch \"m\" is invalid: spec.template: Invalid value: {{\"a\":{{{}}}}}: field is immutable",
            "x".repeat(3000)
        );
        let seen = read(&long, "r", "c").unwrap().evidence.join("");
        assert!(
            seen.ends_with("spec.template: Invalid value: {…}: field is immutable"),
            "{seen}"
        );
    }

    #[test]
    fn values_that_do_not_fit_are_named_by_their_keys() {
        let head = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nshop:\n";
        let either = "- at '': 'allOf' failed\n  - at '': 'oneOf' failed, none matched\n    - at '': 'allOf' failed\n      - at '/secrets/existingSecret': value must be ''\n    - at '': 'allOf' failed\n      - at '/postgresql/auth/existingSecret': minLength: got 0, want 1\n";
        assert_eq!(
            told(&format!("{head}{either}")),
            "the values do not fit the schema of helm/app: secrets.existingSecret must be empty or postgresql.auth.existingSecret must not be empty | set one as it is asked for, or the other"
        );
        let long = "- at '/fullnameOverride': maxLength: got 60, want 48\n";
        assert_eq!(
            told(&format!("{head}{long}")),
            "the values do not fit the schema of helm/app: fullnameOverride must have at most 48 characters, and has 60 | correct the values named above"
        );
        let unknown = "- at '/web': additional properties 'replicaCount' not allowed\n- at '': additional properties 'foo' not allowed\n";
        assert_eq!(
            told(&format!("{head}{unknown}")),
            "the values do not fit the schema of helm/app: web: additional properties 'replicaCount' not allowed, and the top level: additional properties 'foo' not allowed | correct the values named above"
        );
    }
}
