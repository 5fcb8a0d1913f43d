# SPDX-License-Identifier: Apache-2.0
"""The wall clock is set while the daemon runs, as on a machine without a battery-backed one: every time
shown moves with it, nothing else does. Or the machine is suspended: what was due meanwhile is done once."""
import os
import re
import socket
import subprocess
import time

import pytest

import pki
from daemon_clock import Clock, preload
from dtls_peer import certificate_modes
from harness import (COAP, CTL, HASTY_COAP, MANAGER, NAME, TRANSMIT_WAIT, certified, factory_server, psk,
                     settings)
from lwm2m_peer import POST, SILENCE, account, code, finish

DAY = 86400
YEARS = 20 * 365 * DAY
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
            if values[name + "Monotonic"] == 1e-6:
                continue    # before this machine's start: it has slept longer than it has run
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
        daemon.wait_event("CLOCK_SET", f"The clock was set {words} by ")
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
    daemon.wait_event("CLOCK_SET", "The clock was set forward")
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


# --- every stage: nothing early, nothing late, nothing twice -------------------------------------------


class Stage:
    """Where the daemon waits: until when (monotonic seconds), and the times at which its end was seen."""

    def __init__(self, due, await_, ends):
        self.due, self.await_, self.ends = due, await_, ends

    def wait(self, timeout):
        return self.await_(self.ends, timeout, "end of the stage")[0]


def moment(daemon, name, short_server_id=None):
    value = daemon.get(name) if short_server_id is None else daemon.get_server(short_server_id, name)
    return value / 1e6


def requests(peer, path, after=0):
    """When they came, without retransmissions; behind the first ones."""
    seen = {record.message.token: record.time for record in reversed(peer.received())
            if record.message.code == POST and re.fullmatch(path, record.message.path)}
    return sorted(seen.values())[after:]


def failures(daemon):
    return [at for at, path, member, body in daemon.signals
            if member == "StatusChanged" and path == MANAGER and body[1] == "failure"]


def hold_off(daemon, peers, seconds):
    peer = peers.bootstrap()
    daemon.start(settings(peer.uri, bootstrap_account={"client_hold_off_time": seconds}))
    daemon.wait_property("SubStatus", "hold-off")
    return Stage(moment(daemon, "NextRetryTimestampMonotonic"), peer.wait, lambda: requests(peer, "/bs"))


def handshaking(daemon, peers, seconds):
    peer = peers.black_hole()
    config = settings("coap://unused", retry_count=0)
    config["bootstrap"]["server"] = psk(peer.uri.replace("coap:", "coaps:"), "me", "00" * 16)
    daemon.start(config)
    daemon.wait_property("SubStatus", "handshaking")
    peer.wait(lambda: peer.records, 5, "ClientHello")
    return Stage(peer.records[0].time + TRANSMIT_WAIT, daemon.await_, lambda: failures(daemon))


def requesting(daemon, peers, seconds):
    peer = peers.black_hole()
    daemon.start(settings(peer.uri, retry_count=0))
    daemon.wait_property("SubStatus", "requesting")
    first = peer.wait_request(POST, "/bs").time
    return Stage(first + TRANSMIT_WAIT, daemon.await_, lambda: failures(daemon))


def provisioning(daemon, peers, seconds):
    peer = peers.bootstrap()
    daemon.start(settings(peer.uri, retry_count=0, timeout=f"{seconds}s"))
    daemon.wait_property("SubStatus", "provisioning")
    return Stage(requests(peer, "/bs")[0] + seconds, daemon.await_, lambda: failures(daemon))


def retry_wait(daemon, peers, seconds):
    peer = peers.bootstrap(answer=code("4.00"))
    daemon.start(settings(peer.uri, retry_delay=f"{seconds}s"))
    daemon.wait_property("SubStatus", "retry-wait")
    return Stage(moment(daemon, "NextRetryTimestampMonotonic"), peer.wait, lambda: requests(peer, "/bs", 1))


def failure(daemon, peers, seconds):
    peer = peers.bootstrap(answer=code("4.00"))
    daemon.start(settings(peer.uri, retry_count=0, on_failure="restart", restart_delay=f"{seconds}s"))
    daemon.wait_status("failure")
    return Stage(moment(daemon, "NextRetryTimestampMonotonic"), peer.wait, lambda: requests(peer, "/bs", 1))


def registering(daemon, peers, seconds):
    peer = peers.server(answer=code("5.03"))
    daemon.start(settings(servers=[factory_server(peer.uri, retry={"retry_count": 2,
                                                                   "retry_timer": f"{seconds}s"})]))
    daemon.wait_property("SubStatus", "retry-wait")
    return Stage(moment(daemon, "NextRetryTimestampMonotonic"), peer.wait, lambda: requests(peer, "/rd", 1))


