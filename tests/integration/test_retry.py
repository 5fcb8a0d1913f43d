# SPDX-License-Identifier: Apache-2.0
"""Failing bootstraps: how often, when, what D-Bus says meanwhile, and what comes after."""
import dataclasses
import time

import pytest

from harness import HASTY_COAP, HASTY_TRANSMIT_WAIT, START, factory_server, settings
from lwm2m_peer import (CHANGED, MAX_AGE, POST, Answer, account, closed_port, code, finish, security,
                        server_object, uint, write)

T = HASTY_TRANSMIT_WAIT
DELAY = 1.0     # retry_delay


def assert_at(times, expected, start):
    """Each within 10 % of its delay, but at least 150 ms for a busy machine."""
    found = [each - start for each in times]
    assert len(found) == len(expected), found
    for at, wanted in zip(found, expected):
        assert abs(at - wanted) <= max(0.15, wanted * 0.1), (found, expected)


def monotonic(daemon, name):
    """A ...TimestampMonotonic property in seconds."""
    return daemon.get(name) / 1e6


@pytest.mark.limit(60)
def test_silent_bootstrap_server(daemon, peers):
    """First transmissions at (2^k - 1) x delay + k x T, then failure; NextRetryTimestamp right each time."""
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, coap=HASTY_COAP, retry_count=3))
    start = silent.wait_request(POST, "/bs").time
    for attempt, delay in ((1, 1), (2, 2), (3, 4)):
        daemon.wait_property("SubStatus", "retry-wait")
        ended = start + (2 ** (attempt - 1) - 1) * DELAY + attempt * T
        assert abs(monotonic(daemon, "NextRetryTimestampMonotonic") - (ended + delay)) < 0.3
        wall = daemon.get("NextRetryTimestamp") / 1e6 - time.time()
        assert abs(wall - (ended + delay - time.monotonic())) < 0.3
        assert (daemon.get("Attempt"), daemon.get("RetryCount")) == (attempt, 3)
        assert daemon.get("LastError")[0] == "Timeout"
        daemon.wait_property("SubStatus", "requesting")
        assert daemon.get("NextRetryTimestampMonotonic") == 0
    daemon.wait_status("failure")
    failed = next(at for at, _, member, body in daemon.signals
                  if member == "StatusChanged" and body[1] == "failure")
    sent = [record.time for record in silent.received()]
    assert_at([*sent, failed], [(2 ** k - 1) * DELAY + k * T for k in range(4)] + [7 * DELAY + 4 * T], start)
    assert daemon.changes == [("initial", "bootstrapping", ""), ("bootstrapping", "failure", "Timeout")]
    assert daemon.get("SubStatus") == "stopped" and daemon.get("NextRetryTimestamp") == 0
    assert daemon.get("Attempt") == 4 and daemon.get("Bootstrapped") is False


def test_every_attempt_is_a_new_exchange(daemon, peers):
    """Port, token and Message ID differ between attempts; a retransmission keeps all three."""
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, retry_count=1))
    records = [silent.wait_request(POST, "/bs", number=n) for n in (1, 2, 3, 4)]
    keys = [(r.port, r.message.token, r.message.mid) for r in records]
    assert keys[0] == keys[1] and keys[2] == keys[3]
    assert all(first != second for first, second in zip(keys[0], keys[2]))
    assert len(keys[0][1]) == 8


def test_hold_off_comes_before_the_first_attempt_only(daemon, peers):
    silent = peers.black_hole()
    began = time.monotonic()
    daemon.start(settings(silent.uri, coap=HASTY_COAP, bootstrap_account={"client_hold_off_time": 1}))
    daemon.wait_property("SubStatus", "hold-off")
    assert 0.5 < monotonic(daemon, "NextRetryTimestampMonotonic") - time.monotonic() <= 1.1
    first, second = (silent.wait_request(POST, "/bs", number=n).time for n in (1, 2))
    assert first - began >= 1.0
    assert_at([second], [T + DELAY], first)
    daemon.wait_status("failure")
    daemon.call("Restart")
    third = silent.wait_request(POST, "/bs", number=3, timeout=0.9)
    assert third.message.query["ep"]


