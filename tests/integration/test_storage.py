# SPDX-License-Identifier: Apache-2.0
"""Storage that fails, and files that are damaged in every way (design.md 7)."""
import os
import re

import pytest

from harness import factory_server, settings
from lwm2m_peer import CHANGED, POST, SILENCE, TEXT, account, code, finish


def path(daemon, name):
    return os.path.join(daemon.state_directory, name)


def block(daemon):
    """Nothing can be written: the place of `current` is a directory with a file in it."""
    if os.path.exists(path(daemon, "current")):
        os.unlink(path(daemon, "current"))
    os.makedirs(path(daemon, "current/in-the-way"))


def unblock(daemon):
    os.rmdir(path(daemon, "current/in-the-way"))
    os.rmdir(path(daemon, "current"))


def test_write_of_a_server_is_answered_although_storage_fails(registered, server):
    """The value counts at once; LastError goes with the next write that succeeds."""
    block(registered)
    assert server.write("/1/0/5", b"61").code_text == "2.04"
    registered.wait_property("LastError", lambda error: error[0] == "StorageFailed")
    assert registered.status == "registered" and server.read("/1/0/5", accept=TEXT).payload == b"61"
    assert "state directory" in registered.get("LastError")[1]
    unblock(registered)
    assert server.write("/1/0/5", b"62").code_text == "2.04"
    registered.wait_property("LastError", ("", ""))
    registered.kill()
    registered.start()
    server.wait_registration(2)
    assert server.read("/1/0/5", accept=TEXT).payload == b"62"


def test_registration_does_not_clear_a_storage_failure(registered, server):
    block(registered)
    assert server.write("/1/0/5", b"61").code_text == "2.04"
    registered.wait_property("LastError", lambda error: error[0] == "StorageFailed")
    registered.call("Restart")
    server.wait_registration(2)
    registered.wait_status("registered", number=2)
    assert registered.get("LastError")[0] == "StorageFailed"


@pytest.mark.parametrize("cause", ["bootstrap.server", "servers", "damaged"])
def test_failed_write_at_start_is_shown_at_once(registered, server, bootstrap, cause):
    """What a changed YAML or a damaged file brings is in force, and READY=1 says that it is not stored."""
    registered.stop()
    server.answer = SILENCE     # a registration would store it too
    config = settings(bootstrap.uri)
    if cause == "bootstrap.server":
        config["bootstrap"]["server"]["client_hold_off_time"] = 600
    elif cause == "servers":
        config["servers"] = [factory_server(server.uri, 9)]
    else:
        with open(path(registered, "current"), "wb") as file:
            file.write(b"damage")
    os.mkdir(path(registered, ".current.tmp"))
    registered.start(config)
    name, sentence = registered.get("LastError")
    assert name == "StorageFailed" and "state directory" in sentence and "every minute" in sentence
    registered.wait_event("STORAGE_FAILED", re.escape(sentence))


@pytest.mark.limit(90)
def test_failed_write_is_tried_again_by_itself(registered, server, bootstrap):
    """After 60 s; the configuration accepted last too, and a start with an empty file goes on with it."""
    kept = path(registered, "configuration")
    os.unlink(kept)
    os.makedirs(os.path.join(kept, "in-the-way"))
    registered.configure({**settings(bootstrap.uri), "device": {"manufacturer": "kept"}})
    registered.call("Reload")
    registered.wait_event("STORAGE_FAILED",
                          "The configuration cannot be kept in .*; it is tried again every minute")
    block(registered)
    assert server.write("/1/0/5", b"61").code_text == "2.04"
    registered.wait_property("LastError", lambda error: error[0] == "StorageFailed")
    unblock(registered)
    os.rmdir(os.path.join(kept, "in-the-way"))
    os.rmdir(kept)
    registered.wait_property("LastError", ("", ""), timeout=70)
    registered.wait_event("STORAGE_WORKS", "The configuration is kept in ")
    registered.kill()
    registered.configure("")
    registered.start()
    server.wait_registration(2)
    assert server.read("/1/0/5", accept=TEXT).payload == b"61"
    assert server.read("/3/0/0", accept=TEXT).payload == b"kept"


def test_reset_that_cannot_be_stored_is_refused(registered, server, bootstrap):
    """Nothing has changed, on the disk either: `last-good` is still there."""
    with open(path(registered, "last-good"), "rb") as file:
        before = file.read()
    block(registered)
    assert registered.error_of("Reset") == "org.lwm2m.Client1.Error.StorageFailed"
    assert registered.status == "registered" and server.registrations[0].active
    assert len(bootstrap.bootstrap_requests()) == 1
    with open(path(registered, "last-good"), "rb") as file:
        assert file.read() == before


def test_reset_removes_last_good(registered, bootstrap):
    bootstrap.answer = None
    assert os.path.exists(path(registered, "last-good"))
    registered.call("Reset")
    registered.wait_status("bootstrapping", number=2)
    assert not os.path.exists(path(registered, "last-good"))


def test_reset_removes_whatever_may_hold_a_key(registered, bootstrap):
    """Damaged files, those of a newer version, temporary ones that a power cut left behind."""
    bootstrap.answer = None
    for name in ("current.broken", "last-good.broken", "current.format-3", ".current.tmp"):
        with open(path(registered, name), "wb") as file:
            file.write(b"a key")
    registered.call("Reset")
    registered.wait_status("bootstrapping", number=2)
    for name in os.listdir(registered.state_directory):
        with open(path(registered, name), "rb") as file:
            assert b"a key" not in file.read(), name