def begin_registered(daemon, peers, lifetime=300):
    peer = peers.server()
    daemon.start(settings(servers=[factory_server(peer.uri, lifetime=lifetime)]))
    daemon.wait_status("registered")
    return peer


def updates(peer):
    return requests(peer, "/rd/.*")


def registered_idle(daemon, peers, seconds):
    peer = begin_registered(daemon, peers, 2 * seconds)     # under 186 s the Update comes at its half
    return Stage(moment(daemon, "NextUpdateTimestampMonotonic", 1), peer.wait, lambda: updates(peer))


def updating(daemon, peers, seconds):
    peer = begin_registered(daemon, peers)
    peer.update_answers.extend([SILENCE] * 9)
    daemon.call_server(1, "Update")
    daemon.wait_server(1, "State", "updating")
    peer.wait(lambda: updates(peer), 5, "Update")
    return Stage(updates(peer)[0] + TRANSMIT_WAIT, peer.wait, lambda: requests(peer, "/rd", 1))


def disabled(daemon, peers, seconds):
    peer = begin_registered(daemon, peers)
    daemon.call_server(1, "Disable", "u", (seconds,))
    daemon.wait_server(1, "State", "disabled")
    return Stage(moment(daemon, "NextRetryTimestampMonotonic", 1), peer.wait,
                 lambda: requests(peer, "/rd", 1))


