"""Breaks, looks, repairs: see ../fault-drills.sh."""

import datetime
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import time

from faults import FAULTS

scratch, wanted = sys.argv[1], sys.argv[2:]
XTASK, CONTEXT = os.environ["XTASK"], os.environ["CONTEXT"]
MEDIAN, MOST = 3.0, 10.0


def sh(command, check=True):
    command = command.replace("kubectl ", f"kubectl --context {shlex.quote(CONTEXT)} ").replace("helm -n", f"helm --kube-context {shlex.quote(CONTEXT)} -n")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    if check and done.returncode:
        raise SystemExit(f"fault-drills: `{command}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def tag():
    """The tag under which the node has all three images."""
    names = json.loads(sh("kubectl get nodes -o json"))["items"][0]["status"].get("images", [])
    names = [name for image in names for name in image["names"]]
    tags = [{name.rsplit(":", 1)[1] for name in names if f"/todo-{part}:" in name} for part in ("frontend", "backend", "mcp-server")]
    common = sorted(set.intersection(*tags))
    if not common:
        raise SystemExit("fault-drills: the node has no tag of all three images; build and load them (`cargo xtask up`), or give TAG")
    return common[-1]


class Up:
    """One run of `up`: what it said, and when."""

    def __init__(self, context=CONTEXT, stop=None):
        call = [XTASK, "up", "-C", scratch, "--target", f"context:{context}", "--progress", "json", "--set", f"tag={TAG}"]
        self.began = time.time()
        self.said = []
        process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stdout:
            event = json.loads(line)
            text = event.get("cause") or (event.get("reason") if event["event"] == "step-started" else None)
            if text:
                self.said.append((time.time(), event["event"], text, event))
            if stop and text and re.search(stop, text):
                process.terminate()
                break
        self.errors = process.stderr.read()
        self.code = process.wait()

    def first(self, pattern):
        return next(((at, text) for at, _, text, _ in self.said if re.search(pattern, text)), None)

    def causes(self):
        kinds = ("step-waiting", "step-finished")
        return [text for _, kind, text, _ in self.said if kind in kinds]


def visible(pattern, since):
    """When the cluster first told of it."""
    events = json.loads(sh("kubectl -n drills get events -o json"))["items"]
    times = []
    for event in events:
        text = f"{event.get('reason')} {event.get('message')}"
        moment = event.get("firstTimestamp") or event.get("eventTime")
        if moment and re.search(pattern, text):
            last = event.get("lastTimestamp") or moment
            for moment in (moment, last):
                seconds = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()
                if seconds >= since - 1:
                    times.append(seconds)
    return min(times, default=None)


def drill(fault):
    write(fault["values"])
    began = time.time()
    context = CONTEXT
    for command in fault["run"]:
        if command.startswith("export DRILL_CONTEXT="):
            context = command.split("=")[1]
        else:
            sh(command.replace("$NODE", NODE))
    run = Up(context, stop=fault["says"])
    line = run.first(fault["says"])
    seen = fault["seen"] and visible(fault["seen"], began)
    start = max(seen or 0, run.began)
    seconds = max(0.0, line[0] - start) if line else None
    write({})
    for command in fault["undo"] + fault["fix"]:
        sh(command.replace("$NODE", NODE))
    again = Up()
    stale = [text for text in again.causes() if re.search(fault["says"], text)]
    told = line[1] if line else (run.causes() or [run.errors.strip()[-200:] or "nothing"])[0]
    return dict(name=fault["name"], line=told, seconds=seconds, right=bool(line), repaired=again.code == 0 and not stale,
                why=stale or again.causes() or again.errors.strip()[-300:])


def write(values):
    with open(f"{scratch}/fault.yaml", "w") as file:
        json.dump(values, file)


def row(result):
    seconds = "none" if result["seconds"] is None else f"{result['seconds']:.1f}"
    yes = lambda flag: "yes" if flag else "NO"
    print(f"| {result['name']} | {result['line'][:110]} | {seconds} | {yes(result['right'])} | {yes(result['repaired'])} |", flush=True)
    if not result["repaired"]:
        print(f"    after the repair: {result['why']}", flush=True)


def chosen():
    if wanted == ["--quick"]:
        return [fault for fault in FAULTS if fault["quick"]]
    return [fault for fault in FAULTS if not wanted or any(fault["name"].startswith(name) for name in wanted)]


TAG = os.environ["TAG"] or tag()
NODE = json.loads(sh("kubectl get nodes -o json"))["items"][0]["metadata"]["name"]
write({})
try:
    first = Up()
    if first.code:
        raise SystemExit(f"fault-drills: the release does not come up at all: {first.causes()} {first.errors}")
    print("| fault | first line | s | right | repaired, fix worked |\n| --- | --- | --- | --- | --- |", flush=True)
    results = []
    for fault in chosen():
        results.append(drill(fault))
        row(results[-1])
finally:
    subprocess.run([XTASK, "teardown", "-C", scratch, "--target", f"context:{CONTEXT}", "--quiet"])
    sh("kubectl delete namespace drills --ignore-not-found --wait=false", check=False)
times = [result["seconds"] for result in results if result["seconds"] is not None]
right = sum(result["right"] and result["repaired"] for result in results)
median, most = (statistics.median(times), max(times)) if times else (0.0, 0.0)
print(f"\n{right} of {len(results)} right; median {median:.1f} s, the slowest {most:.1f} s")
sys.exit(0 if right == len(results) and median <= MEDIAN and most <= MOST else 1)
