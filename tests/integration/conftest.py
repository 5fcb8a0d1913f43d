# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a private bus, peers and the daemon; each test has a time limit."""
import os
import signal
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import dtls_peer        # noqa: E402 (the path has to be there first)
import harness          # noqa: E402
import lwm2m_peer       # noqa: E402
import oma              # noqa: E402
from firmware import Firmware       # noqa: E402
from gateway import Gateway         # noqa: E402
from pages import Program   # noqa: E402
from pki import Pki     # noqa: E402
from publisher import Publisher     # noqa: E402
from repository import CoapRepository, HttpRepository   # noqa: E402

LIMIT = 60      # seconds for one test, unless @pytest.mark.limit(seconds)


def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds): how long the test may take")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    marker = item.get_closest_marker("limit")
    seconds = marker.args[0] if marker else LIMIT

    def give_up(*_):
        raise TimeoutError(f"test took more than {seconds} s")
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    yield
    signal.alarm(0)


def pytest_runtest_logreport(report):
    """For tests/conformance.py: a line for each end of a test."""
    path = os.environ.get("LWM2M_TEST_RESULTS")
    if path and (report.when == "call" or report.outcome != "passed"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"{report.outcome} {report.nodeid}\n")


@pytest.fixture
def bus(tmp_path):
    private = harness.Bus(str(tmp_path)).start()
    yield private
    private.stop()


class Peers:
    """Makes peers that are closed at the end of the test."""

    def __init__(self):
        self.made = []

    def add(self, peer):
        self.made.append(peer)
        return peer

    def server(self, *arguments, **keywords):
        return self.add(lwm2m_peer.LwM2MServer(*arguments, **keywords))

    def bootstrap(self, *arguments, **keywords):
        return self.add(lwm2m_peer.BootstrapServer(*arguments, **keywords))

    def black_hole(self, **keywords):
        return self.add(lwm2m_peer.BlackHole(**keywords))

    def terminator(self, *arguments, **keywords):
        return self.add(dtls_peer.Terminator(*arguments, **keywords))

    def relay(self, *arguments, **keywords):
        return self.add(dtls_peer.Relay(*arguments, **keywords))


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    """Certificates, made when they are first asked for."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def peers():
    made = Peers()
    yield made
    for peer in made.made:
        if hasattr(peer, "transcript"):
            print(peer.name, peer.transcript(), sep="\n")
        peer.close()


@pytest.fixture
def make_daemon(tmp_path, peers):
    """Makes Daemon objects; what still runs at the end, before the peers go, must stop in order."""
    made = []

    def make(bus=None):
        folder = tmp_path / f"daemon{len(made)}"
        folder.mkdir()
        made.append(harness.Daemon(str(folder), bus))
        return made[-1]
    yield make
    ends = [daemon.close() for daemon in made]
    for daemon in made:
        print(daemon.report())
    assert all(end in (None, 0) for end in ends), f"orderly stop: {ends}"


@pytest.fixture
def daemon(make_daemon, bus):
    return make_daemon(bus)


@pytest.fixture
def server(peers):
    return peers.server()


@pytest.fixture
def other(peers):
    return peers.server(name="other LwM2M Server")


@pytest.fixture
def bootstrap(peers, server):
    """A Bootstrap Server whose script leads to `server`."""
    return peers.bootstrap([*lwm2m_peer.account(server.uri), lwm2m_peer.finish()])


@pytest.fixture
def make_publisher(bus):
    """Makes services that publish, which end with the test."""
    made = []

    def make(**keywords):
        made.append(Publisher(bus, **keywords))
        return made[-1]
    yield make
    for publisher in made:
        print(publisher.explain())
        publisher.close()


@pytest.fixture
def gateway(daemon, server, tmp_path):
    return Gateway(daemon, server, tmp_path / "objects")


@pytest.fixture
def make_firmware(daemon, server, bus, tmp_path):
    """Makes the one Firmware of a test, with keys of `firmware_update:`."""
    made = []

    def make(**keywords):
        folder = tmp_path / "firmware"
        folder.mkdir()
        made.append(Firmware(daemon, server, bus, folder, **keywords))
        return made[-1]
    yield make
    for each in made:
        print(each.back_end.explain())
        each.close()


@pytest.fixture
def firmware(make_firmware):
    """A registered client with a back end; the server observes /5/0."""
    return make_firmware().start()


@pytest.fixture
def repository():
    """By http."""
    if os.environ.get("LWM2M_FIRMWARE_HTTP") == "0":
        pytest.skip("built without libcurl")
    with HttpRepository() as store:
        yield store


@pytest.fixture
def coap_repository():
    with CoapRepository() as store:
        yield store


@pytest.fixture
def publisher(gateway, make_publisher):
    return make_publisher()


@pytest.fixture
def registered(daemon, server, bootstrap):
    """The daemon, bootstrapped and registered."""
    daemon.start(harness.settings(bootstrap.uri))
    daemon.wait_status("registered")
    server.wait_registration()
    return daemon


@pytest.fixture
def bench(daemon, peers, version):
    """What OMA's cases begin with, in an LwM2M version."""
    return oma.Bench(daemon, peers, version)


@pytest.fixture
def certified_bench(daemon, peers, pki, version):
    """The same with certificates."""
    return oma.Bench(daemon, peers, version, oma.certificates(pki, version))


@pytest.fixture
def programs(bus):
    """Starts programs that end with the test."""
    started = []

    def start(*words):
        started.append(Program(bus, *words))
        return started[-1]
    yield start
    for program in started:
        print(program.explain())
        if program.process.poll() is None:
            program.end()
