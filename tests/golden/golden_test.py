#!/usr/bin/env python3
"""golden_test.py: counts the hot paths of malloc and free, and compares with the golden file.

  golden_test.py <calls> <golden file> <library.so>... [--update]

The program (golden_calls.cc) runs under callgrind with each library preloaded; a call's cost is the
difference between N and 2N calls, everything included that the call executes. The first library is
held to the budget for sizes up to 1000, and so is the code that those calls execute: no frame, no
locked instruction. Its rows are compared with the golden file, which is one compiler's: where that
is missing, only the budget is checked. Further libraries are there to be looked at: their malloc
and free are written to the file, not compared with it. --update writes it anew; its diff belongs in
the commit that changed the code. As callgrind counts, a return is a load, and an addition to memory
is one store.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

EVENTS = {"instructions": "Ir", "loads": "Dr", "stores": "Dw", "branches": "Bc"}
BUDGET = {
    "malloc": {"instructions": 14, "branches": 2},
    "free": {"instructions": 19, "branches": 3},
}
PAIR_BUDGET = 32
BUDGETED_BYTES = 1000
BLOCKS = 2  # per round: see golden_calls.cc
ORDERS = ("lifo", "fifo")

# The calls of a scenario, by callgrind's name of them: whose row, and what it is called there.
CALLS = {
    ("Malloc", "malloc"): "malloc",
    ("Malloc", "free"): "free",
    ("New", "operator new(unsigned long)"): "new",
    ("New", "operator delete(void*)"): "delete",
    ("Realloc", "realloc"): "realloc",
}
SCENARIO = re.compile(
    r"scenario<\(anonymous namespace\)::(\w+), (\d+)ul, "
    r"\(\(anonymous namespace\)::Order\)(\d), (\d+)u>"
)
FRAME = re.compile(r"^(push|pop|leave|enter)|^(sub|add|lea|and)\w* .*,%rsp$")
LOCKED = re.compile(r"^lock\b|^xchg\w* .*\(")


def strip_debug(file, folder):
    """Returns a copy without debug information: valgrind 3.19 gives up on that of clang 14."""
    copy = Path(folder) / Path(file).name
    subprocess.run(["objcopy", "--strip-debug", file, copy], check=True)
    return str(copy)


def run_callgrind(program, library, folder):
    """Runs the program; returns the text of callgrind's profile."""
    profile = Path(folder) / "profile"
    program = strip_debug(program, folder)
    library = strip_debug(library, folder)
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}"]
    command += ["--cache-sim=yes", "--branch-sim=yes", "--dump-instr=yes"]
    command += ["--compress-strings=no", "--compress-pos=no"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HAKMEM_")}
    done = subprocess.run(
        [*command, program], env={**kept, "LD_PRELOAD": library}, capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(f"{library} under callgrind: status {done.returncode}\n{done.stderr}")
    return profile.read_text()


class Profile:
    """What a profile says: costs of calls by scenario, and executions of each address."""

    def __init__(self, text, library):
        self.costs = defaultdict(lambda: defaultdict(int))  # (scenario, callee) -> event -> cost
        self.counts = defaultdict(lambda: defaultdict(int))  # function -> address -> executions
        self.object = Path(library).name
        events = []
        function = callee = callee_object = current_object = None
        is_call = False
        for line in text.splitlines():
            key, separator, value = line.partition("=")
            if line.startswith("events:"):
                events = line.split()[1:]
            elif separator and key == "ob":
                current_object = value
            elif separator and key == "fn":
                function = value
            elif separator and key == "cob":
                callee_object = value
            elif separator and key == "cfn":
                callee = value
            elif separator and key == "calls":
                is_call = True
            elif line.startswith("0x"):
                address, _, *numbers = line.split()
                costs = dict(zip(events, map(int, numbers)))
                if is_call:
                    self.add_call(function, callee, callee_object or current_object, costs)
                    is_call = False
                    callee_object = None
                else:
                    self.counts[function][int(address, 16)] += costs.get("Ir", 0)

    def add_call(self, function, callee, callee_object, costs):
        match = SCENARIO.search(function)
        if match is None:
            return
        call = CALLS.get((match.group(1), callee))
        if call is None:
            return
        if not (callee_object or "").endswith(self.object):
            sys.exit(f"{callee} is not that of {self.object} but of {callee_object}")
        order = ORDERS[int(match.group(3))]
        scenario = (call, int(match.group(2)), order, int(match.group(4)))
        for name, event in EVENTS.items():
            self.costs[scenario][name] += costs.get(event, 0)

    def rows(self):
        """Returns {(call, size, order): {name: count of one call}}, fractions if calls differ."""
        by_row = defaultdict(dict)
        for (call, bytes_, order, rounds), costs in self.costs.items():
            by_row[(call, bytes_, order)][rounds] = costs
        result = {}
        for row, by_rounds in by_row.items():
            _, fewer, more = sorted(by_rounds)
            calls = (more - fewer) * BLOCKS
            difference = {n: by_rounds[more][n] - by_rounds[fewer][n] for n in EVENTS}
            result[row] = {n: round(d / calls, 2) for n, d in difference.items()}
        return result

    def hot_addresses(self, function):
        """Returns the addresses that most calls of a function execute."""
        counts = self.counts[function]
        return {address for address, count in counts.items() if count * 2 > max(counts.values())}


def disassemble(library):
    """Returns {address: instruction}."""
    command = ["objdump", "--disassemble", "--no-show-raw-insn", library]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = re.findall(r"^\s*([0-9a-f]+):\t(.*)$", output, re.M)
    return {int(address, 16): " ".join(text.split("#")[0].split()) for address, text in lines}


def check_budget(rows, profile, library):
    """Returns what is wrong with the first library."""
    complaints = []
    for (call, bytes_, order), counts in sorted(rows.items()):
        if bytes_ > BUDGETED_BYTES or call not in BUDGET:
            continue
        for name, limit in BUDGET[call].items():
            if counts[name] > limit:
                complaints.append(f"{call} {bytes_} {order}: {counts[name]} {name} > {limit}")
        if call == "malloc":
            pair = counts["instructions"] + rows[("free", bytes_, order)]["instructions"]
            if pair > PAIR_BUDGET:
                complaints.append(f"malloc + free {bytes_} {order}: {pair} > {PAIR_BUDGET}")
    instructions = disassemble(library)
    for function in BUDGET:
        hot = profile.hot_addresses(function)
        if not hot or not hot <= instructions.keys():
            complaints.append(f"{function}: callgrind's addresses are not objdump's")
        for address in sorted(hot & instructions.keys()):
            if FRAME.search(instructions[address]):
                complaints.append(f"{function}: has a frame: {instructions[address]}")
            if LOCKED.search(instructions[address]):
                complaints.append(f"{function}: is locked: {instructions[address]}")
    return complaints


def format_rows(label, rows):
    calls = list(CALLS.values())
    ordered = sorted(rows.items(), key=lambda item: (calls.index(item[0][0]), item[0][1:]))
    for (call, bytes_, order), counts in ordered:
        numbers = " ".join(f"{counts[name]:>12g}" for name in EVENTS)
        yield f"{label:16} {call:8} {bytes_:>5} {order:5} {numbers}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write the golden file")
    parser.add_argument("program")
    parser.add_argument("golden", type=Path)
    parser.add_argument("libraries", nargs="+")
    arguments = parser.parse_args()

    complaints = []
    compared = []
    shown = []
    for library in arguments.libraries:
        with tempfile.TemporaryDirectory() as folder:
            profile = Profile(run_callgrind(arguments.program, library, folder), library)
        rows = profile.rows()
        expected = set(CALLS.values())
        if {call for call, _, _ in rows} != expected:
            sys.exit(f"{library}: not counted: {expected - {call for call, _, _ in rows}}")
        if not compared:
            complaints += check_budget(rows, profile, library)
            compared += format_rows("shipped", rows)
        else:
            pair = {row: counts for row, counts in rows.items() if row[0] in BUDGET}
            shown += format_rows(re.sub(r"libhakmem-(ab-)?|\.so", "", Path(library).name), pair)

    compiler = arguments.golden.stem
    header = f"# {'library':14} {'call':8} {'size':>5} {'order':5} "
    header += " ".join(f"{name:>12}" for name in EVENTS)
    text = f"# What one call executes, by {compiler}. Written by golden_test.py --update.\n"
    text += "\n".join([header, *compared, *shown]) + "\n"
    print(text, end="")
    if arguments.update:
        arguments.golden.write_text(text)
    elif not arguments.golden.exists():
        print(f"golden: no counts are kept for {compiler}; only the budget was checked")
    else:
        kept = [line for line in arguments.golden.read_text().splitlines() if "shipped" in line]
        complaints += [f"kept:  {line}" for line in kept if line not in compared]
        complaints += [f"found: {line}" for line in compared if line not in kept]
    for complaint in complaints:
        print(f"golden: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
