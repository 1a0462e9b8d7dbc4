# SPDX-License-Identifier: MIT
"""The installed unit, run without systemd: its command as its user, in its directories, with what systemd would say
and listen to; in a network of its own, so that the packaged port is free whatever runs on this machine."""

import asyncio
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import websockets

import suite
from clean_root import Network

# For a machine that does ten other things.
SECONDS = 300


def wait_for(what, condition, seconds=SECONDS):
    """The first true answer of the condition."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class Unit:
    """What a unit file says; lines of the same key are kept in order."""

    def __init__(self, path):
        self.lines = {}
        for line in path.read_text().splitlines():
            if match := re.match(r"(\w+)=(.*)", line):
                self.lines.setdefault(match[1], []).append(match[2])

    def __getitem__(self, key):
        return self.lines[key][-1]


def in_a_network_of_its_own(command, **options):
    return subprocess.Popen(["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *map(str, command)],
                            stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, **options)


class Served:
    """A host in a network of its own, which is that of the process `child`."""

    def __init__(self, child):
        self.child = child

    def output(self):
        return ""

    def enter(self):
        """The command that runs what follows in the host's network."""
        return ["nsenter", f"--net=/proc/{self.child.pid}/ns/net", "--"]

    def socket(self, port):
        with Network(self.child.pid):
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)

    def say(self, path, text, port=7681, name=None, authority=None):
        """Connects, says something, and gives every message up to the one that answers it."""

        async def talk():
            options = {}
            uri = f"ws://127.0.0.1:{port}{path}"
            if name:
                options = {"ssl": ssl.create_default_context(cafile=authority), "server_hostname": name}
                uri = f"wss://{name}{path}"
            messages = []
            with self.socket(port) as connection:
                async with websockets.connect(uri, sock=connection, open_timeout=SECONDS, **options) as client:
                    await client.send(text)
                    while not messages or text not in messages[-1]:
                        messages.append(await asyncio.wait_for(client.recv(), SECONDS))
            return messages

        return asyncio.run(talk())

    def answers(self, path, text="are you there?", **way):
        """As say, for a project that may not be there yet."""

        failures = [""]

        def answer():
            try:
                return self.say(path, text, **way)
            except (OSError, websockets.exceptions.WebSocketException) as error:
                failures.append(repr(error))
                return None

        try:
            return wait_for(f"an answer of {path}", answer)
        except AssertionError as error:
            raise AssertionError(f"{error}: {failures[-1]}") from error


class Service(Served):
    def __init__(self, root):
        self.root = root
        self.unit = Unit(root.path / "lib/systemd/system/berth.service")
        user = self.unit["User"]
        for kind, parent in (("State", "var/lib"), ("Logs", "var/log"), ("Runtime", "run")):
            directory = f"/{parent}/{self.unit[kind + 'Directory']}"
            root.run("install", "-d", "-m", self.unit[kind + "DirectoryMode"], "-o", user, "-g", user, directory)
        self.notifications = self.open_notifications()
        self.said = []
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()
        self.log = open(suite.CACHE / "service.log", "w+")
        os.fchmod(self.log.fileno(), 0o644)
        watchdog_us = int(self.unit["WatchdogSec"].rstrip("s")) * 1_000_000
        command = root.command(
            "setpriv", f"--reuid={user}", f"--regid={self.unit['Group']}", "--init-groups", "--no-new-privs", "--bounding-set=-all",
            *self.unit["ExecStart"].split(), NOTIFY_SOCKET="/run/notify", WATCHDOG_USEC=watchdog_us)
        super().__init__(in_a_network_of_its_own(command, stdout=self.log))

    def open_notifications(self):
        """Where systemd would listen. By a relative name: a socket's path may be no longer than 107 bytes."""
        before = os.getcwd()
        os.chdir(self.root.path / "run")
        try:
            if os.path.exists("notify"):
                os.unlink("notify")
            notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            notifications.bind("notify")
            os.chmod("notify", 0o666)
        finally:
            os.chdir(before)
        return notifications

    def listen(self):
        """All the time, as systemd does: a full socket would hold the host up."""
        while words := self.notifications.recv(4096):
            self.said += words.decode().splitlines()

    def output(self):
        return Path(self.log.name).read_text()

    def wait_for_word(self, word):
        """A line that the host tells systemd."""

        def heard():
            if self.child.poll() is not None:
                raise AssertionError(f"the host ended with {self.child.returncode}\n{self.output()}")
            return word in self.said

        wait_for(f"{word} for systemd", heard)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        code = self.child.wait(timeout=int(self.unit["TimeoutStopSec"].rstrip("s")))
        self.log.close()
        self.notifications.shutdown(socket.SHUT_RD)
        self.listener.join()
        self.notifications.close()
        return code
