#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random events of operators, servers, networks and power, in the order that a seed gives.

Invariants are looked at all the time; at the end every server behaves, and the device has to be registered.
    soak.py [--seed N ...] [--seconds N]
LWM2M_CLIENTD and LWM2M_DTLS_TERMINATOR name the programs. Every fourth seed speaks DTLS-PSK.
"""
import argparse
import os
import random
import sys
import tempfile
import threading
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "peer"), os.path.join(HERE, "..", "integration")]

import dtls_peer                                                                    # noqa: E402
import events                                                                       # noqa: E402
import harness                                                                      # noqa: E402
from invariants import SLOW, Violation, Watch, expect                               # noqa: E402
from lwm2m_peer import GET                                                          # noqa: E402
from peers import IDENTITY, KEY, Dead, MoodyBootstrapServer, MoodyServer            # noqa: E402

SEEDS, SECONDS = (1, 4), 60     # of a run without options
SERVERS = 3
STOP = 3.0 * SLOW               # seconds for an orderly stop
# The longest way back: an exchange that runs (3 s), a session that waits for Finish (3 s), 1 + 2 attempts of
# 3 s with delays of 1.5 and 3 s between, restart_delay, two sequences of two registrations (3 s each, 3 s
# between), and hold-off before the bootstrap that helps.
SETTLE = 45 * SLOW


class World:
    """The daemon, everybody it talks to, and what happened."""

    def __init__(self, folder, seed, psk, verbose):
        self.verbose = verbose
        self.broken = []        # exceptions of threads: mistakes of this test
        threading.excepthook = lambda arguments: self.broken.append(arguments.exc_value)
        self.seed, self.history, self.begin = seed, [], time.monotonic()
        self.bus = harness.Bus(folder).start()
        self.dead, self.terminators, self.psk = Dead(), [], psk
        self.servers = [MoodyServer(number + 1) for number in range(SERVERS)]
        self.targets = [(server.number, self.door(server)) for server in self.servers]
        self.bootstraps = [MoodyBootstrapServer(self.targets, self.dead.uris) for _ in range(2)]
        self.bootstrap_uris = [self.door(server) for server in self.bootstraps]
        self.daemon = harness.Daemon(folder, self.bus)
        self.obstacle = os.path.join(self.daemon.state_directory, ".current.tmp")
        self.daemon.environment = {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}
        self.config = harness.settings(retry_delay="1s", retry_delay_max="2s", timeout="3s",
                                       restart_delay="3s", on_failure="restart", retry_count=1)
        self.config["lwm2m_version"] = "1.1"
        self.set_bootstrap_server(self.bootstrap_uris[0])
        self.watch, self.unsaved = None, False

    def close(self):
        if self.daemon.running:
            self.daemon.process.kill()
            self.daemon.process.wait()
        for each in (*self.servers, *self.bootstraps, self.dead, *self.terminators):
            each.close()
        self.bus.stop()

    def note(self, text):
        self.history.append(f"{time.monotonic() - self.begin:7.2f} {text}")
        if self.verbose:
            manager = self.watch.manager if self.watch.objects else {}
            print(self.history[-1], manager.get("Status"), manager.get("SubStatus"), flush=True)

    # -- configuration

    def door(self, peer):
        """The URI of a peer, behind a DTLS terminator where the seed wants it."""
        if self.psk:
            self.terminators.append(dtls_peer.Terminator(peer.port, IDENTITY, KEY))
        return self.terminators[-1].uri if self.psk else peer.uri

    def account(self, uri, **keys):
        if uri.startswith("coaps"):
            return harness.psk(uri, IDENTITY, KEY, **keys)
        return harness.nosec(uri, **keys)

    def set_bootstrap_server(self, uri, **keys):
        self.config["bootstrap"]["server"] = self.account(uri, **keys)

    def factory_server(self, number, uri, rng):
        retry = {"retry_count": rng.randint(1, 2), "retry_timer": "1s", "sequence_delay_timer": "2s",
                 "sequence_retry_count": 1}
        return {"short_server_id": number, **self.account(uri), "lifetime": rng.choice([8, 60]),
                "communication_retry": retry}

    def write_configuration(self):
        config = dict(self.config)
        if config["lwm2m_version"] == "1.0":
            config["servers"] = [{key: value for key, value in each.items() if key != "communication_retry"}
                                 for each in config.get("servers", ())]
        self.daemon.configure({key: value for key, value in config.items() if value != []})

    @property
    def disk_works(self):
        return not os.path.exists(self.obstacle)

    def set_disk(self, works):
        """A folder in the way of the temporary file; what works now."""
        if works:
            os.rmdir(self.obstacle)
        else:
            os.mkdir(self.obstacle)
        self.unsaved = True
        return works

    # -- the process

    def start(self):
        self.write_configuration()
        self.unsaved = not self.disk_works
        if self.watch is not None:
            self.watch.close()
        self.watch = Watch(self.daemon, (KEY,), self.config)
        self.daemon.start(wait=False)
        self.daemon.wait_ready(10 * SLOW)
        self.watch.check()

    def stop(self):
        """An orderly stop; with sanitizers a leak is another exit code."""
        begin = time.monotonic()
        returned = self.daemon.stop()
        self.watch.check_log()
        expect(returned == 0, f"exit {returned} at SIGTERM")
        expect(time.monotonic() - begin < STOP, f"SIGTERM took {time.monotonic() - begin:.1f} s")

    def join_bus(self):
        """After a restart of the bus: until the daemon is back on it."""
        lines = self.watch.lines
        self.watch = Watch(self.daemon, (KEY,), self.config)
        self.watch.lines = lines
        deadline = time.monotonic() + 10 * SLOW
        while self.daemon_is_absent():
            expect(time.monotonic() < deadline, "not back on the bus within 10 s")
            time.sleep(0.05)

    def daemon_is_absent(self):
        answer = harness.unwrap_msg(self.watch.connection.send_and_get_reply(
            harness.message_bus.NameHasOwner(harness.NAME)))
        return not answer[0]

    def pause(self, seconds):
        time.sleep(seconds)

    # -- the end

    def settle(self):
        """Everybody behaves: the device comes back by itself, unless an operator's word keeps it away."""
        for server in self.servers:
            server.set_mood("well")
        for server in self.bootstraps:
            server.set_mood("perfect", random.Random(self.seed))
        if not self.disk_works:
            self.set_disk(True)
        self.note("all behave")
        if not self.wait(self.is_well):
            reason = self.excuse()
            expect(reason is not None, f"not registered {SETTLE} s after all behave: {self.watch.objects}")
            self.note(f"well but for {reason}; a good configuration and Restart()")
            self.config["lwm2m_version"] = "1.1"
            self.config["bootstrap"]["on_failure"] = "restart"
            self.set_bootstrap_server(self.bootstrap_uris[1], client_hold_off_time=2)
            self.write_configuration()
            self.watch.call("Reload")
            self.watch.call("Restart")
            expect(self.wait(self.is_well), f"not registered after Restart(): {self.watch.objects}")
        self.note("well again")
        expect(not self.broken, f"a peer has ended: {self.broken}")
        self.check_registrations()
        self.check_power_cut()

    def wait(self, condition):
        deadline = time.monotonic() + SETTLE
        while time.monotonic() < deadline:
            self.watch.look(0.2)
            if condition():
                return True
        return False

    def living(self):
        return {path: server for path, server in self.watch.servers.items()
                if server["ServerURI"] in dict(self.targets).values()}

    def is_well(self):
        return (self.watch.manager["Status"] == "registered" and
                all(server["State"] == "registered" for server in self.living().values()))

    def excuse(self):
        """The word of an operator or of the protocol that keeps the device away, or None."""
        manager = self.watch.manager
        states = [each["State"] for each in self.watch.servers.values()]
        if manager["SubStatus"] in ("stopped", "no-account"):
            return manager["SubStatus"]
        if "disabled" in states:
            return "a Disable of a day"
        if self.config["lwm2m_version"] == "1.0":
            return "the long default times of 1.0"
        if manager["BootstrapServerURI"] not in self.bootstrap_uris:
            return "a Bootstrap Server that is not there"
        return None

    def check_registrations(self):
        """What D-Bus calls registered is registered there, and is served."""
        uris = {uri: self.servers[number - 1] for number, uri in self.targets}
        for path, properties in self.living().items():
            server = uris[properties["ServerURI"]]
            active = [each for each in server.registrations if each.active]
            expect(active, f"{path} is registered, but {server.name} does not know it")
            answer = server.request(active[-1].session, GET, "/3/0/13", timeout=3.0 * SLOW)
            expect(answer.code_text == "2.05", f"Read /3/0/13: {answer}")

    def check_power_cut(self):
        """What has worked is stored: after SIGKILL the same servers, without a bootstrap."""
        if self.unsaved:
            return      # it is tried again every minute
        known, requests = set(self.watch.servers), self.bootstrap_requests()
        self.daemon.kill()
        self.watch.check_log()
        self.start()
        expect(self.wait(self.is_well), f"not registered after SIGKILL: {self.watch.objects}")
        expect(set(self.watch.servers) == known, f"after SIGKILL {set(self.watch.servers)}, before {known}")
        expect(self.bootstrap_requests() == requests, "a bootstrap after SIGKILL")

    def bootstrap_requests(self):
        return sum(len(server.bootstrap_requests()) for server in self.bootstraps)

    def report(self):
        parts = ["last events:", *self.history[-30:], self.daemon.report()]
        for peer in (*self.bootstraps, *self.servers):
            parts += [peer.name, *peer.transcript().splitlines()[-60:]]
        return "\n".join(parts)


