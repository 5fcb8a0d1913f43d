# SPDX-License-Identifier: Apache-2.0
"""A network that loses, doubles, delays and reorders: a row a case (misbehaviour.py says what a row is)."""
import pytest

from harness import COAP, TRANSMIT_WAIT
from lwm2m_peer import (CHANGED, DELETE, GET, POST, PUT, TEXT, TLV, Answer, Message, Type, delete,
                        discover, finish, read, security, server_object, write)
from misbehaviour import DISCOVERED, Fails, Row, run_row

AGAIN = 0.2     # seconds until the server repeats a request


def whole(at):
    """Every operation of the interface."""
    return [(delete("/"), "2.02"), (write("/0", {1: security(at.server.uri, 1)}), "2.04"),
            (write("/1/0", server_object(1)), "2.04"), (write("/1/0/1", b"299", TEXT), "2.04"),
            (discover(), DISCOVERED), (read("/1", accept=TLV), "2.05"), (finish(), "2.04")]


# name -> method and path of the operations of whole()
OPERATIONS = {"delete": (DELETE, "/"), "object-write": (PUT, "/0"), "instance-write": (PUT, "/1/0"),
              "resource-write": (PUT, "/1/0/1"), "discover": (GET, "/"), "read": (GET, "/1"),
              "finish": (POST, "/bs")}


def stored(at):
    return {"/1/0/1": 299, "/1/0/0": 1}


# --- what the network does -----------------------------------------------------------------------------


def first(predicate, times=1):
    """The predicate's first matches only."""
    left = [times]

    def matches(message):
        if message is None or left[0] == 0 or not predicate(message):
            return False
        left[0] -= 1
        return True
    return matches


def lost_from_us(predicate, times=1, peer="bootstrap"):
    def bend(at):
        matches = first(predicate, times)
        getattr(at, peer).on_incoming = lambda record: not matches(record.message)
        at.bootstrap.ack_timeout = AGAIN
    return bend


def lost_to_us(predicate, times=1, peer="bootstrap"):
    def bend(at):
        matches = first(predicate, times)
        getattr(at, peer).on_outgoing = \
            lambda session, message, data: [] if matches(Message.decode(data)) else [(0.0, data)]
        at.bootstrap.ack_timeout = AGAIN
    return bend


def is_request(method, path):
    return lambda message: message.code == method and message.path == path


def is_response(message):
    return message.is_response


def nth_response(number):
    """The number-th answer of ours and its repetitions."""
    seen = []

    def matches(message):
        if not message.is_response:
            return False
        if message.mid not in seen:
            seen.append(message.mid)
        return seen.index(message.mid) == number
    return matches


def doubled(at):
    """Each datagram to the client comes twice."""
    at.bootstrap.on_outgoing = lambda session, message, data: [(0.0, data), (0.0, data)]


def doubled_late(at):
    """And the second one so late that others have come between."""
    at.bootstrap.on_outgoing = lambda session, message, data: [(0.0, data), (0.05, data)]


def slow(at):
    """Longer than until the server repeats its requests: each answer comes for the second one."""
    at.bootstrap.ack_timeout = 0.05
    at.bootstrap.on_outgoing = lambda session, message, data: [(0.1, data)]


def every_other_lost(at):
    """Each way, so that most messages need more than one try."""
    count = {"in": 0, "out": 0}

    def lost(way):
        count[way] += 1
        return count[way] % 2 == 1
    at.bootstrap.ack_timeout = 0.05
    at.bootstrap.on_incoming = lambda record: not lost("in")
    at.bootstrap.on_outgoing = lambda session, message, data: [] if lost("out") else [(0.0, data)]


# --- the table -----------------------------------------------------------------------------------------

GONE = Fails("Timeout", f"did not answer within {TRANSMIT_WAIT:g} s")

ROWS = {
    "bootstrap-request": Row(bends=lost_from_us(is_request(POST, "/bs")), coap=COAP),
    "answer-to-the-bootstrap-request": Row(bends=lost_to_us(is_response), coap=COAP),
    "bootstrap-request-each-time": Row(bends=lost_from_us(is_request(POST, "/bs"), 2), coap=COAP, ends=GONE),
    "answer-to-the-bootstrap-request-each-time": Row(
        bends=lost_to_us(is_response, 2), script=lambda at: [], coap=COAP, ends=GONE),
    "bootstrap-request-of-a-known-client-each-time": Row(
        bends=lost_from_us(is_request(POST, "/bs"), 2), coap=COAP, known=True,
        ends=GONE.of_a_known_client()),
    # the operations speak for themselves: they are an acceptance, too
    "answer-to-the-bootstrap-request-beside-operations": Row(bends=lost_to_us(is_response, 9), coap=COAP),
    "separate-answer-behind-the-operations": Row(
        answer=Answer(CHANGED, separate=Type.CON, delay=0.05), coap=COAP),
    **{f"{name}-request": Row(script=whole, stored=stored, bends=lost_to_us(is_request(*operation)))
       for name, operation in OPERATIONS.items()},
    **{f"{name}-request-three-times": Row(
        script=whole, stored=stored, bends=lost_to_us(is_request(*OPERATIONS[name]), 3))
       for name in ("delete", "finish")},
    **{f"{name}-answer": Row(script=whole, stored=stored, bends=lost_from_us(nth_response(number)))
       for number, name in enumerate(OPERATIONS)},
    **{f"{name}-answer-three-times": Row(
        script=whole, stored=stored, bends=lost_from_us(nth_response(number), 3))
       for number, name in enumerate(OPERATIONS) if name in ("delete", "finish")},
    "register": Row(bends=lost_from_us(is_request(POST, "/rd"), peer="server"), coap=COAP),
    "answer-to-register": Row(bends=lost_to_us(is_response, peer="server"), coap=COAP),
    "every-other-datagram": Row(script=whole, stored=stored, bends=every_other_lost, coap=COAP),
    "nothing-but-everything-twice": Row(script=whole, stored=stored, bends=doubled),
    "nothing-but-everything-twice-and-late": Row(script=whole, stored=stored, bends=doubled_late),
    "nothing-but-everything-late": Row(script=whole, stored=stored, bends=slow),
}


@pytest.mark.parametrize("name", ROWS)
def test_loss_of(daemon, server, peers, name):
    run_row(ROWS[name], daemon, server, peers)
