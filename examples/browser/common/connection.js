// SPDX-License-Identifier: MIT
// A WebSocket that comes back: it reconnects with growing, random pauses until it is closed for good.

const pause_min_ms = 500;
const pause_max_ms = 15000;

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

/**
 * Events (all are CustomEvents): "open"; "message" with detail the data; "state" with detail one of
 * "connecting", "open", "waiting", "closed" - for whoever shows it.
 */
export class Connection extends EventTarget {
    #address;
    #socket = null;
    #attempts = 0;
    #timer = 0;
    #is_closed = false;

    constructor(address) {
        super();
        this.#address = address;
        // A laptop that wakes up or a network that returns need not wait for the pause to end.
        addEventListener("online", () => this.#hurry());
        document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
    }

    connect() {
        this.#tell("state", "connecting");
        const socket = new WebSocket(this.#address);
        socket.binaryType = "arraybuffer";
        socket.addEventListener("open", () => {
            this.#attempts = 0;
            this.#tell("state", "open");
            this.#tell("open");
        });
        socket.addEventListener("message", (event) => this.#tell("message", event.data));
        socket.addEventListener("close", () => this.#lost());
        this.#socket = socket;
        return this;
    }

    /** False when there is no connection at the moment: nothing is kept for later. */
    send(data) {
        if (this.#socket?.readyState !== WebSocket.OPEN) return false;
        this.#socket.send(data);
        return true;
    }

    close() {
        this.#is_closed = true;
        clearTimeout(this.#timer);
        this.#socket?.close(1000);
    }

    #lost() {
        this.#socket = null;
        if (this.#is_closed) return this.#tell("state", "closed");
        // Random over the whole pause, so that many pages do not come back in the same instant.
        const pause = Math.min(pause_max_ms, pause_min_ms * 2 ** this.#attempts++);
        this.#timer = setTimeout(() => this.connect(), pause_min_ms / 2 + Math.random() * pause);
        this.#tell("state", "waiting");
    }

    #hurry() {
        if (this.#socket !== null || this.#is_closed) return;
        clearTimeout(this.#timer);
        this.connect();
    }

    #tell(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}

const words = { connecting: "connecting…", open: "connected", waiting: "not connected, trying again…", closed: "closed" };

/** Keeps an element's text and its data-state in step with a connection. */
export function show_state(connection, element) {
    connection.addEventListener("state", ({ detail }) => {
        element.textContent = words[detail];
        element.dataset.state = detail;
    });
}

/** An element with text; no markup is ever made from what others sent. */
export function make(tag, text = "", properties = {}) {
    return Object.assign(document.createElement(tag), { textContent: text }, properties);
}
