# SPDX-License-Identifier: Apache-2.0
"""A server that dies at random moments and comes back: the client is registered in the end, and neither
memory nor descriptors are lost.

RECONNECTS: how many deaths; the benchmark reconnects asks for 200. RECONNECTS_SEED: of the moments;
without it each run has another one, which it prints.
"""
import math
import os
import random
import time

import pytest

from credentials import Certificates, Psk
from daemon_clock import Clock
from harness import HASTY_COAP, MANAGER, NAME, SANITIZED, VALGRIND, factory_server, settings
from lwm2m_peer import TLV

NUMBER = int(os.environ.get("RECONNECTS", "20"))
SEED = int(os.environ.get("RECONNECTS_SEED", random.SystemRandom().randrange(10 ** 9)))
WARM_UP = 10    # deaths until the allocator and OpenSSL have what they keep
GROWTH = 256    # kB of anonymous memory: a session loses more in 200 deaths, the allocator varies by less
LASTS = 61      # s after which a registration ends the attempts before it
SERVER = f"{MANAGER}/server/1"
PATIENT = {"retry_count": 100, "retry_timer": "1s", "sequence_retry_count": 1}
MOMENTS = ["ClientHello", "connected", "registered"]


@pytest.fixture(params=["psk", "certificate"])
def credential(request, pki):
    return Certificates(pki, "1.1", pki.localhost, pki.device) if request.param == "certificate" else \
        Psk("my-device", "000102030405060708090a0b0c0d0e0f")


class Mortal:
    """An LwM2M Server behind DTLS that dies, and the client, which knows no other."""

    def __init__(self, daemon, peers, credential):
        print(f"RECONNECTS_SEED={SEED}")
        self.rng = random.Random(f"{SEED}/{credential.name}")
        self.daemon, self.clock, self.server = daemon, Clock(daemon), peers.server()
        self.front, uri = credential.terminator(peers, self.server.port)
        self.before = self.seen()
        entry = factory_server(uri, lifetime=86400, retry=PATIENT) | credential.account(uri)
        daemon.start(settings(servers=[entry], coap=HASTY_COAP))

    def seen(self):
        return {event: self.front.count(event) for event in ("ClientHello", "connected")}

    def push(self):
        """Makes the client connect: by an Update when it takes itself for registered, else by the attempt
        that it waits for."""
        state = self.wait_state(lambda state: state in ("registered", "retry-wait"))
        while state == "registered":
            self.daemon.error_of("Update", path=SERVER, interface=NAME + ".Server")
            state = self.wait_state(lambda state: state not in ("registered", "updating") or self.is_new())
            if self.is_new():
                return
        if state == "retry-wait":
            left = self.daemon.get_server(1, "NextRetryTimestamp") / 1e6 - self.clock.now()
            self.clock.sleep(max(1, math.ceil(left)))

    def is_new(self):
        """The client has come in this life."""
        return self.front.count("ClientHello") > self.before["ClientHello"]

    def wait_state(self, wanted):
        return self.daemon.wait_server(1, "State", wanted)

    def wait_for(self, moment):
        """Of the handshake, or behind it, of this life."""
        self.front.wait_event(moment, self.before[moment] + 1)

    def wait_registered(self):
        self.wait_for("connected")
        self.wait_state("registered")

    def die(self):
        moment = self.rng.choice(MOMENTS)
        if moment == "registered":
            self.wait_registered()
            self.clock.sleep(self.rng.choice([1, LASTS]))
        else:
            self.wait_for(moment)
        if self.rng.random() < 0.5:     # else within the handshake, if it has begun
            time.sleep(self.rng.uniform(0, 0.005))
        self.front.kill()
        for registration in self.server.registrations:
            registration.active = registration.active and self.rng.random() < 0.5
        if self.rng.random() < 0.5:
            self.push()     # who sends now is told that nobody is there; else it finds out later

    def rise(self):
        self.before = self.seen()
        self.front.start()
        self.push()

    def die_and_rise(self, times):
        for _ in range(times):
            self.die()
            self.rise()
        self.wait_registered()
        assert self.server.read("/3/0", accept=TLV).code_text == "2.05"


@pytest.mark.limit(60 + 4 * NUMBER)
def test_reconnects_lose_nothing(daemon, peers, credential):
    mortal = Mortal(daemon, peers, credential)
    mortal.die_and_rise(WARM_UP)
    descriptors, memory = daemon.resources()
    mortal.die_and_rise(NUMBER)
    after = daemon.resources()
    assert after[0] <= descriptors, (after[0], descriptors)
    assert SANITIZED or after[1] - memory <= GROWTH, (after[1], memory)
    print(f"{NUMBER} deaths: {mortal.seen()}, {len(mortal.server.registrations)} registrations, "
          f"{memory} kB before, {after[1]} kB after")


@pytest.mark.limit(120)
@pytest.mark.skipif(SANITIZED, reason="the sanitizers look at the same")
def test_reconnects_under_valgrind(daemon, peers, credential):
    daemon.wrapper = VALGRIND
    Mortal(daemon, peers, credential).die_and_rise(5)
    assert daemon.stop(timeout=30) == 0, daemon.report()
