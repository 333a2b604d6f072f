"""stages.py: what ./check runs, in order.

A stage is a name, a sentence and a list of steps (steps.py). Tests join a stage by their CTest
label alone: hakmem_add_test in cmake/hakmem_tests.cmake. A step that finds no test fails, so a
stage is listed here only once there is something to run; tests/stages.txt holds the same names,
and ./check compares the two, so that none goes missing unnoticed.
"""

from dataclasses import dataclass, field

from steps import JOBS, Build, Command, Long, Tests

# The trees of the short run in which threads are let loose on the library.
STRESSED = ("release", "dev", "clang-release", "observe", "asan", "tsan")


@dataclass
class Stage:
    name: str
    says: str
    steps: list = field(default_factory=list)


def short_stages():
    """The stages of ./check."""
    return [
        Stage("format", "clang-format would change nothing", [Command("tools/lint/format.py")]),
        Stage(
            "lint",
            "layers, boxes, words; the lints reject what they should",
            [
                Command("tools/lint/layers.py"),
                Command("tools/lint/boxes.py"),
                Command("tools/lint/words.py"),
                Tests("release", "lint"),
            ],
        ),
        Stage("tidy", "clang-tidy finds nothing", [Command("tools/lint/tidy.py", tree="release")]),
        Stage("release", "gcc, as shipped: unit tests", [Tests("release", "unit")]),
        Stage("dev", "gcc, every check on: unit tests", [Tests("dev", "unit")]),
        Stage("clang-release", "clang: unit, contract", [Tests("clang-release", "unit contract")]),
        Stage("asan", "gcc asan and ubsan: unit, contract", [Tests("asan", "unit contract")]),
        Stage("tsan", "gcc tsan: unit, contract", [Tests("tsan", "unit contract")]),
        Stage("observe", "every path counted: unit, contract", [Tests("observe", "unit contract")]),
        Stage(
            "golden",
            "instructions of the hot paths, gcc and clang",
            [Tests("release", "golden"), Tests("clang-release", "golden")],
        ),
        Stage("models", "spin proves the protocols and rejects mutants", [Tests("release", "models")]),
        Stage("arm64", "compiles for arm64", [Build("arm64")]),
        Stage(
            "contract",
            "the interface: preloaded, static, dlopened, hak_",
            [Tests("release", "contract"), Tests("dev", "contract")],
        ),
        Stage("process", "fork, threads, timers, idle memory", [Tests("release", "process")]),
        Stage(
            "small-arena",
            "a first arena of 64 MiB: everything",
            [Tests("small-arena", "unit contract process stress")],
        ),
        Stage(
            "few-keys",
            "4 owner keys: everything",
            [Tests("few-keys", "unit contract process stress")],
        ),
        Stage("stress", "many threads, in each tree", [Tests(tree, "stress") for tree in STRESSED]),
        Stage("fault", "each system call refused once", [Tests("dev", "fault")]),
        Stage("programs", "real programs", [Tests("release", "programs")]),
        # They wait most of their time: for programs to end, for seconds to pass.
        Stage(
            "cli",
            "the hakmem command, and programs built against an installation",
            [Tests("release", "cli consumer", at_once=3 * JOBS)],
        ),
        Stage(
            "report",
            "a browser looks at reports",
            [Command("tests/report/report_test.sh", "build/release", tree="release")],
        ),
    ]


def full_stages():
    """The stages of ./check --full: the short ones with their long tests, and what takes long."""
    stages = short_stages()
    for stage in stages:
        for step in stage.steps:
            if isinstance(step, Tests):
                step.long = Long.ONLY if stage.name == "stress" else Long.TOO
    stages += [
        Stage(
            "clang-tsan",
            "clang tsan: unit, contract, stress",
            [Tests("clang-tsan", "unit contract stress", Long.TOO)],
        ),
        Stage("fuzz", "random operations against a model", [Tests("clang-fuzz", "fuzz", Long.TOO)]),
    ]
    return stages
