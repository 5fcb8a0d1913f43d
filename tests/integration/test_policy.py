# SPDX-License-Identifier: Apache-2.0
"""Bootstrap and registration policy (design.md 4.1 to 4.9), what the other files leave."""
import time

import pytest

from harness import COAP, HASTY_COAP, MANAGER, NAME, OWN_OBJECTS, START, factory_server, settings
from lwm2m_peer import (CHANGED, CREATED, DELETE, MAX_AGE, POST, PUT, TEXT, TLV, Answer, Message, Type,
                        account, closed_port, code, delete, finish, read, security, server_object,
                        tlv_instance, uint, write)

NO_ACCOUNT = NAME + ".Error.NoBootstrapServerAccount"


def dead():
    return f"coap://127.0.0.1:{closed_port()}"


def monotonic(daemon, name):
    return daemon.get(name) / 1e6


def in_turn(*scripts):
    """One script for each run of a Bootstrap Server."""
    left = list(scripts)
    return lambda bs, result: [bs.step(result, step) for step in left.pop(0)]


def gaps(times):
    return [round(after - before) for before, after in zip(times, times[1:])]


# --- 4.1: the Bootstrap Sequence -----------------------------------------------------------------------


def test_communication_sequences_of_an_account(daemon, peers):
    """Two sequences of two attempts: 18 s apart within, 19 s between; Status stays `registering`."""
    server = peers.server(answer=code("5.03"))
    bootstrap = peers.bootstrap([*account(server.uri, r17=2, r18=1, r19=2, r20=2), finish()])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("failure")
    times = [record.time for record in server.requests(POST, "/rd")]
    assert gaps(times) == [1, 2, 1]
    assert [change[1] for change in daemon.changes[2:]] == ["registering", "failure"]
    assert daemon.changes[-1][2] == "RegistrationRejected"


def test_next_attempt_of_a_registration_is_shown(daemon, peers):
    server = peers.server(answers=[code("5.03")])
    retry = {"retry_count": 2, "retry_timer": "2s"}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    daemon.wait_property("SubStatus", "retry-wait")
    assert daemon.status == "registering" and daemon.get_server(1, "State") == "retry-wait"
    refused = server.requests(POST, "/rd")[0].time
    assert abs(monotonic(daemon, "NextRetryTimestampMonotonic") - refused - 2) < 0.3
    assert daemon.get("Attempt") == 0, "it counts bootstrap attempts only"
    assert daemon.get("LastError")[0] == "RegistrationRejected"
    daemon.wait_status("registered")
    assert daemon.get("LastError") == ("", "") and daemon.get("NextRetryTimestamp") == 0


def test_max_age_delays_a_registration(daemon, peers):
    """Of a 5.03 to Register, and to an Update, after which Register would else come at once."""
    busy = Answer(code("5.03"), options=[(MAX_AGE, uint(3))])
    server = peers.server(answers=[busy])
    server.update_answers.append(busy)
    daemon.start(settings(servers=[factory_server(server.uri, retry={"retry_count": 2,
                                                                     "retry_timer": "1s"})]))
    daemon.wait_property("SubStatus", "retry-wait")
    assert daemon.get("LastError")[1].endswith(
        "answered 5.03 (Max-Age 3 s) to Register. It cannot serve this device now; check its load and its "
        "log.")
    refused = server.requests(POST, "/rd")[0].time
    assert abs(monotonic(daemon, "NextRetryTimestampMonotonic") - refused - 3) < 0.5
    daemon.wait_status("registered")
    asked = time.monotonic()
    daemon.call_server(1, "Update")
    daemon.wait_server(1, "State", "retry-wait")
    daemon.wait_status("registered", number=2)
    assert gaps([record.time for record in server.requests(POST, "/rd")])[0] == 3
    assert 2.9 < server.registrations[1].time - asked < 4


def test_failed_server_starts_again_after_its_sequence_delay(daemon, server, peers):
    """While another is registered: State `failed`, then its sequences from the beginning."""
    other = peers.server(answers=[code("4.03")])
    retry = {"retry_count": 1, "retry_timer": "1s", "sequence_delay_timer": "2s", "sequence_retry_count": 1}
    entries = [factory_server(server.uri, 1), factory_server(other.uri, 2, retry=retry)]
    daemon.start(settings(servers=entries))
    daemon.wait_server(2, "State", "failed")
    daemon.wait_property("SubStatus", "partial")
    daemon.wait_server(2, "State", "registered")
    assert gaps([record.time for record in other.requests(POST, "/rd")]) == [2]
    daemon.wait_property("SubStatus", "idle")


