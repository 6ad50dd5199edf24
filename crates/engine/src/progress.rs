//! Who is told what happens: one event type, one trait with one method.

mod bars;
mod json;
mod plain;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use clap::ValueEnum;
use indicatif::ProgressDrawTarget;

use crate::report::{Report, StepReport};
pub use json::emit;
use protocol::Failure;

/// Something that happened.
pub enum Event<'a> {
    /// The run begins.
    Begin {
        /// Wanted steps.
        total: usize,
        /// Those that are known by then to have to run.
        to_run: usize,
    },
    /// A step begins to act.
    Started {
        /// Its id.
        step: &'a str,
        /// Why it runs.
        reason: &'a str,
    },
    /// A step has something to show.
    Line {
        /// Its id.
        step: &'a str,
        /// A line of its output.
        line: &'a str,
    },
    /// A step meets trouble that it may get over by itself.
    Waiting {
        /// Its id.
        step: &'a str,
        /// What is waited for, or the cause if it does not pass.
        failure: &'a Failure,
        /// How long that is waited for.
        patience: Duration,
    },
    /// Something about a step is most likely a mistake.
    Warning {
        /// Its id.
        step: &'a str,
        /// What.
        sentence: &'a str,
    },
    /// An attempt failed and another follows.
    Retry {
        /// Its id.
        step: &'a str,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Why.
        failure: &'a Failure,
        /// The pause before the next.
        pause: Duration,
    },
    /// A signal ends the run.
    Interrupted {
        /// The steps that are being ended.
        steps: &'a [&'a str],
        /// The key that sends the signal again, which ends them at once.
        key: Option<&'static str>,
    },
    /// A step is over.
    Finished {
        /// What came of it.
        step: &'a StepReport,
    },
    /// Nothing happened for a while.
    Tick,
    /// The run is over.
    End {
        /// What came of it.
        report: &'a Report,
    },
}

/// Someone who is told.
pub trait Progress {
    /// Takes one event.
    fn event(&mut self, event: &Event);
}

/// The forms of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Bars on a terminal, else lines.
    Auto,
    /// Bars that stay in place.
    Bars,
    /// A line for each event.
    Plain,
    /// A JSON object for each event.
    Json,
}

/// Someone who writes to this terminal, pipe or file. Messages go to standard error, JSON to
/// standard output.
pub fn to(form: Form, quiet: bool, verbose: bool) -> Box<dyn Progress> {
    let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    // Where nothing can be drawn, as on a terminal that is called dumb, nothing of it would be
    // seen.
    let form = match form {
        Form::Auto | Form::Bars if ProgressDrawTarget::stderr().is_hidden() => Form::Plain,
        other => other,
    };
    match form {
        Form::Json => Box::new(json::Json),
        Form::Plain => Box::new(plain::Plain::new(quiet, verbose)),
        Form::Bars => Box::new(bars::Bars::new(quiet, verbose)),
        Form::Auto if terminal && !quiet => Box::new(bars::Bars::new(quiet, verbose)),
        Form::Auto => Box::new(plain::Plain::new(quiet, verbose)),
    }
}

/// Writes a line to standard error. A reader that went away must not end a deployment half-way.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
