# SPDX-License-Identifier: Apache-2.0
"""The network as it is, where the kernel reports nothing (design.md 9.11 and rule 9): a name server that
comes late, a family that dies, a NAT that forgets. The figures: seconds until it is registered again."""
import time

import pytest

from harness import COAP, TRANSMIT_WAIT, factory_server, settings
from lwm2m_peer import POST, account, finish
from netns import GATEWAY, NAME, NOWHERE, SERVER, SERVER6, Nat, figure, name_server, network  # noqa: F401

SILENT_LIMIT = TRANSMIT_WAIT + 15.0     # seconds after the next message of ours
RESOLVER_LIMIT = 12.0                   # seconds, within an attempt
LONG_COAP = {**COAP, "max_retransmit": 4}       # MAX_TRANSMIT_WAIT = 31 s
PATIENT = {"retry_count": 5, "retry_timer": "60s", "sequence_retry_count": 1}


@pytest.fixture
def device(network, name_server, daemon):
    """The daemon, in the device's network and with its name server, which is not there yet."""
    daemon.wrapper = name_server.wrap(network)
    return daemon


def named(server, **keys):
    return factory_server(f"coap://{NAME}:{server.port}", retry=PATIENT, **keys)


def again(server, number, since):
    return server.wait_registration(number, timeout=40.0).time - since


def test_name_server_that_comes_within_an_attempt(network, name_server, device, peers, figure):
    """From the start on there is none: not counted, and in the same attempt."""
    far = peers.server(host=SERVER)
    bootstrap = peers.bootstrap([*account(far.uri), finish()], host=SERVER)
    network.connect()
    device.start(settings(f"coap://{NAME}:{bootstrap.port}", coap=LONG_COAP, retry_count=0))
    device.wait_property("SubStatus", "resolving")
    time.sleep(1)       # nobody tells that the first query has failed
    since = time.monotonic()
    name_server.start()
    figure("name server late", again(far, 1, since), RESOLVER_LIMIT)
    device.wait_status("registered")
    device.wait_event("NAME_UNRESOLVED", f"the host name {NAME} is not resolved yet")
    assert len({each.port for each in bootstrap.bootstrap_requests()}) == 1


def test_name_whose_way_comes_within_an_attempt(network, name_server, device, peers, figure):
    """The kernel reports it: nobody waits for the next of the ten seconds."""
    far = peers.server(host=SERVER)
    name_server.start()
    device.start(settings(servers=[named(far)], coap=LONG_COAP))
    device.wait_property("SubStatus", "resolving")
    time.sleep(1)       # nobody tells that the first query has failed
    since = time.monotonic()
    network.connect()
    figure("link late, with a name", again(far, 1, since), 8.0)


def test_resolv_conf_that_is_right_only_later(network, name_server, device, peers, figure):
    """What it named before lets every query hang."""
    far = peers.server(host=SERVER)
    hole = peers.black_hole(host=NOWHERE, port=53)
    name_server.use(NOWHERE)
    name_server.start()
    network.connect()
    device.start(settings(servers=[named(far)], coap=LONG_COAP))
    hole.wait(lambda: hole.records, 10)
    name_server.use(GATEWAY)
    since = time.monotonic()
    figure("resolv.conf late", again(far, 1, since), RESOLVER_LIMIT)


def test_family_that_is_dead_from_the_start(network, name_server, device, peers, figure):
    far = peers.server(host=SERVER)
    peers.black_hole(host=SERVER6, port=far.port)
    name_server.addresses = [SERVER6, SERVER]
    name_server.start()
    network.connect(ipv6=True)
    since = time.monotonic()
    device.start(settings(servers=[named(far)]))
    figure("IPv6 dead at the start", again(far, 1, since), SILENT_LIMIT)
    assert device.get_server(1, "PeerAddress").startswith(SERVER)


def test_family_that_dies_under_a_registration(network, name_server, device, peers, figure):
    far = peers.server(host=SERVER)
    far6 = peers.server(host=SERVER6, port=far.port)
    name_server.addresses = [SERVER6, SERVER]
    name_server.start()
    network.connect(ipv6=True)
    device.start(settings(servers=[named(far)]))
    registration = far6.wait_registration()
    device.wait_status("registered")
    far6.silent = True
    since = time.monotonic()
    device.call_server(1, "Update")
    figure("IPv6 that dies", again(far, 1, since), SILENT_LIMIT)
    assert not registration.updates
    assert len({each.port for each in far6.requests(POST, "/rd")}) == 1, "the silent one is not asked again"


def test_family_without_a_route_is_passed_at_once(network, name_server, device, peers, figure):
    """The address of IPv6 is there, its default route is not."""
    far = peers.server(host=SERVER)
    name_server.addresses = [SERVER6, SERVER]
    name_server.start()
    network.up(ipv6=True)
    network.default_route()
    since = time.monotonic()
    device.start(settings(servers=[named(far)]))
    figure("IPv6 without a route", again(far, 1, since), TRANSMIT_WAIT)


@pytest.fixture
def nat(network, peers):
    """A server behind a NAT: (server, NAT)."""
    server = peers.server(host=SERVER)
    made = Nat((SERVER, server.port))
    yield server, made
    made.close()


def test_nat_that_changes_the_port(network, device, nat, figure):
    """A server that answers whoever asks keeps the registration."""
    server, relay = nat
    network.connect()
    device.start(settings(servers=[factory_server(relay.uri, retry=PATIENT)]))
    registration = server.wait_registration()
    device.wait_status("registered")
    before = registration.session.address
    relay.forget()
    since = time.monotonic()
    device.call_server(1, "Update")
    server.wait_update(registration)
    figure("NAT with another port", time.monotonic() - since, SILENT_LIMIT)
    assert registration.session.address != before
    assert server.read("/1/0/0").payload and len(server.registrations) == 1


def test_nat_that_lets_no_answer_through_any_more(network, device, nat, figure):
    """The Update is lost, or answered to the old port; a new session is a new mapping."""
    server, relay = nat
    network.connect()
    device.start(settings(servers=[factory_server(relay.uri, retry=PATIENT)]))
    server.wait_registration()
    device.wait_status("registered")
    relay.forget(deaf=True)
    since = time.monotonic()
    device.call_server(1, "Update")
    figure("NAT that is deaf", again(server, 2, since), SILENT_LIMIT)
    assert server.registrations[0].session.address[1] != server.registrations[1].session.address[1]
    assert all(each.message.code != POST or each.message.path != "/bs" for each in server.received())
