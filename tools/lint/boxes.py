#!/usr/bin/env python3
"""boxes.py: does every box carry its card, stand at its boundary, and have a library to compare?

Prints one line per violation (file: rule: text) and exits with 1 if there is any.
"""

import argparse
import re
import sys
from pathlib import Path

HEAD_WORDS = ("BOX.", "Boundary ", "Baseline ", "Claim ", "Cost ", "Way back ", "Evidence ")


def field(card, name):
    match = re.search(rf'[.]{name}\s*=\s*"([^"]*)"', card)
    return match.group(1) if match else ""


def check_box(root, path):
    """Returns the violations of one box, as (rule, text)."""
    text = path.read_text()
    head = text.split("#pragma once")[0]
    found = [("head", f"its head does not say '{w.strip()}'") for w in HEAD_WORDS if w not in head]
    match = re.search(r"static constexpr Card card\{(.*?)\};", text, re.S)
    if match is None:
        return found + [("card", "it has no card")]
    card = match.group(1)
    if field(card, "name") != path.stem:
        found.append(("card", f"its card says '{field(card, 'name')}'"))
    file, _, function = field(card, "boundary").partition(" ")
    boundary = root / "src" / file
    if not boundary.is_file() or not re.search(rf"\b{re.escape(function)}\(", boundary.read_text()):
        found.append(("boundary", f"src/{file} has no function '{function}'"))
    evidence = field(card, "evidence")
    if evidence not in head or not (root / evidence).is_file():
        found.append(("evidence", f"no such record as its head and card name: {evidence}"))
    config = root / "configs/ab" / path.name
    include = f'#include "{path.relative_to(root)}"'
    if not config.is_file() or include not in config.read_text():
        found.append(("config", f"configs/ab/{path.name} does not build it"))
    return found


def check_tree(root):
    """Returns (number of boxes, violations) of the tree at `root`."""
    boxes = sorted((root / "boxes").glob("*/*.h"))
    violations = []
    for path in boxes:
        name = path.relative_to(root)
        violations += [f"{name}: {rule}: {text}" for rule, text in check_box(root, path)]
    names = {path.name for path in boxes}
    for config in sorted((root / "configs/ab").glob("*.h")):
        if config.name not in names:
            violations.append(f"{config.relative_to(root)}: config: there is no such box")
    return len(boxes), violations


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    count, violations = check_tree(parser.parse_args().root)
    for violation in violations:
        print(violation)
    print(f"boxes: {count} boxes, {len(violations)} violations")
    return 1 if violations or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
