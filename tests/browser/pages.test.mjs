// SPDX-License-Identifier: MIT
// The example pages in Chromium: two tabs chat, the history outlives a restart, the ticker moves by itself.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { TestHost } from "../support/host.mjs";
import { launch, open_tab } from "./browser.mjs";

let host, browser;

before(async () => {
    host = await TestHost.start("--pages", "echo", "chat", "ticker");
    browser = await launch();
});

after(async () => {
    await browser?.close();
    await host?.stop();
});

/** No port of its own: each host of these tests listens elsewhere, and its pages find out where. */
const page_url = (name) => `${host.pages}/${name}/`;

async function enter(nick, room = "lobby") {
    const tab = await open_tab(browser, page_url("chat"));
    await tab.getByLabel("Your name").fill(nick);
    await tab.getByLabel("Room").fill(room);
    await tab.getByRole("button", { name: "Enter" }).click();
    await tab.getByText(`you are ${nick}`).waitFor();
    return tab;
}

async function say(tab, text) {
    await tab.getByLabel("Say something").fill(text);
    await tab.getByRole("button", { name: "Send" }).click();
}

const line = (tab, text) => tab.locator("#lines li", { hasText: text });
const people = (tab) => tab.locator("#people li").allTextContents();

/** Waits until `read` gives what is expected; fails with the last that it gave. */
async function expect_soon(read, expected) {
    let seen;
    for (const until = Date.now() + 20000; Date.now() < until; await new Promise((done) => setTimeout(done, 50))) {
        seen = await read();
        if (JSON.stringify(seen) === JSON.stringify(expected)) return;
    }
    assert.deepEqual(seen, expected);
}

test("two tabs chat with each other", async () => {
    const ana = await enter("ana"), ben = await enter("ben");
    await expect_soon(() => people(ana), ["ana", "ben"]);

    await say(ana, "hello ben");
    await line(ben, "hello ben").waitFor();
    await say(ben, "hello ana");
    await line(ana, "hello ana").waitFor();

    assert.match(await line(ben, "hello ben").textContent(), /ana/);
    assert.deepEqual([...ana.problems, ...ben.problems], []);
    await ben.context().close();
    await expect_soon(() => people(ana), ["ana"]);
    await ana.context().close();
});

test("what others send is text, never markup", async () => {
    const ana = await enter("ana"), eve = await enter("<b>eve</b>");
    const attack = "<img src=x onerror=alert(1)><script>alert(2)</script>";

    await say(eve, attack);
    await line(ana, attack).waitFor();

    assert.equal(await ana.locator("#lines img, #lines script, #people b").count(), 0);
    await eve.context().close();
    await ana.context().close();
});

test("a name that is taken is refused with a sentence that the reader hears of", async () => {
    const ana = await enter("ana");
    const other = await open_tab(browser, page_url("chat"));
    await other.getByLabel("Your name").fill("ana");
    await other.getByRole("button", { name: "Enter" }).click();

    await other.getByRole("alert").filter({ hasText: "somebody in lobby is called ana already" }).waitFor();

    await other.context().close();
    await ana.context().close();
});

test("rooms are apart", async () => {
    const ana = await enter("ana", "north"), ben = await enter("ben", "south"), cleo = await enter("cleo", "south");

    await say(ben, "only for the south");
    await line(cleo, "only for the south").waitFor();

    assert.equal(await line(ana, "only for the south").count(), 0);
    for (const tab of [ana, ben, cleo]) await tab.context().close();
});

test("an administrator's announcement reaches every tab", async () => {
    const ana = await enter("ana", "east"), ben = await enter("ben", "west");

    const { code, err } = await host.cli("execute", "chat", "announce", "text:back in five minutes");

    assert.equal(code, 0, err);
    for (const tab of [ana, ben]) await line(tab, "back in five minutes").waitFor();
    for (const tab of [ana, ben]) await tab.context().close();
});

test("the history is there after a restart, and a page comes back by itself", async () => {
    const ana = await enter("ana", "harbour");
    await say(ana, "remember the tide");
    await line(ana, "remember the tide").waitFor();

    await host.restart();
    const ben = await enter("ben", "harbour");

    await line(ben, "remember the tide").waitFor();
    await expect_soon(() => people(ben), ["ana", "ben"]);
    await say(ben, "we are back");
    await line(ana, "we are back").waitFor();
    for (const tab of [ana, ben]) await tab.context().close();
});

test("the ticker moves by itself, only in what is watched", async () => {
    const tab = await open_tab(browser, page_url("ticker"));
    const price = (symbol) => tab.locator(`#row-${symbol} td.number`).first().textContent();
    const updates = async () => Number(await tab.locator("#updates").textContent());
    const more_updates = async (count) => {
        const enough = (await updates()) + count;
        await expect_soon(async () => (await updates()) >= enough, true);
    };
    await tab.getByRole("row", { name: "TIDE" }).waitFor();
    const before = await price("TIDE");
    await expect_soon(async () => (await price("TIDE")) !== before, true);

    await tab.getByLabel("watch Tide Power").uncheck();
    await more_updates(2); // Whatever was on its way has come.
    const stopped = await price("TIDE");
    await more_updates(3);

    assert.equal(await price("TIDE"), stopped);
    assert.deepEqual(tab.problems, []);
    await tab.context().close();
});

test("the echo page shows what comes back", async () => {
    const tab = await open_tab(browser, page_url("echo"));
    await tab.getByText("connected", { exact: true }).waitFor();

    await tab.getByLabel("Send a text").fill("grüße 🚢");
    await tab.getByRole("button", { name: "Send" }).click();

    await line(tab, "grüße 🚢").waitFor();
    assert.deepEqual(tab.problems, []);
    await tab.context().close();
});

test("pages work with the keyboard alone", async () => {
    const tab = await open_tab(browser, page_url("chat"));
    await tab.getByText("connected", { exact: true }).waitFor();
    await tab.getByLabel("Your name").focus();
    await tab.keyboard.type("kim");
    await tab.keyboard.press("Enter");
    await tab.getByText("you are kim").waitFor();

    await tab.keyboard.type("typed blindly");
    await tab.keyboard.press("Enter");

    await line(tab, "typed blindly").waitFor();
    await tab.context().close();
});
