// SPDX-License-Identifier: MIT
// The client for JavaScript in Chromium, against a host.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { TestHost } from "../support/host.mjs";
import { launch, open_tab } from "./browser.mjs";

const module_file = new URL("../../sdk/js/berth-client.mjs", import.meta.url);
const soon = { timeout: 60000 };
let host, browser, pages;

before(async () => {
    host = await TestHost.start("--message", "1 MiB", "--drain", "0", "echo");
    browser = await launch();
    pages = createServer((request, answer) => {
        if (request.url === "/berth-client.mjs") {
            answer.setHeader("Content-Type", "text/javascript").end(readFileSync(module_file));
        } else {
            answer.setHeader("Content-Type", "text/html").end('<!doctype html><link rel="icon" href="data:,"><title>client</title>');
        }
    }).listen(0, "127.0.0.1");
    await once(pages, "listening");
});

after(async () => {
    await browser?.close();
    pages?.close();
    await host?.stop();
});

/** A tab with a client in `client` and what it told in `told`. */
async function tab_with_client(path = "/echo", options = {}) {
    const tab = await open_tab(browser, `http://127.0.0.1:${pages.address().port}/`);
    await tab.evaluate(
        async ([url, more]) => {
            const { Client } = await import("/berth-client.mjs");
            window.told = [];
            window.client = new Client(url, { reconnect_delay_ms: 50, reconnect_delay_ms_max: 200, ...more });
            client.on("opening", () => told.push("opening"));
            client.on("resumed", () => told.push("resumed"));
            client.on("message", (data) => told.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)] : data));
            client.on("interrupted", (end) => told.push(`interrupted ${end.code} ${end.retry_after_ms ?? ""}`));
            client.on("error", (error) => told.push(`error ${error.message}`));
            client.on("closing", (end) => told.push(`closing ${end.code} ${end.reason}`));
        },
        [host.ws + path, options],
    );
    return tab;
}

/** Waits until the page was told something that `is` accepts. */
const hears = (tab, line) => tab.waitForFunction((wanted) => told.some((each) => String(each).startsWith(wanted)), line);

test("texts and buffers come back", soon, async () => {
    const tab = await tab_with_client();
    await hears(tab, "opening");
    await tab.evaluate(() => [client.send("grüß dich"), client.send(new Uint8Array([0, 255]))]);
    await hears(tab, "0,255");
    await tab.evaluate(() => client.close(3000, "done"));
    await hears(tab, "closing");

    assert.deepEqual(await tab.evaluate(() => told), ["opening", "grüß dich", [0, 255], "closing 3000 done"]);
    assert.deepEqual(tab.problems, []);
});

test("a host that was started again is found again, and gets what was kept", soon, async () => {
    const tab = await tab_with_client("/echo", { offline_bytes_max: 1000 });
    await hears(tab, "opening");

    await host.restart();
    await hears(tab, "interrupted 1001");
    assert.match(await tab.evaluate(() => client.send("still here")), /^(kept|sent)$/);

    await hears(tab, "still here");
    assert.ok((await tab.evaluate(() => told)).includes("resumed"));
});

test("a redeploy is followed, an administrator's close is not", soon, async () => {
    const tab = await tab_with_client();
    await hears(tab, "opening");
    const reload = await host.cli("reload", "echo", "--yes");
    assert.equal(reload.code, 0, reload.err);
    await hears(tab, "interrupted 1012 1000");
    await hears(tab, "resumed");

    const { code, err } = await host.cli("disconnect", "--project", "echo", "--code", "4001", "--reason", "so long", "--yes");
    assert.equal(code, 0, err);
    await hears(tab, "closing 4001 so long");
});

test("nobody there is an error and the end", soon, async () => {
    const tab = await tab_with_client("/nobody");
    await hears(tab, "closing 1006");

    assert.deepEqual(await tab.evaluate(() => told), [`error ${host.ws}/nobody: there is no connection`, "closing 1006 "]);
});

test("a path is taken on the page's own host", soon, async () => {
    const tab = await tab_with_client();
    const refused = await tab.evaluate(async () => {
        const { Client } = await import("/berth-client.mjs");
        return Client.connect("/chat").catch((error) => error.message);
    });

    assert.equal(refused, `ws://127.0.0.1:${pages.address().port}/chat: there is no connection`);
});
