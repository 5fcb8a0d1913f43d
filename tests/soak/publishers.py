#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sixteen services that publish 64 Objects and 64 instances of one, come and go at random for a minute; one
of them stands still in the middle, one sets values as fast as the bus lets it.

    publishers.py [--seed N ...] [--seconds N]

No value may be wrong at the LwM2M Server, bus and CoAP answer within 100 ms, the daemon does not grow, and
is idle afterwards. What the machine adds is seen beside it: how long the bus takes for a call of its own.
LWM2M_CLIENTD names the program.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "integration")]

import harness                                              # noqa: E402 (the path has to be there first)
from crowd import OBJECTS, Crowd                            # noqa: E402
from gateway import Gateway                                 # noqa: E402
from jeepney import DBusAddress, new_method_call            # noqa: E402
from jeepney.bus_messages import message_bus            # noqa: E402
from jeepney.io.blocking import open_dbus_connection        # noqa: E402
from jeepney.wrappers import unwrap_msg                     # noqa: E402
from lwm2m_peer import LwM2MServer                          # noqa: E402
from test_idle import voluntary_switches                    # noqa: E402

SECONDS, SEEDS = 60, (1,)
WARM_UP, IDLE = 10, 5       # seconds
ANSWER_BOUND = 100          # ms, of bus and CoAP, more than the bus itself needs
GROWTH_BOUND = 200          # kB after the warm-up
IDLE_BOUND = 0              # voluntary context switches in the idle seconds


def probe(address, seconds):
    """In a process of its own, which nothing else holds up: how long a Get and a Read take."""
    with LwM2MServer() as server:
        print(server.port, flush=True)
        server.wait_registration(timeout=60)
        connection, times = open_dbus_connection(address), {"machine": [], "bus": [], "CoAP": []}
        status = new_method_call(
            DBusAddress(harness.MANAGER, harness.NAME, "org.freedesktop.DBus.Properties"), "Get", "ss",
            (harness.NAME + ".Manager", "Status"))

        def call(message):
            unwrap_msg(connection.send_and_get_reply(message, timeout=10))
        print("ready", flush=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, ask in (("machine", lambda: call(message_bus.GetId())), ("bus", lambda: call(status)),
                              ("CoAP", lambda: server.read("/3/0/16"))):
                begin = time.monotonic()
                ask()
                times[name].append((time.monotonic() - begin) * 1000)
            time.sleep(0.02)
        print(json.dumps(times), flush=True)
        sys.stdin.read()


class Probe:
    def __init__(self, bus, seconds):
        self.child = subprocess.Popen(
            [sys.executable, __file__, "--probe", bus.address, "--seconds", str(seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.uri = f"coap://127.0.0.1:{self.line()}"

    def line(self):
        return self.child.stdout.readline().strip()

    def close(self):
        self.child.kill()
        self.child.wait(30)
        self.child.stdin.close()
        self.child.stdout.close()


def figures(world, bus, seed, seconds):
    """[(name, value, bound)]"""
    gateway, prober = world
    crowd = Crowd(gateway, bus, seed)
    crowd.leave(*crowd.run(WARM_UP))
    before = gateway.daemon.resources()
    crowd = Crowd(gateway, bus, seed + 1)
    everybody = crowd.run(seconds)
    crowd.check_full()
    flooded = everybody[1].count / seconds
    crowd.leave(*everybody)
    after, times = gateway.daemon.resources(), json.loads(prober.line())
    gateway.daemon.wait_property("SubStatus", "idle")
    time.sleep(3)       # object lists, stored attributes
    switches = voluntary_switches(gateway.daemon.process)
    time.sleep(IDLE)
    switches = voluntary_switches(gateway.daemon.process) - switches
    machine = max(times.pop("machine"))
    print(f"seed {seed}: {crowd.looks} Reads, {crowd.next_value()} values and {flooded:.0f} a second by the "
          f"one that floods; the bus itself takes {machine:.1f} ms at most")
    return [(f"{name}, ms, the slowest of {len(each)}", max(each), machine + ANSWER_BOUND)
            for name, each in times.items()] + [
        ("descriptors more", after[0] - before[0], 0),
        ("memory, kB more", after[1] - before[1], GROWTH_BOUND),
        (f"switches in {IDLE} s", switches, IDLE_BOUND)]


def run(seed, seconds):
    """True when every figure is within its bound."""
    with tempfile.TemporaryDirectory() as folder, LwM2MServer() as server:
        bus = harness.Bus(folder).start()
        daemon, prober = harness.Daemon(folder, bus), Probe(bus, WARM_UP + seconds)
        try:
            servers = [harness.factory_server(server.uri, 1, 86400),
                       harness.factory_server(prober.uri, 2, 86400)]
            gateway = Gateway(daemon, server, os.path.join(folder, "objects"), numbers=OBJECTS,
                              config=harness.settings(servers=servers), clock=False)
            assert prober.line() == "ready"
            rows = figures((gateway, prober), bus, seed, seconds)
        except (AssertionError, TimeoutError, OSError, LookupError, ValueError):
            traceback.print_exc(file=sys.stdout)
            print(daemon.report(), server.transcript(), sep="\n")
            return False
        finally:
            prober.close()
            daemon.close()
            bus.stop()
    for name, value, bound in rows:
        print(f"{name:<36}{value:>10.2f}  <= {bound:.0f}  {'ok' if value <= bound else 'TOO MUCH'}",
              flush=True)
    return all(value <= bound for _, value, bound in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, action="append", help=f"may be repeated (default {SEEDS})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each seed (default %(default)s)")
    parser.add_argument("--probe", metavar="BUS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.probe:
        return probe(options.probe, options.seconds)
    return 0 if all([run(seed, options.seconds) for seed in options.seed or SEEDS]) else 1


if __name__ == "__main__":
    sys.exit(main())
