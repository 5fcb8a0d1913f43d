# SPDX-License-Identifier: Apache-2.0
"""GetHistory: what became of the last series of bootstrap attempts."""
import os
import time

import pytest

from daemon_clock import Clock
from harness import HASTY_COAP, factory_server, poll, settings, versioned
from lwm2m_peer import (CHANGED, PUT, TLV, account, account_values, code, finish, pack, read, security,
                        server_object, tlv_instance, write)

KEYS = {"Start": "t", "End": "t", "Trigger": "s", "Attempts": "u", "Server": "s", "Result": "s",
        "Sentence": "s", "Operations": "a(sssutt)", "OperationCount": "u"}


def history(daemon):
    series = daemon.call("GetHistory")[0]
    for each in series:
        assert {key: kind for key, (kind, _) in each.items()} == KEYS
    return [{key: value for key, (_, value) in each.items()} for each in series]


def operations(series):
    return [f"{method} {path} {answer}".rstrip() for method, path, answer, *_ in series["Operations"]]


def results(daemon):
    return [(each["Trigger"], each["Attempts"], each["Result"]) for each in history(daemon)]


def test_first_bootstrap(daemon, server, peers):
    """Its operations with bytes and times, our own request first."""
    script = [*account(server.uri), read("/1"), finish()]
    bootstrap = peers.bootstrap(script)
    before = time.time()
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    series, = history(daemon)
    assert (series["Trigger"], series["Attempts"], series["Result"]) == ("no-account", 1, "finished")
    assert (series["Server"], series["Sentence"]) == (bootstrap.uri, "")
    assert operations(series) == ["POST /bs 2.04", "PUT /0/1 2.04", "PUT /1/0 2.04", "GET /1 2.05",
                                  "POST /bs 2.04"]
    assert series["OperationCount"] == 5
    sent = [payload for *_, payload, _, _ in series["Operations"]]
    assert sent[0] == sent[4] == 0 and all(size > 0 for size in sent[1:4])
    starts = [start / 1e6 for *_, start, _ in series["Operations"]]
    assert starts == sorted(starts)
    assert before - 1 < series["Start"] / 1e6 <= starts[0] < starts[-1] < series["End"] / 1e6
    assert series["End"] / 1e6 < time.time() + 1
    assert all(duration < 5e6 for *_, duration in series["Operations"])


