#!/usr/bin/env python3
"""compatibility_document.py: does each line of docs/compatibility.md name tests that exist?

Arguments: the document, the build tree. Prints a line for each that does not, then exits with 1.
"""

import json
import re
import subprocess
import sys
from pathlib import Path


def known_tests(build_tree):
    """Returns the names of all CTest entries and of all cases of compatibility_test."""
    listing = subprocess.run(
        ["ctest", "--test-dir", build_tree, "--show-only=json-v1"],
        check=True, capture_output=True, text=True, timeout=60,
    ).stdout
    names = {test["name"] for test in json.loads(listing)["tests"]}
    program = Path(build_tree) / "tests" / "compatibility_test"
    cases = subprocess.run(
        [program, "--gtest_list_tests"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    names |= {"Compatibility." + line.strip() for line in cases.splitlines() if line[:1] == " "}
    return names


def main():
    document, build_tree = sys.argv[1:]
    known = known_tests(build_tree)
    named = set()
    failures = []
    for line in Path(document).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or cells[-1] in ("test", "---"):
            continue
        tests = re.findall(r"`([^`]+)`", cells[-1])
        named.update(tests)
        if not tests:
            failures.append(f"no test: {line}")
        failures += [f"no such test: {test}" for test in tests if test not in known]
    cases = {name for name in known if name.startswith("Compatibility.")}
    failures += [f"not in the document: {name}" for name in sorted(cases - named)]
    for failure in failures:
        print(failure)
    print(f"{len(named)} tests named, {len(failures)} failures")
    return 1 if failures or not named else 0


if __name__ == "__main__":
    sys.exit(main())
