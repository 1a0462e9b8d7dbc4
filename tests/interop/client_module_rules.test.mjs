// SPDX-License-Identifier: MIT
// The rules of the client for JavaScript, on a socket and a clock that are given.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, hint_in_reason, is_worth_another } from "../../sdk/js/berth-client.mjs";

/** A WebSocket that does what the test says. */
class FakeSocket extends EventTarget {
    static all = [];
    readyState = 0;
    bufferedAmount = 0;
    protocol = "";
    sent = [];

    constructor(url, protocols) {
        super();
        Object.assign(this, { url, protocols });
        FakeSocket.all.push(this);
    }
    send(data) {
        this.sent.push(data);
    }
    close(code, reason) {
        this.asked = [code, reason];
        this.readyState = 2;
    }

    opens(protocol = "") {
        this.readyState = 1;
        this.protocol = protocol;
        this.dispatchEvent(new Event("open"));
    }
    says(data) {
        this.dispatchEvent(Object.assign(new Event("message"), { data }));
    }
    ends(code, reason = "", wasClean = code !== 1006) {
        this.readyState = 3;
        this.dispatchEvent(Object.assign(new Event("close"), { code, reason, wasClean }));
    }
}

class FakeClock {
    time = 0;
    timers = new Map();
    last = 0;
    now = () => this.time;
    set = (call, ms) => (this.timers.set(++this.last, { call, at: this.time + ms }), this.last);
    clear = (timer) => this.timers.delete(timer);

    passes(ms) {
        const until = this.time + ms;
        for (;;) {
            const [timer, due] = [...this.timers].filter(([, { at }]) => at <= until).sort((a, b) => a[1].at - b[1].at)[0] ?? [];
            if (timer === undefined) break;
            this.timers.delete(timer);
            this.time = due.at;
            due.call();
        }
        this.time = until;
    }
}

/** A client with its clock, its sockets so far and what it told. */
function scene(options = {}) {
    FakeSocket.all = [];
    const clock = new FakeClock(), told = [];
    const client = new Client("ws://host/chat?token=secret", {
        WebSocket: FakeSocket, clock, random: () => 0.5, connect_timeout_ms: 0, reconnect_delay_ms: 100, reconnect_delay_ms_max: 1000, ...options,
    });
    client.on("opening", () => told.push("opening"));
    client.on("resumed", () => told.push("resumed"));
    client.on("message", (data) => told.push(`message ${data}`));
    client.on("error", (error) => told.push(`error ${error.message}`));
    client.on("interrupted", (end, delay) => told.push(`interrupted ${end.code} ${delay}`));
    client.on("closing", (end) => told.push(`closing ${end.code} ${end.reason}`.trim()));
    return { client, clock, told, sockets: FakeSocket.all, socket: () => FakeSocket.all.at(-1) };
}

test("opening comes once, then messages, closing last", async () => {
    const { client, told, socket } = scene();
    assert.equal(client.state, "connecting");
    socket().opens("chat.v1");
    assert.equal(client.state, "open");
    assert.equal(client.protocol, "chat.v1");
    socket().says("hi");
    socket().ends(1000, "bye");

    assert.deepEqual(told, ["opening", "message hi", "closing 1000 bye"]);
    assert.equal(client.state, "closed");
    assert.deepEqual(await client.closed, { code: 1000, reason: "bye", clean: true });
});

test("a first attempt that fails is an error and the end, unless it is to be repeated", () => {
    const once = scene();
    once.socket().ends(1006);
    assert.deepEqual(once.told, ["error ws://host/chat: there is no connection", "closing 1006"]);

    const again = scene({ reconnect_first: true });
    again.socket().ends(1006);
    again.clock.passes(50);
    again.socket().opens();
    assert.deepEqual(again.told, ["interrupted 1006 50", "opening"]);
});

