# SPDX-License-Identifier: MIT
"""Runs a scenario: all its servers stand at the same time, and are loaded in turn."""

import contextlib
from dataclasses import dataclass

import machine
from figures import judged, paired, summary
from generator import Generator
from servers import Trouble

MEMORY_STARTS = 3  # at most: the memory of a connection varies little, and each start opens all connections


@dataclass(frozen=True)
class Plan:
    """How long, how often, how urgent."""
    pairs: int = 10       # runs of each server; of a row of memory MEMORY_STARTS at most
    starts: int = 2       # times that servers and connections are made anew in between; a row of memory does so for each run
    warm_up_ms: int = 100
    window_ms: int = 400
    nice: int = 0


class Place:
    """A server and its load, as long as they stand."""

    def __init__(self, stack, servers, name, scenario, nice):
        kind, _, crowd = name.partition("+")
        self.server = servers.start(kind, scenario)
        stack.callback(self.server.stop)
        self.generator = Generator(servers.bench / "load", scenario.load, self.server, int(crowd or 0))
        stack.callback(self.generator.close)
        if nice:
            machine.prioritise(nice, [*self.server.roles().values(), self.generator.process.pid])


def in_turn(places, number):
    """The order of a round, turned round in each second one: A B C, C B A. What changes slowly meets all alike, and nobody
    always follows the same one."""
    return places[::-1] if number % 2 else places


def run_loaded(servers, scenario, plan):
    """Runs by server, and troubles by server."""
    runs = {name: [] for name in scenario.servers}
    troubles = {}
    settings = {}
    for start in range(plan.starts):
        with contextlib.ExitStack() as stack:
            places = {}
            for name in scenario.servers:
                if name in troubles:
                    continue
                try:
                    places[name] = Place(stack, servers, name, scenario, plan.nice)
                    if scenario.load.mode != "storm":
                        places[name].generator.open()
                except Trouble as trouble:
                    troubles[name] = str(trouble)
                    places.pop(name, None)
                else:
                    settings[name] = places[name].server.settings
            first, last = (plan.pairs * part // plan.starts for part in (start, start + 1))
            for number in range(first, last):
                for name, place in in_turn(list(places.items()), number):
                    try:
                        runs[name].append(place.generator.run(plan.warm_up_ms, plan.window_ms))
                    except Trouble as trouble:
                        troubles[name] = str(trouble)
                        del places[name]
    return {name: found for name, found in runs.items() if found and name not in troubles}, troubles, settings


def memory_of(server):
    return {role.split()[0]: machine.user_memory(pid) for role, pid in server.roles().items()}


def run_idle(servers, scenario, plan):
    """Memory a connection, each server alone: what it has grown by, over the number of connections that stand. Each run is
    of a server made anew."""
    runs, troubles, settings = {}, {}, {}
    for name in scenario.servers:
        for _ in range(min(plan.pairs, MEMORY_STARTS)):
            try:
                with contextlib.ExitStack() as stack:
                    place = Place(stack, servers, name, scenario, plan.nice)
                    settings[name] = place.server.settings
                    before = memory_of(place.server)
                    place.generator.open()
                    after = memory_of(place.server)
            except Trouble as trouble:
                troubles[name] = str(trouble)
                break
            grown = {role: (after[role] - before[role]) / scenario.load.connections for role in before}
            runs.setdefault(name, []).append(
                {"memory": sum(grown.values()), **{f"{role} memory": bytes for role, bytes in grown.items()}})
    return {name: found for name, found in runs.items() if name not in troubles}, troubles, settings


def run(servers, scenario, plan):
    """One row: runs, summaries, what each target has become."""
    core, _ = machine.cores()
    busy, stolen = machine.core_times(core)
    measured = run_idle if scenario.kind == "memory" else run_loaded
    runs, troubles, settings = measured(servers, scenario, plan)
    stolen = machine.core_times(core)[1] - stolen
    floor = next((name for name in scenario.servers if name in runs), None)
    metrics = ("memory",) if scenario.kind == "memory" else ("rate", "cpu")
    return {
        "name": scenario.name, "work": scenario.load.words() if scenario.kind != "memory" else
        f"{scenario.load.connections} idle connections", "kind": scenario.kind, "tuned_for": scenario.is_tuned_for,
        "floor": floor, "stolen_s": round(stolen, 2), "settings": settings, "troubles": troubles,
        "servers": {name: {"summary": summary(found),
                           "over_floor": {metric: paired(found, runs[floor], metric) for metric in metrics},
                           "runs": found} for name, found in runs.items()},
        "over_old": {name: {metric: paired(found, runs[f"old-{name}"], metric) for metric in metrics}
                     for name, found in runs.items() if f"old-{name}" in runs},
        "targets": [result for target in scenario.targets if (result := judged(target, runs, troubles))],
    }
