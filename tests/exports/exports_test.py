#!/usr/bin/env python3
"""exports_test.py: a library of ours defines what src/api/exports.map lists, and needs only libc.

  exports_test.py shared <exports.map> <library.so>
  exports_test.py archive <exports.map> <library.a>         the whole list
  exports_test.py api-archive <exports.map> <library.a>     the hak_ functions alone

Of a shared library it also checks that it stays loaded for good (NODELETE), is bound and sealed
before it runs (BIND_NOW, RELRO, no text relocations), and has at most one pointer of static
thread-local storage, so that it can be loaded late.
"""

import re
import subprocess
import sys
from pathlib import Path

STATIC_TLS_BYTES = 8


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def listed(map_path):
    """Returns the names of the version script's global section."""
    text = re.sub(r"/\*.*?\*/", "", Path(map_path).read_text(), flags=re.S)
    section = re.search(r"global:(.*?)local:", text, re.S).group(1)
    return set(section.replace(";", " ").split())


def defined(*options):
    return {line.split()[-1] for line in output_of("nm", "--defined-only", *options).splitlines()
            if re.search(r" [A-Z] \S+$", line)}


def compare(found, wanted):
    complaints = [f"not listed, but defined: {name}" for name in sorted(found - wanted)]
    return complaints + [f"listed, but not defined: {name}" for name in sorted(wanted - found)]


def check_shared(library):
    complaints = []
    dynamic = output_of("readelf", "--wide", "--dynamic", library)
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    if needed != ["libc.so.6"]:
        complaints.append(f"needs {needed}, not libc alone")
    for flag in ("NODELETE", "BIND_NOW"):
        if flag not in dynamic:
            complaints.append(f"no {flag}")
    if "TEXTREL" in dynamic:
        complaints.append("has text relocations")
    segments = output_of("readelf", "--wide", "--program-headers", library)
    if "GNU_RELRO" not in segments:
        complaints.append("no GNU_RELRO segment")
    tls = re.search(r"^\s*TLS\s+\S+\s+\S+\s+\S+\s+\S+\s+(0x[0-9a-f]+)", segments, re.M)
    if tls and int(tls.group(1), 16) > STATIC_TLS_BYTES:
        complaints.append(f"{int(tls.group(1), 16)} bytes of static thread-local storage")
    undefined = output_of("nm", "--dynamic", "--undefined-only", library)
    for name in re.findall(r" U (\S+)", undefined):
        if "GLIBCXX" in name or "CXXABI" in name or name.startswith("__tls_get_addr"):
            complaints.append(f"refers to {name}")
    return complaints


def main():
    kind, map_path, library = sys.argv[1:]
    wanted = listed(map_path)
    if kind == "shared":
        complaints = compare(defined("--dynamic", library), wanted) + check_shared(library)
    else:
        if kind == "api-archive":
            wanted = {name for name in wanted if name.startswith("hak_")}
        complaints = compare(defined("--extern-only", library), wanted)
    for complaint in complaints:
        print(f"{Path(library).name}: {complaint}")
    print(f"{Path(library).name}: {len(wanted)} names, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
