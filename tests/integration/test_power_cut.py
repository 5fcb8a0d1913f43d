# SPDX-License-Identifier: Apache-2.0
"""What is kept across SIGKILL and damaged files; a bootstrap without an accepted Finish leaves nothing."""
import os
import stat
import time

import pytest

from harness import settings
from lwm2m_peer import TEXT, account, delete, finish

STEPS = ["delete", "security", "server", "finish"]


def state_file(daemon, name):
    return os.path.join(daemon.state_directory, name)


@pytest.mark.parametrize("last", STEPS)
def test_sigkill_during_and_after_a_bootstrap(registered, server, bootstrap, peers, last):
    """Before Finish the next start registers with the old server, right after its 2.04 with the new one."""
    new = peers.server()
    new.silent = True       # a registration would store the accounts, too
    script = [delete("/"), *account(new.uri, lifetime=77), finish()]

    def cut(bs, result):
        for step in script[:STEPS.index(last) + 1]:
            bs.step(result, step)
        registered.kill()
    bootstrap.script = cut
    registered.bootstrap()
    codes = bootstrap.wait_run(2).codes
    assert codes == ["2.02", "2.04", "2.04", "2.04"][:len(codes)] and len(codes) == STEPS.index(last) + 1
    new.silent = False
    known, before = (new, 0) if last == "finish" else (server, len(server.registrations))
    registered.start()
    registration = known.wait_registration(before + 1)
    assert registration.query["lt"] == ("77" if last == "finish" else "300")
    registered.wait_status("registered")
    assert [change[1] for change in registered.changes] == ["registering", "registered"]
    assert len(bootstrap.first_transmissions()) == 2, "the start must send no POST /bs"


def test_sigkill_of_a_first_bootstrap_begins_it_again(daemon, server, peers):
    scripts = [None, [*account(server.uri), finish()]]

    def script(bs, result):
        steps = scripts.pop(0)
        if steps is None:
            bs.step(result, delete("/"))
            bs.step(result, account(server.uri)[0])
            daemon.wait_ready()     # start() waits for it too, and would see a daemon that died first
            daemon.kill()
        else:
            for step in steps:
                bs.step(result, step)
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    bootstrap.wait_run(1)
    daemon.start()
    daemon.wait_status("registered")
    assert len(bootstrap.first_transmissions()) == 2


def test_files_are_private_and_keep_the_accounts(registered, server):
    registered.stop()
    for name in ("current", "last-good", "history"):
        mode = os.stat(state_file(registered, name)).st_mode
        assert stat.S_ISREG(mode) and stat.S_IMODE(mode) == 0o600
    names = sorted(os.listdir(registered.state_directory))
    assert names == ["configuration", "current", "history", "last-good", "lock"]


def damage(path):
    with open(path, "r+b") as file:
        file.seek(-3, os.SEEK_END)
        last = file.read(1)
        file.seek(-3, os.SEEK_END)
        file.write(bytes([last[0] ^ 0xFF]))


@pytest.mark.parametrize("harm", ["damaged", "empty", "absent"])
def test_last_good_stands_in_for_current(registered, server, bootstrap, harm):
    registered.stop()
    current = state_file(registered, "current")
    if harm == "damaged":
        damage(current)
    elif harm == "empty":
        os.truncate(current, 0)
    else:
        os.unlink(current)
    registered.start()
    server.wait_registration(2)
    assert len(bootstrap.bootstrap_requests()) == 1
    registered.wait_log("last-good")
    if harm != "absent":
        assert os.path.exists(current + ".broken")


def test_both_files_damaged_leads_to_the_yaml_accounts(registered, server, bootstrap):
    registered.stop()
    for name in ("current", "last-good"):
        damage(state_file(registered, name))
    registered.start()
    registered.wait_status("registered")
    assert len(bootstrap.first_transmissions()) == 2 and len(server.registrations) == 2


def test_last_good_holds_what_was_written_last(registered, server):
    """A Write keeps `current` proven; the next registration refreshes `last-good`."""
    assert server.write("/1/0/5", b"99").code_text == "2.04"
    registered.kill()
    registered.start()
    server.wait_registration(2)
    registered.wait_status("registered")
    registered.stop()
    damage(state_file(registered, "current"))
    registered.start()
    server.wait_registration(3)
    assert server.read("/1/0/5", accept=TEXT).payload == b"99"


def test_reset_survives_a_power_cut(registered, server, bootstrap):
    bootstrap.answer = None     # silent from now on
    registered.call("Reset")
    registered.wait_status("bootstrapping", number=2)
    registered.kill()
    registered.start()
    registered.wait_status("bootstrapping")
    assert len(server.registrations) == 1


def test_failing_storage_does_not_stop_the_bootstrap(daemon, server, peers):
    """The 2.04 is sent all the same; LastError says StorageFailed although the server is registered."""
    def script(bs, result):
        for step in account(server.uri):
            bs.step(result, step)
        os.unlink(state_file(daemon, "current"))    # written when the Bootstrap Server had answered
        os.makedirs(os.path.join(state_file(daemon, "current"), "in-the-way"))
        bs.step(result, finish())
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "2.04"]
    daemon.wait_status("registered")
    daemon.wait_property("LastError", lambda error: error[0] == "StorageFailed")
    assert server.wait_registration().active


@pytest.mark.parametrize("change", ["bootstrap", "endpoint"])
def test_changed_yaml_and_stored_accounts(registered, server, bootstrap, peers, change):
    """A changed bootstrap.server replaces only that account; a changed endpoint starts from the YAML."""
    registered.stop()
    other = peers.bootstrap([*account(server.uri), finish()])
    config = settings(other.uri if change == "bootstrap" else bootstrap.uri)
    if change == "endpoint":
        config["endpoint"] = "another-endpoint"
    registered.start(config)
    again = server.wait_registration(2)
    registered.wait_status("registered")
    assert again.query["ep"] == config["endpoint"] and not other.bootstrap_requests()
    assert len(bootstrap.first_transmissions()) == (1 if change == "bootstrap" else 2)
    assert registered.get("BootstrapServerURI") == config["bootstrap"]["server"]["uri"]


def test_purged_bootstrap_server_account_stays_away(daemon, server, bootstrap):
    """Its timeout ends: gone, also after a restart, until Reset() loads it again."""
    config = settings(bootstrap.uri, bootstrap_account={"bootstrap_server_account_timeout": 1})
    daemon.start(config)
    daemon.wait_status("registered")
    daemon.wait_property("BootstrapServerURI", "")
    missing = "org.lwm2m.Client1.Error.NoBootstrapServerAccount"
    assert daemon.error_of("Bootstrap", "a{sv}", ({},)) == missing
    daemon.kill()
    daemon.start()
    daemon.wait_status("registered")
    assert daemon.get("BootstrapServerURI") == "" and daemon.error_of("Bootstrap", "a{sv}", ({},)) == missing
    daemon.call("Reset")
    daemon.wait_status("bootstrapped")
    assert len(bootstrap.first_transmissions()) == 2


def test_account_timeout_begins_anew_at_a_start(daemon, server, bootstrap):
    config = settings(bootstrap.uri, bootstrap_account={"bootstrap_server_account_timeout": 2})
    daemon.start(config)
    server.wait_registration()
    daemon.kill()
    daemon.start()
    ready = time.monotonic()
    assert daemon.get("BootstrapServerURI") == bootstrap.uri
    daemon.wait_property("BootstrapServerURI", "")
    assert 1.5 <= time.monotonic() - ready <= 3
