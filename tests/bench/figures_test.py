#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Medians, pairs and targets: what is said of runs."""

import sys
import unittest

sys.dont_write_bytecode = True

import figures  # noqa: E402
import plot  # noqa: E402
import scenarios  # noqa: E402
from scenario import Target  # noqa: E402


class Figures(unittest.TestCase):
    def test_pairs_the_kth_run_with_the_kth(self):
        slow_then_fast = [{"cpu": 10}, {"cpu": 1}, {"cpu": 1}]
        twice_as_much = [{"cpu": 20}, {"cpu": 2}, {"cpu": 2}]

        over = figures.paired(twice_as_much, slow_then_fast, "cpu")

        self.assertEqual((over["median"], over["low"], over["high"], over["n"]), (2, 2, 2, 3))

    def test_a_target_is_met_by_the_median_of_the_pairs(self):
        runs = {"none": [{"p50": 30}, {"p50": 41}, {"p50": 90}], "raw": [{"p50": 25}, {"p50": 31}, {"p50": 40}]}

        met = figures.judged(Target("none", "p50", "raw", at_most=10, is_difference=True), runs)
        missed = figures.judged(Target("none", "p50", "raw", at_most=9, is_difference=True), runs)

        self.assertEqual((met["median"], met["met"], missed["met"]), (10, True, False))

    def test_a_target_without_its_server_is_not_judged(self):
        self.assertIsNone(figures.judged(Target("none", "rate", "lws", at_least=8), {"none": [{"rate": 1}]}))

    def test_one_run_is_its_own_median(self):
        self.assertEqual(figures.spread([3])["median"], 3)


class Table(unittest.TestCase):
    def test_names_are_unique_and_targets_name_servers_of_their_row(self):
        rows = scenarios.TABLE + scenarios.UNTUNED
        names = [row.name for row in rows] + [sweep.name for sweep in scenarios.SWEEPS]
        self.assertEqual(len(names), len(set(names)))
        for row in rows:
            for target in row.targets:
                self.assertIn(target.server, row.servers)
                self.assertIn(target.than or target.server, row.servers)

    def test_a_curve_is_drawn_for_each_server(self):
        figure = {"median": 2.0, "low": 1.0, "high": 3.0}
        points = [{"value": value, "servers": {name: {"summary": {"rate": figure, "cpu": figure}} for name in ("raw", "none")}}
                  for value in (1, 10, 100)]

        drawn = plot.svg({"name": "connections", "words": "connections", "points": points})

        self.assertEqual(drawn.count("<polyline"), 4)


if __name__ == "__main__":
    unittest.main()
