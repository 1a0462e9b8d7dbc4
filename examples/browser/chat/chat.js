// SPDX-License-Identifier: MIT
// The page of the project `chat`; its protocol is in plugins/chat/README.md.
import { connect, follow, make, show_state } from "/common/connection.js";

const $ = (id) => document.getElementById(id);
const client = await connect("chat");
show_state(client, $("state"));

/** Where we are or want to be again after a reconnection: {room, nick}, or null. */
let place = null;
/** Whether the project has let us in since the connection opened. */
let is_in = false;
const lines_max = 500;

/** False when it could not be sent: nothing is kept for later. */
const request = (what) => client.send(JSON.stringify(what)) === "sent";
const time_of = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

function show_place() {
    $("join").hidden = place !== null;
    $("inside").hidden = place === null;
    if (place !== null) $("room-title").textContent = `${place.room} · you are ${place.nick}`;
}

function add_line(at, nick, text, kind = "said") {
    const lines = $("lines");
    const was_at_end = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
    const line = make("li", "", { className: kind });
    line.append(make("time", time_of(at), { dateTime: new Date(at).toISOString() }), make("b", nick), make("span", text));
    lines.append(line);
    while (lines.childElementCount > lines_max) lines.firstElementChild.remove();
    if (was_at_end) lines.scrollTop = lines.scrollHeight;
}

const heard = {
    welcome({ motd }) {
        if (motd) add_line(Date.now(), "welcome", motd, "notice");
    },
    joined({ room, nick, history }) {
        const is_new = place === null;
        place = { room, nick };
        is_in = true;
        $("lines").replaceChildren();
        for (const { at, nick, text } of history) add_line(at, nick, text);
        show_place();
        if (is_new) $("text").focus();
    },
    said: ({ at, nick, text }) => add_line(at, nick, text),
    notice: ({ at, text }) => add_line(at, "notice", text, "notice"),
    people: ({ people }) => $("people").replaceChildren(...people.map((nick) => make("li", nick))),
    error({ text }) {
        $("error").textContent = text;
        // After a reconnection our own name may still be taken by the connection that was lost.
        if (place !== null && !is_in) setTimeout(join_again, 2000);
    },
};

function join_again() {
    if (place !== null && !is_in) request({ do: "join", ...place });
}

client.on("message", (text) => {
    const message = JSON.parse(text);
    if (message.is !== "error") $("error").textContent = "";
    heard[message.is]?.(message);
});

follow(client, (state) => {
    for (const button of document.querySelectorAll("button")) button.disabled = state !== "open";
    is_in = false;
    if (state === "open") join_again();
});

$("join").addEventListener("submit", (event) => {
    event.preventDefault();
    request({ do: "join", room: $("room").value.trim(), nick: $("nick").value.trim() });
});

$("say").addEventListener("submit", (event) => {
    event.preventDefault();
    if (request({ do: "say", text: $("text").value })) $("text").value = "";
});

$("leave").addEventListener("click", () => {
    request({ do: "leave" });
    place = null;
    is_in = false;
    show_place();
    $("nick").focus();
});

show_place();
