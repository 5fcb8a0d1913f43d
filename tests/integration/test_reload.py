# SPDX-License-Identifier: Apache-2.0
"""Reload() and SIGHUP, and what the YAML's accounts do to the stored ones (design.md 6)."""
import os
import signal

import pytest

from harness import ENDPOINT, HASTY_COAP, MANAGER, NAME, OWN_OBJECTS, START, factory_server, nosec, settings
from lwm2m_peer import POST, TEXT, TLV, account, code, delete, finish, read, tlv_decode

INVALID = NAME + ".Error.InvalidConfiguration"


def reload(daemon, config):
    daemon.configure(config)
    daemon.call("Reload")


def with_device(config, **strings):
    config["device"] = strings
    return config


def test_device_strings_change_in_place_and_an_update_follows(registered, server, bootstrap):
    reload(registered, with_device(settings(bootstrap.uri), manufacturer="First", serial_number="1"))
    assert server.wait_update(server.registrations[0]).query == {}
    assert server.read("/3/0/0", accept=TEXT).text == "First"
    assert server.read("/3/0/2", accept=TEXT).text == "1"
    reload(registered, settings(bootstrap.uri))
    server.wait_update(server.registrations[0], 2)
    assert server.read("/3/0/2").code_text == "4.04", "a string that is gone is a resource that is gone"
    assert registered.changes == START and len(server.registrations) == 1


def test_reload_without_a_change_changes_nothing(registered, server, bootstrap):
    registered.call("Reload")
    assert registered.changes == START and len(bootstrap.bootstrap_requests()) == 1
    assert len(server.registrations) == 1 and server.registrations[0].active


def test_sighup_is_a_reload(registered, server, bootstrap):
    registered.configure(with_device(settings(bootstrap.uri), manufacturer="By signal"))
    registered.process.send_signal(signal.SIGHUP)
    server.wait_update(server.registrations[0])
    assert server.read("/3/0/0", accept=TEXT).text == "By signal"
    registered.await_(lambda: registered.notifications.count("READY=1") == 2, 5, "READY=1 after RELOADING=1")
    assert "RELOADING=1" in registered.notifications


def test_invalid_file_is_refused_and_the_old_one_stays(registered, server, bootstrap):
    registered.configure("endpoint: another\nbootstrap:\n  retry_cuont: 3\n")
    assert registered.error_of("Reload") == INVALID
    registered.wait_event("CONFIGURATION_INVALID", r"lwm2m-client\.yaml:3:3: .*retry_count")
    assert registered.get("EndpointName") == ENDPOINT
    assert registered.get("BootstrapServerURI") == bootstrap.uri
    assert server.read("/1/0/0", accept=TEXT).payload == b"1"
    assert registered.changes == START and len(server.registrations) == 1
    os.unlink(registered.config)
    assert registered.error_of("Reload") == INVALID
    assert registered.running


def test_sighup_with_an_invalid_file_is_shown_until_the_next_success(registered, server, bootstrap):
    """Nobody waits for an answer to a signal: LastError tells."""
    def refuse():
        registered.configure("endpoint: another\nbootstrap:\n  retry_cuont: 3\n")
        registered.process.send_signal(signal.SIGHUP)
        return registered.wait_property("LastError", lambda value: value[0] == "InvalidConfiguration", 5)

    assert "lwm2m-client.yaml:3:3: unknown key 'retry_cuont'" in refuse()[1]
    assert registered.changes == START and registered.get("EndpointName") == ENDPOINT
    reload(registered, settings(bootstrap.uri))
    registered.wait_property("LastError", ("", ""), 5)
    refuse()
    registered.call("Restart")
    server.wait_registration(2)
    registered.wait_property("LastError", ("", ""), 5)


