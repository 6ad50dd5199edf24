//! The timeline of a page: a bar for each step that acted, the critical path marked.

use std::collections::HashSet;
use std::fmt::Write;
use std::time::Duration;

use super::super::{StepReport, chain, line};
use super::{escaped, mark};

/// Bars on a page; of more steps the longest are shown.
const MOST: usize = 300;
/// Gridlines that fit at most.
const TICKS: u64 = 8;

/// The section, or nothing if no step acted.
pub(super) fn section(steps: &[StepReport]) -> String {
    let acted: Vec<usize> = (0..steps.len())
        .filter(|&index| steps[index].start.is_some())
        .collect();
    if acted.is_empty() {
        return "<section id=\"timeline\">\n<h2>Timeline</h2>\n<p class=\"quiet\">No step had anything to do.</p>\n</section>\n".to_string();
    }
    let path = chain::critical(steps);
    let critical: HashSet<usize> = path.iter().copied().collect();
    let end = acted.iter().map(|&index| end(&steps[index])).max();
    let scale = Scale(end.unwrap_or_default());
    let (shown, left_out) = longest(steps, acted);
    let bars: String = shown
        .iter()
        .map(|&index| bar(index, &steps[index], critical.contains(&index), &scale))
        .collect();
    let length = line::duration(chain::length(steps, &path));
    let (ticks, count) = (scale.ticks(), path.len());
    let steps = if count == 1 {
        "1 step"
    } else {
        &format!("{count} steps")
    };
    format!(
        "<section id=\"timeline\">\n<h2>Timeline</h2>\n<p class=\"quiet\"><span class=\"key critical\">the critical path: {steps}, {length}</span> \
         <span class=\"key\">other steps{left_out}</span></p>\n\
         <div class=\"timeline\">\n<div class=\"ticks\">{ticks}</div>\n<ol>\n{bars}</ol>\n</div>\n</section>\n"
    )
}

/// In the order in which they began; the shortest are left out if there are too many.
fn longest(steps: &[StepReport], mut acted: Vec<usize>) -> (Vec<usize>, String) {
    let all = acted.len();
    acted.sort_by_key(|&index| std::cmp::Reverse(steps[index].duration));
    acted.truncate(MOST);
    acted.sort_by_key(|&index| (steps[index].start, end(&steps[index])));
    let left_out = match all - acted.len() {
        0 => String::new(),
        count => format!("; {count} shorter steps are not drawn"),
    };
    (acted, left_out)
}

fn end(step: &StepReport) -> Duration {
    step.start.unwrap_or_default() + step.duration
}

fn bar(index: usize, step: &StepReport, critical: bool, scale: &Scale) -> String {
    let (_, class) = mark(step);
    let (from, to) = (
        scale.percent(step.start.unwrap_or_default()),
        scale.percent(end(step)),
    );
    let time = line::duration(step.duration);
    let critical = if critical { " critical" } else { "" };
    let (id, width) = (escaped(&step.id), to - from);
    format!(
        "<li><a href=\"#step-{index}\" title=\"{id}\">{id}</a><span class=\"track\">\
         <span class=\"bar {class}{critical}\" style=\"left:{from:.2}%;width:{width:.2}%\"></span>\
         <span class=\"took\"><span style=\"left:{to:.2}%\">{time}</span></span></span></li>\n"
    )
}

/// From zero to the end of the last step.
struct Scale(Duration);

impl Scale {
    fn percent(&self, time: Duration) -> f64 {
        100.0 * time.as_secs_f64() / self.0.as_secs_f64().max(0.001)
    }

    /// Gridlines at round times.
    fn ticks(&self) -> String {
        let end = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX).max(1);
        let step = round_step(end);
        let mut text = String::new();
        for time in (0..=end).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
            let time = Duration::from_millis(time);
            let (at, shown) = (self.percent(time), tick(time));
            let _ = write!(text, "<span style=\"left:{at:.2}%\">{shown}</span>");
        }
        text
    }
}

/// The shortest round time of which at most [`TICKS`] fit into `end`, both in milliseconds.
fn round_step(end: u64) -> u64 {
    let below_a_minute = (0..5).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    let minutes = [15, 30, 60, 120, 300, 600, 1800, 3600].map(|seconds| seconds * 1000);
    let mut steps = below_a_minute.filter(|&step| step <= 10_000).chain(minutes);
    steps
        .find(|step| end / step <= TICKS)
        .unwrap_or_else(|| (end / TICKS).max(1))
}

fn tick(time: Duration) -> String {
    match (time.as_secs(), time.subsec_millis()) {
        (0, 0) => "0".to_string(),
        (0, millis) => format!("{millis} ms"),
        (secs @ 1..60, 0) => format!("{secs} s"),
        (secs @ 1..60, millis) => format!("{secs}.{} s", millis / 100),
        (secs, _) if secs % 60 == 0 => format!("{} min", secs / 60),
        (secs, _) => format!("{}:{:02}", secs / 60, secs % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gridlines_are_few_and_at_round_times() {
        let steps = [7, 90, 1_900, 42_000, 65_000, 200_000, 7_300_000].map(round_step);
        assert_eq!(steps, [1, 20, 500, 5_000, 10_000, 30_000, 1_800_000]);
        let shown =
            [0, 20, 1_500, 30_000, 90_000, 120_000].map(|time| tick(Duration::from_millis(time)));
        assert_eq!(shown, ["0", "20 ms", "1.5 s", "30 s", "1:30", "2 min"]);
    }

    #[test]
    fn bars_lie_within_the_page() {
        let report = super::super::super::sample::random(17, 50);
        let text = section(&report.steps);
        assert_eq!(text.matches("<li>").count(), 50);
        assert!(text.contains("<span class=\"took\"><span style=\"left:100.00%\">"));
        let lefts = text
            .split("left:")
            .skip(1)
            .filter_map(|rest| rest.split_once('%'));
        assert!(
            lefts
                .map(|(left, _)| left.parse::<f64>().unwrap())
                .all(|left| (0.0..=100.0).contains(&left))
        );
    }
}
