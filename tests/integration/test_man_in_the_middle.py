# SPDX-License-Identifier: Apache-2.0
"""Who is on the way to a server, after the handshake: another server is never taken for it, and what was
said once is not done twice."""
import pytest

from dtls_peer import certificate_modes
from harness import COAP, HASTY_COAP, certified, factory_server, psk, settings
from lwm2m_peer import TEXT

IDENTITY, KEY = "my-device", "000102030405060708090a0b0c0d0e0f"
GCM, CBC = "PSK-AES128-GCM-SHA256", "PSK-AES128-CBC-SHA256"

# Of a handshake with whom is there instead: names, a part of the sentence.
PSK_ENDS = ("Timeout", "DecryptError", "PskIdentityUnknown"), "handshake"
CERTIFICATE_ENDS = ("CertificateNameMismatch",), "CN=good"


class Way:
    """An account, the server that is meant by it, an impostor, and the relay between them and the client."""

    def __init__(self, mode, daemon, peers, pki, suite=GCM):
        self.daemon = daemon
        self.meant, self.impostor = peers.server(), peers.server()
        if mode == "psk":
            own, others = [IDENTITY, KEY, f"ciphers={suite}"], [IDENTITY, "ff" * 16, f"ciphers={suite}"]
            self.ends = PSK_ENDS
        else:
            own = ["", "", *certificate_modes(pki.localhost, pki.intermediate)]
            others = ["", "", *certificate_modes(pki.good, pki.intermediate)]
            self.ends = CERTIFICATE_ENDS
        self.front = peers.terminator(self.meant.port, *own)
        self.other_front = peers.terminator(self.impostor.port, *others)
        self.relay = peers.relay(self.front.port)
        uri = self.relay.uri.replace("127.0.0.1", "localhost")
        self.account = factory_server(uri)
        self.account.update(psk(uri, IDENTITY, KEY) if mode == "psk" else certified(
            uri, server_certificate_file=pki.root.certificate_file,
            certificate_usage="trust-anchor-assertion"))

    def register(self, coap=HASTY_COAP):
        self.daemon.start(settings(servers=[self.account], coap=coap))
        self.daemon.wait_status("registered")
        return self.meant.wait_registration()

    def assert_refused(self):
        """And the impostor has not been told a word."""
        self.other_front.wait_event("ClientHello")
        names, words = self.ends
        name, sentence = self.daemon.wait_server(
            1, "LastError", lambda error: error[0] in names and words in error[1])
        assert self.account["uri"] in sentence, name
        assert not self.other_front.count("connected")
        assert not self.impostor.records

    def assert_back(self, registration):
        """The server that is meant is taken as soon as it is there again."""
        self.relay.lead_to(self.front.port)
        self.daemon.call("Restart")
        self.meant.wait_registration(registration)
        assert self.meant.read("/1/0/1", accept=TEXT).payload == b"300"


@pytest.fixture(params=["psk", "certificate"])
def way(request, daemon, peers, pki):
    return Way(request.param, daemon, peers, pki)


def test_another_server_takes_the_place(daemon, way):
    """Without a word: the association is dead, and the next handshake is with somebody else."""
    way.register()
    way.relay.lead_to(way.other_front.port)
    daemon.call_server(1, "Update")
    way.assert_refused()
    way.assert_back(2)


def test_another_server_behind_icmp(daemon, way):
    """libcoap begins a handshake of its own behind ICMP port unreachable (libcoap-guide 4 and 5)."""
    way.account["communication_retry"]["retry_count"] = 5   # the second Refused may be as quick as the first
    way.register(COAP)      # with a retransmission, in front of which it does so
    way.relay.shut()
    daemon.call_server(1, "Update")
    daemon.wait_log("Refused: .*ICMP port unreachable")
    way.relay.lead_to(way.other_front.port)
    way.relay.open()
    way.assert_refused()
    way.assert_back(2)


def test_old_records_do_nothing(daemon, way):
    """Each record of the server comes again, at once, and into the next association."""
    def repeat(client):
        for each in old:
            way.relay.repeat(each._replace(client=client))

    def write_lifetime(seconds, updates):
        """The Update that tells it is behind whatever the records before it have done."""
        assert way.meant.write("/1/0/1", b"%d" % seconds).code_text == "2.04"
        update = way.meant.wait_update(registration, updates)
        assert update.query["lt"] == str(seconds) and len(registration.updates) == updates

    registration = way.register()
    assert way.meant.execute("/1/0/8").code_text == "2.04"
    way.meant.wait_update(registration)
    write_lifetime(600, updates=2)
    old = [each for each in way.relay.passed if not each.to_server]
    repeat(old[0].client)
    write_lifetime(900, updates=3)

    way.front.forget()
    daemon.call_server(1, "Update")
    registration = way.meant.wait_registration(2)
    repeat(way.relay.passed[-1].client)
    write_lifetime(700, updates=1)
    assert way.front.count("connected") == 2
    assert way.front.wait_event("connected", 2)[1][1] != way.front.wait_event("connected")[1][1]


def test_old_records_in_cbc(daemon, peers, pki):
    """OpenSSL ends a session of CBC at a record that does not fit, as RFC 6347, 4.1.2.7 allows: the client
    begins anew, and nothing is done twice."""
    way = Way("psk", daemon, peers, pki, CBC)
    registration = way.register()
    assert way.meant.execute("/1/0/8").code_text == "2.04"
    way.meant.wait_update(registration)
    old = [each for each in way.relay.passed if not each.to_server]

    way.front.forget()
    daemon.call_server(1, "Update")
    way.meant.wait_registration(2)
    daemon.wait_server(1, "State", "registered")
    for each in old:
        way.relay.repeat(each._replace(client=way.relay.passed[-1].client))
    registration = way.meant.wait_registration(3)
    daemon.wait_server(1, "State", "registered")
    daemon.wait_log("ConnectionLost: .*bad_record_mac")
    assert way.meant.read("/1/0/1", accept=TEXT).payload == b"300"
    assert not registration.updates and not way.meant.registrations[1].updates
