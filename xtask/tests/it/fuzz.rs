//! The fuzz targets without libFuzzer: inputs made from the seeds by random edits, for a time. Any
//! toolchain can run this; `scripts/fuzz.sh` runs it for longer where there is no nightly compiler.
//!
//! `FUZZ_SECONDS` says for how long, `FUZZ_SEED` repeats a series. An input that makes the readers
//! say something new is kept and edited further: not as sharp as coverage, but it does get behind
//! the first error.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[path = "../../../fuzz/checks.rs"]
mod checks;

/// Longer inputs only take longer.
const LONGEST: usize = 2048;

#[test]
fn any_text_may_be_a_pipeline() {
    let mut seeds = seeds("config");
    seeds.push(fs::read(root().join("../pipeline.toml")).unwrap());
    fuzz("config", seeds, |bytes| {
        checks::config(&String::from_utf8_lossy(bytes))
    });
}

#[test]
fn any_bytes_may_be_a_journal() {
    fuzz("journal", seeds("journal"), checks::journal);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(root().join("../fuzz/seeds").join(target)).unwrap();
    let mut paths: Vec<PathBuf> = files.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// The words of config.dict, and what separates fields of a journal.
fn words() -> Vec<Vec<u8>> {
    let dictionary = fs::read_to_string(root().join("../fuzz/config.dict")).unwrap();
    let word = |line: &str| Some(line.strip_prefix('"')?.strip_suffix('"')?.to_string());
    let own = [
        "\t", "\n", "done\t", "begin\t", "fail\t", "gone\t", "%3b", "=",
    ];
    let words = dictionary.lines().filter_map(word);
    words
        .chain(own.map(str::to_string))
        .map(String::into_bytes)
        .collect()
}

fn fuzz(name: &str, mut corpus: Vec<Vec<u8>>, check: impl Fn(&[u8]) -> String) {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let seed = number("FUZZ_SEED").unwrap_or_else(|| u64::from(std::process::id()) << 20 | 1);
    let seconds = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(2));
    let (mut random, words) = (Random(seed), words());
    let (mut said, mut tried, began) = (BTreeSet::new(), 0, Instant::now());
    while began.elapsed() < seconds {
        let input = match corpus.get(tried) {
            Some(seed) => seed.clone(),
            None => edited(&corpus, &words, &mut random),
        };
        tried += 1;
        match panic::catch_unwind(AssertUnwindSafe(|| check(&input))) {
            // Numbers and names differ from input to input and say nothing new.
            Ok(words) if said.insert(shape(&words)) => corpus.push(input),
            Ok(_) => {}
            Err(_) => finding(name, &input, seed),
        }
    }
    println!(
        "{name}: {tried} inputs, {} different answers, seed {seed}",
        said.len()
    );
    assert!(
        tried > 100 && said.len() > 3,
        "{name} tried next to nothing"
    );
}

fn finding(name: &str, input: &[u8], seed: u64) -> ! {
    let path = std::env::temp_dir().join(format!("fuzz-{name}-{seed}"));
    fs::write(&path, input).unwrap();
    panic!("a finding of {name} is kept in {}", path.display());
}

/// What is said without digits and quoted words.
fn shape(text: &str) -> String {
    let outside = text.split('`').step_by(2);
    outside
        .flat_map(|part| part.chars().filter(|c| !c.is_ascii_digit()))
        .collect()
}

/// One of the corpus after one to six edits.
fn edited(corpus: &[Vec<u8>], words: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = corpus[random.below(corpus.len())].clone();
    for _ in 0..=random.below(6) {
        edit(&mut input, corpus, words, random);
    }
    input.truncate(LONGEST);
    input
}

fn edit(input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let end = (at + random.below(24)).min(input.len());
    match random.below(6) {
        0 => {
            input.drain(at..end);
        }
        1 => input
            .splice(at..at, words[random.below(words.len())].clone())
            .for_each(drop),
        2 => input.insert(at, random.next() as u8),
        3 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        4 => {
            let again = input[at..end].to_vec();
            input.splice(at..at, again).for_each(drop);
        }
        _ => {
            let other = &corpus[random.below(corpus.len())];
            let from = random.below(other.len() + 1);
            let to = (from + random.below(200)).min(other.len());
            input
                .splice(at..end, other[from..to].to_vec())
                .for_each(drop);
        }
    }
}

/// xorshift64: the same series for the same seed, everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}
