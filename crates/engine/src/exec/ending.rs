//! How children end: told by a signal, or found and ended where one of them, or a run that was
//! killed, has left them. Starts nothing.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Exec, cgroup};
use crate::processes;

/// How long what was left behind may take to end by itself.
const KINDLY: Duration = Duration::from_millis(500);

impl Exec {
    /// From now on what the calling thread's children start can't get away, where the kernel lets
    /// us make a cgroup.
    pub fn enclose(&self) {
        let name = self.leaf_name(&self.run.lock().unwrap());
        self.cgroups.enter(&self.leaf_family(), &name);
    }

    /// The threads that were enclosed have ended: their cgroups go.
    pub fn dissolve(&self) {
        self.cgroups.remove();
    }

    fn leaf_name(&self, run: &str) -> String {
        format!("{}-{}", self.leaf_family(), run.replace(' ', "-"))
    }

    fn leaf_family(&self) -> String {
        format!("pipeline-{}", self.mark)
    }

    /// Ends what a run that was killed left behind; says how many processes that were. What a run
    /// that ended well left running on purpose is not touched.
    pub fn reap_orphans(&self, killed: &str) -> usize {
        let cgroups = cgroup::left_by(&self.leaf_name(killed));
        let mut orphans = processes::marked(&self.run_mark(), killed);
        orphans.extend(cgroups.iter().flat_map(|cgroup| cgroup::residents(cgroup)));
        orphans.sort_unstable();
        orphans.dedup();
        let count = orphans.len();
        processes::end(orphans, KINDLY);
        cgroups.iter().for_each(|cgroup| cgroup::remove(cgroup));
        count
    }

    /// Ends what a child that we had to end has left in other groups and sessions.
    pub(super) fn sweep(&self, tag: &str, began: Instant) {
        let mut left = processes::marked(&self.run_mark(), tag);
        if let Some(cgroup) = self.cgroups.own() {
            // What an earlier step left running is older.
            let residents = cgroup.residents().into_iter();
            left.extend(residents.filter(|pid| processes::is_born_since(*pid, began)));
        }
        processes::end(left, KINDLY);
    }

    /// Tells every child to end with `signal`; a second call kills them at once. Says whether it is
    /// that.
    pub fn end_all(&self, signal: i32) -> bool {
        let running = self.groups.lock().unwrap();
        let again = self.ending.swap(signal, Ordering::SeqCst) != 0;
        let signal = if again { Signal::KILL } else { named(signal) };
        for &group in running.iter() {
            signal_group(group, signal);
            // Who was stopped hears of it only when it goes on.
            signal_group(group, Signal::CONT);
        }
        again
    }

    /// Counts a child that has just been started; one that comes too late for [`Exec::end_all`] is
    /// told here.
    pub(super) fn enter(&self, groups: &[i32]) {
        let mut running = self.groups.lock().unwrap();
        let ending = self.ending.load(Ordering::SeqCst);
        if ending != 0 {
            groups
                .iter()
                .for_each(|&group| signal_group(group, named(ending)));
        }
        running.extend(groups);
    }

    /// Sends a signal to every child's group.
    pub fn signal_all(&self, signal: Signal) {
        for &group in self.groups.lock().unwrap().iter() {
            signal_group(group, signal);
        }
    }

    /// The signal that ends this run, if one does.
    pub fn ended_by(&self) -> Option<i32> {
        Some(self.ending.load(Ordering::SeqCst)).filter(|signal| *signal != 0)
    }

    /// Whether this run is being ended.
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst) != 0
    }

    /// Ends those of a child's processes that hold one of these pipes.
    pub(super) fn end_holders(&self, tag: &str, pipes: &[u64]) {
        processes::end_holders(&self.run_mark(), tag, pipes);
    }
}

fn named(signal: i32) -> Signal {
    Signal::from_named_raw(signal).unwrap_or(Signal::TERM)
}

/// Sends a signal to a group, if there still is one.
pub(super) fn signal_group(group: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(group) {
        // It may have ended by itself in the meantime.
        let _ = kill_process_group(pid, signal);
    }
}
