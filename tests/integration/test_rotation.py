# SPDX-License-Identifier: Apache-2.0
"""DTLS-PSK credentials that a bootstrap changes while the client is registered."""
import pytest

from harness import factory_server, psk, settings
from lwm2m_peer import CHANGED, DELETE, OPAQUE, POST, TEXT, account, finish, write

OLD, NEW = ("device-1", "00112233445566778899aabbccddeeff"), ("device-2", "ffeeddccbbaa99887766554433221100")


def secured(uri, credentials, **keys):
    identity, key = credentials
    return account(uri, mode=0, identity=identity.encode(), key=bytes.fromhex(key), **keys)


@pytest.fixture
def front(peers, server):
    return peers.terminator(server.port, *OLD)


@pytest.fixture
def device(daemon, server, front, peers):
    """Registered over DTLS with the old key, bootstrapped in NoSec; gives the Bootstrap Server."""
    bootstrap = peers.bootstrap([*secured(front.uri, OLD), finish()])
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    server.wait_registration()
    return bootstrap


def test_new_server_and_key(daemon, server, front, device, peers):
    """De-register and close_notify in the old session, then a handshake with the new credentials."""
    rotated = peers.terminator(server.port, *NEW)
    device.script = [*secured(rotated.uri, NEW), finish()]
    daemon.bootstrap()
    server.wait_registration(2)
    # By another way than the new Register, which may come first: the server answers 4.04 then.
    server.wait_request(DELETE, "/" + "/".join(server.registrations[0].location))
    front.wait_event("close_notify")
    rotated.wait_event("connected")
    daemon.wait_status("registered", number=2)
    assert server.read("/1/0/0", accept=TEXT).payload == b"1"


def test_key_alone_on_the_same_server(daemon, server, front, device):
    """The server still knows the old key only: the new one fails under its name, the old session is gone."""
    device.script = [write("/0/1/5", bytes.fromhex(NEW[1]), OPAQUE),
                     write("/0/1/3", NEW[0].encode(), OPAQUE), finish()]
    device.answers.append(CHANGED)
    device.answer = None
    daemon.bootstrap()
    device.wait_run(2)
    front.wait_event("close_notify")
    daemon.wait_server(1, "LastError", lambda error: error[0] in ("PskIdentityUnknown", "DecryptError"))
    assert front.count("connected") == 1


def test_credentials_of_the_bootstrap_server(daemon, server, peers):
    """The Bootstrap Server writes its own new key; the next bootstrap uses it."""
    bootstrap = peers.bootstrap()
    fronts = [peers.terminator(bootstrap.port, *each) for each in (OLD, NEW)]
    own = {0: fronts[1].uri, 1: True, 2: 0, 3: NEW[0].encode(), 5: bytes.fromhex(NEW[1])}
    bootstrap.script = [write("/0/0", own), *account(server.uri), finish()]
    config = settings()
    config["bootstrap"]["server"] = psk(fronts[0].uri, *OLD)
    daemon.start(config)
    daemon.wait_status("registered")
    assert daemon.get("BootstrapServerURI") == fronts[1].uri
    bootstrap.script = [finish()]
    daemon.bootstrap()
    bootstrap.wait_run(2)
    fronts[1].wait_event("connected")
    daemon.kill()
    daemon.start()
    daemon.wait_status("registered")
    daemon.bootstrap()
    bootstrap.wait_run(3)
    fronts[1].wait_event("connected", 2)
    assert fronts[1].count("connected") == 2 and fronts[0].count("connected") == 1


def test_rejected_bootstrap_of_new_credentials_keeps_the_old_session(daemon, server, front, device):
    """4.06 and then nothing: rolled back, nobody notices."""
    device.script = [write("/0/1/2", b"0", TEXT), write("/0/1/5", b"", OPAQUE), finish()]
    daemon.bootstrap()
    assert device.wait_run(2).codes[-1] == "4.06"
    daemon.call_server(1, "Update")
    server.wait_update(server.registrations[0])
    front.wait_event("connected")
    assert front.count("connected") == 1 and server.registrations[0].active


def test_two_servers_with_two_keys(daemon, server, peers):
    other = peers.server()
    fronts = [peers.terminator(server.port, *OLD), peers.terminator(other.port, *NEW)]
    entries = []
    for number, (each, credentials) in enumerate(zip(fronts, (OLD, NEW)), 1):
        entry = factory_server(each.uri, number)
        entry.update(psk(each.uri, *credentials))
        entries.append(entry)
    daemon.start(settings(servers=entries))
    for each in (server, other):
        each.wait_registration()
    for each in fronts:
        each.wait_event("connected")    # its line may come after the registration
    assert [each.count("connected") for each in fronts] == [1, 1]
    assert not server.requests(POST, "/bs")


def test_identities_and_keys_are_shown_nowhere(daemon, server, front, device):
    """Neither on D-Bus nor in the log, also when a handshake fails over them."""
    device.script = [write("/0/1/5", bytes.fromhex(NEW[1]), OPAQUE), finish()]
    daemon.bootstrap()
    device.wait_run(2)
    daemon.wait_server(1, "LastError", lambda error: error[0] != "")
    shown = repr(daemon.managed_objects()) + repr(daemon.get_all()) + repr(daemon.signals)
    shown += "\n".join(daemon.lines)
    raw = [repr(bytes.fromhex(key))[2:-1] for key in (OLD[1], NEW[1])]
    for secret in (*OLD, NEW[1], *raw):
        assert secret not in shown
