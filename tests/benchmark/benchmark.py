#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Per-write latency and CPU of the daemon beside a bare libcoap client, start-up, memory and idle wake-ups.

Both clients are driven by the same peer in the same run, in turns, so that a busy machine hits both alike.
Usage: benchmark.py DAEMON BARE_CLIENT. Ends with status 0 when every figure is within its bound.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer"))

from lwm2m_peer import (PUT, TLV, BootstrapServer, LwM2MServer, account, finish,   # noqa: E402
                        server_object, tlv_instance)

ROUNDS, WRITES = 5, 400
LATENCY_BOUND, CPU_BOUND = 1.8, 2.0     # ratios to the bare client
RSS_BOUND, DIRTY_BOUND = 1750, 300      # kB more than the bare client: what the libraries take differs
IDLE_SECONDS, IDLE_BOUND = 10, 1        # voluntary context switches over all threads

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


def beside(figure):
    return f"{figure['daemon']:.1f} / {figure['bare']:.1f}", figure["daemon"] / figure["bare"]


def main():
    daemon, bare = sys.argv[1:]
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
    rows = [
        ("write p50, us", *beside(p50), LATENCY_BOUND),
        ("write CPU, us", *beside(work), CPU_BOUND),
        ("RSS, kB more", f"{rss} / {bare_rss}", rss - bare_rss, RSS_BOUND),
        ("private dirty, kB more", f"{dirty} / {bare_dirty}", dirty - bare_dirty, DIRTY_BOUND),
        (f"switches in {IDLE_SECONDS} s", str(idle), idle, IDLE_BOUND),
    ]
    good = True
    for name, figure, value, bound in rows:
        good = good and value <= bound
        print(f"{name:<22}{figure:>20}{value:>12.2f}  <= {bound}  {'ok' if value <= bound else 'TOO MUCH'}")
    print(f"{'start to registered':<22}{startup:>17.0f} ms")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