test("delays are a random part of a ceiling that doubles up to the longest", () => {
    const { clock, told, socket } = scene();
    socket().opens();
    for (let i = 0; i < 6; ++i) {
        socket().ends(1006);
        clock.passes(1000);
    }

    assert.deepEqual(told.slice(1), [50, 100, 200, 400, 500, 500].map((delay) => `interrupted 1006 ${delay}`));
});

test("delays begin anew only after a connection that held", () => {
    const { clock, told, socket } = scene();
    socket().opens();
    socket().ends(1012);
    clock.passes(50);
    socket().opens();
    clock.passes(9999);
    socket().ends(1012);
    clock.passes(100);
    socket().opens();
    clock.passes(10000);
    socket().ends(1012);

    assert.deepEqual(told.filter((line) => line.startsWith("interrupted")), ["interrupted 1012 50", "interrupted 1012 100", "interrupted 1012 50"]);
});

test("nobody comes back before the server wants it", () => {
    const { clock, told, sockets, socket } = scene();
    socket().opens();
    socket().ends(1013, "full; retry-after=7");
    assert.deepEqual(told.at(-1), "interrupted 1013 7050");
    clock.passes(7049);
    assert.equal(sockets.length, 1);
    clock.passes(1);
    assert.equal(sockets.length, 2);
});

test("final codes end it, and the words retry-after do not let them", () => {
    for (const code of [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 4001, 4999]) {
        const { told, socket } = scene();
        socket().opens();
        socket().ends(code);
        assert.equal(told.at(-1), `closing ${code}`);
        assert.ok(is_worth_another({ code, reason: "see you, retry-after=1" }));
    }
    for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 1014]) assert.ok(is_worth_another({ code, reason: "" }), String(code));
});

test("refusals are told apart where their status is known", () => {
    for (const status of [408, 425, 429, 500, 502, 503, 504]) assert.ok(is_worth_another({ code: 1006, reason: "", status }));
    for (const status of [301, 400, 401, 403, 404, 426, 501]) assert.ok(!is_worth_another({ code: 1006, reason: "", status }));
});

test("a hint is a word of the reason, a day at most", () => {
    assert.equal(hint_in_reason("retry-after=5"), 5000);
    assert.equal(hint_in_reason("redeploy; Retry-After=0"), 0);
    assert.equal(hint_in_reason("retry-after=99999999"), 24 * 3600 * 1000);
    for (const reason of ["", "retry-after", "retry-after=", "retry-after=-1", "no-retry-after=5", "retry-after=5s"])
        assert.equal(hint_in_reason(reason), undefined);
});

test("it gives up after so many attempts in a row", () => {
    const { clock, told, sockets, socket } = scene({ reconnect_attempts_max: 2 });
    socket().opens();
    for (let i = 0; i < 3; ++i) {
        socket().ends(1006);
        clock.passes(1000);
    }

    assert.equal(sockets.length, 3);
    assert.deepEqual(told.slice(-2), ["error ws://host/chat: the connection was lost", "closing 1006"]);
});

test("without reconnection a loss is the end", () => {
    const { told, socket } = scene({ reconnect: false });
    socket().opens();
    socket().ends(1012, "redeploy");
    assert.deepEqual(told, ["opening", "closing 1012 redeploy"]);
});

test("messages while there is no connection are refused, or kept up to a bound and sent in order", () => {
    const without = scene();
    assert.equal(without.client.send("early"), "offline");

    const { client, clock, socket } = scene({ offline_bytes_max: 10, offline_messages_max: 3 });
    socket().opens();
    assert.equal(client.send("now"), "sent");
    socket().ends(1012);
    const bytes = new Uint8Array([1, 2]);
    assert.equal(client.send("ä"), "kept");
    assert.equal(client.send(bytes), "kept");
    bytes[0] = 9;
    assert.equal(client.send("1234567"), "full", "11 bytes");
    assert.equal(client.send("123456"), "kept");
    assert.equal(client.send(""), "full", "a fourth");
    assert.equal(client.unsent_bytes, 10);
    clock.passes(50);
    socket().opens();
    assert.deepEqual(socket().sent, ["ä", new Uint8Array([1, 2]).buffer, "123456"]);
    assert.equal(client.unsent_bytes, 0);
});

