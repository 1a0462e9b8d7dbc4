# SPDX-License-Identifier: MIT
"""The servers under measurement: each is started for a scenario, pinned to its core, and ended with it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import machine

HERE = Path(__file__).resolve().parent
PATIENCE_S = 60


class Trouble(Exception):
    """A server or the load did not do what it must; the sentence says what."""


def make_certificate(directory):
    """A self-signed certificate on the curve P-256."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    key.chmod(0o600)
    return certificate, key


class Server:
    """A running server: where it listens, which processes it is made of."""
    port = 0
    paths = ("/",)
    mirrored = False
    settings = ()

    def __init__(self, command, core, directory):
        self.directory = directory
        self.log = directory / "log"
        if not shutil.which(command[0]):
            raise Trouble(f"{command[0]} is not built or not installed")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=machine.prepare(core))

    def roles(self):
        """Its processes, by what each is for."""
        return {"server": self.process.pid}

    def wait_for(self, found):
        """What `found` answers, once it is not None."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise Trouble(f"ended while it was started: {self.log.read_text().strip()[-500:]}")
            if (value := found()) is not None:
                return value
            time.sleep(0.01)
        raise Trouble(f"was not ready within {PATIENCE_S} s: {self.log.read_text().strip()[-500:]}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Simple(Server):
    """A program that prints "listening PORT" and does one thing."""

    def __init__(self, command, core, directory, mirrored=False):
        super().__init__(command, core, directory)
        self.mirrored = mirrored
        self.port = self.wait_for(self.announced_port)

    def announced_port(self):
        words = self.log.read_text().split()
        return int(words[1]) if len(words) > 1 and words[0] == "listening" else None


class Berth(Server):
    """The whole host, with as many copies of a project as the scenario wants."""

    def __init__(self, build, isolation, library, scenario, core, directory):
        for name in ("plugins", "state", "run"):
            (directory / name).mkdir()
        shutil.copy(HERE / "berth.toml", directory)
        names = [f"p{i + 1}" for i in range(scenario.load.projects)]
        for name in names:
            shutil.copy(library, directory / "plugins" / f"{name}.so")
        query = f"?{scenario.load.topics}" if scenario.load.topics else ""
        self.paths = tuple(f"/{name}{query}" for name in names)
        self.settings = (f"defaults.isolation={isolation}", *scenario.settings)
        command = [build / "bin/berth", "serve", "--config", directory / "berth.toml"]
        for setting in self.settings:
            command += ["--set", setting]
        super().__init__(command, core, directory)
        status = self.wait_for(lambda: self.ready(len(names)))
        listener = next(each for each in status["listeners"] if each["tls"] == scenario.load.tls)
        self.port = int(listener["address"].rpartition(":")[2])

    def ready(self, projects):
        """The host's status once all projects are open."""
        try:
            status = self.ask("status")
        except OSError:
            return None
        states = [project["state"] for project in status.get("projects", ())]
        if "failed" in states:
            raise Trouble(f"a project failed: {self.log.read_text().strip()[-500:]}")
        is_ready = status.get("ok") and status["host"]["state"] == "running" and states == ["open"] * projects
        return status if is_ready else None

    def ask(self, verb):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(PATIENCE_S)
            control.connect(str(self.directory / "run/control.sock"))
            control.sendall(json.dumps({"version": 1, "verb": verb}).encode() + b"\n")
            with control.makefile() as lines:
                return json.loads(lines.readline())

    def roles(self):
        found = {}
        for pid in machine.tree(self.process.pid):
            verb = machine.arguments(pid)[1]
            role = {"serve": "supervisor"}.get(verb, verb.removeprefix("__"))
            found[f"{role} {pid}" if role in found else role] = pid
        return found


BERTH = ("none", "process", "pool")

# Berth with some of what protects it taken away, or more of it: isolation and settings.
WATCH_LESS = ("defaults.limits.slow_event=0", "defaults.limits.handler=1 d", "host.limits.heartbeat=0")
VARIANTS = {
    "unconfined": ("process", ("defaults.confined=false",)),
    "unwatched": ("process", WATCH_LESS),
    "bare": ("process", ("defaults.confined=false", *WATCH_LESS)),
    "limited": ("process", ("defaults.limits.messages_per_second=1000000", "defaults.limits.bytes_per_second=1 GiB",
                            "defaults.limits.idle=1 h", "defaults.limits.ping=25 s")),
    "stateless": ("process", ("project.p1.flags.stateless=true",)),
}


class Servers:
    """Makes servers by name; those of `old_build` are called old-none and so on. Their directories end with this."""

    def __init__(self, build, old_build=None):
        self.build = build
        self.old_build = old_build
        self.bench = build / "bench"
        self.core = machine.cores()[0]
        self.root = Path(tempfile.mkdtemp(prefix="berth-bench-"))
        # The host's children may run as another user.
        self.root.chmod(0o755)
        self.certificate = make_certificate(self.root)
        self.count = 0

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def start(self, name, scenario):
        self.count += 1
        directory = self.root / f"{self.count}-{name}"
        directory.mkdir(mode=0o755)
        if name in BERTH:
            return self.start_berth(self.build, name, scenario, directory)
        if name in VARIANTS:
            isolation, settings = VARIANTS[name]
            return self.start_berth(self.build, isolation, replace(scenario, settings=(*scenario.settings, *settings)), directory)
        if name.removeprefix("old-") in BERTH:
            return self.start_berth(self.old_build, name.removeprefix("old-"), scenario, directory)
        service = "fanout" if scenario.load.mode == "fanout" else "echo"
        if name in ("raw", "hand"):
            service = "raw" if name == "raw" else service
            command = [self.bench / "hand_server", service, *(self.certificate if scenario.load.tls else ())]
            return Simple(command, self.core, directory, mirrored=name == "raw")
        if scenario.load.tls:
            raise Trouble("has no TLS here")
        if name == "ws":
            return Simple(["node", HERE / "baselines/ws_server.mjs", service], self.core, directory)
        return Simple([self.bench / f"{name}_server", service], self.core, directory)

    def start_berth(self, build, name, scenario, directory):
        for file in self.certificate:
            copy = shutil.copy(file, directory)
            os.chmod(copy, 0o600)
        fan_out = "topics" if scenario.load.topics else "fanout"
        project = fan_out if scenario.load.mode == "fanout" else "pool" if name == "pool" else "inline"
        isolation = "none" if name == "pool" else name
        return Berth(build, isolation, build / f"bench/bench-{project}.so", scenario, self.core, directory)
