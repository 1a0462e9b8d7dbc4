// SPDX-License-Identifier: MIT
// The page of the project `echo`: sends texts and shows how long each took to come back.
import { connect, follow, make, show_state } from "/common/connection.js";

const $ = (id) => document.getElementById(id);
const client = await connect("echo");
show_state(client, $("state"));

/** When each text that is on its way was sent; answers come in order. */
let sent_at = [];

follow(client, () => (sent_at = []));
client.on("message", (text) => {
    const took = performance.now() - sent_at.shift();
    $("lines").prepend(make("li", `${text} (${took.toFixed(1)} ms)`));
});

$("say").addEventListener("submit", (event) => {
    event.preventDefault();
    if (client.send($("text").value) === "sent") sent_at.push(performance.now());
});
