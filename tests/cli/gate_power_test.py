#!/usr/bin/env python3
"""gate_power_test.py: the spin that tools/gate_power chooses costs what it should, or there is none."""

import contextlib
import importlib.machinery
import importlib.util
import io
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
TOOL = Path(__file__).resolve().parents[2] / "tools/gate_power"
LOADER = importlib.machinery.SourceFileLoader("gate_power", str(TOOL))
gate_power = importlib.util.module_from_spec(importlib.util.spec_from_loader("gate_power", LOADER))
LOADER.exec_module(gate_power)


def machine(cost, width=0.006):
    """A machine on which `cost(turns)` is lost, known to within `width`; and what it was asked."""
    asked = []

    def measure(turns, rounds):
        asked.append((turns, rounds))
        median = 1 + cost(turns)
        return median, median - width / 2, median + width / 2

    return measure, asked


def calibrate(measure):
    with contextlib.redirect_stdout(io.StringIO()):
        return gate_power.calibrate(measure, 1.03)


class CalibrateTest(unittest.TestCase):
    def test_the_reference_is_the_wanted_loss_or_little_more(self):
        # A turn in each malloc costs 0.4 %, 2.5 % or 9 %.
        for each in (0.004, 0.025, 0.09):
            measure, asked = machine(lambda turns, each=each: each * turns / 16)
            turns, (median, _, _) = calibrate(measure)
            self.assertEqual(asked[-1], (turns, gate_power.REFERENCE_ROUNDS))
            self.assertGreaterEqual(median, 1.03)
            self.assertLessEqual(median, 1.035)

    def test_what_is_not_proportional_is_found(self):
        # The first turns cost nothing: the processor does them meanwhile.
        measure, _ = machine(lambda turns: max(0, turns - 12) * 0.0015)
        self.assertTrue(1.03 <= calibrate(measure)[1][0] <= 1.035)

    def test_a_reference_that_is_too_high_is_none(self):
        # Nothing between 2 % and 6 %.
        measure, asked = machine(lambda turns: 0.02 if turns < 20 else 0.06 * turns / 20)
        with self.assertRaisesRegex(SystemExit, "no spin costs 3.0% to 3.5%"):
            calibrate(measure)
        references = [turns for turns, rounds in asked if rounds == gate_power.REFERENCE_ROUNDS]
        self.assertEqual(len(references), len(set(references)))

    def test_an_uncertain_reference_is_none(self):
        measure, _ = machine(lambda turns: 0.025 * turns / 16, width=0.02)
        with self.assertRaisesRegex(SystemExit, "so uncertain"):
            calibrate(measure)

    def test_one_that_is_far_off_only_shows_the_way(self):
        # It jumps from 1.2 % to 8.8 %, and what costs much is less certain.
        def measure(turns, _):
            cost = 0.0116 / 33 * turns if turns <= 33 else 0.0116 + (turns - 33) * 0.0013
            median, width = 1 + cost, 0.006 + cost / 10
            return median, median - width / 2, median + width / 2

        self.assertTrue(1.03 <= calibrate(measure)[1][0] <= 1.035)

    def test_a_spin_without_effect_ends_the_search(self):
        measure, _ = machine(lambda turns: 0)
        with self.assertRaisesRegex(SystemExit, "no effect"):
            calibrate(measure)


if __name__ == "__main__":
    unittest.main()
