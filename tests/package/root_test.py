# SPDX-License-Identifier: MIT
"""The clean root that the others unpack: made once, and with nothing in it that Berth would have to bring."""

import unittest

import clean_root
import suite


class Root(unittest.TestCase):
    def test_is_the_smallest_debian_with_apt(self):
        files = suite.run("tar", "--list", "--file", clean_root.base()).stdout.splitlines()

        self.assertIn("./usr/bin/apt-get", files)
        for name in ("/berth", "libwebsockets", "/adduser", "/systemd"):
            self.assertEqual([path for path in files if path.startswith("./usr/bin") and name in path], [])


if __name__ == "__main__":
    clean_root.must_be_possible()
    suite.main()
