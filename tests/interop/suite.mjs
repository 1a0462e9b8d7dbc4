// SPDX-License-Identifier: MIT
// What every peer has to agree on with the host, written once. A peer is an async function (url, authority) that
// connects and gives {text(string), buffer(Uint8Array), receive() -> string|Uint8Array, close(code, reason),
// closed() -> {code, reason}, ping?(Uint8Array) -> Promise of the pong, extensions: what was agreed}. Each offers compression
// as it does by itself; `suite` runs once with a host that takes it and once with one that does not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { TestHost } from "../support/host.mjs";

const mebibyte = 1 << 20;

export function suite(name, connect) {
    suite_of(name, connect, false);
    suite_of(`${name}, compressed`, connect, true);
}

function suite_of(name, connect, is_compressed) {
    let host;
    const options = is_compressed ? ["--compression"] : [];
    before(async () => (host = await TestHost.start("--message", "1 MiB", ...options, "echo")));
    after(() => host?.stop());

    for (const scheme of ["ws", "wss"]) {
        const open = () => connect(`${host[scheme]}/echo`, host.authority);
        const check = (title, body) => test(`${name}, ${scheme}: ${title}`, { timeout: 60000 }, body);

        check("compression is agreed upon where the host wants it", async () => {
            const peer = await open();
            assert.equal(peer.extensions.startsWith("permessage-deflate"), is_compressed, peer.extensions);
            peer.close(1000, "");
            await peer.closed();
        });

        check("texts of all lengths come back", async () => {
            const peer = await open();
            for (const length of [0, 1, 125, 126, 127, 65535, 65536, 200000]) {
                const text = Array.from({ length }, (_, i) => ["ä", "€", "🚢", "x"][i % 4]).join("");
                peer.text(text);
                assert.equal(await peer.receive(), text);
            }
            peer.close(1000, "");
            await peer.closed();
        });

        check("buffers of all lengths come back", async () => {
            const peer = await open();
            for (const length of [0, 1, 125, 126, 127, 65535, 65536, mebibyte]) {
                const bytes = new Uint8Array(length).map((_, i) => (i * 31) & 0xff);
                peer.buffer(bytes);
                assert.deepEqual(new Uint8Array(await peer.receive()), bytes);
            }
            peer.close(1000, "");
            await peer.closed();
        });

        check("a hundred messages on their way at once come back in order", async () => {
            const peer = await open();
            for (let i = 0; i < 100; ++i) peer.text(`message ${i}`);
            for (let i = 0; i < 100; ++i) assert.equal(await peer.receive(), `message ${i}`);
            peer.close(1000, "");
            await peer.closed();
        });

        check("a message over the limit closes with 1009", async () => {
            const peer = await open();
            peer.buffer(new Uint8Array(mebibyte + 1));
            assert.equal((await peer.closed()).code, 1009);
        });

        check("a close is answered with its code", async () => {
            for (const code of [1000, 3000, 4999]) {
                const peer = await open();
                peer.close(code, "going");
                assert.equal((await peer.closed()).code, code);
            }
        });

        check("the administrator's close arrives with code and reason", async () => {
            const peer = await open();
            peer.text("here");
            await peer.receive();
            const { code, err } = await host.cli("disconnect", "--project", "echo", "--code", "4001", "--reason", "so long", "--yes");
            assert.equal(code, 0, err);
            assert.deepEqual(await peer.closed(), { code: 4001, reason: "so long" });
        });

        check("pings are answered", async (context) => {
            const peer = await open();
            if (peer.ping === undefined) {
                context.skip("this peer sends no pings by itself");
            } else {
                const payload = new Uint8Array([0, 1, 254, 255]);
                assert.deepEqual(new Uint8Array(await peer.ping(payload)), payload);
            }
            peer.close(1000, "");
            await peer.closed();
        });

        check("fifty at once", async () => {
            const peers = await Promise.all(Array.from({ length: 50 }, open));
            peers.forEach((peer, i) => peer.text(`I am ${i}`));
            assert.deepEqual(await Promise.all(peers.map((peer) => peer.receive())), peers.map((_, i) => `I am ${i}`));
            for (const peer of peers) peer.close(1000, "");
            await Promise.all(peers.map((peer) => peer.closed()));
        });
    }
}

/** A queue for peers that are told of messages by events. */
export class Inbox {
    #waiting = [];
    #messages = [];

    put(message) {
        const take = this.#waiting.shift();
        take === undefined ? this.#messages.push(message) : take(message);
    }

    take() {
        if (this.#messages.length > 0) return Promise.resolve(this.#messages.shift());
        return new Promise((take) => this.#waiting.push(take));
    }
}