def test_one_server_that_allows_it_is_enough_for_a_bootstrap(daemon, server, peers):
    first = [*account(dead(), r16=False, r17=1, r20=1), *account(dead(), 2, 2, 1, r17=1, r20=1), finish()]
    bootstrap = peers.bootstrap(in_turn(first, [delete("/"), *account(server.uri), finish()]))
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    assert len(bootstrap.first_transmissions()) == 2


def test_blocked_server_counts_as_failed(daemon, server, peers):
    """The server behind a failed one that blocks never gets a Register, and a bootstrap begins."""
    never = peers.server()
    first = [*account(dead(), r13=1, r15=True, r17=1, r20=1), *account(never.uri, 2, 2, 1, r13=2), finish()]
    bootstrap = peers.bootstrap(in_turn(first, [delete("/"), *account(server.uri), finish()]))
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    assert not never.records and len(bootstrap.first_transmissions()) == 2


def test_initial_delay_is_over_after_the_first_success(daemon, peers):
    """/1/x/14 counts until the first registration after a bootstrap: Restart() and a start wait no more."""
    server = peers.server()
    bootstrap = peers.bootstrap([*account(server.uri, r14=2), finish()])
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registering")
    asked = time.monotonic()
    daemon.call("Restart")              # not yet: the delay begins anew
    assert server.wait_registration().time - asked > 1.7
    daemon.wait_status("registered")
    asked = time.monotonic()
    daemon.call("Restart")
    assert server.wait_registration(2).time - asked < 1
    daemon.wait_status("registered", number=2)
    daemon.stop()
    daemon.start()
    ready = time.monotonic()
    assert server.wait_registration(3).time - ready < 1
    daemon.wait_status("registered")
    asked = time.monotonic()
    daemon.bootstrap()                  # another bootstrap: the delay counts again
    bootstrap.wait_run(2)
    assert server.wait_registration(4).time - asked > 1.7


def test_servers_without_a_priority_do_not_wait(daemon, peers):
    """/1/x/13 orders only those that have it; /1/x/14 delays its own server."""
    slow, free, late = peers.server(answers=[Answer(CREATED, delay=0.5)]), peers.server(), peers.server()
    bootstrap = peers.bootstrap([*account(slow.uri, r13=1), *account(free.uri, 2, 2, 1),
                                 *account(late.uri, 3, 3, 2, r14=1), finish()])
    daemon.start(settings(bootstrap.uri))
    first = slow.wait_request(POST, "/rd").time
    assert free.wait_registration().time - first < 0.4
    assert late.wait_request(POST, "/rd").time - first >= 0.9


@pytest.mark.parametrize("answer", [None, "5.03"])
def test_failure_without_a_bootstrap_server_and_restart(daemon, peers, answer):
    """on_failure: restart begins with the known servers."""
    server = peers.server(answers=[answer and code(answer)])
    daemon.start(settings(servers=[factory_server(server.uri)], coap=HASTY_COAP, on_failure="restart",
                          restart_delay="1s"))
    daemon.wait_status("failure")
    assert daemon.get("SubStatus") == "retry-wait"
    assert daemon.error_of("Bootstrap", "a{sv}", ({},)) == NO_ACCOUNT
    daemon.wait_status("registered")
    words = [change[1] for change in daemon.changes]
    assert words == ["registering", "failure", "registering", "registered"]


# --- 4.2: a series -------------------------------------------------------------------------------------


