#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What published values cost: SetValues 10,000 times a second, with an observation (pmin 1) of that value,
while another service sets a value that is observed without pmin 50 times a second.

The services are processes of their own; each call's number is the value, so that a notification tells which
call it is of. Usage: publishing.py, with $LWM2M_CLIENTD. Ends with status 0 when every figure is within its
bound.
"""
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "integration")]

import harness                                      # noqa: E402 (the path has to be there first)
from benchmark import Running                       # noqa: E402
from crowd import Flood                             # noqa: E402
from gateway import PLAIN, SINGLE, Gateway          # noqa: E402
from lwm2m_peer import TEXT, LwM2MServer            # noqa: E402
from measured import alone, good                    # noqa: E402

RATE, SECONDS, PROBES = 10000, 10, 50
LATENCY_BOUND = 50      # ms, p99: from SetValues to the notification's datagram
RATE_BOUND = 0.98       # of RATE: values that were in force at the end of those seconds


def values(observation):
    return [int(message.payload) for message in observation.messages]


def p99(times):
    return sorted(times)[int(len(times) * 0.99)] * 1000


def latencies(told, times, called):
    """Seconds from the call that set a value to its notification; the last of all may wait for pmin."""
    return [at - called[value - 1] for value, at in zip(told, times) if value < len(called)]


def increases(numbers):
    return all(later > earlier for earlier, later in zip(numbers, numbers[1:]))


def measure(gateway, bus):
    flood, probe = (Flood(bus, number, rate, SECONDS) for number, rate in ((PLAIN, RATE), (SINGLE, PROBES)))
    assert gateway.server.write_attributes(f"/{PLAIN}/0/0", "pmin=1").code_text == "2.04"
    slow = gateway.server.observe(f"/{PLAIN}/0/0", accept=TEXT)
    quick = gateway.server.observe(f"/{SINGLE}/0/0", accept=TEXT)
    client = Running(gateway.daemon)
    cpu = client.cpu_ns()
    for each in (flood, probe):
        each.go()
    (count, errors, called, replied), (_, probe_errors, probed, _) = (
        each.result() for each in (flood, probe))
    cpu = client.cpu_ns() - cpu
    for observation, last in ((slow, count), (quick, len(probed))):
        gateway.server.wait(lambda: values(observation)[-1:] == [last], 5, f"the last value, {last}")
    slow_told, quick_told = values(slow), values(quick)
    flood.close()       # which ends the observations
    probe.close()
    assert increases(slow_told) and increases(quick_told), (slow_told, quick_told)
    in_time = sum(1 for at in replied if at <= called[0] + SECONDS)
    slow_times = latencies(slow_told, slow.times, called)
    quick_times = latencies(quick_told, quick.times, probed)
    print(f"{count} values in {SECONDS} s, {cpu / count / 1000:.1f} us of CPU each "
          f"({cpu / SECONDS / 1e7:.0f} % of a core); {len(slow_told)} notifications with pmin 1, "
          f"{len(quick_told)} without, the slowest after {max(quick_times) * 1000:.1f} ms")
    return [
        alone("SetValues to notification, p99, ms", p99(quick_times), LATENCY_BOUND),
        alone("the same of what is flooded, ms", p99(slow_times), LATENCY_BOUND),
        alone("values that were late, of all", 1 - in_time / (RATE * SECONDS), 1 - RATE_BOUND),
        alone("errors", errors + probe_errors, 0),
        alone("notifications, at most", len(slow_told), SECONDS + 2),   # the first, one a second, the last
        alone("notifications, at least", -len(slow_told), -SECONDS),
    ]


def fastest(gateway, bus):
    """Values a second, when each waits for no more than a hundred others."""
    flood = Flood(bus, PLAIN, 0, 3)
    flood.go()
    count, errors, *_ = flood.result()
    flood.close()
    assert errors == 0
    return count / 3


def main():
    with tempfile.TemporaryDirectory() as folder, LwM2MServer() as server:
        bus = harness.Bus(folder).start()
        daemon = harness.Daemon(folder, bus)
        try:
            gateway = Gateway(daemon, server, os.path.join(folder, "objects"), clock=False)
            rows = measure(gateway, bus)
            print(f"{fastest(gateway, bus):.0f} values a second at most")
        finally:
            daemon.close()
            bus.stop()
    return 0 if good(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
