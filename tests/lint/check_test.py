#!/usr/bin/env python3
"""check_test.py: the test driver counts right, and lets nothing pass that did not run."""

import io
import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/check"))
sys.dont_write_bytecode = True

import stages  # noqa: E402
import steps  # noqa: E402

REPORT = """<testsuite>
<testcase name="program" status="run"><system-out>done</system-out></testcase>
<testcase name="cases" status="run"><system-out>[  PASSED  ] 12 tests.</system-out></testcase>
<testcase name="broken" status="fail"><system-out>[  PASSED  ] 3 tests.
[  FAILED  ] 2 tests, listed below:
[  FAILED  ] A.b
[  FAILED  ] A.c
</system-out></testcase>
<testcase name="crashed" status="fail"><system-out/></testcase>
<testcase name="absent" status="notrun"><system-out/></testcase>
</testsuite>"""


class StepsTest(unittest.TestCase):
    def run_command(self, *words):
        with tempfile.TemporaryFile("w+") as log:
            return steps.Command(*words).run(log)

    def test_exit_status_decides(self):
        self.assertEqual((self.run_command("true").passed, self.run_command("true").failed), (1, 0))
        self.assertEqual((self.run_command("false").passed, self.run_command("false").failed), (0, 1))

    def test_missing_tool_fails(self):
        result = self.run_command("no-such-tool-anywhere")
        self.assertEqual((result.passed, result.failed), (0, 1))

    def test_report_is_counted(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "report.xml"
            path.write_text(REPORT)
            result = steps.Tests("tree", "unit").read_report(path)
        self.assertEqual((result.passed, result.failed), (1 + 12 + 3, 2 + 1 + 1))
        self.assertEqual(len(result.complaints), 3)

    def test_tree_that_does_not_build_fails_its_tests(self):
        steps.Build.done["no-such-preset"] = False
        result = steps.Tests("no-such-preset", "unit").run(io.StringIO())
        self.assertEqual((result.passed, result.failed), (0, 1))

    def test_foreign_environment_is_left_out(self):
        import os

        os.environ["HAKMEM_PROFILE"] = "lean"
        self.assertNotIn("HAKMEM_PROFILE", steps.clean_environment())
        self.assertIn("PATH", steps.clean_environment())


class StagesTest(unittest.TestCase):
    def test_names_are_unique_and_every_stage_has_work(self):
        for listed in (stages.short_stages(), stages.full_stages()):
            names = [stage.name for stage in listed]
            self.assertEqual(len(names), len(set(names)))
            self.assertTrue(all(stage.steps for stage in listed))

    def test_every_label_in_use_has_a_stage_in_the_long_run(self):
        text = (ROOT / "cmake/hakmem_tests.cmake").read_text()
        labels = set(text.split("set(hakmem_test_labels")[1].split(")")[0].split())
        lists = " ".join(path.read_text() for path in (ROOT / "tests").rglob("CMakeLists.txt"))
        used = {label for label in labels if re.search(rf"LABELS[^)]*\b{label}\b", lists)}
        run = [s for stage in stages.full_stages() for s in stage.steps]
        covered = {label for s in run if isinstance(s, steps.Tests) for label in s.labels}
        self.assertEqual(used - covered, set())

    def test_every_tree_is_a_preset(self):
        presets = (ROOT / "CMakePresets.json").read_text()
        for stage in stages.full_stages():
            for step in stage.steps:
                tree = getattr(step, "tree", None) or getattr(step, "preset", None)
                if tree is not None:
                    self.assertIn(f'"name": "{tree}"', presets)


if __name__ == "__main__":
    unittest.main()
