# SPDX-License-Identifier: Apache-2.0
"""A bootstrap while registered takes no other connection down (design.md 4.5)."""
import time

import pytest

from harness import HASTY_COAP, MANAGER, OWN_OBJECTS, factory_server, settings
from lwm2m_peer import (DELETE, GET, LINK, POST, PUT, SENML_CBOR, TEXT, TLV, account, delete, finish, links,
                        read, senml_cbor_decode, server_object, write)


@pytest.fixture
def both(daemon, server, other, peers):
    """Registered with `server` (1, /0/1, /1/0) and `other` (2, /0/2, /1/1); gives the Bootstrap Server."""
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1), finish()])
    daemon.start(settings(bootstrap.uri))
    for each in (server, other):
        each.wait_registration()
    daemon.wait_property("SubStatus", "idle")
    return bootstrap


def bootstrap_again(daemon, bootstrap, script):
    bootstrap.script = [*script, finish()]
    daemon.bootstrap()
    codes = bootstrap.wait_run(2).codes
    assert codes[-1] == "2.04", codes
    daemon.wait_status("registered", number=2)


def test_deleted_account_is_deregistered(daemon, server, other, both):
    assert f"{MANAGER}/server/1" in daemon.managed_objects()
    bootstrap_again(daemon, both, [delete("/0/1")])
    server.wait_deregistered(server.registrations[0])
    assert f"{MANAGER}/server/1" not in daemon.managed_objects()
    assert len(server.registrations) == len(other.registrations) == 1 and other.registrations[0].active
    assert other.read("/1/1/0", accept=TEXT).payload == b"2"


@pytest.mark.parametrize("half", ["security", "server"])
def test_written_account_registers_anew_even_with_equal_values(daemon, server, other, both, half):
    step = account(server.uri)[0 if half == "security" else 1]
    bootstrap_again(daemon, both, [step])
    server.wait_registration(2)
    assert server.registrations[0].deregistered
    assert server.registrations[1].session is not server.registrations[0].session
    assert len(other.registrations) == 1 and other.registrations[0].active


def test_account_that_is_not_addressed_stays(daemon, server, other, both):
    bootstrap_again(daemon, both, [])
    for each, path in ((server, "/1/0/1"), (other, "/1/1/1")):
        assert each.read(path, accept=TEXT).payload == b"300"
        assert len(each.registrations) == 1 and each.registrations[0].active


def test_delete_of_everything_addresses_all(daemon, server, other, both):
    bootstrap_again(daemon, both, [delete("/"), *account(server.uri), *account(other.uri, 2, 2, 1)])
    for each in (server, other):
        each.wait_registration(2)
        assert each.registrations[0].deregistered


def test_added_account_registers_beside_the_others(daemon, server, other, both, peers):
    third = peers.server(name="third LwM2M Server")
    bootstrap_again(daemon, both, account(third.uri, 3, 3, 2))
    third.wait_registration()
    assert daemon.wait_server(3, "State", "registered")
    assert len(server.registrations) == len(other.registrations) == 1


def test_object_list_that_a_bootstrap_changes_is_announced_to_the_others(daemon, server, other, both, peers):
    """Once, in an Update, when an account comes and when it goes; else a bootstrap is silent."""
    third = peers.server(name="third LwM2M Server")
    bootstrap_again(daemon, both, account(third.uri, 3, 3, 2))
    for each in (server, other):
        update = each.wait_update(each.registrations[0])
        assert links(update.payload) == ["</1/0>", "</1/1>", "</1/2>", "</2>", *OWN_OBJECTS]
    both.script = [delete("/0/3"), finish()]
    daemon.bootstrap()
    for each in (server, other):
        update = each.wait_update(each.registrations[0], 2)
        assert links(update.payload) == ["</1/0>", "</1/1>", "</2>", *OWN_OBJECTS] and update.query == {}
    both.script = [read("/1"), finish()]
    daemon.bootstrap()
    both.wait_run(4)
    daemon.wait_status("registered", number=4)
    assert server.execute("/1/0/8").code_text == "2.04"
    assert server.wait_update(server.registrations[0], 3).payload == b""
    assert len(server.registrations) == len(other.registrations) == 1


