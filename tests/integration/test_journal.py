# SPDX-License-Identifier: Apache-2.0
"""What stands in the journal beside a line: its kind (MESSAGE_ID) and whom and what it is about. Kinds that
other tests bring about are looked at there (tests/lint/journal.py)."""
import os
import shutil

from harness import MACHINE_SHIM, MESSAGE_IDS, NAME, factory_server, poll, settings
from lwm2m_peer import account, closed_port, code, finish, server_object, write
from publisher import error_of

ABOUT = ("MESSAGE_ID", "LWM2M_STATUS", "LWM2M_SUBSTATUS", "LWM2M_OLD_STATUS", "LWM2M_ERROR",
         "LWM2M_SHORT_SERVER_ID", "LWM2M_SERVER_URI", "LWM2M_PATH", "LWM2M_ATTEMPT")


def fields(entry):
    """What a line is about, without its kind and the status of a transition."""
    return {name[6:].lower(): entry[name] for name in ABOUT if name in entry and name != "MESSAGE_ID"}


def of(server, short_server_id=None, **more):
    return {"server_uri": server.uri, **more,
            **({"short_server_id": str(short_server_id)} if short_server_id else {})}


def test_a_life_in_the_journal(daemon, server, bootstrap):
    """From the bootstrap to the stop: each turn has its kind, and the fields of whom it is about."""
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    assert fields(daemon.wait_event("BOOTSTRAP_FINISHED")) == of(bootstrap, attempt="1")
    assert fields(daemon.wait_event("REGISTERED")) == of(server, 1)
    daemon.wait_event("STATUS_CHANGED", old_status="registering", status="registered", substatus="idle")
    assert [(entry["LWM2M_OLD_STATUS"], entry["LWM2M_STATUS"]) for entry in daemon.events("STATUS_CHANGED")
            ] == [change[:2] for change in daemon.changes]
    daemon.call("Restart")
    daemon.wait_event("METHOD_CALLED", "A restart is asked for on D-Bus by user")
    daemon.wait_event("REGISTERED", number=2)
    assert daemon.stop() == 0
    assert "SIGTERM" in daemon.wait_event("STOPPING")["MESSAGE"]
    line = daemon.wait_event("DEREGISTERED")
    assert fields(line) == of(server, 1) and server.uri in line["MESSAGE"]


def test_failures_name_server_error_and_attempt(daemon, peers):
    bootstrap = peers.bootstrap(answer=code("4.03"))
    gone = f"coap://127.0.0.1:{closed_port()}"
    retry = {"retry_count": 2, "retry_timer": "1s", "sequence_retry_count": 1}
    daemon.start(settings(bootstrap.uri, servers=[factory_server(gone, 7, retry=retry)]))
    daemon.wait_status("failure")
    assert fields(daemon.wait_event("ATTEMPT_FAILED")) == {
        "error": "Refused", "short_server_id": "7", "server_uri": gone}
    assert fields(daemon.wait_event("REGISTRATION_FAILED")) == {
        "error": "Refused", "short_server_id": "7", "server_uri": gone}
    assert fields(daemon.wait_event("EVERYTHING_FAILED")) == {"error": "BootstrapRejected"}
    assert [fields(each) for each in daemon.events("BOOTSTRAP_FAILED")] == [
        of(bootstrap, error="BootstrapRejected", attempt=str(attempt)) for attempt in (1, 2)]
    entry = next(each for each in daemon.entries if "attempt 2 of 2 begins in" in each["MESSAGE"])
    assert fields(entry) == of(bootstrap, attempt="2")


def test_transition_tells_the_last_error_as_such(daemon, peers):
    """It stands until the next success, so beside a new state, too, that did not come of it."""
    bootstrap = peers.bootstrap(answer=code("4.03"))
    daemon.start(settings(bootstrap.uri, retry_count=0, on_failure="restart", restart_delay="1s"))
    daemon.wait_status("bootstrapping", number=2)
    texts = [daemon.wait_event("STATUS_CHANGED", **change)["MESSAGE"] for change in (
        {"old_status": "initial"}, {"status": "failure"}, {"old_status": "failure"})]
    assert texts == ["Status initial -> bootstrapping",
                     "Status bootstrapping -> failure (last error: BootstrapRejected)",
                     "Status failure -> bootstrapping (last error: BootstrapRejected)"]


def test_what_a_bootstrap_server_writes_wrong(daemon, server, peers):
    wrong = peers.bootstrap([write("/5/0/1", b"x"), write("/1/5", server_object(9)),
                             *account(server.uri), finish()])
    daemon.start(settings(wrong.uri))
    daemon.wait_status("registered")
    entry = daemon.wait_event("BOOTSTRAP_REFUSED")
    assert fields(entry) == of(wrong, attempt="1", path="/5/0/1")
    assert fields(daemon.wait_event("BOOTSTRAP_REPAIRED")) == of(wrong, attempt="1")


def test_refused_finish_names_the_path_of_the_request(daemon, server, peers):
    bootstrap = peers.bootstrap([finish(), *account(server.uri), finish()])
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    entry = daemon.wait_event("BOOTSTRAP_REFUSED", "4.06")
    assert fields(entry) == of(bootstrap, attempt="1", path="/bs")


def test_refusals_of_d_bus(daemon, server):
    daemon.start(settings(servers=[factory_server(server.uri)]))
    daemon.wait_status("registered")
    assert daemon.error_of("Bootstrap", "a{sv}", ({},)) == NAME + ".Error.NoBootstrapServerAccount"
    assert daemon.wait_event("METHOD_REFUSED", "A bootstrap is refused")["PRIORITY"] == "6"


