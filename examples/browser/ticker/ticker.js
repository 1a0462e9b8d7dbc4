// SPDX-License-Identifier: MIT
// The page of the project `ticker`; its protocol is in plugins/ticker/README.md.
import { connect, make, show_state } from "/common/connection.js";

const $ = (id) => document.getElementById(id);
const client = await connect("ticker");
show_state(client, $("state"));

/** What this page does not watch; everything else is watched again after a reconnection. */
const unwatched = new Set();
const rows = new Map();
let updates = 0;

const request = (what, symbol) => client.send(JSON.stringify({ do: what, symbol }));

function make_row({ symbol, name, price }) {
    const box = make("input", "", { type: "checkbox", checked: !unwatched.has(symbol) });
    box.setAttribute("aria-label", `watch ${name}`);
    box.addEventListener("change", () => {
        box.checked ? unwatched.delete(symbol) : unwatched.add(symbol);
        request(box.checked ? "watch" : "unwatch", symbol);
    });
    const cells = { price: make("td", price.toFixed(2)), change: make("td", "–") };
    cells.price.className = cells.change.className = "number";
    const row = make("tr", "", { id: `row-${symbol}` });
    const first = make("td");
    first.append(box);
    row.append(first, make("th", symbol, { scope: "row" }), make("td", name), cells.price, cells.change);
    rows.set(symbol, cells);
    return row;
}

const heard = {
    symbols({ symbols }) {
        rows.clear();
        $("symbols").replaceChildren(...symbols.map(make_row));
        for (const { symbol } of symbols) if (!unwatched.has(symbol)) request("watch", symbol);
    },
    prices({ prices }) {
        for (const [symbol, { price, change }] of Object.entries(prices)) {
            const cells = rows.get(symbol);
            if (cells === undefined) continue;
            cells.price.textContent = price.toFixed(2);
            cells.change.textContent = (change > 0 ? "▲ +" : change < 0 ? "▼ " : "") + change.toFixed(2);
            cells.change.className = `number ${change > 0 ? "rose" : change < 0 ? "fell" : ""}`;
        }
        $("updates").textContent = String(++updates);
    },
    error: ({ text }) => ($("error").textContent = text),
};

client.on("message", (text) => {
    const message = JSON.parse(text);
    heard[message.is]?.(message);
});
