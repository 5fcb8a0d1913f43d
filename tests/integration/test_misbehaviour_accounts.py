# SPDX-License-Identifier: Apache-2.0
"""Accounts that cannot work, our own one touched, servers that vanish, and bootstraps in a row: a row a case
(misbehaviour.py says what a row is)."""
import pytest

from harness import HASTY_COAP, factory_server, settings
from lwm2m_peer import POST, TEXT, account, code, delete, finish, security, server_object, write
from misbehaviour import Keeps, Registered, Row, assert_exchanges_differ, exchange, good, heal, run_row

DEAD = "coap://127.0.0.1:9"     # discard: nobody listens


def own(uri, **resources):
    """Our own account, written anew."""
    return write("/0/0", security(uri, bootstrap=True, **resources))


def accepted(*steps, **keywords):
    """The steps, all of them accepted, before a good bootstrap of a client that is registered."""
    return Row(script=lambda at: [*((step, "2.04") for step in steps), *good(at)], known=True, **keywords)


def refused(words, *steps):
    """The steps beside a good account; the Finish is refused, and nothing follows."""
    return Row(script=lambda at: [*good(at)[:2], *((step, "2.04") for step in steps), (finish(), "4.06")],
               known=True, ends=Keeps("InconsistentConfiguration", words))


def corrected(*steps):
    """The steps alone; the Finish is refused, and what the server does then is right."""
    return Row(script=lambda at: [*((step, "2.04") for step in steps), (finish(), "4.06"),
                                  (delete("/"), "2.02"), *good(at)])


# --- what happens next ---------------------------------------------------------------------------------


def finds_back(at):
    """What has taken the place of our account is dead: the one that has worked is tried behind it."""
    heal(at)
    at.server.answers.append(code("4.03"))
    registrations = len(at.server.registrations)
    at.daemon.call("Restart")
    at.daemon.wait_event("FELL_BACK", "the last one that answered, is tried")
    at.server.wait_registration(registrations + 1)
    at.daemon.wait_property("BootstrapServerURI", at.bootstrap.uri)


def leads_nowhere(name, words):
    """The Finish is accepted, but the server cannot be used: a bootstrap again, behind the delay."""
    def ends(at, row, before, runs):
        at.bootstrap.wait_run(1)
        at.daemon.wait_status("bootstrapping", number=2)
        assert at.daemon.get("SubStatus") == "retry-wait" and at.daemon.get("Attempt") == 1
        found, sentence = at.daemon.get("LastError")
        assert found == name and words in sentence, (found, sentence)
        assert at.stored()["/1/0/17"] == 1, "it is stored, as the server has said"
        at.bootstrap.script = [step for step, _ in good(at)]
        at.daemon.wait_status("registered")
        assert at.daemon.get("LastError") == ("", "")
        assert at.stored()["/0/1/0"] == at.server.uri and len(at.bootstrap.first_transmissions()) == 2
        assert_exchanges_differ(at)
    return ends


def falls_back(at, row, before, runs):
    """The same for a client that was registered: the accounts that have worked are in force again."""
    at.bootstrap.wait_run(2)
    at.server.wait_registration(2)
    at.daemon.wait_status("registered", number=2)
    assert DEAD in at.daemon.wait_log("Refused: LwM2M Server 1")
    assert at.daemon.get("Generation") == "last-good" and at.daemon.get("LastError") == ("", "")
    assert at.stored() == before
    at.daemon.kill()
    at.daemon.start()
    at.server.wait_registration(3)


def vanishes(at, row, before, runs):
    """Nobody is there any more, nor for the next attempt; what was deleted is still in force."""
    at.daemon.wait_status("registered", number=2)
    name, sentence = at.daemon.get("LastError")
    assert name == "ServerSilent" and at.bootstrap.uri in sentence
    assert "sent no Bootstrap-Finish within 1 s" in sentence
    at.daemon.bootstrap()
    _, sentence = at.daemon.wait_property("LastError", lambda error: error[0] == "Refused")
    assert at.bootstrap.uri in sentence and "ICMP port unreachable" in sentence
    at.daemon.wait_status("registered", number=3)
    assert at.stored() == before and len(at.server.registrations) == 1
    assert at.server.read("/1/0/1", accept=TEXT).payload == b"300"
    at.bootstrap = at.peers.bootstrap([step for step, _ in good(at)], port=at.bootstrap.port)
    at.daemon.bootstrap()
    at.server.wait_registration(2)
    at.daemon.wait_status("registered", number=4)


def disappear(at):
    at.peers.made.remove(at.bootstrap)
    at.bootstrap.close()
    return "gone"


def dead_server(uri=DEAD):
    """An account whose server gets one attempt."""
    return lambda at: [*((step, "2.04") for step in account(uri(at) if callable(uri) else uri, r17=1)),
                       (finish(), "2.04")]


