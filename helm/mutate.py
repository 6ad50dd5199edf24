"""Renames each key of a chart's values in turn and expects `helm template` to refuse every misspelling."""

import copy
import subprocess
import sys

import yaml


def paths(node, prefix=()):
    """Every key of a tree of mappings, as a path."""
    for key, child in node.items():
        yield prefix + (key,)
        if isinstance(child, dict):
            yield from paths(child, prefix + (key,))


def misspelt(values, path):
    """A copy of the values in which the last key of the path has lost its last letter and gained two."""
    mutant = copy.deepcopy(values)
    parent = mutant
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1][:-1] + "qq"] = parent.pop(path[-1])
    return mutant


def refused(chart, values, file):
    """Whether helm refuses these values because of their schema."""
    with open(file, "w", encoding="utf-8") as out:
        yaml.safe_dump(values, out)
    # --kube-version, because helm's own idea of a cluster may be older than the chart allows.
    command = ["helm", "template", "mutant", chart, "--kube-version", "1.34.0", "--values", file]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode != 0 and "additional properties" in run.stderr.lower()


def all_values(chart):
    """The chart's values with its subcharts' own below them."""
    with open(f"{chart}/values.yaml", encoding="utf-8") as file:
        values = yaml.safe_load(file)
    for name in ("postgresql", "redis"):
        with open(f"{chart}/charts/{name}/values.yaml", encoding="utf-8") as file:
            values[name] = {**yaml.safe_load(file), **values[name]}
    return values


def main(chart, file):
    # The keys of these are not the chart's to know: selectors and labels of other people's pods.
    free = ("matchLabels",)
    values = all_values(chart)
    tried = [path for path in paths(values) if not set(path) & set(free)]
    kept = [".".join(path) for path in tried if not refused(chart, misspelt(values, path), file)]
    for path in kept:
        print(f"mutate     the schema does not notice when {path} is misspelt", file=sys.stderr)
    print(f"mutate     {len(tried) - len(kept)} of {len(tried)} misspelt keys refused")
    return 1 if kept else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