def test_hold_off_after_failed_registrations_and_on_the_trigger(daemon, server, peers):
    """Not on Bootstrap()."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    config = settings(bootstrap.uri, [factory_server(dead())], bootstrap_account={"client_hold_off_time": 1})
    began = time.monotonic()
    daemon.start(config)
    assert bootstrap.wait_request(POST, "/bs").time - began >= 1
    daemon.wait_status("registered")
    server.wait_registration()
    asked = time.monotonic()
    assert server.execute("/1/0/9").code_text == "2.04"
    daemon.wait_property("SubStatus", "hold-off")
    assert 1 <= bootstrap.wait_request(POST, "/bs", number=2).time - asked < 2
    daemon.wait_status("registered", number=2)
    asked = time.monotonic()
    daemon.bootstrap()
    assert bootstrap.wait_request(POST, "/bs", number=3).time - asked < 0.5


def test_hold_off_after_reset(daemon, server, bootstrap):
    daemon.start(settings(bootstrap.uri, bootstrap_account={"client_hold_off_time": 1}))
    daemon.wait_status("registered")
    asked = time.monotonic()
    daemon.call("Reset")
    daemon.wait_property("SubStatus", "hold-off")
    assert bootstrap.wait_request(POST, "/bs", number=2).time - asked >= 1


def test_bootstrap_on_d_bus_ends_a_hold_off(daemon, server, bootstrap):
    daemon.start(settings(bootstrap.uri, bootstrap_account={"client_hold_off_time": 3600}))
    daemon.wait_property("SubStatus", "hold-off")
    daemon.wait_log(r"Bootstrap attempt 1 of \d+ begins in 3600 s\.")
    assert daemon.get("Attempt") in (0, 1)
    daemon.bootstrap()
    daemon.wait_status("registered", timeout=5)


def test_bootstrap_on_d_bus_in_failure_begins_with_attempt_1(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[None])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("failure")
    assert daemon.get("Attempt") == 1, "it stays N + 1"
    daemon.bootstrap()
    daemon.wait_status("registered")
    assert daemon.get("Attempt") == 0 and len(bootstrap.first_transmissions()) == 2


def test_answer_to_an_earlier_attempt_is_none_to_this_one(daemon, peers):
    """A stale 2.04 on the new port is ignored, and the attempt ends by its own deadline."""
    bootstrap = peers.bootstrap(answer=None)
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=1))
    first = bootstrap.wait_request(POST, "/bs").message
    second = bootstrap.wait_request(POST, "/bs", number=2)
    stale = Message(Type.ACK, CHANGED, first.mid, first.token)
    bootstrap.send(bootstrap.sessions[second.address], stale)
    daemon.wait_status("failure")
    assert daemon.get("LastError")[0] == "Timeout"


# --- 4.3: the session timer ----------------------------------------------------------------------------


class Ticker:
    """A registered server with a lifetime of 1 s: its Updates, every half, are the daemon's own clock."""

    def __init__(self, daemon, peers):
        self.daemon, self.server = daemon, peers.server()

    def bootstrap(self, uri, coap=COAP, **keys):
        """Registers, then begins a bootstrap, in which the Updates go on."""
        servers = [factory_server(self.server.uri, 9, lifetime=1)]
        config = settings(uri, servers, coap, retry_count=0, **keys)
        if "timeout" not in keys:
            del config["bootstrap"]["timeout"]
        self.daemon.start(config)
        self.daemon.wait_status("registered")
        self.daemon.bootstrap()

    def wait(self, number=1):
        registration = self.server.registrations[0]
        self.server.wait_update(registration, len(registration.updates) + number)


@pytest.fixture
def ticker(daemon, peers):
    return Ticker(daemon, peers)


def second_account(server):
    """Beside the ticker's."""
    return account(server.uri, 2, 2, 1)


def test_successful_operations_keep_a_session_open(daemon, server, peers, ticker):
    """A write every 0.5 s under a timeout of 1 s: Finish comes after more than 2 s."""
    def script(bs, result):
        for _ in range(5):
            bs.step(result, write("/1/1", server_object(2)))
            ticker.wait()
        for step in (*second_account(server), finish()):
            bs.step(result, step)
    bootstrap = peers.bootstrap(script)
    ticker.bootstrap(bootstrap.uri, timeout="1s")
    server.wait_registration()


def block_script(server, ticker, number_of):
    """Blocks 0.5 s apart; number_of(i) is the block sent as the i-th."""
    body = tlv_instance(security(server.uri, 2, r3=bytes(64)))

    def script(bs, result):
        for i in range(4):
            block = bs.block_message(result.session, PUT, "/0/2", TLV, body, number_of(i), 16)
            bs.exchange(result.session, block)
            ticker.wait()
        for step in (*second_account(server), finish()):
            bs.step(result, step)
    return script