def resolving(daemon, peers, seconds):
    """A name server that takes every question and answers none."""
    if os.getuid() != 0:
        pytest.skip("port 53 needs root")
    asked = peers.add(NameServer())
    resolv = os.path.join(daemon.folder, "resolv.conf")
    with open(resolv, "w", encoding="utf-8") as file:
        file.write(f"nameserver {NameServer.ADDRESS}\noptions timeout:30 attempts:3\n")
    daemon.environment["SHIM"] = daemon.environment.pop("LD_PRELOAD")
    daemon.wrapper = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && '
                      'LD_PRELOAD="$SHIM $LD_PRELOAD" exec "$@"', resolv]
    if subprocess.run([*daemon.wrapper, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("a mount namespace needs root")
    begun = time.monotonic()
    daemon.start(settings("coap://bootstrap.example.org", retry_count=0))
    daemon.wait_property("SubStatus", "resolving")
    asked.socket.recv(512)
    return Stage(begun + TRANSMIT_WAIT, daemon.await_, lambda: failures(daemon))


class NameServer:
    ADDRESS = "127.0.0.154"

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.bind((self.ADDRESS, 53))

    def close(self):
        self.socket.close()


STAGES = [hold_off, resolving, handshaking, requesting, provisioning, retry_wait, failure, registering,
          registered_idle, updating, disabled]
every_stage = pytest.mark.parametrize("begin", STAGES, ids=lambda begin: begin.__name__)


@every_stage
def test_clock_that_is_set_moves_no_deadline(daemon, clock, peers, begin):
    """By decades, forward and back; each time that is shown moves with it."""
    stage = begin(daemon, peers, 3)
    for number, offset in enumerate((0, -2 * YEARS), 1):
        clock.set(offset)
        daemon.wait_log("The clock was set", number=number)
        assert assert_right(daemon, clock) > 0
    at = stage.wait(5)
    assert -0.2 < at - stage.due < 2, at - stage.due


@pytest.mark.parametrize("offset", [0, -2 * YEARS])
def test_handshakes_after_the_clock_was_set(daemon, clock, server, peers, offset):
    """Also back to before the daemon's start, from where libcoap counts."""
    front = peers.terminator(server.port, "me", "00" * 16)
    entry = factory_server(front.uri)
    entry.update(psk(front.uri, "me", "00" * 16))
    daemon.start(settings(servers=[entry]))
    daemon.wait_status("registered")
    clock.set(offset)
    daemon.wait_log("The clock was set")
    for number in (2, 3):
        daemon.call("Restart")
        daemon.wait_status("registered", number=number)
    assert server.registrations[-1].active


@every_stage
def test_suspended_machine_does_once_what_was_due(daemon, clock, peers, begin):
    """It wakes up a day later: at once, and nothing of it twice."""
    stage = begin(daemon, peers, 80)
    for _ in range(20):     # as many turns of the loop, in which its deadline is set
        daemon.get("Status")
    assert not stage.ends()
    clock.sleep(DAY)
    woken = time.monotonic()
    assert stage.wait(5) - woken < 2
    for _ in range(20):     # as many turns of the loop
        daemon.get("Status")
    assert len(stage.ends()) == 1
    assert_right(daemon, clock)


def test_suspended_machine_begins_with_what_was_due_first(daemon, clock, peers):
    silent = peers.black_hole()
    timers = {1: 400, 2: 100, 3: 300, 4: 500, 5: 200}
    daemon.start(settings(coap=HASTY_COAP, servers=[
        factory_server(silent.uri, number, lifetime=1000 + number,
                       retry={"retry_count": 2, "retry_timer": f"{timers[number]}s"}) for number in timers]))
    for number in timers:
        daemon.wait_server(number, "State", "retry-wait")
    clock.sleep(DAY)
    silent.wait(lambda: len(requests(silent, "/rd")) == 2 * len(timers), 10, "a Register of each")
    order = [int(record.message.query["lt"]) - 1000 for record in silent.received()][len(timers):]
    assert order == sorted(timers, key=timers.get)


def test_suspended_machine_updates_each_registration_once(daemon, clock, peers):
    """The server has forgotten it meanwhile, or not: one Update, then one Register at most."""
    servers = [peers.server() for _ in range(4)]
    daemon.start(settings(servers=[factory_server(each.uri, number) for number, each in
                                   enumerate(servers, 1)]))
    for number in range(1, 5):
        daemon.wait_server(number, "State", "registered")
    for each in servers[:2]:
        each.update_answers.append(code("4.04"))
    clock.sleep(DAY)
    for number, each in enumerate(servers, 1):
        each.wait(lambda peer=each: len(updates(peer)) == 1, 5, "Update")
        each.wait_registration(2 if number <= 2 else 1, timeout=5)
        daemon.wait_server(number, "State", "registered")
    for number, each in enumerate(servers, 1):
        assert len(updates(each)) == 1 and len(requests(each, "/rd")) == (2 if number <= 2 else 1)
        assert moment(daemon, "NextUpdateTimestampMonotonic", number) > time.monotonic() + 100


def has_socket(daemon, port):
    """The daemon's own: another program may get a port as soon as it is free."""
    folder = f"/proc/{daemon.process.pid}/fd"
    own = {os.readlink(f"{folder}/{each}") for each in os.listdir(folder)}
    with open("/proc/net/udp", encoding="ascii") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return any(row[1].endswith(f":{port:04X}") and f"socket:[{row[9]}]" in own for row in rows)


def test_suspended_machine_closes_what_lingers(daemon, clock, server, bootstrap):
    """The session of a Finish lives on for 45 s, asleep too."""
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    port = bootstrap.requests(POST, "/bs")[0].port
    clock.sleep(30)
    for _ in range(20):     # as many turns of the loop
        daemon.get("Status")
    assert has_socket(daemon, port)
    clock.sleep(15)
    for _ in range(20):
        daemon.get("Status")
    assert not has_socket(daemon, port)
    assert daemon.status == "registered" and len(server.registrations) == 1


# --- a certificate, and a clock that has not been set ----------------------------------------------------


def under_ca(uri, ca):
    """The server's certificate has to be below this one: Certificate Usage 2."""
    return certified(uri, server_certificate_file=ca.certificate_file, server_name=pki.NAME,
                     certificate_usage="trust-anchor-assertion")


def test_certificate_waits_for_the_clock(daemon, clock, server, peers, pki):
    """One attempt is allowed, and none is used up while it is twenty years ago here."""
    front = peers.terminator(server.port, "", "", *certificate_modes(pki.good, pki.intermediate))
    daemon.start(settings(servers=[factory_server(front.uri) | under_ca(front.uri, pki.root)]))
    daemon.wait_server(1, "State", "retry-wait", 15)
    name, sentence = daemon.get_server(1, "LastError")
    assert name == "ClockNotSet"
    for words in "is not valid yet", "(issuer CN=", "depth ", "clock has not been set", "it says 20":
        assert words in sentence, sentence
    front.wait_event("alert", 3)
    daemon.wait_server(1, "State", "retry-wait")
    clock.set(0)
    server.wait_registration()
    daemon.wait_event("CLOCK_SET", "The clock was set: LwM2M Server 1 is tried again now.")


def test_bootstrap_waits_for_the_clock(daemon, clock, server, peers, pki):
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    front = peers.terminator(bootstrap.port, "", "", *certificate_modes(pki.good, pki.intermediate))
    config = settings(bootstrap.uri, retry_count=0)
    config["bootstrap"]["server"] = under_ca(front.uri, pki.root)
    daemon.start(config)
    front.wait_event("alert", 2)
    daemon.wait_property("SubStatus", "retry-wait")
    assert daemon.get("LastError")[0] == "ClockNotSet"
    assert daemon.get("Attempt") == 1
    clock.set(0)
    server.wait_registration()
