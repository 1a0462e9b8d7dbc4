#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws how cost grows, one SVG a sweep, from results.json: plot.py RESULTS.json [DIRECTORY]"""

import html
import json
import math
import sys
from pathlib import Path

WIDTH, HEIGHT = 860, 340
PANEL = {"left": 70, "top": 40, "width": 320, "height": 230}
COLOURS = {"raw": "#888888", "hand": "#b8860b", "none": "#1f6fb4", "process": "#c0392b"}
PANELS = (("rate", "operations a second"), ("cpu", "CPU of the servers, µs an operation"))


def ticks(low, high):
    """Round numbers over the range, one, two and five times the powers of ten."""
    step = 10 ** math.floor(math.log10((high - low) or 1))
    for factor in (0.2, 0.5, 1, 2, 5):
        if (high - low) / (step * factor) <= 6:
            step *= factor
            break
    first = math.ceil(low / step)
    return [step * i for i in range(first, math.floor(high / step) + 1)]


def label(value):
    if value and value % 1024 == 0:
        return f"{value / 1024:g} Ki"
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g}"


class Panel:
    """One chart: x by its logarithm, y from zero."""

    def __init__(self, left, title, axis, xs, top):
        self.left, self.title, self.axis, self.xs, self.top = left, title, axis, xs, top or 1

    def x(self, value):
        low, high = math.log(self.xs[0]), math.log(self.xs[-1])
        share = (math.log(value) - low) / (high - low) if high > low else 0.5
        return self.left + share * PANEL["width"]

    def y(self, value):
        return PANEL["top"] + PANEL["height"] * (1 - value / self.top)

    def frame(self):
        bottom, right = PANEL["top"] + PANEL["height"], self.left + PANEL["width"]
        parts = [text(self.left, PANEL["top"] - 14, self.title, size=13)]
        for value in ticks(0, self.top):
            parts.append(f'<path d="M{self.left} {self.y(value):.1f}H{right}" stroke="#dddddd"/>')
            parts.append(text(self.left - 6, self.y(value) + 4, label(value), anchor="end"))
        for value in self.xs:
            parts.append(f'<path d="M{self.x(value):.1f} {bottom}v5" stroke="#444444"/>')
            parts.append(text(self.x(value), bottom + 18, label(value), anchor="middle"))
        parts.append(f'<path d="M{self.left} {PANEL["top"]}V{bottom}H{right}" fill="none" stroke="#444444"/>')
        parts.append(text((self.left + right) / 2, bottom + 38, self.axis, anchor="middle"))
        return parts

    def curve(self, points, colour):
        """Medians as a line, quartiles as a bar at each."""
        line = " ".join(f"{self.x(x):.1f},{self.y(figure['median']):.1f}" for x, figure in points)
        parts = [f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>']
        for x, figure in points:
            low, high = self.y(figure["low"]), self.y(min(figure["high"], self.top))
            parts.append(f'<path d="M{self.x(x):.1f} {low:.1f}V{high:.1f}" stroke="{colour}"/>')
            parts.append(f'<circle cx="{self.x(x):.1f}" cy="{self.y(figure["median"]):.1f}" r="3" fill="{colour}"/>')
        return parts


def text(x, y, words, anchor="start", size=11):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{html.escape(words)}</text>'


def svg(sweep):
    names = [name for name in sweep["points"][0]["servers"]]
    parts = []
    for place, (metric, title) in enumerate(PANELS):
        curves = {name: [(point["value"], point["servers"][name]["summary"][metric])
                         for point in sweep["points"] if name in point["servers"]] for name in names}
        top = 1.05 * max((figure["high"] for points in curves.values() for _, figure in points), default=1)
        panel = Panel(PANEL["left"] + place * (PANEL["width"] + 100), title, sweep["words"],
                      [point["value"] for point in sweep["points"]], top)
        parts += panel.frame()
        for name, points in curves.items():
            parts += panel.curve(points, COLOURS.get(name, "#2e8b57"))
    for i, name in enumerate(names):
        x = PANEL["left"] + i * 110
        parts.append(f'<path d="M{x} {HEIGHT - 8}h20" stroke="{COLOURS.get(name, "#2e8b57")}" stroke-width="2"/>')
        parts.append(text(x + 26, HEIGHT - 4, name))
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
                      f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', *parts, "</svg>", ""])


def draw(results, directory):
    """One file a sweep; answers their paths."""
    drawn = []
    for sweep in results["sweeps"]:
        if any(point["servers"] for point in sweep["points"]):
            path = Path(directory) / f"growth-{sweep['name']}.svg"
            path.write_text(svg(sweep))
            drawn.append(path)
    return drawn


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    for written in draw(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2] if len(sys.argv) == 3 else "."):
        print(written)
