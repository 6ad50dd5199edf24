//! The steps of a goal as an Argo Workflow: a task each, on one volume, where their processes join
//! in one run. A pod that is lost is started again and goes on. The volume outlives the workflow, so
//! that the next one goes on where this one was; a mutex lets them have it one after the other.

use super::{Export, label, program, quoted};
use engine::graph::StepId;

/// The volume of the pipeline's workflows, made once by hand: what a workflow makes itself, it takes
/// along.
const CLAIM: &str = r#"{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "NAME"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}}}"#;

/// Gets the sources into a folder that may have others of them, and what steps made, already. The
/// mutex says that nobody is at work there, so a lock of git's is that of a pod that is gone.
const CHECKOUT: &str = "git init --quiet /work/source; cd /work/source; rm -f .git/index.lock; git fetch --quiet \"$0\" \"$1\"; git checkout --quiet --force --detach FETCH_HEAD";

/// Again where the pod was lost, whatever Argo calls that, but not where the step failed (1) or was
/// refused (2): how often a step may fail is xtask's business.
const RETRY: &str =
    r#"{limit: 3, retryPolicy: Always, expression: "asInt(lastRetry.exitCode) not in [1, 2]"}"#;

/// The workflow.
pub(super) fn text(export: &Export) -> String {
    let tasks: String = export
        .graph
        .order
        .iter()
        .map(|&index| task(export, index))
        .collect();
    let words: Vec<String> = program()
        .chain(["run", "{{inputs.parameters.step}}"])
        .chain(export.flags.iter().map(String::as_str))
        .chain(["--join"])
        .map(quoted)
        .collect();
    let prefix = label(&format!("{}-{}", export.pipeline.name, export.goal));
    let from = label(&export.pipeline.name);
    let claim = CLAIM.replace("NAME", &format!("{from}-work"));
    let checkout = quoted(CHECKOUT);
    format!(
        "# Made by `{}`. Make it again when pipeline.toml changes.
# argo submit FILE -p repository=https://… -p image=…   (the image has git, sh, {} and the tools that the steps call)
# The volume that all workflows of the pipeline share, once: kubectl create -f - <<<'{claim}'
# A cluster is reached through the Secret {from}-kubeconfig, key `config`; a docker through -p docker=tcp://….
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  generateName: {prefix}-
spec:
  entrypoint: steps
  synchronization:
    mutexes: [{{name: {from}-work}}]
  arguments:
    parameters:
      - name: repository
      - name: revision
        value: main
      - name: image
        value: rust:1-bookworm
      - name: docker
        value: \"\"
  templates:
    - name: steps
      dag:
        tasks:
          - name: checkout
            template: checkout
{tasks}    - name: checkout
      retryStrategy: {RETRY}
      container:
        image: \"{{{{workflow.parameters.image}}}}\"
        command: [sh, -ec, {checkout}, \"{{{{workflow.parameters.repository}}}}\", \"{{{{workflow.parameters.revision}}}}\"]
        terminationMessagePolicy: FallbackToLogsOnError
        volumeMounts: [{{name: work, mountPath: /work}}]
    - name: step
      inputs:
        parameters: [{{name: step}}]
      retryStrategy: {RETRY}
      container:
        image: \"{{{{workflow.parameters.image}}}}\"
        command: [{}]
        workingDir: /work/source
        terminationMessagePolicy: FallbackToLogsOnError
        volumeMounts: [{{name: work, mountPath: /work}}, {{name: kube, mountPath: /kube}}]
        env:
          - {{name: CI, value: \"true\"}}
          - {{name: CARGO_HOME, value: /work/cargo}}
          - {{name: KUBECONFIG, value: /kube/config}}
          - {{name: DOCKER_HOST, value: \"{{{{workflow.parameters.docker}}}}\"}}
{}  volumes:
    - name: work
      persistentVolumeClaim: {{claimName: {from}-work}}
    - name: kube
      secret: {{secretName: {from}-kubeconfig, optional: true}}
",
        export.made_by,
        program().next().unwrap_or_default(),
        words.join(", "),
        secrets(export, &from),
    )
}

fn secrets(export: &Export, from: &str) -> String {
    let one = |name: &&str| {
        format!(
            "          - {{name: {name}, valueFrom: {{secretKeyRef: {{name: {from}, key: {name}, optional: true}}}}}}\n"
        )
    };
    export.secrets().iter().map(one).collect()
}

fn task_name(export: &Export, index: StepId) -> String {
    export.task_name(index, "checkout")
}

fn task(export: &Export, index: StepId) -> String {
    let needs: Vec<String> = match export.graph.needs[index].as_slice() {
        [] => vec!["checkout".to_string()],
        needs => needs.iter().map(|&need| task_name(export, need)).collect(),
    };
    format!(
        "          - name: {}\n            template: step\n            dependencies: [{}]\n            arguments:\n              parameters: [{{name: step, value: {}}}]\n",
        task_name(export, index),
        needs.join(", "),
        quoted(&export.pipeline.steps[index].id),
    )
}
