"""steps.py: the kinds of work a stage consists of, and how each is counted.

A step runs in the repository's root and answers with a Result. A tool that is missing is a failure
like any other. Build trees are build/<preset>, kept from run to run.
"""

import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JOBS = max(2, os.cpu_count() or 2)

# What could make one machine's run differ from another's.
FOREIGN_VARIABLES = ("LD_PRELOAD", "MALLOC_", "GLIBC_TUNABLES", "HAKMEM_", "CTEST_", "CMAKE_")
FOREIGN_FLAGS = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS")


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    complaints: list = field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.complaints += other.complaints


def clean_environment(**more):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(FOREIGN_VARIABLES) and name not in FOREIGN_FLAGS
    }
    return {**kept, **more}


def run(command, log, **variables):
    """Runs `command`, its output going to the open file `log`; returns whether it succeeded."""
    log.write(f"$ {' '.join(map(str, command))}\n")
    log.flush()
    try:
        done = subprocess.run(
            list(map(str, command)),
            cwd=ROOT,
            env=clean_environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        log.write(f"{error}\n")
        return False
    return done.returncode == 0


class Build:
    """Configures and builds the tree of a preset; once in a run, however many stages need it."""

    done = {}

    def __init__(self, preset):
        self.preset = preset

    def run(self, log):
        result = Result()
        if self.preset not in Build.done:
            Build.done[self.preset] = run(["cmake", "--preset", self.preset], log) and run(
                ["cmake", "--build", f"build/{self.preset}", "--parallel", JOBS], log
            )
        if Build.done[self.preset]:
            result.passed = 1
        else:
            result.failed = 1
            result.complaints.append(f"the tree {self.preset} does not build")
        return result


class Command:
    """A program that judges by its exit status; `tree` is built before."""

    def __init__(self, *words, tree=None, **variables):
        self.words = words
        self.tree = tree
        self.variables = variables

    def run(self, log):
        result = Result()
        if self.tree is not None:
            result.add(Build(self.tree).run(log))
        if not result.failed:
            if run(self.words, log, **self.variables):
                result.passed += 1
            else:
                result.failed += 1
                result.complaints.append(f"failed: {' '.join(map(str, self.words))}")
        return result


def count_of(verdict, output):
    """Returns the number of cases that GoogleTest says to have that verdict; 0 without GoogleTest."""
    match = re.search(rf"\[  {verdict}  \] (\d+) tests?", output)
    return int(match.group(1)) if match else 0


class Long(Enum):
    """What of the tests labelled long is run."""

    NONE = "none"
    TOO = "too"
    ONLY = "only"


class Tests:
    """The tests of a tree that carry one of some labels (separated by spaces), so many at once."""

    def __init__(self, tree, labels, long=Long.NONE, at_once=JOBS):
        self.tree = tree
        self.labels = labels.split()
        self.long = long
        self.at_once = at_once

    def run(self, log):
        build = Build(self.tree).run(log)
        if build.failed:
            return build
        report = ROOT / "build" / self.tree / "check-report.xml"
        report.unlink(missing_ok=True)
        command = ["ctest", "--test-dir", f"build/{self.tree}", "--parallel", self.at_once]
        command += ["--label-regex", f"^({'|'.join(self.labels)})$"]
        if self.long is Long.NONE:
            command += ["--label-exclude", "^long$"]
        elif self.long is Long.ONLY:
            command += ["--label-regex", "^long$"]
        command += ["--output-on-failure", "--output-junit", report]
        command += ["--test-output-size-passed", "1000000"]
        succeeded = run(command, log)
        result = self.read_report(report)
        if result.passed + result.failed == 0:
            result.failed = 1
            result.complaints.append(f"{self.tree}: no test has a label of {self.labels}")
        elif not succeeded and not result.failed:
            result.failed = 1
            result.complaints.append(f"{self.tree}: ctest failed")
        return result

    def read_report(self, report):
        """Counts GoogleTest's cases where a test consists of them, and else the test."""
        result = Result()
        if not report.is_file():
            return result
        for test in ElementTree.parse(report).iter("testcase"):
            output = test.findtext("system-out") or ""
            passed = count_of("PASSED", output)
            if test.get("status") == "run":
                result.passed += max(1, passed)
            else:
                result.passed += passed
                result.failed += max(1, count_of("FAILED", output))
                result.complaints.append(f"{self.tree}: {test.get('name')} failed")
        return result
