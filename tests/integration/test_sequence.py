# SPDX-License-Identifier: Apache-2.0
"""No device is lost: what servers wrote, asked for or refused, and where the Bootstrap Sequence goes on."""
import time

import pytest

from harness import COAP, HASTY_COAP, OWN_OBJECTS, factory_server, settings
from lwm2m_peer import (BLOCK1, CHANGED, CREATED, POST, TEXT, Answer, account, closed_port, code, delete,
                        finish, links, read, security, write)

DAY = 86400


def dead():
    return f"coap://127.0.0.1:{closed_port()}"


def stays(daemon, uri):
    """The Bootstrap-Server Account, also after everything that the registration led to."""
    daemon.call_server(1, "Update")
    daemon.wait_property("SubStatus", "idle")
    return daemon.get("BootstrapServerURI") == uri


def in_turn(*scripts):
    """One script for each run of a Bootstrap Server."""
    left = list(scripts)
    return lambda bs, result: [bs.step(result, step) for step in left.pop(0)]


# --- last-good, by halves ------------------------------------------------------------------------------


def test_dead_accounts_that_forbid_a_bootstrap_lose_nothing(daemon, server, peers):
    """Proven accounts; DELETE /, a dead server with /1/x/16 false; then the Bootstrap Server is gone."""
    bootstrap = peers.bootstrap(
        in_turn([*account(server.uri), finish()],
                [delete("/"), *account(dead(), r16=False, r17=1, r20=1), finish()]),
        answers=[CHANGED, CHANGED])
    bootstrap.answer = code("5.03")
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    daemon.wait_status("registered")
    assert daemon.get("Generation") == "bootstrap"
    daemon.bootstrap()
    server.wait_registration(2)
    daemon.wait_status("registered", number=2)
    assert daemon.get("Generation") == "last-good"
    assert [change[1] for change in daemon.changes[-3:]] == ["bootstrapping", "registering", "registered"]
    assert len(bootstrap.first_transmissions()) >= 3, "it was asked before last-good was tried"


def test_purge_beside_dead_accounts_loses_nothing(daemon, server, peers):
    """Proven accounts; then /0/0/12 = 1 beside a dead server, and the Bootstrap Server is gone."""
    bootstrap = peers.bootstrap(
        in_turn([*account(server.uri), finish()],
                [write("/0/0/12", b"1", TEXT), delete("/0/1"), *account(dead(), r17=1, r20=1), finish()]),
        answers=[CHANGED, CHANGED])
    bootstrap.answer = code("5.03")
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=2))
    daemon.wait_status("registered")
    daemon.bootstrap()
    server.wait_registration(2)
    daemon.wait_status("registered", number=2)
    assert daemon.get("Generation") == "last-good"
    assert len(bootstrap.first_transmissions()) >= 5, "for longer than its account had"


def test_own_account_overwritten_beside_a_working_server(daemon, server, peers):
    """Its registration speaks for the server only: when that dies, the account that worked is tried."""
    bootstrap = peers.bootstrap(
        in_turn([*account(server.uri), finish()],
                [write("/0/0", security(dead(), bootstrap=True)), *account(server.uri), finish()],
                [*account(server.uri), finish()]))
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("registered")
    daemon.bootstrap()
    bootstrap.wait_run(2)
    server.wait_registration(2)
    daemon.wait_status("registered", number=2)
    assert daemon.get("BootstrapServerURI") != bootstrap.uri
    server.answers.append(code("4.03"))
    daemon.call("Restart")
    bootstrap.wait_run(3)
    daemon.wait_status("registered", number=3)
    assert daemon.get("BootstrapServerURI") == bootstrap.uri
    assert daemon.wait_log("the last one that answered, is tried")


def test_timeout_of_an_account_that_has_never_answered_does_not_run(daemon, server, peers):
    """A wrong URI and /0/x/12 = 1 beside a working server: purged, it would take last-good with it."""
    bootstrap = peers.bootstrap(
        in_turn([*account(server.uri), finish()],
                [write("/0/0", security(dead(), bootstrap=True, r12=1)),
                 *account(server.uri, lifetime=4), finish()],
                [*account(server.uri), finish()]))
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("registered")
    daemon.bootstrap()
    server.wait_update(server.wait_registration(2))     # two seconds later
    assert daemon.get("BootstrapServerURI") not in ("", bootstrap.uri)
    daemon.kill()
    daemon.start()
    server.wait_update(server.wait_registration(3))
    server.answers.append(code("4.03"))
    daemon.call("Restart")
    bootstrap.wait_run(3)
    server.wait_registration(4)
    daemon.wait_property("BootstrapServerURI", bootstrap.uri)


