//! What a step measured while it ran, for the report to plot: values over time, events and tables.
//!
//! A step `NAME` that writes JSON lines into `series/NAME.jsonl` in the state folder has them
//! plotted in the report of the run. One object in each line:
//!
//! - `{"type":"sample","at_ms":…,"values":{"calls/s":48.2,"p95 ms":12.1}}`: values at a moment, in
//!   milliseconds of Unix time. A name's last word is its unit; values of one unit share a plot.
//! - `{"type":"event","at_ms":…,"text":"a pod is deleted"}`: what happened then
//! - `{"type":"table","title":"…","columns":["…"],"rows":[["…"]]}`
//!
//! A line that can't be read is passed over: a step may have been killed while it wrote it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::Report;
use crate::files::replace;
use protocol::Table;

/// The kernel's clock for files goes by ticks, and so may be late by one: 1 to 10 ms.
const TICK: Duration = Duration::from_millis(10);

/// What one step measured.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// The step.
    pub step: Arc<str>,
    /// Moments in milliseconds, and the values then.
    pub samples: Vec<(u64, BTreeMap<String, Option<f64>>)>,
    /// Moments in milliseconds, and what happened.
    pub events: Vec<(u64, String)>,
    /// Tables, in the order in which they were written.
    pub tables: Vec<Table>,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Sample {
        at_ms: u64,
        values: BTreeMap<String, Option<f64>>,
    },
    Event {
        at_ms: u64,
        text: String,
    },
    Table(Table),
}

/// Gives the report a step's table, in place of what it was given of this step before.
pub(crate) fn show(state: &Path, step: &str, table: Table) -> io::Result<()> {
    let path = of_step(state, step);
    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    replace(&path, serde_json::to_vec(&Line::Table(table))?)
}

fn of_step(state: &Path, step: &str) -> PathBuf {
    state.join("series").join(format!("{step}.jsonl"))
}

/// What the steps of this run measured, in the order in which they ended.
pub(super) fn of(report: &Report, state: &Path, mask: &dyn Fn(&str) -> String) -> Vec<Series> {
    let began = SystemTime::now() - report.began.elapsed() - TICK;
    let acted = report.steps.iter().filter(|step| step.start.is_some());
    acted
        .filter_map(|step| {
            let path = of_step(state, &step.id);
            let is_of_this_run = path.metadata().ok()?.modified().ok()? >= began;
            let text = is_of_this_run.then(|| std::fs::read(&path).ok())??;
            let text = mask(&String::from_utf8_lossy(&text));
            Some(parse(step.id.clone(), &text))
        })
        .collect()
}

fn parse(step: Arc<str>, text: &str) -> Series {
    let mut series = Series {
        step,
        ..Series::default()
    };
    for line in text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
    {
        match line {
            Line::Sample { at_ms, values } => series.samples.push((at_ms, values)),
            Line::Event { at_ms, text } => series.events.push((at_ms, text)),
            Line::Table(table) => series.tables.push(table),
        }
    }
    series
}

impl Series {
    /// The first and the last moment, in milliseconds.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        let moments = || {
            let samples = self.samples.iter().map(|(at, _)| *at);
            samples.chain(self.events.iter().map(|(at, _)| *at))
        };
        moments().min().zip(moments().max())
    }

    /// The names of values by their unit.
    pub(super) fn units(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut units: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in self.samples.iter().flat_map(|(_, values)| values.keys()) {
            let unit = name.rsplit(' ').next().unwrap_or(name);
            let names = units.entry(unit).or_default();
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        units
    }

    /// The moments and values of that name.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (u64, f64)> + 'a {
        let value = move |(at, values): &(u64, BTreeMap<String, Option<f64>>)| {
            Some((*at, values.get(name).copied()??))
        };
        self.samples.iter().filter_map(value)
    }
}

#[cfg(test)]
pub(super) fn sample() -> Series {
    parse(
        "load".into(),
        r#"{"type":"sample","at_ms":1000,"values":{"calls/s":40,"p50 ms":3.5,"p95 ms":12.25}}
{"type":"sample","at_ms":2000,"values":{"calls/s":48.2,"p50 ms":3,"p95 ms":null}}
{"type":"event","at_ms":1500,"text":"a pod of <web> is deleted"}
{"type":"table","title":"calls","columns":["call","p95 ms"],"rows":[["list",7],["add","8"]]}
{"type":"sample","at_ms":2500,"val"#,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_unit_belong_together_and_a_torn_line_is_passed_over() {
        let series = sample();
        assert_eq!(series.span(), Some((1000, 2000)));
        let units = series.units();
        assert_eq!(units["calls/s"], ["calls/s"]);
        assert_eq!(units["ms"], ["p50 ms", "p95 ms"]);
        let values = |name| series.values(name).collect::<Vec<_>>();
        assert_eq!(values("p95 ms"), [(1000, 12.25)]);
        assert_eq!(values("p50 ms").len(), 2);
    }

    /// The newest table stands for those that the step gave before.
    #[test]
    fn what_a_step_shows_is_in_the_report() {
        let state = std::env::temp_dir().join(format!("xtask-series-{}", std::process::id()));
        let report = super::super::sample::failed();
        let shown = report
            .steps
            .iter()
            .find(|step| step.start.is_some())
            .unwrap();
        for state_of_it in ["Pending", "Running"] {
            let table = Table {
                title: "Pods".into(),
                columns: vec!["state".into()],
                rows: vec![vec![state_of_it.into()]],
            };
            show(&state, &shown.id, table).unwrap();
        }
        let measured = of(&report, &state, &str::to_string);
        std::fs::remove_dir_all(&state).unwrap();
        let tables: Vec<&Table> = measured.iter().flat_map(|one| &one.tables).collect();
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].rows, [["Running"]]);
    }
}
