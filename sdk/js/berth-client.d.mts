// SPDX-License-Identifier: MIT
// A WebSocket that comes back, for browsers and Node.js. It speaks plain WebSocket to Berth and to any other server; pages
// that do without it lose nothing but this.

/** What the server sends and takes: text, or bytes (received as the `binary_type` says, an ArrayBuffer by default). */
export type Received = string | ArrayBuffer | Blob;
export type Sendable = string | ArrayBuffer | ArrayBufferView | Blob;

/** How a connection, or an attempt, ended. */
export interface End {
    /** The server's close code, untouched; 1005: it gave none; 1006: there was no close frame. */
    readonly code: number;
    readonly reason: string;
    /** Both sides have sent a close frame. */
    readonly clean: boolean;
    /** The HTTP status of a refused handshake, where it can be known: with `ws` for Node.js, never in a browser. */
    readonly status?: number;
    /** When the server asks to be tried again: the word `retry-after=SECONDS` in the reason, or Retry-After. */
    readonly retry_after_ms?: number;
}

/** Listeners by event. Order is guaranteed: `opening` once, then messages; at most one `error`; `closing` always, once,
 *  and last. Between `interrupted` and `resumed` there are no messages. */
export interface Events {
    opening: () => void;
    message: (data: Received) => void;
    closing: (end: End) => void;
    /** Why the end is coming, where it is not simply a close. */
    error: (error: Error) => void;
    /** The connection was lost, or an attempt failed; the next attempt is made in `delay_ms`. */
    interrupted: (end: End, delay_ms: number) => void;
    resumed: () => void;
}

export interface Options {
    /** Sub-protocols, in order of preference. */
    protocols?: string | string[];
    /** "arraybuffer" (default) or "blob". */
    binary_type?: "arraybuffer" | "blob";
    /** Of an attempt; 10000. 0: no limit. */
    connect_timeout_ms?: number;
    /** For the server's answer to a close; 5000. */
    close_timeout_ms?: number;
    /** Bytes that the WebSocket may hold unsent; beyond it `send` answers "full"; 16 MiB. */
    send_bytes_max?: number;

    /** Whether a lost connection is made again; true. See `Client`. */
    reconnect?: boolean;
    /** Also when the very first attempt fails; false. */
    reconnect_first?: boolean;
    /** In a row without success; 0: no limit (default). */
    reconnect_attempts_max?: number;
    /** 500: the n-th delay is a random part of this times 2^n … */
    reconnect_delay_ms?: number;
    /** … up to 30000, and not before what the server asked for. */
    reconnect_delay_ms_max?: number;

    /** What may be sent while there is no connection, to be sent when it is open again; 0: nothing (default). */
    offline_bytes_max?: number;
    /** 256 */
    offline_messages_max?: number;

    /** The WebSocket to use; the global one by default. Node.js before 22 has none: pass that of the package `ws`. */
    WebSocket?: unknown;
    /** Third argument of the constructor, for a WebSocket that takes one: `ws` wants headers and certificates there. */
    socket_options?: unknown;
    /** For tests: chance in [0, 1), and time. */
    random?: () => number;
    clock?: { now(): number; set(call: () => void, ms: number): unknown; clear(timer: unknown): void };
}

export type State = "connecting" | "open" | "waiting" | "closing" | "closed";

/** What became of a message: handed to the WebSocket · kept for the next connection · not taken, for there is no
 *  connection · not taken, for there is no room · not taken, for the end has come. */
export type Sent = "sent" | "kept" | "offline" | "full" | "closed";

/**
 * One connection and its successors. It begins to connect at once; listeners that are added in the same turn miss
 * nothing.
 *
 * It is made again after a loss, and after a close with 1001, 1005 or 1011 to 1014, unless it was closed from this side.
 * Other codes are final, except where the reason asks to come back (`retry-after=SECONDS`). A refused handshake looks
 * like a loss in a browser; where its status can be known, only 408, 425, 429, 500, 502, 503 and 504 are tried again.
 */
export class Client {
    /** `url`: ws:, wss:, or, in a page, a path on the page's own host. Throws where it can't be used. */
    constructor(url: string, options?: Options);

    /** A client that is open; rejected with an Error when the end came first. */
    static connect(url: string, options?: Options): Promise<Client>;

    /** Adds a listener; the answer takes it away again. */
    on<E extends keyof Events>(event: E, listener: Events[E]): () => void;

    /** Never throws for the state of the connection; bytes that are kept are copied. */
    send(data: Sendable): Sent;

    /** Begins the end: 1000, or 3000 to 4999 (browsers allow no other), reason up to 123 bytes. Messages that come
     *  meanwhile are dropped. A second close changes nothing. */
    close(code?: number, reason?: string): void;

    readonly state: State;
    /** Which sub-protocol the server chose; "" without one. */
    readonly protocol: string;
    /** Bytes that were sent or kept and have not left yet. */
    readonly unsent_bytes: number;
    /** Fulfilled with the last `End`, after `closing`. */
    readonly closed: Promise<End>;
}

/** Whether another attempt could end better. */
export function is_worth_another(end: End): boolean;

/** The hint of a close reason in milliseconds, at most a day; undefined when there is none. */
export function hint_in_reason(reason: string): number | undefined;
