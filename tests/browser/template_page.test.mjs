// SPDX-License-Identifier: MIT
// The page that `berth new NAME --with page` writes, in Chromium: as the host serves it, with the shipped echo for the project.
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { TestHost } from "../support/host.mjs";
import { launch, open_tab } from "./browser.mjs";

const soon = { timeout: 60000 };
const directory = mkdtempSync(join(tmpdir(), "berth-template-"));
let host, browser;

before(async () => {
    chmodSync(directory, 0o755); // The process that serves it is nobody's.
    for (const name of ["index.html", "page.js"]) {
        const text = readFileSync(new URL(`../../sdk/template/page/${name}`, import.meta.url), "utf8");
        writeFileSync(join(directory, name), text.replaceAll("%NAME%", "echo"));
    }
    host = await TestHost.start("--drain", "0", "--page", `/mine=${directory}`, "echo");
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await host?.stop();
    rmSync(directory, { recursive: true });
});

const shows = (tab, state) => tab.waitForFunction((wanted) => document.getElementById("state").textContent.startsWith(wanted), state);

test("it talks to the project, and comes back after a redeploy when the host wants it", soon, async () => {
    const tab = await open_tab(browser, `${host.pages}/mine/`);
    await shows(tab, "connected");
    await tab.fill("#text", "<b>ahoy</b>");
    await tab.keyboard.press("Enter");
    await tab.locator("#messages li", { hasText: "<b>ahoy</b>" }).waitFor();

    const { code, err } = await host.cli("reload", "echo", "--yes");
    assert.equal(code, 0, err);
    await shows(tab, "closed with 1012");
    const closed_at = performance.now();
    await tab.fill("#text", "later");
    await tab.keyboard.press("Enter");
    assert.equal(await tab.inputValue("#text"), "later", "what cannot be sent is not lost");
    await shows(tab, "connected");

    // What the page showed is seen a moment later.
    assert.ok(performance.now() - closed_at >= 900, `back after ${performance.now() - closed_at} ms`);
    assert.deepEqual(tab.problems, []);
});

test("it stays away when somebody has closed it on purpose", soon, async () => {
    const tab = await open_tab(browser, `${host.pages}/mine/`);
    await shows(tab, "connected");

    const { code, err } = await host.cli("disconnect", "--project", "echo", "--code", "1000", "--reason", "enough", "--yes");
    assert.equal(code, 0, err);

    await shows(tab, "ended with 1000 enough");
    assert.deepEqual(tab.problems, []);
});
