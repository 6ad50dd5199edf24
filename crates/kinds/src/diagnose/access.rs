//! A cluster that refuses to answer, or can't: read from kubectl's own words.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::{Answer, Effect, Failure};
use serde_json::Value;

use super::{Cause, Evidence, Family, Finding, Found, Heals};

pub(super) const FAMILY: Family = Family {
    name: "Access to the cluster",
    causes: &[
        RIGHT,
        PLUGIN,
        BROKEN,
        CREDENTIALS,
        CERTIFICATE,
        EXPIRED,
        CONTEXT,
        NAME,
        KIND,
        SILENT,
    ],
};

const RIGHT: Cause = Cause {
    id: "right-missing",
    signs: "`Forbidden`, `cannot … resource`",
    says: "may not {verb} {resources} {scope}",
    fix: "have someone give it that right (`kubectl --context {context} auth can-i {verb} {resource} {where}` asks for it), or take a context that has it",
    step: "cluster",
    value: "",
    heals: Heals::Never,
    find: words,
};

const PLUGIN: Cause = Cause {
    id: "exec-plugin",
    signs: "`getting credentials: exec: …`",
    says: "is not asked, because what the kubeconfig calls to log in fails: {line}",
    fix: "install that program or correct `users[].user.exec.command` in the kubeconfig, and call it by hand once: it may want to know who you are",
    step: "cluster",
    value: "",
    heals: Heals::Never,
    find: words,
};

const BROKEN: Cause = Cause {
    id: "kubeconfig-broken",
    signs: "`error loading config file`",
    says: "is not known, because the kubeconfig can't be read: {line}",
    fix: "correct that file; `kubectl config view` says whether it can be read",
    step: "cluster",
    value: "",
    heals: Heals::Never,
    find: words,
};

const CREDENTIALS: Cause = Cause {
    id: "credentials",
    signs: "`Unauthorized`, `You must be logged in`",
    says: "does not know who asks: its credentials are missing or have expired",
    fix: "log in again, or write the kubeconfig anew (minikube: `minikube update-context`)",
    step: "cluster",
    value: "",
    heals: Heals::Never,
    find: words,
};

const CERTIFICATE: Cause = Cause {
    id: "certificate-unknown",
    signs: "`x509: certificate signed by unknown authority`",
    says: "is not the one that the kubeconfig knows: its certificate is signed by another authority",
    fix: "write the kubeconfig anew (minikube: `minikube update-context`): a cluster that was made again has a new authority",
    step: "cluster",
    value: "",
    heals: Heals::Never,
    find: words,
};

const EXPIRED: Cause = Cause {
    id: "certificate-expired",
    signs: "`x509: certificate has expired or is not yet valid`",
    says: "has a certificate that is no longer valid, or not yet: {line}",
    fix: "compare the clocks (`date`), and renew the certificates (minikube: `minikube stop`, `minikube start`)",
    step: "cluster",
    value: "",
    heals: Heals::Never,
    find: words,
};

const CONTEXT: Cause = Cause {
    id: "context-missing",
    signs: "`context was not found`, `context \"…\" does not exist`, `cannot locate context`",
    says: "is not in the kubeconfig",
    fix: "see what is: `kubectl config get-contexts`, and which file: `echo $KUBECONFIG`",
    step: "cluster",
    value: "",
    heals: Heals::Never,
    find: words,
};

const NAME: Cause = Cause {
    id: "server-name",
    signs: "`no such host`",
    says: "can't be reached: the name of its API server is not known",
    fix: "correct the server's address in the kubeconfig, or the network (VPN, DNS)",
    step: "cluster",
    value: "",
    heals: Heals::Within(30),
    find: words,
};

const KIND: Cause = Cause {
    id: "kind-missing",
    signs: "`the server doesn't have a resource type`",
    says: "does not know a kind of object that is needed: {line}",
    fix: "install what defines it (a CustomResourceDefinition), or take a newer cluster",
    step: "cluster",
    value: "",
    heals: Heals::Within(30),
    find: words,
};

const SILENT: Cause = Cause {
    id: "server-silent",
    signs: "`connection refused`, `timeout`, `EOF` from the API server",
    says: "does not answer: {line}",
    fix: "see that the cluster runs (minikube: `minikube status`; a container: `docker ps`), and that nothing is in the way (proxy, firewall)",
    step: "cluster",
    value: "",
    heals: Heals::Within(120),
    find: words,
};

/// These are found in what kubectl says, not in objects.
fn words(_: &Evidence) -> Option<Found> {
    None
}

/// What kubectl listed. Kinds of the cluster itself may be withheld from a user who may use a
/// namespace.
pub(crate) fn listed(context: &str, answers: &[Answer]) -> Result<Value, Effect> {
    let said = match answers.first() {
        Some(Answer::Ran(output)) => {
            let is_listed = output.code == 0 || is_withheld(&output.stderr);
            let list = serde_json::from_str(&output.stdout).ok();
            match list.filter(|_| is_listed) {
                Some(list) => return Ok(list),
                None => output.stderr.clone(),
            }
        }
        Some(other) => other.trouble(),
        None => String::new(),
    };
    Err(finding(context, &said).effect())
}