@pytest.mark.parametrize("cause", ["trigger", "reset"])
def test_hold_off_comes_again_after_a_trigger_and_reset(daemon, server, bootstrap, cause):
    daemon.start(settings(bootstrap.uri, bootstrap_account={"client_hold_off_time": 1}))
    server.wait_registration()
    daemon.wait_status("registered")
    began = time.monotonic()
    if cause == "trigger":
        assert server.execute("/1/0/9").code_text == "2.04"
    else:
        daemon.call("Reset")
    assert bootstrap.wait_request(POST, "/bs", number=2).time - began >= 1.0
    server.wait_registration(2)


def test_stay_waits_for_restart_and_then_begins_with_attempt_1(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[None, None])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=1))
    daemon.wait_status("failure")
    assert daemon.get("SubStatus") == "stopped"
    daemon.call("Restart")
    daemon.wait_status("registered")
    assert len(bootstrap.bootstrap_requests()) == 3 and daemon.get("Attempt") == 0
    assert daemon.get("LastError") == ("", "")
    assert daemon.changes[2][:2] == ("failure", "bootstrapping")


def test_restart_begins_again_with_attempt_1(daemon, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, coap=HASTY_COAP, retry_count=1, on_failure="restart",
                          restart_delay="2s"))
    daemon.wait_status("failure")
    daemon.wait_property("SubStatus", "retry-wait")
    failed = time.monotonic()
    assert abs(monotonic(daemon, "NextRetryTimestampMonotonic") - failed - 2) < 0.3
    third = silent.wait_request(POST, "/bs", number=3)
    assert 1.7 <= third.time - failed <= 2.4
    daemon.wait_property("Attempt", 1)
    daemon.wait_status("failure", number=2)
    assert daemon.changes[2][:2] == ("failure", "bootstrapping")


def test_attempt_is_0_again_after_restart_delay(daemon, peers):
    """The known servers come first then, and no series runs."""
    config = settings(peers.black_hole().uri, [factory_server(peers.black_hole().uri)], coap=HASTY_COAP,
                      retry_count=0, on_failure="restart", restart_delay="1s")
    daemon.start(config)
    daemon.wait_status("failure")
    assert daemon.get("Attempt") == 1
    daemon.wait_status("registering", number=2)
    assert daemon.get("Attempt") == 0


def test_bootstrap_on_d_bus_starts_at_once_in_retry_wait(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[code("5.03")])
    daemon.start(settings(bootstrap.uri, retry_delay="60s"))
    daemon.wait_property("SubStatus", "retry-wait")
    daemon.bootstrap()
    daemon.wait_status("registered", timeout=3)


def test_max_age_of_a_refusal_delays_the_next_attempt(daemon, server, peers):
    """The longer of it and of the back-off counts, and is shown; whoever calls Bootstrap() does not wait."""
    busy = Answer(code("5.03"), options=[(MAX_AGE, uint(4))])
    bootstrap = peers.bootstrap([*account(server.uri), finish()],
                                answers=[busy, dataclasses.replace(busy, options=[(MAX_AGE, uint(600))])])
    daemon.start(settings(bootstrap.uri, retry_count=2))
    daemon.wait_property("SubStatus", "retry-wait")
    first = bootstrap.first_transmissions()[0].time
    assert abs(daemon.get("NextRetryTimestampMonotonic") / 1e6 - first - 4) < 0.5
    daemon.wait_log("attempt 2 of 3 begins in 4 s|attempt 2 of 3 begins in 3 s")
    assert "answered 5.03 (Max-Age 4 s)" in daemon.get("LastError")[1]
    daemon.wait_log(r"5\.03 \(Max-Age 600 s\)")
    assert_at([record.time for record in bootstrap.first_transmissions()], [0, 4], first)
    daemon.bootstrap()
    daemon.wait_status("registered", timeout=5)


