# SPDX-License-Identifier: MIT
"""The packages are built by the command that the documents name."""

import os
import unittest

import suite


class Build(unittest.TestCase):
    def test_quickstart_builds_every_package(self):
        # Everything that it needs was there for the tests' own build.
        done = suite.run("nice", "-n", "15", suite.SOURCE / "packaging" / "quickstart", "package", timeout=1780,
                         env={**os.environ, "SKIP_SETUP": "1"})

        for name in suite.ALL:
            self.assertIn(str(suite.package(name).name), done.stdout)


if __name__ == "__main__":
    suite.main()
