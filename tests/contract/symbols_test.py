#!/usr/bin/env python3
"""symbols_test.py: the shared library exports what exported_symbols.txt promises, and the header.

  symbols_test.py <library.so> <exported_symbols.txt> <hakmem.h>

The list is written by hand from the interface's contract; tests/exports compares the libraries
with the linker's own script, so that neither can drift without one of the two noticing.
"""

import re
import subprocess
import sys
from pathlib import Path


def read_list(path):
    lines = (line.split("#")[0].strip() for line in Path(path).read_text().splitlines())
    return {line for line in lines if line}


def exported_symbols(library):
    command = ["nm", "--dynamic", "--defined-only", "--format=posix", library]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {line.split()[0].split("@")[0] for line in output.splitlines()}


def declared_functions(header):
    code = re.sub(r"/\*.*?\*/", "", Path(header).read_text(), flags=re.S)
    return set(re.findall(r"\b(hak_\w+)\(", code))


def differences(found, wanted, found_where, wanted_where):
    complaints = [f"{name}: {found_where}, but not {wanted_where}" for name in found - wanted]
    complaints += [f"{name}: {wanted_where}, but not {found_where}" for name in wanted - found]
    return sorted(complaints)


def main():
    library, list_path, header = sys.argv[1:]
    wanted = read_list(list_path)
    hak_names = {name for name in wanted if name.startswith("hak_")}
    complaints = differences(exported_symbols(library), wanted, "exported", "listed")
    complaints += differences(declared_functions(header), hak_names, "in hakmem.h", "listed")
    for complaint in complaints:
        print(f"{Path(library).name}: {complaint}")
    print(f"{Path(library).name}: {len(wanted)} names, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