def test_max_age_outlives_the_series(daemon, server, peers):
    """The end of `restart_delay` does not cut it short."""
    busy = Answer(code("5.03"), options=[(MAX_AGE, uint(4))])
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[busy])
    daemon.start(settings(bootstrap.uri, retry_count=0, on_failure="restart", restart_delay="1s"))
    daemon.wait_status("registered")
    sent = [record.time for record in bootstrap.first_transmissions()]
    assert_at(sent, [0, 4], sent[0])


def test_delay_is_capped(daemon, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, coap=HASTY_COAP, retry_count=3, retry_delay_max="1s"))
    daemon.wait_status("failure")
    sent = [record.time for record in silent.received()]
    assert_at(sent, [k * (T + DELAY) for k in range(4)], sent[0])


@pytest.mark.parametrize("answer, name", [("4.00", "BootstrapRejected"), ("5.03", "BootstrapRejected"),
                                          ("4.03", "BootstrapRejected")])
def test_rejected_bootstrap_request(daemon, peers, answer, name):
    bootstrap = peers.bootstrap(answer=Answer(code(answer), b"not today"))
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("failure")
    error, sentence = daemon.get("LastError")
    assert error == name and answer in sentence and "not today" in sentence
    assert len(bootstrap.bootstrap_requests()) == 2
    assert daemon.changes[-1] == ("bootstrapping", "failure", name)


@pytest.mark.parametrize("answer", ["4.04", "4.05"])
def test_another_server_than_a_bootstrap_server(daemon, peers, answer):
    """As an LwM2M Server answers, or one behind another path: the URI is what to look at."""
    daemon.start(settings(peers.bootstrap(answer=code(answer)).uri, retry_count=0))
    daemon.wait_status("failure")
    said = daemon.get("LastError")[1]
    assert "Check that the URI, with its path, is that of a Bootstrap Server, and that" in said


def test_another_server_than_an_lwm2m_server(daemon, bootstrap):
    daemon.start(settings(servers=[factory_server(bootstrap.uri)]))
    daemon.wait_status("failure")
    said = daemon.get("LastError")[1]
    assert "Check that the URI, with its path, is that of an LwM2M Server, and that" in said


