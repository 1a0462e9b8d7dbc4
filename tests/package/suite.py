# SPDX-License-Identifier: MIT
"""What the tests of the packages share: where things are, how a command must end, and skips that are seen."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("BERTH_SOURCE", Path(__file__).resolve().parents[2]))
BUILD = Path(os.environ.get("BERTH_BUILD", SOURCE / "build" / "test"))
PACKAGES = BUILD / "packages"
CACHE = BUILD / "package-tests"
ALL = ("berth", "berth-dev", "libberth-client1", "libberth-testing0")
# Those with programs or libraries, whose debug data is in NAME-dbgsym.
BINARY = ("berth", "libberth-client1", "libberth-testing0")
SKIPPED = 77


def run(*command, check=True, timeout=900, **options):
    """Runs to the end; a failure is shown with all that was said. Standard output and error are one text."""
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=timeout, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
    return done


def package(name):
    """The file of one package; there is exactly one."""
    found = sorted(PACKAGES.glob(f"{name}_*.deb"))
    assert len(found) == 1, f"{name}: {found or 'not built'} in {PACKAGES}"
    return found[0]


def field(file, name):
    return run("dpkg-deb", "--field", file, name).stdout.strip()


def main():
    """As unittest.main, but a program of which nothing ran is a skip for ctest, too."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    if not result.wasSuccessful():
        sys.exit(1)
    # A class that is skipped as a whole is one skip, and none of its tests has run.
    sys.exit(SKIPPED if result.skipped and len(result.skipped) >= result.testsRun else 0)
