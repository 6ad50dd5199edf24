//! Waiting for what a kind watches: it is asked again when that moved, and not on the off chance.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::Worker;
use crate::exec::{Exec, Setting, Started};
use protocol::Cmd;

/// How long is waited for a move: not everything that counts is watched.
const STILL: Duration = Duration::from_secs(1);
/// What moves, moves others: they are given so long.
const SETTLE: Duration = Duration::from_millis(60);
/// How often is looked whether the run is being ended.
const TICK: Duration = Duration::from_millis(20);

/// Tells of moves, for as long as somebody watches.
pub(super) struct Moves(Option<Receiver<()>>);

impl Worker<'_> {
    /// Works while what the kind watches is watched.
    pub(super) fn watching<T>(&self, started: Started, work: impl FnOnce(&mut Moves) -> T) -> T {
        let Some(watch) = self.inspected.resolved.kind.watch() else {
            return work(&mut Moves(None));
        };
        let over = AtomicBool::new(false);
        let setting = Setting {
            until: Some(&over),
            slots: 0,
            ..self.setting(started)
        };
        let exec = &self.world.exec;
        thread::scope(|scope| {
            let (moved, moves) = mpsc::channel();
            scope.spawn(|| tell(exec, &watch, &setting, moved));
            let done = work(&mut Moves(Some(moves)));
            over.store(true, Ordering::Relaxed);
            done
        })
    }

    /// Sleeps until something moved, or so long if nobody watches.
    pub(super) fn sleep_until_moved(&self, moves: &mut Moves, unwatched: Duration) {
        let until = Instant::now() + STILL;
        while let Some(moved) = &moves.0
            && !self.world.exec.is_ending()
        {
            match moved.recv_timeout(TICK) {
                Ok(()) => {
                    thread::sleep(SETTLE);
                    moved.try_iter().for_each(drop);
                    return;
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= until => return,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => moves.0 = None,
            }
        }
        self.sleep(unwatched);
    }
}

/// A line that was told before is no move. However the call ends, what is waited for is asked for
/// without it then.
fn tell(exec: &Exec, cmd: &Cmd, setting: &Setting, moved: mpsc::Sender<()>) {
    let mut known = HashSet::new();
    let mut sink = |line: &str| {
        if known.insert(line.to_string()) {
            let _ = moved.send(());
        }
    };
    let _ = exec.run(cmd, setting, &mut sink);
}
