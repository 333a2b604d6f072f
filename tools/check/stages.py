"""stages.py: what ./check runs, in order.

A stage is a name, a sentence and a list of steps (steps.py). Tests join a stage by their CTest
label alone: hakmem_add_test in cmake/hakmem_tests.cmake. A stage that finds no test fails, so a
stage is listed here only once there is something to run; tests/stages.txt holds the same names,
and ./check compares the two, so that none goes missing unnoticed.
"""

from dataclasses import dataclass, field

from steps import Build, Command, Tests

SHORT_STRESS_SECONDS = 10
LONG_STRESS_SECONDS = 60

# Trees whose libraries can be preloaded, and trees that a sanitizer has to itself.
PRELOADABLE = ("release", "dev", "clang-release", "observe")


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
            "layers and words; the lints reject what they should",
            [
                Command("tools/lint/layers.py"),
                Command("tools/lint/words.py"),
                Tests("release", "lint"),
            ],
        ),
        Stage("tidy", "clang-tidy has no findings", [Command("tools/lint/tidy.py", tree="release")]),
        Stage("release", "gcc, as shipped: unit tests", [Tests("release", "unit")]),
        Stage("dev", "gcc, every check on: unit tests", [Tests("dev", "unit")]),
    ]


def full_stages():
    """The stages of ./check --full: the short ones with the long tests, and what takes long."""
    stages = short_stages()
    for stage in stages:
        for step in stage.steps:
            if isinstance(step, Tests):
                step.with_long = True
    return stages
