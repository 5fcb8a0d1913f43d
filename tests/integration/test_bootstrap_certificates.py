# SPDX-License-Identifier: Apache-2.0
"""Accounts with certificates that a Bootstrap Server gives: bodies of some KB in each format, stored,
renewed, and refused with the path where they cannot work."""
import pytest

from credentials import Certificates
from harness import settings, versioned
from lwm2m_peer import (LWM2M_CBOR, OPAQUE, SENML_CBOR, SENML_JSON, TEXT, TLV, finish, pack, read, security,
                        server_object, write)

ECDHE_ECDSA_AES_128_GCM = 0xc02b


def credential(pki):
    return Certificates(pki, "1.1", pki.localhost, pki.device)


@pytest.fixture
def front(server, peers, pki):
    """A server that wants to know who comes."""
    return credential(pki).terminator(peers, server.port)[0]


def uri_of(front):
    return front.uri.replace("127.0.0.1", "localhost")


def values(pki, front, **resources):
    """/0/x of an account: the device's own chain is sent whole, as most Bootstrap Servers keep it."""
    return security(uri_of(front), 1) | credential(pki).resources() | {3: pki.device.der + pki.root.der} | {
        int(name[1:]): value for name, value in resources.items()}


def account(pki, front, cf=TLV, **resources):
    return [write("/0/1", values(pki, front, **resources), cf, block_size=256),
            write("/1/0", server_object(1), cf)]


def assert_it_is_the_device(front, number=1):
    assert front.wait_event("connected", number)[1][-1] == "CN=device"


@pytest.mark.parametrize("cf", [TLV, SENML_CBOR, SENML_JSON, LWM2M_CBOR])
def test_account_with_certificates(daemon, server, bootstrap, front, pki, cf):
    """And from the state directory after a power cut, without another bootstrap."""
    more = {"r13": 0, "r14": "localhost", "r16": {0: 0xc0a8, 1: ECDHE_ECDSA_AES_128_GCM}}
    bootstrap.script = [*account(pki, front, cf, **more), finish()]
    daemon.start(versioned(settings(bootstrap.uri), "1.2"))
    assert bootstrap.wait_run().codes == ["2.04"] * 3
    server.wait_registration()
    assert_it_is_the_device(front)
    daemon.kill()
    daemon.start()
    server.wait_registration(2)
    assert_it_is_the_device(front, 2)
    assert len(bootstrap.bootstrap_requests()) == 1


def test_pack_with_certificates(daemon, server, peers, front, pki):
    bootstrap = peers.bootstrap(pack=pack({"/0/1": values(pki, front), "/1/0": server_object(1)}))
    daemon.start(versioned(settings(bootstrap.uri), "1.2"))
    server.wait_registration()
    assert_it_is_the_device(front)


def test_resource_by_resource(daemon, server, bootstrap, front, pki):
    """A key that is renewed alone is written alone."""
    steps = [write("/0/1", security(uri_of(front), 1, mode=2)), write("/1/0", server_object(1)),
             write("/0/1/3", pki.device.der, OPAQUE, block_size=64), write("/0/1/4", pki.root.der, OPAQUE),
             write("/0/1/5", pki.device.key.sec1, OPAQUE), write("/0/1/15", b"2", TEXT), finish()]
    bootstrap.script = steps
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04"] * 7
    server.wait_registration()
    bootstrap.script = [write("/0/1/5", pki.device.key.pkcs8, OPAQUE), finish()]
    daemon.bootstrap()
    assert bootstrap.wait_run(2).codes == ["2.04"] * 2
    server.wait_registration(2)
    assert_it_is_the_device(front, 2)


def test_nobody_reads_a_key(daemon, server, bootstrap, front, pki):
    bootstrap.script = [*account(pki, front), read("/0/1"), read("/0/1/5", accept=OPAQUE), finish()]
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "4.05", "4.05", "2.04"]
    server.wait_registration()
    assert [server.read(path).code_text for path in ("/0", "/0/1/3", "/0/1/5")] == ["4.01"] * 3


# what is wrong with an account -> what the 4.06 says of it
def refused(pki):
    return {
        "certificate": ({"r3": b"garbage"}, "/0/1/3: the client certificate holds no certificate"),
        "pem": ({"r3": pki.device.pem.encode()}, "/0/1/3: the client certificate is PEM, it has to be DER"),
        "key-of-another": ({"r5": pki.other_device.key.pkcs8}, "/0/1/5: the private key does not belong"),
        "key-is-a-certificate": ({"r5": pki.device.der}, "/0/1/5: the private key is a certificate"),
        "no-key": ({"r5": b""}, "/0/1/5: the private key of the client certificate is missing"),
        "no-server-certificate": ({"r4": b""}, "/0/1/4: the server certificate is missing"),
        "digest": ({"r13": 1, "r4": bytes(20)},
                   "/0/1/4: the server certificate has 20 bytes, a digest of sha256"),
        "suites": ({"r16": {0: 0xc0a8}}, "/0/1/16: the cipher suites hold none for certificates"),
    }


def test_account_that_cannot_work_is_refused_and_corrected(daemon, server, bootstrap, front, pki):
    rows = refused(pki)
    bootstrap.script = [step for changes, _ in rows.values()
                        for step in (*account(pki, front, **changes), finish())]
    bootstrap.script += [*account(pki, front), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run(timeout=30)
    for number, (name, (_, reason)) in enumerate(rows.items()):
        assert result.codes[3 * number:3 * number + 3] == ["2.04", "2.04", "4.06"], name
        assert reason in result.response(3 * number + 2).text, name
    assert result.codes[-1] == "2.04"
    server.wait_registration()


def test_value_that_cannot_be_is_refused_at_once(daemon, server, bootstrap, front, pki):
    wrong = [write("/0/1/13", b"4", TEXT), write("/0/1/15", b"4", TEXT),
             write("/0/1/14", b"127.0.0.1", TEXT), write("/0/1/14", b"a\tb", TEXT),
             write("/0/1", values(pki, front, r16={0: 65536}))]
    bootstrap.script = [*account(pki, front), *wrong, finish()]
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04"] * 2 + ["4.00"] * len(wrong) + ["2.04"]
    server.wait_registration()


def test_bootstrap_server_account_with_certificates(daemon, server, peers, pki):
    """It takes the place of the one without, and is stored."""
    first, second = peers.bootstrap(), peers.bootstrap()
    front, _ = credential(pki).terminator(peers, second.port)
    mine = values(pki, front) | {1: True}
    del mine[10]
    plain = [write("/0/1", security(server.uri, 1)), write("/1/0", server_object(1))]
    first.script = [write("/0/0", mine | {4: b""}), *plain, finish(), write("/0/0", mine), finish()]
    second.script = [*plain, finish()]
    daemon.start(settings(first.uri))
    result = first.wait_run()
    assert result.codes == ["2.04"] * 3 + ["4.06"] + ["2.04"] * 2
    assert "/0/0/4: the server certificate is missing" in result.response(3).text
    server.wait_registration()
    daemon.kill()
    daemon.start()
    server.wait_registration(2)
    daemon.bootstrap()
    assert second.wait_run().codes == ["2.04"] * 3
    assert_it_is_the_device(front)
