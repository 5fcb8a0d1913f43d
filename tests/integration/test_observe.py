# SPDX-License-Identifier: Apache-2.0
"""Observations as an LwM2M Server sees them (lwm2m-facts.md 5.1; RFC 7641; design.md 10.5)."""
import json
import time

import pytest

from harness import HASTY_COAP, HASTY_TRANSMIT_WAIT, factory_server, settings, versioned
from lwm2m_peer import (BLOCK2, EMPTY, ETAG, ETCH_CBOR, GET, OBSERVE, POST, SENML_CBOR, SENML_JSON, TEXT,
                        TLV, Block, Message, Type, account, finish, senml_cbor_decode, senml_moments,
                        tlv_instance, uint)
from test_access import access
from test_idle import voluntary_switches

TIMEOUT = "/1/0/5"      # Disable Timeout: a number that is nobody's business


def connect(daemon, *servers, coap=None, queue_mode=None, **keys):
    """Registered with the servers as 1, 2 ..., in LwM2M 1.2; /1/0, /1/1 ... are theirs."""
    accounts = [factory_server(each.uri, number, **keys) for number, each in enumerate(servers, 1)]
    config = versioned(settings(servers=accounts, **({"coap": coap} if coap else {})), "1.2")
    daemon.start({**config, **({"queue_mode": queue_mode} if queue_mode else {})})
    for number, each in enumerate(servers, 1):
        each.wait_registration()
        daemon.wait_server(number, "State", lambda value: value == "registered")
        each.write(f"/1/{number - 1}/6", b"0")
        each.write(f"/1/{number - 1}/5", b"50")


@pytest.fixture
def observed(daemon, server):
    """The daemon, registered with `server`, without Notification Storing."""
    connect(daemon, server)
    return daemon


def controlled(daemon, peers, server, other):
    """Registered with both; server 2 may read what is server 1's, which owns that right."""
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1),
                                 access(0, "/1/0", 1, s2=1), access(1, "/1/1", 2), finish()])
    daemon.start(versioned(settings(bootstrap.uri), "1.2"))
    for each in (server, other):
        each.wait_registration()
    daemon.wait_property("SubStatus", "idle")


def storing(server, wanted):
    assert server.write("/1/0/6", b"1" if wanted else b"0").code_text == "2.04"


def put(server, value, path=TIMEOUT):
    assert server.write(path, str(value).encode()).code_text == "2.04"


def values(observation):
    """What was notified, of text."""
    return [message.payload.decode() for message in observation.messages]


def observe(server, path=TIMEOUT, accept=TEXT, **keywords):
    observation = server.observe(path, accept=accept, **keywords)
    assert observation.exists and observation.answer.code_text == "2.05"
    return observation


def unacknowledged(server, path=TIMEOUT + "?con=1", accept=TEXT):
    """An observation, and its first notification, 31, for whose acknowledgement all that follows waits."""
    observation = observe(server, path, accept)
    observation.reply = None
    put(server, 31)
    return observation, observation.wait(1)


def acknowledge(server, observation, notification):
    """From now on each."""
    observation.reply = Type.ACK
    server.send(server.session, Message(Type.ACK, EMPTY, notification.mid))


def count(daemon, number, server=1):
    daemon.wait_server(server, "Observations", lambda value: value == number)


def test_a_change_is_notified(observed, server):
    observation, instance = observe(server), observe(server, "/1/0", accept=SENML_CBOR)
    count(observed, 2)
    put(server, 5)
    assert observation.wait(1).payload == b"5" and observation.wait(1).content_format == TEXT
    assert senml_cbor_decode(instance.wait(1).payload)[TIMEOUT] == 5
    put(server, 5)                  # not another value
    put(server, 60, "/1/0/1")       # another Resource
    put(server, 6)
    assert observation.wait(2).payload == b"6"
    assert senml_cbor_decode(instance.wait(3).payload)["/1/0/1"] == 60
    assert values(observation) == ["5", "6"] and instance.count() == 3
    assert observation.in_order() and instance.in_order()


def test_each_server_observes_by_itself(daemon, server, peers):
    other = peers.server(name="other LwM2M Server")
    connect(daemon, server, other)
    mine, theirs = observe(server), observe(other, TIMEOUT + "?gt=100", accept=TLV)
    count(daemon, 1, 1)
    count(daemon, 1, 2)
    put(server, 60)
    put(server, 200)
    assert theirs.wait(1).payload == bytes.fromhex("c205 00c8".replace(" ", ""))
    assert mine.wait(2).payload == b"200" and theirs.count() == 1


