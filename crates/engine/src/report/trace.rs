//! A run in the trace event format, which Perfetto and Chrome draw: one track for each place of
//! `--jobs`, and one for the critical path.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::files::About;
use super::{Report, StepReport, chain};

/// The track of the critical path; steps have those behind it.
const CRITICAL: usize = 0;

/// The whole document.
pub fn json(report: &Report, about: &About) -> String {
    let tracks = tracks(&report.steps);
    let path = chain::critical(&report.steps);
    let critical: HashSet<usize> = path.iter().copied().collect();
    let steps = report.steps.iter().zip(&tracks).enumerate();
    let acted = steps.filter_map(|(index, (step, track))| {
        Some(slice(
            step,
            step.start?,
            (*track)?,
            critical.contains(&index),
        ))
    });
    let chain = path.iter().filter_map(|&index| {
        let step = &report.steps[index];
        Some(slice(step, step.start?, CRITICAL, true))
    });
    let names = names(about, tracks.iter().filter_map(|track| *track).max());
    document(names.into_iter().chain(acted).chain(chain))
}

/// One event after the other: a tree of ten thousand would be larger than all else that a run
/// remembers.
fn document(events: impl Iterator<Item = Value>) -> String {
    let mut text = String::from("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
    for (index, event) in events.enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&event.to_string());
    }
    text.push_str("\n]}\n");
    text
}

/// Per step that acted: the first track that was free when it began.
fn tracks(steps: &[StepReport]) -> Vec<Option<usize>> {
    let mut by_start: Vec<usize> = (0..steps.len()).collect();
    by_start.sort_by_key(|&index| steps[index].start);
    let (mut tracks, mut free_at): (_, Vec<Duration>) = (vec![None; steps.len()], Vec::new());
    for index in by_start {
        let Some(start) = steps[index].start else {
            continue;
        };
        let free = free_at.iter().position(|&free| free <= start);
        let track = free.unwrap_or(free_at.len());
        free_at.resize(free_at.len().max(track + 1), Duration::ZERO);
        free_at[track] = start + steps[index].duration;
        tracks[index] = Some(CRITICAL + 1 + track);
    }
    tracks
}

fn slice(step: &StepReport, start: Duration, track: usize, critical: bool) -> Value {
    json!({
        "name": &*step.id,
        "cat": step.kind,
        "ph": "X",
        "ts": micros(start),
        "dur": micros(step.duration),
        "pid": 1,
        "tid": track,
        "args": {
            "outcome": step.outcome(), "reason": step.reason, "attempts": step.attempts, "critical": critical,
            "needs": step.needs.iter().map(|need| &**need).collect::<Vec<_>>(),
        },
    })
}

fn names(about: &About, last: Option<usize>) -> Vec<Value> {
    let name = |what: &str, track: usize, name: &str| json!({"name": what, "ph": "M", "pid": 1, "tid": track, "args": {"name": name}});
    let process = format!("{} on {}", about.pipeline, about.target);
    let mut events = vec![
        name("process_name", CRITICAL, &process),
        name("thread_name", CRITICAL, "critical path"),
    ];
    let steps = CRITICAL + 1..=last.unwrap_or(CRITICAL);
    events.extend(steps.map(|track| name("thread_name", track, &format!("steps {track}"))));
    events
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn slices(report: &Report) -> Vec<Value> {
        let trace: Value = serde_json::from_str(&json(report, &sample::about())).unwrap();
        let events = trace["traceEvents"].as_array().unwrap().clone();
        events
            .into_iter()
            .filter(|event| event["ph"] == "X")
            .collect()
    }

    #[test]
    fn the_first_track_holds_the_longest_chain() {
        let mut report = sample::failed();
        report.steps[1].duration = Duration::from_millis(60);
        let slices = slices(&report);
        let path = slices.iter().filter(|slice| slice["tid"] == CRITICAL);
        let names: Vec<&str> = path
            .clone()
            .filter_map(|slice| slice["name"].as_str())
            .collect();
        assert_eq!(names, ["a", "b"]);
        let length: u64 = path.filter_map(|slice| slice["dur"].as_u64()).sum();
        assert_eq!(length, 90_000);
    }

    #[test]
    fn slices_of_one_track_never_overlap() {
        let report = sample::random(11, 40);
        let mut steps: Vec<(u64, u64, u64)> = slices(&report)
            .iter()
            .filter(|slice| slice["tid"] != CRITICAL)
            .map(|slice| {
                ["tid", "ts", "dur"]
                    .map(|key| slice[key].as_u64().unwrap())
                    .into()
            })
            .collect();
        assert_eq!(steps.len(), 40);
        steps.sort_unstable();
        for pair in steps.windows(2) {
            let ((track, start, time), (next_track, next_start, _)) = (pair[0], pair[1]);
            assert!(track != next_track || start + time <= next_start);
        }
    }
}
