#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Medians, pairs and targets: what is said of runs, and whose turn it is."""

import os
import sys
import unittest
from unittest import mock

sys.dont_write_bytecode = True

import figures  # noqa: E402
import measure  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
import scenarios  # noqa: E402
from scenario import Load, Scenario, Target  # noqa: E402


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

    def test_a_target_whose_server_was_left_out_says_why(self):
        runs, troubles = {"none": [{"rate": 1}]}, {"lws": "is not built", "ws": "has no TLS"}

        left_out = figures.judged(Target("none", "rate", "lws", at_least=8), runs, troubles)

        self.assertEqual(figures.verdict(left_out), "not measured: lws is not built")
        row = report.targets([{"name": "peers", "targets": [left_out]}])[-1]
        self.assertEqual(row, "| peers | none | rate ≥ 8 × lws | – | **not measured: lws is not built** |")

    def test_quartiles_on_both_sides_of_the_bound_are_noise(self):
        def verdict(*cpu):
            return figures.verdict(figures.judged(Target("none", "cpu", at_most=10), {"none": [{"cpu": each} for each in cpu]}))

        self.assertEqual(verdict(7, 8, 9), "met")
        self.assertEqual(verdict(8, 9, 12), "met, within the noise")
        self.assertEqual(verdict(8, 11, 12), "not met, within the noise")
        self.assertEqual(verdict(11, 12, 13), "not met")

    def test_a_rate_is_load_bound_where_the_load_is_busy_with_either_server(self):
        def verdict(metric, *busy):
            runs = [[{"rate": 1, "cpu": 1, "load_busy": each}] * 3 for each in busy]
            return figures.verdict(figures.judged(Target("none", metric, "raw", at_least=0.9), dict(zip(("none", "raw"), runs))))

        self.assertEqual(verdict("rate", 0.96, 0.96), "met")
        self.assertEqual(verdict("rate", 0.97, 0.5), "met, load-bound")
        self.assertEqual(verdict("rate", 0.5, 0.97), "met, load-bound")
        self.assertEqual(verdict("cpu", 0.99, 0.99), "met")

    def test_one_run_is_its_own_median(self):
        self.assertEqual(figures.spread([3])["median"], 3)


class Rounds(unittest.TestCase):
    """Of servers and loads that only say whose turn it is."""

    def setUp(self):
        self.turns = turns = []

        class Place:
            def __init__(self, stack, servers, name, scenario, nice):
                self.name, self.server, self.generator = name, self, self
                self.settings = ()

            def open(self):
                turns.append(self.name)

            def run(self, warm_up_ms, window_ms):
                turns.append(self.name)
                return {}

            def roles(self):
                return {"server": os.getpid()}

        patch = mock.patch.object(measure, "Place", Place)
        patch.start()
        self.addCleanup(patch.stop)

    def test_every_second_one_goes_the_other_way(self):
        measure.run_loaded(None, Scenario("", Load("storm"), ("a", "b", "c")), measure.Plan(pairs=4, starts=2))

        self.assertEqual("".join(self.turns), "abc" "cba" "abc" "cba")

    def test_memory_is_measured_as_often_as_asked_for_but_thrice_at_most(self):
        for pairs, runs in ((1, 1), (2, 2), (10, 3)):
            self.turns.clear()
            measure.run_idle(None, Scenario("", Load(), ("a", "b"), kind="memory"), measure.Plan(pairs=pairs, starts=1))

            self.assertEqual("".join(self.turns), "a" * runs + "b" * runs)


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
