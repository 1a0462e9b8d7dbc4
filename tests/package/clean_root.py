# SPDX-License-Identifier: MIT
"""A root with nothing but the smallest Debian that has apt, in namespaces of its own. It needs root, or a user who may
make user namespaces; whoever can't have one is told why."""

import ctypes
import hashlib
import os
import re
import shutil
import stat
import sys
from pathlib import Path

import suite

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSIDE = "BERTH_INSIDE_NAMESPACES"
# Not told apart before and after: what apt and dpkg write down about every installation.
IGNORED = ("proc", "sys", "dev", "run", "tmp", "var/lib/apt", "var/lib/dpkg", "var/cache", "var/log", "packages")


def sources():
    """This machine's own Debian sources: the file, a mirror in it, and the release."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    suite_name = release.get("VERSION_CODENAME", "").strip('"')
    for file in (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list")):
        words = file.read_text().split() if file.exists() else []
        mirrors = [word for word in words if word.startswith(("http:", "https:")) and word.rstrip("/").endswith("/debian")]
        if suite_name in words and mirrors:
            return file, mirrors[0].rstrip("/"), suite_name
    return None, "", suite_name


def namespaces():
    """The command that gives what it runs mounts and processes of its own."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user", "--map-auto"]
    return ["unshare", *user, "--mount-proc", "--pid", "--fork", "--kill-child", "--"]


def why_not():
    """The reason why this machine can't make a root, or nothing."""
    for command in ("mmdebstrap", "unshare", "ip"):
        if not shutil.which(command, path=os.environ["PATH"] + ":/usr/sbin"):
            return f"{command} is not installed"
    done = suite.run(*namespaces(), "mount", "-t", "tmpfs", "tmpfs", "/mnt", check=False)
    if done.returncode != 0:
        return f"no privileges for namespaces and mounts: {done.stdout.strip()}"
    file, mirror, release = sources()
    if not file:
        return "/etc/apt names no Debian mirror for the release of this machine"
    probe = suite.CACHE / f"InRelease-{os.getpid()}"  # Others ask at the same time.
    done = suite.run("/usr/lib/apt/apt-helper", "download-file", f"{mirror}/dists/{release}/InRelease", probe, check=False)
    probe.unlink(missing_ok=True)
    return f"the mirror {mirror} does not answer: {done.stdout.strip()}" if done.returncode != 0 else None


def apt_options():
    """For the root's own apt: patience with a mirror, and the proxy that this machine's apt has."""
    dump = suite.run("apt-config", "dump").stdout.splitlines()
    proxies = [line.rstrip(";") for line in dump if re.match(r'Acquire::https?::Proxy "', line)]
    return ['Acquire::Retries "5"', 'Apt::Install-Recommends "false"', *proxies]


def base():
    """The tarball of the root; made once and kept in the build directory."""
    file, mirror, release = sources()
    key = hashlib.sha256(release.encode() + file.read_bytes()).hexdigest()[:12]
    tarball = suite.CACHE / f"base-{key}.tar"
    if not tarball.exists():
        # Nothing is started when packages are installed, and the lists stay for the packages' dependencies.
        no_services = "printf '#!/bin/sh\\nexit 101\\n' > \"$1/usr/sbin/policy-rc.d\" && chmod 755 \"$1/usr/sbin/policy-rc.d\""
        unfinished = tarball.with_suffix(".new.tar")
        # What a root of a test holds need not survive a power cut.
        suite.run("mmdebstrap", "--variant=apt", "--dpkgopt=force-unsafe-io", *(f"--aptopt={option}" for option in apt_options()),
                  *(["--include=ca-certificates"] if mirror.startswith("https:") else []),
                  f"--essential-hook={no_services}", "--skip=cleanup/apt/lists", release, unfinished, file)
        unfinished.rename(tarball)
    return tarball


def must_be_possible():
    """Goes on only where a root can be made."""
    suite.CACHE.mkdir(parents=True, exist_ok=True)
    reason = why_not()
    if reason:
        print(f"skipped: the packages are not tried in a clean root: {reason}")
        sys.exit(suite.SKIPPED)


def enter():
    """Goes on in namespaces, when the tarball is there; the caller's program is started once more there."""
    if os.environ.get(INSIDE):
        return
    must_be_possible()
    base()
    os.environ[INSIDE] = "1"
    command = [*namespaces(), sys.executable, "-B", *sys.argv]
    os.execvp(command[0], command)


class CleanRoot:
    """Unpacked and mounted. Call it inside the namespaces only: its mounts end with them."""

    def __init__(self):
        # Two tests may have one at the same time.
        self.path = suite.CACHE / f"root-{Path(sys.argv[0]).stem}"
        self.remove()
        self.path.mkdir()
        suite.run("mount", "--make-rprivate", "/")
        suite.run("tar", "--extract", "--numeric-owner", "--exclude=./dev/*", "--file", base(), "--directory", self.path)
        (self.path / "etc/hosts").write_text("127.0.0.1 localhost\n")
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        (self.path / "packages").mkdir()
        for directory, kind, options in (("proc", "proc", "defaults"), ("dev", "tmpfs", "mode=755"), ("run", "tmpfs", "mode=755")):
            suite.run("mount", "-t", kind, "-o", options, kind, self.path / directory)
        (self.path / "run/lock").mkdir(mode=0o1777)
        for device in ("null", "zero", "full", "random", "urandom"):
            (self.path / "dev" / device).touch()
            suite.run("mount", "--bind", f"/dev/{device}", self.path / "dev" / device)

    def unmount(self):
        for directory in ("dev", "run", "proc"):
            suite.run("umount", "--recursive", self.path / directory, check=False)

    def remove(self):
        """Never leaves this file system, whatever is still mounted."""
        if self.path.exists():
            self.unmount()
            suite.run("rm", "-rf", "--one-file-system", self.path)

    def command(self, *command, **variables):
        environment = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **variables}
        return ["chroot", self.path, "env", "-i", *(f"{key}={value}" for key, value in environment.items()), *command]

    def run(self, *command, check=True, **variables):
        return suite.run(*self.command(*command, **variables), check=check)

    def as_user(self, user, *command, check=True):
        return self.run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command, check=check)

    def apt(self, verb, *words):
        return self.run("apt-get", verb, "--yes", "--quiet", "--no-install-recommends", *words)

    def files(self):
        """Every path with its kind, and for files of users and groups what is in them."""
        found = {}
        for directory, folders, names in os.walk(self.path):
            here = os.path.relpath(directory, self.path)
            folders[:] = [name for name in folders if os.path.normpath(os.path.join(here, name)) not in IGNORED]
            for name in folders + names:
                path = os.path.normpath(os.path.join(here, name))
                found[path] = stat.S_IFMT(os.lstat(os.path.join(directory, name)).st_mode)
        for name in ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"):
            found[name] = (self.path / name).read_text()
        return found


class Network:
    """For as long as it lasts this thread is in the network of another process."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        self.mine = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        theirs = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        self.enter(theirs)
        os.close(theirs)

    def __exit__(self, *_):
        self.enter(self.mine)
        os.close(self.mine)

    @staticmethod
    def enter(descriptor):
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")
