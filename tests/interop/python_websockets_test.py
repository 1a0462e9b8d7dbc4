# SPDX-License-Identifier: MIT
"""Interoperation with `websockets` for Python, as Debian packages it."""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import unittest

import websockets

MEBIBYTE = 1 << 20


class TestHost:
    """The program host_for_tests, whose path is in BERTH_HOST_FOR_TESTS."""

    def __init__(self, *options):
        self.child = subprocess.Popen(
            [os.environ["BERTH_HOST_FOR_TESTS"], *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.__dict__.update(self.read())

    def read(self):
        line = self.child.stdout.readline()
        if not line:
            raise RuntimeError("host_for_tests ended")
        return json.loads(line)

    def cli(self, *verb):
        self.child.stdin.write(f"cli {json.dumps(verb)}\n")
        self.child.stdin.flush()
        return self.read()

    def stop(self):
        self.child.stdin.close()
        return self.child.wait(timeout=60)


def setUpModule():
    global hosts
    hosts = {False: TestHost("--message", "1 MiB", "echo"), True: TestHost("--message", "1 MiB", "--compression", "echo")}


def tearDownModule():
    if any([host.stop() != 0 for host in hosts.values()]):
        # An exception here would not fail the run in every version of unittest.
        print("the host did not end cleanly", file=sys.stderr)
        os._exit(1)


class Scenarios:
    """What has to hold over ws and over wss."""

    scheme = "ws"
    is_compressed = False

    @property
    def host(self):
        return hosts[self.is_compressed]

    def connect(self, **more):
        context = ssl.create_default_context(cafile=self.host.authority) if self.scheme == "wss" else None
        # Offers permessage-deflate, as it does by default.
        return websockets.connect(f"{getattr(self.host, self.scheme)}/echo", ssl=context, max_size=None, **more)

    async def test_texts_of_all_lengths_come_back(self):
        async with self.connect() as peer:
            for length in (0, 1, 125, 126, 127, 65535, 65536, 200000):
                text = ("ä€🚢x" * length)[:length]
                await peer.send(text)
                self.assertEqual(await peer.recv(), text)

    async def test_buffers_of_all_lengths_come_back(self):
        async with self.connect() as peer:
            for length in (0, 1, 125, 126, 127, 65535, 65536, MEBIBYTE):
                buffer = bytes(i * 31 & 0xFF for i in range(length))
                await peer.send(buffer)
                self.assertEqual(await peer.recv(), buffer)

    async def test_a_fragmented_message_comes_back_whole(self):
        async with self.connect() as peer:
            await peer.send(part for part in ("one ", "two ", "", "three"))
            self.assertEqual(await peer.recv(), "one two three")

    async def test_compression_is_agreed_upon_where_the_host_wants_it(self):
        async with self.connect() as peer:
            names = [extension.name for extension in peer.extensions]
            self.assertEqual(names, ["permessage-deflate"] if self.is_compressed else [])

    async def test_pings_are_answered(self):
        async with self.connect() as peer:
            for payload in (b"", b"\x00\xff", b"x" * 125):
                await asyncio.wait_for(await peer.ping(payload), 20)

    async def test_a_message_over_the_limit_closes_with_1009(self):
        async with self.connect() as peer:
            with self.assertRaises(websockets.ConnectionClosed) as caught:
                await peer.send(b"x" * (MEBIBYTE + 1))
                await asyncio.wait_for(peer.recv(), 20)
            self.assertEqual(caught.exception.rcvd.code, 1009)

    async def test_a_close_is_answered_with_its_code(self):
        for code in (1000, 3000, 4999):
            peer = await self.connect()
            await peer.close(code, "going")
            self.assertEqual(peer.close_code, code)

    async def test_the_administrators_close_arrives_with_code_and_reason(self):
        async with self.connect() as peer:
            await peer.send("here")
            await peer.recv()
            result = self.host.cli("disconnect", "--project", "echo", "--code", "4001", "--reason", "so long", "--yes")
            self.assertEqual(result["code"], 0, result["err"])
            with self.assertRaises(websockets.ConnectionClosed) as caught:
                await asyncio.wait_for(peer.recv(), 20)
            self.assertEqual((caught.exception.rcvd.code, caught.exception.rcvd.reason), (4001, "so long"))

    async def test_an_unknown_project_is_404(self):
        context = ssl.create_default_context(cafile=self.host.authority) if self.scheme == "wss" else None
        with self.assertRaises(websockets.InvalidStatusCode) as caught:
            await websockets.connect(f"{getattr(self.host, self.scheme)}/nobody", ssl=context)
        self.assertEqual(caught.exception.status_code, 404)

    async def test_fifty_at_once(self):
        peers = await asyncio.gather(*(self.connect() for _ in range(50)))
        await asyncio.gather(*(peer.send(f"I am {i}") for i, peer in enumerate(peers)))
        answers = await asyncio.gather(*(peer.recv() for peer in peers))
        self.assertEqual(answers, [f"I am {i}" for i in range(50)])
        await asyncio.gather(*(peer.close() for peer in peers))


class OverWs(Scenarios, unittest.IsolatedAsyncioTestCase):
    scheme = "ws"


class OverWss(Scenarios, unittest.IsolatedAsyncioTestCase):
    scheme = "wss"


class CompressedOverWs(Scenarios, unittest.IsolatedAsyncioTestCase):
    is_compressed = True


class CompressedOverWss(Scenarios, unittest.IsolatedAsyncioTestCase):
    scheme = "wss"
    is_compressed = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
