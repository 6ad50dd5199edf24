//! What a run that finds everything standing asks of the tools: each question once, however many steps ask it.

use std::collections::BTreeMap;

use crate::minikube;
use crate::sandbox::Sandbox;

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
    // Three images are built and six are looked for in the node; one list answers for all of them.
    assert_eq!(count(&calls, "docker", "image ls --no-trunc"), 1);
    assert_eq!(count(&calls, "minikube", "image ls"), 1);
    assert_eq!(count(&calls, "helm", "list"), 1);
    assert_eq!(count(&calls, "kubectl", "get deployments"), 1);
    assert_eq!(count(&calls, "kubectl", " -n todo-chatbot "), 1);
    assert_eq!(count(&calls, "kubectl", "persistentvolumes "), 0);
    assert_eq!(count(&calls, "docker", "inspect"), 0);
}
