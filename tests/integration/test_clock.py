# SPDX-License-Identifier: Apache-2.0
"""The wall clock is set while the daemon runs, as on a machine without a battery-backed one: every time
shown moves with it, nothing else does."""
import os
import re
import subprocess
import time

import pytest

from daemon_clock import Clock, preload
from harness import COAP, CTL, MANAGER, NAME, TRANSMIT_WAIT, factory_server, settings
from lwm2m_peer import POST, code

YEARS = 20 * 365 * 86400
PATIENT = {"retry_count": 2, "retry_timer": "200s"}


@pytest.fixture
def clock(daemon):
    """Twenty years late."""
    return Clock(daemon, -YEARS)


def stamps(daemon):
    """{path: {name: seconds}} of all that are not 0."""
    shown = {MANAGER: daemon.get_all()}
    shown.update((path, each[NAME + ".Server"]) for path, each in daemon.managed_objects().items()
                 if NAME + ".Server" in each)
    return {path: {name: value / 1e6 for name, (_, value) in values.items() if "Timestamp" in name and value}
            for path, values in shown.items()}


def assert_right(daemon, clock):
    """Every ...Timestamp is as far from now as its ...TimestampMonotonic; returns how many there are."""
    count = 0
    for path, values in stamps(daemon).items():
        for name in (each for each in values if not each.endswith("Monotonic")):
            away = values[name + "Monotonic"] - time.monotonic()
            assert abs(values[name] - clock.now() - away) < 1, (path, name)
            count += 1
    return count


def test_every_time_shown_moves_with_the_clock(daemon, clock, server, peers):
    """Of the past and to come; told by PropertiesChanged, in which no Monotonic one is."""
    retrying = peers.server(answer=code("5.03"))
    daemon.start(settings(servers=[factory_server(server.uri),
                                   factory_server(retrying.uri, 2, retry=PATIENT)]))
    daemon.wait_server(2, "State", "retry-wait")
    daemon.wait_server(1, "State", "registered")
    before = stamps(daemon)
    # Status, next retry; last registration and next Update; next retry.
    assert assert_right(daemon, clock) == 5
    for offset, words in (0, "forward"), (-YEARS // 2, "back"):
        seen = len(daemon.signals)
        clock.set(offset)
        daemon.wait_log(f"The clock was set {words} by ")
        for path in before:
            daemon.await_(lambda wanted=path: any(
                member == "PropertiesChanged" and at == wanted and
                set(body[1]) == {name for name in before[wanted] if not name.endswith("Monotonic")}
                for _, at, member, body in daemon.signals[seen:]), 5, f"new times of {path}")
        assert assert_right(daemon, clock) == 5


def test_next_attempt_in_the_status_line_moves_with_the_clock(daemon, clock, peers):
    server = peers.server(answer=code("5.03"))
    daemon.start(settings(servers=[factory_server(server.uri, retry=PATIENT)]))
    daemon.wait_property("SubStatus", "retry-wait")

    def wait_line():
        words = time.strftime("next attempt at %a %Y-%m-%d %H:%M:%S",
                              time.localtime(daemon.get("NextRetryTimestamp") // 1000000))
        daemon.await_(lambda: any(line.startswith("STATUS=") and words in line
                                  for line in daemon.notifications), 5, words)
        return words
    before = wait_line()
    clock.set(0)
    daemon.wait_log("The clock was set forward")
    assert wait_line() != before


@pytest.mark.parametrize("offset", [0, -2 * YEARS])
def test_exchange_under_way_does_not_notice(daemon, clock, peers, offset):
    """Repeated once, by libcoap's clock, which is this one, and given up after MAX_TRANSMIT_WAIT by ours."""
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, coap=COAP, retry_count=0))
    first = silent.wait_request(POST, "/bs")
    clock.set(offset)
    daemon.wait_log("The clock was set")
    daemon.wait_status("failure")
    assert TRANSMIT_WAIT - 0.1 < time.monotonic() - first.time < TRANSMIT_WAIT + 1
    times = [record.time - first.time for record in silent.received()]
    assert len(times) == 2 and times[1] < 1.9, times


def test_lwm2mctl_counts_by_the_clock_that_nobody_sets(registered):
    """How long ago, and in how long, is right while the wall clock of one of the two is not."""
    def shown(*words):
        return subprocess.run([CTL, f"--address={registered.bus.address}", *words], capture_output=True,
                              text=True, timeout=30, check=True,
                              env={**os.environ, **preload(CLOCK_SHIM_OFFSET=str(YEARS))}).stdout
    for line in re.findall(r"^ *(?:Since|Last bootstrap|Last registration): .*", shown("status") +
                           shown("server", "1"), re.MULTILINE):
        assert re.search(r"\((?:now|\d+s ago)\)$", line), line
    assert re.search(r"Next update: .* \(in 3min\)$", shown("server", "1"), re.MULTILINE)
    assert re.search(r" in 3min ", shown("servers"))
