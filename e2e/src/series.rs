//! The JSON lines file that a report can plot: values over time, and events. One object in each
//! line:
//!
//! - `{"type":"sample","at_ms":…,"values":{"calls/s":48.2,"p95 ms":12.1,…}}`: values at a moment
//! - `{"type":"event","at_ms":…,"text":"a pod of backend is deleted"}`: what happened then
//!
//! `at_ms` is Unix time in milliseconds. The last word of a value's name is its unit; readers plot
//! those of one unit together.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

/// The file; does nothing where none is wanted.
pub struct Series {
    file: Option<Mutex<File>>,
}

impl Series {
    /// Makes the file and the folder it is in, in place of an earlier one.
    pub fn create(path: Option<&Path>) -> Result<Self> {
        let file = path.map(open).transpose()?;
        Ok(Series {
            file: file.map(Mutex::new),
        })
    }

    /// Values at this moment.
    pub fn sample(&self, values: Map<String, Value>) {
        self.write(json!({ "type": "sample", "at_ms": now(), "values": values }));
    }

    /// Something happened at this moment; it is said, too.
    pub fn event(&self, text: &str) {
        println!("{text}");
        self.write(json!({ "type": "event", "at_ms": now(), "text": text }));
    }

    /// A series is told beside the work: trouble with it must not end the work.
    fn write(&self, line: Value) {
        if let Some(mut file) = self.file.as_ref().and_then(|file| file.lock().ok()) {
            let _ = writeln!(file, "{line}");
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let dir = path.parent().map(PathBuf::from).unwrap_or_default();
    std::fs::create_dir_all(&dir).with_context(|| format!("{} can't be made", dir.display()))?;
    File::create(path).with_context(|| format!("{} can't be written", path.display()))
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
