#!/usr/bin/env python3
"""layers.py: does every file of the library include only what its layer may, and of the command
only what its folder may?

The order of the layers is read from src/README.md, which also says what each rule means; which
folders of the command a folder may include is read from the table of cli/README.md. Prints one line
per violation (file:line: rule: text) and exits with 1 if there is any.
"""

import argparse
import re
import sys
from pathlib import Path

# What C++ offers without an operating system or a library to link, and <array> and its like, which
# are templates only.
FREESTANDING = frozenset(
    """algorithm array atomic bit cfloat climits compare concepts cstdarg cstddef cstdint cstring
    exception initializer_list iterator limits memory new numeric optional source_location span
    string_view tuple type_traits typeinfo utility version""".split()
)
API_SYSTEM = frozenset("cerrno cstdio errno.h malloc.h stdio.h".split())
# Headers of os/ whose inline functions are on hot paths: each with exactly what they need.
INLINE_SYSTEM = {"os/thread.h": frozenset(["pthread.h", "sys/single_threaded.h"])}
PUBLIC_HEADERS = frozenset(["hakmem.h", "hakmem.hpp"])
GENERATED_HEADERS = frozenset(["build_config.h"])
LOWEST_LAYER_OF_PUBLIC_HEADERS = "observe"

DIRECTIVE = re.compile(r"^\s*#\s*(\w+)\s*(.*)$")
INCLUDE = re.compile(r'^(?:"([^"]+)"|<([^>]+)>|([A-Z_]+))')


def read_layers(root):
    """Returns {layer: level} from the list in src/README.md."""
    text = (root / "src/README.md").read_text()
    block = re.search(r"```layers\n(.*?)```", text, re.S)
    if block is None:
        sys.exit("src/README.md has no list of layers")
    levels = {}
    for level, line in enumerate(block.group(1).splitlines()):
        for name in re.split(r"\s{2,}", line)[0].split():
            levels[name] = level
    return levels


