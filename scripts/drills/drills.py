"""Breaks, looks, repairs: see ../fault-drills.sh."""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time

import cluster
from cluster import CONTEXT, NAMESPACE, sh
from faults import FAULTS
from up import Up

SCRATCH, WANTED = sys.argv[1], sys.argv[2:]
MEDIAN, MOST = 3.0, 10.0
COMMAND = re.compile(r"`((?:kubectl|helm|cargo xtask up) [^`]*)`")


def drill(fault):
    """Breaks the release in one way, and holds what is said and what helps against what was broken."""
    watch = cluster.Watch()
    try:
        began = time.time()
        values(fault.values)
        for command in fault.run:
            sh(command)
        run = Up(SCRATCH, fault.says, {key: f"{SCRATCH}/{name}" for key, name in fault.env.items()}, fault.more)
        line, advice = run.find(fault.says), run.advice(fault.says)
        earlier = [one.text for one in run.causes() if not line or one.at < line.at]
        visible = watch.first(fault.seen, began) if fault.seen else fault.values and run.released
        result = dict(fault=fault, line=line, advice=advice, told=line.text if line else run.end(), earlier=earlier)
        result["seconds"] = line and max(0.0, line.at - max(visible or 0, run.began))
    finally:
        watch.end()
        values({})
    result["fixed"] = mend(fault, run, advice)
    for command in fault.undo:
        sh(command, check=False)
    again = Up(SCRATCH)
    stale = [one.text for one in again.all if re.search(fault.says, one.text)]
    result["repaired"] = again.code == 0 and not stale
    result["after"] = stale or again.end()
    return result


def mend(fault, run, advice):
    """Does what the fix line says; None where that is nothing that a script can do."""
    if fault.mend == "up":
        return run.code == 0
    if fault.mend == "command":
        commands = COMMAND.findall(advice.fix) if advice else []
        return bool(commands) and all(obey(command) for command in commands[: fault.commands])
    return bool(advice) and fault.mend in advice.whole() if fault.mend else None


def obey(command):
    """Carries out a command of a fix line as it stands."""
    mine = f"{os.environ['XTASK']} up -C {SCRATCH} --target context:{CONTEXT} --set namespace={NAMESPACE} --quiet"
    command = command.replace("cargo xtask up", mine)
    return subprocess.run(["bash", "-c", command], capture_output=True).returncode == 0


def values(given):
    tags = {"frontend": "frontend", "backend": "backend", "mcp-server": "mcpServer"}
    whole = {key: {"image": {"tag": TAGS[part]}} for part, key in tags.items()}
    merge(whole, given)
    with open(f"{SCRATCH}/fault.yaml", "w") as file:
        json.dump(whole, file)


def merge(into, more):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


def is_right(result):
    return bool(result["line"]) and not result["earlier"] and result["fixed"] is not False and result["repaired"]


def row(result):
    seconds = "none" if result["seconds"] is None else f"{result['seconds']:.1f}"
    line, advice = result["line"], result["advice"]
    how = {"step-waiting": "waits", "step-finished": "ends"}.get(advice.event, advice.event) if advice else "mends"
    fixed = {None: "by hand", True: "yes", False: "NO"}[result["fixed"]]
    yes = lambda flag: "yes" if flag else "NO"
    told = result["told"].replace("|", "/")[:160]
    cells = [result["fault"].name, told, seconds, how, yes(line and not result["earlier"]), fixed, yes(result["repaired"])]
    print("| " + " | ".join(cells) + " |", flush=True)
    if result["earlier"]:
        print(f"    before that: {result['earlier']}", flush=True)
    if advice and result["fixed"] is False:
        print(f"    the fix: {advice.fix} {advice.evidence}", flush=True)
    if not result["repaired"]:
        print(f"    after the repair: {result['after']}", flush=True)


def chosen():
    if WANTED == ["--quick"]:
        return [fault for fault in FAULTS if fault.quick]
    return [fault for fault in FAULTS if not WANTED or any(fault.name.startswith(name) for name in WANTED)]


def all_drills():
    """Every chosen fault on a release that stands."""
    values({})
    first = Up(SCRATCH)
    if first.code:
        raise cluster.Failed(f"the release does not come up at all: {first.end()}")
    print("| fault | first line | s | `up` | object and cause right | fix carried out and worked | repaired, no old cause |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for fault in chosen():
        try:
            result = drill(fault)
        except cluster.Failed as failed:
            result = dict(fault=fault, line=None, advice=None, told=str(failed), earlier=[], seconds=None, fixed=None, repaired=False, after="")
        row(result)
        yield result
        if not result["repaired"]:
            start_over()


def start_over():
    """The next fault is to find a release that stands, whatever became of this one."""
    sh("helm uninstall drills --wait; kubectl delete pvc,resourcequotas,limitranges --all; kubectl uncordon $NODE", check=False)
    sh("kubectl label namespace $NAMESPACE --overwrite pod-security.kubernetes.io/enforce=baseline", check=False)
    Up(SCRATCH)


def summary(results):
    times = [result["seconds"] for result in results if result["seconds"] is not None]
    right = sum(map(is_right, results))
    fixes = sum(result["fixed"] is True for result in results)
    median, most = (statistics.median(times), max(times)) if times else (0.0, 0.0)
    print(f"\n{right} of {len(results)} right, {fixes} fixes carried out; median {median:.1f} s, the slowest {most:.1f} s")
    return right == len(results) and median <= MEDIAN and most <= MOST


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
try:
    TAGS = cluster.tags()
    os.environ["NODE"] = cluster.node()
    os.environ["SCRATCH"] = SCRATCH
    good = summary(list(all_drills()))
except cluster.Failed as failed:
    sys.exit(f"fault-drills: {failed}")
finally:
    down = [os.environ["XTASK"], "teardown", "-C", SCRATCH, "--target", f"context:{CONTEXT}", "--set", f"namespace={NAMESPACE}", "--quiet"]
    subprocess.run(down)
    sh("kubectl delete namespace $NAMESPACE --ignore-not-found --wait=false", check=False)
sys.exit(0 if good else 1)
