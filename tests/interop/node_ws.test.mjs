// SPDX-License-Identifier: MIT
// Interoperation with `ws` for Node.js, as Debian packages it.
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { createRequire } from "node:module";

import { Inbox, suite } from "./suite.mjs";

const WebSocket = createRequire(import.meta.url)("/usr/share/nodejs/ws");

suite("node ws", async (url, authority) => {
    // Offers permessage-deflate, as it does by default.
    const socket = new WebSocket(url, { ca: readFileSync(authority) });
    const inbox = new Inbox();
    socket.on("message", (data, is_binary) => inbox.put(is_binary ? new Uint8Array(data) : data.toString()));
    const closed = once(socket, "close").then(([code, reason]) => ({ code, reason: reason.toString() }));
    await once(socket, "open");
    return {
        extensions: socket.extensions,
        text: (text) => socket.send(text),
        buffer: (bytes) => socket.send(bytes),
        receive: () => inbox.take(),
        close: (code, reason) => socket.close(code, reason),
        closed: () => closed,
        ping: async (payload) => {
            socket.ping(payload);
            return (await once(socket, "pong"))[0];
        },
    };
});
