// SPDX-License-Identifier: MIT
// Interoperation with Chromium's WebSocket, from a page of the same host name.
import { after, before } from "node:test";
import { createServer } from "node:http";
import { once } from "node:events";

import { launch, open_tab } from "../browser/browser.mjs";
import { Inbox, suite } from "./suite.mjs";

let browser, pages;

before(async () => {
    browser = await launch(["--ignore-certificate-errors"]);
    // A WebSocket needs a page with an origin: an empty one on this host.
    pages = createServer((_, answer) => answer.end("<!doctype html><title>peer</title>")).listen(0, "127.0.0.1");
    await once(pages, "listening");
});

after(async () => {
    await browser?.close();
    pages?.close();
});

suite("Chromium", async (url) => {
    const host = new URL(url).hostname;
    const tab = await open_tab(browser, `http://${host}:${pages.address().port}/`);
    const inbox = new Inbox();
    let tell_closed;
    const closed = new Promise((tell) => (tell_closed = tell));
    await tab.exposeFunction("on_message", (kind, data) =>
        inbox.put(kind === "text" ? data : new Uint8Array(Buffer.from(data, "base64"))));
    await tab.exposeFunction("on_close", async (code, reason) => {
        tell_closed({ code, reason });
        setTimeout(() => tab.context().close().catch(() => {}), 0);
    });
    await tab.evaluate(
        (address) =>
            new Promise((opened, failed) => {
                window.socket = new WebSocket(address);
                socket.binaryType = "blob";
                // Blobs become text one after the other, so that the order stays.
                let before = Promise.resolve();
                socket.onmessage = ({ data }) => {
                    const as_text = typeof data === "string" ? ["text", data] : new Promise((done) => {
                        const reader = new FileReader();
                        reader.onload = () => done(["buffer", reader.result.slice(reader.result.indexOf(",") + 1)]);
                        reader.readAsDataURL(data);
                    });
                    before = before.then(async () => on_message(...(await as_text)));
                };
                socket.onopen = opened;
                socket.onerror = failed;
                socket.onclose = ({ code, reason }) => before.then(() => on_close(code, reason));
            }),
        url,
    );
    // Calls into the page keep their order; whoever waits for an answer waits for them, too.
    const extensions = await tab.evaluate(() => socket.extensions);
    const run = (call, argument) => tab.evaluate(call, argument).catch(() => {});
    return {
        extensions,
        text: (text) => run((value) => socket.send(value), text),
        buffer: (bytes) =>
            run(async (value) => {
                const bytes = Uint8Array.from(atob(value), (c) => c.charCodeAt(0));
                socket.send(bytes);
            }, Buffer.from(bytes).toString("base64")),
        receive: () => inbox.take(),
        close: (code, reason) => run(([c, r]) => socket.close(c, r), [code, reason]),
        closed: () => closed,
    };
});
