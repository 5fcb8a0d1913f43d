# SPDX-License-Identifier: Apache-2.0
"""The network as it is (design.md 9.11): links, addresses and routes that come and go. The figures are the
seconds until the client is registered again."""
import re
import time

import pytest

from harness import COAP, TRANSMIT_WAIT, factory_server, settings
from lwm2m_peer import MAX_AGE, POST, SILENCE, Answer, account, code, finish, server_object, uint, write
from netns import (DEVICE, GATEWAY, OTHER_DEVICE, SECOND_DEVICE, SECOND_GATEWAY, SERVER,  # noqa: F401
                   figure, network)

KERNEL_LIMIT = 15.0     # seconds, where the kernel reports the change
PATIENT = {"retry_count": 5, "retry_timer": "60s", "sequence_retry_count": 1}


@pytest.fixture
def far(network, peers):
    """An LwM2M Server behind the gateway."""
    return peers.server(host=SERVER)


@pytest.fixture
def device(network, daemon):
    """The daemon, in the device's network."""
    daemon.wrapper = network.wrapper
    return daemon


def retries(device, server):
    """It has failed and waits, for a minute or longer."""
    device.wait_property("SubStatus", "retry-wait")
    wait = device.get("NextRetryTimestamp") / 1e6 - time.time()
    assert wait > 40, wait
    assert not server.registrations or not device.status == "registered"


def again(server, number, since):
    """Seconds from then to the number-th registration."""
    return server.wait_registration(number, timeout=40.0).time - since


def test_default_route_that_comes_late(network, device, far, figure):
    network.up()
    device.start(settings(servers=[factory_server(far.uri, retry=PATIENT)]))
    retries(device, far)
    assert device.get("LastError")[0] == "NoRoute"
    since = time.monotonic()
    network.default_route()
    figure("default route late", again(far, 1, since), KERNEL_LIMIT)
    device.wait_status("registered")
    assert device.get("NextRetryTimestamp") == 0
    assert device.wait_event("NETWORK_CHANGED", "network has changed: LwM2M Server 1 is tried again now")
    assert any("as the network has changed" in line for line in device.notifications)


def test_link_that_is_there_only_after_the_start(network, device, far, peers, figure):
    bootstrap = peers.bootstrap([*account(far.uri), finish()], host=SERVER)
    device.start(settings(bootstrap.uri, retry_count=5, retry_delay="60s"))
    retries(device, far)
    since = time.monotonic()
    network.connect()
    figure("first link late", again(far, 1, since), KERNEL_LIMIT)
    device.wait_event("NETWORK_CHANGED", "bootstrap attempt 1 of 6 is made once more, now")
    device.wait_status("registered")


def test_link_down_and_up(network, device, far, figure):
    network.connect()
    device.start(settings(servers=[factory_server(far.uri, retry=PATIENT)]))
    far.wait_registration()
    device.wait_status("registered")
    network.down()
    device.call_server(1, "Update")
    retries(device, far)
    since = time.monotonic()
    network.connect()
    figure("link down and up", again(far, 2, since), KERNEL_LIMIT)


def test_cable_that_is_pulled_and_back(network, device, far, figure):
    """Addresses and routes stay as they are."""
    network.connect()
    device.start(settings(servers=[factory_server(far.uri, retry=PATIENT)]))
    far.wait_registration()
    device.wait_status("registered")
    network.unplug()
    device.call_server(1, "Update")
    retries(device, far)
    since = time.monotonic()
    network.plug()
    figure("cable pulled and back", again(far, 2, since), KERNEL_LIMIT)


def test_link_that_is_up_again_ends_failure(network, device, far, figure):
    once = {"retry_count": 1, "retry_timer": "60s", "sequence_retry_count": 1}
    network.up()
    device.start(settings(servers=[factory_server(far.uri, retry=once)], on_failure="restart",
                          restart_delay="1h"))
    device.wait_status("failure")
    since = time.monotonic()
    network.default_route()
    figure("failure", again(far, 1, since), KERNEL_LIMIT)


def test_server_that_wants_to_be_left_alone_is(network, device, peers, figure):
    """Also when `failure` ends because of another one: its Max-Age lasts."""
    once = {"retry_count": 1, "retry_timer": "60s", "sequence_retry_count": 1}
    busy = peers.server(host=GATEWAY, answer=Answer(code("5.03"), options=[(MAX_AGE, uint(60))]))
    far = peers.server(host=SERVER)
    network.up()
    device.start(settings(servers=[factory_server(busy.uri, 1, retry=once),
                                   factory_server(far.uri, 2, retry=once)],
                          on_failure="restart", restart_delay="1h"))
    device.wait_status("failure")
    since = time.monotonic()
    network.default_route()
    figure("failure, another server is busy", again(far, 1, since), KERNEL_LIMIT)
    assert device.get_server(1, "State") == "idle"
    assert device.get_server(1, "NextRetryTimestamp") / 1e6 - time.time() > 30
    assert len({each.port for each in busy.requests(POST, "/rd")}) == 1
    device.call("Restart")      # an operator does not wait
    busy.wait_request(POST, "/rd", number=2)


