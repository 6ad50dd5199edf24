#!/usr/bin/env python3
"""Measures the backend against a yardstick, in turns, and prints one table of medians.

The call is GET /api/tasks of a user with 20 tasks, with a session to verify: on SQLite, which the
yardstick reads too, and on PostgreSQL and redis as a cluster has them, where Debian's packages are.
Throughput: wrk, 32 connections. Latency: hey, 10 connections, 200 calls a second in all.
Memory: resident set, summed over a server's processes. Both servers and both load makers
share this machine, one after the other, so that other work on it disturbs both. Needs wrk
and hey (Debian packages), cargo, and PyPI for the yardstick, which goes into a temporary
virtual environment.

    docker/backend/bench/run.py [SECONDS_PER_MEASUREMENT [ROUNDS]]      (default 10 and 3)
    BEFORE=/path/of/another/backend docker/backend/bench/run.py         measures that one, too, in the same turns
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from contextlib import ExitStack, contextmanager
from statistics import median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SECRET = "of-this-run-only-0123456789abcdef"
SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
TASKS = 20
PROGRAM = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "docker/target"), "release/backend")


def main():
    for tool in ("wrk", "hey", "cargo"):
        if shutil.which(tool) is None:
            sys.exit(f"run.py: `{tool}` is not installed: apt-get install wrk hey.")
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "backend"], cwd=ROOT / "docker", check=True)
    servers = {"backend": backend, "uvicorn + FastAPI": yardstick}
    if "BEFORE" in os.environ:
        servers["the backend before"] = earlier
    with tempfile.TemporaryDirectory() as work, ExitStack() as databases:
        if set(programs := cluster_programs()) == {"initdb", "postgres", "redis-server"}:
            servers["backend, PostgreSQL and redis"] = databases.enter_context(cluster_backend(work, programs))
        else:
            print("run.py: PostgreSQL and redis are left out: apt-get install postgresql redis-server.", file=sys.stderr)
        rounds = [[measured(server, work) for server in servers.values()] for _ in range(ROUNDS)]
    print_table([row(name, figures) for name, figures in zip(servers, zip(*rounds))])
    ratios = [ours[0] / theirs[0] for ours, theirs, *_ in rounds]
    print(f"throughput: {median(ratios):.1f} times the yardstick's (of {ROUNDS} rounds: {', '.join(f'{ratio:.1f}' for ratio in sorted(ratios))})")


def row(name, rounds):
    """The medians of what was measured, each in its own form."""
    forms = ["{:,.0f}", "{:.1f}", "{:.1f}", "{:.1f}", "{:.1f}", "{:.1f}", "{:.0f}"]
    return [name, *(form.format(median(column)) for form, column in zip(forms, zip(*rounds)))]


def backend(work, port):
    environment = {"DATABASE_URL": f"sqlite://{work}/todo.db", "PORT": str(port), "HOST": "127.0.0.1",
                   "BETTER_AUTH_SECRET": SECRET, "LOG_LEVEL": "warn", "RATE_LIMIT_API": "0"}
    return [str(PROGRAM)], environment


def earlier(work, port):
    """Another program than this tree's, on a database of its own."""
    Path(work, "before").mkdir(exist_ok=True)
    _, environment = backend(Path(work, "before"), port)
    return [os.environ["BEFORE"]], environment