# --- the end ---------------------------------------------------------------------------------------------


def end_by_token(server, observation):
    assert observation.cancel().first(OBSERVE) is None


def end_by_path(server, observation):
    assert server.read(TIMEOUT, accept=TEXT, options=[(OBSERVE, uint(1))]).first(OBSERVE) is None


def end_by_read(server, observation):
    """RFC 7641, 3.1: the same token."""
    options = [option for option in observation.request.options if option[0] != OBSERVE]
    message = server.message(server.session, GET, TIMEOUT)
    message.token, message.options = observation.request.token, options
    assert server.exchange(server.session, message).code_text == "2.05"


def end_by_reset(server, observation):
    observation.reply = Type.RST
    for value in range(100, 105):       # every fifth is confirmable: only its Reset is seen
        put(server, value)
    observation.wait(5)


@pytest.mark.parametrize("end", [end_by_token, end_by_path, end_by_read, end_by_reset])
def test_the_server_ends_it(observed, server, end):
    observation, other = observe(server), observe(server, "/1/0", accept=SENML_CBOR)
    count(observed, 2)
    end(server, observation)
    count(observed, 1)
    before, seen = observation.count(), other.count()
    put(server, 7)
    other.wait(seen + 1)
    assert observation.count() == before


def test_the_same_token_takes_its_place(observed, server):
    observation = observe(server)
    again = server.message(server.session, GET, "/1/0/1", accept=TEXT, options=[(OBSERVE, b"")])
    again.token = observation.request.token
    assert server.exchange(server.session, again).first(OBSERVE) is not None
    count(observed, 1)
    put(server, 8)
    put(server, 61, "/1/0/1")
    assert observation.wait(1).payload == b"61" and observation.count() == 1


def test_it_ends_with_the_registration(observed, server):
    observation = observe(server)
    count(observed, 1)
    assert server.execute("/1/0/4").code_text == "2.04"     # Disable
    server.wait_deregistered(server.registrations[0])
    count(observed, 0)
    observed.call("Restart")
    server.wait_registration(2)
    put(server, 9)
    put(server, 10)
    assert observation.count() == 0 and observed.get_server(1, "Observations") == 0


def test_a_right_that_is_lost_ends_it(daemon, server, peers):
    """The last notification says why: RFC 7641, 3.2; lwm2m-facts.md 4.9."""
    other = peers.server(name="other LwM2M Server")
    controlled(daemon, peers, server, other)
    observation = observe(other, "/1/0", accept=SENML_CBOR)
    count(daemon, 1, 2)
    assert server.write("/2/0/2/2", b"0").code_text == "2.04"
    last = observation.wait(1)
    assert last.code_text == "4.01" and last.first(OBSERVE) is None
    count(daemon, 0, 2)


def test_sixty_four_are_taken(observed, server):
    """One more is a Read: no Observe in its answer; the same as one of them takes its place."""
    for i in range(64):
        assert server.observe(f"{TIMEOUT}?pmax={1000 + i}", accept=TEXT).exists
    refused = server.observe(TIMEOUT, accept=TEXT)
    assert not refused.exists and refused.answer.payload == b"50"
    assert server.observe(f"{TIMEOUT}?pmax=1007", accept=TEXT).exists
    count(observed, 64)
    put(server, 11)
    server.wait(lambda: len([r for r in server.received(lambda m: m.first(OBSERVE) is not None)
                             if r.message.payload == b"11"]) == 64, 10, "64 notifications")


@pytest.mark.parametrize("path, code", [("/1/0/3", "4.04"), ("/1/0/4", "4.05"), ("/0/0/0", "4.01"),
                                        ("/1/0?gt=5", "4.00"), ("/1/0/5?lt=6&gt=5", "4.00")])
def test_what_cannot_be_read_is_not_observed(observed, server, path, code):
    refused = server.observe(path)
    assert refused.answer.code_text == code and not refused.exists
    assert observed.get_server(1, "Observations") == 0


# --- when ------------------------------------------------------------------------------------------------


def test_pmin_and_pmax(observed, server):
    begun = time.monotonic()
    observation = observe(server, TIMEOUT + "?pmin=1&pmax=2")
    put(server, 12)
    put(server, 13)
    observation.wait(3)
    first, second, third = (each - begun for each in observation.times)
    assert values(observation) == ["13"] * 3 and first >= 1 and second >= 3 and third >= 5