def test_account_of_the_configuration_where_that_of_a_bootstrap_is_dead(daemon, server, peers):
    """The bootstrapped account has answered once, so last-good has it too; then it is gone for good."""
    other = peers.bootstrap(answers=[CHANGED])
    other.script, other.answer = [*account(dead(), r17=1, r20=1), finish()], code("5.03")
    bootstrap = peers.bootstrap(
        in_turn([write("/0/0", security(other.uri, bootstrap=True)), *account(dead(), r17=1, r20=1),
                 finish()],
                [*account(server.uri), finish()]))
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    daemon.wait_status("registered")
    assert len(other.first_transmissions()) >= 1 and len(bootstrap.first_transmissions()) == 2
    assert daemon.wait_log("Bootstrap-Server Account of the configuration is tried")


def test_what_is_tried_is_not_stored_before_it_works(daemon, server, peers):
    """A power cut while last-good is tried: the next start begins with what the last Finish brought."""
    gone = dead()
    bootstrap = peers.bootstrap(
        in_turn([*account(server.uri), finish()], [*account(gone, r17=1, r20=1), finish()]),
        answers=[CHANGED, CHANGED])
    bootstrap.answer = code("5.03")
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("registered")
    server.answer = None
    daemon.bootstrap()
    daemon.wait_log("the last ones that worked, are in force again")
    daemon.kill()
    daemon.start()
    daemon.wait_log(f"{gone} .*refused the connection")
    daemon.wait_log("the last ones that worked, are in force again")


# --- The end of another account ------------------------------------------------------------------------


def test_account_timeout_is_that_of_the_account_it_was_given_to(daemon, server, peers):
    """/0/0/12 of a dead account has ended; the one that works in its place has no such time."""
    bootstrap = peers.bootstrap(
        in_turn([write("/0/0", security(dead(), bootstrap=True, r12=1)), *account(dead(), r17=1, r20=1),
                 finish()],
                [*account(server.uri), finish()]))
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_delay="2s"))
    daemon.wait_status("registered")
    assert stays(daemon, bootstrap.uri)


def test_account_timeout_is_that_of_the_last_finish(daemon, server, peers):
    """It has ended while the accounts were dead; the server has taken it back since."""
    bootstrap = peers.bootstrap(answers=[CHANGED, code("5.03"), CHANGED])
    bootstrap.script = in_turn(
        [write("/0/0", security(bootstrap.uri, bootstrap=True, r12=1)), *account(dead(), r17=1, r20=1),
         finish()],
        [write("/0/0/12", b"0", TEXT), *account(server.uri), finish()])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=2, retry_delay="2s"))
    daemon.wait_status("registered")
    assert stays(daemon, bootstrap.uri)


def test_account_timeout_ends_with_its_account(daemon, server, peers):
    """The one of the configuration answers, and so is stored, but never finishes."""
    bootstrap = peers.bootstrap(
        in_turn([write("/0/0", security(dead(), bootstrap=True, r12=2)), *account(server.uri), finish()],
                []))
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0, timeout="3s"))
    daemon.wait_status("registered")
    server.answers.append(code("4.03"))
    daemon.call("Restart")
    daemon.wait_status("failure")
    daemon.call("Restart")
    daemon.wait_status("registered", number=2)
    assert stays(daemon, bootstrap.uri)


def test_account_timeout_does_not_outlive_a_changed_bootstrap_server(daemon, server, peers):
    bootstrap = peers.bootstrap(answers=[CHANGED])
    bootstrap.script, bootstrap.answer = [*account(dead(), r17=1, r20=1), finish()], code("5.03")
    other = peers.bootstrap([*account(server.uri), finish()])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_delay="2s",
                          bootstrap_account={"bootstrap_server_account_timeout": 1}))
    daemon.wait_status("failure")
    daemon.configure(settings(other.uri, coap=HASTY_COAP))
    daemon.call("Reload")
    daemon.wait_status("registered")
    assert stays(daemon, other.uri)


