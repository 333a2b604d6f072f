#!/usr/bin/env python3
"""tidy.py: runs clang-tidy over the library, its boxes and the command.

Headers are looked at once: each layer's headers are included by one generated file, and only there
are findings in headers reported. Sources are looked at one by one. The flags come from the compile
commands of a build tree (--tree, default build/release), so that tree must be configured.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOUSES = ("src", "boxes", "configs", "include", "cli")
# Of a compile command only what changes the meaning of the source; the rest is gcc's own.
MEANING = re.compile(r"^-(?:I|D|isystem|std=|fno-rtti|fno-exceptions)")


def meaning_of(command):
    """Returns the arguments of a compile command that clang-tidy needs."""
    words = command.replace('\\"', '"').split()
    flags = []
    for index, word in enumerate(words):
        if MEANING.match(word):
            flags.append(word)
            if word in ("-I", "-D", "-isystem"):
                flags.append(words[index + 1])
    return flags


def read_commands(tree):
    """Returns {source file: flags} for the sources of HOUSES."""
    commands = {}
    for entry in json.loads((tree / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in HOUSES
        if inside and path not in commands:
            commands[path] = meaning_of(entry["command"])
    return commands


def write_header_files(folder, commands):
    """Writes one file per folder that has headers; returns {file: flags}."""
    folder.mkdir(parents=True, exist_ok=True)
    by_group = {}
    for house in HOUSES:
        for header in sorted([*(ROOT / house).rglob("*.h"), *(ROOT / house).rglob("*.hpp")]):
            parts = header.relative_to(ROOT).parts
            group = parts[:2] if house in ("src", "boxes") and len(parts) > 2 else parts[:1]
            by_group.setdefault("_".join(group), []).append(header)
    library_flags = next(
        (flags for path, flags in commands.items() if "runtime" in path.parts),
        next((flags for path, flags in commands.items() if "src" in path.parts), []),
    )
    files = {}
    for group, headers in by_group.items():
        if group == "configs":  # alternatives to each other: seen through runtime's active config
            continue
        path = folder / f"{group}.cc"
        path.write_text("".join(f'#include "{header}"\n' for header in headers))
        of_cli = [flags for source, flags in commands.items() if "cli" in source.parts]
        files[path] = of_cli[0] if group == "cli" and of_cli else library_flags
    return files


def run(path, flags, header_filter):
    command = ["clang-tidy", "--quiet", f"--header-filter={header_filter}", str(path), "--"]
    if not any(flag.startswith("-std=") for flag in flags):
        flags = ["-std=c++20", *flags]
    done = subprocess.run([*command, "-xc++", *flags], capture_output=True, text=True)
    return path, done.returncode, done.stdout + (done.stderr if done.returncode else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tree", type=Path, default=ROOT / "build/release")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*", type=Path, help="these sources alone")
    arguments = parser.parse_args()
    commands = read_commands(arguments.tree)
    wanted = {path.resolve() for path in arguments.files}
    work = [(p, flags, "^$") for p, flags in commands.items() if not wanted or p in wanted]
    if not wanted:
        every_house = f"^{ROOT}/({'|'.join(HOUSES)})/"
        headers = write_header_files(arguments.tree / "tidy", commands)
        work = [(path, flags, every_house) for path, flags in headers.items()] + work
    failed = 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for path, status, output in pool.map(lambda item: run(*item), work):
            if status:
                failed += 1
                print(f"--- {path}\n{output}", flush=True)
    print(f"tidy: {len(work)} files, {failed} with findings")
    return 1 if failed or not work else 0


if __name__ == "__main__":
    sys.exit(main())
