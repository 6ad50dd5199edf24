//! Real tools: how each is asked for its version, what is new enough, how it is installed, and how
//! each is pinned to a cluster. The one place that knows the dialects of helm 3 and 4, docker with
//! and without buildx, kubectl and minikube.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde_json::Value;

use protocol::{Cmd, Probe, StepContext};

/// What is known of one tool.
pub struct Tool {
    /// Its name on PATH.
    pub name: &'static str,
    /// Arguments that make it tell its version without needing a cluster.
    pub version: &'static [&'static str],
    /// Whether its file alone decides what that tells. docker tells of the daemon too; cargo is
    /// whichever rustup chooses.
    pub alone: bool,
    /// Whether it is written in Go.
    pub in_go: bool,
    /// The oldest version that has what we use.
    pub least: &'static str,
    /// The line that installs or updates it.
    pub install: &'static str,
}

/// The tools that pipelines can ask for.
pub static TOOLS: &[Tool] = &[
    Tool {
        name: "docker",
        version: &[
            "version",
            "--format",
            "{{.Client.Version}} {{.Server.Version}}",
        ],
        alone: false,
        in_go: true,
        least: "20.10",
        install: "install Docker Engine or Docker Desktop (Debian: `sudo apt-get install docker.io`)",
    },
    Tool {
        name: "minikube",
        version: &["version", "-o", "json"],
        alone: true,
        in_go: true,
        least: "1.32",
        install: "install minikube (macOS: `brew install minikube`; Linux: `cargo xtask doctor --install-tools`, or the package from minikube.sigs.k8s.io/docs/start)",
    },
    Tool {
        name: "kubectl",
        version: &["version", "--client", "-o", "json"],
        alone: true,
        in_go: true,
        least: "1.28",
        install: "install kubectl (macOS: `brew install kubectl`; Linux: `cargo xtask doctor --install-tools`, or kubernetes.io/docs/tasks/tools)",
    },
    Tool {
        name: "helm",
        version: &["version", "--short"],
        alone: true,
        in_go: true,
        least: "3.13",
        install: "install helm (macOS: `brew install helm`; Linux: `cargo xtask doctor --install-tools`, or helm.sh/docs/intro/install)",
    },
    Tool {
        name: "kind",
        version: &["version"],
        alone: true,
        in_go: true,
        least: "0.20",
        install: "install kind (macOS: `brew install kind`; Linux: `cargo xtask doctor --install-tools`; with Go: `go install sigs.k8s.io/kind@latest`)",
    },
    Tool {
        name: "cargo",
        version: &["--version"],
        alone: false,
        in_go: false,
        least: "1.94",
        install: "install Rust (rustup.rs), or update it: `rustup update stable`",
    },
];

/// What is known of the tool of that name.
pub fn tool(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

/// A call of a program, with what is known of it. Go programs that end after a moment need not
/// collect garbage before they use more than this (go.dev/doc/gc-guide, on GOGC and GOMEMLIMIT).
pub fn call<S: Into<String>>(program: &str, args: impl IntoIterator<Item = S>) -> Cmd {
    let known = tool(program);
    let in_go = known.is_some_and(|tool| tool.in_go);
    Cmd {
        probe_env: if in_go {
            &[("GOGC", "off"), ("GOMEMLIMIT", "64MiB")]
        } else {
            &[]
        },
        install: known.map_or("", |tool| tool.install),
        ..Cmd::new(program, args)
    }
}

/// A call given as one list, with what is known of its program.
pub fn call_list(argv: &[String]) -> Cmd {
    match argv.split_first() {
        Some((program, args)) => call(program, args.iter().cloned()),
        None => Cmd::default(),
    }
}

/// The first thing in `text` that looks like a version: `v3.19`, `"gitVersion": "v1.34.4"`,
/// `28.2.2`.
pub fn version_in(text: &str) -> Option<Vec<u32>> {
    let is_start =
        |before: Option<char>| before.is_none_or(|c| !c.is_alphanumeric() && c != '.' || c == 'v');
    let mut before = None;
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() && is_start(before) {
            let end = text[at..]
                .find(|c: char| !c.is_ascii_digit() && c != '.')
                .map_or(text.len(), |len| at + len);
            let parts: Vec<u32> = text[at..end]
                .split('.')
                .filter_map(|part| part.parse().ok())
                .collect();
            if parts.len() > 1 {
                return Some(parts);
            }
        }
        before = Some(c);
    }
    None
}

/// Whether `found` is at least `least`, number by number.
pub fn new_enough(found: &[u32], least: &str) -> bool {
    let least: Vec<u32> = least
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    found
        .iter()
        .chain(core::iter::repeat(&0))
        .take(least.len().max(found.len()))
        .copied()
        .collect::<Vec<_>>()
        >= least
}

