# SPDX-License-Identifier: Apache-2.0
"""state_encryption: what is on the disk, and what happens where the key is not at hand (design.md 12)."""
import os
import re
import subprocess

import pytest

from daemon_clock import Clock
from harness import CLIENTD, START, settings
from lwm2m_peer import TEXT, account, delete, finish

KEY, OTHER = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2, "11" * 32
FILES = ["configuration", "current", "history", "last-good"]
MARK = b"coap://127.0.0.1"     # stands in every file that is not encrypted


def path(daemon, name):
    return os.path.join(daemon.state_directory, name)


def content(daemon, name):
    with open(path(daemon, name), "rb") as file:
        return file.read()


def everything(daemon):
    """{name: content} of the state directory, the lock aside."""
    names = sorted(os.listdir(daemon.state_directory))
    return {name: content(daemon, name) for name in names if name != "lock"}


def is_clear(daemon):
    """Of each file, whether its content can be read."""
    return {name: MARK in data for name, data in everything(daemon).items()}


def encrypted(bootstrap, name="state.key", **keys):
    return {**settings(bootstrap.uri, **keys), "state_encryption": {"key_file": name}}


class Keys:
    """Key files beside the YAML."""

    def __init__(self, daemon):
        self.daemon = daemon

    def path(self, name="state.key"):
        return os.path.join(self.daemon.folder, name)

    def put(self, text=KEY, name="state.key"):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.path(name), 0o600)

    def take(self, name="state.key"):
        os.unlink(self.path(name))


@pytest.fixture
def keys(daemon):
    made = Keys(daemon)
    made.put()
    return made


@pytest.fixture
def stored(daemon, keys, server, bootstrap):
    """Bootstrapped and registered with encryption, and stopped."""
    daemon.start(encrypted(bootstrap))
    daemon.wait_status("registered")
    server.wait_registration()
    daemon.stop()
    assert is_clear(daemon) == dict.fromkeys(FILES, False)
    return daemon


def start_locked(daemon, config=None):
    daemon.start(config)
    name, sentence = daemon.wait_property("LastError", lambda error: error[0])
    assert name == "CredentialUnusable"
    assert (daemon.get("Status"), daemon.get("SubStatus")) == ("initial", "loading")
    assert 50e6 < daemon.get("NextRetryTimestampMonotonic") - daemon.get("StatusTimestampMonotonic") < 70e6
    daemon.await_(lambda: any("STATUS=Loading the accounts, next attempt at" in each and sentence in each
                              for each in daemon.notifications), 5, "STATUS= with the sentence")
    return sentence


def test_everything_is_encrypted_and_read_again(stored, server):
    """Without another bootstrap; every file anew has another nonce."""
    assert [os.stat(path(stored, name)).st_mode & 0o777 for name in FILES] == [0o600] * len(FILES)
    stored.start()
    server.wait_registration(2)
    assert server.write("/1/0/5", b"99").code_text == "2.04"
    stored.kill()
    assert not any(is_clear(stored).values())
    stored.start()
    server.wait_registration(3)
    assert server.read("/1/0/5", accept=TEXT).payload == b"99"