def test_block_that_extends_its_assembly_keeps_a_session_open(daemon, server, peers, ticker):
    bootstrap = peers.bootstrap(block_script(server, ticker, lambda i: i))
    ticker.bootstrap(bootstrap.uri, timeout="1s")
    assert bootstrap.wait_run().codes == ["2.04"] * 3
    assert len(bootstrap.received(lambda m: m.code_text == "2.31")) == 4
    server.wait_registration()


def test_restarted_block_transfer_does_not_keep_a_session_open(daemon, server, peers, ticker):
    bootstrap = peers.bootstrap(block_script(server, ticker, lambda i: 0))
    ticker.bootstrap(bootstrap.uri, timeout="1s")
    began = bootstrap.wait_request(POST, "/bs").time
    assert daemon.wait_property("LastError", lambda error: error[0])[0] == "ServerSilent"
    assert time.monotonic() - began < 2


def test_default_timeout_follows_the_coap_values(daemon, server, peers, ticker):
    """EXCHANGE_LIFETIME is minutes: a session that pauses for two seconds lives."""
    def script(bs, result):
        bs.step(result, second_account(server)[0])
        ticker.wait(4)
        for step in (second_account(server)[1], finish()):
            bs.step(result, step)
    bootstrap = peers.bootstrap(script)
    ticker.bootstrap(bootstrap.uri, HASTY_COAP)
    server.wait_registration()


# --- 4.4: one transaction ------------------------------------------------------------------------------


def test_delete_of_the_server_object_leaves_the_security_instances(daemon, server, bootstrap):
    bootstrap.script = [*account(server.uri), delete("/1"), read("/1", accept=TLV),
                        write("/1/0", server_object(1, lifetime=44)), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    assert result.codes == ["2.04", "2.04", "2.02", "2.05", "2.04", "2.04"]
    assert not result.response(3).payload
    assert server.wait_registration().query["lt"] == "44"


def test_finish_right_away_without_accounts_gets_4_06(daemon, server, bootstrap):
    bootstrap.script = [finish(), *account(server.uri), finish()]
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["4.06", "2.04", "2.04", "2.04"]
    daemon.wait_status("registered")


def test_moved_bootstrap_server_account_still_bootstraps(daemon, server, peers):
    """A server account onto our instance: ours moves to the lowest free id and keeps working."""
    bootstrap = peers.bootstrap(in_turn([*account(server.uri, 1, 0, 0), finish()],
                                        [delete("/0/1"), delete("/0/0"), finish(),
                                         *account(server.uri, 1, 0, 0), finish()]))
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.wait_log("[Bb]ootstrap-Server Account")
    daemon.bootstrap()
    assert bootstrap.wait_run(2).codes == ["4.00", "2.02", "4.06", "2.04", "2.04", "2.04"]
    daemon.wait_status("registered", number=2)


# --- 4.5: while registered -----------------------------------------------------------------------------


def test_disable_works_during_a_series(daemon, server, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, [factory_server(server.uri)]))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    daemon.bootstrap()
    silent.wait_request(POST, "/bs")
    daemon.call_server(1, "Disable", "u", (1,))
    server.wait_deregistered(registration)
    assert daemon.status == "bootstrapping"
    server.wait_registration(2)


def test_trigger_in_retry_wait_is_accepted_and_nothing_else(daemon, server, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri, [factory_server(server.uri)], coap=HASTY_COAP, retry_delay="2s"))
    daemon.wait_status("registered")
    daemon.bootstrap()
    daemon.wait_property("SubStatus", "retry-wait")
    next_retry = daemon.get("NextRetryTimestampMonotonic")
    assert server.execute("/1/0/9").code_text == "2.04"
    assert (daemon.get("NextRetryTimestampMonotonic"), daemon.get("Attempt")) == (next_retry, 1)
    assert len(silent.received()) == 1


