# SPDX-License-Identifier: Apache-2.0
"""TLS alerts of a server (facts 7.6): which lead to another attempt, which end the sequence, which do
nothing, each by its name, in the handshake and inside a session."""
import os
import ssl

import pytest

from dtls_peer import Passed
from harness import psk, settings
from lwm2m_peer import TEXT, account, finish
from test_dtls import IDENTITY, KEY, secured

GCM = "ciphers=PSK-AES128-GCM-SHA256"       # the suite in which the terminator can send alerts
RETRY = {"retry_count": 3, "retry_timer": "1s", "sequence_retry_count": 1}

FAIL = {42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked",
        45: "certificate_expired", 46: "certificate_unknown", 48: "unknown_ca", 49: "access_denied",
        112: "unrecognized_name", 113: "bad_certificate_status_response", 114: "bad_certificate_hash_value",
        115: "unknown_psk_identity"}
AGAIN = {0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed",
         22: "record_overflow", 40: "handshake_failure", 47: "illegal_parameter", 50: "decode_error",
         51: "decrypt_error", 70: "protocol_version", 71: "insufficient_security"}
IGNORE_AND_MORE = {86: "inappropriate_fallback", 90: "user_canceled", 100: "no_renegotiation",
                   111: "certificate_unobtainable", 30: "decompression_failure", 41: "no_certificate",
                   60: "export_restriction", 110: "unsupported_extension", 80: "internal_error"}
NAMES = {20: "DecryptError", 21: "DecryptError", 51: "DecryptError", 40: "NoSharedCipher",
         71: "NoSharedCipher", 115: "PskIdentityUnknown"}


@pytest.fixture
def front(peers, server):
    return peers.terminator(server.port, IDENTITY, KEY, GCM)


@pytest.mark.parametrize("alerts, attempts", [(FAIL, 2), (AGAIN, 3), (IGNORE_AND_MORE, 3)],
                         ids=["fail", "retry", "ignore"])
def test_alert_in_the_handshake(daemon, server, peers, alerts, attempts):
    """One server for each; three attempts, or two where another one will not help."""
    fronts = {code: peers.terminator(server.port, IDENTITY, KEY, f"alert-first={code}") for code in alerts}
    daemon.start(settings(servers=[
        secured(front.uri, short_server_id=100 + code, retry=RETRY) for code, front in fronts.items()]))
    daemon.wait_status("failure")
    for code, word in alerts.items():
        name, sentence = daemon.get_server(100 + code, "LastError")
        assert (name, code) == (NAMES.get(code, "HandshakeFailed"), code)
        assert f"refused the DTLS handshake with the alert {word} ({code}): " in sentence
        fronts[code].wait_event("ClientHello", attempts)
        assert fronts[code].count("ClientHello") == attempts, word
    assert not server.records


def test_second_refusal_in_a_row_leads_to_a_bootstrap(daemon, server, peers):
    """The device's account is not known any more; five attempts were allowed."""
    front = peers.terminator(server.port, IDENTITY, KEY, "alert-first=115")
    bootstrap = peers.bootstrap([*account(server.uri, ssid=1), finish()])
    entry = secured(front.uri, retry={**RETRY, "retry_count": 5})
    daemon.start(settings(bootstrap=bootstrap.uri, servers=[entry]))
    daemon.wait_status("registered")
    assert len(bootstrap.runs) == 1
    front.wait_event("ClientHello", 2)
    assert front.count("ClientHello") == 2


def test_refusal_of_a_bootstrap_server_is_a_failed_attempt(daemon, server, peers):
    front = peers.terminator(server.port, IDENTITY, KEY, "alert-first=115")
    config = settings(retry_count=2, retry_delay="1s", retry_delay_max="1s")
    config["bootstrap"]["server"] = psk(front.uri, IDENTITY, KEY)
    daemon.start(config)
    daemon.wait_status("failure")
    front.wait_event("ClientHello", 3)
    assert front.count("ClientHello") == daemon.get("Attempt") == 3
    name, sentence = daemon.get("LastError")
    assert name == "PskIdentityUnknown" and "Bootstrap Server" in sentence


@pytest.mark.parametrize("code, word", [
    (49, "access_denied"), (80, "internal_error"), (110, "unsupported_extension")])
def test_fatal_alert_inside_a_session(daemon, server, front, code, word):
    """The session is over; a new one, and Register, follow at once."""
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.alert(code)
    server.wait_registration(2)
    daemon.wait_log(f"ConnectionLost: .*ended the DTLS session with the alert {word} .{code}.: ")
    front.wait_event("connected", 2)
    assert front.count("connected") == 2


