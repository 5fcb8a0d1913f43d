# SPDX-License-Identifier: Apache-2.0
"""DTLS handshakes over a bad path: small MTU, each flight lost once, a server that asks for a cookie."""
import pytest

from dtls_peer import HEADERS, certificate_modes
from harness import certified, factory_server, settings
from lwm2m_peer import TEXT
from pki import CLIENT_AUTH
from test_dtls import IDENTITY, KEY, secured


@pytest.fixture(scope="module")
def chain(pki):
    """The device's own certificate, with two CAs between it and the root."""
    return pki.issue("chained", pki.second_intermediate, names=[], extended=[CLIENT_AUTH])


class Path:
    """A server with certificates, three on either side, or with PSK, behind a relay."""

    def __init__(self, peers, server, pki, chain, mode, modes, **relay):
        if mode == "psk":
            self.front = peers.terminator(server.port, IDENTITY, KEY, *modes)
        else:
            self.front = peers.terminator(server.port, "", "", *certificate_modes(
                pki.deep, pki.second_intermediate, pki.intermediate), "insist", *modes)
        self.relay = peers.relay(self.front.port, **relay)
        uri = self.relay.uri
        self.account = secured(uri) if mode == "psk" else factory_server(uri) | certified(
            uri, chain, certificate_file=chain.chain_file(pki.second_intermediate, pki.intermediate),
            server_certificate_file=pki.deep.certificate_file)


@pytest.mark.parametrize("modes", [[], ["cookie"]], ids=["", "cookie"])
@pytest.mark.parametrize("path_mtu", [600, 1280])
def test_path_mtu_with_a_chain_of_three(daemon, server, peers, pki, chain, path_mtu, modes):
    """Nothing says that a datagram was too long; the first of each has to fit."""
    path = Path(peers, server, pki, chain, "certificate", [f"mtu={path_mtu - HEADERS}", *modes],
                path_mtu=path_mtu)
    daemon.start(settings(servers=[path.account]))
    daemon.wait_status("registered")
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
    assert not [each for each in path.relay.passed if each.lost]
    own = [len(each.data) for each in path.relay.passed if each.to_server]
    assert sum(own) > 1200 > 600 - HEADERS >= max(own)
    assert path.front.wait_event("connected")[1][7:] == [chain.subject]
    assert path.front.count("ClientHello") == (2 if modes else 1)


@pytest.mark.parametrize("mode, path_mtu", [("psk", 600), ("certificate", 600), ("certificate", 1280)])
@pytest.mark.parametrize("lost", [1, 2, 3, 4, 5, 6])
def test_each_flight_lost_once(daemon, server, peers, pki, chain, mode, path_mtu, lost):
    """ClientHello, HelloVerifyRequest, ClientHello, ServerHello and on, our keys, the server's Finished; in
    fragments where they are long."""
    path = Path(peers, server, pki, chain, mode, ["cookie", f"mtu={path_mtu - HEADERS}"],
                path_mtu=path_mtu, lose_flights=[lost])
    daemon.start(settings(servers=[path.account]))
    daemon.wait_status("registered")
    assert [each for each in path.relay.passed if each.lost]
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
    assert path.front.count("connected") == 1
    assert daemon.get_server(1, "LastError") == ("", "")


def test_cookie(daemon, server, peers):
    """HelloVerifyRequest: the second ClientHello has it, and nothing is held against the server."""
    front = peers.terminator(server.port, IDENTITY, KEY, "cookie")
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    hellos = front.seen("ClientHello")
    assert [words[3] for words in hellos] == ["-", "cookie"]
    assert len(hellos[0]) == len(hellos[1]) and hellos[0][2] == hellos[1][2]
