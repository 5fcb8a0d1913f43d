# SPDX-License-Identifier: Apache-2.0
"""Seeded datagrams from the server's own socket, with every method: alive, nothing lost, nothing leaked."""
import os
import random
import re

import pytest

from harness import settings
from lwm2m_peer import (ACCEPT, BLOCK1, BLOCK2, CBOR, CONTENT_FORMAT, DELETE, EMPTY, FETCH, GET, IPATCH,
                        LINK, OBSERVE, PATCH, POST, PUT, SENML_CBOR, TEXT, TLV, Block, Message, Reset, Type,
                        cbor_encode, path_options, senml_cbor_instance, tlv_decode, tlv_instance, uint)

SEED = 20261124
COUNT = int(os.environ.get("DATAGRAMS", "60000"))    # meson test --benchmark datagrams: more
TOGETHER = 20           # datagrams between two requests that must be answered: the socket holds them
MAX_GROWTH = 600        # kB of resident memory
SANITIZED = os.environ.get("LWM2M_SANITIZED") == "1"

TEMPLATES = [
    (GET, "/3", [(ACCEPT, uint(TLV))], b""),
    (GET, "/1/0", [(ACCEPT, uint(SENML_CBOR))], b""),
    (GET, "/3", [(ACCEPT, uint(LINK))], b""),
    (GET, "/3/0/13", [(OBSERVE, b"")], b""),
    (GET, "/3/0", [(BLOCK2, Block(1, False, 16).encode())], b""),
    (PUT, "/1/0/2", [(CONTENT_FORMAT, uint(TEXT))], b"10"),
    (PUT, "/1/0/3", [(CONTENT_FORMAT, uint(TLV))], tlv_instance({3: 60})),
    (PUT, "/1/0/5", [(CONTENT_FORMAT, uint(CBOR))], cbor_encode(86400)),
    (PUT, "/1/0/6", [(CONTENT_FORMAT, uint(SENML_CBOR))], senml_cbor_instance("/1/0", {6: False})),
    (PUT, "/1/0/1", [(CONTENT_FORMAT, uint(TLV)), (BLOCK1, Block(0, True, 16).encode())], bytes(16)),
    (POST, "/1/0", [(CONTENT_FORMAT, uint(TLV))], tlv_instance({2: 1, 3: 500})),
    (POST, "/1/0/8", [], b""),
    (POST, "/3/0/12", [(CONTENT_FORMAT, uint(TEXT))], b"0='x',1"),
    (DELETE, "/1/0", [], b""),
    (FETCH, "/", [(CONTENT_FORMAT, uint(SENML_CBOR))], cbor_encode([{0: "/3"}])),
    (FETCH, "/", [(CONTENT_FORMAT, uint(SENML_CBOR)), (ACCEPT, uint(SENML_CBOR))],
     cbor_encode([{0: "/1/0/1"}, {0: "/3/0"}])),
    (FETCH, "/", [(OBSERVE, b""), (CONTENT_FORMAT, uint(SENML_CBOR))], cbor_encode([{0: "/3/0/13"}])),
    (FETCH, "/", [(OBSERVE, b"\x01"), (CONTENT_FORMAT, uint(SENML_CBOR))], cbor_encode([{0: "/3/0/13"}])),
    (FETCH, "/", [(CONTENT_FORMAT, uint(SENML_CBOR)), (BLOCK1, Block(0, True, 16).encode())], bytes(16)),
    (IPATCH, "/", [(CONTENT_FORMAT, uint(SENML_CBOR))],
     cbor_encode([{-2: "/1/0/", 0: "2", 2: 7}, {0: "3", 2: 500}])),
    (IPATCH, "/1/0", [(CONTENT_FORMAT, uint(SENML_CBOR))], senml_cbor_instance("/1/0", {6: True})),
    (PATCH, "/1/0", [(CONTENT_FORMAT, uint(SENML_CBOR))], senml_cbor_instance("/1/0", {6: True})),
    (PATCH, "/", [], b""),
    (GET, "/1", [(OBSERVE, b""), (ACCEPT, uint(SENML_CBOR))], b""),
    (GET, "/3", [(OBSERVE, b"\x01")], b""),
    (GET, "/3/0", [(OBSERVE, b""), (BLOCK2, Block(0, False, 16).encode())], b""),
    (GET, "/3/0/13", [(OBSERVE, b"\x07")], b""),
]