def test_lost_bootstrap_session_leaves_the_store_alone(daemon, server, peers):
    """Writes without Finish: rolled back, the server is read as before and stays registered."""
    bootstrap = peers.bootstrap(in_turn([*account(server.uri), finish()],
                                        [delete("/"), write("/1/0", server_object(1, lifetime=9))]))
    daemon.start(settings(bootstrap.uri, retry_count=0))
    daemon.wait_status("registered")
    daemon.stop()
    daemon.start(settings(bootstrap.uri, retry_count=0, timeout="1s"))
    daemon.wait_status("registered")
    server.wait_registration(2)
    daemon.bootstrap()
    daemon.wait_status("registered", number=2)
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"
    assert server.write("/1/0/5", b"60").code_text == "2.04"
    assert server.registrations[-1].active and len(server.registrations) == 2
    assert daemon.get("LastError")[0] == "ServerSilent"


# --- 4.6: after a failed series ------------------------------------------------------------------------


def test_proven_accounts_are_not_given_up(registered, server, bootstrap):
    """A server that was registered with is kept although it and the Bootstrap Server are silent now."""
    bootstrap.answer = None
    server.silent = True
    registered.kill()
    config = settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0)
    registered.start(config)
    registered.call("Restart")
    registered.bootstrap()
    registered.wait_property("SubStatus", lambda value: value != "requesting")
    assert f"{MANAGER}/server/1" in registered.managed_objects()
    assert not any("last-good" in line for line in registered.lines)


def test_yaml_accounts_where_there_is_no_last_good(daemon, server, peers):
    """The first bootstrap ever brings dead accounts: `servers` of the YAML are in force again."""
    late = peers.server(answers=[code("4.03")])
    bootstrap = peers.bootstrap([delete("/"), *account(dead(), r17=1, r20=1), finish()], answers=[CHANGED])
    bootstrap.answer = code("5.03")
    daemon.start(settings(bootstrap.uri, [factory_server(late.uri)]))
    registration = late.wait_registration()
    assert registration.objects == ["</1/0>", "</2>", *OWN_OBJECTS]
    daemon.wait_status("registered")
    daemon.wait_log("configuration")


# --- 4.7: Bootstrap-Server Account Timeout -------------------------------------------------------------


def test_purge_waits_until_accounts_are_proven(daemon, server, peers):
    """Dead accounts and /0/x/12 = 1: the account that brought them stays until others have worked."""
    scripts = [[*account(dead(), r17=1, r20=1), finish()], [*account(server.uri), finish()]]
    bootstrap = peers.bootstrap(in_turn(*scripts), answers=[CHANGED, code("5.03"), code("5.03")])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=2, retry_delay="1s",
                          bootstrap_account={"bootstrap_server_account_timeout": 1}))
    daemon.wait_status("failure")
    assert daemon.get("BootstrapServerURI") == bootstrap.uri, "it has ended some seconds ago"
    daemon.call("Restart")
    daemon.wait_status("registered")
    daemon.wait_property("BootstrapServerURI", "")
    assert daemon.error_of("Bootstrap", "a{sv}", ({},)) == NO_ACCOUNT


