//! Ctrl-C, SIGTERM and Ctrl-Z, passed on to the children. Knows nothing of steps.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGSTOP, SIGTERM, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::raise;

use crate::exec::Exec;

/// Signals are served until this is dropped.
pub struct Serving(Handle);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Serves signals on a thread of its own. `tell` gets each ending signal.
pub fn serve(exec: Arc<Exec>, tell: impl Fn(i32) + Send + 'static) -> std::io::Result<Serving> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP])?;
    let serving = Serving(signals.handle());
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
    Ok(serving)
}

/// Children have groups of their own, so the terminal's stop does not reach them: stop them, then ourselves, then go on together.
fn pause(exec: &Exec) {
    exec.signal_all(Signal::STOP);
    let since = Instant::now();
    // Returns when somebody continues us. It goes to this very thread: one that the kernel hands to another thread stops us only
    // a moment later, when the children would run again already. SIGSTOP can always be raised.
    let _ = raise(SIGSTOP);
    exec.clock.stopped(since.elapsed());
    exec.signal_all(Signal::CONT);
}
