// SPDX-License-Identifier: MIT
// The client for JavaScript in Node.js, with the WebSocket of `ws`, against a host and against servers that refuse.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { Client } from "../../sdk/js/berth-client.mjs";
import { TestHost } from "../support/host.mjs";
import { Inbox } from "./suite.mjs";

const WebSocket = createRequire(import.meta.url)("/usr/share/nodejs/ws");
const soon = { timeout: 60000 };
let host;

before(async () => (host = await TestHost.start("--message", "1 MiB", "--drain", "0", "echo")));
after(() => host?.stop());

const options = (more) => ({ WebSocket, reconnect_delay_ms: 50, reconnect_delay_ms_max: 200, ...more });
const heard = (client) => {
    const inbox = new Inbox();
    client.on("message", (data) => inbox.put(data));
    return inbox;
};
const told = (client, event) => new Promise((tell) => client.on(event, (...facts) => tell(facts)));

for (const scheme of ["ws", "wss"]) {
    const secure = () => (scheme === "wss" ? { socket_options: { ca: readFileSync(host.authority) } } : {});

    test(`${scheme}: texts and buffers of all lengths come back`, soon, async () => {
        const client = await Client.connect(`${host[scheme]}/echo`, options(secure()));
        const inbox = heard(client);
        for (const length of [0, 1, 125, 126, 65535, 65536, 1 << 20]) {
            assert.equal(client.send("x".repeat(length)), "sent");
            assert.equal(await inbox.take(), "x".repeat(length));
            const bytes = new Uint8Array(length).map((_, i) => i * 31);
            client.send(bytes);
            assert.deepEqual(new Uint8Array(await inbox.take()), bytes);
        }
        client.close(3000, "done");
        assert.equal((await client.closed).code, 3000);
    });

    test(`${scheme}: a host that was started again is found again, and gets what was kept`, soon, async () => {
        const client = await Client.connect(`${host[scheme]}/echo`, options({ ...secure(), offline_bytes_max: 1000 }));
        const inbox = heard(client);
        const interrupted = told(client, "interrupted"), resumed = told(client, "resumed");

        await host.restart();
        const [end] = await interrupted;
        assert.equal(end.code, 1001);
        client.send("still here");
        await resumed;

        assert.equal(await inbox.take(), "still here");
        client.close();
        assert.equal((await client.closed).code, 1000);
    });
}

test("a redeploy is followed when the host wants it, and not before", soon, async () => {
    const client = await Client.connect(`${host.ws}/echo`, options());
    const at = {};
    const interrupted = told(client, "interrupted"), resumed = told(client, "resumed");
    for (const event of ["interrupted", "resumed"]) client.on(event, () => (at[event] = performance.now()));

    const { code, err } = await host.cli("reload", "echo", "--yes");
    assert.equal(code, 0, err);
    const [end, delay_ms] = await interrupted;
    await resumed;

    assert.deepEqual([end.code, end.retry_after_ms], [1012, 1000]);
    assert.ok(delay_ms >= 1000 && delay_ms < 1050, String(delay_ms));
    assert.ok(at.resumed - at.interrupted >= 950, `came back after ${at.resumed - at.interrupted} ms`);
    client.close();
    await client.closed;
});

test("the administrator's close is final and arrives untouched", soon, async () => {
    const client = await Client.connect(`${host.ws}/echo`, options());
    const { code, err } = await host.cli("disconnect", "--project", "echo", "--code", "4001", "--reason", "so long", "--yes");
    assert.equal(code, 0, err);
    assert.deepEqual(await client.closed, { code: 4001, reason: "so long", clean: true });
});

test("a refusal is told with its status, and one that will not pass is final", soon, async () => {
    const client = new Client(`${host.ws}/nobody`, options({ reconnect_first: true }));
    const [error] = await told(client, "error");
    assert.match(error.message, /\/nobody: the server answered 404/);
    assert.equal((await client.closed).status, 404);
});

test("Retry-After of a refusal is obeyed", soon, async () => {
    const http = createServer((_, answer) => answer.writeHead(503, { "Retry-After": "3600" }).end()).listen(0, "127.0.0.1");
    http.on("upgrade", (_, socket) => socket.end("HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nConnection: close\r\n\r\n"));
    await once(http, "listening");
    const client = new Client(`ws://127.0.0.1:${http.address().port}/`, options({ reconnect_first: true }));

    const [end, delay_ms] = await told(client, "interrupted");

    assert.deepEqual([end.status, end.retry_after_ms], [503, 3600000]);
    assert.ok(delay_ms >= 3600000 && delay_ms < 3600050, String(delay_ms));
    client.close();
    assert.equal((await client.closed).status, 503);
    http.close();
});

test("a server that accepts and says nothing is given up in time", soon, async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    silent.on("upgrade", (_, socket) => socket.on("error", () => {}));
    await once(silent, "listening");

    const client = Client.connect(`ws://127.0.0.1:${silent.address().port}/`, options({ connect_timeout_ms: 100 }));

    await assert.rejects(client, /there was no connection within the time limit/);
    silent.closeAllConnections();
    silent.close();
});
