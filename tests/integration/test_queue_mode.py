# SPDX-License-Identifier: Apache-2.0
"""Queue Mode as an LwM2M Server and an operator see it (Core TS 6.6; OMA's cases 108 and 109)."""
import re
import signal
import subprocess
import time

import pytest

import oma
from credentials import Psk
from harness import CTL, HASTY_COAP, HASTY_TRANSMIT_WAIT, factory_server, settings, versioned
from lwm2m_peer import GET, POST, SILENCE, TEXT

AWAKE = 1       # seconds that the device stays awake: the least that the configuration takes
QUEUE_MODE = {"enabled": True, "timeout": f"{AWAKE}s"}


def start(daemon, server, version="1.1", queue_mode=QUEUE_MODE, **keys):
    """Registered with a server; the Registration."""
    config = settings(servers=[factory_server(server.uri, **keys)], coap=HASTY_COAP)
    if queue_mode is not None:
        config["queue_mode"] = dict(queue_mode)
    daemon.start(versioned(config, version))
    return server.wait_registration()


@pytest.fixture
def asleep(daemon, server):
    """The registration of a device that sleeps."""
    registration = start(daemon, server)
    daemon.wait_status("queue-mode")
    return registration


def lwm2mctl(daemon, verb):
    return subprocess.run([CTL, f"--address={daemon.bus.address}", verb], capture_output=True, text=True,
                          timeout=30, check=True).stdout


def own_requests(server):
    """The device's own."""
    return server.received(lambda message: message.code == POST)


def status_times(daemon, status):
    return [at for at, _, member, body in daemon.signals if member == "StatusChanged" and body[1] == status]


@oma.versions("1.1", "1.2")
def test_1_1_int_108_turning_queue_mode_on(bench):
    bench.config["queue_mode"] = dict(QUEUE_MODE)
    registration = bench.register()
    assert registration.request.queries[-2:] == ["b=U", "Q"]
    assert set(registration.query) == {"ep", "lt", "lwm2m", "b", "Q"}
    assert registration.query["lwm2m"] == bench.version
    assert bench.server.read("/3/0/16", accept=TEXT).text == "U"
    bench.daemon.wait_status("queue-mode")


@oma.versions("1.1", "1.2")
def test_1_1_int_109_behaviour_in_queue_mode(bench):
    """What the server queues while the device sleeps is delivered after the next Update."""
    bench.config["queue_mode"] = dict(QUEUE_MODE)
    registration = bench.register({1: 6})
    bench.daemon.wait_status("queue-mode")
    sleeps_since = status_times(bench.daemon, "queue-mode")[0]
    bench.server.wait_update(registration)
    update = next(record for record in bench.server.received() if record.message is registration.updates[0])
    assert update.time - sleeps_since >= 1.5 and 3 <= update.time - registration.time < 6
    assert bench.server.read("/3/0/0").code_text == "2.05"
    bench.daemon.wait_status("queue-mode", number=2)
    assert len(bench.server.registrations) == 1
    assert bench.front.count("connected") == 1    # the session was kept


@pytest.mark.parametrize("binding", ["U", "UQ"])
def test_queue_mode_of_1_0_is_part_of_the_binding(daemon, server, binding):
    registration = start(daemon, server, "1.0")
    assert registration.query["b"] == "UQ" and "Q" not in registration.request.queries
    assert server.read("/3/0/16", accept=TEXT).text == "UQ"
    daemon.wait_status("queue-mode")
    assert server.write("/1/0/7", binding.encode()).code_text == "2.04"
    daemon.wait_status("queue-mode", number=2)


def test_without_queue_mode_it_stays_awake(daemon, server):
    registration = start(daemon, server, queue_mode={"timeout": f"{AWAKE}s"}, lifetime=4)
    assert "Q" not in registration.request.queries
    server.wait_update(registration)    # after 2 s
    assert daemon.status == "registered" and not status_times(daemon, "queue-mode")


def test_what_an_operator_sees(daemon, asleep):
    assert (daemon.status, daemon.get("SubStatus")) == ("queue-mode", "sleeping")
    assert daemon.get_server(1, "State") == "sleeping"
    assert daemon.get_server(1, "NextUpdateTimestamp") > 0
    assert daemon.get("NextRetryTimestamp") == 0 and daemon.get("LastError") == ("", "")
    daemon.await_(lambda: "STATUS=Registered, sleeping in Queue Mode." in daemon.notifications, 5, "STATUS=")
    assert "sleeping" in lwm2mctl(daemon, "servers")
    # Lifetime 300 s, of which the Update leaves some room.
    assert re.search(r"^ +Sleeps until: .* \(in [34]min\)$", lwm2mctl(daemon, "status"), re.MULTILINE)
    daemon.call_server(1, "Update")
    daemon.wait_changes([("queue-mode", "registered", "")], after=3)
    assert "Sleeps" not in lwm2mctl(daemon, "status")


def test_update_wakes_it_and_it_sleeps_again(daemon, server, asleep):
    daemon.call_server(1, "Update")
    assert server.wait_update(asleep).query == {}
    daemon.wait_changes([("queue-mode", "registered", ""), ("registered", "queue-mode", "")], after=3)
    assert len(own_requests(server)) == 2 and len({record.address for record in own_requests(server)}) == 1


