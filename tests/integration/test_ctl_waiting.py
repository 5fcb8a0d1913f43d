# SPDX-License-Identifier: Apache-2.0
"""lwm2mctl is-registered, wait-online, --timeout, update, disable (interface.md 1)."""
import json
import os
import signal
import subprocess
import time

import pytest

from harness import CTL, HASTY_COAP, factory_server, settings
from lwm2m_peer import code


def start(bus, *words):
    return subprocess.Popen([CTL, f"--address={bus.address}", *words], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process):
    """Exit status, standard output, standard error."""
    output, told = process.communicate(timeout=30)
    return process.returncode, output, told


def ctl(daemon, *words):
    return end(start(daemon.bus, *words))


def timed(process):
    """The same, and how many seconds it took."""
    began = time.monotonic()
    return (*end(process), time.monotonic() - began)


# --- is-registered -------------------------------------------------------------------------------------


def test_is_registered(registered, server, bootstrap):
    """Its Status, and 0 for a device that does what its servers want."""
    assert ctl(registered, "is-registered") == (0, "registered\n", "")
    returned, output, _ = ctl(registered, "--json=short", "is-registered")
    assert (returned, json.loads(output)) == (0, {"Status": "registered", "Registered": True})
    registered.call_server(1, "Disable", "u", (200,))
    registered.wait_status("suspended")
    assert ctl(registered, "is-registered") == (0, "suspended\n", "")
    bootstrap.answer = server.answer = code("4.03")
    registered.call("Restart")
    registered.wait_status("failure")
    assert ctl(registered, "is-registered") == (1, "failure\n", "")
    returned, output, _ = ctl(registered, "--json=pretty", "is-registered")
    assert (returned, json.loads(output)) == (1, {"Status": "failure", "Registered": False})
    registered.stop()
    returned, output, told = ctl(registered, "is-registered")
    assert (returned, output) == (3, "") and "not running" in told


# --- wait-online ---------------------------------------------------------------------------------------


def test_wait_online_waits_for_bus_daemon_and_registration(make_daemon, bus, server):
    daemon = make_daemon(bus)
    bus.stop()
    waiting = start(bus, "wait-online")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(0.3)
    bus.start()
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1.2)       # it has found the bus
    daemon.start(settings(servers=[factory_server(server.uri)]))
    assert end(waiting) == (0, "", "")
    assert daemon.status == "registered"
    returned, *_, seconds = timed(start(bus, "wait-online", "--timeout=20s"))
    assert returned == 0 and seconds < 5


def test_wait_online_outlives_daemon_and_bus(daemon, bus, peers):
    """Both go while it waits, and it still sees the registration."""
    server = peers.server(answer=code("5.03"))
    retry = {"retry_count": 5, "retry_timer": "1s"}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    daemon.wait_server(1, "State", "retry-wait")
    waiting = start(bus, "wait-online", "--timeout=60s")
    daemon.stop()
    bus.stop()
    bus.start()
    daemon.start()
    daemon.wait_server(1, "State", "retry-wait")
    assert waiting.poll() is None
    server.answer = code("2.01")
    assert end(waiting) == (0, "", "")


def test_wait_online_says_why_it_was_in_vain(make_daemon, bus, peers):
    """What its unit's journal is to tell: no bus, no daemon, what the daemon does, that it hangs."""
    daemon = make_daemon(bus)

    def in_vain():
        returned, output, told, seconds = timed(start(bus, "wait-online", "--timeout=700ms"))
        assert (returned, output) == (1, "") and 0.6 < seconds < 5
        assert told.startswith("Not registered within 0.7 s. ") and told.count("\n") == 1
        return told
    bus.stop()
    assert "The bus is not there." in in_vain()
    bus.start()
    assert "lwm2m-clientd is not running." in in_vain()
    bootstrap = peers.bootstrap(answer=code("4.03"))
    daemon.start(settings(bootstrap.uri, retry_count=0))
    daemon.wait_status("failure")
    assert "Status is failure (stopped): BootstrapRejected: " in in_vain()
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        assert "lwm2m-clientd has not answered." in in_vain()
    finally:
        daemon.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("words", [
    ["wait-online", "now"], ["wait-online", "--wait"], ["wait-online", "--timeout"],
    ["--timeout=soon", "wait-online"], ["--timeout=-1s", "wait-online"], ["--timeout=", "status"],
    ["--timeout=5 s", "status"], ["is-registered", "1"], ["update"], ["update", "one"], ["update", "1", "2"],
    ["disable"], ["disable", "1", "0"], ["disable", "1", "soon"], ["disable", "1", "5000000000"],
    ["disable", "1", "1h", "2h"], ["--address=foo", "wait-online"],
    ["--address=unix:nonsense", "wait-online"],
])
def test_wrong_words_are_2(bus, words):
    """At once, however long the right ones would wait."""
    returned, output, told, seconds = timed(start(bus, *words))
    assert (returned, output) == (2, "") and told.startswith("lwm2mctl: ") and seconds < 5


