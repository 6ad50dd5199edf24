//! Counts calls: how long they took, by kind, and what went wrong.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::http::Trouble;

/// A run keeps no more words of trouble than this; it goes on counting.
const WORDS: usize = 10_000;

/// Longer times are counted as this one, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// Calls of one kind, or of all kinds during one interval. Times are in microseconds.
pub struct Calls {
    times: Histogram<u64>,
    /// Answers that were none.
    pub failed: u64,
    /// 503 with `Retry-After`.
    pub refused: u64,
}

/// What went wrong, and when.
pub struct Mishap {
    /// When the call ended.
    pub at: Instant,
    /// What came instead of a good answer.
    pub trouble: Trouble,
}

/// Everything counted in one run.
#[derive(Default)]
pub struct Tally {
    kinds: BTreeMap<&'static str, Calls>,
    interval: Calls,
    phase: Calls,
    /// What went wrong, in order.
    pub mishaps: Vec<Mishap>,
    late: Duration,
}

impl Default for Calls {
    fn default() -> Self {
        let times =
            Histogram::new_with_max(LONGEST, 3).expect("three digits are a precision it has");
        Calls {
            times,
            failed: 0,
            refused: 0,
        }
    }
}

impl Calls {
    /// All calls, good or not.
    pub fn count(&self) -> u64 {
        self.times.len()
    }

    /// The time within which this share of the calls ended, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        self.times.value_at_quantile(share) as f64 / 1000.0
    }

    fn add(&mut self, took: Duration, trouble: Option<&Trouble>) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.times.saturating_record(micros.max(1));
        match trouble {
            Some(Trouble::Failed(_)) => self.failed += 1,
            Some(Trouble::Refused(_)) => self.refused += 1,
            None => {}
        }
    }

    /// Takes the other's calls in.
    pub fn join(&mut self, other: &Calls) {
        self.times.add(&other.times).expect("both count alike");
        self.failed += other.failed;
        self.refused += other.refused;
    }
}

impl Tally {
    /// Counts one call.
    pub fn add(&mut self, kind: &'static str, took: Duration, trouble: Option<Trouble>) {
        self.kinds
            .entry(kind)
            .or_default()
            .add(took, trouble.as_ref());
        self.interval.add(took, trouble.as_ref());
        self.phase.add(took, trouble.as_ref());
        if let (Some(trouble), true) = (trouble, self.mishaps.len() < WORDS) {
            self.mishaps.push(Mishap {
                at: Instant::now(),
                trouble,
            });
        }
    }

    /// How late the generator itself sent a call that nothing but it held up.
    pub fn late(&mut self, by: Duration) {
        self.late = self.late.max(by);
    }

    /// What was counted since this was last asked.
    pub fn take_interval(&mut self) -> Calls {
        std::mem::take(&mut self.interval)
    }

    /// The same for longer phases, which whoever asks divides the run into.
    pub fn take_phase(&mut self) -> Calls {
        std::mem::take(&mut self.phase)
    }

    /// All calls of all kinds.
    pub fn total(&self) -> Calls {
        let mut all = Calls::default();
        self.kinds.values().for_each(|calls| all.join(calls));
        all
    }

    /// A table with a line for each kind, and one for all.
    pub fn table(&self, lasted: Duration) -> String {
        let head = format!(
            "{:<10}{:>8}{:>8}{:>9}{:>10}{:>10}{:>10}{:>10}\n",
            "call", "count", "failed", "refused", "p50 ms", "p95 ms", "p99 ms", "max ms"
        );
        let all = self.total();
        let lines = self.kinds.iter().map(|(kind, calls)| line(kind, calls));
        let rate = all.count() as f64 / lasted.as_secs_f64();
        let late = self.late.as_secs_f64() * 1000.0;
        format!(
            "{head}{}{}throughput {rate:.1} calls/s for {:.0} s; the generator itself was late by {late:.0} ms at most",
            lines.collect::<String>(),
            line("all", &all),
            lasted.as_secs_f64()
        )
    }
}

fn line(kind: &str, calls: &Calls) -> String {
    let [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1.0].map(|share| calls.quantile(share));
    let Calls {
        failed, refused, ..
    } = calls;
    format!(
        "{kind:<10}{:>8}{failed:>8}{refused:>9}{p50:>10.1}{p95:>10.1}{p99:>10.1}{max:>10.1}\n",
        calls.count()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_apart_and_together() {
        let mut tally = Tally::default();
        for ms in 1..=100 {
            tally.add("list", Duration::from_millis(ms), None);
        }
        tally.add(
            "chat",
            Duration::from_secs(1),
            Some(Trouble::Failed("x".into())),
        );
        tally.add(
            "chat",
            Duration::from_secs(2),
            Some(Trouble::Refused("y".into())),
        );
        let all = tally.total();
        assert_eq!((all.count(), all.failed, all.refused), (102, 1, 1));
        assert!((94.9..96.2).contains(&tally.kinds["list"].quantile(0.95)));
        assert_eq!(tally.take_interval().count(), 102);
        assert_eq!(tally.take_interval().count(), 0);
        let table = tally.table(Duration::from_secs(10));
        assert!(
            table.contains("throughput 10.2 calls/s for 10 s"),
            "{table}"
        );
    }
}
