"""The three services as images hold them, on either database and on redis, each within the chart's least memory limit."""

import ctypes
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "docker/target"), "release")
SECRET = "of-this-run-only-0123456789abcdef"
KEYS = {"frontend": "frontend", "backend": "backend", "mcp-server": "mcpServer"}
PDEATHSIG = 1


def limits():
    """The least memory limit, in bytes, that any profile of the chart gives to each service."""
    found = {name: [] for name in KEYS}
    for values in sorted((ROOT / "helm/todo-chatbot").glob("values*.yaml")):
        section = None
        for line in values.read_text().splitlines():
            if top := re.match(r"(\w+):", line):
                section = top[1]
            elif amount := re.match(r"    limits: .*memory: (\d+)([MG])i", line):
                for name, key in KEYS.items():
                    if key == section:
                        found[name].append(int(amount[1]) << (20 if amount[2] == "M" else 30))
    if missing := [name for name, amounts in found.items() if not amounts]:
        sys.exit(f"attacks: no values file of the chart gives a memory limit to {', '.join(missing)}.")
    return {name: min(amounts) for name, amounts in found.items()}


class Cage:
    """A memory limit that the kernel enforces with SIGKILL, where cgroups may be made; else it is only watched."""

    def __init__(self, name, limit):
        self.limit = limit
        old, new = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
        parent, self.file, swap = (old, "memory.limit_in_bytes", "memory.memsw.limit_in_bytes") if old.is_dir() else (new, "memory.max", "memory.swap.max")
        self.path = parent / f"todo-attacks-{os.getpid()}-{name}"
        try:
            self.path.mkdir()
            (self.path / self.file).write_text(str(limit))
            if (self.path / swap).exists():
                (self.path / swap).write_text(str(limit) if old.is_dir() else "0")
            self.enforced = True
        except OSError:
            self.enforced = False

    def enter(self):
        if self.enforced:
            (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def close(self):
        if self.path.is_dir():
            self.path.rmdir()


class Service:
    """One of the three; it is dead if the limit was too small for what it was made to do."""

    def __init__(self, name, limit, environment, *arguments):
        self.name, self.port, self.cage = name, free_port(), Cage(name, limit)
        self.log = Path(tempfile.gettempdir(), f"todo-attacks-{os.getpid()}-{name}.log")
        environment = {"HOST": "127.0.0.1", "PORT": str(self.port), "LOG_LEVEL": "warn", "BETTER_AUTH_SECRET": SECRET} | environment
        with self.log.open("w") as log:
            self.process = subprocess.Popen([TARGET / name, *arguments], env=environment, stdout=log, stderr=log, preexec_fn=self.prepare)
        self.url = f"http://127.0.0.1:{self.port}"

    def prepare(self):
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)
        self.cage.enter()

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak(self):
        """The most resident memory since it was last forgotten, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def connections(self):
        """How many it has accepted, its few other files counted too."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def is_alive(self):
        return self.process.poll() is None

    def close(self):
        self.process.kill()
        self.process.wait()
        self.cage.close()
        self.log.unlink()


@contextmanager
def standing_still(*processes):
    """The processes and their children are there, and answer nothing."""
    pids = [pid for process in processes for pid in family(process.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def family(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


@contextmanager
def locked(file):
    """Somebody else writes to the SQLite database, and does not end."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


class Stage:
    """Everything at once, and what must be stopped again."""

    def __init__(self, store):
        self.data, self.opened, self.postgres = Path(tempfile.mkdtemp()), [], None
        self.file = self.data / "todo.db"
        database = f"sqlite://{self.file}" if store == "SQLite" else self.start_postgres()
        self.redis, cache = self.start_redis()
        self.model = socket.create_server(("127.0.0.1", 0), backlog=512)
        model = f"http://127.0.0.1:{self.model.getsockname()[1]}/v1"
        least = limits()
        # The migration goes first, as the chart's job does.
        subprocess.run([TARGET / "backend", "migrate"], env={"DATABASE_URL": database, "LOG_LEVEL": "warn"}, check=True)
        self.mcp = self.started("mcp-server", least, {"DATABASE_URL": database})
        self.backend = self.started("backend", least, {
            "DATABASE_URL": database, "REDIS_URL": cache, "MCP_SERVER_URL": f"{self.mcp.url}/mcp",
            "OPENAI_BASE_URL": model, "OPENAI_API_KEY": "none",
            "RATE_LIMIT_AUTH": "0", "RATE_LIMIT_LOGIN": "0", "RATE_LIMIT_API": "0", "RATE_LIMIT_CHAT": "0"})
        self.frontend = self.started("frontend", least, {"BACKEND_URL": self.backend.url})
        self.services = [self.frontend, self.backend, self.mcp]
        for service in self.services:
            wait_for(f"{service.url}/readyz")

    def started(self, name, least, environment):
        service = Service(name, least[name], environment)
        self.opened.append(service)
        return service

    def start_postgres(self):
        # PostgreSQL refuses to run as root, so root runs it as the user that its package made.
        user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        if user:
            shutil.chown(self.data, "postgres", "postgres")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.data, **user}
        subprocess.run([program("initdb"), "-D", self.data / "pg", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], check=True, **quiet)
        port = free_port()
        self.postgres = subprocess.Popen([program("postgres"), "-D", self.data / "pg", "-k", self.data, "-h", "127.0.0.1", "-p", str(port), "-c", "fsync=off"], **quiet)
        return f"postgres://postgres@127.0.0.1:{port}/postgres"

    def start_redis(self):
        port = free_port()
        command = [program("redis-server"), "--port", str(port), "--dir", "/tmp", "--save", "", "--appendonly", "no"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return server, f"redis://127.0.0.1:{port}"

    def close(self):
        for service in reversed(self.opened):
            service.close()
        for server in filter(None, (self.redis, self.postgres)):
            server.send_signal(signal.SIGINT)
            server.wait()
        self.model.close()
        shutil.rmtree(self.data)


def program(name):
    """Debian keeps PostgreSQL's programs out of PATH."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.environ["PATH"].split(":"))]
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    sys.exit(f"attacks: `{name}` is not installed: apt-get install postgresql redis-server.")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(url):
    for _ in range(600):
        try:
            return urllib.request.urlopen(url, timeout=5).read()
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    sys.exit(f"attacks: {url} did not become ready.")