def test_refusal_inside_a_session_and_again_in_the_handshake(daemon, server, peers, front):
    """Two in a row, the first of which ended a session."""
    relay = peers.relay(front.port)
    daemon.start(settings(servers=[secured(relay.uri, retry={**RETRY, "retry_count": 5})]))
    daemon.wait_status("registered")
    refusing = peers.terminator(server.port, IDENTITY, KEY, "alert-first=49")
    held = len(relay.passed)
    relay.lose.add(held + 1)
    front.alert(49)
    alert = relay.await_(lambda: relay.passed[held:], 10, "alert")[0]
    relay.lead_to(refusing.port)
    relay.repeat(alert)
    daemon.wait_status("failure")
    refusing.wait_event("ClientHello")
    assert front.count("ClientHello") == refusing.count("ClientHello") == 1
    assert "access_denied (49)" in daemon.get("LastError")[1]


@pytest.mark.parametrize("code", [41, 49, 110, 199])
def test_alert_that_warns_ends_nothing(daemon, server, front, code):
    """But OpenSSL before 3.2 reads it again and again, until there are too many: then all begins anew."""
    sessions = 1 if ssl.OPENSSL_VERSION_INFO >= (3, 2) else 2
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.alert(code, level=1)
    server.wait_registration(sessions)
    daemon.wait_server(1, "State", "registered")
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
    front.wait_event("connected", sessions)
    assert front.count("connected") == len(server.registrations) == sessions


def plain_alert(level, code):
    """As anybody can send it: epoch 0, no key needed (RFC 6347, 4.1)."""
    return bytes([21, 0xFE, 0xFD]) + bytes(8) + bytes([0, 2, level, code])


def test_warning_in_the_handshake_ends_nothing(daemon, server, front, peers):
    """The first ClientHello is lost; a warning, three times and then with more behind it, comes instead."""
    relay = peers.relay(front.port, lose=[1])
    daemon.start(settings(servers=[secured(relay.uri)]))
    client = relay.await_(lambda: relay.passed, 10, "ClientHello")[0].client
    for data in [plain_alert(1, 112)] * 3 + [plain_alert(1, 90) + plain_alert(1, 112)]:
        relay.repeat(Passed(False, data, client, False))
    daemon.wait_status("registered")
    assert {each.client for each in relay.passed} == {client}
    assert server.read("/1/0/11", accept=TEXT).payload == b"112"
    assert daemon.get_server(1, "LastError") == ("", "")


def test_forged_alerts_have_no_effect_on_a_session(daemon, server, front, peers):
    relay = peers.relay(front.port)
    daemon.start(settings(servers=[secured(relay.uri)]))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    client = relay.passed[0].client
    for code in (0, 10, 40, 49, 80, 115):
        for level in (1, 2):
            relay.repeat(Passed(False, plain_alert(level, code), client, False))
    sealed = next(each for each in reversed(relay.passed) if not each.to_server)
    relay.repeat(sealed._replace(data=sealed.data[:13] + bytes(len(sealed.data) - 13)))
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
    daemon.call_server(1, "Update")
    server.wait_update(registration)
    assert front.count("connected") == front.count("ClientHello") == 1
    assert daemon.get_server(1, "LastError") == ("", "")


def test_last_alert_is_read_by_the_server(daemon, server, peers):
    """/1/x/11: of the handshake that it refused, and then of the session that it ended."""
    front = peers.terminator(server.port, IDENTITY, KEY, "alert-first=48")
    daemon.start(settings(servers=[secured(front.uri, retry={**RETRY, "retry_count": 5})]))
    daemon.wait_log("HandshakeFailed: .*unknown_ca")
    front.restart(GCM)
    daemon.wait_status("registered")
    assert server.read("/1/0/11", accept=TEXT).payload == b"48"
    front.alert(80)
    server.wait_registration(2)
    daemon.wait_server(1, "State", "registered")
    assert server.read("/1/0/11", accept=TEXT).payload == b"80"


def test_flood_of_warnings_wears_no_flash(daemon, server, front, peers):
    """Anybody can send them in a handshake: /1/x/11 is written once for all of them."""
    relay = peers.relay(front.port, lose=range(1, 100))
    daemon.start(settings(servers=[secured(relay.uri)]))
    client = relay.await_(lambda: relay.passed, 10, "ClientHello")[0].client
    current = os.path.join(daemon.state_directory, "current")
    written = set()
    for number in range(40):
        relay.repeat(Passed(False, plain_alert(1, 90 if number % 2 else 112), client, False))
        assert daemon.get("Status") == "registering"    # the loop has turned
        written |= {os.stat(current).st_mtime_ns} if os.path.exists(current) else set()
    assert len(written) <= 1
    relay.lose.clear()
    daemon.wait_status("registered")
    assert server.read("/1/0/11", accept=TEXT).payload == b"112"


def test_renegotiation_is_refused(daemon, server, front):
    """RFC 7925, 17: no_renegotiation answers a HelloRequest; OpenSSL's server then ends the session."""
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.renegotiate()
    assert front.wait_event("alert")[1][2:] == ["received", "NR"]
    server.wait_registration(2)
    daemon.wait_server(1, "State", "registered")
    assert front.count("connected") == front.count("ClientHello") == 2
    daemon.wait_log("ConnectionLost: .* ended the DTLS session with the alert handshake_failure .40.: ")
