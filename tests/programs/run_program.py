#!/usr/bin/env python3
"""run_program.py: one real program under libhakmem, its results compared with those under libc.

  run_program.py --library FILE --mapped-run FILE [--full] [--counts-calls] PROGRAM

PROGRAM is a module of this folder with the functions smoke(trial) and full(trial). --counts-calls
says that the library counts every call, so the number of allocations is judged too.
"""

import argparse
import importlib
import sys
import time

sys.dont_write_bytecode = True

import trial  # noqa: E402  (after the switch above: nothing is left in the source tree)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", required=True)
    parser.add_argument("--mapped-run", required=True)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--counts-calls", action="store_true")
    parser.add_argument("program")
    options = parser.parse_args()
    program = importlib.import_module(f"program_{options.program}")
    run = trial.Trial(options.library, options.mapped_run, options.full, options.counts_calls)
    start = time.monotonic()
    try:
        (program.full if options.full else program.smoke)(run)
        figures = run.finish()
    except trial.Failure as failure:
        print(f"{options.program}: failed: {failure}")
        return 1
    finally:
        run.clean_up()
    size = "full" if options.full else "smoke"
    print(f"{options.program}: {size} passed, {figures} seconds={time.monotonic() - start:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
