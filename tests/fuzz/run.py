#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every fuzz target of a build for so many runs, and prints what became of it.

    tests/fuzz/run.py --build build/fuzz [-runs=N] [--only TARGET]

As many at once as there are processors. A leak, a broken promise and an input that takes longer than 10 s count as
crashes; the input that did it is kept in BUILD/found, and the exit code is 1. What was learnt is kept in the corpus.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RUNS = 10_000_000
# As in the tests of 10 s (CMakeLists.txt).
OPTIONS = ["-timeout=10", "-max_len=4096", "-print_final_stats=1", "-close_fd_mask=1"]


def targets_of(build):
    """Name and options of each, as the build wrote them down."""
    lines = (build / "tests/fuzz/targets.txt").read_text().splitlines()
    return [line.split() for line in lines if line]


def fuzz(build, name, options, runs):
    """Answers (runs done, crashes, seconds, the log's end)."""
    corpus = build / f"tests/fuzz/corpus_{name}"
    found = build / "found"
    found.mkdir(exist_ok=True)
    subprocess.run([build / f"bin/replay_{name}", "--write", corpus], check=True)
    began = time.monotonic()
    done = subprocess.run(
        [build / f"bin/fuzz_{name}", f"-runs={runs}", *OPTIONS, f"-artifact_prefix={found}/{name}-", *options, corpus],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
    counted = re.findall(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    return int(counted[-1]) if counted else 0, 0 if done.returncode == 0 else 1, time.monotonic() - began, done.stderr[-4000:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the build directory of preset fuzz")
    parser.add_argument("-runs", "--runs", type=int, default=RUNS, help=f"of each target ({RUNS:,})")
    parser.add_argument("--only", help="one target by its name")
    given = parser.parse_args()
    build = given.build.resolve()
    targets = [target for target in targets_of(build) if given.only in (None, target[0])]
    if not targets:
        parser.error(f"there is no target {given.only}")

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        begun = [(name, pool.submit(fuzz, build, name, options, given.runs)) for name, *options in targets]
        rows = []
        for name, future in begun:
            rows.append((name, *future.result()))
            print(f"{name}: {rows[-1][1]:,} runs in {rows[-1][3]:.0f} s, {rows[-1][2]} crashes", flush=True)

    for name, _, crashes, _, log in rows:
        if crashes:
            print(f"\n---- {name}\n{log}")
    print("\n| target | runs | crashes |\n| --- | --- | --- |")
    for name, runs, crashes, _, _ in rows:
        print(f"| {name} | {runs:,} | {crashes} |")
    missed = [name for name, runs, crashes, _, _ in rows if crashes or runs < given.runs]
    if missed:
        print(f"\nfailed: {', '.join(missed)}; the inputs are in {build / 'found'}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
