//! Trouble that may pass: since when it is told, and when that is too long.

use std::time::{Duration, Instant};

use protocol::Failure;

/// The trouble that is told now.
#[derive(Default)]
pub(super) struct Suspects(Option<Suspect>);

struct Suspect {
    cause: String,
    until: Instant,
}

impl Suspects {
    /// Takes what was told at that moment. It is the cause once it was told without a break for as
    /// long as it was to be waited for.
    pub(super) fn tell(
        &mut self,
        failure: &Failure,
        patience: Duration,
        at: Instant,
    ) -> Result<(), Failure> {
        let until = at + patience;
        let known = self.0.take().filter(|known| known.cause == failure.cause);
        let until = known.map_or(until, |known| known.until.min(until));
        if until <= at {
            return Err(failure.clone());
        }
        self.0 = Some(Suspect {
            cause: failure.cause.clone(),
            until,
        });
        Ok(())
    }

    /// It has passed.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_the_cause_only_once_it_has_lasted() {
        let (mut suspects, start) = (Suspects::default(), Instant::now());
        let (slow, other) = (Failure::new("slow"), Failure::new("other"));
        let ten = Duration::from_secs(10);
        let mut told =
            |failure, after| suspects.tell(failure, ten, start + Duration::from_secs(after));
        assert!(told(&slow, 0).is_ok());
        assert!(told(&slow, 9).is_ok());
        assert!(
            told(&other, 9).is_ok(),
            "another trouble is waited for anew"
        );
        assert!(told(&slow, 11).is_ok());
        assert_eq!(told(&slow, 21), Err(slow.clone()));
        suspects.clear();
        assert!(suspects.tell(&slow, ten, start + ten * 3).is_ok());
        assert!(suspects.tell(&slow, Duration::ZERO, start).is_err());
    }
}
