# SPDX-License-Identifier: Apache-2.0
"""The D-Bus face: names, types, errors, and life without, before and after a bus."""
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.wrappers import unwrap_msg

from harness import ENDPOINT, MANAGER, NAME, factory_server, settings
from lwm2m_peer import account, code, finish

MANAGER_TYPES = {
    "Status": "s", "SubStatus": "s", "StatusTimestamp": "t", "StatusTimestampMonotonic": "t",
    "LastError": "(ss)", "Attempt": "u", "RetryCount": "u",
    "NextRetryTimestamp": "t", "NextRetryTimestampMonotonic": "t", "Bootstrapped": "b", "Generation": "s",
    "LastBootstrapTimestamp": "t", "LastBootstrapTimestampMonotonic": "t",
    "ConfigurationProblem": "s",
    "EndpointName": "s", "BootstrapServerURI": "s", "BootstrapSecurityMode": "s",
    "Counters": "a{st}", "KeyLogging": "b", "ConfigFile": "s", "Version": "s"}
SERVER_TYPES = {
    "ShortServerID": "q", "ServerURI": "s", "SecurityMode": "s", "PeerAddress": "s", "Cipher": "s",
    "Lifetime": "x", "Binding": "s", "State": "s",
    "LastRegistrationTimestamp": "t", "LastRegistrationTimestampMonotonic": "t",
    "NextUpdateTimestamp": "t", "NextUpdateTimestampMonotonic": "t",
    "NextRetryTimestamp": "t", "NextRetryTimestampMonotonic": "t", "LastError": "(ss)",
    "Observations": "u", "Counters": "a{st}"}
DRIVER = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
OPTIONS = ("Bootstrap", "a{sv}", ({},))
ERROR = NAME + ".Error."


# --- properties ----------------------------------------------------------------------------------------


def test_manager_properties(registered, server, bootstrap):
    values = registered.get_all()
    assert {name: kind for name, (kind, _) in values.items()} == MANAGER_TYPES
    plain = {name: value for name, (_, value) in values.items()}
    assert plain["EndpointName"] == ENDPOINT and plain["ConfigFile"] == registered.config
    assert plain["BootstrapServerURI"] == bootstrap.uri and plain["BootstrapSecurityMode"] == "nosec"
    assert (plain["Attempt"], plain["RetryCount"]) == (0, 1)
    assert re.fullmatch(r"\d+\.\d+\.\d+", plain["Version"])
    for name in ("Status", "LastBootstrap"):
        assert 0 <= time.time() - plain[name + "Timestamp"] / 1e6 < 20
        assert 0 <= time.monotonic() - plain[name + "TimestampMonotonic"] / 1e6 < 20


def test_server_properties(registered, server):
    values = registered.get_all(f"{MANAGER}/server/1", NAME + ".Server")
    assert {name: kind for name, (kind, _) in values.items()} == SERVER_TYPES
    plain = {name: value for name, (_, value) in values.items()}
    assert (plain["ShortServerID"], plain["ServerURI"], plain["State"]) == (1, server.uri, "registered")
    assert plain["SecurityMode"] == "nosec" and plain["Cipher"] == "" and plain["LastError"] == ("", "")
    assert (plain["Lifetime"], plain["Binding"]) == (300, "U")
    assert plain["PeerAddress"].startswith("127.0.0.1")
    for suffix, now in ("", time.time()), ("Monotonic", time.monotonic()):
        assert 0 <= now - plain["LastRegistrationTimestamp" + suffix] / 1e6 < 20
        assert 200 < plain["NextUpdateTimestamp" + suffix] / 1e6 - now < 210     # 300 s - 93 s
        assert plain["NextRetryTimestamp" + suffix] == 0


def next_retry(daemon, short_server_id):
    """Seconds until then, by both clocks, which agree."""
    realtime, monotonic = (daemon.get_server(short_server_id, "NextRetryTimestamp" + suffix) / 1e6
                           for suffix in ("", "Monotonic"))
    left = monotonic - time.monotonic()
    assert abs(realtime - time.time() - left) < 1
    return left