def test_address_of_a_session_that_goes_away(network, device, far, peers, figure):
    """Register anew: no bootstrap, no attempt."""
    bootstrap = peers.bootstrap([*account(far.uri), finish()], host=SERVER)
    network.connect()
    device.start(settings(bootstrap.uri))
    first = far.wait_registration()
    device.wait_status("registered")
    since = time.monotonic()
    network.move(OTHER_DEVICE)
    figure("address changed", again(far, 2, since), KERNEL_LIMIT)
    second = far.registrations[1]
    assert first.session.address[0] == DEVICE and second.session.address[0] == OTHER_DEVICE
    device.wait_status("registered", number=2)
    assert len(bootstrap.bootstrap_requests()) == 1 and device.get("Attempt") <= 1
    line = device.wait_log("ConnectionLost: The network has changed")
    assert "is gone, or packets leave by another link" in line


def test_default_route_that_moves_to_another_link(network, device, far, figure):
    """The old address stays; nobody would find it behind the new link."""
    network.connect()
    network.second_link()
    device.start(settings(servers=[factory_server(far.uri, retry=PATIENT)]))
    far.wait_registration()
    device.wait_status("registered")
    since = time.monotonic()
    network.device(f"ip route replace default via {SECOND_GATEWAY}")
    figure("default route moved", again(far, 2, since), KERNEL_LIMIT)
    assert [each.session.address[0] for each in far.registrations] == [DEVICE, SECOND_DEVICE]


def test_address_that_changes_while_a_request_is_open(network, device, far, peers, figure):
    """Another port, token and Message ID; the same attempt."""
    bootstrap = peers.bootstrap([*account(far.uri), finish()], answers=[SILENCE] * 10, host=SERVER)
    network.connect()
    device.start(settings(bootstrap.uri, coap={**COAP, "max_retransmit": 4}, retry_count=5,
                          retry_delay="60s"))
    first = bootstrap.wait_request(POST, "/bs")
    bootstrap.answers.clear()
    since = time.monotonic()
    network.move(OTHER_DEVICE)
    figure("address changed during an attempt", again(far, 1, since), KERNEL_LIMIT)
    second = next(each for each in bootstrap.bootstrap_requests() if each.address[0] == OTHER_DEVICE)
    assert first.port != second.port
    assert first.message.token != second.message.token and first.message.mid != second.message.mid
    device.wait_log("bootstrap attempt 1 of 6 begins anew")
    assert not any("attempt 2" in line for line in device.lines + device.notifications)


def test_address_that_changes_while_accounts_are_written(network, device, far, peers, figure):
    """What was written is gone, and all of it comes again."""
    scripts = [[write("/1/7", server_object(9))], [*account(far.uri), finish()]]

    def script(server, run):
        for step in scripts[min(len(server.sessions), 2) - 1]:
            server.step(run, step)
    bootstrap = peers.bootstrap(script, host=SERVER)
    network.connect()
    device.start(settings(bootstrap.uri, timeout="60s"))
    bootstrap.wait_run(1)
    device.wait_property("SubStatus", "provisioning")
    since = time.monotonic()
    network.move(OTHER_DEVICE)
    figure("address changed during provisioning", again(far, 1, since), KERNEL_LIMIT)
    device.wait_status("registered")
    assert "</1/7>" not in far.registrations[0].objects
    assert not any("attempt 2" in line for line in device.lines + device.notifications)


def test_route_that_flaps_drains_nobody(network, device, far, peers):
    """A server that is silent is asked once more in ten seconds, however often the link comes back."""
    silent = peers.server(host=SERVER, answer=SILENCE)
    network.connect()
    device.start(settings(servers=[factory_server(silent.uri, retry=PATIENT),
                                   factory_server(far.uri, 2, retry=PATIENT)]))
    far.wait_registration()
    device.wait_property("SubStatus", "partial")
    silent.wait_request(POST, "/rd")
    device.wait_log(r"LwM2M Server 1 is tried again in \d+ s", timeout=TRANSMIT_WAIT + 10)
    for _ in range(15):
        network.unplug()
        network.plug()
        time.sleep(0.2)     # a link that flaps takes its time
    device.wait_log("LwM2M Server 1 is tried again now")
    assert len({each.port for each in silent.requests(POST, "/rd")}) <= 3
    assert len(far.registrations) == 1, "its session is as good as before"
    assert sum(bool(re.search("tried again now", line)) for line in device.lines) <= 2


def test_port_of_the_last_attempt_is_not_taken_again(network, device, peers):
    """A server may remember Message IDs of it; of three ports the kernel would choose it again and again."""
    refusals = 12
    bootstrap = peers.bootstrap(answer=Answer(code("4.03")), host=SERVER)
    network.connect()
    network.ports(40001, 40003)
    device.start(settings(bootstrap.uri, retry_count=5, retry_delay="60s"))
    for number in range(1, refusals + 1):
        bootstrap.wait_request(POST, "/bs", number=number)
        device.wait_property("SubStatus", "retry-wait")
        if number < refusals:
            device.bootstrap()
    ports = [each.port for each in bootstrap.first_transmissions()]
    assert len(ports) == refusals and set(ports) <= {40001, 40002, 40003}
    assert all(one != next_one for one, next_one in zip(ports, ports[1:])), ports