class Source:
    """One file: where it stands, and what its lines may say."""

    def __init__(self, root, path, levels):
        self.root = root
        self.path = path
        self.levels = levels
        self.parts = path.relative_to(root).parts
        self.house = self.parts[0]  # src, boxes, configs or include
        self.layer = self.parts[1] if self.house in ("src", "boxes") and len(self.parts) > 2 else ""
        self.name = "/".join(self.parts[1:])
        self.violations = []

    def violation(self, line, rule, text):
        self.violations.append(f"{'/'.join(self.parts)}:{line}: {rule}: {text}")

    def is_header(self):
        return self.path.suffix in (".h", ".hpp")

    def check(self):
        if self.house in ("src", "boxes") and self.name != "box.h" and self.layer not in self.levels:
            self.violation(1, "direction", "its folder is no layer of src/README.md")
            return
        lines = self.path.read_text().splitlines()
        if self.house != "include":
            self.check_head(lines)
        in_comment = False
        for number, line in enumerate(lines, 1):
            if in_comment:
                in_comment = "*/" not in line
                continue
            in_comment = "/*" in line and "*/" not in line.split("/*", 1)[1]
            directive = DIRECTIVE.match(line)
            if directive:
                self.check_directive(number, directive.group(1), directive.group(2))

    def check_head(self, lines):
        if not lines or not lines[0].startswith(f"// {self.path.name}: "):
            self.violation(1, "once", f"its first line does not start with '// {self.path.name}: '")
        if self.is_header() and "#pragma once" not in lines:
            self.violation(1, "once", "no #pragma once")

    def check_directive(self, number, word, rest):
        if word == "include":
            self.check_include(number, rest)
        elif word in ("if", "ifdef", "ifndef"):
            allowed = self.house == "include" or (
                self.house == "src"
                and (self.layer in ("os", "api") or self.name == "base/attributes.h")
            )
            if not allowed:
                self.violation(number, "conditional", "no conditional compilation here")
        elif word == "define":
            if self.house != "include" and self.name != "base/attributes.h":
                self.violation(number, "macro", "no macros here")
            elif not re.match(r"_?HAKMEM_", rest) and rest.split("(")[0] != "HAKMEM_H":
                self.violation(number, "macro", "macros are called HAKMEM_...")

    def check_include(self, number, rest):
        match = INCLUDE.match(rest)
        if match is None:
            self.violation(number, "found", f"unreadable include {rest}")
        elif match.group(3):
            if match.group(3) != "HAKMEM_CONFIG_HEADER":
                self.violation(number, "found", f"include through the macro {match.group(3)}")
            elif self.house != "src" or self.name != "runtime/active_config.h":
                self.violation(number, "config", "only runtime/active_config.h includes configs/")
        elif match.group(2):
            self.check_system(number, match.group(2))
        else:
            self.check_quoted(number, match.group(1))

    def check_system(self, number, header):
        if self.house == "include" or header in FREESTANDING:
            return
        if self.house == "src":
            if self.layer == "os" and (self.path.suffix == ".cc" or self.is_platform_header()):
                return
            if header in INLINE_SYSTEM.get(self.name, ()):
                return
            if self.layer == "api" and self.path.suffix == ".cc" and header in API_SYSTEM:
                return
        self.violation(number, "system", f"<{header}> is for os/*.cc")

    def is_platform_header(self):
        return self.name.startswith("os/linux_")

    def check_quoted(self, number, header):
        first = header.split("/")[0]
        if self.house == "include":
            if header not in PUBLIC_HEADERS:
                self.violation(number, "public", f'"{header}" in a public header')
        elif header in PUBLIC_HEADERS:
            lowest = self.levels[LOWEST_LAYER_OF_PUBLIC_HEADERS]
            if self.house != "src" or self.levels[self.layer] < lowest:
                self.violation(number, "public", f'"{header}" below {LOWEST_LAYER_OF_PUBLIC_HEADERS}')
        elif header in GENERATED_HEADERS:
            pass
        elif first == "boxes":
            self.check_found(number, self.root / header, header)
            if self.house == "boxes":
                if header != "boxes/box.h":
                    self.violation(number, "box", f'"{header}": a box includes no other box')
            elif self.house != "configs":
                self.violation(number, "config", f'"{header}": only configs/ includes boxes')
        elif first == "configs":
            self.check_found(number, self.root / header, header)
            if self.house != "configs":
                self.violation(number, "config", f'"{header}": only the active config is included')
        elif first not in self.levels or "/" not in header:
            self.violation(number, "found", f'"{header}" does not start with a layer')
        else:
            self.check_found(number, self.root / "src" / header, header)
            self.check_direction(number, header, first)

    def check_found(self, number, path, header):
        if not path.is_file():
            self.violation(number, "found", f'"{header}" does not exist')

    def check_direction(self, number, header, target):
        if header.endswith("_cold.h"):
            of_instantiation = self.house == "src" and self.name == "runtime/instantiate.cc"
            if not of_instantiation and not self.name.endswith("_cold.h"):
                self.violation(number, "cold", f'"{header}" outside runtime/instantiate.cc')
        if target == "os" and header.startswith("os/linux_") and self.layer != "os":
            self.violation(number, "platform", f'"{header}" outside os/')
        if self.house == "configs":
            if self.levels[target] >= self.levels["runtime"]:
                self.violation(number, "direction", f'"{header}": a config stands below runtime')
        elif self.layer:
            if target != self.layer and self.levels[target] >= self.levels[self.layer]:
                rule = "direction" if self.house == "src" else "box"
                self.violation(number, rule, f'"{header}" is not below {self.layer}/')
        elif target != "base":  # boxes/box.h
            self.violation(number, "box", f'"{header}": boxes/box.h includes base/ alone')


def read_command_folders(root):
    """Returns {folder: folders and single headers that it may include} from cli/README.md's table."""
    folders = {}
    for line in (root / "cli/README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and re.fullmatch(r"`\w+/`", cells[1]):
            folders[cells[1].strip("`/")] = set(re.findall(r"`(\w+/[\w.]*)`", cells[3]))
    return folders


def check_command(root):
    """Returns (number of files, violations) of the command, if the tree has one."""
    if not (root / "cli").is_dir():
        return 0, []
    folders = read_command_folders(root)
    violations = []
    sources = [*sorted((root / "cli").glob("*/*.h")), *sorted((root / "cli").glob("*/*.cc"))]
    for path in sources:
        folder = path.parent.name
        where = path.relative_to(root)
        if folder not in folders:
            violations.append(f"{where}:1: command: its folder is not in the table of cli/README.md")
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"((\w+/)[^"]+)"', line)
            if match is None:
                continue
            header, target = match.groups()
            # What is no folder of the command is of the library, found by another path.
            if target == f"{folder}/" or not (root / "cli" / target).is_dir():
                continue
            if not {header, target} & folders[folder]:
                violations.append(f"{where}:{number}: command: {folder}/ may not include {header}")
    return len(sources), violations


def check_tree(root):
    """Returns (number of files, violations) of the tree at `root`."""
    levels = read_layers(root)
    files = []
    for house in ("src", "boxes", "configs", "include"):
        for suffix in ("*.h", "*.hpp", "*.cc"):
            files += sorted((root / house).rglob(suffix))
    violations = []
    for path in files:
        source = Source(root, path, levels)
        source.check()
        violations += source.violations
    command_files, command_violations = check_command(root)
    return len(files) + command_files, violations + command_violations


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    count, violations = check_tree(parser.parse_args().root)
    for violation in violations:
        print(violation)
    print(f"layers: {count} files, {len(violations)} violations")
    return 1 if violations or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
