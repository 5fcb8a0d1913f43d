# SPDX-License-Identifier: Apache-2.0
"""DTLS sessions that are resumed, and those that must not be."""
import pytest

from dtls_peer import certificate_modes
from harness import certified, factory_server, settings
from lwm2m_peer import TEXT
from test_dtls import IDENTITY, KEY, secured


def kinds(front, number):
    """Whether each of the handshakes was full or resumed."""
    front.wait_event("connected", number)
    return [words[4] for words in front.seen("connected")]


@pytest.fixture(params=[[], ["no-tickets", "cache"]], ids=["ticket", "id"])
def front(request, peers, server):
    return peers.terminator(server.port, IDENTITY, KEY, *request.param)


def test_session_that_the_server_ended_is_resumed(daemon, server, front):
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    for number in (2, 3):
        front.end_sessions()
        server.wait_registration(number)
        daemon.wait_server(1, "State", "registered")
    assert kinds(front, 3) == ["full", "resumed", "resumed"]
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
    daemon.wait_log("DTLS session with the cipher suite .*, resumed")


def test_session_that_the_server_forgot_is_resumed(daemon, server, front):
    """Its associations are gone, as after a restart, its key for tickets is not."""
    if "cache" in front.modes:
        pytest.skip("its memory is the process's")
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.forget()
    daemon.call_server(1, "Update")
    server.wait_registration(2)
    assert kinds(front, 2) == ["full", "resumed"]


def test_server_that_knows_no_session_any_more_gets_a_full_handshake(daemon, server, front):
    """At once: in the same handshake, without a failed one."""
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.end_sessions(forget=True)
    server.wait_registration(2)
    daemon.wait_server(1, "State", "registered")
    assert kinds(front, 2) == ["full", "full"]
    assert front.count("ClientHello") == 2
    assert daemon.get_server(1, "LastError") == ("", "")


def test_fatal_alert_ends_the_session_for_good(daemon, server, peers):
    """RFC 5246, 7.2.2."""
    front = peers.terminator(server.port, IDENTITY, KEY, "ciphers=PSK-AES128-GCM-SHA256")
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.alert(80)
    server.wait_registration(2)
    assert kinds(front, 2) == ["full", "full"]


def test_other_credentials_begin_anew(daemon, server, peers):
    """A Reload with another identity; and once more with that of before."""
    other = "my-other-device"
    front = peers.terminator(server.port, IDENTITY, KEY)
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    daemon.configure(settings(servers=[secured(front.uri) | {"identity": other}]))
    front.set_key(other, KEY)
    daemon.call("Reload")
    server.wait_registration(2)
    assert kinds(front, 2)[1] == "full"
    assert not any(words[4] == "session" for words in front.seen("ClientHello"))


@pytest.mark.parametrize("modes, second", [
    (["no-tickets", "cache"], "resumed"), (["insist", "no-tickets", "cache"], "resumed"), ([], "resumed"),
    (["insist"], "full"),       # OpenSSL's ticket holds the client's certificate: too long for a ClientHello
], ids=["id", "id-of-both", "ticket", "long-ticket"])
def test_session_with_certificates(daemon, server, peers, pki, modes, second):
    front = peers.terminator(server.port, "", "", *certificate_modes(pki.by_root), *modes)
    entry = factory_server(front.uri) | certified(
        front.uri, pki.device, server_certificate_file=pki.by_root.certificate_file)
    daemon.start(settings(servers=[entry]))
    daemon.wait_status("registered")
    front.end_sessions()
    server.wait_registration(2)
    assert kinds(front, 2) == ["full", second]
