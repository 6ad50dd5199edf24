"""Two builds of the engine beside each other, in turns, so that what else the machine does meets both alike.

    scripts/bench/versions.py BEFORE AFTER [--steps 10000] [--rounds 9] [--scratch DIR]

Prints medians of wall and CPU time and their ratio, after divided by before.
"""

import argparse
import os
import resource
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("XTASK", "xtask")

from tools import Xtask, generate  # noqa: E402


class Build(Xtask):
    """One build, with a folder of its own."""

    def __init__(self, binary, folder, count):
        self.path, self.folder, self.count = Path(binary).resolve(), folder, count
        generate(folder, count, [self])

    def binary(self):
        return self.path

    def command(self, *args):
        return [str(word) for word in (self.path, *args, "-C", self.folder)]

    def edited(self):
        return self.folder / f"in/{self.count // 2}/3"

    def forgotten(self):
        subprocess.run(["sh", "-c", self.forget(self.folder)], check=True)


def cost(command):
    """Seconds on the wall and of CPU."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime


def noop(build):
    return cost(build.command("run", "all", "--quiet", "-j", 2))


def first_run(build):
    build.forgotten()
    return noop(build)


def one_changed(build):
    with build.edited().open("a") as file:
        file.write(str(time.monotonic_ns()))
    changed = noop(build)
    noop(build)
    return changed


def explain(build):
    return cost(build.command("explain", f"s{build.count // 2}"))


def start_up(build):
    return cost([str(build.path), "--version"])


def reaction(build):
    """From saving a file to the output that `watch` makes of it."""
    out = build.folder / f"out/xtask/{build.count // 2}"
    watch = subprocess.Popen(build.command("watch", "all", "--quiet", "-j", 2), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        time.sleep(4)
        times = []
        for _ in range(3):
            before, began = out.stat().st_mtime_ns, time.monotonic()
            with build.edited().open("a") as file:
                file.write("x")
            while out.stat().st_mtime_ns == before and time.monotonic() - began < 30:
                time.sleep(0.002)
            times.append(time.monotonic() - began)
            time.sleep(1.5)
        return statistics.median(times), None
    finally:
        os.killpg(watch.pid, signal.SIGINT)
        watch.wait()


def row(what, measure, builds, rounds):
    """In turns, each first as often as the other."""
    seen = [[], []]
    for turn in range(rounds):
        for at in (turn % 2, 1 - turn % 2):
            seen[at].append(measure(builds[at]))
    cells = []
    for part, unit in ((0, "wall"), (1, "CPU")):
        if seen[0][0][part] is not None:
            before, after = (statistics.median(times[part] for times in build) * 1000 for build in seen)
            cells.append(f"{unit} {before:,.1f} -> {after:,.1f} ms ({after / before:.2f})")
    print(f"| {what} | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("before")
    parser.add_argument("after")
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scratch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        binaries = (options.before, options.after)
        builds = [Build(binary, Path(scratch) / str(at), options.steps) for at, binary in enumerate(binaries)]
        few = max(2, options.rounds // 3)
        row("start-up, `--version`", start_up, builds, options.rounds * 5)
        row("first run", first_run, builds, few)
        row("no-op", noop, builds, options.rounds)
        row("one input changed", one_changed, builds, options.rounds)
        row("`explain` of one step", explain, builds, options.rounds)
        row("`watch`, from saving to the output", reaction, builds, few)


if __name__ == "__main__":
    main()
