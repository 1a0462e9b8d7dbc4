# SPDX-License-Identifier: MIT
"""The load generator's process, and its figures."""

import json
import subprocess

import machine
from servers import Trouble


class Generator:
    def __init__(self, program, load, server, crowd=0):
        """`crowd`: connections that stand beside the load's own and say nothing."""
        self.connections = load.connections + crowd
        self.roles = server.roles()
        command = [program, load.mode, "--port", str(server.port), "--path", ",".join(server.paths),
                   "--in-flight", str(load.in_flight), "--size", ",".join(map(str, load.sizes)),
                   "--rate", str(load.rate), "--speakers", str(load.connections if crowd else 0), "--servers", ",".join(map(str, self.roles.values()))]
        command += [f"--{flag}" for flag, wanted in (("text", load.text), ("tls", load.tls), ("mirrored", server.mirrored))
                    if wanted]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        preexec_fn=machine.prepare(machine.cores()[1]))

    def tell(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # It says why on its output.
        answer = json.loads(self.process.stdout.readline() or '{"error": "the load generator ended without a word"}')
        if "error" in answer:
            raise Trouble(answer["error"])
        return answer

    def open(self):
        self.tell(f"open {self.connections}")

    def run(self, warm_up_ms, window_ms):
        """Figures of one window; see figures.py for their units."""
        said = self.tell(f"run {warm_up_ms} {window_ms}")
        operations = max(said["operations"], 1)
        return {
            "operations": said["operations"],
            "rate": said["operations"] / (said["time_ns"] / 1e9),
            "cpu": sum(said["server_cpu_ns"]) / operations / 1000,
            "cpu_by_role": {role: cpu / operations / 1000 for role, cpu in zip(self.roles, said["server_cpu_ns"])},
            "server_busy": sum(said["server_cpu_ns"]) / said["time_ns"],
            "load_busy": said["load_cpu_ns"] / said["time_ns"],
            "p50": said["p50_ns"] / 1000, "p99": said["p99_ns"] / 1000, "p999": said["p999_ns"] / 1000,
        }

    def close(self):
        self.process.stdin.close()
        self.process.wait()
