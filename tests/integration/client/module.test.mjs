// SPDX-License-Identifier: MIT
// The client for JavaScript where its WebSocket does not even begin, and where it is closed before it has.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "../../../sdk/js/berth-client.mjs";

/** A WebSocket that does what the test says; from `refuses` on there are no more. */
class FakeSocket extends EventTarget {
    static all = [];
    static refuses = false;
    readyState = 0;
    bufferedAmount = 0;
    protocol = "";

    constructor() {
        if (FakeSocket.refuses) throw new Error("the page's policy forbids it");
        super();
        FakeSocket.all.push(this);
    }
    close() {
        this.readyState = 2;
    }
    opens() {
        this.readyState = 1;
        this.dispatchEvent(new Event("open"));
    }
    ends(code) {
        this.readyState = 3;
        this.dispatchEvent(Object.assign(new Event("close"), { code, reason: "", wasClean: code !== 1006 }));
    }
}

function scene() {
    Object.assign(FakeSocket, { all: [], refuses: false });
    const told = [], timers = [];
    const clock = { now: () => 0, set: (call) => timers.push(call), clear: () => {} };
    const client = new Client("ws://host/chat?token=secret", { WebSocket: FakeSocket, clock, random: () => 0.5, connect_timeout_ms: 0 });
    for (const event of ["opening", "resumed", "interrupted"]) client.on(event, () => told.push(event));
    client.on("error", (error) => told.push(`error ${error.message}`));
    client.on("closing", (end) => told.push(`closing ${end.code}`));
    return { client, told, timers, socket: () => FakeSocket.all.at(-1) };
}

test("a WebSocket that can't be made again is an error and the end", async () => {
    const { client, told, timers, socket } = scene();
    socket().opens();
    socket().ends(1012);
    FakeSocket.refuses = true;
    timers.at(-1)();

    assert.deepEqual(told, ["opening", "interrupted", "error ws://host/chat: the page's policy forbids it", "closing 1006"]);
    assert.equal(client.state, "closed");
    assert.equal((await client.closed).code, 1006);
    assert.equal(client.send("x"), "closed");
});

test("a close while connecting is the end and no error", async () => {
    const { client, told, socket } = scene();
    client.close();
    socket().ends(1006);

    assert.deepEqual(told, ["closing 1006"]);
    assert.equal((await client.closed).code, 1006);
});
