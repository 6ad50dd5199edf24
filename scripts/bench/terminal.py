"""What bars on a terminal cost beside `--quiet`: the same run, in turns, each on a terminal of its own. Knows nothing of other tools."""

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import termios
import threading
import time


def once(command, prepare):
    """Wall and CPU seconds of one run whose standard error is a terminal of 80 columns that somebody reads."""
    subprocess.run(["sh", "-c", prepare], check=True)
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")} | {"TERM": "xterm-256color"}
    began = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=terminal, env=env)
    os.close(terminal)
    drawn = []
    drain = threading.Thread(target=read, args=(reader, drawn))
    drain.start()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    drain.join()
    os.close(reader)
    if status != 0:
        raise SystemExit(f"bench: {' '.join(command)} failed on a terminal")
    return wall, used.ru_utime + used.ru_stime, sum(drawn)


def read(reader, drawn):
    try:
        while data := os.read(reader, 1 << 16):
            drawn.append(len(data))
    except OSError:
        # The other side is closed: Linux says so with an error.
        pass


def cost(tool, folder, pairs):
    """By how many percent bars need more wall time, and more CPU time, than `--quiet`; and the bytes that they draw."""
    quiet = [str(word) for word in tool.run(folder)]
    bars = [word for word in quiet if word != "--quiet"] + ["--progress", "bars"]
    runs = {"quiet": [], "bars": []}
    for number in range(2 * pairs):
        # Quiet, bars, bars, quiet: what else the machine does falls on both.
        name = ("quiet", "bars", "bars", "quiet")[number % 4]
        runs[name].append(once(bars if name == "bars" else quiet, tool.forget(folder)))
    middle = {name: [statistics.median(run[what] for run in all_of) for what in range(3)] for name, all_of in runs.items()}
    more = [(middle["bars"][what] / middle["quiet"][what] - 1) * 100 for what in range(2)]
    return more[0], more[1], middle["bars"][2]
