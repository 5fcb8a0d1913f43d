# SPDX-License-Identifier: Apache-2.0
"""The repositories against Python's own http client, and the scripted peer."""
import http.client
import socket

import pytest

from lwm2m_peer import BLOCK2, ETAG, GET, SIZE2, Block, Endpoint, NoAnswer, Session
from repository import CoapRepository, HttpRepository, numbered

BODY = bytes(range(256)) * 20


def fetch(repository, path="/image", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", repository.port, timeout=1)
    connection.request("GET", path, headers={name.replace("_", "-"): headers[name] for name in headers})
    response = connection.getresponse()
    try:
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def test_http_whole_and_range():
    with HttpRepository() as repository:
        assert repository.add("image", BODY) == f"http://127.0.0.1:{repository.port}/image"
        status, headers, body = fetch(repository)
        assert (status, headers["ETag"], body) == (200, '"1"', BODY)
        status, headers, body = fetch(repository, Range="bytes=1000-", If_Range='"1"')
        assert (status, headers["Content-Range"], body) == (206, "bytes 1000-5119/5120", BODY[1000:])
        status, _, body = fetch(repository, Range="bytes=1000-", If_Range='"2"')
        assert (status, body) == (200, BODY)
        assert fetch(repository, "/nothing")[0] == 404
        assert repository.asked == [("image", 0), ("image", 1000), ("image", 0), ("nothing", 0)]
        assert repository.requests[1][1]["Range"] == "bytes=1000-"


def test_http_faults():
    with HttpRepository() as repository:
        repository.add("cut", BODY, cut=100, times=1)
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            fetch(repository, "/cut")
        assert fetch(repository, "/cut")[2] == BODY
        repository.add("stall", BODY, stall=100)
        with pytest.raises(socket.timeout):
            fetch(repository, "/stall")
        repository.add("moved", location="http://127.0.0.1:9/")
        status, headers, _ = fetch(repository, "/moved")
        assert (status, headers["Location"]) == (302, "http://127.0.0.1:9/")
        repository.add("ill", status=503)
        assert fetch(repository, "/ill")[0] == 503
        repository.add("other", BODY, etag=numbered())
        assert [fetch(repository, "/other")[1]["ETag"] for _ in range(2)] == ['"1"', '"2"']
        repository.add("silent", BODY, total=None, etag=None)
        _, headers, body = fetch(repository, "/silent")
        assert headers["Content-Length"] is None and headers["ETag"] is None and body == BODY


def ask(client, repository, path="/image", num=0, size=1024):
    session = Session(("127.0.0.1", repository.port))
    with client.condition:
        session = client.sessions.setdefault(session.address, session)
    return client.exchange(session, client.message(session, GET, path, options=[
        (BLOCK2, Block(num, False, size).encode())]), 0.5)


def test_coap_blocks_and_faults():
    with CoapRepository() as repository, Endpoint() as client:
        repository.add("image", BODY)
        response = ask(client, repository, num=4)
        assert response.payload == BODY[4096:] and not response.block(BLOCK2).more
        assert (response.first(ETAG), response.uint(SIZE2)) == (b'"1"', len(BODY))
        response = ask(client, repository, num=2, size=64)
        assert response.payload == BODY[128:192] and response.block(BLOCK2) == Block(2, True, 64)
        assert ask(client, repository, "/nothing").code_text == "4.04"
        repository.add("small", BODY, size=256)
        assert ask(client, repository, "/small").block(BLOCK2) == Block(0, True, 256)
        repository.add("stall", BODY, stall=1024)
        assert ask(client, repository, "/stall").code_text == "2.05"
        with pytest.raises(NoAnswer):
            ask(client, repository, "/stall", num=1)
        repository.add("cut", BODY, cut=1024, times=1)
        assert [ask(client, repository, "/cut", num=num).code_text for num in (0, 1)] == ["2.05", "5.03"]
        assert [ask(client, repository, "/cut", num=num).code_text for num in (0, 1)] == ["2.05", "2.05"]