def test_every_wait_of_a_server_has_an_end(daemon, server, peers):
    """A failed server's next sequence, a retry, a Disable, and an initial delay."""
    retry = {"retry_count": 1, "retry_timer": "1s", "sequence_delay_timer": "300s"}
    patient = {**retry, "retry_count": 2, "retry_timer": "200s"}
    failed, retrying = (peers.server(answer=code("5.03")) for _ in range(2))
    daemon.start(settings(servers=[factory_server(server.uri, 1), factory_server(failed.uri, 2, retry=retry),
                                   factory_server(retrying.uri, 3, retry=patient)]))
    server.wait_registration()
    daemon.wait_server(2, "State", "failed")
    assert 290 < next_retry(daemon, 2) <= 300
    daemon.wait_log(r"LwM2M Server 2 is tried again in 300 s\.")
    daemon.wait_server(3, "State", "retry-wait")
    assert 190 < next_retry(daemon, 3) <= 200
    daemon.wait_log(r"LwM2M Server 3 is tried again in 200 s\.")
    daemon.wait_server(1, "State", "registered")
    daemon.call_server(1, "Disable", "u", (100,))
    daemon.wait_server(1, "State", "disabled")
    assert 90 < next_retry(daemon, 1) <= 100
    bootstrap = peers.bootstrap([*account(server.uri, r14=400), finish()])
    daemon.configure(settings(bootstrap.uri))
    daemon.call("Reload")
    daemon.wait_server(1, "State", "idle")
    assert 390 < next_retry(daemon, 1) <= 400


def test_peer_address_is_that_of_the_last_one_tried(daemon, peers):
    server = peers.server(answer=code("5.03"))
    retry = {"retry_count": 2, "retry_timer": "60s"}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    daemon.wait_server(1, "State", "retry-wait")
    assert daemon.get_server(1, "PeerAddress") == server.uri.removeprefix("coap://")


@pytest.mark.parametrize("way", ["Restart", "Bootstrap"])
def test_account_that_stays_keeps_its_last_registration(registered, server, way):
    """In a new session, too: "never" would be wrong. Here the server is silent to the second Register."""
    before = [registered.get_server(1, "LastRegistrationTimestamp" + suffix) for suffix in ("", "Monotonic")]
    address = registered.get_server(1, "PeerAddress")
    server.answer = None
    registered.call(way, *(("a{sv}", ({},)) if way == "Bootstrap" else ()))
    registered.wait_server(1, "State", "requesting")
    assert [registered.get_server(1, "LastRegistrationTimestamp" + suffix)
            for suffix in ("", "Monotonic")] == before
    assert registered.get_server(1, "PeerAddress") == address and 0 not in before


def test_object_manager_lists_manager_and_servers(registered):
    objects = registered.managed_objects()
    assert NAME + ".Server" in objects[f"{MANAGER}/server/1"]
    assert set(objects) - {MANAGER} == {f"{MANAGER}/server/1"}


def test_log_control(registered):
    path, interface = "/org/freedesktop/LogControl1", "org.freedesktop.LogControl1"
    assert registered.get("SyslogIdentifier", path, interface) == "lwm2m-clientd"
    registered.call("Set", "ssv", (interface, "LogLevel", ("s", "debug")), path,
                    "org.freedesktop.DBus.Properties")
    assert registered.get("LogLevel", path, interface) == "debug"


def test_properties_changed_carries_state_and_time_together(registered):
    registered.call("Restart")
    registered.wait_status("registered", number=2)

    def changed():
        return [body[1] for _, path, member, body in registered.signals
                if member == "PropertiesChanged" and path == MANAGER and "Status" in body[1]]
    registered.await_(lambda: changed() and changed()[-1]["Status"] == ("s", "registered"), 5,
                      "PropertiesChanged")
    assert all("StatusTimestamp" in each and "StatusTimestampMonotonic" in each for each in changed())


# --- methods -------------------------------------------------------------------------------------------


def test_update_and_disable_of_a_server(registered, server):
    registration = server.registrations[0]
    registered.call_server(1, "Update")
    assert server.wait_update(registration).query == {}
    registered.call_server(1, "Disable", "u", (1,))
    server.wait_deregistered(registration)
    registered.wait_status("suspended")
    assert registered.changes[-1][2] == ""
    server.wait_registration(2)
    registered.wait_status("registered", number=2)


