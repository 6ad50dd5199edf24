//! The steps of a goal for GitHub Actions. What is made of files alone is a job for each step: jobs
//! that do not need each other run at the same time, hand on what they made as artefacts, and find
//! what they made the last time in the cache. Anything else is one job, so that what a step makes
//! on the runner is there for the next one.

use super::{Export, label, program, quoted};
use engine::called;
use engine::config::StepDef;
use engine::graph::StepId;
use protocol::shell_word;

/// The workflow. The name of no other job begins as a cache's key does: keys are found by how they
/// begin.
pub(super) fn text(export: &Export) -> String {
    let jobs = match export.is_of_files() {
        true => export
            .graph
            .order
            .iter()
            .map(|&step| job(export, step))
            .collect(),
        false => one_job(export),
    };
    let name = quoted(&export.pipeline.name);
    format!(
        "# Made by `{}`. Make it again when pipeline.toml changes.{}{}
name: {name}
on:
  push:
  workflow_dispatch:
concurrency:
  group: {name}
permissions:
  contents: read
jobs:
{jobs}",
        export.made_by,
        told_program(),
        told_secrets(export),
    )
}

/// With cargo it comes along in the sources.
fn told_program() -> String {
    match called::name() {
        "cargo xtask" => String::new(),
        name => format!("\n# The runner has `{name}` on its PATH; nothing here puts it there."),
    }
}

/// Secrets have to be given to the repository, too.
fn told_secrets(export: &Export) -> String {
    let names: Vec<&str> = export.secrets().into_iter().collect();
    match names.is_empty() {
        true => String::new(),
        false => format!(
            "\n# Secrets of the repository that it takes, as far as they are set: {}",
            names.join(", ")
        ),
    }
}

// ── All steps on one machine ────────────────────────────────────────────────────────────────────

fn one_job(export: &Export) -> String {
    let steps: String = export.steps().map(|step| one(export, step)).collect();
    format!(
        "  {}:
    runs-on: ubuntu-latest
{}    steps:
      - uses: actions/checkout@v4
      - name: xtask itself
        run: {} --version
{steps}      - name: logs
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: logs
          path: {}
          include-hidden-files: true
          if-no-files-found: ignore
",
        label(&export.goal),
        secrets(export),
        called::name(),
        quoted(&export.logs)
    )
}

fn secrets(export: &Export) -> String {
    let names = export.secrets();
    if names.is_empty() {
        return String::new();
    }
    let lines: String = names
        .iter()
        .map(|name| format!("      {name}: ${{{{ secrets.{name} }}}}\n"))
        .collect();
    format!("    env:\n{lines}")
}

fn one(export: &Export, step: &StepDef) -> String {
    let call = call(export, step, &["--join"]);
    let limit = limit(step).map_or(String::new(), |limit| {
        format!("        timeout-minutes: {limit}\n")
    });
    format!(
        "      - name: {}\n        run: {call}\n{limit}",
        quoted(&step.id)
    )
}

/// `xtask run` of a step.
fn call(export: &Export, step: &StepDef, more: &[&str]) -> String {
    let flags = export.flags.iter().map(String::as_str);
    let words: Vec<String> = program()
        .chain(["run", &*step.id])
        .chain(flags)
        .chain(more.iter().copied())
        .map(shell_word)
        .collect();
    quoted(&words.join(" "))
}

/// Minutes, as a backstop: xtask itself ends what takes too long, attempt by attempt.
fn limit(step: &StepDef) -> Option<u64> {
    let all = step.timeout? * step.retry.attempts + step.retry.longest_pauses();
    Some(all.as_secs().div_ceil(60) + 5)
}

// ── A job for each step ─────────────────────────────────────────────────────────────────────────

fn job_id(export: &Export, index: StepId) -> String {
    export.task_name(index, "")
}

/// What a job hands on is a tar of all outputs so far, which keeps who may run them, with the
/// journal. Its own of the last time is there first, then those of the jobs that it needs.
fn job(export: &Export, index: StepId) -> String {
    let step = &export.pipeline.steps[index];
    let job = job_id(export, index);
    let needs = &export.graph.needs[index];
    let names: Vec<String> = needs.iter().map(|&need| job_id(export, need)).collect();
    let needs = match names.is_empty() {
        true => String::new(),
        false => format!("    needs: [{}]\n", names.join(", ")),
    };
    let download = |name: &String| {
        format!(
            "      - uses: actions/download-artifact@v4\n        with: {{ name: {name}, path: .pipeline/from }}\n"
        )
    };
    let downloads: String = names.iter().map(download).collect();
    let limit = limit(step).map_or(String::new(), |limit| {
        format!("    timeout-minutes: {limit}\n")
    });
    let journal = &export.journal;
    let outputs: String = export
        .outputs(index)
        .iter()
        .map(|path| format!(" {}", shell_word(path)))
        .collect();
    format!(
        "  {job}:
    name: {}
{needs}    runs-on: ubuntu-latest
{limit}    steps:
      - uses: actions/checkout@v4
      - uses: actions/cache@v4
        with:
          path: .pipeline/made
          key: {job}_${{{{ github.run_id }}}}
          restore-keys: {job}_
{downloads}      - name: what was made before
        run: |
          mkdir -p .pipeline/from .pipeline/made
          if [ -e .pipeline/made/{job}.tar ]; then
            tar -xf .pipeline/made/{job}.tar
            mv .pipeline/from/{job}.journal {journal}
          fi
          for made in .pipeline/from/*.tar; do [ ! -e \"$made\" ] || tar -xf \"$made\"; done
      - name: {}
        run: {}
      - name: what is handed on
        run: |
          cp {journal} .pipeline/from/{job}.journal
          tar --ignore-failed-read -cf .pipeline/made/{job}.tar .pipeline/from/{job}.journal{outputs}
      - uses: actions/upload-artifact@v4
        with: {{ name: {job}, path: .pipeline/made, include-hidden-files: true }}
",
        quoted(&step.id),
        quoted(&step.id),
        call(export, step, &["--from", ".pipeline/from"]),
    )
}
