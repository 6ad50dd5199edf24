//! Ctrl-C, SIGTERM and Ctrl-Z, passed on to the children. Knows nothing of steps.

use std::sync::Arc;
use std::thread;

use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use crate::exec::Exec;

/// Serves signals on a thread of its own until the process ends. `tell` gets each ending signal.
pub fn serve(exec: Arc<Exec>, tell: impl Fn(i32) + Send + 'static) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGTSTP => pause(&exec),
                ending => {
                    // Told first: a child may end before the loop would otherwise hear why.
                    tell(ending);
                    exec.end_all(ending);
                }
            }
        }
    });
    Ok(())
}

/// Children have groups of their own, so the terminal's stop does not reach them: stop them, then ourselves, then go on together.
fn pause(exec: &Exec) {
    exec.signal_all(Signal::STOP);
    // Returns when somebody continues us.
    let _ = kill_process(getpid(), Signal::STOP);
    exec.signal_all(Signal::CONT);
}
