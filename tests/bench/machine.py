# SPDX-License-Identifier: MIT
"""Processes, cores, memory: what Linux says under /proc."""

import os
import platform
import resource
import subprocess
from pathlib import Path

DESCRIPTORS = 12_500


def cores():
    """The core of the servers and that of the load; the same when there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def prepare(core):
    """Run in a child before its program: makes it a session, pins it, gives it descriptors enough for every scenario."""
    def do():
        os.setsid()
        os.sched_setaffinity(0, {core})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return do


def prioritise(nice, pids):
    """Where the scheduler groups processes by session, it is the group's priority that counts against others."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(thread.name), nice)
        group = Path(f"/proc/{pid}/autogroup")
        if group.exists():
            group.write_text(str(nice))


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def tree(root):
    """A process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = parent_of(entry.name)
            except (OSError, IndexError):
                continue  # It has just ended.
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def arguments(pid):
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def user_memory(pid):
    """Bytes of memory that this process alone has: the kernel's own part of a connection is not among them."""
    kilobytes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, rest = line.partition(":")
        kilobytes[name] = int(rest.split()[0])
    return (kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]) * 1024


def core_times(core):
    """Busy and stolen time of a core so far, in seconds."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{core} "):
            user, nice, system, _, _, irq, softirq, steal = map(int, line.split()[1:9])
            ticks = os.sysconf("SC_CLK_TCK")
            return (user + nice + system + irq + softirq) / ticks, steal / ticks
    return 0.0, 0.0


def said_by(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def conditions(build, source):
    """What the figures depend on besides the code."""
    cache = dict(line.split("=", 1) for line in (build / "CMakeCache.txt").read_text().splitlines() if "=" in line)
    kind = cache.get("CMAKE_BUILD_TYPE:STRING", "unknown")
    flags = cache.get(f"CMAKE_CXX_FLAGS_{kind.upper()}:STRING", "")
    model = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    dirty = " and changes" if said_by("git", "-C", source, "status", "--porcelain") else ""
    return {
        "berth": said_by("git", "-C", source, "log", "-1", "--format=%h %cs") + dirty,
        "build": f"{kind} {flags}".strip(),
        "compiler": said_by(cache.get("CMAKE_CXX_COMPILER:FILEPATH", cache.get("CMAKE_CXX_COMPILER:STRING", "c++")),
                            "--version").partition("\n")[0],
        "cpu": f"{model[0] if model else platform.machine()}, {os.cpu_count()} cores",
        "kernel": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.1f} processes in the last minute; on a quiet machine 0",
        "peers": {"libwebsockets": package("libwebsockets-dev"), "Boost": package("libboost1.74-dev"),
                  "node": package("nodejs"), "ws": package("node-ws"), "OpenSSL": package("libssl-dev")},
    }


def package(name):
    return said_by("dpkg-query", "-W", "-f", "${Version}", name)
