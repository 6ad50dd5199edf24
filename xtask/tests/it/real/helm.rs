//! A helm that is killed at any moment, on a real cluster: whatever state it leaves, the next `up`
//! mends.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{OTHERS, lab};
use crate::sandbox::{Sandbox, skipped};

const MOMENTS: u64 = 20;

const PIPELINE: &str = r#"
[goals]
up = ["release"]
teardown = { undo = "up" }
[[step]]
id = "namespace"
kind = "namespace"
with = { context = "lab", namespace = "NAME", releases = ["app"] }
[[step]]
id = "release"
kind = "helm-release"
needs = ["namespace"]
timeout = "3m"
with = { context = "lab", namespace = "NAME", release = "app", chart = "c", set = { "edit" = "${edit}" } }
[vars]
edit = "0"
"#;

/// Enough objects that an upgrade takes a moment, and a hook, so that it also waits.
const CHART: &str = r#"
{{- range $at := until 25 }}
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ $.Release.Name }}-{{ $at }}" }
data: { edit: {{ $.Values.edit | quote }} }
---
{{- end }}
apiVersion: v1
kind: ConfigMap
metadata: { name: "{{ .Release.Name }}-before", annotations: { "helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": before-hook-creation } }
data: { edit: {{ .Values.edit | quote }} }
"#;

fn kubectl(args: &[&str]) -> String {
    let output = Command::new("kubectl")
        .args(["--context", "lab"])
        .args(args)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Kills the whole run, helm included, so that nobody tidies up.
fn killed_after(sandbox: &Sandbox, edit: &str, pause: Duration) {
    use std::os::unix::process::CommandExt;
    let set = format!("edit={edit}");
    let mut run = sandbox.command(&["up", "--set", &set]);
    let mut run = run
        .process_group(0)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + pause;
    while Instant::now() < until && run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = run.kill();
    run.wait().unwrap();
    for process in sandbox.helms() {
        crate::sandbox::send("KILL", process);
    }
}

#[test]
fn what_a_killed_helm_leaves_is_mended() {
    if !lab::answers() {
        return skipped(
            "the test of killed helms",
            "no cluster answers at the context `lab`",
        );
    }
    let name = format!("{OTHERS}{}", std::process::id());
    let sandbox = Sandbox::new()
        .pipeline(&PIPELINE.replace("NAME", &name))
        .file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
        .file("c/templates/all.yaml", CHART)
        .env(
            "KUBECONFIG",
            &std::env::var("KUBECONFIG").unwrap_or_default(),
        );
    let began = Instant::now();
    sandbox.run(&["up"]).code(0);
    let whole = began.elapsed();
    for moment in 1..=MOMENTS {
        let edit = moment.to_string();
        if moment % 5 == 0 {
            // An installation is cut as well.
            sandbox.run(&["teardown"]).code(0);
        }
        killed_after(
            &sandbox,
            &edit,
            whole.mul_f64(moment as f64 / MOMENTS as f64),
        );
        sandbox
            .run(&["up", "--set", &format!("edit={edit}")])
            .code(0);
        let seen = kubectl(&[
            "-n",
            &name,
            "get",
            "configmaps",
            "-o",
            "jsonpath={.items[*].data.edit}",
        ]);
        let wanted = vec![edit.as_str(); 26];
        assert_eq!(
            seen.split_whitespace().collect::<Vec<_>>(),
            wanted,
            "moment {moment}"
        );
    }
    // The hook's object is nobody's: helm makes and never removes it.
    kubectl(&["-n", &name, "delete", "configmap", "app-before"]);
    sandbox.run(&["teardown"]).code(0);
    assert_eq!(
        kubectl(&[
            "get",
            "namespace",
            &name,
            "--ignore-not-found",
            "-o",
            "name"
        ]),
        ""
    );
}
