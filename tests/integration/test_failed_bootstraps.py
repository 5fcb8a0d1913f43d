# SPDX-License-Identifier: Apache-2.0
"""Failed bootstraps of every kind in a row, then a good one: neither memory nor descriptors are lost.

FAILED_BOOTSTRAPS: how many; the benchmark failed-bootstraps asks for 1,000.
"""
import os

import pytest

from harness import HASTY_COAP, SANITIZED, VALGRIND, nosec, psk, settings, versioned
from lwm2m_peer import (BLOCK1, CHANGED, EMPTY, GET, POST, PUT, SILENCE, TLV, Block, Message, Step, Type,
                        account, closed_port, code, delete, finish, pack, security, tlv_instance,
                        write)

NUMBER = int(os.environ.get("FAILED_BOOTSTRAPS", "200"))
GROWTH = 256    # kB of anonymous memory: a thousand losses of 256 bytes; the allocator differs by less
REASONS = {"NameResolutionFailed", "Refused", "Timeout", "ServerSilent", "BootstrapRejected",
           "InconsistentConfiguration"}
IDENTITY, KEY, OTHER_KEY = "me", "00" * 16, "11" * 16


class Kinds:
    """What the Bootstrap Server does to the next request; those in SLOW last a second each."""
    SLOW = ("silence", "garbage", "accepted_then_silent", "refused_finish", "aborted_body", "vanishes")
    FAST = ("reset", "4.00", "4.03", "4.15", "5.00", "5.03")

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap

    def set(self, kind):
        bootstrap = self.bootstrap
        bootstrap.on_incoming, bootstrap.script, bootstrap.answer = None, [], CHANGED
        if kind[0].isdigit():
            bootstrap.answer = code(kind)
        else:
            getattr(self, kind)()

    def refuse_packs(self):
        """A Pack that cannot be used, and then the Bootstrap-Request."""
        self.set("4.03")
        self.bootstrap.pack = pack({"/1/0": {0: 1}})

    def silence(self):
        self.bootstrap.answer = SILENCE

    def _instead(self, reply):
        def meet(record):
            if record.message is None or record.message.code != POST:
                return True
            self.bootstrap.send_bytes(self.bootstrap.sessions[record.address], reply(record.message))
            return False
        self.bootstrap.on_incoming = meet

    def reset(self):
        self._instead(lambda message: Message(Type.RST, EMPTY, message.mid).encode())

    def garbage(self):
        self._instead(lambda message: b"\x60\xff" + os.urandom(30))

    def accepted_then_silent(self):
        pass

    def refused_finish(self):
        self.bootstrap.script = [delete("/"), finish()]

    def aborted_body(self):
        """Four blocks of a certificate that never ends."""
        payload = tlv_instance({0: "coap://127.0.0.1", 1: False, 2: 3, 4: bytes(4000)})
        self.bootstrap.script = [
            Step(PUT, "/0/1", {"cf": TLV, "payload": payload[64 * number:64 * number + 64],
                               "options": [(BLOCK1, Block(number, True, 64).encode())]})
            for number in range(4)]

    def vanishes(self):
        self.bootstrap.script = [delete("/"), write("/0/1", security("coap://127.0.0.1", 1))]


class Counted:
    """The daemon, and the failures that it has had."""

    def __init__(self, daemon, server):
        self.daemon, self.failed, self.reasons, self.sentences = daemon, 0, set(), set()
        self.uses(server, daemon.start)

    def uses(self, server, put_in_force, version="1.1"):
        config = settings("coap://unused", coap=HASTY_COAP, retry_count=0, timeout="1s")
        config["bootstrap"]["server"] = server
        put_in_force(versioned(config, version))
        self.wait()

    def wait(self):
        self.failed += 1
        self.daemon.wait_status("failure", number=self.failed)
        reason, sentence = self.daemon.get("LastError")
        self.reasons.add(reason)
        self.sentences.add(sentence)

    def reload(self, config):
        self.daemon.configure(config)
        self.daemon.call("Reload")

    def fail(self, times=1):
        for _ in range(times):
            self.daemon.bootstrap()
            self.wait()


def every_kind(counted, kinds, others, number):
    """number failures, each kind in turn and at least once; the slow ones seldom."""
    target, slow = counted.failed + number, max(1, number // 200)
    for other in others:
        counted.uses(other, counted.reload)
        counted.fail(slow - 1)
    kinds.refuse_packs()
    counted.uses(nosec(kinds.bootstrap.uri, instance_id=1), counted.reload, version="1.2")
    counted.fail(slow)
    counted.uses(nosec(kinds.bootstrap.uri), counted.reload)
    for kind in Kinds.SLOW:
        kinds.set(kind)
        counted.fail(slow)
    for left, kind in enumerate(Kinds.FAST):
        kinds.set(kind)
        counted.fail(max(1, (target - counted.failed) // (len(Kinds.FAST) - left)))


def begin(daemon, peers):
    """What fails in every way, and the accounts whose server cannot even be asked."""
    front = peers.terminator(peers.server().port, IDENTITY, KEY)
    kinds = Kinds(peers.bootstrap())
    kinds.set("4.03")
    others = [nosec(f"coap://127.0.0.1:{closed_port()}"), nosec("coap://nowhere.invalid"),
              psk(front.uri, IDENTITY, OTHER_KEY)]
    return Counted(daemon, nosec(kinds.bootstrap.uri)), kinds, others


def end_well(counted, kinds, server):
    kinds.bootstrap.on_incoming, kinds.bootstrap.answer = None, CHANGED
    kinds.bootstrap.script = [*account(server.uri), finish()]
    counted.daemon.bootstrap()
    counted.daemon.wait_status("registered")


@pytest.mark.limit(150)
def test_failed_bootstraps_lose_nothing(daemon, server, peers):
    counted, kinds, others = begin(daemon, peers)
    every_kind(counted, kinds, others, 1)
    descriptors, memory = daemon.resources()
    every_kind(counted, kinds, others, NUMBER)
    assert counted.failed >= NUMBER and counted.reasons >= REASONS
    assert kinds.bootstrap.requests(GET, "/bspack")
    # Its name depends on the OpenSSL of the peer: silence, or an alert
    assert any("DTLS handshake" in sentence for sentence in counted.sentences)
    after = daemon.resources()
    assert after[0] <= descriptors, (after[0], descriptors)
    assert SANITIZED or after[1] - memory <= GROWTH, (after[1], memory)
    end_well(counted, kinds, server)


@pytest.mark.limit(150)
@pytest.mark.skipif(SANITIZED, reason="the sanitizers look at the same")
def test_fifty_failed_bootstraps_under_valgrind(daemon, server, peers):
    daemon.wrapper = VALGRIND
    counted, kinds, others = begin(daemon, peers)
    every_kind(counted, kinds, others, 50)
    end_well(counted, kinds, server)
    assert daemon.stop(timeout=30) == 0, daemon.report()