def test_refused_file_does_not_hide_another_failure(daemon, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("failure")
    failure = daemon.get("LastError")
    daemon.configure("endpoint:\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.await_(lambda: daemon.notifications.count("READY=1") == 2, 5, "READY=1 after RELOADING=1")
    assert failure[0] == "Timeout" and daemon.get("LastError") == failure


def test_sighup_while_stopping_is_no_reload(registered, server):
    """READY=1 would call a daemon that stops a running one."""
    server.silent = True
    registered.process.send_signal(signal.SIGTERM)
    registered.await_(lambda: "STOPPING=1" in registered.notifications, 5, "STOPPING=1")
    registered.process.send_signal(signal.SIGHUP)
    assert registered.wait_exit() == 0
    after = registered.notifications[registered.notifications.index("STOPPING=1"):]
    assert "RELOADING=1" not in after and "READY=1" not in after


def test_retry_values_count_from_the_next_attempt(daemon, peers):
    """In a series: RetryCount at once, the delay from the next attempt on."""
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, coap=HASTY_COAP, retry_count=7, retry_delay="60s"))
    daemon.wait_property("SubStatus", "retry-wait")
    reload(daemon, settings(silent.uri, coap=HASTY_COAP, retry_count=1, retry_delay="1s"))
    daemon.wait_property("RetryCount", 1)
    assert (daemon.status, daemon.get("Attempt")) == ("bootstrapping", 1)
    daemon.bootstrap()
    silent.wait_request(POST, "/bs", number=3)
    daemon.wait_status("failure")
    first, second = (record.time for record in silent.received()[1:3])
    assert 1.8 < second - first < 2.5


def test_coap_values_count_from_the_next_session(registered, server, bootstrap):
    config = settings(bootstrap.uri)
    config["coap"]["block_size"] = 16
    reload(registered, config)
    assert registered.changes == START and len(server.registrations) == 1
    registered.call("Restart")
    assert server.wait_registration(2).objects == ["</1/0>", "</2>", *OWN_OBJECTS]
    server.read("/3/0", accept=TLV)
    assert max(len(r.message.payload) for r in server.received(lambda m: m.code_text == "2.05")[-3:]) == 16


def test_bootstrap_server_changed_replaces_only_that_account(registered, server, bootstrap, peers):
    other = peers.bootstrap([*account(server.uri, lifetime=77), finish()])
    reload(registered, settings(other.uri))
    registered.wait_property("BootstrapServerURI", other.uri)
    registered.wait_log("[Bb]ootstrap.server")
    assert registered.status == "registered"
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
    assert not other.bootstrap_requests() and len(bootstrap.bootstrap_requests()) == 1
    registered.kill()
    registered.start()
    registered.wait_status("registered")
    assert registered.get("BootstrapServerURI") == other.uri, "what a Reload changes is written"
    before = len(server.registrations)
    registered.bootstrap()
    other.wait_run()
    assert server.wait_registration(before + 1).query["lt"] == "77"


def test_servers_changed_is_as_after_reset(registered, server, bootstrap, peers):
    """The stored accounts go, those of the YAML are in force; `servers` take the free ids in order."""
    factory = [peers.server(), peers.server()]
    entries = [factory_server(each.uri, ssid) for each, ssid in zip(factory, (7, 5))]
    reload(registered, settings(bootstrap.uri, entries))
    server.wait_deregistered(server.registrations[0])
    for each in factory:
        assert each.wait_registration().objects == ["</1/0>", "</1/1>", "</2>", *OWN_OBJECTS]
    assert [factory[0].read(f"/1/{i}/0", accept=TEXT).text for i in (0, 1)] == ["7", "5"]
    registered.wait_status("registered", number=2)
    words = [change[1] for change in registered.changes[len(START):]]
    assert words == ["initial", "registering", "registered"]
    assert set(registered.managed_objects()) - {MANAGER} == {f"{MANAGER}/server/5", f"{MANAGER}/server/7"}
    assert len(bootstrap.bootstrap_requests()) == 1