/// A cluster that gave no answer to whoever asked first. What says no will say so again; only
/// silence is waited for.
pub(crate) fn unreachable(context: &str, said: &str) -> Effect {
    let finding = finding(context, said);
    let silent = ["imeout", "timed out", "deadline exceeded", "within"];
    let patience = finding
        .patience
        .filter(|_| silent.iter().any(|words| said.contains(words)));
    let failure = Failure::from(finding).prerequisite();
    match patience {
        Some(patience) => Effect::Degraded(failure, patience),
        None => Effect::Broken(failure),
    }
}

fn finding(context: &str, said: &str) -> Finding {
    Finding::new(cause(said), found(context, said))
}

/// What kubectl says of a program that is to log in, and of a kubeconfig that it can't read.
const BY_PLUGIN: &str = "getting credentials: exec";
const UNREADABLE: &str = "error loading config file";

/// What can be done without: what is the whole cluster's, and what is asked for singly then.
const SPARE: [&str; 2] = ["at the cluster scope", "poddisruptionbudgets.policy"];

fn is_withheld(said: &str) -> bool {
    let mut lines = said
        .lines()
        .filter(|line| line.starts_with("Error"))
        .peekable();
    let is_spare =
        |line: &str| line.contains("Forbidden") && SPARE.iter().any(|words| line.contains(words));
    lines.peek().is_some() && lines.all(is_spare)
}

fn cause(said: &str) -> &'static Cause {
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    match () {
        () if right(said).is_some() => &RIGHT,
        () if says(&[BY_PLUGIN]) => &PLUGIN,
        () if says(&[UNREADABLE]) => &BROKEN,
        () if says(&["Unauthorized", "must be logged in", "provide credentials"]) => &CREDENTIALS,
        () if says(&["signed by unknown authority"]) => &CERTIFICATE,
        () if says(&["x509: "]) => &EXPIRED,
        () if says(&[
            "context was not found",
            "does not exist",
            "cannot locate context",
        ]) =>
        {
            &CONTEXT
        }
        () if says(&["no such host"]) => &NAME,
        () if says(&["doesn't have a resource type", "no matches for kind"]) => &KIND,
        () => &SILENT,
    }
}

fn found(context: &str, said: &str) -> Found {
    let found = match right(said) {
        Some(right) => Found::at(format!("user {}", right.user))
            .word("verb", right.verb)
            .word("resources", right.resources.join(", "))
            .word("resource", right.resources[0])
            .word("scope", scope(right.namespace))
            .word("where", flag(right.namespace))
            .seen([right.line]),
        None => {
            let line = telling_line(said);
            Found::at(format!("the cluster of context {context}"))
                .word("line", line)
                .seen([line])
        }
    };
    found.word("context", context)
}

fn telling_line(said: &str) -> &str {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    // Behind the cause stands how to install it.
    let is_cause = |line: &&str| line.contains(BY_PLUGIN) || line.contains(UNREADABLE);
    let line = lines.clone().find(is_cause).or(lines.next_back());
    line.unwrap_or("no words at all")
}

/// Who may not do what, where, with which of several things; the line says so of the first.
struct Right<'a> {
    user: &'a str,
    verb: &'a str,
    resources: Vec<&'a str>,
    /// None for the whole cluster.
    namespace: Option<&'a str>,
    line: &'a str,
}

/// The rights that lack in one namespace; else one for the whole cluster, which may be withheld
/// from a user who has all that is needed.
fn right(said: &str) -> Option<Right<'_>> {
    let mut rights: Vec<Right> = said.lines().filter_map(right_in).collect();
    let in_one = rights.iter().position(|right| right.namespace.is_some());
    let at = in_one.unwrap_or(0);
    let mut right = (at < rights.len()).then(|| rights.remove(at))?;
    let is_same = |other: &Right| {
        (other.user, other.verb, other.namespace) == (right.user, right.verb, right.namespace)
    };
    rights.retain(is_same);
    let others = rights.into_iter().flat_map(|other| other.resources);
    right.resources.extend(others);
    right.resources.dedup();
    Some(right)
}

/// `User "x" cannot list resource "pods" in API group "" in the namespace "app"`, behind more.
fn right_in(line: &str) -> Option<Right<'_>> {
    let (_, rest) = line.split_once("User \"")?;
    let (user, rest) = rest.split_once("\" cannot ")?;
    let (verb, rest) = rest.split_once(" resource \"")?;
    let (resource, rest) = rest.split_once('"')?;
    let namespace = rest
        .split_once("in the namespace \"")
        .and_then(|(_, rest)| rest.split_once('"'));
    Some(Right {
        user,
        verb,
        resources: vec![resource],
        namespace: namespace.map(|(name, _)| name),
        line: line.trim(),
    })
}

fn scope(namespace: Option<&str>) -> String {
    namespace.map_or("in the whole cluster".to_string(), |name| {
        format!("in the namespace {name}")
    })
}

/// How kubectl is asked for a right there.
fn flag(namespace: Option<&str>) -> String {
    namespace.map_or("--all-namespaces".to_string(), |name| format!("-n {name}"))
}