def test_configuration_in_the_journal(daemon, server, other):
    """Each problem has its place, and another line says what that means."""
    daemon.start(settings(servers=[factory_server(server.uri)]))
    daemon.wait_status("registered")
    daemon.configure("endpoint: [\n")
    assert daemon.error_of("Reload") == NAME + ".Error.InvalidConfiguration"
    entry = daemon.wait_event("CONFIGURATION_INVALID")
    assert (entry["CONFIG_FILE"], entry["CONFIG_LINE"]) == (daemon.config, "2")
    assert daemon.wait_event("CONFIGURATION_NOT_IN_FORCE")["CONFIG_FILE"] == daemon.config
    daemon.configure(settings(servers=[factory_server(other.uri)]))
    os.chmod(daemon.config, 0o644)
    daemon.call("Reload")
    assert daemon.wait_event("CONFIGURATION_IN_FORCE")["CONFIG_FILE"] == daemon.config
    assert daemon.wait_event("CONFIGURATION_DOUBTFUL")["CONFIG_FILE"] == daemon.config
    assert daemon.wait_event("ACCOUNTS_REPLACED")["PRIORITY"] == "5"


def test_account_timeout_in_the_journal(daemon, server, bootstrap):
    daemon.start(settings(bootstrap.uri, bootstrap_account={"bootstrap_server_account_timeout": 1}))
    daemon.wait_event("ACCOUNT_REMOVED")


def test_key_that_comes_back(daemon, bootstrap, server):
    key = os.path.join(daemon.folder, "state.key")
    with open(key, "w", encoding="ascii") as file:
        file.write("ab" * 32)
    os.chmod(key, 0o600)
    config = {**settings(bootstrap.uri), "state_encryption": {"key_file": key}}
    daemon.start(config)
    daemon.wait_status("registered")
    daemon.stop()
    os.rename(key, key + ".away")
    daemon.start()
    daemon.wait_event("KEY_MISSING")
    os.rename(key + ".away", key)
    daemon.call("Reload")
    daemon.wait_event("KEY_FOUND")


def test_state_that_cannot_be_read(registered):
    registered.stop()
    current = os.path.join(registered.state_directory, "current")
    os.unlink(current)
    os.mkdir(current)       # as root, permissions stop nobody
    registered.start()
    assert registered.wait_event("STORAGE_RECOVERED", "current cannot be read .Is a directory.*.broken")
    shutil.rmtree(current + ".broken")
    os.rename(registered.state_directory, registered.state_directory + ".away")
    registered.call("Reload")
    assert registered.wait_event("STORAGE_UNREADABLE", "cannot be looked through: No such file or directory")
    os.rename(registered.state_directory + ".away", registered.state_directory)


def test_what_the_machine_does_not_do(daemon, server, bootstrap):
    """A disk that takes its time, a kernel that does not tell of the network."""
    daemon.environment = {"LD_PRELOAD": MACHINE_SHIM, "MACHINE_SHIM_SYNC_MSEC": "60",
                          "MACHINE_SHIM_NO_NETLINK": "1"}
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    assert daemon.wait_event("STORAGE_SLOW", r"current took [1-9]\d{2,} ms")["PRIORITY"] == "4"
    assert daemon.wait_event("NETWORK_UNKNOWN")["PRIORITY"] == "4"


def test_history_that_cannot_be_written(registered):
    history = os.path.join(registered.state_directory, "history")
    poll(lambda: os.path.exists(history))
    os.unlink(history)
    os.mkdir(history)
    registered.bootstrap()
    assert registered.wait_event("HISTORY_FAILED")["PRIORITY"] == "4"
    os.rmdir(history)


def test_second_daemon_says_why_it_ends(registered, make_daemon):
    other = make_daemon(registered.bus)
    other.start(settings("coap://127.0.0.1"), wait=False)
    assert other.wait_exit() == 1
    assert other.wait_event("START_FAILED", rf"owned by process {registered.process.pid}\b")


def test_definition_that_is_wrong(gateway, publisher, tmp_path):
    """Its publisher is told each time; the journal once, with the place."""
    file = tmp_path / "objects" / "42805.yaml"
    file.write_text("object: 42805\nname: [\n", encoding="utf-8")
    for _ in range(2):
        assert error_of(publisher.publish_object, 42805)[0] == "UnknownObject"
    entry = gateway.daemon.wait_event("DEFINITION_WRONG")
    assert fields(entry) == {"path": "/42805"} and f"{file}:3" in entry["MESSAGE"]
    assert [each["PRIORITY"] for each in gateway.daemon.events("DEFINITION_WRONG")] == ["4"]


def test_publisher_that_goes(gateway, make_publisher):
    """A line for one that had published something; who only asked leaves none."""
    make_publisher().close()
    publisher = make_publisher()
    publisher.publish(42801, 0, {0: 1})
    name = publisher.name
    publisher.close()
    entry = gateway.daemon.wait_event("PUBLISHER_GONE")
    assert entry["MESSAGE"].startswith(name) and entry["PRIORITY"] == "6"
    gateway.settle()
    assert len(gateway.daemon.events("PUBLISHER_GONE")) == 1


def test_every_kind_has_an_id_of_its_own():
    assert len(set(MESSAGE_IDS.values())) == len(MESSAGE_IDS) > 50