def test_default_periods(observed, server):
    """/1/x/2 and /1/x/3, also those that are written later; attributes of the request replace them."""
    put(server, 2, "/1/0/2")
    begun = time.monotonic()
    observation, other = observe(server), observe(server, TIMEOUT + "?pmin=0")
    put(server, 14)
    assert other.wait(1) and observation.wait(1)
    assert other.times[0] < observation.times[0] and observation.times[0] - begun >= 2
    put(server, 2, "/1/0/3")
    observation.wait(2)
    assert values(observation) == ["14", "14"] and observation.times[1] - begun >= 4


def test_attributes_that_are_attached(observed, server):
    """Write-Attributes counts from then on, a lower level more than a higher one; what is below the level
    that is observed does not count, and attributes of the request take the place of all of them."""
    begun = time.monotonic()
    observation, instance = observe(server), observe(server, "/1/0", accept=SENML_CBOR)
    own = observe(server, TIMEOUT + "?pmin=0")
    assert server.write_attributes("/1/0", "pmin=60").code_text == "2.04"
    assert server.write_attributes(TIMEOUT, "pmin=2&gt=100").code_text == "2.04"
    put(server, 70)
    put(server, 110)
    observation.wait(1)
    own.wait(2)
    assert values(observation) == ["110"] and observation.times[0] - begun >= 2
    assert values(own) == ["70", "110"] and own.times[1] < observation.times[0]
    assert instance.count() == 0
    assert server.write_attributes("/1/0", "pmin").code_text == "2.04"
    assert senml_cbor_decode(instance.wait(1).payload)[TIMEOUT] == 110


def test_thresholds(observed, server):
    high, step = observe(server, TIMEOUT + "?gt=100"), observe(server, TIMEOUT + "?st=30")
    for value in (60, 110, 120, 95, 96, 140):
        put(server, value)
    high.wait(3)
    step.wait(2)
    assert values(high) == ["110", "95", "140"] and values(step) == ["110", "140"]


# --- confirmable -----------------------------------------------------------------------------------------


def test_every_fifth_is_confirmable(observed, server):
    observation = observe(server)
    for value in range(100, 111):
        put(server, value)
        observation.wait(value - 99)
    assert [message.type for message in observation.messages] == [
        *[Type.NON] * 4, Type.CON, *[Type.NON] * 4, Type.CON, Type.NON]
    assert observation.in_order()


@pytest.mark.parametrize("query, mode, kind", [("?con=1", 0, Type.CON), ("", 1, Type.CON),
                                               ("?con=0", 1, Type.NON)])
def test_con_and_default_notification_mode(observed, server, query, mode, kind):
    put(server, mode, "/1/0/26")
    observation = observe(server, TIMEOUT + query)
    put(server, 15)
    put(server, 16)
    observation.wait(2)
    assert [message.type for message in observation.messages] == [kind] * 2


def test_slow_server_is_told_the_newest(observed, server):
    """One confirmable notification is under way; meanwhile what is newer replaces what has waited."""
    observation, other = observe(server, TIMEOUT + "?con=1"), observe(server, "/1/0/1?con=1")
    observation.reply = None
    put(server, 17)
    first = observation.wait(1)
    for value in (18, 19, 20):
        put(server, value)
    put(server, 62, "/1/0/1")
    assert observation.count() == 1 and other.count() == 0
    acknowledge(server, observation, first)
    assert observation.wait(2).payload == b"20" and other.wait(1).payload == b"62"
    assert observation.count() == 2 and other.count() == 1


def test_server_that_is_gone_and_back(daemon, server):
    """No acknowledgement: an Update shows that it is there, and it gets what is there now."""
    connect(daemon, server, coap=HASTY_COAP)
    registration = server.registrations[0]
    observation = observe(server, TIMEOUT + "?con=1")
    observation.reply = None
    put(server, 21)
    observation.wait(1)
    put(server, 22)
    update = server.wait_update(registration, len(registration.updates) + 1)
    observation.reply = Type.ACK
    assert not update.queries and observation.wait(2).payload == b"22"
    assert len(server.registrations) == 1 and daemon.get_server(1, "Observations") == 1


