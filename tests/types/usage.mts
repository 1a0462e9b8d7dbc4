// SPDX-License-Identifier: MIT
// Every name of the browser client's types, as a program uses it. It is compiled, never run.
import { Client, hint_in_reason, is_worth_another } from "../../sdk/js/berth-client.mjs";
import type { End, Events, Options, Received, Sendable, Sent, State } from "../../sdk/js/berth-client.mjs";

const options: Options = {
    protocols: ["chat.v2", "chat.v1"],
    binary_type: "blob",
    connect_timeout_ms: 5000,
    close_timeout_ms: 1000,
    send_bytes_max: 1 << 20,
    reconnect: true,
    reconnect_first: true,
    reconnect_attempts_max: 3,
    reconnect_delay_ms: 100,
    reconnect_delay_ms_max: 1000,
    offline_bytes_max: 1 << 16,
    offline_messages_max: 10,
    WebSocket: globalThis.WebSocket,
    socket_options: { headers: { cookie: "nick=ana" } },
    random: Math.random,
    clock: { now: () => Date.now(), set: (call, ms) => setTimeout(call, ms), clear: (timer) => clearTimeout(timer as number) },
};
const client = new Client("/chat", options);
const opened: Promise<Client> = Client.connect("ws://127.0.0.1:7681/chat");

const forget: () => void = client.on("opening", () => client.send("hello"));
client.on("message", (data: Received) => {
    if (typeof data === "string") return data.length;
    return data instanceof ArrayBuffer ? data.byteLength : data.size;
});
client.on("interrupted", (end, delay_ms) => {
    const code: number = end.code, in_ms: number = delay_ms;
    return [code, in_ms, end.reason.length, end.clean, end.status ?? 0, end.retry_after_ms ?? 0];
});
client.on("resumed", forget);
client.on("error", (error) => error.message);
const ended: Events["closing"] = (end: End) => end.reason;
client.on("closing", ended);

const messages: Sendable[] = ["text", new ArrayBuffer(1), new Uint8Array(1), new Blob([])];
for (const message of messages) {
    const sent: Sent = client.send(message);
    if (sent === "full" || sent === "offline" || sent === "closed" || sent === "kept") break;
}
const state: State = client.state;
const facts: [string, number, Promise<End>] = [client.protocol, client.unsent_bytes, client.closed];
const again: boolean = is_worth_another({ code: 1012, reason: "", clean: true });
const hint: number | undefined = hint_in_reason("restart; retry-after=2");
client.close();
client.close(3000, "done");
export const all = [opened, state, facts, again, hint];

// @ts-expect-error there is no such event
client.on("open", () => {});
// @ts-expect-error a number is no message
client.send(1);
// @ts-expect-error what it says may not be kept
client.state = "open";
// @ts-expect-error not a promise of a string
export const wrong: Promise<string> = client.closed;
// @ts-expect-error seconds are not asked for
new Client("/chat", { connect_timeout_s: 5 });
// @ts-expect-error a listener of interrupted gets an end and a delay
client.on("interrupted", (end: string) => end);
