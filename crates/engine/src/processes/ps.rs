//! Processes as the system's own `ps` and `lsof` tell of them, where there is no /proc. Without
//! `lsof` nobody holds anything.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the table of processes; starts nothing of the pipeline's"
)]

use std::path::Path;

use super::{Row, Table, family_in};

/// macOS, the BSDs, and whatever else has POSIX tools.
pub(super) struct Ps;

impl Table for Ps {
    fn began(&self, pid: u32) -> Option<String> {
        let told = told(
            "ps",
            &["-o", "stat=", "-o", "lstart=", "-p", &pid.to_string()],
        );
        let (state, began) = told.trim().split_once(' ')?;
        (!state.starts_with('Z')).then(|| began.trim().to_string())
    }

    fn is_stopped(&self, pid: u32) -> bool {
        told("ps", &["-o", "stat=", "-p", &pid.to_string()])
            .trim()
            .starts_with('T')
    }

    fn family(&self, pid: u32) -> Vec<u32> {
        // What `sess` tells is no process id everywhere; who left the group is found by who started
        // it.
        let told = told("ps", &["-A", "-o", "pid=", "-o", "ppid=", "-o", "pgid="]);
        let row = |line: &str| {
            let mut numbers = line.split_whitespace().map(str::parse);
            let mut next = || numbers.next()?.ok();
            Some(Row {
                pid: next()?,
                parent: next()?,
                group: next()?,
                session: 0,
            })
        };
        let rows: Vec<Row> = told.lines().filter_map(row).collect();
        family_in(&rows, pid)
    }

    fn writers(&self, file: &Path) -> Vec<u32> {
        let told = told("lsof", &["-F", "pa", "--", &file.to_string_lossy()]);
        let (mut pid, mut writers) = (0, Vec::new());
        for line in told.lines() {
            match line.split_at_checked(1) {
                Some(("p", number)) => pid = number.parse().unwrap_or(0),
                Some(("a", "w" | "u")) => writers.push(pid),
                _ => {}
            }
        }
        writers.retain(|pid| *pid != 0);
        writers.dedup();
        writers
    }

    fn listeners(&self, port: u16, _likely: u32) -> Vec<u32> {
        let told = told(
            "lsof",
            &["-nP", "-t", "-sTCP:LISTEN", &format!("-iTCP:{port}")],
        );
        told.lines()
            .filter_map(|line| line.trim().parse().ok())
            .collect()
    }

    fn name(&self, pid: u32) -> String {
        let told = told("ps", &["-o", "comm=", "-p", &pid.to_string()]);
        told.trim()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_string()
    }
}

/// What a tool prints; nothing if there is no such tool.
fn told(tool: &str, args: &[&str]) -> String {
    let call = duct::cmd(tool, args)
        .env("LC_ALL", "C")
        .stderr_null()
        .unchecked();
    call.read().unwrap_or_default()
}
