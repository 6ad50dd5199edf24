"""Kills runs of a 60-step graph at random moments and judges how each tool goes on. Called by kill-test.sh.

Each step writes its output in two halves and notes when it begins and ends, so that a half-written output, a step that ran
again and a step that was wrongly believed done can all be told apart from outside, for any tool. A step counts as finished
when two others began after it had ended: with two at once, the tool must then have known. Every other round kills the
children with the tool, as a machine that goes down would.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tools import JOBS, TOOLS

STEPS = 60
WIDTH = 10

# begin; first half; what it needs; a pause that differs from step to step; second half; end
STEP = """#!/bin/sh
k=$1; shift
echo "begin $k" >> events
echo "step $k" > "out/$k"
for need; do cat "out/$need" >> "out/$k"; done
sleep "0.0$((k * 7 % 5))5"
echo "whole $k" >> "out/$k"
echo "end $k" >> events
"""


def needs(step):
    """Two steps of the layer above; the first layer needs none."""
    if step < WIDTH:
        return []
    above = step - step % WIDTH - WIDTH
    return sorted({above + step % WIDTH, above + (step * 3 + 1) % WIDTH})


def sources(step):
    return [f"out/{need}" for need in needs(step)] or ["seed"]


def command(folder, step):
    return f"sh {folder}/step.sh {step} {' '.join(map(str, needs(step)))}".strip()


def xtask_file(folder):
    steps = (
        f"[[step]]\nid = \"s{k}\"\nkind = \"command\"\nneeds = {json.dumps([f's{n}' for n in needs(k)])}\n"
        f"inputs = {json.dumps(sources(k))}\noutputs = [\"out/{k}\"]\nwith = {{ argv = {json.dumps(command(folder, k).split())} }}\n"
        for k in range(STEPS)
    )
    goal = json.dumps([f"s{k}" for k in range(STEPS)])
    return "pipeline.toml", f'version = 1\nname = "kill"\n[goals]\nall = {goal}\n' + "".join(steps)


def ninja_file(folder):
    edges = (f"build out/{k}: step {' '.join(sources(k))}\n  call = {command(folder, k)}\n" for k in range(STEPS))
    return "build.ninja", "rule step\n  command = $call\n" + "".join(edges)


def task_file(folder):
    tasks = {
        f"s{k}": {"deps": [f"s{n}" for n in needs(k)], "cmds": [command(folder, k)], "sources": sources(k),
                  "generates": [f"out/{k}"], "run": "once"}
        for k in range(STEPS)
    }
    tasks["all"] = {"deps": [f"s{k}" for k in range(STEPS)]}
    return "Taskfile.yml", json.dumps({"version": "3", "silent": True, "tasks": tasks})


def mise_file(folder):
    tasks = (
        f"[tasks.s{k}]\nrun = {json.dumps(command(folder, k))}\ndepends = {json.dumps([f's{n}' for n in needs(k)])}\n"
        f"sources = {json.dumps(sources(k))}\noutputs = [\"out/{k}\"]\n"
        for k in range(STEPS)
    )
    return "mise.toml", "".join(tasks) + f"[tasks.all]\ndepends = {json.dumps([f's{k}' for k in range(STEPS)])}\n"


def doit_file(folder):
    steps = [(str(k), command(folder, k), sources(k), f"out/{k}") for k in range(STEPS)]
    return "dodo.py", (
        "DOIT_CONFIG = {'verbosity': 0}\ndef task_step():\n"
        f"    for name, call, sources, target in {steps!r}:\n"
        "        yield dict(name=name, actions=[call], file_dep=sources, targets=[target])\n"
    )


FILES = {"xtask": xtask_file, "ninja": ninja_file, "task": task_file, "mise": mise_file, "doit": doit_file}


def fresh(folder, tool):
    (folder / "out").mkdir(parents=True)
    (folder / "seed").write_text("seed\n")
    (folder / "step.sh").write_text(STEP)
    name, text = FILES[tool.name](folder)
    (folder / name).write_text(text)


def start(tool, folder):
    # Its reasons are wanted when a round goes wrong.
    words = [str(word) for word in tool.run(folder) if word != "--quiet"]
    env = dict(os.environ)
    if words[0] == "env":
        # Without the wrapper the process that is killed is the tool itself.
        settings = [word for word in words[1:] if "=" in word and not word.startswith("-")]
        settings = settings[: next((i for i, word in enumerate(words[1:]) if "=" not in word), 0)]
        env.update(setting.split("=", 1) for setting in settings)
        words = words[1 + len(settings):]
    return subprocess.Popen(words, env=env, cwd=folder, stdout=subprocess.DEVNULL,
                            stderr=(folder / "stderr").open("w"))


def events(folder):
    path = folder / "events"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(verb, int(step)) for verb, step in (line.split() for line in lines)]


def finished(log):
    """Steps that the tool must know to be done."""
    begins_after, known = 0, set()
    for verb, step in reversed(log):
        if verb == "begin":
            begins_after += 1
        elif begins_after >= JOBS:
            known.add(step)
    return known


def left_running(folder):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace") if entry.name.isdigit() else ""
        except OSError:
            continue
        if f"{folder}/step.sh" in line:
            found.append(int(entry.name))
    return found


def tree(folder):
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


def round_of(tool, folder, moment, wanted, all_of_it):
    """One kill, of the tool alone or of its children too, and one resume: what went wrong, counted."""
    fresh(folder, tool)
    run = start(tool, folder)
    time.sleep(moment)
    run.send_signal(signal.SIGKILL)
    run.wait()
    if all_of_it:
        end_all(folder)
    before = events(folder)
    resumed = start(tool, folder).wait()
    log = events(folder)
    begun, ended_before = Counter(step for verb, step in log if verb == "begin"), {s for verb, s in before if verb == "end"}
    known = finished(before)
    cut = {step for verb, step in before if verb == "begin"} - ended_before
    wrong = Counter()
    wrong["resume failed"] = int(resumed != 0)
    wrong["finished step re-run"] = sum(begun[step] > 1 for step in known)
    wrong["cut step believed done"] = sum(begun[step] == 1 for step in cut)
    wrong["run more than twice"] = sum(times > 2 for times in begun.values())
    wrong["other result"] = int(tree(folder) != wanted)
    wrong["left running"] = len(left_running(folder))
    wrong["orphan beside the resume"] = beside(log[len(before):], cut)
    end_all(folder)
    return wrong


def beside(after, cut):
    """Cut steps whose first instance ended only after the second had begun: two writers of one output."""
    again = [step for step in cut if ("begin", step) in after]
    return sum(after[after.index(("begin", step)):].count(("end", step)) > 1 for step in again)


def end_all(folder):
    for pid in left_running(folder):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def keep_evidence(folder, number, wrong):
    """What the resume said and did, beside the table: a wrong round is rare, and its moment does not come back."""
    print(f"round {number}: {dict(wrong)}", file=sys.stderr)
    for name in ("stderr", "events"):
        print(f"  {name}: " + " / ".join((folder / name).read_text().splitlines()), file=sys.stderr)


def series(tool, scratch, rounds, seed):
    folder = scratch / tool.name / "undisturbed"
    fresh(folder, tool)
    began = time.monotonic()
    if start(tool, folder).wait() != 0:
        sys.exit(f"kill: {tool.name} can't do the work undisturbed")
    whole, wanted = time.monotonic() - began, tree(folder)
    moments = random.Random(seed)
    bad, totals = 0, Counter()
    for number in range(rounds):
        # A folder of its own, so that nothing a round left behind reaches the next one.
        folder = scratch / tool.name / str(number)
        wrong = +round_of(tool, folder, moments.uniform(0.01, whole * 0.95), wanted, number % 2 == 1)
        bad += bool(wrong)
        totals += wrong
        if wrong and tool.name == "xtask":
            keep_evidence(folder, number, wrong)
        shutil.rmtree(folder)
    return bad, totals


def main():
    scratch, rounds, names = Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3].split(",")
    seed = os.environ.get("SEED", str(random.randrange(1 << 32)))
    print(f"seed {seed}, {STEPS} steps, {JOBS} at once", flush=True)
    columns = ["finished step re-run", "cut step believed done", "run more than twice", "other result",
               "orphan beside the resume", "left running", "resume failed"]
    results = {name: series(TOOLS[name], scratch, rounds, seed) for name in names}
    print(f"| tool | rounds | right | {' | '.join(columns)} |")
    print("| --- " * (len(columns) + 3) + "|")
    for name, (bad, totals) in results.items():
        print(f"| {name} | {rounds} | {rounds - bad} | {' | '.join(str(totals[column]) for column in columns)} |")
    bad = results["xtask"][0]
    print(f"{rounds - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
