#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures Berth beside what the machine and others can do; see README.md."""

import argparse
import dataclasses
import fnmatch
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import figures  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
import scenarios  # noqa: E402
import servers  # noqa: E402

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=SOURCE / "build/bench", help="directory of the build (default build/bench)")
    parser.add_argument("--out", type=Path, help="directory of the results (default BUILD/bench/results)")
    parser.add_argument("--record", action="store_true", help="writes the results to tests/bench/results, without the single runs")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN", help="rows and sweeps of that name; may be repeated: 'ping-pong-*'")
    parser.add_argument("--servers", default="", help="only these of each row, the first of it included: none,process")
    parser.add_argument("--old", type=Path, metavar="BUILD", help="an earlier build, which runs beside: rows say what has changed")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="sets a value of the host's configuration, as `berth serve --set`")
    parser.add_argument("--nice", type=int, default=0, metavar="N", help="priority of servers and load; below 0, which needs rights, a busy machine disturbs them less")
    parser.add_argument("--list", action="store_true", help="names the rows and sweeps")
    parser.add_argument("--quick", action="store_true", help="four pairs of short runs, no sweeps")
    parser.add_argument("--smoke", action="store_true", help="every mode for a moment, to see that the tools work")
    parser.add_argument("--pairs", type=int, help="runs of each server in a row (default 10)")
    parser.add_argument("--starts", type=int, help="how often the servers are started anew in a row (default 2)")
    parser.add_argument("--window", type=int, metavar="MS", help="length of a run (default 400)")
    return parser.parse_args()


def plan_of(options):
    plan = measure.Plan()
    if options.quick:
        plan = measure.Plan(pairs=4, starts=1, warm_up_ms=50, window_ms=250)
    if options.smoke:
        plan = measure.Plan(pairs=1, starts=1, warm_up_ms=20, window_ms=50)
    changes = {"pairs": options.pairs, "starts": options.starts, "window_ms": options.window, "nice": options.nice}
    plan = dataclasses.replace(plan, **{name: value for name, value in changes.items() if value})
    return dataclasses.replace(plan, starts=min(plan.starts, plan.pairs))


def chosen(all_of_them, options):
    found = [each for each in all_of_them
             if not options.only or any(fnmatch.fnmatch(each.name, pattern) for pattern in options.only)]
    return found


def narrowed(scenario, options):
    """With only the servers asked for, and the first, which the others are compared with; old ones beside the new."""
    wanted = options.servers.split(",")
    names = [name for i, name in enumerate(scenario.servers) if i == 0 or not options.servers or name in wanted]
    if options.old:
        names += [f"old-{name}" for name in names if name in servers.BERTH]
    return dataclasses.replace(scenario, servers=tuple(names), settings=(*scenario.settings, *options.set))


def run_row(place, scenario, options, plan):
    row = measure.run(place, narrowed(scenario, options), plan)
    print("\n".join(report.memory_row(row) if row["kind"] == "memory" else report.loaded_row(row)))
    for name, trouble in row["troubles"].items():
        print(f"\n{name} was left out: {trouble}")
    for name, metrics in row["over_old"].items():
        print(f"\n{name} over old-{name}: " + ", ".join(f"{metric} × {report.ratio(figure)}" for metric, figure in metrics.items()))
    for target in row["targets"]:
        print(f"\n{target['server']}: {target['target']}: {report.measured(target)}, {figures.verdict(target)}")
    print(flush=True)
    return row


def run_sweep(place, sweep, options, plan):
    points = [{"value": value, **run_row(place, scenario, options, plan)} for value, scenario in sweep.points()]
    return {"name": sweep.name, "words": sweep.words, "points": points}


def main():
    options = parse()
    plan = plan_of(options)
    rows = chosen(scenarios.SMOKE if options.smoke else scenarios.TABLE, options)
    untuned = [] if options.smoke else chosen(scenarios.UNTUNED, options)
    protection = [] if options.smoke else chosen(scenarios.PROTECTION, options)
    sweeps = [] if options.smoke or (options.quick and not options.only) else chosen(scenarios.SWEEPS, options)
    if options.list:
        for each in [*rows, *untuned, *protection, *sweeps]:
            print(each.name)
        return 0
    server_core, load_core = machine.cores()
    if server_core == load_core:
        print("there is one core only: server and load share it, and the figures mean little", file=sys.stderr)
    results = {"conditions": machine.conditions(options.build, SOURCE), "plan": dataclasses.asdict(plan),
               "cores": [server_core, load_core]}
    place = servers.Servers(options.build, options.old)
    try:
        results["rows"] = [run_row(place, each, options, plan) for each in rows]
        results["untuned"] = [run_row(place, each, options, plan) for each in untuned]
        results["protection"] = [run_row(place, each, options, plan) for each in protection]
        results["sweeps"] = [run_sweep(place, each, options, plan) for each in sweeps]
    finally:
        place.close()
    if options.record:
        report.leave_out_runs(results)
    out = options.out or (HERE / "results" if options.record else options.build / "bench/results")
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (out / "results.md").write_text(report.markdown(results))
    plot.draw(results, out)
    print(f"written to {out}: results.md, results.json")
    return 1 if any(row["troubles"] for row in report.all_rows(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
