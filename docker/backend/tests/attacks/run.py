#!/usr/bin/env python3
"""Attacks the real services, each within the least memory limit that the chart gives it, and prints what they did.

Slow connections on every port, a flood of log-ins, bodies and heads without an end, readers that do not read, and a
database, a redis, an MCP server and a language model that stand still. None may be killed, and each must answer within
the time that docs/SERVICES.md promises, during the attack and after it. PostgreSQL and redis are Debian's, started here.

    docker/backend/tests/attacks/run.py            all of them on both databases, some ten minutes
    docker/backend/tests/attacks/run.py log-ins    only those with that text in their name

Needs cargo, PostgreSQL's and redis's programs; where cgroups may be made, the kernel enforces the limits.
"""

import json
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from stage import ROOT, Stage, locked, standing_still

MIB = 1 << 20
FORM = {"name": "Ann", "email": "ann@example.org", "password": "a long password"}
HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
# What a service accepts at once, and more than that; seconds within which a slow head is let go, and a new caller answered.
PLACES, CROWD, LET_GO = 1024, 1400, 25


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    # Whoever ends this run ends what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    packages = [word for name in ("backend", "mcp-server", "frontend") for word in ("-p", name)]
    subprocess.run(["cargo", "build", "--release", "--quiet", *packages], cwd=ROOT / "docker", check=True)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.exit(any([attacked(store, wanted) for store in ("PostgreSQL", "SQLite")]))


def attacked(store, wanted):
    """Whether anything was not as promised on this database."""
    stage = Stage(store)
    standing = database if store == "PostgreSQL" else database_file
    attacks = [attack for attack in (*ATTACKS, standing) if wanted in attack.__doc__]
    try:
        token = json.loads(ask(f"{stage.backend.url}/api/auth/signup", FORM)[1])["token"]
        rows = [row(stage, attack, token) for attack in attacks]
    finally:
        stage.close()
    print_table(store, stage, rows)
    return any(failed for *_, failed in rows)


def row(stage, attack, token):
    """The attack's name, its figures, each service's peak of memory, and what was not as promised."""
    print(f"{attack.__doc__} ...", file=sys.stderr, flush=True)
    for service in stage.services:
        service.forget_peak()
    failed = []
    figure = attack(stage, token, failed)
    for service in stage.services:
        if not service.is_alive():
            failed.append(f"{service.name} was killed: {service.log.read_text()[-500:]}")
            continue
        began = time.monotonic()
        status, _ = ask(f"{service.url}/readyz", seconds=LET_GO)
        promised(failed, f"{service.name} answers again", status == 200, time.monotonic() - began, LET_GO)
    if any(not service.is_alive() for service in stage.services):
        sys.exit(f"attacks: {attack.__doc__}: {'; '.join(failed)}")
    peaks = [service.peak() for service in stage.services]
    failed += [f"{service.name} used {peak / MIB:.0f} MiB" for service, peak in zip(stage.services, peaks) if peak > service.cage.limit]
    return attack.__doc__, figure, peaks, failed


def promised(failed, what, right, seconds, most):
    if not right or seconds > most:
        failed.append(f"{what}: {'in' if right else 'not at all within'} {seconds:.1f} s, promised {most} s")


