# SPDX-License-Identifier: MIT
"""The service under a real systemd, which a container boots: sandbox, watchdog, restarts, socket unit, maintainer scripts."""

import os
import shutil
import subprocess
import sys
import unittest

import clean_root
import suite

# Run by that systemd once it is up. Every answer is one line: a name, a blank, what was found.
TRIAL = r"""#!/bin/bash
exec > /trial.out 2> /trial.log
say() { echo "$1 $("${@:2}" | tr '\n' ' ')"; }
state() { systemctl show --value --property "$1" berth.service; }
main() { pgrep --uid berth --oldest; }
# until SECONDS COMMAND...: repeats it
until_true() { local n=$(($1 * 5)); shift; while [ $((n--)) -gt 0 ]; do "$@" >/dev/null 2>&1 && return; sleep 0.2; done; return 1; }
is_open() { berth projects echo | grep -q open; }
restarted() { [ "$(state NRestarts)" -ge "$1" ] && is_open; }
fed_for_longer_than_the_watchdog_waits() {
    [ $(($(state WatchdogTimestampMonotonic) - $(state ActiveEnterTimestampMonotonic))) -gt 10500000 ]
}
# With a restart to come it would be activating at once.
is_left_alone() { [ "$(state ActiveState)" = inactive ]; }
is_another() { [ "$(state MainPID)" != "$1" ] && echo another || echo the same; }
export DEBIAN_FRONTEND=noninteractive
echo booted yes
dpkg --install /packages/berth.deb >&2
say installed state ActiveState
install -o berth -g berth -m 644 /usr/lib/berth/plugins/echo.so /var/lib/berth/plugins/
until_true 300 is_open
say project berth projects echo
for process in $(pgrep --uid berth); do
    say process grep --only-matching --perl-regexp '^(CapEff|NoNewPrivs|Seccomp):\s*\K.*' /proc/$process/status
done
until_true 300 fed_for_longer_than_the_watchdog_waits
say watched state NRestarts
kill -KILL $(main)
until_true 300 restarted 1
say killed state NRestarts
kill -STOP $(main)
until_true 300 restarted 2
say hung state NRestarts
berth stop >&2
until_true 300 is_left_alone
say stopped state ActiveState
systemctl enable --now berth.socket
systemctl start berth.service
say socket systemctl is-active berth.socket berth.service
before=$(state MainPID)
dpkg --install /packages/berth.deb >&2
say again state ActiveState
say upgraded is_another $before
before=$(state MainPID)
mkdir -p /etc/berth/conf.d
echo 'nonsense = 1' > /etc/berth/conf.d/wrong.toml
dpkg --install /packages/berth.deb > /refused.txt 2>&1
say unfit is_another $before
say unfit-says grep '^berth: ' /refused.txt
rm /etc/berth/conf.d/wrong.toml
dpkg --remove berth >&2
say removed systemctl is-active berth.socket berth.service
dpkg --install /packages/berth.deb >&2
until_true 300 is_open
say back systemctl is-active berth.socket berth.service
say back-project berth projects echo
systemctl disable --now berth.socket berth.service
dpkg --remove berth >&2
dpkg --install /packages/berth.deb >&2
say disabled systemctl is-active berth.socket berth.service
dpkg --purge berth >&2
say purged systemctl list-unit-files 'berth*' --no-legend
echo ended yes
"""
UNIT = """[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/trial
ExecStopPost=/bin/systemctl poweroff --force --no-block
"""


class Sandbox(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = root = clean_root.CleanRoot()
        cls.addClassCleanup(root.remove)
        root.apt("install", "systemd", "systemd-sysv", "dbus", "procps")
        shutil.copy(suite.package("berth"), root.path / "packages/berth.deb")
        # What it depends on, and then not itself: it is to be installed while systemd runs.
        root.apt("install", "/packages/berth.deb")
        root.run("dpkg", "--purge", "berth")
        (root.path / "trial").write_text(TRIAL)
        (root.path / "trial").chmod(0o755)
        wants = root.path / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(exist_ok=True)
        (wants.parent / "trial.service").write_text(UNIT)
        (wants / "trial.service").symlink_to("../trial.service")
        root.unmount()

        boot = subprocess.run(
            ["systemd-nspawn", "--directory", root.path, "--boot", "--private-network", "--register=no", "--keep-unit", "--quiet"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=1700,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        output = root.path / "trial.out"
        cls.lines = [line.split(maxsplit=1) for line in output.read_text().splitlines()] if output.exists() else []
        if ["booted", "yes"] not in cls.lines:
            raise unittest.SkipTest(f"no systemd can be booted here: {boot.stdout[-600:].strip()}")
        cls.said = {words[0]: words[1].strip() if len(words) > 1 else "" for words in cls.lines}
        log = (root.path / "trial.log").read_text()
        assert "ended" in cls.said, f"the trial did not come to its end\n{cls.said}\n{log}"

    def test_installing_starts_it_in_its_sandbox(self):
        self.assertEqual(self.said["installed"], "active")
        self.assertIn("open", self.said["project"])

    def test_no_process_has_a_capability_or_may_get_one_or_is_without_the_filter(self):
        processes = [words[1].split() for words in self.lines if words[0] == "process"]
        self.assertGreaterEqual(len(processes), 3, "supervisor, gateway, worker")
        for found in processes:
            self.assertEqual(found, ["0" * 16, "1", "2"])

    def test_the_watchdog_is_fed(self):
        self.assertEqual(self.said["watched"], "0")

    def test_a_host_that_died_or_hangs_is_started_again(self):
        self.assertEqual((self.said["killed"], self.said["hung"]), ("1", "2"))

    def test_a_host_that_was_stopped_by_command_stays_stopped(self):
        self.assertEqual(self.said["stopped"], "inactive")

    def test_the_socket_unit_hands_its_socket_over(self):
        self.assertEqual(self.said["socket"], "active active")

    def test_an_upgrade_restarts_it(self):
        self.assertEqual((self.said["again"], self.said["upgraded"]), ("active", "another"))

    def test_an_upgrade_that_the_configuration_does_not_fit_leaves_the_running_host_alone_and_says_so(self):
        self.assertEqual(self.said["unfit"], "the same")
        self.assertIn("the configuration does not fit this version: the host is left as it is.", self.said["unfit-says"])
        self.assertIn("systemctl restart berth.service", self.said["unfit-says"])

    def test_removing_stops_it_and_installing_it_again_starts_it(self):
        self.assertEqual(self.said["removed"], "inactive inactive")
        self.assertEqual(self.said["back"], "active active")
        self.assertIn("open", self.said["back-project"])

    def test_what_an_operator_has_disabled_stays_so_when_it_is_installed_again(self):
        self.assertEqual(self.said["disabled"], "inactive inactive")

    def test_purging_leaves_no_unit(self):
        self.assertEqual(self.said["purged"], "")


if __name__ == "__main__":
    if not shutil.which("systemd-nspawn") or os.geteuid() != 0:
        print("skipped: no systemd can be booted here: that takes root and systemd-nspawn (package systemd-container)")
        sys.exit(suite.SKIPPED)
    clean_root.enter()
    suite.main()
