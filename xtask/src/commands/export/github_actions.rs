//! The steps of a goal as one GitHub Actions job: what a step makes on the runner is there for the
//! next one.

use super::{Export, label, quoted};
use engine::config::StepDef;
use protocol::shell_word;

/// The workflow.
pub(super) fn text(export: &Export) -> String {
    let steps: String = export.steps().map(|step| one(export, step)).collect();
    let (name, job) = (quoted(&export.pipeline.name), label(&export.goal));
    format!(
        "# Made by `{}`. Make it again when pipeline.toml changes.
name: {name}
on:
  push:
  workflow_dispatch:
concurrency:
  group: {name}
permissions:
  contents: read
jobs:
  {job}:
    runs-on: ubuntu-latest
{}    steps:
      - uses: actions/checkout@v4
      - name: xtask itself
        run: cargo xtask --version
{steps}      - name: report
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: report
          path: |
            .pipeline/report.html
            .pipeline/logs
          include-hidden-files: true
          if-no-files-found: ignore
",
        export.made_by,
        secrets(export)
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
    let words = ["cargo", "xtask", "run", &*step.id].map(str::to_string);
    let words: Vec<String> = words
        .iter()
        .chain(&export.flags)
        .map(|word| shell_word(word))
        .collect();
    // A backstop: xtask itself ends what takes too long, attempt by attempt.
    let limit = step.timeout.map_or(String::new(), |limit| {
        let all = limit * step.retry.attempts;
        format!(
            "        timeout-minutes: {}\n",
            all.as_secs().div_ceil(60) + 5
        )
    });
    format!(
        "      - name: {}\n        run: {}\n{limit}",
        quoted(&step.id),
        quoted(&words.join(" "))
    )
}
