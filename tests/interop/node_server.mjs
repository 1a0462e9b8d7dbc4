// SPDX-License-Identifier: MIT
// A server of `ws` for Node.js, for a client under test: node_server.mjs [CERTIFICATE KEY]. As python_server.py.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(import.meta.url)("/usr/share/nodejs/ws");

const [certificate, key] = process.argv.slice(2);
const http = certificate
    ? createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) })
    : createServer();
// Would compress, if it were asked to.
const server = new WebSocketServer({
    server: http,
    perMessageDeflate: true,
    handleProtocols: (offered) => (offered.has("chat.v1") ? "chat.v1" : false),
});

server.on("connection", (peer, request) => {
    peer.on("error", () => {});
    peer.on("message", (data, is_binary) => {
        const [word, ...rest] = is_binary ? [] : data.toString().split(" ");
        if (word === "close") {
            peer.close(Number(rest[0]), rest.slice(1).join(" "));
        } else if (word === "ping") {
            peer.once("pong", (payload) => peer.send(payload.toString() === "still there?" ? "answered" : "wrong"));
            peer.ping("still there?");
        } else if (word === "header") {
            peer.send(request.headers[rest[0].toLowerCase()] ?? "none");
        } else if (word === "parts") {
            for (const part of ["one ", "two ", ""]) peer.send(part, { fin: false });
            peer.send("three", { fin: true });
        } else if (word === "large") {
            peer.send(Buffer.alloc(Number(rest[0]), "x"));
        } else {
            peer.send(data, { binary: is_binary });
        }
    });
});

http.listen(0, "127.0.0.1", () => console.log(http.address().port));