def test_port_of_coaps_without_dtls(daemon, peers):
    """A DTLS server drops what is no record."""
    hole = peers.black_hole(host="127.86.42.1", port=5684)
    daemon.start(settings(hole.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("failure")
    name, sentence = daemon.get("LastError")
    assert name == "Timeout" and sentence.endswith("Port 5684 is that of coaps://, of DTLS.")


def test_closed_port_is_refused(daemon):
    daemon.start(settings(f"coap://127.0.0.1:{closed_port()}"))
    daemon.wait_status("failure")
    assert daemon.get("LastError")[0] == "Refused"


def test_unknown_name_does_not_resolve(daemon):
    daemon.start(settings("coap://does-not-exist.invalid"))
    daemon.wait_status("failure")
    assert daemon.get("LastError")[0] == "NameResolutionFailed"
    assert "does-not-exist.invalid" in daemon.get("LastError")[1]


def test_server_that_accepts_and_never_finishes_is_silent(daemon, server, peers):
    bootstrap = peers.bootstrap(account(server.uri))
    daemon.start(settings(bootstrap.uri, timeout="1s", retry_count=0))
    daemon.wait_status("failure")
    assert daemon.get("LastError")[0] == "ServerSilent"
    assert not server.records and daemon.get("Bootstrapped") is False


def test_garbage_does_not_keep_a_session_open(daemon, peers):
    """Only an operation answered with success re-arms the session timer."""
    def refused_for_ever(bootstrap, result):
        while len(result.results) < 50:
            bootstrap.step(result, write("/4242/0", {0: 1}, timeout=0.5))
            time.sleep(0.1)
    bootstrap = peers.bootstrap(refused_for_ever)
    daemon.start(settings(bootstrap.uri, timeout="1s", retry_count=0))
    began = bootstrap.wait_request(POST, "/bs").time
    daemon.wait_status("failure")
    assert time.monotonic() - began < 2
    assert daemon.get("LastError")[0] == "ServerSilent"


def test_inconsistent_finish_and_then_nothing(daemon, peers):
    bootstrap = peers.bootstrap([write("/1/0", {0: 1}), finish()])
    daemon.start(settings(bootstrap.uri, timeout="1s", retry_count=0))
    assert bootstrap.wait_run().codes == ["2.04", "4.06"]
    daemon.wait_status("failure")
    name, sentence = daemon.get("LastError")
    assert name == "InconsistentConfiguration" and "/" in sentence


# what the accounts of a refused Finish are -> what LastError and the 4.06 say of them
REFUSED = {
    "ids": ([write("/0/1", security("coap://h", 123)), write("/1/0", server_object(105))],
            ["/0/1/10 has the Short Server ID 123", "/1/0/0 has the Short Server ID 105"]),
    "mode": (account("coaps://h", mode=1), ["mode 1 (rpk) of /0/1/2"]),
    "transport": (account("coap+tcp://h"), ["scheme coap+tcp of /0/1/0"]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_last_error_of_a_refused_finish_names_instances_and_values(daemon, peers, name):
    writes, words = REFUSED[name]
    bootstrap = peers.bootstrap([*writes, finish()])
    daemon.start(settings(bootstrap.uri, timeout="1s", retry_count=0))
    refused = bootstrap.wait_run().response(-1)
    assert refused.code_text == "4.06" and all(word in refused.text for word in words)
    daemon.wait_status("failure")
    name, sentence = daemon.get("LastError")
    assert name == "InconsistentConfiguration" and all(word in sentence for word in words)


@pytest.mark.limit(60)
def test_fallback_to_last_good_when_all_that_is_new_is_dead(registered, server, bootstrap):
    """A successful bootstrap with dead accounts cannot lose the device."""
    dead = f"coap://127.0.0.1:{closed_port()}"
    bootstrap.script = [*account(dead, r17=1), finish()]
    bootstrap.answers.append(CHANGED)
    bootstrap.answer = None     # silent after the second bootstrap
    registered.bootstrap()
    bootstrap.wait_run(2)
    assert server.wait_registration(2).query["lt"] == "300"
    registered.wait_status("registered", number=2)
    registered.wait_log("last-good")
    assert not any(new == "failure" for _, new, _ in registered.changes), "last-good is tried at once"
    assert len(bootstrap.first_transmissions()) == 3, "both attempts of the series, then the fallback"
    registered.kill()
    registered.start()
    server.wait_registration(3)


def test_failed_series_while_a_server_is_registered_keeps_it(daemon, server, peers):
    """Status is that of the servers again, LastError stays, no session is closed."""
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, [factory_server(server.uri)], coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("registered")
    daemon.bootstrap()
    daemon.wait_status("registered", number=2)
    assert [change[1] for change in daemon.changes[2:]] == ["bootstrapping", "registered"]
    assert daemon.get("LastError")[0] == "Timeout"
    assert len(server.registrations) == 1 and server.registrations[0].active


def test_attempt_goes_on_over_a_finish_that_leads_nowhere(daemon, server, peers):
    """The counter is not reset by Finish but by a registration; then a new series begins with attempt 1."""
    dead = f"coap://127.0.0.1:{closed_port()}"
    scripts = [[*account(dead, r17=1), finish()], [*account(server.uri), finish()]]
    bootstrap = peers.bootstrap(lambda bs, result: [bs.step(result, step) for step in scripts.pop(0)])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, bootstrap_account={"client_hold_off_time": 1}))
    daemon.wait_status("bootstrapping", number=2)
    assert daemon.get("SubStatus") == "retry-wait" and daemon.get("Attempt") in (1, 2)
    daemon.wait_status("registered")
    first, second = bootstrap.first_transmissions()
    assert 0.8 <= second.time - first.time <= 2.5, "the delay of a retry and no hold-off"
    assert daemon.get("Attempt") == 0
    assert daemon.changes[:3] == START[:3]
