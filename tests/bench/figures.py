# SPDX-License-Identifier: MIT
"""From runs to medians with quartiles.

Metrics of a run: `rate` operations a second · `cpu` µs of all the server's processes an operation · `p50`, `p99`,
`p999` µs · `memory`, `gateway memory`, `worker memory` bytes a connection.
"""

import statistics

METRICS = ("rate", "cpu", "p50", "p99", "p999", "server_busy", "load_busy")
# From here on the load generator is the limit: rates of fast servers are pressed together.
LOAD_BOUND = 0.97


def spread(values):
    """Median and quartiles."""
    values = sorted(values)
    if len(values) < 2:
        low = median = high = values[0]
    else:
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "low": low, "high": high, "n": len(values)}


def paired(runs, others, metric, is_difference=False):
    """The k-th run against the k-th run of another server."""
    pairs = [(run[metric], other[metric]) for run, other in zip(runs, others)]
    if is_difference:
        return spread([a - b for a, b in pairs])
    return spread([a / b for a, b in pairs if b])


def summary(runs):
    metrics = [metric for metric in runs[0] if metric in METRICS or metric.endswith("memory")]
    return {metric: spread([run[metric] for run in runs]) for metric in metrics}


def judged(target, runs, troubles=()):
    """What became of a target: its words, the figure, the verdict; with `trouble` instead where a server was left out of
    the row, and None where one was not asked for."""
    said = {"server": target.server, "target": target.words()}
    wanted = dict.fromkeys((target.server, target.than or target.server))
    trouble = "; ".join(f"{name} {troubles[name]}" for name in wanted if name in troubles)
    if trouble:
        return {**said, "trouble": trouble}
    if not all(runs.get(name) for name in wanted):
        return None
    mine = runs[target.server]
    if target.than:
        figure = paired(mine, runs[target.than], target.metric, target.is_difference)
    else:
        figure = spread([run[target.metric] for run in mine])
    # A target has one bound, so its quartiles lie on both sides of it where one meets it alone.
    is_in_noise = target.is_met(figure["low"]) != target.is_met(figure["high"])
    is_load_bound = target.metric == "rate" and any(
        statistics.median(run["load_busy"] for run in runs[name]) >= LOAD_BOUND for name in wanted)
    return {**said, **figure, "met": target.is_met(figure["median"]), "in_noise": is_in_noise, "load_bound": is_load_bound}


def verdict(target):
    """The words for what `judged` has found."""
    if "trouble" in target:
        return f"not measured: {target['trouble']}"
    return "".join(["met" if target["met"] else "not met", ", within the noise" if target["in_noise"] else "",
                    ", load-bound" if target["load_bound"] else ""])
