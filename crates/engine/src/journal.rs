//! What finished, in a text file that is only ever appended to.
//!
//! A line is `LENGTH CHECKSUM BODY`; the body's fields are separated by tabs and start with a verb:
//! `begin` (it may have changed something and is not done), `note` (a fact that was known before it
//! was done), `done`, `fail` (one attempt), `gone` (removed again); `run` (a run of a goal begins
//! to change things) and `end` (it came to its end) stand between them. The last record of a step
//! wins. The length lets the reader find the next record even when a newline is damaged; whatever
//! does not check out is passed over, so a torn tail or a flipped bit costs at most the step it
//! belongs to. The file is a cache: deleting it costs time, never correctness.

mod components;
mod frames;
mod record;
mod written;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::digest::Digest;
use crate::files::fresh;
pub use components::Components;
use frames::{ends_with_newline, framed, records};
pub(crate) use record::LEFT_OUT;
pub use record::Record;
use serde_json::Value;
use written::{
    done_body, done_record, ended_body, escape, fact, fact_written, failure, record_written,
    run_body, unescape,
};

const HEADER: &str = "# pipeline journal v1\n";
/// How long records may wait before they are forced to disk.
const GROUP: Duration = Duration::from_millis(100);

/// The records of all steps, and the file they are appended to.
pub struct Journal {
    path: PathBuf,
    records: HashMap<Arc<str>, Record>,
    file: Option<File>,
    lines: usize,
    dirty_since: Option<Instant>,
    /// How many runs there were.
    run: u32,
    /// The goal of the last run, if that has not come to its end.
    open: Option<String>,
    /// The goal of the run that has not changed anything yet.
    due: Option<String>,
    resumes: bool,
    /// Records of other journals were taken in: they are not in the file yet.
    has_taken: bool,
    /// Nothing in the file was damaged. What is may have been the end of a run.
    intact: bool,
}

impl Journal {
    /// Reads the journal; a missing one is empty, a damaged one loses what is damaged.
    pub fn read(path: &Path) -> Journal {
        Journal::read_where(path, &|_| true)
    }

