// SPDX-License-Identifier: MIT
// The browser client: a WebSocket that comes back by itself, and says what happens to it.
import { Client } from "/js/berth-client.mjs";

const board = document.getElementById("board");
const state = document.getElementById("state");
const { urls } = await (await fetch("/berth.json")).json(); // where the host that serves this page listens
const { protocol, port } = new URL(urls[0]);
const client = new Client(`${protocol}//${location.hostname}:${port}/08-page`, { reconnect_first: true });

function show(text, is_open) {
    state.textContent = text;
    board.disabled = !is_open;
}

client.on("opening", () => show("connected", true));
client.on("resumed", () => show("connected again", true));
client.on("interrupted", (end, delay_ms) => show(`closed with ${end.code}, again in ${Math.ceil(delay_ms / 1000)} s`, false));
client.on("closing", (end) => show(`ended with ${end.code} ${end.reason}`, false));
client.on("message", (text) => {
    if (board.value !== text) board.value = text;
});
board.addEventListener("input", () => client.send(board.value));
