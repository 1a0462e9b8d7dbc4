// SPDX-License-Identifier: MIT
// A WebSocket that comes back, for browsers and Node.js. The interface is described in berth-client.d.mts.

const defaults = {
    protocols: [],
    binary_type: "arraybuffer",
    connect_timeout_ms: 10000,
    close_timeout_ms: 5000,
    send_bytes_max: 16 << 20,
    reconnect: true,
    reconnect_first: false,
    reconnect_attempts_max: 0,
    reconnect_delay_ms: 500,
    reconnect_delay_ms_max: 30000,
    offline_bytes_max: 0,
    offline_messages_max: 256,
    random: Math.random,
    clock: {
        now: () => Date.now(),
        set: (call, ms) => setTimeout(call, ms),
        clear: (timer) => clearTimeout(timer),
    },
};

const day_ms = 24 * 60 * 60 * 1000;
// A connection that has stood this long counts as good: delays begin anew after it.
const stable_after_ms = 10000;
const passing_codes = new Set([1001, 1005, 1006, 1011, 1012, 1013, 1014]);
const passing_statuses = new Set([408, 425, 429, 500, 502, 503, 504]);
const OPEN = 1;

export function hint_in_reason(reason) {
    for (const word of reason.split(/[ ,;]/)) {
        const seconds = /^retry-after=(\d+)$/i.exec(word)?.[1];
        if (seconds !== undefined) return Math.min(Number(seconds) * 1000, day_ms);
    }
    return undefined;
}

export function is_worth_another(end) {
    if (end.status !== undefined) return passing_statuses.has(end.status);
    return passing_codes.has(end.code) || hint_in_reason(end.reason) !== undefined;
}

function retry_after_ms(value, now) {
    if (value === undefined) return undefined;
    const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
    return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), day_ms);
}

function size_of(data) {
    if (typeof data === "string") return new TextEncoder().encode(data).length;
    return data.byteLength ?? data.size;
}

/** What the caller may change afterwards is copied. */
function copy_of(data) {
    if (data instanceof ArrayBuffer) return data.slice(0);
    if (ArrayBuffer.isView(data)) return data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
    return data;
}

function absolute(url) {
    const base = globalThis.location?.href;
    const parsed = new URL(url, base);
    if (parsed.protocol === "http:") parsed.protocol = "ws:";
    if (parsed.protocol === "https:") parsed.protocol = "wss:";
    if (parsed.protocol !== "ws:" && parsed.protocol !== "wss:")
        throw new SyntaxError(`${url}: the scheme must be ws or wss`);
    if (parsed.hash !== "") throw new SyntaxError(`${url}: a WebSocket's URL has no fragment`);
    return parsed.href;
}

export class Client {
    #url;
    #options;
    #Socket;
    #listeners = new Map();
    #state = "connecting";
    #socket = null;
    #timer = null;
    #protocol = "";
    #kept = [];
    #kept_bytes = 0;
    #closed;
    #tell_closed;

    #was_open = false;
    #opened_at = null;
    #attempts = 0; // since the last one that succeeded
    #doublings = 0;
    #last_end = { code: 1006, reason: "", clean: false };
    #not_before = 0;
    #gave_up = false; // closed while connecting: that is the whole reason
    #hurry = () => this.#come_sooner();

