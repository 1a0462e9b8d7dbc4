// SPDX-License-Identifier: MIT
// Talks to the project over a plain WebSocket, and comes back when the connection is lost.
const part = (id) => document.getElementById(id);
// The host that serves this page says where it listens.
const { urls } = await (await fetch("/berth.json")).json();
const { protocol, port } = new URL(urls[0]);

// Codes with which a connection is lost; with any other somebody means it.
const passing = new Set([1001, 1005, 1006, 1011, 1012, 1013, 1014]);
let socket;
let pause = 500;

function connect() {
  socket = new WebSocket(`${protocol}//${location.hostname}:${port}/%NAME%`);
  socket.onopen = () => {
    pause = 500;
    part("state").textContent = "connected";
  };
  socket.onmessage = ({ data }) => {
    const line = document.createElement("li");
    line.textContent = data; // as text, whatever it is
    part("messages").append(line);
  };
  socket.onclose = ({ code, reason }) => {
    if (!passing.has(code)) {
      part("state").textContent = `ended with ${code} ${reason}`;
      return;
    }
    part("state").textContent = `closed with ${code}, trying again`;
    // Not before the host wants it, and random, so that not everybody comes back at once.
    const asked = 1000 * (/retry-after=(\d+)/.exec(reason)?.[1] ?? 0);
    setTimeout(connect, asked + pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, 30_000);
  };
}

part("form").onsubmit = (event) => {
  event.preventDefault();
  if (socket.readyState !== WebSocket.OPEN) return; // It stays where it was typed.
  socket.send(part("text").value);
  part("text").value = "";
};
connect();