OWN = {
    "overwritten": accepted(own(DEAD), ends=Registered(uri=lambda at: DEAD, then=finds_back),
                            keys={"retry_count": 0}),
    "overwritten-with-the-same": Row(
        script=lambda at: [(own(at.bootstrap.uri), "2.04"), *good(at)], known=True),
    "moved": Row(
        script=lambda at: [(write("/0/5", security(at.bootstrap.uri, bootstrap=True)), "2.04"), *good(at)],
        known=True, stored=lambda at: {"/0/5/0": at.bootstrap.uri, "/0/5/1": True}),
    "moved-to-a-dead-one": accepted(
        write("/0/5", security(DEAD, bootstrap=True)), stored=lambda at: {"/0/5/0": DEAD},
        ends=Registered(uri=lambda at: DEAD, then=finds_back), keys={"retry_count": 0}),
    "duplicated": refused("/0/2/1 and /0/3/1: two new Bootstrap-Server Accounts",
                          write("/0/2", security(DEAD, bootstrap=True)),
                          write("/0/3", security(DEAD, bootstrap=True))),
    "written-anew-beside-another": refused("two new Bootstrap-Server Accounts", own(DEAD),
                                           write("/0/3", security(DEAD, bootstrap=True))),
    "deleted": Row(script=lambda at: [(delete("/0/0"), "4.00"), *good(at)], known=True),
    "deleted-with-its-object": Row(script=lambda at: [(delete("/0"), "2.02"), *good(at)], known=True),
    "deleted-with-everything": Row(script=lambda at: [(delete("/"), "2.02"), *good(at)], known=True),
    "deleted-with-everything-and-no-more": Row(
        script=lambda at: [(delete("/"), "2.02"), (finish(), "4.06")], known=True,
        ends=Keeps("InconsistentConfiguration", "hold no usable LwM2M Server account")),
    "with-rpk": refused("the Bootstrap-Server Account cannot be used: mode 1 (rpk) of /0/0/2",
                        own("coaps://h", mode=1)),
    "with-another-transport": refused("scheme coap+tcp of /0/0/0", own("coap+tcp://h")),
    "with-a-broken-uri": refused("/0/0/0: the URI", own("coap//h")),
    "with-a-scheme-that-does-not-fit": refused(
        "does not fit the security mode 3 in /0/0/2", own("coaps://h")),
    "without-its-key": refused("/0/0/5 (Secret Key) is missing",
                               write("/0/0", {0: "coaps://h", 1: True, 2: 0, 3: b"me"})),
    "with-a-key-over-64-bytes": refused(
        "/0/0/5: the PSK", own("coaps://h", mode=0, identity=b"me", key=bytes(65))),
    "said-to-be-none": refused("/0/0/10 (Short Server ID) is missing", write("/0/0/1", b"0", TEXT)),
    "server-account-in-its-place": Row(
        script=lambda at: [*good(at, security_id=0)],
        stored=lambda at: {"/0/1/0": at.bootstrap.uri, "/0/1/1": True, "/0/1/10": None}),
    "with-68-years-of-hold-off": accepted(write("/0/0/11", b"2147483647", TEXT)),
}

SERVERS = {
    "no-lifetime": refused("/1/0/1 (Lifetime) is missing", write("/1/0", {0: 1})),
    "no-short-server-id": corrected(write("/0/1", security(DEAD)), write("/1/0", server_object(1))),
    "no-uri": corrected(write("/0/1", {1: False, 2: 3, 10: 1}), write("/1/0", server_object(1))),
    "no-mode": corrected(write("/0/1", {0: DEAD, 1: False, 10: 1}), write("/1/0", server_object(1))),
    "short-server-id-twice": refused("Short Server ID 1 is taken by", *account(DEAD, 1, 2, 1)),
    "short-server-id-0": corrected(*account(DEAD, 0)),
    "short-server-id-65535": corrected(*account(DEAD, 65535)),
    "short-server-ids-that-differ": corrected(
        write("/0/1", security(DEAD, 3)), write("/1/0", server_object(4))),
    "psk-without-an-identity": corrected(
        write("/0/1", {0: "coaps://h", 1: False, 2: 0, 5: bytes(16), 10: 1}),
        write("/1/0", server_object(1))),
    "psk-with-an-empty-key": corrected(*account("coaps://h", mode=0, identity=b"me")),
    "identity-with-nul": corrected(*account("coaps://h", mode=0, identity=b"a\0b", key=bytes(16))),
    "uri-without-a-host": corrected(*account("coap://")),
    "uri-with-a-fragment": corrected(*account("coap://h#1")),
    "uri-of-port-99999": corrected(*account("coap://h:99999")),
    "scheme-that-does-not-fit": corrected(*account("coaps://h")),
    "another-transport-alone": corrected(*account("coap+tcp://h")),
    "rpk-alone": corrected(*account("coaps://h", mode=1)),
    "seventeen": corrected(*(step for i in range(17) for step in account(DEAD, i + 1, i + 1, i))),
    "security-instance-alone": corrected(write("/0/1", security(DEAD, 1))),
    "server-instance-alone": corrected(write("/1/0", server_object(1))),
    # the half of another account does no harm to the good one
    "server-instance-too-many": Row(
        script=lambda at: [(write("/1/9", server_object(9)), "2.04"), *good(at)],
        stored=lambda at: {"/1/9/0": None, "/1/0/0": 1}),
    "security-instance-too-many": Row(
        script=lambda at: [(write("/0/9", security(DEAD, 9)), "2.04"), *good(at)],
        stored=lambda at: {"/0/9/0": DEAD}),

    # --- accepted, but nobody is there
    "dead": Row(script=dead_server(), ends=leads_nowhere("Refused", DEAD)),
    "silent": Row(script=dead_server(uri=lambda at: at.peers.black_hole().uri),
                  ends=leads_nowhere("Timeout", "did not answer within 1 s")),
    "that-refuses": Row(script=dead_server(uri=lambda at: at.peers.server(answer=code("4.03")).uri),
                        ends=leads_nowhere("RegistrationRejected", "answered 4.03 to Register")),
    "that-is-a-bootstrap-server": Row(
        script=dead_server(uri=lambda at: at.bootstrap.uri),
        ends=leads_nowhere("RegistrationRejected", "answered 4.04 to Register")),
    "dead-for-a-known-client": Row(
        script=dead_server(), known=True, ends=falls_back, keys={"retry_count": 0}),
}

