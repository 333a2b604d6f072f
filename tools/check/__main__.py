"""The test driver behind ./check. See CONTRIBUTING.md for how to use it, stages.py for what it runs.

Each stage prints one line with its seconds and number of tests; its output goes to
build/check/<stage>.log, of which the end is shown where the stage fails. The last line is
'N passed, N failed', and the exit status is 0 only if nothing failed.
"""

import argparse
import fcntl
import sys
import time

import stages
from steps import ROOT, Result

SHOWN_LINES = 60
EXPECTED = ROOT / "tests/stages.txt"


def compare_with_expected():
    """Returns what differs between the stages there are and those tests/stages.txt wants."""
    there = [f"short {stage.name}" for stage in stages.short_stages()]
    short_names = {stage.name for stage in stages.short_stages()}
    there += [f"full {s.name}" for s in stages.full_stages() if s.name not in short_names]
    lines = EXPECTED.read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    complaints = [f"tests/stages.txt wants the stage '{s}'" for s in wanted if s not in there]
    complaints += [f"tests/stages.txt does not list '{s}'" for s in there if s not in wanted]
    return complaints


def show_end(path):
    lines = path.read_text(errors="replace").splitlines()
    for line in lines[-SHOWN_LINES:]:
        print(f"    | {line}")


def run_stage(stage, position):
    """Runs one stage, prints its line, returns its Result."""
    print(f"[{position}] {stage.name}: {stage.says}", flush=True)
    path = ROOT / "build/check" / f"{stage.name}.log"
    start = time.monotonic()
    result = Result()
    with path.open("w") as log:
        for step in stage.steps:
            result.add(step.run(log))
    seconds = time.monotonic() - start
    verdict = "failed" if result.failed else "ok"
    print(
        f"[{position}] {stage.name}: {verdict}, {seconds:.1f} s, "
        f"{result.passed + result.failed} tests, {result.failed} failed",
        flush=True,
    )
    if result.failed:
        for complaint in result.complaints:
            print(f"    {complaint}")
        print(f"    the end of {path.relative_to(ROOT)}:")
        show_end(path)
    return result


def choose(available, names):
    """Returns the stages with the given names, in their own order; all without names."""
    unknown = set(names) - {stage.name for stage in available}
    if unknown:
        sys.exit(f"check: no stage {', '.join(sorted(unknown))}; ./check --list names them")
    return [stage for stage in available if not names or stage.name in names]


def main():
    parser = argparse.ArgumentParser(prog="check", description="Runs the project's tests.")
    parser.add_argument("--full", action="store_true", help="the long run: more stages, more tests")
    parser.add_argument("--list", action="store_true", help="name the stages and stop")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help="only these")
    arguments = parser.parse_args()
    available = stages.full_stages() if arguments.full else stages.short_stages()
    chosen = choose(available, arguments.stages)
    if arguments.list:
        for stage in chosen:
            print(f"{stage.name:16} {stage.says}")
        return 0

    (ROOT / "build/check").mkdir(parents=True, exist_ok=True)
    lock = (ROOT / "build/check/lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # two runs would build the same trees
    total = Result()
    for complaint in compare_with_expected():
        total.add(Result(failed=1, complaints=[complaint]))
        print(f"stages: {complaint}")
    if not total.failed:
        total.passed = 1
    start = time.monotonic()
    failed_stages = []
    for index, stage in enumerate(chosen, 1):
        result = run_stage(stage, f"{index}/{len(chosen)}")
        total.add(result)
        if result.failed:
            failed_stages.append(stage.name)
    print(f"{len(chosen)} stages in {time.monotonic() - start:.0f} s", end="")
    print(f"; failed: {', '.join(failed_stages)}" if failed_stages else "")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