def damaged(daemon, name):
    with open(path(daemon, name), "r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"???")


def test_damaged_is_not_locked(stored, server, bootstrap):
    damaged(stored, "current")
    stored.start()
    server.wait_registration(2)
    assert os.path.exists(path(stored, "current.broken"))
    assert len(bootstrap.bootstrap_requests()) == 1


@pytest.mark.parametrize("last", ["server", "finish"])
def test_power_cut_during_a_bootstrap(stored, server, bootstrap, peers, last):
    new = peers.server()
    new.silent = True
    script = [delete("/"), *account(new.uri, lifetime=77), finish()]

    def cut(bs, result):
        for step in script[:3 if last == "server" else 4]:
            bs.step(result, step)
        stored.kill()
    stored.start()
    server.wait_registration(2)
    bootstrap.script = cut
    stored.bootstrap()
    bootstrap.wait_run(2)
    stored.wait_exit()
    new.silent = False
    known, before = (new, 0) if last == "finish" else (server, 2)
    stored.start()
    assert known.wait_registration(before + 1).query["lt"] == ("77" if last == "finish" else "300")
    assert not any(is_clear(stored).values())


@pytest.mark.parametrize("harm", ["missing", "another", "short", "no YAML", "empty YAML"])
def test_wrong_or_missing_key_loses_nothing(stored, keys, server, bootstrap, harm):
    """Nothing is renamed, bootstrapped or written; and it goes on as soon as the key is back."""
    before = everything(stored)
    if harm == "another":
        keys.put(OTHER)
    elif harm == "short":
        keys.put("1234")
    else:
        keys.take()
    if harm == "no YAML":
        os.unlink(stored.config)
    elif harm == "empty YAML":
        stored.configure("")
    sentence = start_locked(stored)
    assert keys.path() in sentence and KEY not in sentence and OTHER not in sentence
    stored.wait_event("KEY_MISSING", re.escape(sentence))
    assert stored.error_of("Bootstrap", "a{sv}", ({},)) == "org.lwm2m.Client1.Error.InvalidConfiguration"
    assert stored.error_of("Restart") == "org.lwm2m.Client1.Error.InvalidConfiguration"
    assert stored.stop() == 0
    assert everything(stored) == before
    assert len(bootstrap.bootstrap_requests()) == 1 and len(server.registrations) == 1

    start_locked(stored)
    assert everything(stored) == before
    keys.put()
    if harm.endswith("YAML"):
        assert stored.error_of("Reload") == "org.lwm2m.Client1.Error.InvalidConfiguration"
        assert stored.get("ConfigurationProblem")
    else:
        stored.call("Reload")
    server.wait_registration(2)
    stored.wait_status("registered")
    assert stored.get("LastError") == ("", "") and stored.get("NextRetryTimestamp") == 0
    assert len(bootstrap.bootstrap_requests()) == 1
    assert not any(is_clear(stored).values())


def test_key_is_read_again_every_minute(stored, keys, server, bootstrap):
    clock = Clock(stored)
    keys.take()
    stored.start()
    stored.wait_property("LastError", lambda error: error[0] == "CredentialUnusable")
    keys.put()
    clock.sleep(60)
    stored.wait_status("registered")
    assert stored.changes == [("initial", "registering", ""), ("registering", "registered", "")]
    assert len(bootstrap.bootstrap_requests()) == 1


def test_first_start_without_the_key_writes_nothing(daemon, server, bootstrap):
    start_locked(daemon, encrypted(bootstrap))
    assert everything(daemon) == {} and bootstrap.bootstrap_requests() == []
    assert daemon.error_of("Reset") == "org.lwm2m.Client1.Error.StorageFailed"
    assert everything(daemon) == {}
    Keys(daemon).put()
    daemon.call("Reload")
    daemon.wait_changes(START)
    assert is_clear(daemon) == dict.fromkeys(FILES, False)


def test_reset_begins_anew_with_another_key(stored, keys, server, bootstrap):
    keys.put(OTHER)
    start_locked(stored)
    stored.call("Reset")
    stored.wait_status("registered")
    assert len(bootstrap.first_transmissions()) == 2 and stored.get("LastError") == ("", "")
    assert is_clear(stored) == dict.fromkeys(FILES, False)
    stored.stop()
    stored.start()
    server.wait_registration(3)
    stored.wait_status("registered")
    assert len(bootstrap.first_transmissions()) == 2


def test_reset_without_the_key_or_the_yaml_is_refused(stored, keys):
    before = everything(stored)
    keys.take()
    start_locked(stored)
    assert stored.error_of("Reset") == "org.lwm2m.Client1.Error.StorageFailed"
    stored.stop()
    stored.configure("")
    start_locked(stored)
    assert stored.error_of("Reset") == "org.lwm2m.Client1.Error.InvalidConfiguration"
    assert everything(stored) == before


def test_lost_yaml_finds_the_key_by_the_header(stored, server, bootstrap):
    os.unlink(stored.config)
    stored.start()
    server.wait_registration(2)
    assert stored.get("ConfigurationProblem")
    assert len(bootstrap.bootstrap_requests()) == 1 and not any(is_clear(stored).values())


@pytest.mark.parametrize("how", ["start", "reload"])
def test_encryption_is_turned_on_and_off(daemon, keys, server, bootstrap, how):
    """What is there is written anew, what was put aside too; no bootstrap, no new session at a reload."""
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    with open(path(daemon, "current.broken"), "wb") as file:
        file.write(MARK)
    names = [*FILES, "current.broken"]

    def apply(config):
        daemon.configure(config)
        if how == "start":
            daemon.stop()
            daemon.start()
            daemon.wait_status("registered")
        else:
            number = sum("is in force" in line for line in daemon.lines) + 1
            daemon.call("Reload")
            daemon.wait_log("The configuration .* is in force", number=number)
        return {name: clear for name, clear in is_clear(daemon).items() if name in names}
    assert apply(encrypted(bootstrap)) == dict.fromkeys(names, False)
    keys.put(OTHER, "other.key")
    assert apply(encrypted(bootstrap, "other.key")) == dict.fromkeys(names, False)
    keys.take()     # the old one is not needed any more
    assert apply(encrypted(bootstrap, "other.key")) == dict.fromkeys(names, False)
    assert apply(settings(bootstrap.uri)) == dict.fromkeys(names, True)
    assert len(bootstrap.bootstrap_requests()) == 1
    assert len(server.registrations) == (5 if how == "start" else 1)


def test_key_that_goes_away_while_the_daemon_runs(daemon, keys, server, bootstrap):
    """It counts as unchanged at a reload, and that is said; another place without a key is refused."""
    daemon.start(encrypted(bootstrap))
    daemon.wait_status("registered")
    keys.take()
    daemon.call("Reload")
    daemon.wait_property("ConfigurationProblem", lambda text: "the key of before stays" in text)
    assert server.write("/1/0/5", b"99").code_text == "2.04"
    assert not any(is_clear(daemon).values())
    daemon.configure(encrypted(bootstrap, "nowhere.key"))
    assert daemon.error_of("Reload") == "org.lwm2m.Client1.Error.InvalidConfiguration"
    keys.put()
    daemon.configure(encrypted(bootstrap))
    daemon.call("Reload")
    daemon.wait_property("ConfigurationProblem", "")


@pytest.mark.parametrize("text, sentence", [
    (None, "'key_file' names a file that does not exist"),
    ("1234", "'key_file' names a file that does not hold 32 bytes as hexadecimal text")])
def test_check_config_reads_the_key(daemon, text, sentence):
    """An error for who checks, not 78 at a start; a credential is the service's alone."""
    config = {**settings("coap://127.0.0.1"), "state_encryption": {"key_file": "state.key"}}
    daemon.configure(config)
    os.chmod(daemon.config, 0o600)
    if text:
        Keys(daemon).put(text)
    check = [CLIENTD, f"--config={daemon.config}", "--check-config"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 78 and done.stderr.endswith(f": {sentence}\n")
    daemon.configure({**config, "state_encryption": {"key_credential": "state-key"}})
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "is not checked: only the service gets its credentials" in done.stderr


def test_key_that_is_replaced_in_place(daemon, keys, server, bootstrap):
    """A reload while the daemon runs knows the old one still; so does nothing after it."""
    daemon.start(encrypted(bootstrap))
    daemon.wait_status("registered")
    keys.put(OTHER)
    daemon.call("Reload")
    daemon.wait_event("CONFIGURATION_IN_FORCE", "The configuration .* is in force")
    daemon.stop()
    daemon.start()
    server.wait_registration(2)
    daemon.wait_status("registered")
    assert len(bootstrap.bootstrap_requests()) == 1 and not any(is_clear(daemon).values())