# --- bootstraps in a row, all of them well within EXCHANGE_LIFETIME ------------------------------------


def by_trigger(at):
    assert at.server.execute("/1/0/9").code_text == "2.04"


def by_reset(at):
    at.daemon.call("Reset")


def by_a_client_that_has_forgotten_everything(at):
    at.daemon.kill()
    for name in ("current", "last-good"):
        (at.folder / name).unlink()
    at.daemon.start()


def same_datagrams(at):
    """A server that has restarted and counts from its start: byte for byte the first bootstrap."""
    with at.bootstrap.condition:
        first = [r.message for r in at.bootstrap.records if r.outgoing and r.message.is_request]
    return [(lambda at, message=message: exchange(at, message), "2.04") for message in first]


REPEATED = {
    "by-method": Row(known=True),
    "by-trigger": Row(known=True, trigger=by_trigger),
    "by-reset": Row(known=True, trigger=by_reset),
    "by-a-client-that-has-forgotten-everything": Row(
        known=True, trigger=by_a_client_that_has_forgotten_everything),
    "with-the-same-datagrams": Row(known=True, script=same_datagrams),
    "vanishes-behind-a-delete": Row(
        script=lambda at: [(delete("/"), "2.02"), (disappear, "gone")], known=True, ends=vanishes,
        keys={"timeout": "1s", "retry_count": 0}),
}

TABLES = {"own": OWN, "server": SERVERS, "again": REPEATED}


@pytest.mark.parametrize("table, name", [(table, name) for table, rows in TABLES.items() for name in rows])
def test_account(daemon, server, peers, table, name):
    run_row(TABLES[table][name], daemon, server, peers)


def test_three_bootstraps_in_a_row(registered, server, bootstrap):
    """Each of them is a new exchange, and each leads to a registration anew."""
    for number in (2, 3, 4):
        registered.bootstrap()
        server.wait_registration(number)
        registered.wait_status("registered", number=number)
    requests = bootstrap.first_transmissions()
    assert len({(r.port, r.message.mid, r.message.token) for r in requests}) == 4
    assert len({r.port for r in requests}) == len({r.message.token for r in requests}) == 4


def test_bootstrap_while_one_is_going_on(daemon, server, peers):
    """It is not begun again, by no means, and the trigger is answered as design.md 4.5 says."""
    def script(bs, run):
        run.results.append(daemon.error_of("Bootstrap", "a{sv}", ({},)))
        run.results.append(server.execute("/1/0/9").code_text)
        for step in [*account(server.uri), finish()]:
            bs.request(run.session, step.method, step.path, **step.keywords)
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri, [factory_server(server.uri)]))
    daemon.wait_status("registered")
    daemon.bootstrap()
    run = bootstrap.wait_run()
    assert run.results == ["org.lwm2m.Client1.Error.BootstrapInProgress", "2.04"]
    server.wait_registration(2)
    assert len(bootstrap.bootstrap_requests()) == 1


def test_operations_for_an_attempt_that_is_over(daemon, server, peers):
    """A server slower than the attempt speaks to a port that is closed; the next attempt is whole."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[None])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    old = bootstrap.sessions[bootstrap.wait_request(POST, "/bs").address]
    daemon.wait_property("SubStatus", "retry-wait")
    for step in (delete("/"), *account(DEAD), finish()):
        bootstrap.send(old, bootstrap.message(old, step.method, step.path, step.keywords.get("payload", b""),
                                              step.keywords.get("cf")))
    daemon.wait_status("registered")
    assert bootstrap.wait_run().session is not old and server.wait_registration().query["ep"]
    assert all(r.port != old.address[1] for r in bootstrap.received(lambda m: m.is_response))