def ask(url, body=None, token=None, method=None, seconds=60):
    """Status and text of an answer; 0 if there was none in time."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers | ({"Content-Type": "application/json"} if data else {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def timed(*arguments, **named):
    began = time.monotonic()
    status, _ = ask(*arguments, **named)
    return status, time.monotonic() - began


def all_at_once(count, work):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: work(), range(count)))


def connect(port, *, buffer=None):
    caller = socket.socket()
    if buffer:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    caller.settimeout(LET_GO)
    caller.connect(("127.0.0.1", port))
    return caller


def slow_heads(stage, token, failed):
    """half a head"""
    return slow(stage, failed, lambda path: "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")


def slow_bodies(stage, token, failed):
    """half a body"""
    authorized = f"Authorization: Bearer {token}\r\n"
    return slow(stage, failed, lambda path: HEAD.format(path=path) + authorized + "Content-Length: 5000\r\n\r\n{")


def slow(stage, failed, words):
    """Fills every place of every service, and measures how long a new caller waits."""
    waited = []
    for service, path in zip(stage.services, ("/api/tasks", "/api/tasks", "/mcp")):
        with ExitStack() as held, ThreadPoolExecutor(1) as crowd:
            crowd.submit(lambda: [come(service, words(path), held) for _ in range(CROWD)])
            # Whoever comes once every place is taken waits until one of the crowd is let go.
            until = time.monotonic() + 12
            while service.connections() < PLACES and time.monotonic() < until:
                time.sleep(0.1)
            status, seconds = timed(f"{service.url}/livez", seconds=LET_GO + 5)
            promised(failed, f"{service.name} answers a new caller", status == 200, seconds, LET_GO)
            waited.append(seconds)
    return f"{CROWD} on each port; a new caller waited {max(waited):.1f} s"


def come(service, words, held):
    caller = held.enter_context(connect(service.port))
    caller.sendall(words.encode())


def readers(stage, token, failed):
    """readers that do not read"""
    count = 300
    ask(f"{stage.backend.url}/api/tasks", {"title": "long", "notes": "x" * 9000}, token)
    with ExitStack() as held:
        for service, path in zip(stage.services[:2], ("/api/openapi.json", "/openapi.json")):
            for _ in range(count):
                caller = held.enter_context(connect(service.port, buffer=2048))
                caller.sendall((f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n" * 20).encode())
        time.sleep(3)
        status, seconds = timed(f"{stage.frontend.url}/api/tasks", token=token)
        promised(failed, "others read meanwhile", status == 200, seconds, 5)
    return f"{count} on two ports; another waited {seconds:.1f} s"


def endless_bodies(stage, token, failed):
    """bodies without an end"""
    sent = []

    def body(service, path):
        head = HEAD.format(path=path) + f"Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        try:
            with connect(service.port) as caller:
                caller.sendall(head.encode())
                for count in range(1600):
                    caller.sendall(chunk)
                    sent.append(len(chunk))
        except OSError:
            return True
        return False

    for service, path in zip(stage.services, ("/api/tasks", "/api/tasks", "/mcp")):
        refused = all_at_once(40, lambda: body(service, path))
        if not all(refused):
            failed.append(f"{service.name} took a body of 100 MiB")
    return f"40 on each port; cut after {sum(sent) / MIB:.0f} MiB in all"


def endless_heads(stage, token, failed):
    """heads without an end"""
    refused = []
    for service in stage.services:
        with ExitStack() as held:
            callers = [held.enter_context(connect(service.port)) for _ in range(600)]
            for number, caller in enumerate(callers):
                try:
                    caller.sendall(f"GET / HTTP/1.1\r\nHost: x\r\nX-{number}: ".encode() + b"x" * 400_000)
                except OSError:
                    refused.append(caller)
            status, seconds = timed(f"{service.url}/livez")
            promised(failed, f"{service.name} answers a new caller", status == 200, seconds, LET_GO)
    return f"600 of 400 kB on each port, {len(refused)} cut while they were sent"


def log_ins(stage, token, failed):
    """log-ins whose callers go away"""
    login = f"{stage.backend.url}/api/auth/login"
    guess = {"email": FORM["email"], "password": "a guess"}
    seen = {}

    def guesser():
        for patience in (0.02, 0.1, 0.5, 10) * 2:
            status, _ = ask(login, guess, seconds=patience)
            seen[status] = seen.get(status, 0) + 1

    with ThreadPoolExecutor(1) as other:
        working = other.submit(lambda: max(timed(f"{stage.backend.url}/api/tasks", token=token)[1] for _ in range(20)))
        all_at_once(60, guesser)
    began = time.monotonic()
    while (status := ask(login, {key: FORM[key] for key in ("email", "password")})[0]) == 503:
        time.sleep(0.2)
    seconds = time.monotonic() - began
    promised(failed, "the owner logs in", status == 200, seconds, 5)
    promised(failed, "others go on", True, working.result(), 5)
    counts = ", ".join(f"{seen.get(status, 0)} {what}" for status, what in ((401, "answered"), (503, "told to wait"), (0, "gone")))
    return f"{counts}; the owner logged in within {seconds:.1f} s"


def database(stage, token, failed):
    """PostgreSQL stands still"""
    url = f"{stage.frontend.url}/api/tasks"
    with standing_still(stage.postgres):
        answers = all_at_once(60, lambda: timed(url, token=token))
        answers += [timed(f"{stage.backend.url}/readyz"), timed(f"{stage.mcp.url}/readyz")]
        alive = max(timed(f"{service.url}/livez")[1] for service in stage.services)
    worst = max(seconds for _, seconds in answers)
    promised(failed, "503", {status for status, _ in answers} == {503}, worst, 5)
    promised(failed, "alive meanwhile", True, alive, 2)
    return f"60 callers got 503 within {worst:.1f} s; {recovered(failed, url, token)}"


def database_file(stage, token, failed):
    """another process locks the database"""
    url = f"{stage.frontend.url}/api/tasks"
    with locked(stage.file):
        answers = all_at_once(60, lambda: timed(url, {"title": "in vain"}, token))
        status, seconds = timed(url, token=token)
    worst = max(seconds for _, seconds in answers)
    promised(failed, "503", {status for status, _ in answers} == {503}, worst, 5)
    promised(failed, "reading goes on", status == 200, seconds, 5)
    return f"60 writers got 503 within {worst:.1f} s, a reader 200 within {seconds:.1f} s; {recovered(failed, url, token)}"


def cache(stage, token, failed):
    """redis stands still"""
    url = f"{stage.frontend.url}/api/tasks"
    with standing_still(stage.redis):
        answers = all_at_once(60, lambda: timed(url, token=token))
    worst = max(seconds for _, seconds in answers)
    promised(failed, "200", {status for status, _ in answers} == {200}, worst, 5)
    return f"60 callers got 200 within {worst:.1f} s; {recovered(failed, url, token)}"


def tools(stage, token, failed):
    """the MCP server stands still"""
    with standing_still(stage.mcp.process):
        status, seconds = timed(f"{stage.frontend.url}/api/chat", {"message": "what do I have to do?"}, token)
        listed, listing = timed(f"{stage.frontend.url}/api/tasks", token=token)
    promised(failed, "the chat says so", status in (200, 502, 503, 504), seconds, 25)
    promised(failed, "the list works", listed == 200, listing, 2)
    return f"the chat said so ({status}) after {seconds:.1f} s; the list took {listing:.2f} s"


def model(stage, token, failed):
    """the language model stands still"""
    url = f"{stage.frontend.url}/api/chat"
    answers = all_at_once(30, lambda: timed(url, {"message": "what do I have to do?"}, token))
    worst = max(seconds for _, seconds in answers)
    promised(failed, "the rules answer", {status for status, _ in answers} == {200}, worst, 10)
    return f"the rules answered 30 at once within {worst:.1f} s"


def recovered(failed, url, token):
    began = time.monotonic()
    while (status := ask(url, token=token)[0]) != 200 and time.monotonic() - began < 30:
        time.sleep(0.1)
    seconds = time.monotonic() - began
    promised(failed, "it works again", status == 200, seconds, 10)
    return f"all was well {seconds:.1f} s after"


ATTACKS = [slow_heads, slow_bodies, readers, endless_bodies, endless_heads, log_ins, cache, tools, model]


def print_table(store, stage, rows):
    enforced = all(service.cage.enforced for service in stage.services)
    print(f"{store}: limits " + ("enforced by the kernel" if enforced else "watched only, as no cgroup may be made here") + "; peaks in MiB")
    print("| attack | " + " | ".join(f"{service.name} (of {service.cage.limit // MIB})" for service in stage.services) + " | what happened |")
    print("| --- | --- | --- | --- | --- |")
    for name, figure, peaks, failed in rows:
        print(f"| {name} | " + " | ".join(f"{peak / MIB:.0f}" for peak in peaks) + f" | {figure} |")
    for name, *_, failed in rows:
        for sentence in failed:
            print(f"attacks: {name}: {sentence}", file=sys.stderr)


if __name__ == "__main__":
    main()
