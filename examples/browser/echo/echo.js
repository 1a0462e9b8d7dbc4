// SPDX-License-Identifier: MIT
// The page of the project `echo`: sends texts and shows how long each took to come back.
import { Connection, address_of, make, show_state } from "/common/connection.js";

const $ = (id) => document.getElementById(id);
const connection = new Connection(await address_of("echo"));
show_state(connection, $("state"));

/** When each text that is on its way was sent; answers come in order. */
let sent_at = [];

connection.addEventListener("state", () => (sent_at = []));
connection.addEventListener("message", ({ detail }) => {
    const took = performance.now() - sent_at.shift();
    $("lines").prepend(make("li", `${detail} (${took.toFixed(1)} ms)`));
});

$("say").addEventListener("submit", (event) => {
    event.preventDefault();
    if (connection.send($("text").value)) sent_at.push(performance.now());
});

connection.connect();