DAMAGE = {
    "garbage": b"\xff" * 100,
    "one-byte": b"L",
    "text": b"current\n",
    "half": None,
    "twice": None,
    "huge": bytes(3 << 20),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_files_at_start(registered, server, bootstrap, name):
    """Kept as .broken, told in the journal; the start goes on with the YAML's accounts."""
    registered.stop()
    for each in ("current", "last-good"):
        with open(path(registered, each), "rb") as file:
            good = file.read()
        content = {"half": good[:len(good) // 2], "twice": good + good}.get(name, DAMAGE[name])
        with open(path(registered, each), "wb") as file:
            file.write(content)
    registered.start()
    registered.wait_status("registered")
    assert len(bootstrap.first_transmissions()) == 2
    assert registered.wait_log("current is damaged") and registered.wait_log("last-good is damaged")
    for each in ("current", "last-good"):
        assert os.path.exists(path(registered, each + ".broken"))


def test_directories_where_the_files_should_be(registered, server, bootstrap):
    """They count as damaged too, and the new files take their place."""
    registered.stop()
    for each in ("current", "last-good"):
        os.unlink(path(registered, each))
        os.makedirs(path(registered, each + "/in-the-way"))
    registered.start()
    registered.wait_status("registered")
    assert registered.get("LastError") == ("", "")
    registered.kill()
    registered.start()
    server.wait_registration(3)
    assert len(bootstrap.first_transmissions()) == 2


def test_left_over_temporary_file_does_no_harm(registered, server):
    registered.stop()
    for each in ("current", "last-good"):
        with open(path(registered, each + ".tmp"), "wb") as file:
            file.write(b"half a file")
    registered.start()
    server.wait_registration(2)
    assert server.write("/1/0/5", b"60").code_text == "2.04"


def test_what_is_never_written(registered, server):
    """Neither the location of a registration nor the key of a session: a restart registers anew."""
    location = server.registrations[0].location[-1].encode()
    registered.stop()
    for each in ("current", "last-good"):
        with open(path(registered, each), "rb") as file:
            assert location not in file.read()


def test_unproven_accounts_do_not_become_last_good(registered, server, bootstrap, peers):
    """Until a registration succeeds with them."""
    with open(path(registered, "last-good"), "rb") as file:
        before = file.read()
    refusing = peers.server(answers=[code("5.03")])
    bootstrap.script = [*account(refusing.uri, r17=2, r18=2), finish()]
    registered.bootstrap()
    refusing.wait_request(POST, "/rd")
    with open(path(registered, "last-good"), "rb") as file:
        assert file.read() == before
    refusing.wait_registration()
    registered.wait_status("registered", number=2)
    with open(path(registered, "last-good"), "rb") as file:
        assert file.read() != before


def test_fall_back_lasts_over_a_restart(daemon, server, bootstrap, peers):
    """What `last-good` brought back is `current` again."""
    daemon.start(settings(bootstrap.uri, retry_count=0))
    daemon.wait_status("registered")
    dead = peers.server(answer=code("4.03"))
    bootstrap.script = [*account(dead.uri), finish()]
    bootstrap.answers.append(CHANGED)
    bootstrap.answer = code("5.03")
    daemon.bootstrap()
    server.wait_registration(2)
    daemon.wait_status("registered", number=2)
    daemon.kill()
    os.unlink(path(daemon, "last-good"))
    daemon.start()
    server.wait_registration(3)


def test_damaged_last_good_at_a_fall_back(daemon, server, bootstrap, peers):
    """Kept as .broken, told in the journal; the YAML's accounts are in force again."""
    own = peers.server()
    daemon.start(settings(bootstrap.uri, [factory_server(own.uri)], retry_count=0))
    daemon.bootstrap()
    daemon.wait_log(f"Registered with LwM2M Server 1 at {server.uri}")
    daemon.wait_property("Status", "registered")    # its answer comes after last-good was written
    with open(path(daemon, "last-good"), "wb") as file:
        file.write(b"damage")
    bootstrap.script = [*account(peers.server(answer=code("4.03")).uri), finish()]
    bootstrap.answers.append(CHANGED)
    bootstrap.answer = code("5.03")
    daemon.bootstrap()
    daemon.wait_log("of the configuration are in force again")
    assert daemon.wait_log("last-good is damaged") and os.path.exists(path(daemon, "last-good.broken"))


def test_last_bootstrap_is_known_after_a_restart(registered):
    """Not "Bootstrapped: yes" beside "Last bootstrap: never"."""
    before = registered.get("LastBootstrapTimestamp")
    monotonic = registered.get("LastBootstrapTimestampMonotonic")
    registered.kill()
    registered.start()
    registered.wait_status("registered")
    assert registered.get("LastBootstrapTimestamp") == before
    assert abs(registered.get("LastBootstrapTimestampMonotonic") - monotonic) < 1_000_000


def test_rollback_to_an_older_version_and_back(registered, server, bootstrap):
    """A file of a newer format is left for the daemon that reads it, and taken back by it."""
    registered.stop()
    accounts = path(registered, "current")
    with open(accounts, "rb") as file:
        ours = file.read()
    os.unlink(path(registered, "last-good"))
    with open(accounts, "wb") as file:
        file.write(ours[:8] + b"\0\x63" + ours[10:])
    bootstrap.answer = SILENCE
    registered.start()
    registered.wait_status("bootstrapping")
    assert registered.wait_event("STORAGE_RECOVERED", "current was written by a newer version")
    assert os.path.exists(accounts + ".format-99") and not os.path.exists(accounts + ".broken")
    registered.stop()

    with open(accounts + ".format-2", "wb") as file:
        file.write(ours)
    registered.start()
    server.wait_registration(2)
    assert registered.wait_event("STORAGE_RECOVERED",
                                 "taken back") and os.path.exists(accounts + ".format-99")
    assert not os.path.exists(accounts + ".format-2")