def valid(source):
    method, path, options, payload = source.choice(TEMPLATES)
    return Message(source.choice((Type.CON, Type.NON)), method, source.randrange(1 << 16),
                   source.randbytes(source.randrange(9)), path_options(path) + options, payload).encode()


def random_bytes(source):
    return source.randbytes(source.randrange(1, 200))


def truncated(source):
    data = valid(source)
    return data[:source.randrange(1, len(data))]


def mutated(source):
    data = bytearray(valid(source))
    for _ in range(source.randrange(1, 5)):
        data[source.randrange(len(data))] = source.randrange(256)
    return bytes(data)


def is_allowed(data):
    """No response, ACK or RST, no Disable, no Bootstrap-Request Trigger, no Reboot nor Factory Reset: those
    change more than a value."""
    try:
        message = Message.decode(data)
    except ValueError:
        return True
    if message.code == EMPTY or message.is_response or message.type in (Type.ACK, Type.RST):
        return False
    return not (message.code == POST and re.fullmatch(r"/0*1/\d+/0*[49]|/0*3/\d+/0*[45]", message.path))


def datagrams(count):
    source = random.Random(SEED)
    made = 0
    while made < count:
        data = source.choice((valid, random_bytes, truncated, mutated, mutated))(source)
        if is_allowed(data):
            made += 1
            yield data


def resident(process):
    """Resident memory in kB."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1))


def lasting(server, path):
    """What a Read gives, but for the time and the free memory."""
    values = tlv_decode(server.read(path, accept=TLV).payload)
    for resource in (10, 13):
        values.pop(resource, None)
    return values


def read(server, session):
    return server.request(session, GET, "/1/0/0", accept=TEXT, timeout=5)


def pour(server, session, stream):
    for number, data in enumerate(stream):
        server.send_bytes(session, data)
        if number % TOGETHER == TOGETHER - 1:
            try:
                answer = read(server, session)
            except Reset:       # of a datagram before it with the same Message ID, often 0
                answer = read(server, session)
            assert answer.payload == b"1"


@pytest.mark.limit(200 * max(1, COUNT // 60000))
def test_seeded_datagrams_from_the_servers_own_socket(registered, server):
    session = server.wait_registration().session
    device = lasting(server, "/3/0")
    stream = list(datagrams(COUNT))
    pour(server, session, stream[:COUNT // 10])
    before = resident(registered.process)
    pour(server, session, stream[COUNT // 10:])
    assert registered.running and registered.status == "registered"
    grown = resident(registered.process) - before
    assert SANITIZED or grown < MAX_GROWTH, f"{grown} kB more"

    left = lasting(server, "/1/0")
    registrations = len(server.registrations)
    registered.call("Restart")
    server.wait_registration(registrations + 1)
    assert lasting(server, "/3/0") == device
    assert lasting(server, "/1/0") == left

    registrations = len(server.registrations)
    registered.kill()
    registered.start()
    server.wait_registration(registrations + 1)
    assert lasting(server, "/1/0") == left, "what was stored is what the valid writes left"


@pytest.mark.limit(60)
def test_seeded_datagrams_before_a_session(daemon, server, bootstrap):
    """Garbage instead of an answer to the Bootstrap-Request does no harm to the attempt that follows."""
    def garbage(bs, result):
        for data in datagrams(500):
            bs.send_bytes(result.session, data)
    bootstrap.answers.append(None)
    daemon.start(settings(bootstrap.uri))
    session = bootstrap.sessions[bootstrap.wait_request(POST, "/bs").address]
    assert bootstrap.run(session, garbage).error is None
    daemon.wait_status("registered", timeout=30)
