#!/usr/bin/env python3
"""Would a launcher in front of cargo be worth it? `cargo xtask` as it is, beside a workspace without dependencies whose program
becomes the built xtask: at best, when it looks at nothing, and when it also asks which compiler there is and looks at the time of each
source of xtask, without which it could become the wrong one.
usage: scripts/bench/launcher.py [ROUNDS]    after `cargo build -p xtask`; medians of the processor time of a call, in turns"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
LOOK = """
    std::process::Command::new("rustc").arg("-vV").output().unwrap();
    fn newest(path: &std::path::Path) -> std::time::SystemTime {
        let about = path.metadata().unwrap();
        if !about.is_dir() { return about.modified().unwrap(); }
        std::fs::read_dir(path).unwrap().map(|entry| newest(&entry.unwrap().path())).max().unwrap_or(std::time::UNIX_EPOCH)
    }
    let built = newest("XTASK".as_ref());
    let sources = ["Cargo.toml", "Cargo.lock", "xtask/Cargo.toml", "xtask/src", "crates"];
    std::hint::black_box(sources.iter().all(|source| newest(&std::path::Path::new("HERE").join(source)) < built));
"""
MAIN = """use std::os::unix::process::CommandExt;
fn main() {
    LOOK
    panic!("{}", std::process::Command::new("XTASK").args(std::env::args_os().skip(1)).exec());
}
"""


def launcher(folder, look, xtask):
    """The call of a launcher in a workspace of its own, compiled."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "launcher"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n')
    (folder / "src/main.rs").write_text(MAIN.replace("LOOK", look).replace("XTASK", xtask).replace("HERE", str(HERE)))
    call = ["cargo", "run", "--quiet", "--release", "--manifest-path", str(folder / "Cargo.toml"), "--", "--version"]
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    return call


def measured(call):
    """Milliseconds of processor time, and of the clock."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(call, check=True, cwd=HERE, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu * 1000, (time.monotonic() - began) * 1000


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    told = subprocess.run(["cargo", "metadata", "--no-deps", "--format-version", "1"], cwd=HERE, check=True, capture_output=True)
    xtask = json.loads(told.stdout)["target_directory"] + "/debug/xtask"
    with tempfile.TemporaryDirectory() as scratch:
        calls = {
            "`cargo xtask --version`": ["cargo", "xtask", "--version"],
            "launcher that looks at sources and compiler": launcher(Path(scratch) / "looks", LOOK, xtask),
            "launcher that looks at nothing": launcher(Path(scratch) / "blind", "", xtask),
            "xtask alone": [xtask, "--version"],
        }
        times = {name: [] for name in calls}
        for _ in range(rounds):
            for name, call in calls.items():
                times[name].append(measured(call))
    medians = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in times.items()}
    first = next(iter(medians.values()))[0]
    print("| | CPU [ms] | wall [ms] | less CPU, times |\n| --- | --- | --- | --- |")
    for name, (cpu, wall) in medians.items():
        print(f"| {name} | {cpu:.0f} | {wall:.0f} | {first / cpu:.1f} |")


if __name__ == "__main__":
    main()