# --- Numbers of a server -------------------------------------------------------------------------------


@pytest.mark.parametrize("resources, longest", [
    ({"r19": 4294967294, "r20": 2, "r17": 1}, 7 * DAY),
    ({"r18": 4294967294, "r17": 4294967295}, DAY),
    ({"r14": 4294967294}, 3600),
])
def test_numbers_of_a_server_do_not_park_the_device(daemon, peers, resources, longest):
    """Clamped where they are read; the stored value stays, and the journal names it."""
    server = peers.server(answer=code("5.03"))
    other = peers.server()
    bootstrap = peers.bootstrap([*account(server.uri, **resources), *account(other.uri, 2, 2, 1), finish()])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    daemon.wait_property("NextRetryTimestampMonotonic", lambda value: value > 0)
    left = daemon.get("NextRetryTimestampMonotonic") / 1e6 - time.monotonic()
    assert longest - 60 < left <= longest
    assert daemon.wait_event("VALUES_LIMITED",
                             r"4294967294 counts as \d+" if "r17" not in resources or "r19" in resources
                           else r"/17 = 4294967295 counts as 100, /1/0/18 = 4294967294 counts as 86400")


def test_huge_lifetime_is_updated_within_a_day(daemon, peers, server):
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    daemon.start(settings(bootstrap.uri))
    registration = server.wait_registration()
    assert server.write("/1/0/1", b"2147483647").code_text == "2.04"
    assert server.wait_update(registration).query == {"lt": "2147483647"}
    daemon.wait_server(1, "NextUpdateTimestampMonotonic",
                       lambda value: DAY - 60 < value / 1e6 - time.monotonic() <= DAY)


def test_hold_off_of_an_account_that_has_never_answered_counts_as_none(daemon, server, peers):
    bootstrap = peers.bootstrap()
    scripts = [[write("/0/0", security(bootstrap.uri, bootstrap=True, r11=4294967295)),
                *account(dead(), r17=1, r20=1), finish()], [*account(server.uri), finish()]]
    bootstrap.script = in_turn(*scripts)
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    daemon.wait_status("registered", timeout=8)


def test_hold_off_of_an_account_that_has_answered_is_an_hour_at_most(daemon, server, peers):
    bootstrap = peers.bootstrap(
        in_turn([write("/0/0/11", b"4294967295", TEXT), *account(server.uri), finish()], [finish()]))
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.bootstrap()
    bootstrap.wait_run(2)
    daemon.wait_status("registered", number=2)
    assert server.execute("/1/0/9").code_text == "2.04"
    daemon.wait_property("SubStatus", "hold-off")
    assert 3540 < daemon.get("NextRetryTimestampMonotonic") / 1e6 - time.monotonic() <= 3600


def test_numbers_of_the_configuration_count_as_they_are(daemon, peers):
    server = peers.server(answer=code("5.03"))
    retry = {"retry_count": 2, "retry_timer": "2d", "sequence_retry_count": 1}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    daemon.wait_property("NextRetryTimestampMonotonic", lambda value: value > 0)
    assert daemon.get("NextRetryTimestampMonotonic") / 1e6 - time.monotonic() > DAY
    assert daemon.get("Generation") == "configuration"


# --- The counter ---------------------------------------------------------------------------------------


def test_each_trigger_of_a_registered_server_leads_to_a_request(daemon, server, peers):
    """retry_count 1, three times /1/0/9, each bootstrap only Read and Finish: none waits or is dropped."""
    bootstrap = peers.bootstrap(
        in_turn([*account(server.uri), finish()], *[[read("/1"), finish()]] * 3))
    daemon.start(settings(bootstrap.uri, retry_delay="30s"))
    daemon.wait_status("registered")
    for number in range(2, 5):
        asked = time.monotonic()
        assert server.execute("/1/0/9").code_text == "2.04"
        assert bootstrap.wait_request(POST, "/bs", number=number).time - asked < 2
        bootstrap.wait_run(number)
        daemon.wait_status("registered", number=number)
        assert daemon.get("Attempt") == 0
    assert len(server.registrations) == 1


# --- Changes while a request is under way --------------------------------------------------------------


