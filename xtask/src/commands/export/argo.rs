//! The steps of a goal as an Argo Workflow: a task each, on one volume, where their processes join
//! in one run. A pod that is lost is started again and goes on.

use super::{Export, label, quoted};
use engine::graph::StepId;

/// The workflow.
pub(super) fn text(export: &Export) -> String {
    let tasks: String = export
        .graph
        .order
        .iter()
        .map(|&index| task(export, index))
        .collect();
    let words = ["cargo", "xtask", "run", "{{inputs.parameters.step}}"];
    let words: Vec<String> = words
        .iter()
        .copied()
        .chain(export.flags.iter().map(String::as_str))
        .chain(["--join"])
        .map(quoted)
        .collect();
    let prefix = label(&format!("{}-{}", export.pipeline.name, export.goal));
    let from = label(&export.pipeline.name);
    format!(
        "# Made by `{}`. Make it again when pipeline.toml changes.
# argo submit FILE -p repository=https://… -p image=…   (the image has git, cargo and the tools that the steps call)
# A cluster is reached through the Secret {from}-kubeconfig, key `config`; a docker through -p docker=tcp://….
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  generateName: {prefix}-
spec:
  entrypoint: steps
  arguments:
    parameters:
      - name: repository
      - name: revision
        value: main
      - name: image
        value: rust:1-bookworm
      - name: docker
        value: \"\"
  volumeClaimTemplates:
    - metadata:
        name: work
      spec:
        accessModes: [ReadWriteOnce]
        resources:
          requests:
            storage: 20Gi
  templates:
    - name: steps
      dag:
        tasks:
          - name: checkout
            template: checkout
{tasks}    - name: checkout
      container:
        image: \"{{{{workflow.parameters.image}}}}\"
        command: [git, clone, --branch, \"{{{{workflow.parameters.revision}}}}\", \"{{{{workflow.parameters.repository}}}}\", /work/source]
        volumeMounts: [{{name: work, mountPath: /work}}]
    - name: step
      inputs:
        parameters: [{{name: step}}]
      retryStrategy:
        limit: 3
        retryPolicy: OnError
      container:
        image: \"{{{{workflow.parameters.image}}}}\"
        command: [{}]
        workingDir: /work/source
        volumeMounts: [{{name: work, mountPath: /work}}, {{name: kube, mountPath: /kube}}]
        env:
          - {{name: CI, value: \"true\"}}
          - {{name: CARGO_HOME, value: /work/cargo}}
          - {{name: KUBECONFIG, value: /kube/config}}
          - {{name: DOCKER_HOST, value: \"{{{{workflow.parameters.docker}}}}\"}}
{}  volumes:
    - name: kube
      secret: {{secretName: {from}-kubeconfig, optional: true}}
",
        export.made_by,
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

fn task(export: &Export, index: StepId) -> String {
    let needs: Vec<String> = match export.graph.needs[index].as_slice() {
        [] => vec!["checkout".to_string()],
        needs => needs
            .iter()
            .map(|&need| export.task_name(need, "checkout"))
            .collect(),
    };
    format!(
        "          - name: {}\n            template: step\n            dependencies: [{}]\n            arguments:\n              parameters: [{{name: step, value: {}}}]\n",
        export.task_name(index, "checkout"),
        needs.join(", "),
        quoted(&export.pipeline.steps[index].id),
    )
}
