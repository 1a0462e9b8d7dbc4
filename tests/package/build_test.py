# SPDX-License-Identifier: MIT
"""cpack makes the packages of a build, as `packaging/quickstart package` lets it."""

import shutil
import unittest

import suite


class Build(unittest.TestCase):
    def test_cpack_makes_every_package(self):
        shutil.rmtree(suite.PACKAGES, ignore_errors=True)

        # What is to be shipped is compressed harder, which takes longer.
        suite.run("cpack", "--config", suite.BUILD / "CPackConfig.cmake", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", "-B", suite.PACKAGES)
        for file in suite.PACKAGES.glob("*.ddeb"):
            file.rename(file.with_suffix(".deb"))

        for name in suite.ALL + tuple(f"{name}-dbgsym" for name in suite.BINARY):
            suite.run("dpkg-deb", "--info", suite.package(name))


if __name__ == "__main__":
    suite.main()
