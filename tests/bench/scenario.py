# SPDX-License-Identifier: MIT
"""What a row of the table is made of."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Load:
    """What the load generator does; see `load --help`."""
    mode: str = "echo"              # echo, fanout, storm
    connections: int = 100          # that stand; a storm has none
    in_flight: int = 1
    sizes: tuple = (20,)            # bytes of the payloads, in turn
    rate: float = 0                 # messages a second; 0: as fast as they come back
    text: bool = False
    tls: bool = False
    projects: int = 1               # connections are spread over as many copies of the project
    topics: int = 0                 # of a fan-out: it goes to one that all have subscribed to, of so many; 0: to a list of clients

    def words(self):
        sizes = ", ".join(f"{size} B" if size < 1024 else f"{size // 1024} KiB" for size in self.sizes)
        match self.mode:
            case "storm":
                return f"connect, upgrade, echo, reset; {self.in_flight} at a time"
            case "fanout":
                return f"{sizes} to {self.connections} clients" + (f", bursts of {self.in_flight}" if self.in_flight > 1 else "") \
                    + (f", {self.topics} topic{'s' if self.topics > 1 else ''}" if self.topics else "")
        return "".join([sizes, " text" if self.text else "", ", TLS 1.3" if self.tls else "",
                        f", {self.connections} connection{'s' if self.connections != 1 else ''}",
                        f" × {self.in_flight} in flight" if self.in_flight > 1 and not self.rate else "",
                        f", {self.rate:g} messages/s" if self.rate else "",
                        f", {self.projects} projects" if self.projects > 1 else ""])


@dataclass(frozen=True)
class Target:
    """`metric` of `server`, over that of `than` in the same pair, shall lie within these; the median counts."""
    server: str
    metric: str                     # rate, cpu, p50, memory, see figures.py
    than: str = ""                  # empty: the figure itself
    at_least: float | None = None
    at_most: float | None = None
    is_difference: bool = False     # than's is subtracted, not divided by

    def words(self):
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        if not self.than:
            return f"{self.metric} {bound}"
        return f"{self.metric} − {self.than} {bound}" if self.is_difference else f"{self.metric} {bound} × {self.than}"

    def is_met(self, value):
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True)
class Scenario:
    name: str
    load: Load
    servers: tuple                  # by their names in servers.py, in the order in which they are alternated; "none+500":
                                    # with 500 connections more that say nothing
    targets: tuple = ()
    kind: str = "load"              # load, memory
    settings: tuple = ()            # of the host, as for `berth serve --set`
    is_tuned_for: bool = True       # false: a check that the code was not fitted to the others

    def with_load(self, name, **changes):
        return replace(self, name=name, load=replace(self.load, **changes), targets=())


@dataclass(frozen=True)
class Sweep:
    """How cost grows: one scenario at several values of one of its load's fields."""
    name: str
    field: str
    words: str                      # of the axis
    values: tuple
    scenario: Scenario = field(repr=False, default=None)

    def points(self):
        for value in self.values:
            changes = {self.field: (value,) if self.field == "sizes" else value}
            yield value, self.scenario.with_load(f"{self.name}-{value}", **changes)
