#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""D-Bus under load while the daemon is bootstrapped: 10,000 property reads a second and 200 subscribers
delay no CoAP answer, and no client makes the daemon grow that reads nothing of what it asks for.

The daemon, its bus and its Bootstrap Server go before the machine's other work, and before their clients,
as far as the user may say so. Usage: bus_load.py BUS_CLIENTS, with $LWM2M_CLIENTD. Ends with status 0 when
every figure is within its bound.
"""
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "integration")]

import harness                                      # noqa: E402 (the path has to be there first)
from benchmark import Running                       # noqa: E402
from lwm2m_peer import (PUT, TLV, BootstrapServer, LwM2MServer, account,   # noqa: E402
                        server_object, tlv_instance)
from measured import alone, good                    # noqa: E402

RATE, SECONDS, READERS, SUBSCRIBERS = 10000, 10, 4, 200
DEAF, DEAF_CALLS = 200, 100     # dbus-daemon lets one client of the system bus wait for 128 replies
LATENCY_BOUND = 50              # ms: of each answer to a Bootstrap-Write, or, where the machine has other
SLOWEST_BOUND = 1.5             # work, so often the slowest beside as many calls that the bus answers itself
RATE_BOUND = 0.98               # of RATE
GROWTH_BOUND = 4096             # kB
PRIORITY, OF_CLIENTS = -15, 5   # nice(2), the second one on top


class Clients:
    """A process of bus_clients."""

    def __init__(self, program, bus, *words):
        self.child = subprocess.Popen(
            ["nice", "-n", str(OF_CLIENTS), program, *map(str, words)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus.address})
        assert self.line() == "ready"

    def line(self):
        return self.child.stdout.readline().strip()

    def close(self):
        self.child.stdin.close()
        self.child.wait(30)
        self.child.stdout.close()


def memory(daemon):
    """kB that are the daemon's own."""
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"RssAnon:\s+(\d+)", file.read())[1])


class Peak(threading.Thread):
    """The most that the daemon has had meanwhile."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.watched, self.before, self.most, self.ended = daemon, memory(daemon), 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.005):
            self.most = max(self.most, memory(self.watched))

    def growth(self):
        self.ended.set()
        self.join()
        return max(self.most - self.before, 0)


def write(peer, session, number):
    """Milliseconds until the answer to a Bootstrap-Write."""
    payload = tlv_instance(server_object(1, 300 + number % 2))
    begin = time.perf_counter()
    answer = peer.request(session, PUT, "/1/0", cf=TLV, payload=payload)
    assert answer.code_text == "2.04", answer
    return (time.perf_counter() - begin) * 1000


def writes(peer, session, seconds):
    end, times = time.monotonic() + seconds, []
    while time.monotonic() < end:
        times.append(write(peer, session, len(times)))
        time.sleep(0.005)
    return times


def p99(times):
    return sorted(times)[int(len(times) * 0.99)]


def describe(times):
    return f"{len(times)} writes, p99 {p99(times):.1f} ms, the slowest {max(times):.1f} ms"


def loaded(program, bus, client, peer, session, whom):
    """The times of writes while readers ask the daemon, or the bus; how the readers fared."""
    readers = Clients(program, bus, "read", RATE, SECONDS, READERS, whom)
    cpu = client.cpu_ns()
    times = writes(peer, session, SECONDS)
    cpu = client.cpu_ns() - cpu
    answered, errors, slowest, took = map(int, readers.line().split())
    readers.close()
    print(f"{answered} reads of the {whom} in {took / 1e6:.2f} s, the slowest after {slowest / 1000:.1f} "
          f"ms, {cpu / SECONDS / 1e7:.0f} % of a core for the daemon: {describe(times)}")
    return times, errors, answered / (RATE * took / 1e6)


def under_load(program, bus, daemon, peer, session):
    print("alone:", describe(writes(peer, session, 2)))
    listeners = Clients(program, bus, "listen", SUBSCRIBERS)
    client = Running(daemon)
    beside, *_ = loaded(program, bus, client, peer, session, "bus")
    times, errors, rate = loaded(program, bus, client, peer, session, "daemon")
    listeners.close()
    return [alone("p99 of answers to writes, ms", p99(times), LATENCY_BOUND),
            alone("the slowest one, ms", max(times), max(LATENCY_BOUND, SLOWEST_BOUND * max(beside))),
            alone("reads that failed", errors, 0),
            alone("reads that were late, of all", 1 - min(1, rate), 1 - RATE_BOUND)]


def deaf(program, bus, daemon, peer, session):
    """Clients that read no reply."""
    peak = Peak(daemon)
    clients = Clients(program, bus, "deaf", DEAF, DEAF_CALLS)
    sent, times = threading.Thread(target=clients.line), []
    sent.start()
    while sent.is_alive():
        times += writes(peer, session, 0.2)
    times += writes(peer, session, 2)
    growth = peak.growth()
    clients.close()
    print(f"with {DEAF * DEAF_CALLS} calls whose replies nobody reads: {growth} kB more,", describe(times))
    return [alone("growth by deaf clients, kB", growth, GROWTH_BOUND),
            alone("p99 of answers meanwhile, ms", p99(times), LATENCY_BOUND)]


def main():
    program, = sys.argv[1:]
    try:
        os.nice(PRIORITY)
    except PermissionError:
        pass
    with tempfile.TemporaryDirectory() as folder, LwM2MServer() as server, \
            BootstrapServer(account(server.uri)) as peer:
        bus = harness.Bus(folder).start()
        daemon = harness.Daemon(folder, bus)
        try:
            daemon.start(harness.settings(peer.uri, timeout="10min"))
            session = peer.wait_run().session
            rows = under_load(program, bus, daemon, peer, session)
            rows += deaf(program, bus, daemon, peer, session)
        finally:
            daemon.close()
            bus.stop()
    return 0 if good(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
