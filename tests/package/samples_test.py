# SPDX-License-Identifier: MIT
"""The container file, as far as it can be judged without a registry, and the hook for certbot."""

import os
import re
import shutil
import tempfile
import unittest
from pathlib import Path

import suite

PACKAGING = suite.SOURCE / "packaging"


def instructions(path):
    """(word, rest) for each instruction; continued lines are one."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE))
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


class ContainerFile(unittest.TestCase):
    KNOWN = {"FROM", "ENV", "COPY", "WORKDIR", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}

    def setUp(self):
        self.all = instructions(PACKAGING / "container/Containerfile")
        last = max(index for index, (word, _) in enumerate(self.all) if word == "FROM")
        self.final = self.all[last:]

    def only(self, word):
        found = [rest for name, rest in self.final if name == word]
        self.assertEqual(len(found), 1, f"{word}: {found}")
        return found[0]

    def test_every_line_is_an_instruction(self):
        for word, rest in self.all:
            self.assertIn(word, self.KNOWN, rest)

    def test_both_stages_are_debian_12(self):
        images = [rest.split()[0] for word, rest in self.all if word == "FROM"]
        self.assertEqual(images, ["docker.io/library/debian:12-slim"] * 2)

    def test_what_is_copied_is_there(self):
        for word, rest in self.all:
            if word == "COPY":
                self.assertTrue((suite.SOURCE / rest.split()[0]).exists(), rest)

    def test_it_does_not_run_as_root(self):
        self.assertEqual(self.only("USER"), "berth:berth")

    def test_its_health_is_asked_of_the_host(self):
        self.assertIn('CMD ["/usr/bin/berth", "health"]', self.only("HEALTHCHECK"))

    def test_it_is_stopped_in_order(self):
        self.assertEqual(self.only("STOPSIGNAL"), "SIGTERM")
        self.assertEqual((self.only("ENTRYPOINT"), self.only("CMD")), ('["/usr/bin/berth"]', '["serve"]'))

    def test_the_commands_are_plain_shell(self):
        for word, rest in self.all:
            if word == "RUN":
                suite.run("sh", "-n", "-c", re.sub(r"--mount=\S+ ", "", rest))

    def test_builds_do_not_come_along(self):
        self.assertLessEqual({".git", "build"}, set((suite.SOURCE / ".dockerignore").read_text().split()))


class CertbotHook(unittest.TestCase):
    """With commands of the test's own for those that need an installed Berth."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="berth-certbot-")
        self.addCleanup(directory.cleanup)
        self.root = Path(directory.name)
        (self.root / "bin").mkdir()
        self.target = self.root / "tls/berth.example.org"
        self.target.mkdir(parents=True)
        self.command("systemctl", 'echo "$@" >> "$CALLS"')
        self.command("runuser", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
        self.command("berth", "exit 0")
        # The test may be run by somebody who can't give files away.
        self.command("install", f'for word; do shift; [ "$word" = -o ] && skip=1 && continue; '
                                f'[ "${{skip:-}}" = 1 ] && skip= && continue; set -- "$@" "$word"; done; exec {shutil.which("install")} "$@"')

    def command(self, name, text):
        file = self.root / "bin" / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def renewed(self, name="berth.example.org"):
        lineage = self.root / "live" / name
        lineage.mkdir(parents=True, exist_ok=True)
        suite.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                  "-keyout", lineage / "privkey.pem", "-out", lineage / "fullchain.pem")
        return lineage

    def hook(self, lineage):
        environment = {"PATH": f"{self.root / 'bin'}:{os.environ['PATH']}", "RENEWED_LINEAGE": str(lineage),
                       "BERTH_TLS": str(self.root / "tls"), "CALLS": str(self.root / "calls")}
        return suite.run(PACKAGING / "samples/certbot/berth", check=False, env=environment)

    def restarts(self):
        calls = self.root / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def test_hands_over_the_pair_and_restarts(self):
        lineage = self.renewed()
        done = self.hook(lineage)
        self.assertEqual(done.returncode, 0, done.stdout)
        for name in ("fullchain.pem", "privkey.pem"):
            self.assertEqual((self.target / name).read_bytes(), (lineage / name).read_bytes())
        self.assertEqual((self.target / "privkey.pem").stat().st_mode & 0o777, 0o600)
        self.assertEqual(sorted(os.listdir(self.target)), ["fullchain.pem", "privkey.pem"])
        self.assertEqual(self.restarts(), ["try-reload-or-restart berth.service"])

    def test_leaves_other_names_alone(self):
        self.assertEqual(self.hook(self.renewed("other.example.org")).returncode, 0)
        self.assertEqual((os.listdir(self.target), self.restarts()), ([], []))

    def test_refuses_a_key_that_is_not_the_certificate_s(self):
        self.hook(self.renewed())
        former = (self.target / "privkey.pem").read_bytes()
        lineage = self.renewed()
        suite.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", lineage / "privkey.pem")
        done = self.hook(lineage)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the key is not the certificate's", done.stdout)
        self.assertEqual((self.target / "privkey.pem").read_bytes(), former)
        self.assertEqual(len(self.restarts()), 1)

    def test_puts_the_former_pair_back_when_the_host_would_not_start(self):
        self.hook(self.renewed())
        former = {name: (self.target / name).read_bytes() for name in os.listdir(self.target)}
        self.command("berth", '[ "$*" = "check --configuration" ] && exit 1')
        done = self.hook(self.renewed())
        self.assertEqual(done.returncode, 1)
        self.assertIn("berth check refuses", done.stdout)
        self.assertEqual({name: (self.target / name).read_bytes() for name in os.listdir(self.target)}, former)
        self.assertEqual(len(self.restarts()), 1)


if __name__ == "__main__":
    suite.main()