def test_every_request_of_ours(daemon, server, peers):
    """A Bootstrap-Pack-Request, one with a preferred Content-Format, and one without it."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[code("4.15"), CHANGED])
    daemon.start(versioned(settings(bootstrap.uri, preferred_content_format="senml-cbor"), "1.2"))
    daemon.wait_status("registered")
    series, = history(daemon)
    assert operations(series)[:3] == ["GET /bspack 4.04", "POST /bs 4.15", "POST /bs 2.04"]
    assert (series["Attempts"], series["Result"]) == (1, "finished")


def test_taken_pack_is_one_operation(daemon, server, peers):
    """With what it has brought."""
    bootstrap = peers.bootstrap(pack=pack(account_values(server.uri)))
    daemon.start(versioned(settings(bootstrap.uri), "1.2"))
    daemon.wait_status("registered")
    series, = history(daemon)
    assert operations(series) == ["GET /bspack 2.05"] and series["Operations"][0][3] > 50


def test_series_that_is_on(daemon, peers):
    """It is shown, with what has failed by now."""
    daemon.start(settings(peers.bootstrap(answer=code("4.00")).uri, retry_delay="60s"))
    daemon.wait_property("SubStatus", "retry-wait")
    series, = history(daemon)
    assert (series["Result"], series["End"], series["Attempts"]) == ("running", 0, 1)
    assert "4.00" in series["Sentence"] and operations(series) == ["POST /bs 4.00"]


def test_failed_attempts(daemon, peers):
    """Nobody answers: the request has no code, its duration is how long it was waited for."""
    daemon.start(settings(peers.black_hole().uri, coap=HASTY_COAP, retry_count=1))
    daemon.wait_status("failure")
    series, = history(daemon)
    assert (series["Result"], series["Attempts"]) == ("Timeout", 2)
    assert series["Sentence"] == daemon.get("LastError")[1]
    assert operations(series) == ["POST /bs"]
    *_, start, duration = series["Operations"][0]
    assert duration > 0.9e6 and start + duration <= series["End"]
    assert start > series["Start"] + 1.9e6      # of the second attempt, 1 s behind the end of the first


def test_refused_finish(daemon, peers):
    """What was written, that Finish was refused, and why."""
    bootstrap = peers.bootstrap([write("/0/0/0", b"x", cf=0), finish()])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0, timeout="1s"))
    daemon.wait_status("failure")
    series, = history(daemon)
    assert (series["Result"], series["Attempts"]) == ("InconsistentConfiguration", 1)
    assert operations(series)[0] == "POST /bs 2.04" and operations(series)[-1] == "POST /bs 4.06"
    assert series["Sentence"] == daemon.get("LastError")[1]


def test_triggers(daemon, server, bootstrap):
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    assert server.execute("/1/0/9").code_text == "2.04"
    server.wait_registration(2)
    daemon.wait_status("registered", number=2)
    daemon.bootstrap()
    server.wait_registration(3)
    daemon.wait_status("registered", number=3)
    assert results(daemon) == [("method", 1, "finished"), ("server-request", 1, "finished"),
                               ("no-account", 1, "finished")]


def test_failed_registration_is_a_trigger_and_restart_without_an_account_another(daemon, server, bootstrap,
                                                                                 peers):
    dead = peers.server(answer=code("4.03"))
    daemon.start(settings(bootstrap.uri, servers=[factory_server(dead.uri, 7)]))
    daemon.wait_status("registered")
    assert results(daemon) == [("registration-failed", 1, "finished")]
    bootstrap.answer = code("4.00")
    daemon.configure(settings(bootstrap.uri, retry_count=0))
    daemon.call("Reload")       # other accounts: as after Reset()
    daemon.wait_status("failure")
    assert results(daemon) == [("no-account", 1, "BootstrapRejected")]
    daemon.call("Restart")
    daemon.wait_status("failure", number=2)
    assert results(daemon) == [("restart", 1, "BootstrapRejected"), ("no-account", 1, "BootstrapRejected")]


@pytest.mark.parametrize("way", ["Restart", "Bootstrap"])
def test_series_that_another_one_takes_the_place_of(daemon, peers, way):
    daemon.start(settings(peers.bootstrap(answer=code("4.00")).uri, retry_delay="60s"))
    daemon.wait_property("SubStatus", "retry-wait")
    daemon.call(way, *(("a{sv}", ({},)) if way == "Bootstrap" else ()))
    daemon.await_(lambda: len(history(daemon)) == 2, 10, "a second series")
    second, first = history(daemon)
    assert (first["Result"], first["Attempts"]) == ("aborted", 1) and first["End"] > 0
    assert first["Sentence"] == ("A restart was asked for." if way == "Restart" else
                                 "Another series has begun in its place.")
    assert second["Trigger"] == ("restart" if way == "Restart" else "method")


def test_reset_forgets(registered, server):
    before, = history(registered)
    registered.call("Reset")
    registered.wait_status("registered", number=2)
    after, = history(registered)
    assert after["Start"] > before["End"] and after["Trigger"] == "no-account"


# --- over a restart ------------------------------------------------------------------------------------


def path(daemon, name="history"):
    return os.path.join(daemon.state_directory, name)


def wait_written(daemon):
    poll(lambda: os.path.exists(path(daemon)))


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_kept_over_a_restart(registered, server, way):
    """Byte for byte, times included, and the next ones come before it."""
    wait_written(registered)
    before = history(registered)
    getattr(registered, way)()
    registered.start()
    registered.wait_status("registered")
    assert history(registered) == before
    registered.bootstrap()
    server.wait_registration(3)
    registered.wait_status("registered", number=2)
    assert results(registered) == [("method", 1, "finished"), ("no-account", 1, "finished")]
    assert history(registered)[1:] == before


def test_series_that_an_orderly_stop_has_ended(daemon, peers):
    config = settings(peers.bootstrap(answer=code("4.00")).uri, retry_delay="60s")
    daemon.start(config)
    daemon.wait_property("SubStatus", "retry-wait")
    daemon.stop()
    daemon.start()
    daemon.await_(lambda: len(history(daemon)) == 2, 10, "a second series")
    series = history(daemon)[1]
    assert (series["Result"], series["Sentence"]) == ("aborted", "The daemon was stopped.")
    assert operations(series) == ["POST /bs 4.00"]


def test_series_that_a_power_cut_has_ended(daemon, peers):
    """One that is on for ten seconds is on the disk."""
    clock = Clock(daemon)
    daemon.start(settings(peers.bootstrap(answer=code("4.00")).uri, retry_delay="1h", retry_delay_max="1h"))
    daemon.wait_property("SubStatus", "retry-wait")
    assert not os.path.exists(path(daemon))
    clock.sleep(11)
    wait_written(daemon)
    daemon.kill()
    daemon.start()
    daemon.await_(lambda: len(history(daemon)) == 2, 10, "a second series")
    series = history(daemon)[1]
    assert series["Result"] == "aborted" and "power cut" in series["Sentence"]
    assert series["End"] >= series["Start"] > 0 and series["Attempts"] == 1


def test_times_move_with_the_clock(daemon, server, bootstrap):
    """Of the run before, too: it is the same boot."""
    clock = Clock(daemon, -86400)
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    before, = history(daemon)
    daemon.stop()
    daemon.start()
    daemon.wait_status("registered")
    assert history(daemon) == [before]
    status = daemon.get("StatusTimestamp")
    clock.set(0)
    daemon.wait_property("StatusTimestamp", lambda at: at > status + 86000e6)
    after, = history(daemon)
    for name in ("Start", "End"):
        assert abs(after[name] - before[name] - 86400e6) < 1e6
    for old, new in zip(before["Operations"], after["Operations"]):
        assert abs(new[4] - old[4] - 86400e6) < 1e6 and old[5] == new[5]


def test_clock_is_set_between_two_blocks(daemon, server, peers):
    """A Bootstrap-Write has begun by the clock of now, whatever it was then, and has not taken a day."""
    clock = Clock(daemon, 86400)
    body = tlv_instance(security(server.uri, 1))

    def script(bs, run):
        for number in range(-(-len(body) // 16)):
            if number == 2:
                clock.set(0)
                daemon.wait_log("The clock was set back by")
            bs.exchange(run.session, bs.block_message(run.session, PUT, "/0/1", TLV, body, number, 16))
        bs.step(run, write("/1/0", server_object(1)))
        bs.step(run, finish())
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    bootstrap.wait_run()
    daemon.wait_status("registered")
    series, = history(daemon)
    assert operations(series)[1] == "PUT /0/1 2.04"
    *_, start, duration = series["Operations"][1]
    assert series["Start"] <= start < start + duration <= series["End"]


def test_reset_forgets_the_file(registered, server, bootstrap):
    wait_written(registered)
    bootstrap.answer = None     # silent from now on
    registered.call("Reset")
    assert not os.path.exists(path(registered))
    registered.wait_status("bootstrapping", number=2)
    registered.kill()
    registered.start()
    assert all(series["Result"] == "running" for series in history(registered))


@pytest.mark.parametrize("content, aside", [(b"", "history.broken"),
                                            (b"LWM2MHI\n\0\2later", "history.format-2")])
def test_what_cannot_be_used_is_put_aside(registered, server, content, aside):
    """And never a reason not to start."""
    registered.stop()
    with open(path(registered), "wb") as file:
        file.write(content)
    registered.start()
    registered.wait_status("registered")
    registered.wait_log(f"it is kept as {aside}")
    assert history(registered) == [] and os.path.exists(path(registered, aside))


def test_write_that_fails_is_told_once_and_harms_nothing(daemon, server, bootstrap):
    os.mkdir(path(daemon, ".history.tmp"))
    daemon.start(settings(bootstrap.uri))
    daemon.wait_log(r"What became of the bootstraps \(.*\) cannot be written to the state directory")
    daemon.wait_status("registered")
    daemon.bootstrap()
    server.wait_registration(2)
    daemon.wait_status("registered", number=2)
    assert len(history(daemon)) == 2 and daemon.get("LastError") == ("", "")
    os.rmdir(path(daemon, ".history.tmp"))
    daemon.bootstrap()
    daemon.wait_event("STORAGE_WORKS", "What became of the bootstraps is written to .* again")
    assert daemon.stop() == 0
    assert sum("cannot be written to the state directory" in line for line in daemon.lines) == 1


def test_nothing_secret_is_in_it(registered, server):
    """It is what D-Bus shows, and no value that a Bootstrap Server has written."""
    wait_written(registered)
    with open(path(registered), "rb") as file:
        content = file.read()
    assert b"/bs" in content and server.uri.encode() not in content
