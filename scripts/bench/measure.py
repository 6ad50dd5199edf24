"""Runs hyperfine over the tools and prints the table. Knows how to measure; what each tool is called stays in tools.py."""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import imbalance
import terminal
from tools import TOOLS, generate


def words(command):
    return [str(word) for word in command]


def line(command):
    return " ".join(words(command))


def hyperfine(commands, runs, warmup=1, prepare=None):
    """Per command its median and its CPU time in seconds; None for one that failed."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        call = ["hyperfine", "-N", "--style", "none", "--ignore-failure", "--runs", str(runs), "--warmup", str(warmup)]
        for number, command in enumerate(commands):
            # Preparation goes through a shell of its own: hyperfine runs it outside the clock.
            call += ["--prepare", f"sh -c '{prepare[number]}'"] if prepare else []
        subprocess.run(call + ["--export-json", out.name] + [line(c) for c in commands], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        results = json.loads(Path(out.name).read_text())["results"]
    return [None if any(result["exit_codes"]) else (result["median"], result["user"] + result["system"]) for result in results]


def peak_kb(command):
    """The largest resident size of the command in KiB."""
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(["/usr/bin/time", "-f", "%M", "-o", out.name, *words(command)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return int(out.read().split()[-1])


def syscalls(command):
    """How many system calls the command and all its children make; `None` where strace is missing."""
    if not shutil.which("strace"):
        return None
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(["strace", "-f", "-c", "-U", "calls,name", "-o", out.name, *words(command)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return int(next(line.split()[0] for line in out if line.rstrip().endswith("total")))


def forget(tool, folder):
    """Nothing has been done any more."""
    subprocess.run(["sh", "-c", tool.forget(folder)], check=True)


def finished(tool, folder):
    """Does all the work once; says whether it worked."""
    forget(tool, folder)
    done = subprocess.run(words(tool.run(folder)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"bench: {tool.name} failed and is left out of {folder.name}: {done.stderr.strip()[-300:]}", file=sys.stderr)
    return done.returncode == 0


class Table:
    """Rows of measurements; the first tool is the yardstick of every ratio's numerator."""

    def __init__(self, tools):
        self.tools, self.rows = [tool.name for tool in tools], []

    def add(self, what, unit, values):
        self.rows.append({"what": what, "unit": unit, "values": values})
        shown = {name: value if isinstance(value, str) else f"{value:,.2f}" for name, value in values.items() if value is not None}
        told = ", ".join(f"{name} {value}" for name, value in shown.items())
        print(f"{what} {unit and f'[{unit}]'}: {told}", file=sys.stderr, flush=True)

    def text(self):
        def cell(row, name):
            value = row["values"].get(name)
            if value is None or isinstance(value, str):
                return value or "–"
            ours = row["values"].get(self.tools[0])
            ratio = f" ({ours / value:.2f})" if ours and name != self.tools[0] else ""
            return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}{ratio}"

        head = ["", *self.tools]
        body = [[f"{row['what']} [{row['unit']}]" if row["unit"] else row["what"], *(cell(row, name) for name in self.tools)] for row in self.rows]
        widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
        lines = [head, ["-" * width for width in widths], *body]
        return "\n".join("| " + " | ".join(f"{text:<{width}}" for text, width in zip(line, widths)) + " |" for line in lines)


def milliseconds(tools, results):
    return {tool.name: result and result[0] * 1000 for tool, result in zip(tools, results)}


def startup(table, tools, runs):
    table.add("start-up, `--version`", "ms", milliseconds(tools, hyperfine([t.version() for t in tools], runs * 3, 3)))


