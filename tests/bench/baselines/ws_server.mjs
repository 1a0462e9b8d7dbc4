// SPDX-License-Identifier: MIT
// `ws` for Node.js as Debian packages it, as its README says: ws_server.mjs echo|fanout
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(import.meta.url)("/usr/share/nodejs/ws");

const isFanout = process.argv[2] === "fanout";
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096 });

server.on("connection", (peer) => {
    peer.on("error", () => {});
    peer.on("message", (data, isBinary) => {
        for (const receiver of isFanout ? server.clients : [peer]) receiver.send(data, { binary: isBinary });
    });
});
server.on("listening", () => console.log(`listening ${server.address().port}`));
