"""The engine and its peers: how each is called, and the same work in each one's own language.

Work is N steps; step K has the inputs in/K/0 … in/K/9 and the output out/TOOL/K, and its command is `touch` of that output.
All tools that can share one folder share it. Knows nothing of measuring.
"""

import json
import os
import shutil
from pathlib import Path

PEERS = Path(os.environ.get("PEERS", "."))
INPUTS = 10
JOBS = 2


def inputs(step):
    return [f"in/{step}/{place}" for place in range(INPUTS)]


class Tool:
    """One tool. `run` is its command line for a folder; `state` is what it remembers between runs."""

    name = ""
    state = ()
    # Whether it can do the work at all, and whether it knows when there is nothing to do.
    checks = True
    noop = True
    # Whether more than a thousand steps take it seconds, not many minutes.
    quick = False

    def binary(self):
        return PEERS / "venv/bin" / self.name

    def there(self):
        return shutil.which(self.binary()) is not None

    def version(self):
        return [self.binary(), "--version"]

    def write(self, folder, count):
        raise NotImplementedError

    def run(self, folder):
        raise NotImplementedError

    def forget(self, folder):
        """Shell words that bring the folder back to where nothing was ever done.

        What was there is moved aside, not deleted: for seconds after deletions ext4 searches long for each new file's inode, and that
        would be counted against whoever makes files next.
        """
        kept = " ".join(f"{folder}/{name}" for name in (f"out/{self.name}", *self.state))
        return (f"mkdir -p {folder}/aside; aside=$(mktemp -d {folder}/aside/XXXXXX); "
                f"mv {kept} $aside 2>/dev/null; mkdir -p {folder}/out/{self.name}")


class Xtask(Tool):
    name = "xtask"
    quick = True
    state = (".pipeline",)

    def binary(self):
        return Path(os.environ["XTASK"])

    def write(self, folder, count):
        steps = (
            f"[[step]]\nid = \"s{k}\"\nkind = \"command\"\ninputs = {json.dumps(inputs(k))}\n"
            f"outputs = [\"out/xtask/{k}\"]\nwith = {{ argv = [\"touch\", \"out/xtask/{k}\"] }}\n"
            for k in range(count)
        )
        goal = json.dumps([f"s{k}" for k in range(count)])
        (folder / "pipeline.toml").write_text(f'version = 1\nname = "bench"\n[goals]\nall = {goal}\n' + "".join(steps))

    def run(self, folder):
        return [self.binary(), "run", "all", "--quiet", "-j", JOBS, "-C", folder]

    def bare(self, folder, count):
        """The command that starts `true` so often, one after the other."""
        steps = "".join(f'[[step]]\nid = "s{k}"\nkind = "command"\nwith = {{ argv = ["true"] }}\n' for k in range(count))
        goal = json.dumps([f"s{k}" for k in range(count)])
        (folder / "pipeline.toml").write_text(f'version = 1\nname = "bare"\n[goals]\nall = {goal}\n{steps}')
        return [self.binary(), "run", "all", "--quiet", "-j", 1, "-C", folder]


class Ninja(Tool):
    name = "ninja"
    quick = True
    state = (".ninja_log", ".ninja_deps")

    def write(self, folder, count):
        edges = (f"build out/ninja/{k}: touch {' '.join(inputs(k))}\n" for k in range(count))
        (folder / "build.ninja").write_text("rule touch\n  command = touch $out\n" + "".join(edges))

    def run(self, folder):
        return [self.binary(), "--quiet", "-j", JOBS, "-C", folder]


class Make(Tool):
    name = "make"
    quick = True

    def binary(self):
        return Path("/usr/bin/make")

    def write(self, folder, count):
        rules = (f"out/make/{k}: {' '.join(inputs(k))}\n\ttouch $@\n" for k in range(count))
        goal = " ".join(f"out/make/{k}" for k in range(count))
        (folder / "Makefile").write_text(f"all: {goal}\n" + "".join(rules))

    def run(self, folder):
        return [self.binary(), "-rRs", "-j", JOBS, "-C", folder, "all"]


class Just(Tool):
    """Checks nothing, so only its start-up says anything."""

    name = "just"
    checks = False


class Task(Tool):
    name = "task"
    state = (".task",)

    def write(self, folder, count):
        tasks = {"all": {"deps": [f"s{k}" for k in range(count)]}}
        for k in range(count):
            tasks[f"s{k}"] = {"cmds": [f"touch out/task/{k}"], "sources": inputs(k), "generates": [f"out/task/{k}"]}
        # JSON is YAML.
        (folder / "Taskfile.yml").write_text(json.dumps({"version": "3", "silent": True, "tasks": tasks}))

    def run(self, folder):
        return [self.binary(), "-C", JOBS, "-d", folder, "all"]


