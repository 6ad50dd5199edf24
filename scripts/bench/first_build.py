"""How long the first `cargo xtask` of a fresh clone takes, and which crates take how much of it.

    scripts/bench/first_build.py [ROUNDS]

Compiles into a folder of its own, which is removed; crates must be downloaded already. Prints the median of the rounds on
the wall, and for the last round the crates by their own seconds: with two compilers at once they add up to more.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

LEAST = 0.7
OURS = {"xtask", "engine", "kinds", "protocol"}


def build(target):
    """Seconds on the wall, and cargo's own record of each unit."""
    command = ["cargo", "build", "--quiet", "--package", "xtask", "--timings", "--target-dir", target]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - began
    page = (Path(target) / "cargo-timings/cargo-timing.html").read_text()
    return wall, json.loads(re.search(r"const UNIT_DATA = (\[.*?\]);", page, re.S).group(1))


def main(rounds):
    walls = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as target:
            wall, units = build(target)
        walls.append(wall)
    seconds = defaultdict(float)
    for unit in units:
        seconds[unit["name"]] += unit["duration"]
    all_of_them, ours = sum(seconds.values()), sum(seconds[name] for name in OURS)
    print(f"{statistics.median(walls):.1f} s on the wall ({min(walls):.1f} to {max(walls):.1f}); {len(seconds)} crates,")
    print(f"{all_of_them:.1f} s of compilers in all, {ours:.1f} of them for {', '.join(sorted(OURS))}")
    for name, taken in sorted(seconds.items(), key=lambda item: -item[1]):
        if taken >= LEAST:
            print(f"{taken:6.1f}  {name}")
    rest = sum(taken for taken in seconds.values() if taken < LEAST)
    print(f"{rest:6.1f}  {sum(taken < LEAST for taken in seconds.values())} others")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
