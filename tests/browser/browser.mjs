// SPDX-License-Identifier: MIT
// Debian's Chromium, headless, as Playwright drives it.
import { chromium } from "playwright-core";

// Without these Chromium looks for its maker's hosts and wants a GPU and a sandbox of its own.
const switches = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

export function launch(more = []) {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    return chromium.launch({ executablePath, headless: true, args: [...switches, ...more] });
}

/** A new tab in a context of its own; `problems` gathers what its console and its scripts complain about. */
export async function open_tab(browser, url, options = {}) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(20000);
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
    await page.goto(url);
    return page;
}