def test_server_that_is_gone(daemon, server):
    """No acknowledgement, no answer to the Update: it is registered with anew, and observes nothing."""
    connect(daemon, server, coap=HASTY_COAP)
    observation = observe(server, TIMEOUT + "?con=1")
    put(server, 23, "/1/0/5")
    observation.wait(1)
    server.silent = True
    observed_at = time.monotonic()
    daemon.call_server(1, "Update")
    count(daemon, 0)
    server.silent = False
    server.wait_registration(2)
    assert time.monotonic() - observed_at >= HASTY_TRANSMIT_WAIT
    assert daemon.get_server(1, "Observations") == 0


def test_server_is_not_woken_while_the_device_sleeps(daemon, server, peers):
    """Queue Mode: an Update first, then what is there."""
    other = peers.server(name="other LwM2M Server")
    connect(daemon, server, other, queue_mode={"enabled": True, "timeout": "1s"})
    observation = observe(server)
    daemon.wait_server(1, "State", lambda value: value == "sleeping")
    put(other, 71)
    put(other, 72)
    assert observation.count() == 0
    daemon.call_server(1, "Update")
    assert observation.wait(1).payload == b"72" and observation.count() == 1
    update = server.received(lambda message: message.code == POST)[-1]
    assert update.time <= observation.times[0] and daemon.get_server(1, "Observations") == 1


# --- what is kept ----------------------------------------------------------------------------------------


def history(message):
    """[(time, value)] of a pack in SenML JSON."""
    records = json.loads(message.payload)
    return [(records[0].get("bt", 0) + each.get("t", 0), each["v"]) for each in records]


def test_notification_storing(observed, server):
    """/1/x/6: what has changed meanwhile arrives with its times, oldest first, in one message."""
    storing(server, True)
    observation, first = unacknowledged(server, accept=SENML_JSON)
    for value in (32, 33, 34):
        put(server, value)
    assert observation.count() == 1
    acknowledge(server, observation, first)
    kept = history(observation.wait(2))
    assert [value for _, value in kept] == [32, 33, 34]
    assert sorted(time_of for time_of, _ in kept) == [time_of for time_of, _ in kept]
    assert all(time.time() - 10 < time_of <= time.time() for time_of, _ in kept)
    put(server, 35)
    assert history(observation.wait(3))[-1][1] == 35 and observation.count() == 3


def test_what_is_gone_meanwhile_is_told_as_such(observed, server):
    """An error is no value that could be kept: it comes behind those, and is the last."""
    storing(server, True)
    observation, first = unacknowledged(server, accept=SENML_JSON)
    put(server, 32)
    assert server.write("/1/0", tlv_instance({1: 300, 6: True, 7: "U"}), TLV).code_text == "2.04"
    acknowledge(server, observation, first)
    assert [value for _, value in history(observation.wait(2))] == [32]
    last = observation.wait(3)
    assert last.code_text == "4.04" and last.first(OBSERVE) is None
    count(observed, 0)


def test_only_hqmax_are_kept(observed, server):
    storing(server, True)
    observation, first = unacknowledged(server, TIMEOUT + "?con=1&hqmax=2", accept=SENML_JSON)
    for value in (32, 33, 34, 35):
        put(server, value)
    acknowledge(server, observation, first)
    assert [value for _, value in history(observation.wait(2))] == [34, 35]


def test_storing_without_times(observed, server):
    """A format that has no times: one after the other."""
    storing(server, True)
    observation, first = unacknowledged(server)
    for value in (32, 33):
        put(server, value)
    acknowledge(server, observation, first)
    observation.wait(3)
    assert values(observation) == ["31", "32", "33"]


BLOCKS = {"block_size": 64, "ack_timeout": "10s"}    # what is not acknowledged is not repeated meanwhile


def test_kept_in_blocks(daemon, server):
    """What is kept does not fit into a block: the rest is fetched without Observe (RFC 7959, 2.6), and is of
    the same history, whatever the value is now."""
    connect(daemon, server, coap=BLOCKS)
    storing(server, True)
    observation, first = unacknowledged(server, accept=SENML_JSON)
    for value in range(32, 37):
        put(server, value)
    server.send(server.session, Message(Type.ACK, EMPTY, first.mid))
    server.wait(lambda: observation.count() == 2, 10, "what is kept")
    begun = observation.messages[1]
    assert begun.block(BLOCK2) == Block(0, True, 64) and begun.first(ETAG) is not None
    put(server, 37)
    assert [value for _, value in history(observation.wait(2))] == [32, 33, 34, 35, 36]
    acknowledge(server, observation, begun)
    assert history(observation.wait(3))[-1][1] == 37 and observation.count() == 3


