# SPDX-License-Identifier: MIT
"""The systemd units, as far as they can be judged without systemd as process 1."""

import shutil
import tempfile
import unittest
from pathlib import Path

import suite

# The shipped unit is at 1.5; a plain one with nothing but User= is above 9.
EXPOSURE_MAX = 1.5


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed: the units are not checked")
class Units(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="berth-units-")
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        suite.run("dpkg-deb", "--extract", suite.package("berth"), self.root)
        self.service = self.root / "lib/systemd/system/berth.service"
        self.socket = self.root / "lib/systemd/system/berth.socket"

    def values(self, key):
        lines = self.service.read_text().splitlines()
        return [line.split("=", 1)[1] for line in lines if line.startswith(f"{key}=")]

    def verify(self):
        """What is wrong, apart from what is true of every package that is not installed here."""
        text = self.service.read_text().replace("/usr/bin/berth", str(self.root / "usr/bin/berth"))
        text = text.replace("man:berth(1) man:berth.toml(5) ", "")
        self.service.write_text(text)
        done = suite.run("systemd-analyze", "verify", "--man=no", self.service, self.socket, check=False)
        mine = [line for line in done.stdout.splitlines() if "berth." in line]
        return done.returncode, mine

    def test_systemd_understands_every_line(self):
        self.assertEqual(self.verify(), (0, []))

    def test_a_line_that_systemd_does_not_know_would_be_found(self):
        self.service.write_text(self.service.read_text().replace("WatchdogSec=10s", "WatchdogSecond=10s"))
        self.assertIn("WatchdogSecond", " ".join(self.verify()[1]))

    def test_the_sandbox_is_tight(self):
        done = suite.run("systemd-analyze", "security", "--offline=yes", "--no-pager",
                         f"--threshold={round(EXPOSURE_MAX * 10)}", self.service, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_systemd_is_told_that_the_host_is_ready_and_alive(self):
        self.assertEqual(self.values("Type"), ["notify"])
        self.assertEqual(self.values("WatchdogSec"), ["10s"])
        self.assertEqual(self.values("ExecStart"), ["/usr/bin/berth serve"])
        self.assertEqual(self.values("User"), ["berth"])

    def test_the_host_leaves_memory_to_the_system_and_a_project_is_ended_first(self):
        self.assertEqual(self.values("MemoryMax"), ["80%"])
        self.assertEqual(self.values("MemoryHigh"), [], "it would slow the gateway down, too")
        self.assertEqual(self.values("OOMPolicy"), ["continue"], "else the end of a project is the end of the host")

    def test_the_socket_is_the_host_s_own_default(self):
        self.assertIn("ListenStream=127.0.0.1:7681\n", self.socket.read_text())


if __name__ == "__main__":
    suite.main()
