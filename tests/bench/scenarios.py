# SPDX-License-Identifier: MIT
"""The rows of the table, the sweeps, and the rows that nothing was tuned for.

Servers: `raw` sends bytes back without any protocol, `hand` does WebSocket by hand (both hand-written on epoll), `none`
and `process` are Berth by isolation with a project whose handlers run in place, `pool` is `none` with a project for the
pool of executors; `lws`, `beast` and `ws` are libwebsockets, Boost.Beast and `ws` for Node.js driven the ordinary way.
"""

from scenario import Load, Scenario, Sweep, Target

ALL = ("raw", "hand", "none", "process")
PEERS = ("lws", "beast", "ws")


def cpu(name, load, none, process, than="raw", servers=ALL, **more):
    """CPU a message over the floor's."""
    return Scenario(name, load, servers, (Target("none", "cpu", than, at_most=none),
                                          Target("process", "cpu", than, at_most=process)), **more)


def pipelined(name, size, process):
    load = Load(connections=50, in_flight=16, sizes=(size,))
    return Scenario(name, load, ALL, (Target("none", "rate", "raw", at_least=0.90),
                                      Target("process", "cpu", "raw", at_most=process)))


def fanout(name, connections, burst, none, process, topics=0):
    load = Load("fanout", connections=connections, in_flight=burst, sizes=(64,), topics=topics)
    return Scenario(name, load, ("hand", "none", "process"), (Target("none", "rate", "hand", at_least=none),
                                                              Target("process", "rate", "hand", at_least=process)))


def against_peers(name, load, none, process):
    """Rate over libwebsockets', Beast's and ws'."""
    targets = [Target("none", "rate", peer, at_least=factor) for peer, factor in zip(PEERS, none)]
    targets += [Target("process", "rate", peer, at_least=process) for peer in PEERS]
    return Scenario(name, load, ("none", "process", *PEERS), tuple(targets))


TABLE = [
    cpu("ping-pong-20B-100", Load(connections=100), 1.10, 1.25),
    cpu("ping-pong-20B-1000", Load(connections=1000), 1.10, 1.25),
    cpu("ping-pong-20B-5000", Load(connections=5000), 1.10, 1.25),
    cpu("ping-pong-1KiB-100", Load(sizes=(1024,)), 1.12, 1.5),
    cpu("ping-pong-16KiB-100", Load(sizes=(16384,)), 1.12, 1.5),
    pipelined("pipelined-20B", 20, 1.4),
    pipelined("pipelined-1KiB", 1024, 1.6),
    pipelined("pipelined-16KiB", 16384, 1.6),
    fanout("fan-out-1000", 1000, 1, 0.97, 0.95),
    fanout("fan-out-5000", 5000, 1, 0.97, 0.95),
    fanout("fan-out-1000-bursts", 1000, 16, 1.0, 1.0),
    fanout("topic-1000", 1000, 1, 0.97, 0.95, topics=1),
    fanout("topic-5000", 5000, 1, 0.97, 0.95, topics=1),
    fanout("topic-1000-bursts", 1000, 16, 1.0, 1.0, topics=1),
    Scenario("pool-instead-of-inline", Load(connections=50, in_flight=16), ("none", "pool"),
             (Target("pool", "rate", "none", at_least=0.95),)),
    Scenario("lone-client", Load(connections=1), ALL,
             (Target("none", "p50", "raw", at_most=10, is_difference=True),
              Target("process", "p50", "raw", at_most=40, is_difference=True))),
    # The library's closing scans a table as long as the descriptor limit, which the gateway sets near its need.
    Scenario("set-up", Load("storm", in_flight=64), ("beast", "hand", "none", "process"),
             (Target("none", "cpu", "beast", at_most=1.0), Target("process", "cpu", "beast", at_most=1.15)),
             settings=("host.limits.connections=2000",)),
    # 2 KiB are the gateway's part of a connection and 1 KiB the worker's; `none` has both in one process.
    Scenario("idle", Load(connections=10000), ("none", "process", "hand", "beast"),
             (Target("none", "memory", at_most=2048 + 1024), Target("process", "gateway memory", at_most=2048),
              Target("process", "worker memory", at_most=1024)),
             kind="memory"),
    cpu("tls-20B-100", Load(tls=True), 1.10, 1.3),
    cpu("tls-16KiB-100", Load(sizes=(16384,), tls=True), 1.10, 1.3),
    # Each connection has a timer that runs. For 100,000 of them: `micro --benchmark_filter=timer`.
    Scenario("timers", Load(connections=100), ("none", "none+10000", "process", "process+10000"),
             (Target("none+10000", "rate", "none", at_least=0.95), Target("process+10000", "rate", "process", at_least=0.95)),
             settings=("defaults.limits.idle=1 h",)),
    against_peers("peers-ping-pong", Load(connections=100), (1.05, 1.3, 2), 1.0),
    against_peers("peers-pipelined", Load(connections=50, in_flight=16), (8, 8, 8), 5),
    against_peers("peers-fan-out", Load("fanout", connections=1000, sizes=(64,)), (1.1, 1.2, 1.3), 1.0),
]

