//! Running time: what passes while this process is stopped with Ctrl-Z is not counted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A moment that running time is counted from.
#[derive(Clone, Copy)]
pub struct Started {
    at: Instant,
    stopped: Duration,
}

/// How long this process was stopped so far.
#[derive(Default)]
pub struct Clock(Mutex<Duration>);

impl Clock {
    /// Now.
    pub fn start(&self) -> Started {
        Started {
            at: Instant::now(),
            stopped: *self.0.lock().unwrap(),
        }
    }

    /// Running time since then.
    pub fn since(&self, started: Started) -> Duration {
        let stopped = *self.0.lock().unwrap() - started.stopped;
        started.at.elapsed().saturating_sub(stopped)
    }

    /// Notes that the process was stopped for so long.
    pub fn stopped(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spent_stopped_is_left_out() {
        let clock = Clock::default();
        let started = clock.start();
        std::thread::sleep(Duration::from_millis(20));
        clock.stopped(Duration::from_millis(15));
        let since = clock.since(started);
        assert!(since >= Duration::from_millis(5), "{since:?}");
        clock.stopped(Duration::from_secs(9));
        assert_eq!(clock.since(started), Duration::ZERO);
    }
}
