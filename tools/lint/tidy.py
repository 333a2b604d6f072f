#!/usr/bin/env python3
"""tidy.py: runs clang-tidy over the library, its boxes and the command.

The library's headers are looked at once: each layer's headers are included by one generated file,
and only there are findings in headers reported. Its sources are looked at one by one. Of the command,
whose libraries take longer to read than its sources, whatever the build compiles at once is looked at
at once. The flags come from the compile commands of a build tree (--tree, default build/release), so
that tree must be configured.
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


def house_of(path, tree):
    """Returns which of HOUSES a source is of, or the sources are that CMake made it include."""
    if path.is_relative_to(tree):
        parts = path.relative_to(tree).parts
        return parts[0] if parts[0] in HOUSES and "Unity" in parts else None
    house = path.relative_to(ROOT).parts[0] if path.is_relative_to(ROOT) else None
    return house if house in HOUSES else None


def read_commands(tree):
    """Returns {source file: flags} for the sources of HOUSES."""
    commands = {}
    for entry in json.loads((tree / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        if house_of(path, tree) and path not in commands:
            commands[path] = meaning_of(entry["command"])
    return commands


def compiled_in(source, commands, tree):
    """Returns what is compiled for a source: itself, or what includes it and others."""
    for path in commands:
        if path == source:
            return path
        if path.is_relative_to(tree) and f'#include "{source}"' in path.read_text():
            return path
    sys.exit(f"tidy: {source} is compiled nowhere in {tree}")


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
        # configs' are alternatives to each other: seen through runtime's active config.
        if group in ("configs", "cli"):
            continue
        path = folder / f"{group}.cc"
        path.write_text("".join(f'#include "{header}"\n' for header in headers))
        files[path] = library_flags
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
    tree = arguments.tree.resolve()
    commands = read_commands(tree)
    wanted = {compiled_in(path.resolve(), commands, tree) for path in arguments.files}
    every_house = f"^{ROOT}/({'|'.join(HOUSES)})/"
    work = [
        (path, flags, every_house if house_of(path, tree) == "cli" else "^$")
        for path, flags in commands.items()
        if not wanted or path in wanted
    ]
    if not wanted:
        headers = write_header_files(tree / "tidy", commands)
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
