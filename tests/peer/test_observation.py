# SPDX-License-Identifier: Apache-2.0
"""An observation as the scripted peer sees it, against a client of its own."""
import threading

import pytest

import lwm2m_peer as peer
from lwm2m_peer import (ACCEPT, BLOCK2, CHANGED, CONTENT, FETCH, OBSERVE, POST, SENML_CBOR, TEXT, Block,
                        Message, Type)
from test_lwm2m_peer import connect    # noqa: F401 (a fixture)


@pytest.fixture
def client(connect):    # noqa: F811
    with peer.LwM2MServer() as server:
        registered = connect(server)
        registered.request(POST, "/rd?ep=me")
        server.wait_registration()
        registered.server = server
        yield registered


def while_answering(client, act, *responses):
    """What act() returns while the client receives as many requests and answers them so."""
    received = []

    def serve():
        for response in responses:
            request = client.receive()
            received.append(request)
            if response is not None:
                client.socket.send(response(request).encode())
    thread = threading.Thread(target=serve)
    thread.start()
    result = act()
    thread.join()
    return result, received


def content(value, number=None, type=Type.ACK, mid=None, options=()):
    """A 2.05 to a request, with a sequence number where it is one of an observation."""
    def respond(request):
        observe = [] if number is None else [(OBSERVE, peer.uint(number))]
        return Message(type, CONTENT, request.mid if mid is None else mid, request.token,
                       [*observe, *options], value)
    return respond


def test_notifications_are_counted_once_and_acknowledged(client):
    observation, (request,) = while_answering(client, lambda: client.server.observe("/3/0/9", accept=TEXT),
                                              content(b"1", 5))
    assert observation.exists and observation.answer.payload == b"1"
    assert (request.uint(OBSERVE), request.uint(ACCEPT), request.path) == (0, TEXT, "/3/0/9")
    for mid, number, type in (100, 6, Type.CON), (100, 6, Type.CON), (101, 7, Type.NON):
        client.socket.send(content(b"%d" % number, number, type, mid)(request).encode())
    assert observation.wait(2).payload == b"7" and observation.count() == 2 and observation.in_order()
    assert [(m.type, m.mid) for m in (client.receive(), client.receive())] == [(Type.ACK, 100)] * 2
    observation.reply = Type.RST
    client.socket.send(content(b"8", 6, Type.NON, 102)(request).encode())
    refusal = client.receive()
    assert (refusal.type, refusal.code, refusal.mid) == (Type.RST, 0, 102)
    assert observation.wait(3).payload == b"8" and not observation.in_order()
    observation.reply = None
    client.socket.send(content(b"9", 9, Type.CON, 103)(request).encode())
    observation.wait(4)


def test_observation_is_cancelled_by_the_same_request(client):
    observation, (request,) = while_answering(
        client, lambda: client.server.observe_composite(["/3/0/9", "/1"], query="pmin=1"),
        content(b"\x80", 1))
    cancelled, (cancel,) = while_answering(client, observation.cancel, content(b"\x80"))
    assert cancelled.first(OBSERVE) is None and cancel.uint(OBSERVE) == 1
    assert (cancel.code, cancel.token, cancel.payload, cancel.queries) == (
        FETCH, request.token, peer.names(["/3/0/9", "/1"], SENML_CBOR), ["pmin=1"])
    client.socket.send(content(b"\x80", 2, Type.CON, 100)(request).encode())
    assert client.receive().type == Type.RST


def test_notification_during_a_cancel_is_not_its_answer(client):
    observation, _ = while_answering(client, lambda: client.server.observe("/3/0/9"), content(b"1", 1))

    def notify_first(request):
        client.socket.send(content(b"2", 2, Type.NON, 100)(request).encode())
        return content(b"3")(request)
    cancelled, _ = while_answering(client, observation.cancel, notify_first)
    assert cancelled.payload == b"3" and [m.payload for m in observation.messages] == [b"2"]


def test_refused_observation_is_an_answer(client):
    observation, _ = while_answering(client, lambda: client.server.observe("/3/0/4"), content(b"no"))
    assert not observation.exists and observation.answer.payload == b"no"


def test_separate_first_answer_is_no_notification(client):
    def separately(request):
        client.socket.send(Message(Type.ACK, 0, request.mid).encode())
        return content(b"1", 1, Type.CON, 100)(request)
    observation, (request,) = while_answering(client, lambda: client.server.observe("/3/0/9"), separately)
    client.socket.send(content(b"1", 1, Type.CON, 100)(request).encode())
    client.socket.send(content(b"2", 2, Type.CON, 101)(request).encode())
    assert observation.wait().payload == b"2" and observation.count() == 1
    assert [client.receive().mid for _ in range(3)] == [100, 100, 101]


def test_blocks_of_a_notification_are_fetched(client):
    observation, (request,) = while_answering(client, lambda: client.server.observe("/3"), content(b"1", 1))
    first = content(b"x" * 16, 2, Type.CON, 100, [(BLOCK2, Block(0, True, 16).encode())])(request)
    client.socket.send(first.encode())
    assert client.receive().type == Type.ACK
    whole, (more,) = while_answering(client, observation.wait,
                                     content(b"y", options=[(BLOCK2, Block(1, False, 16).encode())]))
    assert whole.payload == b"x" * 16 + b"y"
    assert more.first(OBSERVE) is None and more.token != request.token and more.block(BLOCK2).num == 1


def test_composite_operations_have_their_methods(client):
    server = client.server
    _, (read, write, removed) = while_answering(
        client, lambda: (server.read_composite(["/1/0/1"]), server.write_composite({"/1/0/1": 60}),
                         server.delete("/2/1")),
        content(b"\x80"), *[lambda request: Message(Type.ACK, CHANGED, request.mid, request.token)] * 2)
    assert [(m.method, m.path, m.content_format) for m in (read, write, removed)] == [
        ("FETCH", "/", SENML_CBOR), ("iPATCH", "/", SENML_CBOR), ("DELETE", "/2/1", None)]
    assert write.payload == peer.records({"/1/0/1": 60}, SENML_CBOR)
