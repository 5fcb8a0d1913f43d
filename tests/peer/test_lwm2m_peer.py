# SPDX-License-Identifier: Apache-2.0
"""The scripted peer against a small client of its own: what the integration tests lean on."""
import socket
import threading
import time

import pytest

import lwm2m_peer as peer
from lwm2m_peer import (ACCEPT, BLOCK1, CONTENT, CHANGED, CONTENT_FORMAT, CREATED, DELETE, GET, POST, PUT,
                        SENML_CBOR, TEXT, TLV, URI_PATH, Answer, Block, Message, Type)


class Client:
    """Answers every request with 2.04 / 2.02 / 2.05 and remembers it."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(5)
        self.mid, self.seen = 0, []

    def send(self, method, path, payload=b"", mid=None, options=()):
        self.mid += 1
        message = Message(Type.CON, method, mid or self.mid, bytes([self.mid]),
                          peer.path_options(path) + list(options), payload)
        self.socket.send(message.encode())
        return message

    def receive(self):
        return Message.decode(self.socket.recv(2000))

    def request(self, *arguments, **keywords):
        self.send(*arguments, **keywords)
        return self.receive()

    def serve(self, until):
        while True:
            message = self.receive()
            if not message.is_request:
                continue
            self.seen.append(message)
            response = {PUT: "2.04", POST: "2.04", DELETE: "2.02", GET: "2.05"}[message.code]
            options = [(n, v) for n, v in message.options if n == BLOCK1]
            answer = peer.code("2.31") if options and message.block(BLOCK1).more else peer.code(response)
            self.socket.send(Message(Type.ACK, answer, message.mid, message.token, options, b"x").encode())
            if message.code == until:
                return

    def close(self):
        self.socket.close()


@pytest.fixture
def connect():
    opened = []

    def open_client(endpoint):
        opened.append(Client(endpoint.port))
        return opened[-1]
    yield open_client
    for client in opened:
        client.close()


@pytest.mark.parametrize("data, path, query, payload", [
    ("44 02 1234 aabbccdd b2 7273 4d 00 65703d6e616d652d6f662d3134", "/rs", {"ep": "name-of-14"}, b""),
    ("40 01 0001 b1 33 01 30 ff 68 69", "/3/0", {}, b"hi"),
    ("50 01 ffff", "/", {}, b""),
])
def test_message_decodes_and_encodes_to_the_same_bytes(data, path, query, payload):
    data = bytes.fromhex(data)
    message = Message.decode(data)
    assert (message.path, message.query, message.payload) == (path, query, payload)
    assert message.encode() == data


@pytest.mark.parametrize("data", ["", "400100", "80010001", "49010001", "40010001b2aa", "40010001ff",
                                  "40010001f0", "4401000101", "40010001d0"])
def test_message_refuses_what_is_not_coap(data):
    with pytest.raises(ValueError):
        Message.decode(bytes.fromhex(data))


@pytest.mark.parametrize("size, num, more", [(16, 0, True), (64, 5, False), (1024, 4000, True)])
def test_block_option_keeps_its_values(size, num, more):
    assert Block.decode(Block(num, more, size).encode()) == Block(num, more, size)


def test_tlv_gives_the_bytes_of_the_specification():
    assert peer.tlv_instance({0: "Open Mobile"}) == bytes.fromhex("c8000b") + b"Open Mobile"
    assert peer.tlv_object({0: {0: 1, 1: 86400, 6: True, 7: "U"}}) == bytes.fromhex(
        "08000fc10001c40100015180c10601c10755")
    assert peer.tlv_resource(7, {0: 3800, 1: 5000}) == bytes.fromhex("88070842000ed842011388")
    assert peer.tlv_resource(2, (65535, 65535)) == bytes.fromhex("c402ffffffff")
    assert peer.tlv_decode(bytes.fromhex("08000fc10001c40100015180c10601c10755")) == {
        0: {0: b"\1", 1: b"\0\1\x51\x80", 6: b"\1", 7: b"U"}}
    assert peer.tlv_resource(300, b"x" * 300) == bytes.fromhex("f0012c012c") + b"x" * 300


def test_senml_cbor_names_every_value():
    pack = peer.senml_cbor_instance("/1", {0: {0: 1, 6: True, 7: "U", 10: (11, 0)}})
    assert pack[:8] == bytes.fromhex("84a321632f312f00")
    assert peer.senml_cbor_decode(pack) == {"/1/0/0": 1, "/1/0/6": True, "/1/0/7": "U", "/1/0/10": "11:0"}
    assert peer.cbor_decode(bytes.fromhex("9f01820203bf00f5ffff")) == [1, [2, 3], {0: True}]


def test_senml_json_names_every_value():
    pack = peer.senml_json_instance("/0/1", {0: "coap://h", 1: False, 2: 3, 3: b"\xff\xfe\0", 17: (21, 0)})
    assert pack == (b'[{"bn":"/0/1/","n":"0","vs":"coap://h"},{"n":"1","vb":false},{"n":"2","v":3},'
                    b'{"n":"3","vd":"__4A"},{"n":"17","vlo":"21:0"}]')
    assert peer.senml_json_decode(pack) == {
        "/0/1/0": "coap://h", "/0/1/1": False, "/0/1/2": 3, "/0/1/3": b"\xff\xfe\0", "/0/1/17": "21:0"}


def test_lwm2m_cbor_gives_the_bytes_of_the_specification():
    assert peer.lwm2m_cbor_instance("/3/0/6", {0: 1, 1: 5}) == bytes.fromhex("a183030006a200010105")
    composite = peer.cbor_encode({(3, 0): {0: "Open Mobile Alliance", 9: 100}, (1, 0, 1): 86400})
    assert len(composite) == 39
    assert peer.lwm2m_cbor_decode(composite) == {
        "/3/0/0": "Open Mobile Alliance", "/3/0/9": 100, "/1/0/1": 86400}
    assert peer.lwm2m_cbor_decode(bytes.fromhex("a103bf00a10901ff")) == {"/3/0/9": 1}


def test_links_are_split_outside_of_quotes():
    assert peer.links(b'</>;ct="60 110,112",</1/0>,</3/0>') == ['</>;ct="60 110,112"', "</1/0>", "</3/0>"]


def test_bootstrap_server_runs_its_script_and_records_it(connect):
    script = [peer.delete("/"), *peer.account("coap://127.0.0.1:5683"), peer.finish()]
    with peer.BootstrapServer(script) as server:
        client = connect(server)
        assert client.request(POST, "/bs?ep=me").code == CHANGED
        client.serve(until=POST)
        run = server.wait_run()
        assert run.codes == ["2.02", "2.04", "2.04", "2.04"]
        assert [(m.method, m.path) for m in client.seen] == [
            ("DELETE", "/"), ("PUT", "/0/1"), ("PUT", "/1/0"), ("POST", "/bs")]
        assert client.seen[1].content_format == TLV
        assert server.bootstrap_requests()[0].message.query == {"ep": "me"}
        assert len({m.token for m in client.seen}) == 4


def test_duplicate_request_gets_the_same_answer_once_handled(connect):
    with peer.LwM2MServer() as server:
        client = connect(server)
        first = client.request(POST, "/rd?ep=me", mid=7)
        assert first.code == CREATED and first.location[0] == "rd" and len(first.location) == 2
        client.mid -= 1
        assert client.request(POST, "/rd?ep=me", mid=7) == first
        assert len(server.registrations) == 1


def test_lwm2m_server_manages_a_registration(connect):
    with peer.LwM2MServer() as server:
        client = connect(server)
        location = "/" + "/".join(client.request(POST, "/rd?ep=me&lt=60", b"</1/0>,</3/0>").location)
        registration = server.wait_registration()
        assert registration.objects == ["</1/0>", "</3/0>"] and registration.query["lt"] == "60"
        assert client.request(POST, location).code == CHANGED
        thread = threading.Thread(target=client.serve, args=(GET,))
        thread.start()
        assert server.read("/3/0/0", accept=TEXT).payload == b"x"
        thread.join()
        assert client.seen[-1].uint(ACCEPT) == TEXT
        assert client.request(DELETE, location).code == peer.DELETED
        server.wait_deregistered(registration)
        assert client.request(POST, location).code == peer.code("4.04")


def test_answers_are_used_up_before_the_default(connect):
    with peer.LwM2MServer(answers=[peer.code("5.03"), peer.SILENCE, peer.ACK_ONLY]) as server:
        client = connect(server)
        assert client.request(POST, "/rd?ep=me").code == peer.code("5.03")
        client.send(POST, "/rd?ep=me")
        acknowledgement = client.request(POST, "/rd?ep=me")
        assert (acknowledgement.type, acknowledgement.code, acknowledgement.mid) == (Type.ACK, 0, client.mid)
        assert client.request(POST, "/rd?ep=me").code == CREATED


def test_separate_response_follows_an_empty_ack(connect):
    with peer.LwM2MServer(answers=[Answer(CREATED, separate=Type.CON, delay=0.05)]) as server:
        client = connect(server)
        empty, response = client.request(POST, "/rd?ep=me"), client.receive()
        assert (empty.type, empty.code) == (Type.ACK, 0)
        assert (response.type, response.code, response.token) == (Type.CON, CREATED, bytes([client.mid]))


def test_unanswered_request_is_repeated_and_then_given_up(connect):
    with peer.Endpoint() as endpoint:
        client = connect(endpoint)
        client.request(GET, "/hello")
        session = next(iter(endpoint.sessions.values()))
        endpoint.ack_timeout = 0.1
        with pytest.raises(peer.NoAnswer):
            endpoint.exchange(session, endpoint.message(session, GET, "/3"), timeout=0.5)
        sent = [client.receive() for _ in range(3)]
        assert sent[0] == sent[1] == sent[2]


def test_reset_ends_a_request(connect):
    with peer.Endpoint() as endpoint:
        client = connect(endpoint)
        client.request(GET, "/hello")
        session = next(iter(endpoint.sessions.values()))

        def refuse():
            client.socket.send(Message(Type.RST, 0, client.receive().mid).encode())
        thread = threading.Thread(target=refuse)
        thread.start()
        with pytest.raises(peer.Reset):
            endpoint.request(session, GET, "/3")
        thread.join()


def test_payload_is_sent_in_blocks(connect):
    with peer.LwM2MServer() as server:
        client = connect(server)
        client.request(POST, "/rd?ep=me")
        server.wait_registration()
        thread = threading.Thread(target=client.serve, args=(GET,))
        thread.start()
        assert server.write("/5/0/0", b"a" * 150, cf=42, block_size=64, size1=150).code == CHANGED
        server.read("/3")
        thread.join()
        blocks = [(m.block(BLOCK1), len(m.payload), m.uint(peer.SIZE1)) for m in client.seen[:3]]
        assert blocks == [(Block(0, True, 64), 64, 150), (Block(1, True, 64), 64, 150),
                          (Block(2, False, 64), 22, 150)]


def test_blocks_of_a_client_are_assembled(connect):
    with peer.LwM2MServer() as server:
        client = connect(server)
        first = client.request(POST, "/rd?ep=me", b"</1/0>,<",
                               options=[(BLOCK1, Block(0, True, 16).encode())])
        assert first.code == peer.CONTINUE
        last = client.request(POST, "/rd?ep=me", b"/3/0>", options=[(BLOCK1, Block(1, False, 16).encode())])
        assert last.code == CREATED
        assert server.wait_registration().objects == ["</1/0>", "</3/0>"]


def test_loss_duplication_and_garbage_are_hooks(connect):
    with peer.LwM2MServer() as server:
        client = connect(server)
        server.on_incoming = lambda record: len(server.records) > 0
        server.on_outgoing = lambda session, message, data: [
            (0, data), (0, data), (0.05, b"\xff" + data[1:])]
        client.send(POST, "/rd?ep=me")
        assert not server.registrations
        client.send(POST, "/rd?ep=me")
        assert client.receive() == client.receive()
        with pytest.raises(ValueError):
            client.receive()
        assert [r.outgoing for r in server.records] == [False, False, True, True, True]


def test_black_hole_records_and_stays_silent(connect):
    with peer.BlackHole() as hole:
        client = connect(hole)
        before = time.monotonic()
        client.send(POST, "/bs?ep=me")
        record = hole.wait_request(POST, "/bs")
        assert before <= record.time <= time.monotonic()
        client.socket.settimeout(0.1)
        with pytest.raises(socket.timeout):
            client.receive()


def test_ipv6_is_served():
    with peer.LwM2MServer(host="::1") as server, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
        assert server.uri == f"coap://[::1]:{server.port}"
        client.settimeout(5)
        client.sendto(Message(Type.CON, POST, 1, b"", [(URI_PATH, b"rd")]).encode(), ("::1", server.port))
        assert Message.decode(client.recv(2000)).code == CREATED


def test_block2_is_followed_to_the_end(connect):
    body = bytes(range(100))
    with peer.Endpoint() as endpoint:
        client = connect(endpoint)
        client.request(GET, "/hello")
        session = next(iter(endpoint.sessions.values()))

        def serve():
            for num in range(4):
                message = client.receive()
                asked = message.block(peer.BLOCK2)
                assert asked is None if num == 0 else asked.num == num
                block = Block(num, num < 3, 32)
                client.socket.send(Message(Type.ACK, CONTENT, message.mid, message.token, [
                    (CONTENT_FORMAT, peer.uint(SENML_CBOR)), (peer.BLOCK2, block.encode())],
                    body[32 * num:32 * num + 32]).encode())
        thread = threading.Thread(target=serve)
        thread.start()
        response = endpoint.request(session, GET, "/3")
        thread.join()
        assert response.payload == body and response.content_format == SENML_CBOR