def test_kept_in_blocks_of_two_composite_observations(daemon, server):
    """Each has its own, though both requests have the same options: their bodies tell them apart. The second
    one leaves when the last block of the first one is fetched, not with the acknowledgement of its first."""
    connect(daemon, server, coap=BLOCKS)
    storing(server, True)
    paths = [TIMEOUT], [TIMEOUT, "/1/0/1"]
    both = [server.observe_composite(each, query="con=1", accept=SENML_JSON) for each in paths]
    for observation in both:
        observation.reply = None
    put(server, 31)
    server.wait(lambda: any(each.count() for each in both), 10, "a notification")
    for value in range(32, 37):
        put(server, value)
    first = next(each for each in both if each.count())
    for observation in both:
        observation.reply = Type.ACK
    server.send(server.session, Message(Type.ACK, EMPTY, first.messages[0].mid))
    for number in (2, 3):
        server.wait(lambda: sum(each.count() for each in both) == number, 10, "what is kept")
        for _ in range(3):
            assert server.read("/1/0/1", accept=TEXT).code_text == "2.05"
        assert sum(each.count() for each in both) == number
        observation = max(both, key=lambda each: each.times[-1] if each.times else 0)
        whole = observation.wait(observation.count())
        kept = [values for _, values in senml_moments(whole.payload, SENML_JSON)]
        assert observation.messages[-1].block(BLOCK2) == Block(0, True, 64)
        assert [each[TIMEOUT] for each in kept][-5:] == [32, 33, 34, 35, 36]
        assert all(set(each) == set(paths[both.index(observation)]) for each in kept)


def test_server_that_fetches_nothing(daemon, server):
    """What is kept is sent once more, then given up, with a line that names it; what is new comes all the
    same, and no Update asks whether the server is there."""
    connect(daemon, server, coap={**HASTY_COAP, "block_size": 64})
    storing(server, True)
    observation, first = unacknowledged(server, accept=SENML_JSON)
    for value in range(32, 37):
        put(server, value)
    registration = server.registrations[0]
    updates = len(registration.updates)
    acknowledge(server, observation, first)
    server.wait(lambda: observation.count() == 3, 10 + 2 * HASTY_TRANSMIT_WAIT, "what is kept, twice")
    assert observation.messages[1].payload == observation.messages[2].payload
    daemon.wait_event("NOTIFICATION_LOST",
                      f"has acknowledged a notification of {TIMEOUT}, and not fetched the rest")
    put(server, 37)
    assert history(observation.wait(4))[-1][1] == 37
    assert len(registration.updates) == updates


# --- composite -------------------------------------------------------------------------------------------


def test_composite(observed, server):
    """Each notification has all that was asked for, also what was not there at first."""
    observation = server.observe_composite([TIMEOUT, "/3/0/16", "/1/0/3"])
    assert observation.exists
    assert senml_cbor_decode(observation.answer.payload) == {TIMEOUT: 50, "/3/0/16": "U"}
    put(server, 51)
    put(server, 40, "/1/0/3")
    assert senml_cbor_decode(observation.wait(1).payload) == {TIMEOUT: 51, "/3/0/16": "U"}
    assert senml_cbor_decode(observation.wait(2).payload) == {TIMEOUT: 51, "/3/0/16": "U", "/1/0/3": 40}
    observation.cancel()
    count(observed, 0)


def test_attributes_of_a_composite_observation(observed, server):
    """Those of the request, or those that are attached to one of its paths."""
    begun = time.monotonic()
    own = server.observe_composite([TIMEOUT, "/3/0/16"], query="pmin=1&pmax=2")
    attached = server.observe_composite([TIMEOUT, "/3/0/16"], cf=ETCH_CBOR)
    assert server.write_attributes("/3", "pmax=1").code_text == "2.04"
    put(server, 52)
    own.wait(2)
    attached.wait(3)
    assert own.times[0] - begun >= 1 and own.times[1] - begun >= 3
    assert attached.times[0] < own.times[0] and attached.times[2] - begun >= 2


def test_idle_with_observations(observed, server):
    """Without pmax nothing wakes the client."""
    for _ in range(64):
        assert server.observe("/1/0", accept=SENML_CBOR).exists
    count(observed, 64)
    observed.wait_property("SubStatus", "idle")
    time.sleep(1)
    before = voluntary_switches(observed.process)
    time.sleep(5)
    assert voluntary_switches(observed.process) - before <= 1
