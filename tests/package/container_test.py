# SPDX-License-Identifier: MIT
"""The container file, built and run: by buildah with chroot isolation, on an image made of a root by mmdebstrap instead of
one from a registry. The first stage is replaced by the package that is built already; everything else is done to the letter."""

import json
import os
import re
import shlex
import shutil
import signal
import sys
import tempfile
import unittest
from pathlib import Path

import clean_root
import suite
from service import Served, in_a_network_of_its_own, wait_for

BASE_IMAGE = "docker.io/library/debian:12-slim"
FILE = suite.SOURCE / "packaging/container/Containerfile"


class Container(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="berth-container-")
        cls.addClassCleanup(suite.run, "rm", "-rf", "--one-file-system", directory)
        cls.work = Path(directory)
        cls.import_base()
        given = cls.documented("build")
        assert given.pop("--tag") == "berth" and suite.SOURCE / given.pop("--file") == FILE
        cls.buildah("build", "--isolation", "chroot", "--layers=false", "--pull-never", "--tag", "berth",
                    "--volume", f"{suite.PACKAGES}:/given:ro", "--file", cls.file_with_the_given_package(),
                    *(word for option in given.items() for word in option), suite.SOURCE)
        cls.image = json.loads(cls.buildah("inspect", "--type", "image", "berth").stdout)["Docker"]["config"]
        cls.container = cls.buildah("from", "--pull-never", "berth").stdout.split()[-1]

    @classmethod
    def documented(cls, verb):
        """The options of that command of podman's in the file's first lines; the last one of a name counts."""
        text = re.sub(r"\\\n#\s*", "", FILE.read_text())
        words = shlex.split(re.search(rf"^#\s+podman {verb} (.*)$", text, re.MULTILINE)[1])[:-1]
        options = {}
        while words:
            name = words.pop(0)
            options[name] = words.pop(0) if words and not words[0].startswith("--") else ""
        return options

    @classmethod
    def command(cls, *words):
        return ["buildah", "--root", cls.work / "storage", "--runroot", cls.work / "run", "--storage-driver", "vfs", *words]

    @classmethod
    def buildah(cls, *words, **options):
        return suite.run(*cls.command(*words), **options)

    @classmethod
    def import_base(cls):
        container = cls.buildah("from", "scratch").stdout.split()[-1]
        cls.buildah("add", "--quiet", container, clean_root.base(), "/")
        cls.buildah("config", "--env", f"PATH={clean_root.PATH}", container)
        probe = cls.buildah("run", "--isolation", "chroot", container, "--", "true", check=False)
        if probe.returncode != 0:
            raise unittest.SkipTest(f"buildah can run nothing in a container here: {probe.stdout.strip()}")
        cls.buildah("commit", "--quiet", "--rm", container, BASE_IMAGE)

    @classmethod
    def file_with_the_given_package(cls):
        text = FILE.read_text()
        made, count = re.subn(r"^RUN packaging/quickstart package && cp \S+ (\S+)$", r"RUN cp /given/berth_*.deb \1", text, flags=re.MULTILINE)
        assert count == 1, "the container file builds the package in some other way"
        file = cls.work / "Containerfile"
        file.write_text(made)
        return file

    def inside(self, *command, options=()):
        return self.command("run", "--isolation", "chroot", *options, self.container, "--", *command)

    def run_options(self):
        """Those of the documented command that buildah has, in its words. A root that may be written is no help to the host:
        of what lies outside of volumes it needs what is mounted, which belongs to root as podman's mounts do."""
        given = self.documented("run")
        self.assertEqual(set(given), {"--read-only", "--cap-drop", "--tmpfs", "--publish", "--volume"})
        directory, mode = given["--tmpfs"].split(":mode=")
        self.assertEqual(directory, "/run/berth")
        return ["--cap-drop", given["--cap-drop"], "--mount", f"type=tmpfs,destination={directory},tmpfs-mode={mode}"]

    def entering(self, host):
        ids = {key: re.search(rf"^{key}:\t(\d+)", Path(f"/proc/{host}/status").read_text(), re.MULTILINE)[1] for key in ("Uid", "Gid")}
        return ["nsenter", f"--target={host}", "--mount", "--net", "--root", "--wd=/", f"--setuid={ids['Uid']}", f"--setgid={ids['Gid']}"]

    def host_of(self, process):
        """The supervisor among the processes that the command has started."""

        def below(parent):
            children = [int(pid) for task in Path(f"/proc/{parent}/task").glob("*") for pid in (task / "children").read_text().split()]
            return children + [pid for child in children for pid in below(child)]

        def find():
            if process.poll() is not None:
                raise AssertionError(f"it ended with {process.returncode}")
            for pid in below(process.pid):
                if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:2] == [b"/usr/bin/berth", b"serve"]:
                    return pid
            return None

        return wait_for("the host's process", find)

    def test_is_healthy_serves_as_nobody_s_root_and_stops_in_order(self):
        entry, command = self.image["Entrypoint"], self.image["Cmd"]
        with open(self.work / "log", "w+") as log:
            child = in_a_network_of_its_own(self.inside(*entry, *command, options=self.run_options()), stdout=log)
            served = Served(child)
            try:
                self.assertEqual(self.image["Healthcheck"]["Test"][0], "CMD")
                host = self.host_of(child)
                # Where the host is, as podman enters its container: what is mounted is there and nowhere else.
                check = [*self.entering(host), *self.image["Healthcheck"]["Test"][1:]]
                wait_for("health", lambda: suite.run(*check, check=False).returncode == 0)
                for pid in [host, *map(int, Path(f"/proc/{host}/task/{host}/children").read_text().split())]:
                    ids = re.findall(r"^[UG]id:\t(.*)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
                    self.assertNotIn("0", " ".join(ids).split(), f"process {pid} is root's")

                suite.run(*self.inside("cp", "/usr/lib/berth/plugins/echo.so", "/var/lib/berth/plugins/"))
                self.assertEqual(served.answers("/echo", "from a container")[-1], "from a container")

                os.kill(host, getattr(signal, self.image["StopSignal"]))
                self.assertEqual(child.wait(timeout=300), 0)
                self.assertFalse(Path(f"/proc/{host}").exists(), "it has ended")
            except Exception as error:
                log.seek(0)
                raise AssertionError(f"{error}\n{log.read()}") from error
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()

    def test_says_what_it_is(self):
        self.assertEqual(self.image["User"], "berth:berth")
        self.assertEqual(set(self.image["ExposedPorts"]), {"7681/tcp", "7680/tcp"})
        self.assertEqual(set(self.image["Volumes"]), {"/var/lib/berth"})
        # Where the package was mounted there is an empty file.
        left = suite.run(*self.inside("find", "/tmp", "/var/lib/apt/lists", "-type", "f", "-size", "+0"), check=False).stdout
        self.assertNotIn(".deb", left)
        self.assertNotIn("Packages", left)


if __name__ == "__main__":
    if not shutil.which("buildah") or os.geteuid() != 0:
        print("skipped: no image can be built here: that takes root and buildah")
        sys.exit(suite.SKIPPED)
    clean_root.enter()
    suite.main()
