//! What a run that finds everything standing asks of the tools: each question once, however many
//! steps ask it.

use std::collections::BTreeMap;

use crate::minikube;
use crate::sandbox::{Sandbox, tells};

/// Lets each fake tool note its whole command line and the daemon that it would talk to.
fn noting(sandbox: Sandbox) -> Sandbox {
    for tool in ["docker", "helm", "kubectl", "minikube"] {
        let path = format!("bin/{tool}");
        let script = sandbox.read(&path);
        let note = format!("printf '{tool} %s %s\\n' \"$*\" \"$DOCKER_HOST\" >> \"$PROBES\"");
        sandbox.write(
            &path,
            &script.replacen("#!/bin/sh\n", &format!("#!/bin/sh\n{note}\n"), 1),
        );
    }
    let log = sandbox.dir.join("probes").display().to_string();
    sandbox.env("PROBES", &log)
}

/// How often a tool was called with such words.
fn count(calls: &BTreeMap<String, usize>, tool: &str, words: &str) -> usize {
    let of = |(line, _): &(&String, &usize)| line.starts_with(tool) && line.contains(words);
    calls.iter().filter(of).map(|(_, count)| count).sum()
}

#[test]
fn a_no_op_asks_each_question_once() {
    let sandbox = noting(minikube::sandbox("missing"));
    let up = ["run", "rollout", "--target", "minikube"];
    sandbox.run(&up).code(0);
    sandbox.write("probes", "");
    sandbox.run(&up).code(0).says("0 done");
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for line in sandbox.read("probes").lines() {
        *calls.entry(line.to_string()).or_default() += 1;
    }
    let twice: Vec<_> = calls.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:#?}");
    // Three images are built and six are looked for in the node; one list of the node's docker and
    // one of this machine's answer for all of them.
    assert_eq!(count(&calls, "docker", "image ls"), 2);
    assert_eq!(count(&calls, "docker", "tcp://"), 1);
    assert_eq!(count(&calls, "minikube", "image ls"), 1);
    assert_eq!(count(&calls, "helm", "list"), 1);
    assert_eq!(count(&calls, "kubectl", "get deployments"), 1);
    // One lists what there is, one reads what was released, one asks for the Secret, one for those
    // of the release.
    assert_eq!(count(&calls, "helm", "get manifest"), 1);
    assert_eq!(count(&calls, "kubectl", " -n todo-chatbot "), 4);
    assert_eq!(count(&calls, "kubectl", "persistentvolumes "), 0);
    assert_eq!(count(&calls, "docker", "inspect"), 0);
}

#[test]
fn a_version_that_the_file_alone_decides_is_asked_once_for_each_file() {
    let sandbox = minikube::sandbox("running");
    let times = |sandbox: &Sandbox| {
        sandbox.write("asked", "");
        let tools = ["run", "tools", "--target", "minikube"];
        sandbox.run(&tools).code(0);
        sandbox.read("asked").lines().count()
    };
    let helm = sandbox.dir.join("bin/helm");
    sandbox.write("version", "echo asked >> asked\necho v3.19.0");
    // A script may decide anew each time.
    sandbox.write("bin/helm", "#!/bin/sh\n. ./version");
    assert_eq!([times(&sandbox), times(&sandbox)], [1, 1]);
    // A program does not: here a shell, for which `version` is the name of a script.
    let replace = || {
        std::fs::remove_file(&helm).unwrap();
        std::fs::copy("/bin/sh", &helm).unwrap();
    };
    replace();
    assert_eq!([times(&sandbox), times(&sandbox)], [1, 0]);
    replace();
    assert_eq!([times(&sandbox), times(&sandbox)], [1, 0]);
}

#[test]
fn what_a_check_told_last_time_is_a_guess_and_never_believed() {
    let make = r#"
[[step]]
id = "make"
kind = "command"
outputs = ["out"]
with = { argv = ["sh", "-c", "echo ${where.helm} > out"] }
"#;
    let sandbox = Sandbox::new()
        .pipeline(&[&tells("helm"), make].concat())
        .tool("helm", ". ./version");
    let make = |version: &str| {
        sandbox.write("version", &format!("echo v{version}"));
        sandbox.run(&["run", "make"]).code(0);
        sandbox.read("out")
    };
    assert_eq!(make("3.19.0"), "3.19.0\n");
    assert_eq!(make("3.20.0"), "3.20.0\n");
    assert_eq!(make("3.19.0"), "3.19.0\n");
}

#[test]
fn the_second_time_no_question_waits_for_the_answer_to_another() {
    let there = r#"
[[step]]
id = "there"
kind = "check"
with = { argv = ["helm", "${where.docker}"] }
"#;
    let sandbox = Sandbox::new()
        .pipeline(&[&tells("docker"), there].concat())
        .tool("helm", "touch asked-$1")
        // From the second time on it answers only once the other question was asked.
        .tool(
            "docker",
            r#"for _ in 1 2 3 4 5 6 7 8 9; do [ -e asked-28.2.2 ] || [ ! -e again ] || sleep 1; done
[ -e asked-28.2.2 ] || [ ! -e again ] || { echo "nobody asked" >&2; exit 1; }
echo 28.2.2"#,
        );
    sandbox.run(&["run", "there"]).code(0);
    assert!(sandbox.has("asked-28.2.2"));
    std::fs::remove_file(sandbox.dir.join("asked-28.2.2")).unwrap();
    sandbox.write("again", "");
    sandbox.run(&["run", "there"]).code(0);
}

/// Once to plan, once when its turn has come: what says no then is not asked until it says yes.
#[test]
fn a_no_is_asked_twice() {
    let check =
        "[[step]]\nid='c'\nkind='check'\nwith={argv=['sh','-c','echo . >> asked; exit 1']}\n";
    let sandbox = Sandbox::new().pipeline(check);
    sandbox.run(&["run", "c"]).code(1).says("says no");
    assert_eq!(sandbox.read("asked").lines().count(), 2);
}

/// Pods become ready at the third look; what the chart wants of them does not change meanwhile.
#[test]
fn what_can_not_change_is_asked_once_while_a_step_waits() {
    let text = "[[step]]\nid='pods'\nkind='rollout'\ntimeout='20s'\n\
        with={context='c', namespace='n', release='r'}\n";
    let sandbox = Sandbox::new()
        .pipeline(text)
        .tool(
            "helm",
            "echo . >> asked\n[ -e once ] || { : > once; exit 1; }",
        )
        .tool(
            "kubectl",
            r#"case "$*" in
*" events "*) echo '{"items": []}';;
*--watch-only*) sleep 1;;
*) echo . >> looks
ready=0; [ -e third ] && ready=1
[ -e second ] && : > third
: > second
echo '{"items": [{"kind": "Deployment", "metadata": {"name": "web", "namespace": "n", "generation": 1,
"annotations": {"meta.helm.sh/release-name": "r", "meta.helm.sh/release-namespace": "n"}}, "spec": {"replicas": 1},
"status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": '$ready', "availableReplicas": '$ready'}}]}';;
esac"#,
        );
    sandbox
        .run(&["run", "pods"])
        .code(0)
        .says("1 workload ready");
    assert!(sandbox.read("looks").lines().count() >= 3);
    // Once without an answer to plan, and once while it waits.
    assert_eq!(sandbox.read("asked").lines().count(), 2);
}