class Doit(Tool):
    name = "doit"
    state = (".doit.db", ".doit.db.db", ".doit.db.dat", ".doit.db.dir", ".doit.db.bak")

    def write(self, folder, count):
        (folder / "dodo.py").write_text(
            "DOIT_CONFIG = {'verbosity': 0}\n"
            "def task_step():\n"
            f"    for k in range({count}):\n"
            f"        yield dict(name=str(k), actions=[f'touch out/doit/{{k}}'], targets=[f'out/doit/{{k}}'],\n"
            f"                   file_dep=[f'in/{{k}}/{{place}}' for place in range({INPUTS})])\n"
        )

    def run(self, folder):
        return [self.binary(), "run", "-n", JOBS, "-P", "thread", "--reporter", "error-only", "--dir", folder, "-f", folder / "dodo.py"]


class Mise(Tool):
    name = "mise"
    state = ("mise-state",)

    def binary(self):
        return PEERS / "npm/node_modules/@jdxcode/mise-linux-x64/bin/mise"

    def write(self, folder, count):
        tasks = (
            f'[tasks.s{k}]\nrun = "touch out/mise/{k}"\nsources = {json.dumps(inputs(k))}\noutputs = ["out/mise/{k}"]\n'
            for k in range(count)
        )
        every = json.dumps([f"s{k}" for k in range(count)])
        (folder / "mise.toml").write_text("".join(tasks) + f"[tasks.all]\ndepends = {every}\n")

    def run(self, folder):
        own = [f"MISE_{name}_DIR={folder}/mise-state" for name in ("STATE", "DATA", "CACHE", "CONFIG")]
        return ["env", "MISE_OFFLINE=1", f"MISE_TRUSTED_CONFIG_PATHS={folder}", *own,
                self.binary(), "-C", folder, "run", "--quiet", "--jobs", JOBS, "all"]


class Turbo(Tool):
    """Its unit is a package, so N steps of 10 inputs become N/10 packages of 100 inputs."""

    name = "turbo"
    state = ("turbo/node_modules/.cache", "turbo/.turbo")

    def binary(self):
        return PEERS / "npm/node_modules/@turbo/linux-64/bin/turbo"

    def write(self, folder, count):
        root, names = folder / "turbo", [f"p{k}" for k in range(max(1, count // 10))]
        for name in names:
            package = root / "packages" / name
            (package / "in").mkdir(parents=True, exist_ok=True)
            (package / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0", "scripts": {"build": "touch out"}}))
            for place in range(INPUTS * 10):
                (package / "in" / str(place)).write_text(f"{name} {place}\n")
        files = {
            "package.json": {"name": "bench", "private": True, "packageManager": "npm@10.0.0", "workspaces": ["packages/*"]},
            "turbo.json": {"tasks": {"build": {"inputs": ["in/**"], "outputs": ["out"]}}},
            "package-lock.json": {
                "name": "bench", "lockfileVersion": 3, "requires": True,
                "packages": {"": {"name": "bench", "workspaces": ["packages/*"]}}
                | {f"packages/{name}": {"name": name, "version": "1.0.0"} for name in names}
                | {f"node_modules/{name}": {"resolved": f"packages/{name}", "link": True} for name in names},
            },
        }
        for name, content in files.items():
            (root / name).write_text(json.dumps(content))

    def run(self, folder):
        return ["env", "TURBO_TELEMETRY_DISABLED=1", self.binary(), "run", "build", "--cwd", folder / "turbo",
                "--concurrency", JOBS, "--output-logs", "none"]


class Spawn(Tool):
    """No tool: a bare loop that starts the same commands and looks at nothing. What a first run costs above it is the tool's."""

    name = "spawn"
    noop = False

    def binary(self):
        return PEERS / "spawn"

    def version(self):
        return [self.binary(), "/nowhere", 0]

    def write(self, folder, count):
        """Nothing to describe."""

    def run(self, folder):
        return [self.binary(), folder / "out/spawn", len(list((folder / "in").iterdir()))]

    def bare(self, folder, count):
        return [self.binary(), "-", count]


TOOLS = {tool.name: tool for tool in (Xtask(), Ninja(), Make(), Just(), Task(), Doit(), Mise(), Turbo(), Spawn())}


def generate(folder, count, tools):
    """Writes the inputs and each tool's own description of the work."""
    for step in range(count):
        place = folder / "in" / str(step)
        place.mkdir(parents=True)
        for number in range(INPUTS):
            (place / str(number)).write_text(f"{step} {number}\n")
    for tool in tools:
        (folder / "out" / tool.name).mkdir(parents=True)
        tool.write(folder, count)