    /// What it knows of these steps, for looking only: it must not be opened. The records of others
    /// are passed over without being checked.
    pub fn read_of<'a>(path: &Path, steps: impl Iterator<Item = &'a str>) -> Journal {
        let wanted: HashSet<Cow<str>> = steps.map(escape).collect();
        let is_wanted =
            |step: &[u8]| std::str::from_utf8(step).is_ok_and(|step| wanted.contains(step));
        Journal::read_where(path, &is_wanted)
    }

    fn read_where(path: &Path, wanted: &dyn Fn(&[u8]) -> bool) -> Journal {
        let mut journal = Journal {
            path: path.to_path_buf(),
            records: HashMap::new(),
            file: None,
            lines: 0,
            dirty_since: None,
            run: 0,
            open: None,
            due: None,
            resumes: false,
            has_taken: false,
            intact: false,
        };
        let intact = each_record(path, wanted, |body, whole| {
            journal.lines += 1;
            journal.apply(body, whole);
        });
        Journal { intact, ..journal }
    }

    /// Takes in what other journals of the same pipeline know, such as those of runs on other
    /// machines whose outputs lie here now: of each step their last word is the last one.
    pub fn take_in(&mut self, paths: &[PathBuf]) {
        self.has_taken |= !paths.is_empty();
        // Where a run began and ended there is nothing to go on with here.
        let of_step = |body: &str| !["run", "end"].iter().any(|verb| body.starts_with(verb));
        for path in paths {
            each_record(path, &|_| true, |body, whole| {
                if of_step(body) {
                    self.apply(body, whole);
                }
            });
        }
    }

    /// What is known of a step.
    pub fn get(&self, step: &str) -> Option<&Record> {
        self.records.get(step)
    }

    /// Steps of which anything is known, those among them that pipeline.toml no longer has.
    pub fn known(&self) -> impl Iterator<Item = (&Arc<str>, &Record)> {
        self.records.iter()
    }

    /// A run in which these steps are this process's part: what others did of it is done.
    pub fn join(&mut self, steps: &[String]) {
        for (id, record) in &mut self.records {
            let is_ours = steps.iter().any(|step| **step == **id);
            record.passed = record.done.is_some() && !is_ours;
        }
    }

    /// A run of this goal begins. If the last one was of the same and was cut short, it is taken
    /// up: what it did is done, but for what is `unknown` to be as it was.
    pub fn resume(&mut self, goal: &str, unknown: &HashSet<&str>) {
        self.resumes = self.intact && self.open.as_deref() == Some(goal);
        self.due = Some(goal.to_string());
        for (step, record) in &mut self.records {
            record.passed = self.resumes
                && record.done.is_some()
                && record.run == self.run
                && !unknown.contains(&**step);
        }
    }

    /// Nothing is to be done now: of what runs in each run counts how it ended last.
    pub fn look_back(&mut self) {
        for record in self.records.values_mut() {
            record.passed = record.done.is_some();
        }
    }

    /// Whether a run that was cut short is taken up.
    pub fn resumes(&self) -> bool {
        self.resumes
    }

    /// Notes that the run came to its end, well or not: none takes it up again.
    pub fn run_ended(&mut self) -> io::Result<()> {
        if self.due.take().is_some() && !self.resumes {
            return Ok(());
        }
        self.open = None;
        self.append("end\t")
    }

    /// Opens the file for appending, compacting it first when most of it is history. Where others
    /// append too (`joined`) it stays the file that it is: a record is written at once, so theirs
    /// and ours stand one behind the other.
    pub fn open(&mut self, joined: bool) -> io::Result<()> {
        if joined {
            self.begin_once()?;
        } else if self.has_taken || self.is_mostly_history() || !self.starts_well() {
            self.compact()?;
        }
        let mut file = File::options().append(true).open(&self.path)?;
        if !ends_with_newline(&self.path)? {
            file.write_all(b"\n")?;
        }
        self.file = Some(file);
        Ok(())
    }

    /// Notes that a step is done.
    pub fn step_done(&mut self, step: &Arc<str>, record: Record) -> io::Result<()> {
        let body = done_body(step, &record);
        self.records.insert(step.clone(), record);
        self.append(&body)
    }

    /// Notes that a step begins to act: until it is done again, nothing is believed of it.
    pub fn step_begun(&mut self, step: &Arc<str>) -> io::Result<()> {
        let record = self.records.entry(step.clone()).or_default();
        (record.done, record.ended) = (None, None);
        self.append(&format!("begin\t{}", escape(step)))
    }

    /// Notes a fact of a step that is not done yet.
    pub fn step_noted(
        &mut self,
        step: &Arc<str>,
        (name, value): (String, Value),
    ) -> io::Result<()> {
        let body = format!(
            "note\t{}\t{}\t{}",
            escape(step),
            escape(&name),
            escape(&fact_written(&value))
        );
        let record = self.records.entry(step.clone()).or_default();
        record.facts.insert(name, value);
        self.append(&body)
    }

    /// Notes how many attempts failed so far; 0 once none counts any more.
    pub fn attempt_failed(
        &mut self,
        step: &Arc<str>,
        fingerprint: Digest,
        attempt: u32,
    ) -> io::Result<()> {
        let failed = Some((fingerprint, attempt)).filter(counts);
        self.records.entry(step.clone()).or_default().failed = failed;
        self.append(&format!("fail\t{}\t{fingerprint}\t{attempt}", escape(step)))
    }

    /// Notes how a step ended that had begun, if that was not well.
    pub fn step_ended(&mut self, step: &Arc<str>, how: String) -> io::Result<()> {
        let Some(record) = self.records.get_mut(step) else {
            return Ok(());
        };
        let body = ended_body(step, &how);
        record.ended = Some(how);
        self.append(&body)
    }

    /// Notes that a step's effect was removed.
    pub fn step_gone(&mut self, step: &Arc<str>) -> io::Result<()> {
        if self.records.remove(step).is_none() {
            return Ok(());
        }
        self.append(&format!("gone\t{}", escape(step)))
    }

    /// Forces to disk what has waited long enough, or everything.
    pub fn sync(&mut self, everything: bool) -> io::Result<()> {
        let due = self
            .dirty_since
            .is_some_and(|since| everything || since.elapsed() >= GROUP);
        if let (true, Some(file)) = (due, &self.file) {
            file.sync_data()?;
            self.dirty_since = None;
        }
        Ok(())
    }

    /// Notes what a record says; `whole` is the file that it is part of.
    fn apply(&mut self, body: &str, whole: &Arc<Vec<u8>>) {
        let mut fields = body.split('\t');
        let (Some(verb), Some(step)) = (fields.next(), fields.next()) else {
            return;
        };
        let step = unescape(step);
        let records = &mut self.records;
        match verb {
            "done" => {
                if let Some(record) = done_record(fields, whole) {
                    let run = self.run;
                    records.insert(Arc::from(step), Record { run, ..record });
                }
            }
            "fail" => {
                let failed = failure(fields).filter(counts);
                records.entry(Arc::from(step)).or_default().failed = failed;
            }
            "begin" => {
                let record = records.entry(Arc::from(step)).or_default();
                (record.done, record.ended) = (None, None);
            }
            "ended" => {
                if let (Some(record), Some(how)) = (records.get_mut(&*step), fields.next()) {
                    record.ended = Some(unescape(how).into_owned());
                }
            }
            "note" => {
                if let (Some(name), Some(value)) = (fields.next(), fields.next()) {
                    let facts = &mut records.entry(Arc::from(step)).or_default().facts;
                    facts.insert(unescape(name).into_owned(), fact(value));
                }
            }
            "gone" => drop(records.remove(&*step)),
            "run" => {
                self.run += u32::from(self.open.as_deref() != Some(&*step));
                self.open = Some(step.into_owned());
            }
            "end" => self.open = None,
            _ => {}
        }
    }

    fn append(&mut self, body: &str) -> io::Result<()> {
        let run = self.due.take().map(|goal| run_body(&goal));
        if let Some(file) = &mut self.file {
            for body in run.iter().map(String::as_str).chain([body]) {
                file.write_all(&framed(body))?;
            }
            self.dirty_since.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    fn is_mostly_history(&self) -> bool {
        self.lines > 100 + 3 * self.records.len()
    }

    /// Whoever comes first writes the head.
    fn begin_once(&self) -> io::Result<()> {
        let own = self.path.with_extension(std::process::id().to_string());
        fs::write(&own, HEADER)?;
        let linked = fs::hard_link(&own, &self.path);
        fs::remove_file(&own)?;
        match linked {
            Err(err) if err.kind() != io::ErrorKind::AlreadyExists => Err(err),
            _ => Ok(()),
        }
    }

    fn starts_well(&self) -> bool {
        let mut head = vec![0; HEADER.len()];
        File::open(&self.path)
            .is_ok_and(|mut file| io::Read::read_exact(&mut file, &mut head).is_ok())
            && head == HEADER.as_bytes()
    }

    fn compact(&mut self) -> io::Result<()> {
        let temporary = fresh(&self.path);
        let mut file = File::create(&temporary)?;
        let mut text = HEADER.as_bytes().to_vec();
        let of_last = |(_, record): &(&Arc<str>, &Record)| record.run == self.run;
        let (last, earlier): (Vec<_>, Vec<_>) = self.records.iter().partition(of_last);
        let open = self.open.iter().map(|goal| run_body(goal));
        for (step, record) in earlier {
            text.extend(record_written(step, record));
        }
        open.for_each(|run| text.extend(framed(&run)));
        for (step, record) in last {
            text.extend(record_written(step, record));
        }
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.path)?;
        self.path
            .parent()
            .map_or(Ok(()), |dir| File::open(dir)?.sync_all())
    }
}

/// Whether any attempt failed.
fn counts((_, attempts): &(Digest, u32)) -> bool {
    *attempts > 0
}

/// Visits the records of these steps in a file, each with the whole; whether nothing in it was
/// damaged.
fn each_record(
    path: &Path,
    wanted: &dyn Fn(&[u8]) -> bool,
    mut visit: impl FnMut(&str, &Arc<Vec<u8>>),
) -> bool {
    let whole = Arc::new(fs::read(path).unwrap_or_default());
    let body = whole.strip_prefix(HEADER.as_bytes());
    body.is_some_and(|body| records(body, wanted, |body| visit(body, &whole)))
}

/// The names that these records tell of; `None` if one of them is damaged.
pub(crate) fn steps(bytes: &[u8]) -> Option<HashSet<String>> {
    let mut names = HashSet::new();
    let intact = records(bytes, &|_| true, |body| {
        let name = body.split('\t').nth(1);
        names.extend(name.map(|name| unescape(name).into_owned()));
    });
    intact.then_some(names)
}

#[cfg(test)]
mod tests;
