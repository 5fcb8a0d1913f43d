#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Per-write latency and CPU of the daemon beside a bare libcoap client, start-up, memory and idle wake-ups.

Both clients are driven by the same peer in the same run, in turns, so that a busy machine hits both alike.
Usage: benchmark.py [--write] DAEMON BARE_CLIENT. Ends with status 0 when every figure is within its bound.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer"))

import measured     # noqa: E402 (the path has to be there first)
from lwm2m_peer import (PUT, TLV, BootstrapServer, LwM2MServer, account, finish,   # noqa: E402
                        server_object, tlv_instance)

ROUNDS, WRITES = 5, 400
IDLE_SECONDS = 10
LATENCY, CPU, RSS, DIRTY, IDLE = (
    "answer to a write, us", "CPU of a write, us", "RSS, kB", "private dirty memory, kB",
    f"wake-ups in {IDLE_SECONDS} s, idle")
# Ratios to the bare client; kB more than it, since what the libraries take differs; voluntary context
# switches over all threads.
BOUNDS = {LATENCY: 1.8, CPU: 2.0, RSS: 1750, DIRTY: 300, IDLE: 1}

CONFIG = """endpoint: benchmark
bootstrap:
  server: {{uri: "{uri}", security_mode: nosec, instance_id: 0}}
  jitter: 0%
"""


class Process:
    def __init__(self, command):
        self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def cpu_ns(self):
        total = 0
        for task in os.listdir(f"/proc/{self.child.pid}/task"):
            with open(f"/proc/{self.child.pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total

    def memory_kb(self):
        sums = {"Rss": 0, "Private_Dirty": 0}
        with open(f"/proc/{self.child.pid}/smaps_rollup", encoding="ascii") as file:
            for line in file:
                name = line.split(":")[0]
                if name in sums:
                    sums[name] = int(line.split()[1])
        return sums["Rss"], sums["Private_Dirty"]

    def voluntary_switches(self):
        total = 0
        for task in os.listdir(f"/proc/{self.child.pid}/task"):
            with open(f"/proc/{self.child.pid}/task/{task}/status", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file
                             if line.startswith("voluntary_ctxt_switches"))
        return total


class Running(Process):
    """One that somebody else has started, and ends: of a daemon of the harness only the figures."""

    def __init__(self, daemon):
        self.child = daemon.process


def measure(command_for):
    """One session of WRITES writes: (latencies in ns, CPU ns a write, RSS and private dirty in kB)."""
    payload = tlv_instance(server_object(1))
    with BootstrapServer() as peer, Process(command_for(peer)) as client:
        session = peer.wait_run().session
        for _ in range(20):
            peer.request(session, PUT, "/1/0", cf=TLV, payload=payload)
        latencies, before = [], client.cpu_ns()
        for _ in range(WRITES):
            begin = time.perf_counter_ns()
            answer = peer.request(session, PUT, "/1/0", cf=TLV, payload=payload)
            latencies.append(time.perf_counter_ns() - begin)
            assert answer.code_text == "2.04", answer
        return latencies, (client.cpu_ns() - before) / WRITES, client.memory_kb()


def daemon_command(daemon, folder, uri):
    config = os.path.join(folder, "config.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(uri=uri))
    os.chmod(config, 0o600)
    return [daemon, "--no-bus", f"--config={config}", f"--state-directory={folder}/state"]


def settle(program):
    """What a linker has just written is dirty in the page cache, and would count as the process's own."""
    with open(program, "rb") as file:
        os.fsync(file.fileno())


def registered(daemon):
    """Start-up until registered (ms), then RSS, private dirty (kB) and voluntary switches while idle."""
    with tempfile.TemporaryDirectory() as folder, LwM2MServer() as server, \
            BootstrapServer(account(server.uri) + [finish()]) as bootstrap:
        begin = time.perf_counter()
        with Process(daemon_command(daemon, folder, bootstrap.uri)) as client:
            server.wait_registration()
            startup = (time.perf_counter() - begin) * 1000
            time.sleep(2)   # the measured quantity is what happens while nothing happens
            before = client.voluntary_switches()
            time.sleep(IDLE_SECONDS)
            idle = client.voluntary_switches() - before
            return startup, *client.memory_kb(), idle


def main():
    *options, daemon, bare = sys.argv[1:]
    latency, cpu, memory = ({"bare": [], "daemon": []} for _ in range(3))
    settle(daemon)
    settle(bare)
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            for name, command in (("bare", lambda peer: [bare, str(peer.port)]),
                                  ("daemon", lambda peer, folder=folder:
                                   daemon_command(daemon, folder, peer.uri))):
                latencies, per_write, kb = measure(command)
                latency[name] += latencies
                cpu[name].append(per_write)
                memory[name].append(kb)
    p50 = {name: statistics.median(values) / 1000 for name, values in latency.items()}
    work = {name: statistics.median(values) / 1000 for name, values in cpu.items()}
    bare_rss, bare_dirty = map(statistics.median, zip(*memory["bare"]))
    startup, rss, dirty, idle = registered(daemon)
    figures = [measured.ratio(LATENCY, p50["daemon"], p50["bare"], BOUNDS[LATENCY]),
               measured.ratio(CPU, work["daemon"], work["bare"], BOUNDS[CPU]),
               measured.more(RSS, rss, bare_rss, BOUNDS[RSS]),
               measured.more(DIRTY, dirty, bare_dirty, BOUNDS[DIRTY]),
               measured.alone(IDLE, idle, BOUNDS[IDLE])]
    good = measured.good(figures)
    print(f"{'start to registered':<36}{startup:>8.0f} ms")
    if "--write" in options:
        measured.write("benchmark.py", figures)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
