"""One long step listed after many short ones, on two workers: how near the second run comes to the lower bound.

A tool that remembers how long steps took starts the long one first. Knows xtask and ninja; others remember no durations. The bare
loop is the best schedule written down by hand, so that what the machine needs to start a shell and a sleep is part of the bound.
"""

import json
import statistics
import subprocess
import time

SHORT, LONG, COUNT = 0.25, 4.75, 19
LOWER_BOUND = max(LONG, (COUNT * SHORT + LONG) / 2)


def seconds(step):
    return LONG if step == COUNT else SHORT


def xtask(tool, folder):
    steps = (
        f'[[step]]\nid = "s{k}"\nkind = "command"\noutputs = ["out/{k}"]\n'
        f'with = {{ argv = ["sh", "-c", "sleep {seconds(k)}; touch out/{k}"] }}\n'
        for k in range(COUNT + 1)
    )
    goal = json.dumps([f"s{k}" for k in range(COUNT + 1)])
    (folder / "pipeline.toml").write_text(f'version = 1\nname = "imbalance"\n[goals]\nall = {goal}\n' + "".join(steps))
    return tool.run(folder)


def ninja(tool, folder):
    edges = (f"build out/{k}: wait\n  for = {seconds(k)}\n" for k in range(COUNT + 1))
    (folder / "build.ninja").write_text("rule wait\n  command = sleep $for; touch $out\n" + "".join(edges))
    return tool.run(folder)


def by_hand(_, folder):
    work = [f"sh -c 'sleep {seconds(k)}; touch {folder}/out/{k}'" for k in range(COUNT + 1)]
    script = folder / "best.sh"
    script.write_text(f"{work[COUNT]} &\n" + "\n".join(work[:COUNT]) + "\nwait\n")
    return ["sh", script]


WRITERS = {"xtask": xtask, "ninja": ninja, "spawn": by_hand}


def measure(tool, scratch, runs=3):
    """The median of the runs after the first, in milliseconds; None for a tool that this knows nothing of."""
    if tool.name not in WRITERS:
        return None
    folder = scratch / "imbalance" / tool.name
    (folder / "out").mkdir(parents=True)
    command = [str(word) for word in WRITERS[tool.name](tool, folder)]
    times = []
    for _ in range(runs + 1):
        for output in (folder / "out").iterdir():
            output.unlink()
        began = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times.append(time.monotonic() - began)
    return statistics.median(times[1:]) * 1000