@pytest.mark.limit(60)
def test_dead_bootstrap_server_disturbs_nobody(daemon, server, peers):
    """The server reads /3 all the time; Updates go on; then the Status is that of the servers again."""
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, [factory_server(server.uri)], coap=HASTY_COAP, retry_count=1))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    daemon.bootstrap()
    reads = 0
    while sum(new == "registered" for _, new, _ in daemon.changes) < 2:
        assert server.read("/3/0", accept=SENML_CBOR, timeout=1).code_text == "2.05"
        reads += 1
    assert reads > 10 and len(silent.received()) == 2
    assert [change[1] for change in daemon.changes[2:]] == ["bootstrapping", "registered"]
    assert daemon.get("LastError")[0] == "Timeout"
    assert registration.active and len(server.registrations) == 1


def test_updates_go_on_during_a_series(daemon, server, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, [factory_server(server.uri)]))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    daemon.bootstrap()
    silent.wait_request(POST, "/bs")
    assert server.execute("/1/0/8").code_text == "2.04"
    server.wait_update(registration)
    daemon.call_server(1, "Update")
    server.wait_update(registration, 2)
    assert server.write("/1/0/1", b"250").code_text == "2.04"
    assert server.wait_update(registration, 3).query == {"lt": "250"}


# Answers to a registered server in a transaction: reading goes on, the rest waits, refusals come first
DURING = [
    (GET, "/1/0/1", {"accept": TEXT}, "2.05"),
    (GET, "/3", {"accept": TLV}, "2.05"),
    (GET, "/1", {"accept": LINK}, "2.05"),
    (PUT, "/1/0/1", {"payload": b"30", "cf": TEXT}, "5.03"),
    (POST, "/1/0/8", {}, "5.03"),
    (POST, "/3/0/12", {}, "5.03"),
    (POST, "/3/0/4", {}, "4.05"),
    (GET, "/0", {}, "4.01"),
    (PUT, "/4242/0/1", {"payload": b"30", "cf": TEXT}, "4.04"),
    (DELETE, "/3/0", {}, "4.05"),
]


def test_servers_read_the_committed_store_while_a_transaction_is_open(daemon, server, other, both):
    answers = []

    def script(bootstrap, result):
        bootstrap.step(result, write("/1/0", server_object(1, lifetime=55)))
        answers.extend(server.operation(method, path, **keywords) for method, path, keywords, _ in DURING)
        candidate = bootstrap.step(result, read("/1/0", accept=SENML_CBOR))
        assert senml_cbor_decode(candidate.payload)["/1/0/1"] == 55
        bootstrap.step(result, finish())
    both.script = script
    daemon.bootstrap()
    assert both.wait_run(2).codes == ["2.04", "2.05", "2.04"]
    assert [(row[1], a.code_text) for row, a in zip(DURING, answers)] == [(row[1], row[3]) for row in DURING]
    assert answers[0].payload == b"300"
    assert server.wait_registration(2).query["lt"] == "55"
    assert len(other.registrations) == 1


def test_bootstrap_trigger_is_answered_before_the_request_leaves(registered, server, bootstrap):
    assert server.execute("/1/0/9").code_text == "2.04"
    answered = next(r.time for r in reversed(server.records) if not r.outgoing and r.message.is_response)
    asked = bootstrap.wait_request(POST, "/bs", number=2).time
    assert asked > answered - 0.01
    server.wait_registration(2)


def test_bootstrap_trigger_while_a_series_runs_is_accepted_and_nothing_else(daemon, server, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, [factory_server(server.uri)], retry_count=0))
    daemon.wait_status("registered")
    daemon.bootstrap()
    silent.wait_request(POST, "/bs")
    assert server.execute("/1/0/9").code_text == "2.04"
    daemon.wait_status("registered", number=2)
    assert len({(r.port, r.message.mid) for r in silent.received()}) == 1


def test_bootstrap_in_progress_is_an_error_only_then(daemon, server, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, [factory_server(server.uri)], coap=HASTY_COAP))
    daemon.wait_status("registered")
    daemon.bootstrap()
    daemon.wait_property("SubStatus", "requesting")
    assert daemon.error_of("Bootstrap", "a{sv}", ({},)) == "org.lwm2m.Client1.Error.BootstrapInProgress"
    daemon.wait_property("SubStatus", "retry-wait")
    before = time.monotonic()
    daemon.bootstrap()
    assert silent.wait_request(POST, "/bs", number=2).time - before < 0.5
    daemon.wait_property("Attempt", 1)