test("a WebSocket that holds too much takes no more", () => {
    const { client, socket } = scene({ send_bytes_max: 10 });
    socket().opens();
    assert.equal(client.send("x".repeat(20)), "sent", "one of any length is let in");
    socket().bufferedAmount = 8;
    assert.equal(client.send("xx"), "sent");
    assert.equal(client.send("xxx"), "full");
});

test("a close from this side is final, drops messages and says so once", () => {
    const { client, clock, told, sockets, socket } = scene();
    socket().opens();
    client.close(3000, "bye");
    client.close(4000, "again");
    assert.equal(client.state, "closing");
    assert.equal(client.send("x"), "closed");
    socket().says("late");
    socket().ends(3000, "bye");
    clock.passes(100000);

    assert.deepEqual(sockets[0].asked, [3000, "bye"]);
    assert.deepEqual(told, ["opening", "closing 3000 bye"]);
    assert.equal(sockets.length, 1);
});

test("a close that is not answered ends in its time", () => {
    const { client, clock, told, socket } = scene({ close_timeout_ms: 300 });
    socket().opens();
    client.close();
    clock.passes(299);
    assert.deepEqual(told, ["opening"]);
    clock.passes(1);
    socket().ends(1000);

    assert.deepEqual(told, ["opening", "error ws://host/chat: the server did not answer the close", "closing 1006"]);
});

test("a close while it waits ends it at once, with how it was lost", () => {
    const { client, clock, told, sockets, socket } = scene();
    socket().opens();
    socket().ends(1012, "redeploy");
    client.close();
    clock.passes(100000);

    assert.deepEqual(told, ["opening", "interrupted 1012 50", "closing 1012 redeploy"]);
    assert.equal(sockets.length, 1);
});

test("an attempt has a time limit, and what its socket says later is of no interest", () => {
    const { clock, told, sockets, socket } = scene({ connect_timeout_ms: 500, reconnect_first: true });
    clock.passes(500);
    assert.deepEqual(told, ["interrupted 1006 50"]);
    clock.passes(50);
    sockets[0].opens();
    assert.deepEqual(told, ["interrupted 1006 50"]);
    socket().opens();
    assert.deepEqual(told, ["interrupted 1006 50", "opening"]);
});

test("arguments that cannot be are refused", () => {
    const { client } = scene();
    assert.throws(() => new Client("ftp://host/", { WebSocket: FakeSocket }), SyntaxError);
    assert.throws(() => new Client("ws://host/#part", { WebSocket: FakeSocket }), SyntaxError);
    assert.throws(() => new Client("/no/page/here", { WebSocket: FakeSocket }), TypeError);
    assert.throws(() => new Client("ws://host/", { WebSocket: 7 }), /pass one as options.WebSocket/);
    for (const code of [0, 999, 1001, 1006, 2999, 5000]) assert.throws(() => client.close(code), RangeError);
    assert.throws(() => client.close(1000, "ä".repeat(62)), RangeError);
    assert.equal(client.state, "connecting");
});

test("connect waits for the opening, or fails with the reason", async () => {
    FakeSocket.all = [];
    const opened = Client.connect("ws://host/", { WebSocket: FakeSocket });
    FakeSocket.all[0].opens();
    assert.equal((await opened).state, "open");
    (await opened).close();
    FakeSocket.all[0].ends(1000);

    const failed = Client.connect("ws://host/", { WebSocket: FakeSocket });
    FakeSocket.all[1].ends(1006);
    await assert.rejects(failed, /ws:\/\/host\/: there is no connection/);
});

test("listeners can be taken away", () => {
    const { client, socket } = scene();
    const heard = [];
    const stop = client.on("message", (data) => heard.push(data));
    socket().opens();
    socket().says(1);
    stop();
    socket().says(2);
    assert.deepEqual(heard, [1]);
});
