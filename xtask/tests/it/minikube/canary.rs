//! A secret of the deployment is seen by nobody but the Secret that it is for.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use super::machine::sandbox;
use crate::sandbox::{Ran, Sandbox, processes};

const CANARY: &str = "canary-0123456789-abcdefghij-0123456789-sec";
const ENCODED: &str = "Y2FuYXJ5LTAxMjM0NTY3ODktYWJjZGVmZ2hpai0wMTIzNDU2Nzg5LXNlY";

fn call(sandbox: &Sandbox, words: &str) -> Ran {
    let words: Vec<&str> = words.split(' ').collect();
    sandbox.run(&[&words[..], &["--target", "minikube"]].concat())
}

/// Every command line of the machine that shows it while `work` goes on.
fn shown_while(work: impl FnOnce() + Send) -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    thread::scope(|scope| {
        let work = scope.spawn(work);
        while !work.is_finished() {
            let lines = processes().map(|(_, line)| line);
            shown.extend(lines.filter(|line| is_shown(line)));
            thread::sleep(Duration::from_millis(5));
        }
    });
    shown
}

fn is_shown(text: &str) -> bool {
    text.contains(CANARY) || text.contains(ENCODED)
}

/// Of the files below a folder those that show it.
fn files(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(sandbox.dir.join(folder))
        .unwrap()
        .flatten();
    let shows = |entry: std::fs::DirEntry| {
        let path = format!("{folder}/{}", entry.file_name().display());
        match entry.path().is_dir() {
            true => files(sandbox, &path),
            false => Some(path)
                .filter(|path| is_shown(&sandbox.read(path)))
                .into_iter()
                .collect(),
        }
    };
    entries.flat_map(shows).collect()
}

#[test]
fn it_is_in_no_command_line_file_plan_diff_or_diagnosis() {
    let sandbox = sandbox("running").env("BETTER_AUTH_SECRET", CANARY);
    let mut told = Vec::new();
    let shown = shown_while(|| {
        told.push(call(&sandbox, "run rollout -v --progress plain").code(0));
        // What would be released shows it twice: where it belongs, and where it does not.
        let rendered = format!(
            "kind: Secret\\nmetadata: {{name: s}}\\ndata: {{KEY: {ENCODED}}}\\n---\\nkind: ConfigMap\\nmetadata: {{name: web}}\\ndata: {{KEY: {CANARY}}}\\n---\\nkind: Deployment\\nmetadata: {{name: web}}\\nspec: {{replicas: {CANARY}}}\\n"
        );
        sandbox.write("rendered", &rendered);
        sandbox.write("helm/todo-chatbot/values-local.yaml", "logLevel: debug\n");
        // What it is now may be the secret of before.
        let hidden = "spec.replicas: [masked] → [masked], another value";
        let planned = call(&sandbox, "plan");
        told.push(planned.prints("+ secret/s").prints(hidden));
        told.push(call(&sandbox, "up --dry-run").prints("+ configmap/web"));
        sandbox.write("breaks", &format!("Error: {CANARY} is refused\n"));
        told.push(
            call(&sandbox, "run rollout -v")
                .code(1)
                .says("[masked] is refused"),
        );
        for words in [
            "status",
            "explain secrets",
            "logs",
            "graph",
            "teardown --dry-run",
            "teardown",
        ] {
            told.push(call(&sandbox, words));
        }
    });
    assert_eq!(shown, BTreeSet::new());
    for ran in told {
        assert!(
            !is_shown(&ran.stdout) && !is_shown(&ran.stderr),
            "{}{}",
            ran.stdout,
            ran.stderr
        );
    }
    assert_eq!(files(&sandbox, ".pipeline"), [""; 0]);
    assert!(!is_shown(&sandbox.read("log")) && !is_shown(&sandbox.read("values")));
}