def cluster_programs():
    """Where PostgreSQL's and redis's programs are; Debian keeps PostgreSQL's out of PATH."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.environ["PATH"].split(":"))]
    found = {}
    for name in ("initdb", "postgres", "redis-server"):
        found.update({name: str(folder / name) for folder in reversed(folders) if (folder / name).is_file()})
    return found


@contextmanager
def cluster_backend(work, programs):
    """The backend on a PostgreSQL and a redis that last as long as this."""
    # PostgreSQL refuses to run as root, so root runs it as the user that its package made.
    user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    data = Path(tempfile.mkdtemp())
    if user:
        shutil.chown(data, "postgres", "postgres")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": data, **user}
    subprocess.run([programs["initdb"], "-D", data / "pg", "-U", "postgres", "-A", "trust", "-E", "UTF8"], check=True, **quiet)
    sql, cache = free_port(), free_port()
    servers = [
        subprocess.Popen([programs["postgres"], "-D", data / "pg", "-k", data, "-h", "127.0.0.1", "-p", str(sql)], **quiet),
        subprocess.Popen([programs["redis-server"], "--port", str(cache), "--dir", data, "--save", ""], **quiet),
    ]
    addresses = {"DATABASE_URL": f"postgres://postgres@127.0.0.1:{sql}/postgres", "REDIS_URL": f"redis://127.0.0.1:{cache}"}

    def server(_, port):
        (program,), environment = backend(work, port)
        return [program, "serve", "--migrate"], environment | addresses

    try:
        wait_for_port(sql)
        yield server
    finally:
        for one in servers:
            one.terminate()
            one.wait()
        shutil.rmtree(data)


def yardstick(work, port):
    venv = Path(work, "venv")
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        packages = ["fastapi", "uvicorn[standard]", "pyjwt"]
        subprocess.run([venv / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
    environment = {"DATABASE_FILE": f"{work}/todo.db", "BETTER_AUTH_SECRET": SECRET, "PATH": os.environ["PATH"]}
    command = [str(venv / "bin/python"), "-m", "uvicorn", "yardstick:app", "--app-dir", str(HERE), "--port", str(port),
               "--no-access-log", "--log-level", "warning", "--workers", str(os.cpu_count())]
    return command, environment


def measured(server, work):
    port = free_port()
    command, environment = server(work, port)
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, env=environment)
    try:
        wait_for(f"{url}/livez")
        time.sleep(1)
        rest = resident(process.pid)
        database = environment.get("DATABASE_URL", f"sqlite://{work}/todo.db")
        token = session(url, Path(work, "token-" + re.sub(r"\W+", "-", database)))
        size = len(get(f"{url}/api/tasks", token))
        throughput, busy_p99, load = full_load(url, token, process.pid)
        p50, p99 = steady_load(url, token)
    finally:
        process.terminate()
        process.wait()
    return throughput, busy_p99, p50, p99, rest, load, size


def session(url, kept):
    """The token of a user with tasks; made once, by the backend, then used on the yardstick too."""
    if not kept.exists():
        form = {"name": "Bench", "email": "bench@example.org", "password": "a long password"}
        token = json.loads(post(f"{url}/api/auth/signup", form, ""))["token"]
        for number in range(TASKS):
            post(f"{url}/api/tasks", {"title": f"Task number {number}", "notes": "Some words about it.", "tags": ["bench"]}, token)
        kept.write_text(token)
    return kept.read_text()


def full_load(url, token, pid):
    command = ["wrk", "-t2", "-c32", f"-d{SECONDS}s", "--latency", "-H", f"Authorization: Bearer {token}", f"{url}/api/tasks"]
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(SECONDS * 0.8)
    load = resident(pid)
    text = wrk.communicate()[0]
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(f"run.py: the server did not answer all calls:\n{text}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), milliseconds(re.search(r"99%\s+([\d.]+)(us|ms|s)", text)), load


def steady_load(url, token):
    command = ["hey", "-z", f"{SECONDS}s", "-c", "10", "-q", "20", "-H", f"Authorization: Bearer {token}", f"{url}/api/tasks"]
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    statuses = text.partition("Status code distribution:")[2]
    if re.findall(r"\[(\d+)\]", statuses) != ["200"] or "Error distribution" in text:
        sys.exit(f"run.py: the server did not answer all calls:\n{text}")
    seconds = [float(re.search(rf"{share}%+ in ([\d.]+) secs", text)[1]) for share in (50, 99)]
    return [second * 1000 for second in seconds]


def milliseconds(match):
    return float(match[1]) * {"us": 0.001, "ms": 1, "s": 1000}[match[2]]


def resident(pid):
    """The resident set of a process and all below it, in MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return (int(own[1]) * 1024 / 1e6 if own else 0) + sum(resident(int(child)) for child in children)


def get(url, token):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    return urllib.request.urlopen(request, timeout=5).read()


def post(url, body, token):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=5).read()


def wait_for(url):
    for _ in range(200):
        try:
            return urllib.request.urlopen(url, timeout=1)
        except OSError:
            time.sleep(0.05)
    sys.exit(f"run.py: {url} did not answer within 10 s.")


def wait_for_port(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
    sys.exit(f"run.py: nothing listened on port {port} within 10 s.")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def print_table(rows):
    head = ["GET /api/tasks", "calls/s", "p99 ms", "p50 ms at 200/s", "p99 ms at 200/s", "MB at rest", "MB under load", "bytes"]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")


main()
