# SPDX-License-Identifier: MIT
"""A server of `websockets` for Python, for a client under test: python_server.py [CERTIFICATE KEY].

Prints its port. Sends everything back, but obeys: `close CODE REASON`, `ping`, `header NAME`, `parts`, `large SIZE`.
"""

import asyncio
import ssl
import sys

import websockets


async def obey(peer, _=None):
    async for message in peer:
        word, _, rest = message.partition(" ") if isinstance(message, str) else (None, None, None)
        if word == "close":
            code, _, reason = rest.partition(" ")
            await peer.close(int(code), reason)
            return
        if word == "ping":
            await (await peer.ping(b"still there?"))
            await peer.send("answered")
        elif word == "header":
            await peer.send(peer.request_headers.get(rest, "none"))
        elif word == "parts":
            await peer.send(["one ", "two ", "", "three"])
        elif word == "large":
            await peer.send(b"x" * int(rest))
        else:
            await peer.send(message)


async def main(certificate=None, key=None):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    async with websockets.serve(obey, "127.0.0.1", 0, ssl=context, subprotocols=["chat.v1"], max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main(*sys.argv[1:]))
