# SPDX-License-Identifier: Apache-2.0
"""Cipher suites of an account, and the longest and shortest of what PSK takes."""
import pytest

from harness import certified, factory_server, psk, settings
from dtls_peer import certificate_modes
from lwm2m_peer import TEXT, finish, security, server_object, write
from test_dtls import IDENTITY, KEY, OPENSSL_CNF, secured

CCM_8, GCM, CBC, ECDSA_CCM_8 = (
    "TLS_PSK_WITH_AES_128_CCM_8", "TLS_PSK_WITH_AES_128_GCM_SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8")
NUMBERS = {CCM_8: "c0a8", GCM: "00a8", CBC: "00ae", ECDSA_CCM_8: "c0ae"}
SCSV = "00ff"       # no suite: RFC 5746


def offers(front):
    """The suites of each ClientHello."""
    return [[each.lower() for each in words[2].split(",") if each.lower() != SCSV]
            for words in front.seen("ClientHello")]


@pytest.fixture
def front(peers, server):
    """It has them all, whatever OpenSSL's level is."""
    return peers.terminator(server.port, IDENTITY, KEY, "ciphers=PSK:@SECLEVEL=0")


@pytest.mark.parametrize("suites", [[CCM_8], [CBC, GCM], [GCM, 0xC0A8, CBC]], ids=["one", "two", "three"])
def test_suites_of_the_configuration(daemon, server, front, suites):
    daemon.start(settings(servers=[secured(front.uri, cipher_suites=suites)]),
                 arguments=["--log-level=debug"])
    daemon.wait_status("registered")
    named = [CCM_8 if each == 0xC0A8 else each for each in suites]
    assert offers(front) == [[NUMBERS[each] for each in named]]
    daemon.wait_log(f"DTLS 127.0.0.1:.* -> ClientHello: {', '.join(named)}")
    assert daemon.get_server(1, "Cipher") == front.wait_event("connected")[1][2]


def test_suites_of_a_bootstrap(daemon, server, front, peers):
    """/0/x/16; and the bootstrap connection says in the log by which suite it is."""
    instance = security(front.uri, 1, mode=0, identity=IDENTITY.encode(), key=bytes.fromhex(KEY))
    bootstrap = peers.bootstrap([
        write("/0/1", {**instance, 16: {0: 0xC0A8}}), write("/1/0", server_object(1)), finish()])
    outer = peers.terminator(bootstrap.port, "bootstrap-identity", "ff" * 16)
    config = settings()
    config["bootstrap"]["server"] = psk(outer.uri, "bootstrap-identity", "ff" * 16, cipher_suites=[GCM])
    daemon.start(config)
    daemon.wait_status("registered")
    front.wait_event("connected")
    assert offers(outer) == [["00a8"]] and offers(front) == [["c0a8"]]
    daemon.wait_log("Bootstrap Server coaps://.*: DTLS session with the cipher suite PSK-AES128-GCM-SHA256")


def test_suites_hold_in_each_handshake(daemon, server, front):
    daemon.start(settings(servers=[secured(front.uri, cipher_suites=[GCM])]))
    daemon.wait_status("registered")
    front.forget(sessions=True)
    daemon.call_server(1, "Update")
    server.wait_registration(2)
    front.wait_event("connected", 2)
    assert offers(front)[0] == ["00a8"] and {tuple(each) for each in offers(front)} == {("00a8",)}


def test_none_in_common(daemon, server, peers):
    front = peers.terminator(server.port, IDENTITY, KEY, "ciphers=PSK-AES128-CBC-SHA256")
    daemon.start(settings(servers=[secured(front.uri, cipher_suites=[GCM, CCM_8])]))
    daemon.wait_status("failure")
    name, sentence = daemon.get("LastError")
    assert name == "NoSharedCipher" and f"the account names {GCM}, {CCM_8}" in sentence


def test_level_that_is_against_the_suite_named(daemon, server, peers, tmp_path):
    """Level 3 keeps CCM_8 out, as 2 does from OpenSSL 3.2 on; the account that names it has it."""
    front = peers.terminator(server.port, IDENTITY, KEY, "ciphers=PSK-AES128-CCM8:@SECLEVEL=0")
    (tmp_path / "openssl.cnf").write_text(OPENSSL_CNF.format(level=3))
    daemon.environment["OPENSSL_CONF"] = str(tmp_path / "openssl.cnf")
    other = secured(front.uri, short_server_id=2)
    daemon.start(settings(servers=[secured(front.uri, cipher_suites=[CCM_8]), other]))
    daemon.wait_server(1, "State", "registered")
    assert daemon.get_server(1, "Cipher") == "PSK-AES128-CCM8"
    daemon.wait_event("SUITE_EXEMPT", f"{CCM_8} is offered to 127.0.0.1:.*OpenSSL's security level 3")
    name, sentence = daemon.wait_property(
        "LastError", lambda error: error[0], path="/org/lwm2m/Client1/server/2",
        interface="org.lwm2m.Client1.Server")
    assert name == "NoSharedCipher" and "name it in the account's cipher_suites" in sentence


def test_suite_of_certificates(daemon, server, peers, pki):
    front = peers.terminator(server.port, "", "", *certificate_modes(pki.by_root), "ciphers=ALL:@SECLEVEL=0")
    entry = factory_server(front.uri) | certified(
        front.uri, server_certificate_file=pki.by_root.certificate_file, cipher_suites=[ECDSA_CCM_8])
    daemon.start(settings(servers=[entry]))
    daemon.wait_status("registered")
    assert offers(front) == [["c0ae"]]
    assert daemon.get_server(1, "Cipher") == "ECDHE-ECDSA-AES128-CCM8"


LONGEST = "ü" * 127 + "x"       # 255 bytes of UTF-8
BYTES = bytes(range(0x80, 0x100)) + bytes(range(1, 0x80))     # every one but NUL: 255 bytes


@pytest.mark.parametrize("identity, keys, key", [
    (LONGEST.encode(), {"identity": LONGEST}, bytes(range(0xC0, 0x100))),       # 64 bytes
    (BYTES, {"identity_hex": BYTES.hex()}, bytes(64)),
    (b"x", {"identity": "x"}, b"\0"),
    (b"\xff", {"identity_hex": "ff"}, b"\xff\0\xff"),
], ids=["utf-8", "bytes", "shortest", "binary"])
def test_identities_and_keys_of_any_bytes(daemon, server, peers, identity, keys, key):
    front = peers.terminator(server.port, identity, key.hex())
    entry = factory_server(front.uri)
    entry.update({"security_mode": "psk", "key_hex": key.hex(), **keys})
    daemon.start(settings(servers=[entry]))
    daemon.wait_status("registered")
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