def test_endpoint_changed_is_as_after_reset(registered, server, bootstrap):
    config = settings(bootstrap.uri)
    config["endpoint"] = "renamed"
    reload(registered, config)
    registered.wait_event("ACCOUNTS_REPLACED", "servers or endpoint have changed in the configuration")
    server.wait_deregistered(server.registrations[0])
    assert server.wait_registration(2).query["ep"] == "renamed"
    assert bootstrap.bootstrap_requests()[-1].message.query["ep"] == "renamed"
    registered.wait_status("registered", number=2)
    assert registered.changes[len(START):] == [("registered", "initial", ""), *START]
    assert registered.get("EndpointName") == "renamed"


def test_reload_during_a_transaction_is_applied_when_it_ends(registered, server, bootstrap):
    """Bootstrap-Write, Reload, more writes, Finish: nothing of the new file before, all of it after."""
    seen = []

    def script(bs, result):
        bs.step(result, account(server.uri, lifetime=77)[0])
        reload(registered, settings(bootstrap.uri, retry_count=9))
        seen.append(registered.get("RetryCount"))
        bs.step(result, account(server.uri, lifetime=77)[1])
        bs.step(result, finish())
    bootstrap.script = script
    registered.bootstrap()
    assert bootstrap.wait_run(2).codes == ["2.04", "2.04", "2.04"]
    assert seen == [1]
    registered.wait_property("RetryCount", 9)
    assert server.wait_registration(2).query["lt"] == "77"


def test_device_strings_wait_for_the_end_of_a_transaction_too(registered, server, bootstrap):
    seen = []

    def script(bs, result):
        bs.step(result, account(server.uri)[0])
        reload(registered, with_device(settings(bootstrap.uri), manufacturer="Later"))
        seen.append(server.read("/3/0/0").code_text)
        bs.step(result, finish())
    bootstrap.script = script
    registered.bootstrap()
    assert bootstrap.wait_run(2).codes == ["2.04", "2.04"]
    server.wait_registration(2)
    assert server.read("/3/0/0", accept=TEXT).text == "Later"
    assert seen == ["4.04"]


def test_reload_of_another_account_during_a_transaction(registered, server, bootstrap, peers):
    """The bootstrap under way ends first; then the new `servers` replace what it brought."""
    factory = peers.server()

    def script(bs, result):
        bs.step(result, account(server.uri, lifetime=77)[0])
        reload(registered, settings(bootstrap.uri, [factory_server(factory.uri, 9)]))
        bs.step(result, account(server.uri, lifetime=77)[1])
        bs.step(result, finish())
    bootstrap.script = script
    registered.bootstrap()
    assert bootstrap.wait_run(2).codes == ["2.04", "2.04", "2.04"]
    assert factory.wait_registration().objects == ["</1/0>", "</2>", *OWN_OBJECTS]