def two_of_1_0(daemon, peers, **second):
    """Two servers of LwM2M 1.0, the second one's Register is sent; both, and their Bootstrap Server."""
    first, second = peers.server(), peers.server(**second)
    bootstrap = peers.bootstrap([*account(first.uri), *account(second.uri, 2, 2, 1), finish()])
    daemon.start({**settings(bootstrap.uri), "lwm2m_version": "1.0"})
    first.wait_registration()
    second.wait_request(POST, "/rd")
    return first, second, bootstrap


def change_all(daemon, first, bootstrap):
    """Lifetime, Binding and, by a bootstrap that does not touch the second server, the object list."""
    assert first.write("/1/1/1", b"77").code_text == "2.04"
    assert first.write("/1/1/7", b"UQ").code_text == "2.04"
    bootstrap.script = [*account(dead(), 3, 3, 2), finish()]
    daemon.bootstrap()
    bootstrap.wait_run(2)


def assert_all_announced(update):
    assert update.query == {"lt": "77", "b": "UQ"}
    assert links(update.payload) == ["</1/0>", "</1/1>", "</1/2>", "</2>", *OWN_OBJECTS]


def test_each_change_while_register_is_under_way_is_announced_afterwards(daemon, peers):
    """Server A writes the Lifetime of B while B's Register is on its way, and the like."""
    first, second, bootstrap = two_of_1_0(daemon, peers, answers=[Answer(CREATED, delay=1.5)])
    change_all(daemon, first, bootstrap)
    assert not second.registrations
    assert_all_announced(second.wait_update(second.wait_registration()))


def test_each_change_while_an_update_is_under_way_is_announced_afterwards(daemon, peers):
    first, second, bootstrap = two_of_1_0(daemon, peers)
    registration = second.wait_registration()
    second.update_answers.append(Answer(CHANGED, delay=1.5))
    daemon.wait_server(2, "State", "registered")
    daemon.call_server(2, "Update")
    assert second.wait_update(registration).payload == b""
    change_all(daemon, first, bootstrap)
    assert len(registration.updates) == 1
    assert_all_announced(second.wait_update(registration, 2))


# --- Answers to Register and Update --------------------------------------------------------------------


@pytest.mark.parametrize("refusal", ["4.08", "4.13"])
def test_fault_of_the_transfer_is_a_failed_attempt(daemon, peers, refusal):
    """To a block-wise Register; it does not end the sequence for a day."""
    server, other = peers.server(answers=[code(refusal)]), peers.server()
    bootstrap = peers.bootstrap([*account(server.uri, r18=1), *account(other.uri, 2, 2, 1), finish()])
    daemon.start(settings(bootstrap.uri, coap={**COAP, "block_size": 16}))
    registration = server.wait_registration()
    assert registration.objects == ["</1/0>", "</1/1>", "</2>", *OWN_OBJECTS]
    assert any(record.message.block(BLOCK1) for record in server.requests(POST, "/rd"))
    daemon.wait_property("SubStatus", "idle")
    assert len(bootstrap.first_transmissions()) == 1


@pytest.mark.parametrize("refusal", ["4.00", "4.04"])
def test_updates_refused_for_ever_are_a_failure_with_a_reason(daemon, peers, refusal):
    server = peers.server()
    server.update_answers.extend([code(refusal)] * 100)
    daemon.start(settings(servers=[factory_server(server.uri, lifetime=1)]))
    daemon.wait_status("failure")
    assert daemon.changes[-1][2] == "RegistrationRejected"
    name, sentence = daemon.get("LastError")
    assert name == "RegistrationRejected" and f"answered {refusal} to an Update" in sentence
    assert daemon.get_server(1, "LastError") == (name, sentence)


def test_failed_servers_say_why_after_all_trials(daemon, peers):
    """Those that are in force again were given up together with what was tried in their place."""
    refusing = peers.server(answer=code("4.03"))
    bootstrap = peers.bootstrap([*account(dead(), 2, 2, 1, r17=1, r20=1), delete("/1/0"), finish()],
                                answers=[CHANGED])
    bootstrap.answer = code("5.03")
    daemon.start(settings(bootstrap.uri, [factory_server(refusing.uri)], coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("failure")
    name, sentence = daemon.get_server(2, "LastError")
    assert name == "RegistrationRejected" and "so has what was tried in its place" in sentence
