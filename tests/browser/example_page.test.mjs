// SPDX-License-Identifier: MIT
// examples/08-page in Chromium: the page with the browser client, as the host serves it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { TestHost } from "../support/host.mjs";
import { launch, open_tab } from "./browser.mjs";

const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const soon = { timeout: 60000 };
let host, browser;

before(async () => {
    host = await TestHost.start(
        "--page", `/08-page=${at("examples/08-page/page")}`, "--page", `/js=${at("sdk/js")}`, process.env.BERTH_EXAMPLE_PAGE);
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await host?.stop();
});

const open = () => open_tab(browser, `${host.pages}/08-page/`);
const shows = (tab, id, text) =>
    tab.waitForFunction(([where, wanted]) => {
        const element = document.getElementById(where);
        return (element.value ?? element.textContent) === wanted;
    }, [id, text]);

test("what one writes stands on everybody's board", soon, async () => {
    const ana = await open(), ben = await open();
    await shows(ana, "board", "write here");
    await shows(ben, "state", "connected");

    await ben.fill("#board", "a ship");

    await shows(ana, "board", "a ship");
    assert.deepEqual([...ana.problems, ...ben.problems], []);
});

test("the page comes back when the host does", soon, async () => {
    const ana = await open();
    await shows(ana, "state", "connected");

    await host.restart();

    await shows(ana, "state", "connected again");
    await shows(ana, "board", "write here");
});
