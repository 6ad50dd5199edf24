//! Ctrl-C, SIGTERM and Ctrl-Z, passed on to the children.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::raise;

use crate::exec::Exec;
use crate::exec::machine::told;

/// How long a run may take to end once its children are killed.
const PATIENCE: Duration = Duration::from_secs(1);

/// A signal ended what was asked for before it had begun.
#[derive(Debug)]
pub struct Interrupted(pub i32);

impl Interrupted {
    /// What shells expect of a program that a signal ended.
    pub fn exit_code(&self) -> u8 {
        128 + u8::try_from(self.0).unwrap_or(0)
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "interrupted by signal {}", self.0)
    }
}

impl std::error::Error for Interrupted {}

/// Signals are served until this is dropped.
pub struct Serving(Handle);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Serves signals on a thread of its own. `tell` gets each ending signal.
pub fn serve(exec: Arc<Exec>, tell: impl Fn(i32) + Send + 'static) -> std::io::Result<Serving> {
    let mut signals = Signals::new(heeded())?;
    let serving = Serving(signals.handle());
    let serve = move || {
        for signal in signals.forever() {
            match signal {
                SIGTSTP => pause(&exec),
                ending => {
                    // Told first: a child may end before the loop would otherwise hear why.
                    tell(ending);
                    if exec.end_all(ending) {
                        leave_soon(ending);
                    }
                }
            }
        }
    };
    thread::Builder::new().spawn(serve)?;
    Ok(serving)
}

/// A file that must not grow any more (`ulimit -f`) is an error like any other, where the kernel
/// would end us without a word.
pub fn outlive_full_files() {
    // Nobody reads the flag. If this fails, it is as it would have been.
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// Hanging up and quitting count unless whoever started us has them ignored, as `nohup` does.
pub fn heeded() -> Vec<i32> {
    let ignored = told("self/status", "SigIgn")
        .and_then(|mask| u64::from_str_radix(&mask, 16).ok())
        .unwrap_or(0);
    let is_ignored = |signal: &i32| ignored >> (signal - 1) & 1 == 1;
    let may_be_ignored = [SIGHUP, SIGQUIT].into_iter();
    may_be_ignored
        .filter(|signal| !is_ignored(signal))
        .chain([SIGINT, SIGTERM, SIGTSTP])
        .collect()
}

/// The children are killed, and so the run is over at once, unless a worker waits for something
/// that never comes, such as a file on a disk that is gone. The journal bears to be left at any
/// moment.
fn leave_soon(signal: i32) {
    let leave = move || {
        thread::sleep(PATIENCE);
        std::process::exit(128 + signal);
    };
    // Without another thread the next signal tries again.
    let _ = thread::Builder::new().spawn(leave);
}

/// Children have groups of their own, so the terminal's stop does not reach them: stop them, then
/// ourselves, then go on together.
fn pause(exec: &Exec) {
    exec.signal_all(Signal::STOP);
    let since = Instant::now();
    // Returns when somebody continues us. It goes to this very thread: one that the kernel hands to
    // another thread stops us only a moment later, when the children would run again already.
    // SIGSTOP can always be raised.
    let _ = raise(SIGSTOP);
    exec.clock.stopped(since.elapsed());
    exec.signal_all(Signal::CONT);
}
