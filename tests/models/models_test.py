#!/usr/bin/env python3
"""models_test.py: spin searches a model to its end and finds nothing, or finds a planted bug.

  models_test.py <model.pml> [--mutant MUTANT_<name>] [--compiler <cc>]

Every state is visited: a search cut short by its depth or by memory is a failure. A model that has
an `ltl` formula is searched a second time for it, with weak fairness, compiled with -DLTL. Without
--mutant both searches must end without error; with it, one of them must find one.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MOST_DEPTH = 1_000_000
MOST_MEGABYTES = 2048
# The searches: their name, what spin and the C compiler are told, how the search is run.
SAFETY = ("safety", [], ["-DSAFETY"], [])
LIVENESS = ("liveness", ["-DLTL"], ["-DNFAIR=3"], ["-a", "-f"])


@dataclass
class Search:
    """What came of one search."""

    states: int
    error: str  # the first that was found, or nothing
    complete: bool
    output: str


def run(command, folder, what):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{what} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def search(model, mutant, kind, compiler, folder):
    _, defines, c_flags, options = kind
    mutation = [f"-D{mutant}"] if mutant else []
    run(["spin", *defines, *mutation, "-a", str(model)], folder, "spin")
    limits = [f"-DMEMLIM={MOST_MEGABYTES}"]
    run([compiler, "-O1", "-w", *c_flags, *limits, "-o", "pan", "pan.c"], folder, "the compiler")
    command = ["./pan", f"-m{MOST_DEPTH}", *options]
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
    states = re.search(r"(\d+(?:\.\d+e\+\d+)?) states, stored", output)
    errors = re.search(r"errors: (\d+)", output)
    if states is None or errors is None:
        sys.exit(f"the search broke off:\n{output}")
    found = re.search(
        r"pan:\d+: (assertion violated.*|invalid end state.*|acceptance cycle.*)", output
    )
    if (errors.group(1) != "0") != (found is not None):
        sys.exit(f"the search ended in a way that is no verdict:\n{output}")
    complete = "search depth too small" not in output and "not completed" not in output
    return Search(int(float(states.group(1))), found.group(1) if found else "", complete, output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--mutant", default="")
    parser.add_argument("--compiler", default="cc")
    arguments = parser.parse_args()
    model = arguments.model.resolve()
    text = model.read_text()
    if arguments.mutant and not re.search(rf"\b{arguments.mutant}\b", text):
        sys.exit(f"{model.name} has no {arguments.mutant}")

    rejected = False
    for kind in [SAFETY] + ([LIVENESS] if re.search(r"^ltl\b", text, re.M) else []):
        with tempfile.TemporaryDirectory() as folder:
            result = search(model, arguments.mutant, kind, arguments.compiler, folder)
        says = f"{model.stem} {arguments.mutant} {kind[0]}: {result.states} states, "
        print(says + (result.error or "no error"), flush=True)
        if result.error and arguments.mutant:
            rejected = True
            break
        if result.error or not result.complete:
            print(result.output)
            return 1
    if arguments.mutant and not rejected:
        print(f"{arguments.mutant} was not found out")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
