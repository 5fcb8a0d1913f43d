# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of security and registration, step by step, in each version to which they apply."""
from credentials import Certificates
from daemon_clock import Clock
from harness import ENDPOINT
from lwm2m_peer import LINK, POST, TEXT, TLV, Type, finish, links, write
from oma import C_3, LIFETIME, SERVER_PSK, versions


@versions()
def test_1_1_int_401_psk(bench):
    """The account of C.1 is there from the start: handshake, Register, Read of /3/0."""
    bench.factory(bench.uri)
    bench.daemon.start(bench.config)
    bench.assert_registered()
    assert not bench.bootstrap.records


@versions()
def test_1_1_int_402_certificates(certified_bench):
    """As with a pre-shared key; the server sees the client's certificate."""
    bench = certified_bench
    bench.factory(bench.uri)
    bench.daemon.start(bench.config)
    bench.assert_registered()
    assert bench.front.wait_event("connected")[1][-1] == "CN=device"
    assert not bench.bootstrap.records


@versions("1.1", "1.2")
def test_1_1_int_403_name_of_the_certificate_differs(certified_bench, pki):
    """From that of the URI: the handshake fails, and nothing is sent. LwM2M 1.0 knows no name, it compares
    the certificate with /0/x/4."""
    bench = certified_bench
    front, uri = Certificates(pki, bench.version, pki.wrong_name, pki.device).terminator(
        bench.peers, bench.server.port)
    bench.factory(uri)
    bench.config["bootstrap"] = {"on_failure": "stay"}
    bench.daemon.start(bench.config)
    bench.daemon.wait_status("failure")
    name, sentence = bench.daemon.get_server(1, "LastError")
    assert name == "CertificateNameMismatch" and "localhost" in sentence
    assert front.wait_event("alert")[1][2] == "received"
    assert not front.count("connected") and not bench.server.records


@versions()
def test_1_1_int_101_initial_registration(bench):
    registration = bench.register()
    request = registration.request
    assert (request.type, request.path, request.content_format) == (Type.CON, "/rd", LINK)
    assert request.query == {"ep": ENDPOINT, "lt": str(LIFETIME), "lwm2m": bench.version, "b": "U"}
    shown = {link.strip("</>").split("/")[0] for link in links(request.payload)}
    assert {"1", "3"} <= shown and not shown & {"0", "21"}


def assert_renewed(bench, clock, registration, number, seconds):
    """After so many seconds the number-th Update comes, which has no parameters."""
    bench.daemon.wait_server(1, "State", "registered")
    clock.sleep(seconds)
    update = bench.server.wait_update(registration, number)
    assert not update.query and not update.payload
    assert registration.active and len(bench.server.registrations) == 1


@versions()
def test_1_1_int_102_registration_update(bench):
    clock = Clock(bench.daemon)
    registration = bench.register()
    assert bench.server.write("/1/0/1", b"20").code_text == "2.04"
    assert bench.server.wait_update(registration).query == {"lt": "20"}
    assert_renewed(bench, clock, registration, 2, 10)


@versions()
def test_1_1_int_103_deregistration(bench):
    registration = bench.register(C_3)
    assert bench.server.execute("/1/0/4").code_text == "2.04"
    bench.server.wait_deregistered(registration)
    bench.daemon.wait_status("suspended")


@versions()
def test_1_1_int_104_registration_update_trigger(bench):
    registration = bench.register({1: 20})
    assert registration.query["lt"] == "20"
    assert bench.server.execute("/1/0/8").code_text == "2.04"
    update = bench.server.wait_update(registration)
    assert not update.query and not update.payload
    assert registration.active and bench.server.read("/1/0/1", accept=TEXT).text == "20"


@versions()
def test_1_1_int_105_discarded_registration_is_made_anew(bench):
    """The server forgets the registration and says nothing; it answers the Update with 4.04."""
    registration = bench.register(C_3)
    registration.active = False
    assert bench.server.execute("/1/0/8").code_text == "2.04"
    again = bench.server.wait_registration(2)
    assert again.query == registration.query and again.location != registration.location
    update = bench.server.requests(POST, "/" + "/".join(registration.location))[0]
    assert update.time < again.time


@versions()
def test_1_1_int_107_extended_lifetime(bench):
    clock = Clock(bench.daemon)
    registration = bench.register({1: 60})
    assert registration.query["lt"] == "60"
    assert bench.server.write("/1/0/1", b"120").code_text == "2.04"
    assert bench.server.wait_update(registration).query == {"lt": "120"}
    assert_renewed(bench, clock, registration, 2, 60)


@versions()
def test_1_1_int_950_two_servers(bench):
    """One registers the Object list with each; both are served."""
    other = bench.peers.server()
    _, second = SERVER_PSK.terminator(bench.peers, other.port)
    bench.bootstrap.script = [
        *bench.objects(), write("/0/2", bench.security(second, 2)),
        write("/1/1", bench.server_object(2)), finish()]
    bench.daemon.start(bench.config)
    for server, path in (bench.server, "/1/0"), (other, "/1/1"):
        registration = server.wait_registration()
        assert {"</1/0>", "</1/1>", "</3/0>"} <= set(registration.objects)
        assert server.read(path, accept=TLV).code_text == "2.05"