def test_request_while_it_sleeps_is_served_and_wakes_it(daemon, server, asleep):
    asked = time.monotonic()
    assert server.read("/1/0/1").code_text == "2.05"
    daemon.wait_changes([("queue-mode", "registered", ""), ("registered", "queue-mode", "")], after=3)
    assert status_times(daemon, "queue-mode")[1] - asked >= AWAKE
    assert not asleep.updates


def test_each_message_keeps_it_awake(daemon, server):
    """Those in both directions, up to the last one."""
    start(daemon, server)
    for _ in range(3):
        asked = time.monotonic()
        assert server.read("/1/0/1").code_text == "2.05"
        with pytest.raises(TimeoutError):
            daemon.wait_status("queue-mode", timeout=AWAKE * 0.6)
    daemon.wait_status("queue-mode")
    assert AWAKE <= status_times(daemon, "queue-mode")[0] - asked < AWAKE + 0.5


def test_write_and_trigger_while_it_sleeps(daemon, server, asleep):
    """What a change leads to is told at once: the server has woken the device up."""
    assert server.write("/1/0/1", b"240").code_text == "2.04"
    assert server.wait_update(asleep).query == {"lt": "240"}
    daemon.wait_status("queue-mode", number=2)
    assert server.execute("/1/0/8").code_text == "2.04"
    assert server.wait_update(asleep, 2).query == {}


def test_update_that_is_not_answered_leads_to_a_register(daemon, server, peers):
    credential = Psk("identity", "000102030405060708090a0b0c0d0e0f")
    front, uri = credential.terminator(peers, server.port)
    config = settings(servers=[factory_server(uri) | credential.account(uri)], coap=HASTY_COAP)
    config["queue_mode"] = dict(QUEUE_MODE)
    daemon.start(config)
    registration = server.wait_registration()
    daemon.wait_status("queue-mode")
    server.update_answers.append(SILENCE)
    daemon.call_server(1, "Update")
    again = server.wait_registration(2)
    assert server.wait_update(registration) and again.request.queries[-1] == "Q"
    assert front.count("connected") == 2
    daemon.wait_status("queue-mode", number=2)
    assert again.time >= status_times(daemon, "queue-mode")[0] + HASTY_TRANSMIT_WAIT


def test_server_that_writes_the_binding(daemon, server):
    """1.0: told and in force by an Update; later versions: by the next Register (facts 3.4)."""
    registration = start(daemon, server, "1.0", {"timeout": f"{AWAKE}s"})
    assert server.write("/1/0/7", b"UQ").code_text == "2.04"
    assert server.wait_update(registration).query == {"b": "UQ"}
    daemon.wait_status("queue-mode")
    assert server.write("/1/0/7", b"U").code_text == "2.04"
    assert server.wait_update(registration, 2).query == {"b": "U"}
    with pytest.raises(TimeoutError):
        daemon.wait_status("queue-mode", number=2, timeout=AWAKE * 1.5)


def test_binding_with_a_q_since_1_1(daemon, server):
    registration = start(daemon, server, "1.1", {"timeout": f"{AWAKE}s"})
    assert server.write("/1/0/7", b"UQ").code_text == "2.04"
    server.execute("/1/0/8")
    assert server.wait_update(registration).query == {}
    daemon.call("Restart")
    assert server.wait_registration(2).request.queries[-2:] == ["b=U", "Q"]
    daemon.wait_status("queue-mode")


def test_reload_turns_it_on_and_off(daemon, server):
    start(daemon, server, queue_mode=None)
    config = settings(servers=[factory_server(server.uri)], coap=HASTY_COAP)
    daemon.configure(config | {"queue_mode": QUEUE_MODE})
    daemon.call("Reload")
    assert server.wait_registration(2).request.queries[-1] == "Q"
    daemon.wait_status("queue-mode")
    daemon.configure(config | {"queue_mode": {"enabled": False}})
    daemon.call("Reload")
    assert "Q" not in server.wait_registration(3).request.queries
    daemon.wait_status("registered", number=3)


def test_disable_while_it_sleeps(daemon, server, asleep):
    daemon.call_server(1, "Disable", "u", (60,))
    server.wait_deregistered(asleep)
    daemon.wait_status("suspended")


def test_orderly_stop_while_it_sleeps(daemon, server, asleep):
    daemon.process.send_signal(signal.SIGTERM)
    server.wait_deregistered(asleep)
    assert daemon.wait_exit() == 0


def test_another_server_is_awake(daemon, server, peers):
    """Each server by itself; the best of them is the Status."""
    other = peers.server()
    config = settings(servers=[factory_server(server.uri), factory_server(other.uri, 2)], coap=HASTY_COAP)
    daemon.start(config | {"queue_mode": QUEUE_MODE})
    daemon.wait_status("queue-mode")
    assert other.operation(GET, "/1/1/1").code_text == "2.05"
    daemon.wait_server(2, "State", "registered")
    assert daemon.get_server(1, "State") == "sleeping" and daemon.get("SubStatus") == "idle"
    daemon.wait_status("queue-mode", number=2)
