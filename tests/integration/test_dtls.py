# SPDX-License-Identifier: Apache-2.0
"""DTLS-PSK against an OpenSSL terminator: failed handshakes by their names, lost sessions."""
import subprocess

import pytest

from harness import factory_server, psk, settings
from lwm2m_peer import TEXT, TLV, account, finish

IDENTITY, KEY = "my-device", "000102030405060708090a0b0c0d0e0f"
CCM_8 = "PSK-AES128-CCM8"

# OpenSSL's configuration of a machine; what level means is its "ciphers(1)".
OPENSSL_CNF = """openssl_conf = all
[all]
ssl_conf = modules
[modules]
system_default = defaults
[defaults]
CipherString = DEFAULT:@SECLEVEL={level}
"""


def offered_suites():
    """What a client of this machine's OpenSSL offers without more ado: from 3.2 on no CCM_8."""
    shown = subprocess.run(["openssl", "ciphers", "-s", "-psk", "-tls1_2", "PSK"], check=True, text=True,
                           capture_output=True)
    return shown.stdout.strip().split(":")


@pytest.fixture
def front(peers, server):
    """DTLS in front of the LwM2M Server."""
    return peers.terminator(server.port, IDENTITY, KEY)


def secured(uri, **keys):
    entry = factory_server(uri, **keys)
    entry.update(psk(uri, IDENTITY, KEY))
    return entry


def test_bootstrap_and_registration_with_psk(daemon, server, front, peers):
    """Bootstrap in DTLS, credentials for the server written in it, Register and Read /3/0 in DTLS."""
    bootstrap = peers.bootstrap([
        *account(front.uri, mode=0, identity=IDENTITY.encode(), key=bytes.fromhex(KEY)), finish()])
    outer = peers.terminator(bootstrap.port, "bootstrap-identity", "ff" * 16)
    config = settings()
    config["bootstrap"]["server"] = psk(outer.uri, "bootstrap-identity", "ff" * 16)
    daemon.start(config)
    daemon.wait_status("registered")
    assert bootstrap.runs[0].codes == ["2.04", "2.04", "2.04"]
    assert server.read("/3/0", accept=TLV).code_text == "2.05"
    assert daemon.get("BootstrapSecurityMode") == daemon.get_server(1, "SecurityMode") == "psk"
    assert "PSK" in daemon.get_server(1, "Cipher")
    for terminator in (outer, front):
        suite = terminator.wait_event("connected")[1][2]
        assert suite == CCM_8 if CCM_8 in offered_suites() else suite == daemon.get_server(1, "Cipher")
    assert KEY not in "\n".join(daemon.lines) and IDENTITY not in "\n".join(daemon.lines)


@pytest.mark.parametrize("host, name", [("LocalHost", "localhost"), ("127.0.0.1", "-")])
def test_server_name_indication_is_the_uris_name(daemon, server, front, host, name):
    daemon.start(settings(servers=[secured(f"coaps://{host}:{front.port}/")]))
    server.wait_registration()
    assert front.wait_event("connected")[1][3] == name


def test_session_that_icmp_ended_says_so(daemon, server, front):
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.close()
    daemon.call_server(1, "Update")
    daemon.wait_log("Refused: .*ICMP port unreachable")
    assert not any("ConnectionLost" in line for line in daemon.lines)


def test_answer_that_is_no_handshake_is_not_silence(daemon, peers):
    """Each datagram comes back as it went: we end the handshake, and nobody is told of a firewall."""
    mirror = peers.black_hole()
    mirror.on_incoming = lambda record: mirror.socket.sendto(record.data, record.address)
    daemon.start(settings(servers=[secured(f"coaps://127.0.0.1:{mirror.port}")]))
    name, sentence = daemon.wait_property("LastError", lambda error: error[0])
    assert name == "HandshakeFailed" and "answered with what the DTLS handshake" in sentence


@pytest.mark.parametrize("identity, key, modes, names", [
    ("somebody-else", KEY, [], ["PskIdentityUnknown"]),
    (IDENTITY, "ff" * 16, [], ["Timeout", "DecryptError"]),     # the record is dropped, or an alert comes
    (IDENTITY, KEY, ["ciphers=PSK-NULL-SHA256:@SECLEVEL=0"], ["NoSharedCipher"]),
    (IDENTITY, KEY, ["silent"], ["Timeout"]),
], ids=["identity", "key", "cipher", "silent"])
def test_failed_handshake_has_a_name(daemon, server, peers, identity, key, modes, names):
    front = peers.terminator(server.port, identity, key, *modes)
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("failure")
    name, sentence = daemon.get("LastError")
    assert name in names and sentence
    assert daemon.get_server(1, "LastError")[0] == name
    front.wait_event("ClientHello")
    assert not server.records


@pytest.mark.parametrize("level", [0, 3])
def test_server_with_ccm_8_alone(daemon, server, peers, tmp_path, level):
    """The suite of the specification; where OpenSSL's level keeps it out, the sentence names others."""
    front = peers.terminator(server.port, IDENTITY, KEY, f"ciphers={CCM_8}:@SECLEVEL=0")
    (tmp_path / "openssl.cnf").write_text(OPENSSL_CNF.format(level=level))
    daemon.environment["OPENSSL_CONF"] = str(tmp_path / "openssl.cnf")
    daemon.start(settings(servers=[secured(front.uri)]))
    if level == 0:
        daemon.wait_status("registered")
        assert daemon.get_server(1, "Cipher") == front.wait_event("connected")[1][2] == CCM_8
        return
    daemon.wait_status("failure")
    name, sentence = daemon.get("LastError")
    assert name == "NoSharedCipher"
    assert "OpenSSL's security level" in sentence and "TLS_PSK_WITH_AES_128_CCM," in sentence


def test_lost_flight_is_repeated(daemon, server, peers):
    front = peers.terminator(server.port, IDENTITY, KEY, "drop-first")
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.wait_event("ClientHello", 2)


def test_server_that_forgot_the_session_gets_a_new_one(daemon, server, front):
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    front.forget()
    daemon.call_server(1, "Update")
    server.wait_registration(2)
    front.wait_event("connected", 2)
    assert front.count("connected") == 2
    daemon.wait_server(1, "State", "registered")
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"


def test_orderly_stop_ends_with_close_notify(daemon, server, front):
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    registration = server.wait_registration()
    assert daemon.stop() == 0
    server.wait_deregistered(registration)
    front.wait_event("close_notify")


def test_disable_ends_the_session(daemon, server, front):
    daemon.start(settings(servers=[secured(front.uri)]))
    daemon.wait_status("registered")
    assert server.write("/1/0/5", b"1").code_text == "2.04"
    assert server.execute("/1/0/4").code_text == "2.04"
    front.wait_event("close_notify")
    server.wait_registration(2)
    front.wait_event("connected", 2)
    assert front.count("connected") == 2