def test_reload_that_changes_the_account_ends_a_failure(daemon, server, peers):
    """`stay` waits no longer, and the new series begins with attempt 1."""
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("failure")
    assert daemon.get("Attempt") == 1
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    reload(daemon, settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("registered")
    assert daemon.get("Attempt") == 0 and daemon.get("LastError") == ("", "")
    assert len(bootstrap.first_transmissions()) == 1


@pytest.mark.parametrize("method", ["Reset", "Restart"])
def test_reset_and_restart_do_not_read_the_file_again(registered, server, bootstrap, method):
    config = settings(bootstrap.uri)
    config["endpoint"] = "not-yet"
    registered.configure(config)
    registered.call(method)
    assert server.wait_registration(2).query["ep"] == ENDPOINT
    registered.wait_status("registered", number=2)


def test_changed_servers_at_start_are_written_before_ready(registered, server, bootstrap, peers):
    """READY=1 seen, SIGKILL, the same file again: the stored accounts are those of the changed YAML."""
    registered.stop()
    factory = peers.server()
    config = settings(bootstrap.uri, [factory_server(factory.uri, 9)])
    registered.start(config)
    registered.kill()
    registered.start()
    registered.wait_status("registered")
    assert factory.registrations and len(server.registrations) == 1
    assert not any("in the configuration" in line for line in registered.lines), "that was the start before"


@pytest.mark.limit(90)
def test_changes_at_start_that_cannot_be_written_are_tried_again(registered, bootstrap):
    """After 60 s, without a registration or a bootstrap that would store them."""
    registered.stop()
    config = settings(bootstrap.uri, bootstrap_account={"client_hold_off_time": 600})
    config["endpoint"] = "another-endpoint"
    in_the_way = os.path.join(registered.state_directory, ".current.tmp")
    os.mkdir(in_the_way)
    registered.start(config)
    assert registered.get("LastError")[0] == "StorageFailed"
    os.rmdir(in_the_way)
    registered.wait_property("LastError", ("", ""), timeout=70)
    assert registered.get("SubStatus") == "hold-off"
    registered.kill()
    registered.start()
    registered.wait_property("SubStatus", "hold-off")
    assert not any("in the configuration" in line for line in registered.lines), "that was the start before"


def test_servers_take_the_ids_that_the_bootstrap_server_leaves_free(daemon, peers):
    servers = [peers.server(), peers.server()]
    bootstrap = peers.bootstrap(lambda bs, result: [bs.step(result, step) for step in (
        read("/1", accept=TLV), delete("/0/0"), delete("/0/1"), finish())])
    config = settings(bootstrap.uri, [factory_server(each.uri, i + 1) for i, each in enumerate(servers)])
    config["bootstrap"]["server"] = nosec(bootstrap.uri, instance_id=1)
    daemon.start(config)
    for each in servers:
        each.wait_registration()
    daemon.bootstrap()
    result = bootstrap.wait_run()
    assert sorted(tlv_decode(result.response(0).payload)) == [0, 1]
    assert result.codes[1:] == ["2.02", "4.00", "2.04"], "/0/0 is a server, /0/1 the Bootstrap Server"
    servers[0].wait_deregistered(servers[0].registrations[0])
    assert servers[1].registrations[0].active


def test_changed_bootstrap_server_goes_on_with_a_series_that_ran(registered, server, bootstrap, peers):
    """Who executed /1/x/9 is served by the new account."""
    bootstrap.answer = None
    assert server.execute("/1/0/9").code_text == "2.04"
    bootstrap.wait_request(POST, "/bs", number=2)
    new = peers.bootstrap([*account(server.uri), finish()])
    registered.configure(settings(new.uri))
    registered.call("Reload")
    new.wait_run()
    registered.wait_status("registered", number=2)


def test_next_update_stands_still_between_updates(registered, server):
    server.wait_registration()
    seen = set()
    for seconds in range(100, 110):
        assert server.write("/1/0/5", str(seconds).encode()).code_text == "2.04"
        seen.add(registered.get_server(1, "NextUpdateTimestamp"))
    assert len(seen) == 1 and 0 not in seen


def test_changed_version_registers_anew(registered, server, bootstrap):
    registered.configure({**settings(bootstrap.uri), "lwm2m_version": "1.0"})
    registered.call("Reload")
    assert server.wait_registration(2).query["lwm2m"] == "1.0"
    assert not server.registrations[0].active, "De-register first"


def test_changed_version_leaves_a_failure_as_it_is(daemon, peers):
    """The servers stay `failed` while Status is `failure`; Restart() announces the new version."""
    server = peers.server(answers=[code("4.03")])
    config = settings(servers=[factory_server(server.uri)])
    daemon.start(config)
    daemon.wait_status("failure")
    reload(daemon, {**config, "lwm2m_version": "1.2"})
    daemon.wait_log("is in force")
    assert daemon.get("SubStatus") == "stopped" and daemon.get_server(1, "State") == "failed"
    assert daemon.get_server(1, "LastError")[0] == "RegistrationRejected"
    daemon.call("Restart")
    assert server.wait_registration().query["lwm2m"] == "1.2"
