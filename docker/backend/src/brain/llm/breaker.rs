//! Keeps from asking a model that does not answer: after some failures in a row it is left alone
//! for a while.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// So many failures in a row open the breaker.
const FAILURES: u32 = 3;
/// For so long nothing is tried.
const PAUSE: Duration = Duration::from_secs(30);

/// A circuit breaker.
#[derive(Debug, Default)]
pub struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
}

impl Breaker {
    /// Whether to try; while the pause is over only one caller at a time is let through.
    pub fn admits(&self, now: Instant) -> bool {
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        match state.open_until {
            Some(until) if now < until => false,
            Some(_) => {
                state.open_until = Some(now + PAUSE);
                true
            }
            None => true,
        }
    }

    /// Notes how a try went.
    pub fn note(&self, succeeded: bool, now: Instant) {
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if succeeded {
            *state = State::default();
            return;
        }
        state.failures += 1;
        if state.failures >= FAILURES {
            state.open_until = Some(now + PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_three_failures_and_tries_again_after_a_pause() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES {
            assert!(breaker.admits(start));
            breaker.note(false, start);
        }
        assert!(!breaker.admits(start + PAUSE / 2));
        assert!(breaker.admits(start + PAUSE), "one try after the pause");
        assert!(!breaker.admits(start + PAUSE), "and only one");
        breaker.note(true, start + PAUSE);
        assert!(breaker.admits(start + PAUSE));
    }
}