def test_disable_for_0_seconds_takes_the_disable_timeout(registered, server):
    assert server.write("/1/0/5", b"1").code_text == "2.04"
    asked = time.monotonic()
    registered.call_server(1, "Disable", "u", (0,))
    server.wait_deregistered(server.registrations[0])
    assert 1 <= server.wait_registration(2).time - asked <= 2.5


def test_restart_ends_a_disable(registered, server):
    registered.call_server(1, "Disable", "u", (3600,))
    registered.wait_server(1, "State", "disabled")
    registered.call("Restart")
    server.wait_registration(2)


def test_log_says_who_wanted_what_follows(registered, server):
    """Else a transition without a reason looks like a lost session."""
    for method, number in ("Restart", 2), ("Reset", 3):
        registered.call(method)
        registered.wait_event("METHOD_CALLED",
                              rf"^A {method.lower()} is asked for on D-Bus by user {os.getuid()}\.$")
        registered.wait_status("registered", number=number)
    registered.bootstrap()
    registered.wait_event("METHOD_CALLED", rf"^A bootstrap is asked for on D-Bus by user {os.getuid()}\.$")
    server.wait_registration(4)
    registered.wait_server(1, "State", "registered")
    server.execute("/1/0/9")
    of_server = {"short_server_id": 1, "server_uri": server.uri}
    registered.wait_event("BOOTSTRAP_ASKED", r"^LwM2M Server 1 asks for a bootstrap\.$", **of_server)
    server.wait_registration(5)
    registered.wait_server(1, "State", "registered")
    registered.call_server(1, "Update")
    registered.wait_event("METHOD_CALLED", **of_server, pattern=
                          rf"^An Update of LwM2M Server 1 is asked for on D-Bus by user {os.getuid()}\.$")
    registered.call_server(1, "Disable", "u", (1,))
    registered.wait_event("METHOD_CALLED", **of_server, pattern=
                          rf"^A Disable of LwM2M Server 1 is asked for on D-Bus by user {os.getuid()}\.$")
    registered.wait_event("SERVER_DISABLED", r"^LwM2M Server 1 is disabled for 1 s\.$")
    server.wait_registration(6)
    registered.wait_server(1, "State", "registered")
    server.write("/1/0/5", b"7")
    server.execute("/1/0/4")
    registered.wait_log(r"^LwM2M Server 1 asks to be disabled\.$")
    registered.wait_event("SERVER_DISABLED", r"^LwM2M Server 1 is disabled for 7 s\.$")
    registered.call("Set", "ssv", ("org.freedesktop.LogControl1", "LogLevel", ("s", "debug")),
                    "/org/freedesktop/LogControl1", "org.freedesktop.DBus.Properties")
    registered.wait_event("METHOD_CALLED", rf"^Another log level is asked for .* user {os.getuid()} \(:")
    registered.call("GetHistory")
    registered.wait_event("METHOD_CALLED", rf"^GetHistory is asked for on D-Bus by user {os.getuid()} \(:")
    for member, *arguments in (("GetObjects",), ("GetValues", "as", (["/3/0/16"],)),
                               ("GetTexts", "as", (["/3/0/16"],))):
        registered.call(member, *arguments, interface=NAME + ".Objects")
        registered.wait_event("METHOD_CALLED", rf"^{member} is asked for on D-Bus by user {os.getuid()} \(:")


def test_method_errors(daemon, peers):
    daemon.start(settings(servers=[factory_server(peers.black_hole().uri)]))
    assert daemon.error_of(*OPTIONS) == ERROR + "NoBootstrapServerAccount"
    for method, signature, body in (("Update", None, ()), ("Disable", "u", (1,))):
        found = daemon.error_of(method, signature, body, f"{MANAGER}/server/1", NAME + ".Server")
        assert found == ERROR + "NotRegistered"
    assert daemon.error_of("Bootstrap", "a{sv}", ({"colour": ("s", "blue")},)) == \
        "org.freedesktop.DBus.Error.InvalidArgs"
    daemon.configure("endpoint: [")
    assert daemon.error_of("Reload") == ERROR + "InvalidConfiguration"
    assert daemon.get("EndpointName") == ENDPOINT


# --- life with and without a bus -----------------------------------------------------------------------


