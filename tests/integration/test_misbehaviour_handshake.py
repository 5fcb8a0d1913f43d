# SPDX-License-Identifier: Apache-2.0
"""Failures before a Bootstrap-Request leaves: name, way, port, DTLS handshake; a row a case (misbehaviour.py
says what a row is). The next attempt comes when announced, and works where the fault has gone meanwhile."""
import time

import pytest

from harness import COAP, HASTY_COAP, nosec, psk, settings
from lwm2m_peer import closed_port
from misbehaviour import DELAY, LATE, Registered, Row, good, heal, run_row

IDENTITY, KEY = "my-device", "000102030405060708090a0b0c0d0e0f"


def fails_before(*names, words, healed):
    """One of the names, for what depends on the machine's OpenSSL."""
    def ends(at, row, before, runs):
        at.daemon.wait_property("SubStatus", "retry-wait")
        name, sentence = at.daemon.get("LastError")
        assert name in names and words in sentence, (name, sentence)
        assert at.daemon.get("BootstrapServerURI") in sentence, "the sentence says with whom"
        assert (at.daemon.status, at.daemon.get("Attempt")) == ("bootstrapping", 1)
        again = at.daemon.get("NextRetryTimestampMonotonic") / 1e6
        assert 0 < again - time.monotonic() <= DELAY and at.stored() == before
        assert not at.bootstrap.bootstrap_requests()
        waits = healed(at)
        at.daemon.wait_status("registered")
        request, = at.bootstrap.first_transmissions()
        assert abs(request.time - again) < LATE or not waits
        assert at.daemon.get("LastError") == ("", "") and at.stored()["/0/1/0"] == at.server.uri
    return ends


def fails_behind(name, words):
    """The session is gone behind the request; a new one is made for the next attempt."""
    def ends(at, row, before, runs):
        at.daemon.wait_property("SubStatus", "retry-wait")
        found, sentence = at.daemon.get("LastError")
        assert found == name and words in sentence and at.front.uri in sentence
        assert (at.daemon.status, at.daemon.get("Attempt")) == ("bootstrapping", 1)
        again = at.daemon.get("NextRetryTimestampMonotonic") / 1e6
        assert 0 < again - time.monotonic() <= DELAY and at.stored() == before
        heal(at)
        at.daemon.wait_status("registered")
        assert at.front.count("connected") == len(at.bootstrap.first_transmissions()) == 2
        assert again - LATE < at.bootstrap.first_transmissions()[1].time < again + LATE
        assert at.daemon.get("LastError") == ("", "") and at.stored()["/0/1/0"] == at.server.uri
    return ends


def reloaded(at):
    """An operator has corrected the URI: that does not wait for the next attempt."""
    at.daemon.configure(settings(at.bootstrap.uri, coap=HASTY_COAP))
    at.daemon.call("Reload")
    return False


def server_started(at):
    """On the port that the account has named from the start."""
    at.bootstrap = at.peers.bootstrap(port=at.port)
    heal(at)
    return True


def front(identity=IDENTITY, key=KEY, *modes):
    """DTLS in front of the Bootstrap Server, which is plain; what the client has is IDENTITY and KEY."""
    def bend(at):
        at.front = at.peers.terminator(at.bootstrap.port, identity, key, *modes)
        return psk(at.front.uri, IDENTITY, KEY)
    return bend


def front_corrected(at):
    at.front.modes = ()
    at.front.set_key(IDENTITY, KEY)
    return True


def nobody(at):
    at.port = closed_port()
    return nosec(f"coap://127.0.0.1:{at.port}")


def account_of(uri):
    return lambda at: nosec(uri)


def forgets(at):
    """The terminator's associations are gone: whatever the server sends from now on arrives nowhere."""
    at.front.forget()
    return "forgotten"


ROWS = {
    "name-that-is-none": Row(account=account_of("coap://does-not-exist.invalid"), ends=fails_before(
        "NameResolutionFailed", words="does-not-exist.invalid", healed=reloaded)),
    "interface-that-is-none": Row(account=account_of("coap://[fe80::1%25nope0]"), ends=fails_before(
        "NoRoute", words="no interface nope0", healed=reloaded)),
    "port-without-a-server": Row(account=nobody, ends=fails_before(
        "Refused", words="ICMP port unreachable", healed=server_started)),
    "silent-handshake": Row(account=front(IDENTITY, KEY, "silent"), ends=fails_before(
        "Timeout", words="did not complete the DTLS handshake", healed=front_corrected)),
    "unknown-identity": Row(account=front("somebody-else"), ends=fails_before(
        "PskIdentityUnknown", words="identity", healed=front_corrected)),
    # the record is dropped, or an alert comes
    "wrong-key": Row(account=front(IDENTITY, "ff" * 16), ends=fails_before(
        "Timeout", "DecryptError", words="key", healed=front_corrected)),
    "no-shared-cipher": Row(account=front(IDENTITY, KEY, "ciphers=PSK-NULL-SHA256:@SECLEVEL=0"),
                            ends=fails_before("NoSharedCipher", words="no cipher suite in common",
                                              healed=front_corrected)),
    "first-flight-lost": Row(account=front(IDENTITY, KEY, "drop-first"), coap=COAP,
                             ends=Registered(uri=lambda at: at.front.uri)),
    "association-forgotten-on-the-way": Row(
        account=front(), script=lambda at: [good(at)[0], (forgets, "forgotten")], keys={"timeout": "1s"},
        ends=fails_behind("ServerSilent", "sent no Bootstrap-Finish within 1 s")),
}


@pytest.mark.parametrize("name", ROWS)
def test_handshake(daemon, server, peers, name):
    run_row(ROWS[name], daemon, server, peers)