# Never looked at while the code was made faster: they say whether it was fitted to the table.
UNTUNED = [
    Scenario("mixed-sizes", Load(connections=300, in_flight=3, sizes=(16, 200, 90, 3000, 40, 12000, 700, 126)), ALL,
             is_tuned_for=False),
    Scenario("trickle", Load(connections=2000, in_flight=4, sizes=(120,), rate=5000), ALL, is_tuned_for=False),
    Scenario("text", Load(connections=200, in_flight=4, sizes=(400,), text=True), ALL, is_tuned_for=False),
    Scenario("64KiB", Load(connections=20, in_flight=2, sizes=(65536,)), ALL, is_tuned_for=False),
]

# What protection costs: each of it taken away from `process`, or added to it; see servers.VARIANTS.
PROTECTED = ("process", "unconfined", "unwatched", "bare", "limited", "stateless")
PROTECTION = [
    Scenario("protection-ping-pong", Load(connections=100), PROTECTED),
    Scenario("protection-pipelined", Load(connections=50, in_flight=16), PROTECTED),
    Scenario("protection-16KiB", Load(connections=50, sizes=(16384,)), PROTECTED),
    Scenario("protection-set-up", Load("storm", in_flight=64), ("process", "unconfined", "unwatched", "limited", "stateless"),
             settings=("host.limits.connections=2000",)),
]

GROWTH_SERVERS = ("raw", "none", "process")
SWEEPS = [
    Sweep("connections", "connections", "connections", (1, 3, 10, 30, 100, 300, 1000, 3000, 10000),
          Scenario("", Load(), GROWTH_SERVERS)),
    Sweep("projects", "projects", "projects", (1, 2, 5, 10, 20, 50),
          Scenario("", Load(connections=200), ("none", "process"))),
    Sweep("size", "sizes", "bytes of a message", (16, 64, 256, 1024, 4096, 16384, 65536),
          Scenario("", Load(connections=50, in_flight=4), GROWTH_SERVERS)),
    Sweep("fan-out", "connections", "clients that a message is sent to", (10, 100, 1000, 5000),
          Scenario("", Load("fanout", sizes=(64,)), ("hand", "none", "process"))),
    Sweep("topics", "topics", "topics of the project", (1, 10, 100, 1000, 10000),
          Scenario("", Load("fanout", connections=1000, sizes=(64,), topics=1), ("hand", "none", "process"))),
]

# Every mode, for a moment: that the tools work.
SMOKE = [
    Scenario("echo", Load(connections=20, in_flight=4, sizes=(20, 300)), ALL),
    Scenario("rate", Load(connections=20, in_flight=2, sizes=(20,), rate=500), ("hand", "process")),
    Scenario("text over TLS", Load(connections=5, sizes=(70000,), text=True, tls=True), ALL,
             settings=("defaults.limits.message=128 KiB",)),
    Scenario("fan-out", Load("fanout", connections=20, in_flight=3, sizes=(64,)), ("hand", "none", "process")),
    Scenario("topics", Load("fanout", connections=20, in_flight=3, sizes=(64,), topics=50), ("hand", "none", "process")),
    Scenario("storm", Load("storm", in_flight=8), ("hand", "process")),
    Scenario("idle", Load(connections=50), ("hand", "process"), kind="memory"),
    Scenario("crowd", Load(connections=5), ("process", "process+20")),
    Scenario("protection", Load(connections=5), PROTECTED),
    Scenario("projects", Load(connections=20, projects=2), ("process",)),
]
