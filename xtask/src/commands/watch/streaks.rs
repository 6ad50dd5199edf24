//! Files that change during one run after the other: somebody saves while a slow step runs, or a
//! step writes what it reads.

use std::collections::{BTreeMap, BTreeSet};

use engine::progress;
use engine::report::log::visible;

/// A file that changed during so many runs in a row is acted on once more, after a pause; if it
/// changes during that run too, a step writes it.
const TOO_OFTEN: u32 = 3;

/// Per file: during how many runs in a row it changed.
#[derive(Default)]
pub(super) struct Streaks(BTreeMap<String, u32>);

impl Streaks {
    /// Those of the files that changed during a run which a person may have edited; the others are
    /// named and forgotten. No step writes the `pipeline`'s own files.
    pub(super) fn trusted(
        &mut self,
        during: BTreeSet<String>,
        pipeline: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let before = std::mem::take(&mut self.0);
        let (mut trusted, mut suspects) = (BTreeSet::new(), Vec::new());
        for path in during {
            let runs = before.get(&path).map_or(1, |runs| runs + 1);
            if runs <= TOO_OFTEN || pipeline.contains(&path) {
                self.0.insert(path.clone(), runs);
                trusted.insert(path);
            } else {
                suspects.push(path);
            }
        }
        suspects.iter().for_each(|path| complain(path));
        trusted
    }

    /// Whether one of them is acted on for the last time.
    pub(super) fn wants_pause(&self) -> bool {
        self.0.values().any(|runs| *runs == TOO_OFTEN)
    }
}

fn complain(path: &str) {
    let (runs, path) = (TOO_OFTEN + 1, visible(path));
    progress::say(&format!(
        "{path} changed during {runs} runs in a row and is not waited for again until nothing runs: \
         if a step writes it, declare it in its `outputs` or leave it out of `inputs` with \"!{path}\""
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_round_comes_after_a_pause_and_a_run_without_a_change_ends_the_row() {
        let set = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        let (mut streaks, none) = (Streaks::default(), BTreeSet::new());
        let mut during = |names: &[&str]| {
            let trusted = streaks.trusted(set(names), &none);
            (trusted == set(names), streaks.wants_pause())
        };
        for row in [["a"], ["b"]] {
            assert_eq!(during(&row), (true, false));
            assert_eq!(during(&row), (true, false));
            assert_eq!(during(&row), (true, true));
            assert_eq!(during(&[]), (true, false));
        }
        for expected in [(true, false), (true, false), (true, true), (false, false)] {
            assert_eq!(during(&["a"]), expected);
        }
    }
}
