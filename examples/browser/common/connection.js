// SPDX-License-Identifier: MIT
// What the pages have in common. The connection itself is the browser client, sdk/js, which is put beside this file.
import { Client } from "./berth-client.mjs";

/** What the host that served this page says of itself: {urls: ["ws://127.0.0.1:7681"]}; null when it is no Berth. */
async function host_facts() {
    try {
        const answer = await fetch("/berth.json");
        return answer.ok ? await answer.json() : null;
    } catch {
        return null;
    }
}

/**
 * The project's address. The host tells the page where it listens; one that listens everywhere, or on this machine, is
 * reached by the name that served the page. Without such a listener (a page that came over TLS needs one with TLS), or
 * when something else serves the page, a proxy in front of both is assumed: the page's own host and port.
 */
export async function address_of(project) {
    const is_secure = location.protocol === "https:";
    const urls = ((await host_facts())?.urls ?? []).map((url) => new URL(url));
    const found = urls.find((url) => url.protocol === "wss:" || !is_secure);
    if (found === undefined) return `${is_secure ? "wss" : "ws"}://${location.host}/${project}`;
    // A certificate names a host, never the address that a listener is bound to.
    const is_by_name = found.protocol === "wss:" || /^(0\.0\.0\.0|127\..*|\[::1?\])$/.test(found.hostname);
    const port = found.port === "" ? "" : `:${found.port}`;
    return `${found.protocol}//${is_by_name ? location.hostname : found.hostname}${port}/${project}`;
}

/** A client of the project that is there until it is closed for good: also before its host is, and after it was away. */
export async function connect(project) {
    return new Client(await address_of(project), { reconnect_first: true, reconnect_delay_ms_max: 15000 });
}

/** Tells how it stands with a connection, now and whenever that changes: "connecting", "open", "waiting", "closed". */
export function follow(client, told) {
    told("connecting");
    client.on("opening", () => told("open"));
    client.on("resumed", () => told("open"));
    client.on("interrupted", () => told("waiting"));
    client.on("closing", () => told("closed"));
}

const words = { connecting: "connecting…", open: "connected", waiting: "not connected, trying again…", closed: "closed" };

/** Keeps an element's text and its data-state in step with a connection. */
export function show_state(client, element) {
    follow(client, (state) => {
        element.textContent = words[state];
        element.dataset.state = state;
    });
}

/** An element with text; no markup is ever made from what others sent. */
export function make(tag, text = "", properties = {}) {
    return Object.assign(document.createElement(tag), { textContent: text }, properties);
}