def test_bootstrap_trigger_without_a_bootstrap_server_account_is_4_05(daemon, server, peers):
    """A 2.04 that leads to no Bootstrap-Request would be a lie."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    daemon.start(settings(bootstrap.uri, bootstrap_account={"bootstrap_server_account_timeout": 1}))
    server.wait_registration()
    daemon.wait_property("BootstrapServerURI", "")
    assert server.execute("/1/0/9").code_text == "4.05"


def test_changed_bootstrap_server_lifts_the_purge(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    account_timeout = {"bootstrap_server_account_timeout": 1}
    daemon.start(settings(bootstrap.uri, bootstrap_account=account_timeout))
    daemon.wait_property("Bootstrapped", True)
    daemon.wait_property("BootstrapServerURI", "")
    other = peers.bootstrap([finish()])
    daemon.configure(settings(other.uri))
    daemon.call("Reload")
    daemon.wait_property("BootstrapServerURI", other.uri)
    daemon.bootstrap()
    assert other.wait_run().codes == ["2.04"]


def test_account_timeout_runs_anew_after_a_start(daemon, server, bootstrap):
    daemon.start(settings(bootstrap.uri, bootstrap_account={"bootstrap_server_account_timeout": 3}))
    daemon.wait_status("registered")
    daemon.kill()
    began = time.monotonic()
    daemon.start()
    daemon.wait_property("BootstrapServerURI", "")
    assert 2.5 < time.monotonic() - began < 4.5


# --- 4.8: Restart() and Reset() ------------------------------------------------------------------------


def test_restart_during_a_transaction_rolls_back(daemon, server, peers):
    def script(bs, result):
        bs.step(result, delete("/"))
        bs.step(result, write("/1/0", server_object(1, lifetime=9)))
        daemon.call("Restart")
    bootstrap = peers.bootstrap(in_turn([*account(server.uri), finish()], []))
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    bootstrap.script = script
    daemon.bootstrap()
    assert server.wait_registration(2).query["lt"] == "300"
    daemon.wait_status("registered", number=2)
    assert not server.registrations[0].deregistered


def test_reset_waits_at_most_a_second_for_a_dead_server(registered, server, bootstrap):
    server.silent = True
    registered.call("Reset")
    asked = time.monotonic()
    server.wait_request(DELETE, "/" + "/".join(server.registrations[0].location))
    bootstrap.wait_request(POST, "/bs", number=2)
    assert time.monotonic() - asked < 2


def test_sigterm_during_a_transaction_rolls_back(registered, server, bootstrap):
    def script(bs, result):
        bs.step(result, delete("/"))
        assert registered.stop() == 0
    bootstrap.script = script
    registered.bootstrap()
    bootstrap.wait_run(2)
    server.wait_deregistered(server.registrations[0])
    registered.start()
    assert server.wait_registration(2).query["lt"] == "300"


# --- 4.9: registration ---------------------------------------------------------------------------------


def test_unanswered_update_leads_to_register_and_not_to_a_bootstrap(registered, server, bootstrap):
    server.update_answers.append(None)
    server.update_answers.append(None)
    registered.call_server(1, "Update")
    server.wait_registration(2)
    assert len(bootstrap.bootstrap_requests()) == 1
    assert not any(new == "bootstrapping" for _, new, _ in registered.changes[len(START):])


def test_disable_of_zero_seconds_takes_the_accounts_timeout(registered, server):
    assert server.write("/1/0/5", b"1").code_text == "2.04"
    registered.call_server(1, "Disable", "u", (0,))
    server.wait_deregistered(server.registrations[0])
    registered.wait_status("suspended")
    assert registered.get("SubStatus") == "disabled" and registered.get_server(1, "State") == "disabled"
    assert server.wait_registration(2).active
    assert registered.changes[len(START)] == ("registered", "suspended", "")


def test_disabled_server_gets_no_answers_and_does_not_make_it_partial(daemon, server, peers):
    other = peers.server()
    daemon.start(settings(servers=[factory_server(server.uri, 1), factory_server(other.uri, 2)]))
    server.wait_registration(), other.wait_registration()
    daemon.wait_property("SubStatus", "idle")
    daemon.call_server(1, "Disable", "u", (60,))
    daemon.wait_server(1, "State", "disabled")
    assert (daemon.get("Status"), daemon.get("SubStatus")) == ("registered", "idle")
    assert other.read("/1/1/0", accept=TEXT).payload == b"2"
    assert daemon.get_server(2, "NextUpdateTimestamp") > 0
    assert daemon.get_server(1, "NextUpdateTimestamp") == 0


def test_next_update_follows_the_lifetime(registered, server):
    """lt - min(lt / 2, 93 s), right after each change."""
    for number, (lifetime, ahead) in enumerate(((100, 50), (186, 93), (1000, 907)), 1):
        assert server.write("/1/0/1", str(lifetime).encode()).code_text == "2.04"
        update = server.wait_update(server.registrations[0], number)
        assert update.query == {"lt": str(lifetime)}
        wanted = time.time() + ahead
        registered.wait_server(1, "NextUpdateTimestamp", lambda value: abs(value / 1e6 - wanted) < 2)
        assert registered.get_server(1, "Lifetime") == lifetime


def test_sixteen_servers(daemon, peers):
    servers = [peers.server() for _ in range(16)]
    daemon.start(settings(servers=[factory_server(each.uri, i + 1) for i, each in enumerate(servers)]))
    for each in servers:
        each.wait_registration()
    daemon.wait_property("SubStatus", "idle")
    objects = servers[0].registrations[0].objects
    assert objects == [f"</1/{i}>" for i in range(16)] + ["</2>", *OWN_OBJECTS]
    assert len(daemon.managed_objects()) >= 16
