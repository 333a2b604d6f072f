#!/usr/bin/env python3
"""format.py: is every C and C++ file as clang-format would write it? With --fix, makes it so.

Looks at the files named on the command line, or at every file that git knows or would add.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".h", ".hpp", ".c", ".cc")


def all_files():
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    names = sorted(name for name in set(listing.split("\0")) if name.endswith(SUFFIXES))
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fix", action="store_true", help="rewrite the files")
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    files = arguments.files or all_files()
    mode = ["-i"] if arguments.fix else ["--dry-run", "-Werror"]
    status = subprocess.run(["clang-format", "--style=file", *mode, *map(str, files)]).returncode
    print(f"format: {len(files)} files, {'rewritten' if arguments.fix else 'checked'}")
    return 1 if status or not files else 0


if __name__ == "__main__":
    sys.exit(main())
