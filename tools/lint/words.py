#!/usr/bin/env python3
"""words.py: does any file hold what belongs to a machine, or was left for later?

Looks at every file that git knows or would add. Prints one line per violation (file:line: rule:
text) and exits with 1 if there is any. The patterns are written so that they do not match here.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

RULES = {
    # Paths that exist on one machine only.
    "machine": re.compile(r"(?<![\w.}])/(?:[w]ork|[h]ome|[r]oot|[U]sers|[m]nt)/[\w.]"),
    # Work put off: it is done, or it is an issue.
    "later": re.compile(r"\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK)\b"),
    # Packages come by name from whatever the machine is set up to use.
    "registry": re.compile(
        r"\b(?:[d]eb[.]debian[.]org|(?:archive|security)[.][u]buntu[.]com|[p]ypi[.]org"
        r"|[f]iles[.]pythonhosted[.]org|[r]egistry[.]npmjs[.]org|[c]rates[.]io"
        r"|[p]roxy[.]golang[.]org|[r]epo1?[.]maven[.])"
    ),
    # A failure that nobody sees.
    "swallowed": re.compile(r"\|\|\s*[t]rue\b"),
    # A test that does not test.
    "skipped": re.compile(r"\b(?:[G]TEST_SKIP|[D]ISABLED_\w+|[S]KIP_RETURN_CODE)\b"),
    # Numbers that mean something elsewhere only.
    "elsewhere": re.compile(r"\b(?:[i]ssue|[s]ession)\s+#?\d+", re.I),
    "whitespace": re.compile(r"[ \t\r]+$"),
}


def tracked_files(root):
    """Returns the paths of the files that git knows or would add, without what was deleted."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    return sorted(name for name in set(listing.split("\0")) if name and (root / name).is_file())


def check_text(name, text):
    """Returns the violations of one file."""
    violations = []
    for number, line in enumerate(text.split("\n"), 1):
        for rule, pattern in RULES.items():
            if pattern.search(line):
                violations.append(f"{name}:{number}: {rule}: {line.strip()[:80]}")
    if text and not text.endswith("\n"):
        violations.append(f"{name}:{text.count(chr(10)) + 1}: whitespace: no newline at the end")
    return violations


def check_tree(root):
    """Returns (number of text files, violations) of the tree at `root`."""
    count = 0
    violations = []
    for name in tracked_files(root):
        data = (root / name).read_bytes()
        if b"\0" in data:
            continue
        count += 1
        violations += check_text(name, data.decode(errors="replace"))
    return count, violations


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    count, violations = check_tree(parser.parse_args().root)
    for violation in violations:
        print(violation)
    print(f"words: {count} files, {len(violations)} violations")
    return 1 if violations or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