/// A version as people write it.
pub fn version_text(parts: &[u32]) -> String {
    parts
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(".")
}

/// The JSON documents in what a tool printed. minikube puts a notice of a newer minikube before or
/// behind what was asked for, on a line of its own or as one more document.
pub fn documents(text: &str) -> impl Iterator<Item = Value> {
    let stream = |line| serde_json::Deserializer::from_str(line).into_iter::<Value>();
    text.lines()
        .flat_map(move |line| stream(line).map_while(Result::ok))
}

/// kubectl, pinned to a cluster.
pub fn kubectl(context: &str) -> Cmd {
    call("kubectl", ["--context", context])
}

/// Tells all that the user's kubeconfig has of a context, keys too, as a kubeconfig of its own.
pub fn kubeconfig(context: &str) -> Cmd {
    let view = ["config", "view", "--minify", "--flatten", "--raw"];
    kubectl(context).args(view).args(["-o", "json"])
}

/// A text with the commands of kubectl in it pinned to a cluster and a namespace.
pub(crate) fn pinned(text: &str, context: &str, namespace: &str) -> String {
    let pinned = format!("`kubectl --context {context} -n {namespace} ");
    let uninstall = format!("`helm --kube-context {context} -n {namespace} uninstall ");
    let elsewhere = format!("`kubectl --context {context} -n kube-system ");
    text.replace("`kubectl ", &pinned)
        .replace(&format!("{pinned}-n kube-system "), &elsewhere)
        .replace("`helm uninstall ", &uninstall)
}

/// The label that says to which part of a release an object belongs
/// (kubernetes.io/docs/concepts/overview/working-with-objects/common-labels).
pub const COMPONENT: &str = "app.kubernetes.io/component";

/// The label that says to which release an object belongs, if the chart gives it.
pub(crate) const INSTANCE: &str = "app.kubernetes.io/instance";

/// The annotation that helm gives to all that it makes: the release's name.
pub(crate) const BY_HELM: &str = "meta.helm.sh/release-name";
/// An annotation that makes an object a hook of its chart.
pub(crate) const HOOK: &str = "helm.sh/hook";

/// Selects the objects of a release.
pub fn of_release(release: &str) -> String {
    format!("{INSTANCE}={release}")
}

/// Lists what makes up a release, how it is reached and what of the cluster decides about it: one
/// question for whoever wants to know of a part.
pub fn objects(context: &str, namespace: &str) -> Cmd {
    let all = "deployments,daemonsets,statefulsets,replicasets,jobs,pods,persistentvolumeclaims,services,ingresses,\
        horizontalpodautoscalers,configmaps,networkpolicies,poddisruptionbudgets,serviceaccounts,resourcequotas,limitranges,ingressclasses,storageclasses,nodes,namespaces,\
        validatingwebhookconfigurations,mutatingwebhookconfigurations";
    listing(all, context, namespace)
}

/// Asks for the objects of a release as its chart has them.
pub(crate) fn manifest(release: &str, context: &str, namespace: &str) -> Probe {
    Probe::Once(helm(["get", "manifest", release], context, namespace))
}

/// What is said of every pod that starts, and of no trouble: an hour of edits leaves hundreds.
pub(crate) const USUAL: [&str; 4] = ["Scheduled", "Created", "Started", "Completed"];

/// Lists what happened in a namespace, but for what is [`USUAL`].
pub(crate) fn events(context: &str, namespace: &str) -> Cmd {
    let others = USUAL.map(|reason| format!("reason!={reason}"));
    listing("events", context, namespace).args(["--field-selector".to_string(), others.join(",")])
}

/// [`objects`] for a step that looks at some kinds only. A plan shares one question with other steps,
/// and who proves wants to know more; a step that is about to act is waited for, and a quarter of
/// the work will do.
pub(crate) fn objects_for(step: &StepContext, kinds: &str, context: &str, namespace: &str) -> Cmd {
    match step.acting {
        true => listing(kinds, context, namespace),
        false => objects(context, namespace),
    }
}

pub(crate) fn listing(kinds: &str, context: &str, namespace: &str) -> Cmd {
    let get = ["--request-timeout=5s", "get", kinds, "-o", "json"];
    kubectl(context).args(["-n", namespace]).args(get)
}

/// What the containers of some pods wrote last.
pub(crate) fn last_lines(context: &str, namespace: &str, selector: &str) -> Cmd {
    let logs = [
        "--request-timeout=5s",
        "logs",
        "-l",
        selector,
        "--all-containers",
        "--prefix",
    ];
    let all = ["--ignore-errors", "--tail=5"];
    kubectl(context)
        .args(["-n", namespace])
        .args(logs)
        .args(all)
}