    constructor(url, options = {}) {
        this.#url = absolute(url);
        this.#options = { ...defaults, ...options };
        this.#Socket = this.#options.WebSocket ?? globalThis.WebSocket;
        if (typeof this.#Socket !== "function")
            throw new TypeError("there is no WebSocket here: pass one as options.WebSocket, for example that of the package ws");
        this.#closed = new Promise((tell) => (this.#tell_closed = tell));
        this.#attempt();
        // A network that returned need not be waited for.
        globalThis.addEventListener?.("online", this.#hurry);
    }

    static connect(url, options) {
        return new Promise((opened, failed) => {
            const client = new Client(url, options);
            let why;
            client.on("opening", () => opened(client));
            client.on("error", (error) => (why = error));
            client.on("closing", ({ code, reason }) => failed(why ?? new Error(`closed with ${code} ${reason}`.trim())));
        });
    }

    get state() {
        return this.#state;
    }

    get protocol() {
        return this.#protocol;
    }

    get unsent_bytes() {
        return this.#kept_bytes + (this.#socket?.bufferedAmount ?? 0);
    }

    get closed() {
        return this.#closed;
    }

    on(event, listener) {
        const all = this.#listeners.get(event) ?? new Set();
        this.#listeners.set(event, all.add(listener));
        return () => all.delete(listener);
    }

    send(data) {
        if (this.#state === "closing" || this.#state === "closed") return "closed";
        if (this.#state === "open" && this.#socket.readyState === OPEN) {
            const waiting = this.#socket.bufferedAmount;
            if (waiting > 0 && waiting + size_of(data) > this.#options.send_bytes_max) return "full";
            this.#socket.send(data);
            return "sent";
        }
        if (this.#state === "open" && !this.#options.reconnect) return "closed";
        if (this.#options.offline_bytes_max === 0) return "offline";
        return this.#keep(data);
    }

    close(code = 1000, reason = "") {
        if (code !== 1000 && !(code >= 3000 && code <= 4999)) throw new RangeError(`close code ${code}: 1000, or 3000 to 4999`);
        if (size_of(reason) > 123) throw new RangeError("close reason: at most 123 bytes");
        if (this.#state === "closing" || this.#state === "closed") return;
        const was = this.#state;
        this.#state = "closing";
        this.#clear_timer();
        if (was === "waiting") return this.#finish(this.#last_end);

        this.#gave_up = was === "connecting";
        const socket = this.#socket;
        this.#timer = this.#options.clock.set(
            () => this.#ended(socket, { code: 1006, reason: "", clean: false }, "the server did not answer the close"),
            this.#options.close_timeout_ms,
        );
        socket.close(code, reason);
    }

    #attempt() {
        this.#state = "connecting";
        const { protocols, socket_options, connect_timeout_ms, clock } = this.#options;
        const socket =
            socket_options === undefined
                ? new this.#Socket(this.#url, protocols)
                : new this.#Socket(this.#url, protocols, socket_options);
        this.#socket = socket;
        socket.binaryType = this.#options.binary_type;
        let refusal = {};

        socket.addEventListener("open", () => this.#opened(socket));
        socket.addEventListener("message", ({ data }) => {
            if (socket === this.#socket && this.#state === "open") this.#tell("message", data);
        });
        socket.addEventListener("error", () => {}); // A close follows, and says more.
        socket.addEventListener("close", ({ code, reason, wasClean }) =>
            this.#ended(socket, { code, reason, clean: wasClean, ...refusal }));
        // Only `ws` for Node.js can say why a handshake was refused.
        socket.on?.("unexpected-response", (request, response) => {
            const asked = retry_after_ms(response.headers["retry-after"], clock.now());
            refusal = { status: response.statusCode, ...(asked === undefined ? {} : { retry_after_ms: asked }) };
            socket.terminate();
        });
        if (connect_timeout_ms > 0) {
            this.#timer = clock.set(() => {
                this.#ended(socket, { code: 1006, reason: "", clean: false }, "there was no connection within the time limit");
            }, connect_timeout_ms);
        }
    }

    #opened(socket) {
        if (socket !== this.#socket || this.#state !== "connecting") return;
        this.#clear_timer();
        this.#state = "open";
        this.#protocol = socket.protocol ?? "";
        this.#opened_at = this.#options.clock.now();
        this.#attempts = 0;
        for (const data of this.#kept) socket.send(data);
        this.#kept = [];
        this.#kept_bytes = 0;
        const first = !this.#was_open;
        this.#was_open = true;
        this.#tell(first ? "opening" : "resumed");
    }

    /** The connection or the attempt is over; whatever else its socket says is of no interest. */
    #ended(socket, how, why) {
        if (socket !== this.#socket) return;
        this.#socket = null;
        this.#clear_timer();
        if (socket.readyState < 3) (socket.terminate ?? socket.close).call(socket);
        const hint = how.retry_after_ms ?? hint_in_reason(how.reason);
        const end = Object.freeze(hint === undefined ? how : { ...how, retry_after_ms: hint });
        this.#last_end = end;

        const delay = this.#state === "closing" ? undefined : this.#next_delay(end);
        if (delay === undefined) return this.#finish(end, why);
        this.#state = "waiting";
        this.#not_before = this.#options.clock.now() + (hint ?? 0);
        this.#timer = this.#options.clock.set(() => this.#again(), delay);
        this.#tell("interrupted", end, delay);
    }

    /** Full jitter below a ceiling that doubles with each failure, on top of what the server asked for. */
    #next_delay(end) {
        const o = this.#options;
        if (this.#opened_at !== null && o.clock.now() - this.#opened_at >= stable_after_ms) this.#doublings = 0;
        this.#opened_at = null;
        if (!o.reconnect || (!this.#was_open && !o.reconnect_first) || !is_worth_another(end)) return undefined;
        if (o.reconnect_attempts_max !== 0 && this.#attempts >= o.reconnect_attempts_max) return undefined;
        ++this.#attempts;
        const ceiling = Math.min(o.reconnect_delay_ms * 2 ** this.#doublings, o.reconnect_delay_ms_max);
        this.#doublings = Math.min(this.#doublings + 1, 30);
        return (end.retry_after_ms ?? 0) + Math.floor(ceiling * o.random());
    }

    #again() {
        this.#timer = null;
        try {
            this.#attempt();
        } catch (error) {
            // A page's rules, say, have changed. Nobody is there to catch it, so it is told as any other end.
            this.#finish(Object.freeze({ code: 1006, reason: "", clean: false }), error?.message ?? String(error));
        }
    }

    #come_sooner() {
        if (this.#state !== "waiting") return;
        const { clock, random, reconnect_delay_ms } = this.#options;
        this.#clear_timer();
        const hint = Math.max(0, this.#not_before - clock.now());
        this.#timer = clock.set(() => this.#again(), hint + Math.floor(reconnect_delay_ms * random()));
    }

    #finish(end, why) {
        this.#state = "closed";
        this.#kept = [];
        this.#kept_bytes = 0;
        globalThis.removeEventListener?.("online", this.#hurry);
        if (end.code === 1006 && !this.#gave_up) this.#tell("error", new Error(`${this.#shown()}: ${why ?? this.#reason_of(end)}`));
        this.#tell("closing", end);
        this.#tell_closed(end);
    }

    #reason_of(end) {
        if (end.status !== undefined) return `the server answered ${end.status}`;
        return this.#was_open ? "the connection was lost" : "there is no connection";
    }

    /** The URL without its query, which may hold a secret. */
    #shown() {
        return this.#url.split("?")[0];
    }

    #keep(data) {
        const size = size_of(data);
        const { offline_bytes_max, offline_messages_max } = this.#options;
        if (this.#kept.length >= offline_messages_max || this.#kept_bytes + size > offline_bytes_max) return "full";
        this.#kept.push(copy_of(data));
        this.#kept_bytes += size;
        return "kept";
    }

    #clear_timer() {
        if (this.#timer !== null) this.#options.clock.clear(this.#timer);
        this.#timer = null;
    }

    /** A listener that throws is reported as any other uncaught error and keeps nobody else from hearing. */
    #tell(event, ...facts) {
        for (const listener of [...(this.#listeners.get(event) ?? [])]) {
            try {
                listener(...facts);
            } catch (error) {
                queueMicrotask(() => {
                    throw error;
                });
            }
        }
    }
}
