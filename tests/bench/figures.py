# SPDX-License-Identifier: MIT
"""From runs to medians with quartiles.

Metrics of a run: `rate` operations a second · `cpu` µs of all the server's processes an operation · `p50`, `p99`,
`p999` µs · `memory`, `gateway memory`, `worker memory` bytes a connection.
"""

import statistics

METRICS = ("rate", "cpu", "p50", "p99", "p999", "server_busy", "load_busy")


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


def judged(target, runs):
    """What became of a target: its words, the figure, whether it is met; None when a server has no runs."""
    mine = runs.get(target.server)
    others = runs.get(target.than) if target.than else mine
    if not mine or not others:
        return None
    if target.than:
        figure = paired(mine, others, target.metric, target.is_difference)
    else:
        figure = spread([run[target.metric] for run in mine])
    return {"server": target.server, "target": target.words(), **figure, "met": target.is_met(figure["median"])}
