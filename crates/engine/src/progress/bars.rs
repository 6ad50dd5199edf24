//! Bars that stay in place on a terminal: one for the whole run, a line for each step that takes
//! longer. Nothing is drawn more often than ten times a second, and by no thread of its own: what
//! happens in between is gathered, so that ten thousand short steps cost no more to show than ten
//! long ones.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Event, Progress};

use crate::report::line::{self, Paint};
use crate::report::log::shortened;
use crate::report::{Report, StepReport};

/// More skipped steps than this are counted rather than listed, and so are steps that end between
/// two drawings: nobody could read them.
const LISTED: usize = 60;
/// More running steps than this are not given a line each.
const LINES: usize = 12;
/// The time between two drawings. A step that is over before the next one never gets a line.
const PAUSE: Duration = Duration::from_millis(100);

/// Draws to standard error.
pub(super) struct Bars {
    area: MultiProgress,
    whole: ProgressBar,
    running: Vec<Running>,
    /// Lines that are to be printed above the bars.
    said: Vec<String>,
    /// Steps that ended well and are not listed.
    untold: usize,
    over: u64,
    drawn: Instant,
    quiet: bool,
    verbose: bool,
    total: usize,
    paint: Option<Paint>,
}

/// A step that has begun.
struct Running {
    step: String,
    since: Instant,
    message: String,
    bar: Option<ProgressBar>,
}

impl Bars {
    /// Nothing is drawn before the first event.
    pub(super) fn new(quiet: bool, verbose: bool) -> Bars {
        // Drawings are counted out here; the library's own limit would only leave the last of them
        // out.
        let area = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(u8::MAX));
        let paint = std::env::var_os("NO_COLOR").is_none().then_some(Paint);
        Bars {
            area,
            whole: ProgressBar::hidden(),
            running: Vec::new(),
            said: Vec::new(),
            untold: 0,
            over: 0,
            drawn: Instant::now(),
            quiet,
            verbose,
            total: 0,
            paint,
        }
    }

    fn begin(&mut self, total: usize) {
        self.total = total;
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} steps  {elapsed}")
            .expect("the template is valid");
        self.whole = self
            .area
            .add(ProgressBar::new(total as u64).with_style(style.progress_chars("━━╌")));
    }

    fn started(&mut self, step: &str, reason: &str) {
        self.running.push(Running {
            step: step.to_string(),
            since: Instant::now(),
            message: reason.to_string(),
            bar: None,
        });
    }

    fn line(&mut self, step: &str, text: &str) {
        if let Some(running) = self.running.iter_mut().find(|other| other.step == step) {
            running.message = shortened(text).trim().to_string();
        }
        if self.verbose {
            self.said.push(line::output(step, text));
        }
    }

    fn finished(&mut self, step: &StepReport) {
        let index = self.running.iter().position(|other| other.step == *step.id);
        let running = index.map(|index| self.running.remove(index));
        if let Some(bar) = running.and_then(|running| running.bar) {
            bar.finish_and_clear();
            self.area.remove(&bar);
            to_the_left();
        }
        self.over = (self.over + 1).min(self.total as u64);
        let listed = self.total <= LISTED || !step.is_skip();
        let shown = !self.quiet && (self.verbose || step.is_news() && listed);
        let failed = step.failure().is_some();
        if failed || shown && (self.verbose || self.said.len() < LISTED) {
            self.said.push(line::finished(step, self.paint.as_ref()));
        } else if shown {
            self.untold += 1;
        }
    }

    fn draw(&mut self) {
        self.drawn = Instant::now();
        if self.untold > 0 {
            let more = std::mem::take(&mut self.untold);
            self.said.push(format!("       … and {more} more"));
        }
        if !self.said.is_empty() {
            let said = std::mem::take(&mut self.said).join("\n");
            // Not `suspend`, which panics where the terminal went away.
            let _ = self.area.clear();
            print(&said);
        }
        for index in 0..self.running.len().min(LINES) {
            if self.running[index].since.elapsed() >= PAUSE {
                self.draw_step(index);
            }
        }
        self.whole.set_position(self.over);
        self.whole.tick();
        to_the_left();
    }

    fn draw_step(&mut self, index: usize) {
        let (area, whole) = (&self.area, &self.whole);
        let running = &mut self.running[index];
        let bar = running.bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}")
                .expect("the template is valid");
            let bar = ProgressBar::new_spinner().with_style(style);
            let bar = area.insert_before(whole, bar.with_elapsed(running.since.elapsed()));
            bar.set_prefix(running.step.clone());
            bar
        });
        bar.set_message(running.message.clone());
        bar.tick();
    }

    /// The last word; the bars are gone before it.
    fn end(&mut self, report: &Report) {
        self.draw();
        self.running.clear();
        // Nothing is left to be said if the terminal went away.
        let _ = self.area.clear();
        self.whole.finish_and_clear();
        if !self.quiet || report.exit_code() != 0 {
            print(report.summary(self.paint.as_ref()).trim_end());
        }
    }
}

/// Lines that end where they end: the library pads them to the terminal's width, by characters.
fn print(lines: &str) {
    // A terminal that went away must not end a deployment half-way.
    let _ = writeln!(std::io::stderr(), "{lines}");
}

/// The library leaves the cursor at the right edge, where the terminal's `^C` would begin another
/// line, and what is cleared next would be one line off.
fn to_the_left() {
    let _ = write!(std::io::stderr(), "\r");
}

impl Progress for Bars {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Begin { total, .. } => self.begin(*total),
            Event::Started { step, reason } => self.started(step, reason),
            Event::Line { step, line } => self.line(step, line),
            Event::Waiting { step, failure, .. } => self.line(step, &failure.cause),
            Event::Warning { step, sentence } => self.said.push(line::warning(step, sentence)),
            Event::Retry {
                step,
                attempt,
                failure,
                pause,
            } => self.said.push(line::retry(step, *attempt, failure, *pause)),
            Event::Interrupted { steps, key } if !self.quiet => {
                self.said.push(line::interrupted(steps, *key));
            }
            Event::Finished { step } => self.finished(step),
            Event::Interrupted { .. } | Event::Tick => {}
            Event::End { report } => return self.end(report),
        }
        if self.drawn.elapsed() >= PAUSE {
            self.draw();
        }
    }
}
