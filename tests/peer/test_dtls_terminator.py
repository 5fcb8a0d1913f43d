# SPDX-License-Identifier: Apache-2.0
"""The DTLS server of the tests, its certificates and the way to it, against openssl(1) as the client."""
import os
import socket
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

from dtls_peer import Relay, Terminator, certificate_modes  # noqa: E402
from pki import CERTIFICATES, NAME, Pki, openssl  # noqa: E402

KEY = "000102030405060708090a0b0c0d0e0f"
PSK_SUITES = {"PSK-AES128-CCM8": "c0a8", "PSK-AES128-CBC-SHA256": "00ae"}   # the second from OpenSSL 3.2 on


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def plain():
    """A peer that says everything back."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind(("127.0.0.1", 0))
        echo.settimeout(10)
        yield echo


@pytest.fixture
def server(plain):
    """Makes Terminators and Relays."""
    made = []

    def make(kind, *arguments, **keywords):
        made.append(kind(*arguments, **keywords))
        return made[-1]
    make.terminator = lambda *modes: make(Terminator, plain.getsockname()[1], "me", KEY, *modes)
    yield make
    for each in made:
        each.close()


class Client:
    """openssl s_client, which sends what it is given and prints what comes."""

    def __init__(self, port, *arguments):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-dtls1_2", "-connect", f"127.0.0.1:{port}", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def end(self):
        """What it has printed."""
        if self.process.poll() is None:
            self.process.kill()
        return self.process.communicate()[0]

    def wait_end(self):
        """As end(), after the other side has ended the association."""
        return self.process.communicate(timeout=10)[0]


def psk_client(port, *arguments):
    return Client(port, "-psk_identity", "me", "-psk", KEY, "-cipher", "PSK:@SECLEVEL=0", *arguments)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificate_is_what_openssl_reads(pki, name):
    """Its form, its signature, its key."""
    made = getattr(pki, name)
    signer = made.issuer or made
    text = openssl("x509", "-noout", "-text", data=made.pem.encode()).decode()
    assert f"Subject: {made.subject.replace('=', ' = ')}" in text.replace("CN=", "CN = ")
    assert openssl("x509", "-noout", "-pubkey", data=made.pem.encode()) == openssl(
        "pkey", "-pubout", data=made.key.pem.encode())
    if name not in ("by_leaf", "not_yet_valid") and "expired" not in name:
        openssl("verify", "-partial_chain", "-trusted", signer.certificate_file, made.certificate_file)


def test_application_data_passes_in_psk_and_says_what_was_agreed(server, plain):
    terminator = server.terminator("ciphers=PSK-AES128-CCM8:@SECLEVEL=0")   # OpenSSL 3.2 wants the level
    with psk_client(terminator.port, "-servername", "a.example.org") as client:
        client.say("hello")
        data, address = plain.recvfrom(100)
        assert data == b"hello\n"
        _, words = terminator.wait_event("connected")
        assert words[3:5] == ["a.example.org", "full"] and words[7:] == ["-"]
        assert PSK_SUITES[words[2]] in terminator.wait_event("ClientHello")[1][2].split(",")
        plain.sendto(b"back", address)


def test_client_that_goes_in_the_handshake_is_forgotten(server, plain):
    """And those that stay keep their associations."""
    terminator = server.terminator("hasty")
    with psk_client(terminator.port) as client:
        terminator.wait_event("connected")
        with psk_client(terminator.port, "-psk", KEY[::-1]):
            terminator.wait_event("ClientHello", 2)
        lost = terminator.wait_event("lost")[1][1]
        assert lost == terminator.seen("ClientHello")[1][1]
        client.say("hello")
        _, address = plain.recvfrom(100)
        client.say("again")
        assert plain.recvfrom(100) == (b"again\n", address)


def test_chain_and_the_clients_certificate(server, pki):
    terminator = server.terminator(
        *certificate_modes(pki.deep, pki.intermediate, pki.second_intermediate),
        "insist", f"ca={pki.root.certificate_file}")
    with Client(terminator.port, "-CAfile", pki.root.certificate_file, "-verify_return_error",
                "-verify_hostname", NAME, "-cert", pki.device.certificate_file,
                "-key", pki.device.key_file):
        _, words = terminator.wait_event("connected")
        assert words[2].startswith("ECDHE-ECDSA") and words[7:] == [pki.device.subject]
    with Client(terminator.port, "-cert", pki.other_device.certificate_file,
                "-key", pki.other_device.key_file):
        assert terminator.wait_event("alert")[1][2:] == ["sent", "CA"]


def test_session_is_resumed_until_it_is_forgotten(server, tmp_path):
    for mode in ([], ["no-tickets", "cache"]):
        terminator = server.terminator(*mode)
        session = str(tmp_path / f"session{len(mode)}")
        with psk_client(terminator.port, "-sess_out", session) as client:
            terminator.wait_event("connected")
            terminator.end_sessions()
            client.wait_end()
        for number, wanted in ((2, "resumed"), (3, "full")):
            with psk_client(terminator.port, "-sess_in", session):
                assert terminator.wait_event("connected", number)[1][4] == wanted
            terminator.forget(sessions=True)


@pytest.mark.parametrize("suite", ["PSK-AES128-CCM8", "PSK-AES128-CCM", "PSK-AES256-GCM-SHA384",
                                   "PSK-AES128-GCM-SHA256"])
def test_alert_inside_the_association(server, suite):
    terminator = server.terminator(f"ciphers={suite}:@SECLEVEL=0")
    with psk_client(terminator.port) as client:
        terminator.wait_event("connected")
        terminator.alert(49)
        assert "alert access denied" in client.wait_end()


@pytest.mark.parametrize("mode", ["alert-first", "alert-last"])
def test_alert_in_the_handshake(server, mode):
    terminator = server.terminator(f"{mode}=71")
    with psk_client(terminator.port) as client:
        assert "alert insufficient security" in client.wait_end()
    assert not terminator.count("connected")


def test_cookie_and_the_longest_datagram(server, pki):
    terminator = server.terminator(*certificate_modes(pki.good, pki.intermediate), "cookie", "mtu=300")
    relay = server(Relay, terminator.port)
    with Client(relay.port):
        terminator.wait_event("connected")
        assert [terminator.wait_event("ClientHello", number)[1][3] for number in (1, 2)] == ["-", "cookie"]
        assert 250 < max(len(each.data) for each in relay.passed if not each.to_server) <= 300


@pytest.mark.parametrize("what", [{"lose": [2]}, {"lose_flights": [2]}, {"lose_flights": [3]}])
def test_what_is_lost_comes_again(server, pki, what):
    terminator = server.terminator(*certificate_modes(pki.good, pki.intermediate), "mtu=600")
    relay = server(Relay, terminator.port, **what)
    with Client(relay.port):
        terminator.wait_event("connected")
        assert any(each.lost for each in relay.passed)


def test_relay_repeats_and_leads_elsewhere(server, plain):
    first, second = server.terminator(), server.terminator()
    relay = server(Relay, first.port)
    with psk_client(relay.port) as client:
        first.wait_event("connected")
        client.say("hello")
        assert plain.recv(100) == b"hello\n"
        last = [each for each in relay.passed if each.to_server][-1]
        relay.repeat(last)
        client.say("again")
        assert plain.recv(100) == b"again\n", "the server takes a record once"
        relay.lead_to(second.port)
        client.say("lost")
    with psk_client(relay.port):
        second.wait_event("connected")
    relay.shut()
    relay.open()
    with psk_client(relay.port):
        second.wait_event("connected", 2)
