"""The cluster that is broken: commands in it, what it tells, and when."""

import json
import os
import re
import subprocess
import threading
import time

CONTEXT = os.environ["CONTEXT"]
NAMESPACE = os.environ["NAMESPACE"]
SERVICES = ("frontend", "backend", "mcp-server")


class Failed(Exception):
    """A command of a drill that did not do what it is there for."""


def sh(command, check=True):
    """Runs a line of shell with kubectl and helm pinned to the cluster and the namespace by functions of their own."""
    pinned = f'''
        kubectl() {{ command kubectl --context "$CONTEXT" -n "$NAMESPACE" "$@"; }}
        helm() {{ command helm --kube-context "$CONTEXT" -n "$NAMESPACE" "$@"; }}
        {command}'''
    done = subprocess.run(["bash", "-c", pinned], capture_output=True, text=True)
    if check and done.returncode:
        raise Failed(f"`{command}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def node():
    return sh("kubectl get nodes -o name").split()[0].removeprefix("node/")


def tags():
    """A tag of each service's image that the node has; TAG if it is given."""
    if os.environ.get("TAG"):
        return dict.fromkeys(SERVICES, os.environ["TAG"])
    # A kubelet tells only now and then what it has.
    for _ in range(20):
        images = json.loads(sh("kubectl get nodes -o json"))["items"][0]["status"].get("images", [])
        names = [name for image in images for name in image["names"] or [] if "@" not in name]
        found = {part: name.rsplit(":", 1)[1] for part in SERVICES for name in names if re.search(rf"(^|/)todo-{part}:", name)}
        missing = [part for part in SERVICES if part not in found]
        if not missing:
            return found
        time.sleep(3)
    raise Failed(f"the node has no image of {', '.join(missing)}; `cargo xtask up` builds and loads them")


class Watch:
    """What the cluster tells of the namespace, each line with the moment at which it arrived here."""

    FORM = '{{.reason}} {{.message}}{{"\\n"}}'

    def __init__(self):
        call = ["kubectl", "--context", CONTEXT, "-n", NAMESPACE, "get", "events", "--watch-only", "-o", f"go-template={self.FORM}"]
        self.lines = []
        self.process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append((time.time(), line))

    def first(self, pattern, since, patience=3.0):
        """When it told first of something like this; the line may have come before the event did."""
        until = time.time() + patience
        while time.time() < until:
            found = next((at for at, line in self.lines if at >= since and re.search(pattern, line)), None)
            if found:
                return found
            time.sleep(0.1)
        return None

    def end(self):
        self.process.terminate()
        self.process.wait()