def standing(table, tools, folder, count, runs):
    """The no-op, one changed input, and peak memory of the no-op, where everything has been done already."""
    able = [tool for tool in tools if tool.checks and tool.noop and finished(tool, folder)]
    commands = [tool.run(folder) for tool in able]
    size = f"{count:,} steps x 10 inputs"
    table.add(f"no-op, {size}", "ms", milliseconds(able, hyperfine(commands, runs)))
    table.add(f"peak memory of it, {size}", "MB", {tool.name: peak_kb(tool.run(folder)) / 1024 for tool in able})
    if count <= 1000:
        table.add(f"system calls of it, {size}", "", {tool.name: syscalls(tool.run(folder)) for tool in able})
    edits = [edit(tool, folder, count) for tool in able]
    table.add(f"one input changed, {size}", "ms", milliseconds(able, hyperfine(commands, max(3, runs // 2), 1, edits)))


def timed(command, patience):
    """Seconds that a command took; `None` if it failed, and a sentence if it was ended because it took longer than that."""
    began = time.monotonic()
    process = subprocess.Popen(words(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        return time.monotonic() - began if process.wait(patience) == 0 else None
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"> {patience}"


def once(table, tools, folder, count, patience):
    """What takes too long to be repeated: one first run, and the no-op after it."""
    able = [tool for tool in tools if tool.checks and tool.noop]
    first, noop = {}, {}
    for tool in able:
        forget(tool, folder)
        first[tool.name] = timed(tool.run(folder), patience)
        if isinstance(first[tool.name], float):
            runs = [timed(tool.run(folder), patience) for _ in range(3)]
            noop[tool.name] = statistics.median(runs) if all(isinstance(run, float) for run in runs) else runs[0]
    table.add(f"first run, once, {count:,} steps x 10 inputs", "s", first)
    table.add(f"no-op after it, the middle one of 3, {count:,} steps x 10 inputs", "s", noop)


def explained(table, tools, folder, count, runs):
    """Only xtask can say why: the time of one such answer."""
    ours = [tool for tool in tools if tool.name == "xtask"]
    commands = [[tool.binary(), "explain", f"s{count // 2}", "-C", folder] for tool in ours]
    if commands:
        table.add(f"`explain` of one of {count:,} steps", "ms", milliseconds(ours, hyperfine(commands, runs)))


def bars(table, tools, scratch, count, runs):
    for tool in (tool for tool in tools if tool.name == "xtask"):
        with in_memory(scratch) as folder:
            generate(folder, count, [tool])
            wall, cpu, drawn = terminal.cost(tool, folder, max(4, runs))
        table.add(f"bars beside --quiet, first run of {count:,} steps, CPU time", "% more", {tool.name: cpu})
        table.add(f"bars beside --quiet, first run of {count:,} steps, wall time", "% more", {tool.name: wall})
        table.add("drawn by bars in it", "kB", {tool.name: drawn / 1000})


def growth(table, sizes):
    """The no-op's time by step: a line that does not rise is linear growth."""
    for count in sizes:
        what = f"no-op, {count:,} steps x 10 inputs"
        row = next((row for row in table.rows if row["what"] == what), None)
        if row:
            values = {name: value and value * 1000 / count for name, value in row["values"].items()}
            table.add(f"growth: the no-op's time by step, {count:,} steps", "us", values)


def edit(tool, folder, count):
    path = folder / "turbo/packages/p0/in/3" if tool.name == "turbo" else folder / f"in/{count // 2}/3"
    return f"date +%N >> {path}"


def first(table, tools, folder, count, runs):
    able = [tool for tool in tools if tool.checks and finished(tool, folder)]
    forgets = [tool.forget(folder) for tool in able]
    results = hyperfine([tool.run(folder) for tool in able], max(3, runs // 3), 0, forgets)
    size = f"{count:,} steps x 10 inputs"
    table.add(f"first run, {size}", "ms", milliseconds(able, results))
    cpu = {tool.name: result and result[1] * 1000 / count for tool, result in zip(able, results)}
    table.add(f"CPU time of it per step, {size}", "ms", cpu)
    ours = [tool for tool in able if tool.noop]
    for tool in ours:
        forget(tool, folder)
    table.add(f"peak memory of it, {size}, first run", "MB", {tool.name: peak_kb(tool.run(folder)) / 1024 for tool in ours})
    for tool in ours:
        forget(tool, folder)
    calls = {tool.name: syscalls(tool.run(folder)) for tool in ours}
    table.add(f"system calls of it per step, the step's own among them, {size}", "", {name: calls and calls / count for name, calls in calls.items()})


@contextmanager
def in_memory(scratch):
    """A folder in memory, if there is any: a disk's file system may work longer on the logs of ten thousand steps than the engine,
    and differently each time."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else scratch) as folder:
        yield Path(folder)


def bare(table, tools, scratch, count, runs):
    """What one step costs: `true` so often, one after the other, beside a loop that does nothing else."""
    with in_memory(scratch) as folder:
        bare_in(folder, table, tools, count, runs)


def bare_in(folder, table, tools, count, runs):
    able = [tool for tool in tools if hasattr(tool, "bare")]
    commands = [tool.bare(folder, count) for tool in able]
    results = hyperfine(commands, max(3, runs // 3), 0, [tool.forget(folder) for tool in able])
    cpu = {tool.name: result and result[1] * 1000 / count for tool, result in zip(able, results)}
    table.add(f"CPU time per step, first run of {count:,} x `true`, one at a time", "ms", cpu)
    if {"xtask", "spawn"} <= cpu.keys():
        table.add("the same above the bare loop", "ms", {"xtask": cpu["xtask"] - cpu["spawn"]})


def folder_for(scratch, count, tools, made):
    if count not in made:
        made[count] = scratch / f"work-{count}"
        generate(made[count], count, [tool for tool in tools if tool.checks])
    return made[count]


def numbers(text):
    return [int(number) for number in text.split(",") if int(number) > 0]


def main():
    parser = argparse.ArgumentParser()
    for option in ("scratch", "sizes", "ours-only", "first", "bars", "bare", "once", "tools", "json"):
        parser.add_argument(f"--{option}", default="")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--patience", type=int, default=600)
    options = parser.parse_args()
    tools = [TOOLS[name] for name in options.tools.split(",") if TOOLS[name].there()]
    table, made, scratch = Table(tools), {}, Path(options.scratch).resolve()
    startup(table, tools, options.runs)
    for count in numbers(options.first):
        first(table, tools, folder_for(scratch, count, tools, made), count, options.runs)
    for count in numbers(options.bare):
        bare(table, tools, scratch, count, options.runs)
    for count in numbers(options.bars):
        bars(table, tools, scratch, count, options.runs)
    for count in numbers(options.sizes):
        able = [tool for tool in tools if tool.quick or count <= 1000]
        standing(table, able, folder_for(scratch, count, able, made), count, options.runs)
        explained(table, tools, made[count], count, options.runs)
    for count in numbers(options.ours_only):
        few = [tool for tool in tools if tool.name in ("xtask", "ninja")]
        standing(table, few, folder_for(scratch, count, few, made), count, 5)
    for count in numbers(options.once):
        once(table, tools, folder_for(scratch, count, tools, made), count, options.patience)
    growth(table, sorted(set(numbers(options.sizes) + numbers(options.ours_only)) - {10}))
    bound = f"{imbalance.LOWER_BOUND * 1000:,.0f}"
    table.add(f"second run of an imbalanced graph, at best {bound}", "ms", {t.name: imbalance.measure(t, scratch) for t in tools})
    print(table.text())
    print("\nMedians; in brackets xtask's figure divided by the peer's (below 1: xtask is faster or smaller).")
    if options.json:
        Path(options.json).write_text(json.dumps(table.rows, indent=1))


if __name__ == "__main__":
    main()