/// Goes on telling which pod of a release has become ready, has trouble or has ended: a line for
/// each move. That it is on its way is no move: who asks then only slows it.
pub fn states_of_pods(context: &str, namespace: &str, release: &str) -> Cmd {
    let container =
        |filter: &str, says: &str| format!("{{.status.containerStatuses[?(@.{filter})].{says}}}");
    let ready = container("ready==true", "name");
    let trouble = container(
        "state.waiting.reason!=\"ContainerCreating\"",
        "state.waiting.reason",
    );
    let ended = "{.status.containerStatuses[*].state.terminated.reason}";
    let form = format!("jsonpath={{.metadata.name}} {ready} {trouble} {ended}{{\"\\n\"}}");
    let selector = of_release(release);
    let get = ["get", "pods", "-l", &selector, "--watch-only", "-o", &form];
    kubectl(context).args(["-n", namespace]).args(get)
}

/// Lists the images that the pods of a whole cluster run on, a line each.
pub(crate) fn images_in_use(context: &str) -> Cmd {
    let each =
        |containers: &str| format!("{{range .spec.{containers}[*]}}{{.image}}{{\"\\n\"}}{{end}}");
    let (first, then) = (each("initContainers"), each("containers"));
    let form = format!("jsonpath={{range .items[*]}}{first}{then}{{end}}");
    let get = [
        "--request-timeout=10s",
        "get",
        "pods",
        "--all-namespaces",
        "-o",
    ];
    kubectl(context).args(get).args([form])
}

/// The objects in a list that kubectl printed.
pub fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

/// helm, pinned to a cluster and a namespace.
pub fn helm<S: Into<String>>(
    args: impl IntoIterator<Item = S>,
    context: &str,
    namespace: &str,
) -> Cmd {
    call("helm", args).args(["--kube-context", context, "--namespace", namespace])
}

/// minikube, pinned to a profile.
pub fn minikube(profile: &str) -> Cmd {
    call("minikube", ["-p", profile])
}

/// docker: the one inside a minikube node if `node` names its profile, else this machine's. A
/// builder that the user chose for builds of his own would keep the image to itself, and a context
/// of his would win over the node's address.
pub fn docker<S: Into<String>>(args: impl IntoIterator<Item = S>, node: Option<&str>) -> Cmd {
    let mut cmd = call("docker", args).env_from(node.map(docker_env));
    let ours = ["BUILDX_BUILDER", "DOCKER_CONTEXT"];
    let ours = ours.into_iter().take(if node.is_some() { 2 } else { 1 });
    cmd.env = ours.map(|name| (name.to_string(), String::new())).collect();
    cmd
}

/// Lists the images of a docker daemon, in each line `name:tag` and the id: one question for
/// whoever wants to know of one.
pub fn docker_images(node: Option<&str>) -> Cmd {
    let form = "{{.Repository}}:{{.Tag}} {{.ID}}";
    docker(["image", "ls", "--no-trunc", "--format", form], node)
}

/// Lists the images of a minikube node.
pub fn node_images(profile: &str) -> Cmd {
    minikube(profile).args(["image", "ls", "--format", "json"])
}

/// Gives an image of this machine's docker to the docker inside a minikube node. Unlike
/// `minikube image load` it fails when it fails.
pub fn hand_over(image: &str, profile: &str) -> Cmd {
    docker(["save", image], None).pipe(docker(["load"], Some(profile)))
}

/// The variables that point docker at the docker inside a minikube node.
fn docker_env(profile: &str) -> Cmd {
    minikube(profile).args(["docker-env", "--shell", "none"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, least: &str, version: &str, enough: bool) {
        let found = version_in(text).unwrap();
        assert_eq!(
            (version_text(&found).as_str(), new_enough(&found, least)),
            (version, enough)
        );
    }

    #[test]
    fn versions_are_found_in_what_tools_print() {
        check("v3.19", "3.13", "3.19", true);
        check("v4.0.1+g12ab", "3.13", "4.0.1", true);
        check("v3.9.4", "3.13", "3.9.4", false);
        check(
            r#"{"commit":"eb25dbc703","minikubeVersion":"v1.38.1"}"#,
            "1.32",
            "1.38.1",
            true,
        );
        check(
            r#"{"clientVersion": {"major": "1", "gitVersion": "v1.34.4"}}"#,
            "1.28",
            "1.34.4",
            true,
        );
        check("28.2.2 20.10.24+dfsg1", "20.10", "28.2.2", true);
        check("kind v0.33.0 go1.26 linux/amd64", "0.20", "0.33.0", true);
        check("1.28", "1.28.0", "1.28", true);
        assert_eq!(version_in("no version here"), None);
    }
}
