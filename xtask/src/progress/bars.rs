//! Bars that stay in place on a terminal: one for the whole run, a line for each running step. Drawn ten times a second at most.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Event, Progress};
use crate::report::line::{self, Paint};

/// More skipped steps than this are counted rather than listed.
const LISTED: usize = 60;
/// More running steps than this are not given a line each.
const LINES: usize = 12;

/// Draws to standard error.
pub struct Bars {
    area: MultiProgress,
    whole: ProgressBar,
    running: HashMap<String, ProgressBar>,
    quiet: bool,
    verbose: bool,
    total: usize,
    paint: Option<Paint>,
}

impl Bars {
    /// Nothing is drawn before the first event.
    pub fn new(quiet: bool, verbose: bool) -> Bars {
        let area = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        let paint = std::env::var_os("NO_COLOR").is_none().then_some(Paint);
        let whole = ProgressBar::hidden();
        Bars {
            area,
            whole,
            running: HashMap::new(),
            quiet,
            verbose,
            total: 0,
            paint,
        }
    }

    fn say(&self, text: &str) {
        // A terminal that went away must not end a deployment half-way.
        let _ = self.area.println(text);
    }

    fn begin(&mut self, total: usize) {
        self.total = total;
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} steps  {elapsed}")
            .expect("the template is valid");
        self.whole = self
            .area
            .add(ProgressBar::new(total as u64).with_style(style.progress_chars("━━╌")));
        self.whole.enable_steady_tick(Duration::from_millis(250));
    }

    fn started(&mut self, step: &str) {
        if self.running.len() < LINES {
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}")
                .expect("the template is valid");
            let bar = self
                .area
                .insert_before(&self.whole, ProgressBar::new_spinner().with_style(style));
            bar.set_prefix(step.to_string());
            bar.enable_steady_tick(Duration::from_millis(250));
            self.running.insert(step.to_string(), bar);
        }
    }
}

impl Progress for Bars {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Begin { total, .. } => self.begin(*total),
            Event::Started { step, reason } => {
                self.started(step);
                if let Some(bar) = self.running.get(*step) {
                    bar.set_message(reason.to_string());
                }
            }
            Event::Line { step, line } => {
                if let Some(bar) = self.running.get(*step) {
                    bar.set_message(line.trim().to_string());
                }
                if self.verbose {
                    self.say(&format!("       {step}: {line}"));
                }
            }
            Event::Retry {
                step,
                attempt,
                failure,
                pause,
            } => self.say(&line::retry(step, *attempt, failure, *pause)),
            Event::Finished { step } => {
                if let Some(bar) = self.running.remove(&*step.id) {
                    bar.finish_and_clear();
                    self.area.remove(&bar);
                }
                self.whole.inc(1);
                if step.failure().is_some()
                    || (!self.quiet
                        && (self.verbose
                            || step.is_news() && (self.total <= LISTED || !step.is_skip())))
                {
                    self.say(&line::finished(step, self.paint.as_ref()));
                }
            }
            Event::Tick => {}
            Event::End { report } => {
                self.whole.finish_and_clear();
                self.say(report.summary(self.paint.as_ref()).trim_end());
            }
        }
    }
}
