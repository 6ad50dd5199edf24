"""One run of `up`: what it said, when, and how it ended."""

import json
import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field

from cluster import CONTEXT, NAMESPACE

# What is said of a tool that keeps everybody waiting.
SLOW = "has not answered for"
# Why a step is tried again: what follows was the cause then, and is said to be.
THEN = "it failed last time"


@dataclass
class Said:
    """One thing that was said: a cause, what is done and why, or who keeps it waiting."""

    at: float
    event: str
    text: str
    fix: str = ""
    evidence: list = field(default_factory=list)

    def whole(self):
        return " ".join([self.text, self.fix, *self.evidence])


def said(at, event):
    """What an event says to whoever waits; None for those that say nothing of it."""
    kind = event["event"]
    text = event.get("reason") if kind == "step-started" else event.get("warning") or event.get("cause")
    return text and not text.startswith(THEN) and Said(at, kind, text, event.get("fix") or "", event.get("evidence") or [])


class Up:
    """Runs `up` until it ends; or until it says what is looked for, if it only waits for that to pass."""

    def __init__(self, scratch, says=None, env=None, more=()):
        call = [os.environ["XTASK"], "up", "-C", scratch, "--target", f"context:{CONTEXT}", "--progress", "json"]
        call += ["--set", f"namespace={NAMESPACE}", *more]
        self.began = time.time()
        self.all = []
        process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})
        self.released = None
        errors = []
        listener = threading.Thread(target=self.listen, args=(process.stderr, errors))
        listener.start()
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "step-finished" and event["step"] == "release":
                self.released = time.time()
            one = said(time.time(), event)
            if not one:
                continue
            self.all.append(one)
            if says and one.event == "step-waiting" and re.search(says, one.text):
                process.terminate()
                break
        self.code = process.wait()
        listener.join()
        self.errors = "".join(errors).strip()

    def listen(self, stream, errors):
        for line in stream:
            errors.append(line)
            if SLOW in line:
                self.all.append(Said(time.time(), "slow", line.strip()))

    def find(self, pattern):
        return next((one for one in self.all if re.search(pattern, one.text)), None)

    def advice(self, pattern):
        """The same with evidence and a fix."""
        return next((one for one in self.all if one.fix and re.search(pattern, one.text)), None)

    def causes(self):
        """What it called a cause, or waited for as one."""
        return [one for one in self.all if one.event in ("step-waiting", "step-finished", "step-warning")]

    def end(self):
        """How it ended, in words."""
        causes = self.causes()
        return causes[-1].text if causes else self.errors[-300:] or f"exit code {self.code}"
