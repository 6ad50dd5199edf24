//! Several processes that make one run together, such as the pods of a workflow: each does steps of
//! its own, and all append to one journal.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Held, Lock, State, content, file_name, runs, unusable};
use crate::config::StepDef;
use crate::progress;

/// How often a full pool is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A place among them.
pub(super) struct Beside {
    state: State,
    /// The steps and the places in pools that no other process has meanwhile.
    _claims: Vec<File>,
}

impl State {
    /// Takes a place beside other processes that join: these steps are theirs no more, and their
    /// pools have room: so many places of each are ours. Who wants the folder for itself waits for
    /// all, and they for it.
    pub fn join(
        &self,
        steps: &[&StepDef],
        pools: &BTreeMap<String, usize>,
    ) -> Result<(Lock, BTreeMap<String, usize>)> {
        let mut file = self.taken(File::try_lock_shared)?;
        fs::create_dir_all(self.claims()).with_context(|| unusable(&self.claims()))?;
        let mut claims = Vec::new();
        for step in steps {
            claims.push(self.claim_step(&step.id)?);
        }
        let mut places = BTreeMap::new();
        // All take them in the order of the names, so none has what another waits for.
        for (pool, &size) in pools {
            let wanted = steps.iter().filter(|step| step.pool.as_ref() == Some(pool));
            if let wanted @ 1.. = wanted.count() {
                let taken = self.places(pool, size, wanted)?;
                places.insert(pool.clone(), taken.len());
                claims.extend(taken);
            }
        }
        let _alone = self.alone()?;
        let run = super::this_run();
        file.write_all(format!("{run}\n").as_bytes())?;
        let lock = Lock {
            file,
            // Who has the folder for itself ends what they left.
            killed: Vec::new(),
            run,
            beside: Some(Beside {
                state: self.clone(),
                _claims: claims,
            }),
        };
        Ok((lock, places))
    }

    /// Held while something is made that all need and one makes.
    pub fn alone(&self) -> Result<File> {
        let path = self.claims().join("alone");
        let file = File::create(&path).with_context(|| unusable(&path))?;
        file.lock().with_context(|| unusable(&path))?;
        Ok(file)
    }

    fn claims(&self) -> PathBuf {
        self.dir.join("claims")
    }

    fn claim_step(&self, id: &str) -> Result<File> {
        let claimed = self.occupy(&format!("step-{id}"))?;
        claimed.ok_or_else(|| {
            let message = format!("another process is at work on `{id}` here; wait for it to end");
            Held(message).into()
        })
    }

    /// Waits for a place in a pool, and takes more if they are free.
    fn places(&self, pool: &str, size: usize, wanted: usize) -> Result<Vec<File>> {
        let mut is_told = false;
        loop {
            let mut taken = Vec::new();
            for place in 0..size {
                if taken.len() < wanted {
                    taken.extend(self.occupy(&format!("pool-{place}-{pool}"))?);
                }
            }
            if !taken.is_empty() {
                return Ok(taken);
            }
            if !std::mem::replace(&mut is_told, true) {
                progress::say(&format!("waits for a place in the pool `{pool}`"));
            }
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// The lock of that name, unless another process has it.
    fn occupy(&self, name: &str) -> Result<Option<File>> {
        let path = self.claims().join(file_name(name));
        let file = File::create(&path).with_context(|| unusable(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(err)) => Err(err).with_context(|| unusable(&path)),
        }
    }
}

impl Beside {
    /// Takes a run that came to its end out of the lock's file.
    pub(super) fn leave(&self, file: &mut File, run: &str) -> Option<()> {
        let _alone = self.state.alone().ok()?;
        let mut others = runs(&content(file)?);
        others.retain(|other| other != run);
        let text: String = others.iter().map(|other| format!("{other}\n")).collect();
        file.set_len(0).ok()?;
        file.write_all(text.as_bytes()).ok()
    }
}