def soak(seed, seconds, verbose):
    """True when nothing was broken."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder, seed, seed % 4 == 0, verbose)
        try:
            world.start()
            number = 0
            while time.monotonic() < world.begin + seconds:
                rng = random.Random(f"{seed}/{number}")     # so that no answer's time changes a later event
                number += 1
                world.note(f"event {number}")
                world.note("  %s: %s" % events.step(world, rng))
                expect(not world.broken, f"a peer has ended: {world.broken}")
                world.watch.look(rng.choice([0.0, 0.1, 0.3, 1.0, 2.0]))
            world.settle()
            world.stop()
        except (Violation, AssertionError, TimeoutError, OSError, LookupError) as error:
            traceback.print_exc(file=sys.stdout)
            print(f"seed {seed}: {error}", world.report(), sep="\n", flush=True)
            return False
        finally:
            world.close()
    print(f"seed {seed}: {number} events, {seconds} s, nothing broken", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, action="append", help=f"may be repeated (default {SEEDS})")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each seed (default %(default)s)")
    parser.add_argument("--verbose", action="store_true", help="show each event")
    options = parser.parse_args()
    return 0 if all([soak(seed, options.seconds, options.verbose) for seed in options.seed or SEEDS]) else 1


if __name__ == "__main__":
    sys.exit(main())
