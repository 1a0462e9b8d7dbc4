# SPDX-License-Identifier: MIT
"""The Markdown that people read; the JSON beside it has everything."""

from pathlib import Path

import figures
from servers import VARIANTS

HERE = Path(__file__).resolve().parent


def number(value):
    if abs(value) >= 10_000:
        return f"{value / 1000:,.0f} k"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def ratio(figure):
    return f"{figure['median']:.2f} ({figure['low']:.2f}–{figure['high']:.2f})"


def measured(target):
    return "–" if "trouble" in target else ratio(target)


def all_rows(results):
    return results["rows"] + results["untuned"] + results["protection"] + [point for sweep in results["sweeps"] for point in sweep["points"]]


def leave_out_runs(results):
    """Keeps medians and quartiles alone."""
    for row in all_rows(results):
        for server in row["servers"].values():
            del server["runs"]


def loaded_row(row):
    lines = [f"**{row['name']}**: {row['work']}", "",
             f"| server | rate/s | CPU µs | p50 µs | p99 µs | rate × {row['floor']} | CPU × {row['floor']} | core busy, load busy |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for name, server in row["servers"].items():
        middle = {metric: figure["median"] for metric, figure in server["summary"].items()}
        over = server["over_floor"]
        lines.append(f"| {name} | {number(middle['rate'])} | {middle['cpu']:.2f} | {number(middle['p50'])} | "
                     f"{number(middle['p99'])} | {ratio(over['rate'])} | {ratio(over['cpu'])} | "
                     f"{middle['server_busy']:.0%}, {middle['load_busy']:.0%} |")
    return lines


def memory_row(row):
    lines = [f"**{row['name']}**: {row['work']}", "", "| server | bytes a connection | of them |", "| --- | --- | --- |"]
    for name, server in row["servers"].items():
        parts = ", ".join(f"{part.removesuffix(' memory')} {figure['median']:,.0f}"
                          for part, figure in server["summary"].items() if part != "memory")
        lines.append(f"| {name} | {server['summary']['memory']['median']:,.0f} | {parts} |")
    return lines


def targets(rows):
    lines = ["| row | server | target | measured: median (quartiles) | |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        for target in row["targets"]:
            verdict = figures.verdict(target)
            if "trouble" in target:
                # It may quote what the server has written.
                verdict = " ".join(verdict.replace("|", "\\|").split())
            lines.append(f"| {row['name']} | {target['server']} | {target['target']} | {measured(target)} | "
                         f"{verdict if target.get('met') else f'**{verdict}**'} |")
    return lines if len(lines) > 2 else []


def sweep_table(sweep):
    names = list(sweep["points"][0]["servers"])
    lines = [f"**{sweep['words']}**", "", "| " + " | ".join([sweep["words"], *(f"{name}: rate/s, CPU µs" for name in names)]) + " |",
             "| --- " * (len(names) + 1) + "|"]
    for point in sweep["points"]:
        cells = []
        for name in names:
            middle = point["servers"].get(name, {}).get("summary")
            cells.append(f"{number(middle['rate']['median'])}, {middle['cpu']['median']:.2f}" if middle else "–")
        lines.append("| " + " | ".join([str(point["value"]), *cells]) + " |")
    return lines


def markdown(results):
    conditions = results["conditions"]
    lines = ["# Benchmark", ""]
    lines += [f"- {name}: {value if isinstance(value, str) else ', '.join(f'{k} {v}' for k, v in value.items())}"
              for name, value in conditions.items()]
    lines += ["- pairs: {pairs}, servers started {starts} times, {window_ms} ms each after {warm_up_ms} ms, priority {nice}".format(**results["plan"]),
              "- server on core {}, load on core {}".format(*results["cores"])]
    for title, rows in (("Targets", results["rows"]), ("Not tuned for", results["untuned"]),
                        ("What protection costs", results["protection"])):
        if not rows:
            continue
        lines += ["", f"## {title}", "", *targets(rows)]
        if any(name in VARIANTS for row in rows for name in row["servers"]):
            lines += [f"- {name}: " + ", ".join(f"`{setting}`" for setting in settings) for name, (_, settings) in VARIANTS.items()]
        for row in rows:
            lines += ["", *(memory_row(row) if row["kind"] == "memory" else loaded_row(row))]
            lines += [f"\n{name} was left out: {trouble}" for name, trouble in row["troubles"].items()]
    if results["sweeps"]:
        lines += ["", "## Growth"]
        for sweep in results["sweeps"]:
            lines += ["", *sweep_table(sweep)]
    lines += ["", "## Configuration", "", "```toml", *(HERE / "berth.toml").read_text().splitlines(), "```", ""]
    lines.append("Beyond it each server has its isolation, and these rows:")
    for row in results["rows"] + results["untuned"] + results["protection"]:
        settings = {setting for name, given in row["settings"].items() if name not in VARIANTS for setting in given
                    if not setting.startswith("defaults.isolation=")}
        if settings:
            lines.append(f"- {row['name']}: " + ", ".join(f"`{setting}`" for setting in sorted(settings)))
    return "\n".join(lines) + "\n"