# --- --timeout -----------------------------------------------------------------------------------------


def test_what_was_before_the_request_is_not_its_outcome(registered, server, bootstrap):
    """A Status that comes while the tool watches already, and has not been heard yet."""
    registered.process.send_signal(signal.SIGSTOP)
    try:
        waiting = []
        for words in ["disable", "1", "1h"], ["restart", "--wait"]:
            waiting.append(start(registered.bus, *words))
            assert "Waiting" in waiting[-1].stderr.readline()       # its call is on the way
        server.answer = bootstrap.answer = code("4.03")
    finally:
        registered.process.send_signal(signal.SIGCONT)
    assert end(waiting[0])[0] == 0
    returned, _, told = end(waiting[1])
    assert returned == 1 and told.startswith("Status is failure")


def test_timeout_bounds_the_wait_for_an_outcome(daemon, bus, peers):
    """1, and what Status is meanwhile."""
    silent = peers.black_hole()
    daemon.start(settings(servers=[factory_server(silent.uri)]))
    for words in ["restart", "--wait", "--timeout=600ms"], ["--timeout", "0.6", "--wait", "restart"]:
        returned, output, told, seconds = timed(start(bus, *words))
        assert (returned, output) == (1, "") and 0.5 < seconds < 5
        assert told.startswith("Not within 0.6 s. Status is registering (")


def test_timeout_that_is_not_reached(registered):
    assert ctl(registered, "--timeout=20s", "restart", "--wait") == (0, "", "")
    assert ctl(registered, "--timeout=20s", "bootstrap", "--wait")[0] == 0
    assert ctl(registered, "--timeout=0", "status")[0] == 0


def test_timeout_bounds_every_answer(registered, bus):
    """Of a daemon that hangs; shorter or longer than without."""
    registered.process.send_signal(signal.SIGSTOP)
    patient, began = start(bus, "--timeout=12s", "status"), time.monotonic()
    try:
        for words in (["status"], ["restart", "--wait"], ["send", "1", "/3/0/0"], ["monitor"],
                      ["update", "1"]):
            returned, output, told, seconds = timed(start(bus, "--timeout=500ms", *words))
            assert (returned, output) == (1, "") and 0.4 < seconds < 5
            assert told == "lwm2m-clientd has not answered within 0.5 s.\n"
        returned, _, told = end(patient)
        assert returned == 1 and told.endswith("within 12 s.\n") and time.monotonic() - began > 11.9
    finally:
        os.kill(registered.process.pid, signal.SIGCONT)


# --- update, disable -----------------------------------------------------------------------------------


def test_update(registered, server):
    assert ctl(registered, "update", "1") == (0, "", "")
    server.wait_update(server.registrations[0])


def test_disable(registered, server):
    """For the time given; without one for that of the account; a part of a second counts as one."""
    assert ctl(registered, "disable", "1", "500ms") == (0, "", "")
    server.wait_deregistered(server.registrations[0])
    server.wait_registration(2)
    for words, seconds in (["1", "3min"], 180), (["1", "1200ms"], 2), (["1"], 86400):
        registered.wait_server(1, "State", "registered")
        assert ctl(registered, "disable", *words) == (0, "", "")
        registered.wait_server(1, "State", "disabled")
        left = registered.get_server(1, "NextRetryTimestamp") / 1e6 - time.time()
        assert seconds - 5 < left <= seconds
        assert ctl(registered, "restart", "--wait")[0] == 0


def test_order_that_is_refused(daemon, peers):
    silent = peers.black_hole()
    daemon.start(settings(servers=[factory_server(silent.uri)], coap=HASTY_COAP))
    returned, output, told = ctl(daemon, "update", "1")
    assert (returned, output) == (1, "") and "no registration" in told


@pytest.mark.parametrize("words", [["server", "9"], ["update", "9"], ["disable", "9", "5s"],
                                   ["disable", "09"], ["send", "9", "/3"]])
def test_server_that_there_is_not(registered, words):
    """One sentence for every verb that names one."""
    assert ctl(registered, *words) == (1, "", "There is no LwM2M Server with the Short Server ID 9.\n")


def test_no_daemon_is_3(bus):
    for words in ["is-registered"], ["update", "1"], ["disable", "1", "5s"]:
        returned, output, told = end(start(bus, *words))
        assert (returned, output) == (3, "") and told