def test_starts_without_a_bus_and_connects_when_it_appears(daemon, bus, server, bootstrap):
    bus.stop()
    daemon.start(settings(bootstrap.uri))
    server.wait_registration()
    bus.start()
    daemon.watch()
    daemon.wait_property("Status", "registered", timeout=10)
    daemon.wait_event("BUS_FOUND", "^The system bus is there, and " + re.escape(NAME) + " on it")


def test_survives_a_restart_of_the_bus(registered, bus, server, bootstrap):
    bus.stop()
    bus.start()
    registered.watch()
    registered.wait_property("Status", "registered", timeout=10)
    registered.wait_event("BUS_LOST", "^Lost the system bus, waiting for it")
    registered.wait_event("BUS_FOUND", "^The system bus is there, and " + re.escape(NAME) + " on it")
    registered.call_server(1, "Update")
    server.wait_update(server.registrations[0])
    assert len(server.registrations) == 1 and len(bootstrap.bootstrap_requests()) == 1


@pytest.fixture
def silent_bus_daemon(make_daemon, server, tmp_path):
    """On a bus that takes the connection and hangs."""
    class SilentBus:
        address, process = f"unix:path={tmp_path}/silent", None

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/silent")
        listener.listen()
        daemon = make_daemon(SilentBus())
        daemon.start(settings(servers=[factory_server(server.uri)]), wait=False)
        yield daemon


def test_bus_that_says_nothing(silent_bus_daemon):
    """No READY=1 for it yet, not by a reload either, and SIGTERM ends it at once."""
    daemon = silent_bus_daemon
    daemon.await_(lambda: daemon.notifications, 5, "first notification")
    daemon.configure("endpoint:\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_log("stays in force")
    assert daemon.stop(timeout=2.5) == 0
    assert "READY=1" not in daemon.notifications


def test_bus_that_does_not_know_the_policy(bus, daemon, server):
    """As after an installation without "systemctl reload dbus": what to do is said, and then it is there."""
    with open(bus.config, encoding="utf-8") as file:
        allowed = file.read()

    def reload(text):
        with open(bus.config, "w", encoding="utf-8") as file:
            file.write(text)
        with bus.connect() as connection:
            unwrap_msg(connection.send_and_get_reply(new_method_call(DRIVER, "ReloadConfig")))
    reload(allowed.replace('<allow own="*"/>', f'<allow own="*"/><deny own="{NAME}"/>'))
    daemon.start(settings(servers=[factory_server(server.uri)]))
    line = daemon.wait_log(f"refuses us the name {NAME}, going on without")
    assert "org.lwm2m.Client1.conf" in line and '"systemctl reload dbus"' in line
    server.wait_registration()
    reload(allowed)
    daemon.wait_log(f"The system bus is there, and {NAME} on it")
    assert daemon.get("Status") == "registered"


def test_goes_on_without_a_bus_that_says_nothing(silent_bus_daemon, server):
    server.wait_registration()
    silent_bus_daemon.wait_event("BUS_NAME_REFUSED", "going on without: It does not answer")
    silent_bus_daemon.wait_ready()


def contents(folder):
    """{name: (modification time, bytes)}; the lock names its holder."""
    return {each.name: (each.stat().st_mtime_ns, each.read_bytes()) for each in Path(folder).iterdir()
            if each.name != "lock"}


def test_name_that_another_owns_is_an_error_that_names_it(registered, bus, server):
    """And the state directory is as it was."""
    registered.stop()
    before, asked = contents(registered.state_directory), len(server.records)
    with bus.own(NAME):
        registered.start(wait=False)
        assert registered.wait_exit() == 1
    assert re.search(rf"\b{os.getpid()}\b", "\n".join(registered.lines))
    assert len(server.records) == asked
    assert "current" in before and contents(registered.state_directory) == before


def test_no_bus_at_all_by_option(make_daemon, server):
    daemon = make_daemon()
    daemon.start(settings(servers=[factory_server(server.uri)]), arguments=["--no-bus"])
    server.wait_registration()


def test_status_for_systemd_reads_like_a_sentence(registered):
    assert registered.notifications.index("READY=1") >= 0
    registered.await_(lambda: any(re.match(r"STATUS=.*[Rr]egistered", line)
                                  for line in registered.notifications), 5, "STATUS=")
