//! Files of the user's that may be named pipes, as password managers put them in the place of
//! `.env`. Who writes into one may not be there: what is waited for is said.

use std::fs;
use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::progress;

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_secs(1);

/// Reads a text; `shown` is how the file is called.
pub(crate) fn read_to_string(path: &Path, shown: &str) -> io::Result<String> {
    if !fs::metadata(path)?.file_type().is_fifo() {
        return fs::read_to_string(path);
    }
    let (done, over) = mpsc::channel::<()>();
    let tell = move || {
        if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            progress::say(&format!(
                "waiting for {shown}: it is a named pipe, and nobody writes into it yet"
            ));
        }
    };
    thread::scope(|scope| {
        let _ = thread::Builder::new().spawn_scoped(scope, tell);
        let text = fs::read_to_string(path);
        drop(done);
        text
    })
}
