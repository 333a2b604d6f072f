#!/usr/bin/env python3
"""fault_test.py: refuses each system call of the allocator once and sees what becomes of it.

  fault_test.py <exerciser> [NAME=VALUE]...

The exerciser runs under a few settings which together reach every call site of the library
(HAKMEM_FAULT=list names them). Then each site is refused: its first call, one in the middle, its
last, and from its first call on for good. Each run must end well, and its report must say that the
site was called and refused as often as asked. A site that no setting reaches is a failure.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# Which settings the exerciser runs under; the names are for the output.
SETTINGS = {
    "usual": {},
    "small arena": {"HAKMEM_ARENA": "64M"},
    "huge pages": {"HAKMEM_THP": "always"},
    "lean": {"HAKMEM_PROFILE": "lean", "HAKMEM_ARENA": "64M"},
    "speed": {"HAKMEM_PROFILE": "speed", "HAKMEM_DECAY_MS": "20"},
}
REPORT_LINE = re.compile(r"^hakmem: fault-site (\w+) calls=(\d+) failed=(\d+)$", re.M)
NAME_LINE = re.compile(r"^hakmem: fault-site (\w+)$", re.M)
PATIENCE_SECONDS = 60
FOR_EVER = 1_000_000_000


class Run:
    """One run of the exerciser."""

    def __init__(self, exerciser, variables, fault=None, lasts=False):
        environment = {**os.environ, **variables, "HAKMEM_FAULT_REPORT": "1"}
        if fault:
            environment["HAKMEM_FAULT"] = fault
        if lasts:
            environment["EXERCISER_FAULT_LASTS"] = "1"
        try:
            done = subprocess.run([exerciser], env=environment, capture_output=True, text=True,
                                  timeout=PATIENCE_SECONDS, check=False)
            self.status, self.error = done.returncode, done.stderr
        except subprocess.TimeoutExpired as expired:
            self.status, self.error = "hung", (expired.stderr or b"").decode(errors="replace")
        # A forked child ends by _exit and reports nothing: there is one report.
        self.calls = {name: int(calls) for name, calls, _ in REPORT_LINE.findall(self.error)}
        self.failed = {name: int(failed) for name, _, failed in REPORT_LINE.findall(self.error)}

    def complaints(self):
        lines = [line for line in self.error.splitlines() if "fault-site" not in line]
        return "\n    ".join(lines)


def site_names(exerciser, variables):
    return NAME_LINE.findall(Run(exerciser, variables, "list").error)


def plans(calls):
    """Yields (nth call, how many, lasting) for a site that is called `calls` times."""
    for nth in sorted({1, 2, (calls + 1) // 2, calls}):
        if 1 <= nth <= calls:
            yield nth, 1, False
    yield 1, FOR_EVER, True


class Tester:
    def __init__(self, exerciser, variables):
        self.exerciser = exerciser
        self.variables = variables
        self.faults = []

    def complain(self, where, what):
        self.faults.append(f"{where}: {what}")
        print(f"FAILED {where}: {what}", flush=True)

    def run(self, setting, fault=None, lasts=False):
        return Run(self.exerciser, {**self.variables, **SETTINGS[setting]}, fault, lasts)

    def undisturbed_calls(self):
        """Returns {site: (setting, calls)} of the setting that calls each site most."""
        best = {}
        for setting in SETTINGS:
            run = self.run(setting)
            if run.status != 0:
                self.complain(setting, f"status {run.status} without a fault\n    {run.complaints()}")
            for name, calls in run.calls.items():
                if calls > best.get(name, ("", 0))[1]:
                    best[name] = (setting, calls)
        return best

    def refuse(self, name, setting, calls):
        """Returns what is to be said of a site that `setting` calls so often."""
        hit = 0
        for nth, count, lasts in plans(calls):
            where = f"{name}:{nth}{' and on' if lasts else ''} ({setting})"
            run = self.run(setting, f"{name}:{nth}:{count}", lasts)
            if run.status != 0:
                self.complain(where, f"status {run.status}\n    {run.complaints()}")
                continue
            # Threads and time make later calls vary; the first call is always reached.
            hit += run.failed.get(name, 0)
            if nth == 1 and run.failed.get(name, 0) < 1:
                self.complain(where, "was not refused")
            if not lasts and run.failed.get(name, 0) > count:
                self.complain(where, f"was refused {run.failed[name]} times")
        return f"{name}: {calls} calls ({setting}), refused {hit} times"

    def test(self):
        names = site_names(self.exerciser, self.variables)
        if not names:
            self.complain("HAKMEM_FAULT=list", "names no site: is this a build with faults?")
        reached = self.undisturbed_calls()
        for name in names:
            if name not in reached:
                self.complain(name, "is never called")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for line in pool.map(lambda item: self.refuse(item[0], *item[1]), reached.items()):
                print(line, flush=True)
        print(f"{len(names)} sites, {len(self.faults)} failures")
        return 1 if self.faults else 0


def main():
    exerciser, *assignments = sys.argv[1:]
    variables = dict(assignment.split("=", 1) for assignment in assignments)
    return Tester(exerciser, variables).test()


if __name__ == "__main__":
    sys.exit(main())
