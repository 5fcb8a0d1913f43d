# SPDX-License-Identifier: Apache-2.0
"""Bootstrap Servers that send the wrong thing, or in the wrong order: a row a case (misbehaviour.py says
what a row is). None of it ends the session: the accounts written beside it are the ones that count."""
import os
import socket
import struct

import pytest

from harness import HAVE_DISCOVER
from lwm2m_peer import (ACCEPT, BLOCK1, BLOCK2, CBOR, CONTENT_FORMAT, DELETE, EMPTY, ETAG, FETCH, GET,
                        IF_MATCH, LINK, OBSERVE, OPAQUE, PATCH, POST, PUT, SENML_CBOR, SENML_JSON, SIZE1,
                        TEXT, TLV, URI_HOST, URI_PATH, URI_PORT, Block, Message, Step, Type, cbor_encode,
                        delete, discover, finish, read, senml_cbor, server_object, tlv_entry, tlv_instance,
                        tlv_object, tlv_resource, uint, write)
from misbehaviour import DISCOVERED, Row, anew, datagram, exchange, good, message_of, pause, run_row, twice

LWM2M_CBOR = 11544
IF_NONE_MATCH, PROXY_URI, PROXY_SCHEME, OSCORE, HOP_LIMIT, ECHO = 5, 35, 39, 9, 16, 252
NO_RESPONSE, REQUEST_TAG, UNKNOWN_CRITICAL, UNKNOWN_ELECTIVE = 258, 292, 2049, 2050
LIFETIME = 300          # of account()


def kept(at):
    """The account is stored as it was written before the row's request."""
    return {"/0/1/1": False, "/0/1/2": 3, "/0/1/10": 1, "/1/0/0": 1, "/1/0/1": LIFETIME, "/1/0/6": True,
            "/1/0/7": "U", "/0/9/0": None, "/1/9/0": None}


def among(step, wanted, stored=kept):
    """The row's request between the accounts and the Finish."""
    def script(at):
        *accounts, end = good(at)
        return [*accounts, (step, wanted), end]
    return Row(script=script, stored=stored)


def calm(step, wanted):
    """As among(), when libcoap may answer a ping again: at most four a second, counted from its start."""
    return Row(script=lambda at: [*good(at)[:2], (pause(0.3), "waited"), (step, wanted), (finish(), "2.04")])


def afterwards(step, wanted):
    """The row's request behind the Finish."""
    return Row(script=lambda at: [*good(at), (step, wanted)], stored=kept)


def put(path, payload, cf=TLV, **keywords):
    return Step(PUT, path, {"payload": payload, "cf": cf, **keywords})


def with_option(number, value=b"", step=write("/1/0", server_object(1))):
    return Step(step.method, step.path, {**step.keywords, "options": [(number, value)]})


# --- more than one message -----------------------------------------------------------------------------


def burst(*steps):
    """All requests at once; the codes of their answers in the order of the requests."""
    def send(at):
        messages = [message_of(at, step) for step in steps]
        for message in messages:
            at.bootstrap.send(at.session, message)
        return " ".join(at.bootstrap.wait_for(lambda m, t=message.token: m.token == t and m.is_response)
                        .message.code_text for message in messages)
    return send


def one_message_id(*steps):
    """Requests of a server that counts from the start again: same Message ID, same token."""
    def send(at):
        first, *more = [message_of(at, step) for step in steps]
        messages = [first, *(Message(Type.CON, m.code, first.mid, first.token, m.options, m.payload)
                             for m in more)]
        return " ".join(exchange(at, message) for message in messages)
    return send


def sent(step):
    """The request as a datagram that nobody waits for an answer to."""
    return datagram(lambda at: message_of(at, step).encode())


def empty_token(step):
    def send(at):
        message = message_of(at, step)
        message.token = b""
        return exchange(at, message)
    return send


def from_elsewhere(step):
    """From another port of the same host: nothing comes back, not to there and not to the server."""
    def send(at):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            other.sendto(message_of(at, step).encode(), at.session.address)
            found = datagram(b"")(at)
            other.setblocking(False)
            try:
                return other.recv(2048)
            except BlockingIOError:
                return found
    return send


def raw(first, message_code, token=b"", rest=b""):
    """A datagram made by hand: its first byte, its code; the Message ID is one that was not used before."""
    return datagram(lambda at: struct.pack(">BBH", first, message_code, at.session.mid()) + token + rest)


def answered_with(*build):
    """Messages of the server's that are made from the answer to a Read."""
    def send(at):
        message = message_of(at, read("/1", accept=TLV))
        exchange(at, message)
        answer = at.bootstrap.received(lambda m: m.token == message.token)[-1].message
        return " ".join(datagram(each(answer).encode())(at) for each in build)
    return send


def bare(value, message_type=Type.CON):
    """A message with this code and nothing else."""
    return datagram(lambda at: Message(message_type, value, at.session.mid(), os.urandom(4)).encode())


# --- the tables ----------------------------------------------------------------------------------------

ORDER = {
    "finish-first": Row(script=lambda at: [(finish(), "4.06"), *good(at)]),
    "server-instance-first": Row(script=lambda at: [good(at)[i] for i in (1, 0, 2)], stored=kept),
    "finish-between-the-halves": Row(script=lambda at: [good(at)[0], (finish(), "4.06"), *good(at)[1:]]),
    "delete-behind-the-writes": Row(
        script=lambda at: [*good(at)[:2], (delete("/"), "2.02"), (finish(), "4.06"), *good(at)]),
    "security-instance-deleted-and-written-again": Row(
        script=lambda at: [*good(at)[:2], (delete("/0/1"), "2.02"), good(at)[0], (finish(), "4.06"),
                           *good(at)]),
    "everything-at-once-backwards": Row(
        script=lambda at: [(burst(finish(), *(step for step, _ in good(at)[1::-1])), "4.06 2.04 2.04"),
                           (finish(), "2.04")], stored=kept),
    "everything-at-once": Row(
        script=lambda at: [(burst(*(step for step, _ in good(at))), "2.04 2.04 2.04")], stored=kept),
    "last-write-counts": Row(
        script=lambda at: [*good(at)[:2], (write("/1/0", server_object(1, 60)), "2.04"), (finish(), "2.04")],
        stored=lambda at: {"/1/0/1": 60}),
    "finish-twice": Row(script=lambda at: [*good(at)[:2], (twice(finish()), "2.04 2.04")]),
    "finish-twice-as-another-message": Row(script=lambda at: [*good(at)[:2], (anew(finish()), "2.04 2.04")]),
    "refused-finish-twice": among(twice(Step(POST, "/bs/0")), "4.05 4.05"),
    "finish-with-a-body": Row(
        script=lambda at: [*good(at)[:2], (Step(POST, "/bs", {"payload": b"done", "cf": TEXT}), "2.04")]),
    "finish-with-a-query": Row(script=lambda at: [*good(at)[:2], (Step(POST, "/bs?ep=you"), "2.04")]),
    "finish-non-confirmable": Row(script=lambda at: [*good(at)[:2], (finish(type=Type.NON), "2.04")]),
    "finish-with-an-empty-token": Row(script=lambda at: [*good(at)[:2], (empty_token(finish()), "2.04")]),
    "finish-in-a-block": Row(
        script=lambda at: [*good(at)[:2], (with_option(BLOCK1, b"", finish()), "2.04")]),
    "get-of-bs": among(Step(GET, "/bs"), "4.05"),
    "discover-of-bs": among(discover("/bs"), "4.00"),
    "put-of-bs": among(put("/bs", b"", TEXT), "4.00"),
    "delete-of-bs": among(delete("/bs"), "4.00"),
    "fetch-of-bs": among(Step(FETCH, "/bs", {"payload": b"\x80", "cf": SENML_CBOR}), "4.05"),
    "post-below-bs": among(Step(POST, "/bs/1"), "4.05"),
    "post-of-bs-in-capitals": among(Step(POST, "/BS"), "4.05"),
    "post-of-bspack": among(Step(POST, "/bspack"), "4.05"),
    "post-behind-an-empty-segment": among(
        Step(POST, "", {"options": [(URI_PATH, b""), (URI_PATH, b"bs")]}), "4.05"),
    "write-behind-the-finish": afterwards(write("/1/0", server_object(1, 60)), "4.00"),
    "delete-behind-the-finish": afterwards(delete("/"), "4.00"),
    "discover-behind-the-finish": afterwards(discover(), "4.00"),
    "read-behind-the-finish": afterwards(read("/1", accept=TLV), "4.00"),
    "garbage-behind-the-finish": afterwards(raw(0x4f, 3), "RST"),
}

DUPLICATES = {
    "delete-twice": Row(script=lambda at: [(twice(delete("/")), "2.02 2.02"), *good(at)]),
    "delete-twice-as-another-message": Row(script=lambda at: [(anew(delete("/")), "2.02 2.02"), *good(at)]),
    "object-written-twice": among(twice(write("/1", {0: server_object(1)})), "2.04 2.04"),
    "object-written-twice-as-another-message": among(anew(write("/1", {0: server_object(1)})), "2.04 2.04"),
    "instance-written-twice": among(twice(write("/1/0", server_object(1))), "2.04 2.04"),
    "instance-written-twice-as-another-message": among(anew(write("/1/0", server_object(1))), "2.04 2.04"),
    "resource-written-twice": among(twice(put("/1/0/1", b"300", TEXT)), "2.04 2.04"),
    "resource-written-twice-as-another-message": among(anew(put("/1/0/1", b"300", TEXT)), "2.04 2.04"),
    "discover-twice": among(twice(discover()), f"{DISCOVERED} {DISCOVERED}"),
    "discover-twice-as-another-message": among(anew(discover()), f"{DISCOVERED} {DISCOVERED}"),
    "read-twice": among(twice(read("/1", accept=TLV)), "2.05 2.05"),
    "read-twice-as-another-message": among(anew(read("/1", accept=TLV)), "2.05 2.05"),
    "refused-write-twice": among(twice(write("/4242/0", {0: 1})), "4.00 4.00"),
    # a repetition is answered, not done again: the write between the two stays
    "repetition-behind-another-write": Row(
        script=lambda at: [*good(at)[:1], (one_message_id(
            write("/1/0", server_object(1, 60)), write("/1/0", server_object(1)),
            write("/1/0", server_object(1, 60))), "2.04 2.04 2.04"), (finish(), "2.04")], stored=kept),
    # a server that has not noticed that our request was a repetition, and so has two scripts in step
    "everything-in-step-with-itself": Row(
        script=lambda at: [(anew(delete("/")), "2.02 2.02"),
                           *((anew(step), f"{wanted} {wanted}") for step, wanted in good(at))], stored=kept),
    "everything-again-behind-itself": Row(
        script=lambda at: [(delete("/"), "2.02"), *good(at), (delete("/"), "4.00"),
                           *((step, "4.00") for step, _ in good(at)[:2]), (finish(), "2.04")], stored=kept),
    "one-message-id-for-all": Row(
        script=lambda at: [(one_message_id(*(step for step, _ in good(at))), "2.04 2.04 2.04")],
        stored=kept),
}

UNKNOWN = {
    "object-written": among(write("/4242", {0: {0: 1}}), "4.00"),
    "object-instance-written": among(write("/4242/0", {0: 1}), "4.00"),
    "object-deleted": among(delete("/4242"), "4.00"),
    "object-discovered": among(discover("/4242"), "4.04" if HAVE_DISCOVER else DISCOVERED),
    "object-read": among(read("/4242", accept=TLV), "4.05"),
    "resource-among-others": among(write("/1/0", {**server_object(1), 9999: b"?"}), "2.04"),
    "resource-among-others-in-senml": among(
        write("/1/0", {**server_object(1), 9999: "?"}, SENML_CBOR), "2.04"),
    "resource-alone": among(put("/1/0/9999", tlv_resource(9999, 1)), "2.04"),
    "resource-of-many-instances": among(write("/1/0", {**server_object(1), 9999: {0: 1, 7: b"x"}}), "2.04"),
    "executable-written": among(put("/1/0/8", b"", TEXT), "2.04"),
    "resource-deleted": among(delete("/1/0/2"), "4.00"),
    "resource-instance-written": among(put("/0/1/16/0", b"49320", TEXT), "4.00"),
    "resource-discovered": among(discover("/1/0/1"), "4.00" if HAVE_DISCOVER else DISCOVERED),
    "resource-read": among(read("/1/0/1", accept=TLV), "4.05"),
    "instance-not-there-deleted": among(delete("/1/77"), "2.02"),
    "instance-not-there-read": among(read("/1/77", accept=TLV), "4.04"),
    "instance-65535": among(put("/1/65535", tlv_instance(server_object(9))), "4.00"),
    "instance-65536": among(put("/1/65536", tlv_instance(server_object(9))), "4.00"),
    "path-with-leading-zeros": among(put("/1/00", tlv_instance(server_object(9))), "4.00"),
    "path-with-a-sign": among(put("/1/+9", tlv_instance(server_object(9))), "4.00"),
    "path-that-is-no-number": among(put("/server/0", tlv_instance(server_object(9))), "4.00"),
    "path-with-a-trailing-slash": among(
        Step(DELETE, "/1/0", {"options": [(URI_PATH, b"")]}), "4.00"),
    "path-of-one-empty-segment": among(Step(DELETE, "", {"options": [(URI_PATH, b"")]}), "4.00"),
    "path-in-one-segment": among(Step(DELETE, "", {"options": [(URI_PATH, b"1/0")]}), "4.00"),
    "path-with-escapes": among(put("/1/%30", tlv_instance(server_object(9))), "4.00"),
    "path-of-five-segments": among(put("/1/0/1/0/0", b"1", TEXT), "4.00"),
    "path-of-a-hundred-segments": among(put("/1" * 100, b"1", TEXT), "4.04"),
    "path-with-nul": among(
        Step(PUT, "", {"payload": b"1", "cf": TEXT, "options": [(URI_PATH, b"1\0")]}), "4.00"),
    "path-segment-of-300-bytes": among(sent(put("/" + "1" * 300, b"1", TEXT)), "RST"),
    "write-to-the-root": among(put("/", tlv_object({0: {0: 1}})), "4.00"),
    "second-instance-of-the-device": among(write("/3/1", {0: "x"}), "4.00"),
    "device-deleted": among(delete("/3/0"), "4.00"),
    "query-at-a-write": among(put("/1/0?pmin=10", tlv_instance(server_object(1))), "2.04"),
    "attributes-alone": among(Step(PUT, "/1/0?pmin=10"), "4.00"),
    "execute": among(Step(POST, "/1/0/8"), "4.05"),
    "create": among(Step(POST, "/1", {"payload": tlv_instance(server_object(9)), "cf": TLV}), "4.05"),
    "partial-update": among(Step(POST, "/1/0", {"payload": tlv_instance({1: 60}), "cf": TLV}), "4.05"),
    "patch": among(Step(PATCH, "/1/0", {"payload": b"\x80", "cf": SENML_CBOR}), "4.05"),
    "method-8": among(bare(8), "4.04"),
    "method-31": among(bare(31), "4.04"),
}

def in_json(text, path="/1/0"):
    return among(put(path, text.encode(), SENML_JSON), "4.00")


def in_lwm2m_cbor(value, path="/1/0"):
    """A value to encode, or bytes as they are."""
    return among(put(path, value if isinstance(value, bytes) else cbor_encode(value), LWM2M_CBOR), "4.00")


# Content-Format -> what no payload of it may be
FORMATS = {
    "json-string-for-an-integer": in_json('[{"n":"/1/0/1","vs":"60"}]'),
    "json-integer-for-a-boolean": in_json('[{"n":"/1/0/6","v":1}]'),
    "json-text-for-opaque": in_json('[{"n":"/0/1/3","vs":"key"}]', "/0/1"),
    "json-not-base64-for-opaque": in_json('[{"n":"/0/1/3","vd":"?!"}]', "/0/1"),
    "json-fraction-for-an-integer": in_json('[{"n":"/1/0/1","v":60.5}]'),
    "json-over-64-bits": in_json('[{"n":"/1/0/1","v":9223372036854775808}]'),
    "json-over-every-number": in_json('[{"n":"/1/0/1","v":1e999}]'),
    "json-null": in_json('[{"n":"/1/0/1","v":null}]'),
    "json-two-values-in-one-record": in_json('[{"n":"/1/0/1","v":60,"vs":"60"}]'),
    "json-a-name-twice": in_json('[{"n":"/1/0/1","n":"/1/0/2","v":60}]'),
    "json-field-that-must-be-understood": in_json('[{"n":"/1/0/1","v":60,"x_":1}]'),
    "json-of-another-object": in_json('[{"n":"/3/0/1","v":60}]'),
    "json-of-another-instance": in_json('[{"n":"/1/9/1","v":60}]'),
    "json-no-array": in_json('{"n":"/1/0/1","v":60}'),
    "json-array-of-nothing": in_json("[]"),
    "json-nothing": in_json(""),
    "json-cut": in_json('[{"n":"/1/0/1","v":60}'),
    "json-longer-than-it-ends": in_json('[{"n":"/1/0/1","v":60}]]'),
    "json-deep": in_json("[" * 200 + "]" * 200),
    "json-with-a-byte-order-mark": in_json('\ufeff[{"n":"/1/0/1","v":60}]'),
    "json-not-utf-8": among(put("/0/1", b'[{"n":"/0/1/0","vs":"coap://\xff"}]', SENML_JSON), "4.00"),
    "lwm2m-cbor-string-for-an-integer": in_lwm2m_cbor({1: {0: {1: "60"}}}),
    "lwm2m-cbor-integer-for-a-boolean": in_lwm2m_cbor({1: {0: {6: 1}}}),
    "lwm2m-cbor-text-for-opaque": in_lwm2m_cbor({0: {1: {3: "key"}}}, "/0/1"),
    "lwm2m-cbor-fraction-for-an-integer": in_lwm2m_cbor({1: {0: {1: 60.5}}}),
    "lwm2m-cbor-null": in_lwm2m_cbor({1: {0: {1: None}}}),
    "lwm2m-cbor-a-path-twice": in_lwm2m_cbor(bytes.fromhex("a101a100a2010a0114")),
    "lwm2m-cbor-of-another-object": in_lwm2m_cbor({3: {0: {1: 60}}}),
    "lwm2m-cbor-of-another-instance": in_lwm2m_cbor({1: {9: {1: 60}}}),
    "lwm2m-cbor-text-as-an-id": in_lwm2m_cbor({"1": {0: {1: 60}}}),
    "lwm2m-cbor-negative-id": in_lwm2m_cbor({1: {-1: {1: 60}}}),
    "lwm2m-cbor-id-65535": in_lwm2m_cbor({1: {0: {65535: 60}}}),
    "lwm2m-cbor-five-ids": in_lwm2m_cbor({1: {0: {1: {0: {0: 60}}}}}),
    "lwm2m-cbor-value-of-an-instance": in_lwm2m_cbor({1: {0: 60}}),
    "lwm2m-cbor-empty-map": in_lwm2m_cbor({}),
    "lwm2m-cbor-empty-key": in_lwm2m_cbor(bytes.fromhex("a180a100a1010a")),
    "lwm2m-cbor-array": in_lwm2m_cbor([1, 0, 1, 60]),
    "lwm2m-cbor-nothing": in_lwm2m_cbor(b""),
    "lwm2m-cbor-cut": in_lwm2m_cbor(cbor_encode({1: {0: {1: 60}}})[:-1]),
    "lwm2m-cbor-two-items": in_lwm2m_cbor(cbor_encode({1: {0: {1: 60}}}) * 2),
}

TYPES = {
    "no-content-format": among(Step(PUT, "/1/0", {"payload": tlv_instance(server_object(1, 60))}), "4.00"),
    "unknown-content-format": among(put("/1/0", b"x", 9999), "4.15"),
    "link-format": among(put("/1/0", b"</1/0>", LINK), "4.15"),
    "text-for-an-instance": among(put("/1/0", b"300", TEXT), "4.00"),
    "opaque-for-an-integer": among(put("/1/0/1", b"\1\2", OPAQUE), "4.00"),
    "text-soon-for-an-integer": among(put("/1/0/1", b"soon", TEXT), "4.00"),
    "text-hexadecimal-for-an-integer": among(put("/1/0/1", b"0x3c", TEXT), "4.00"),
    "text-with-a-blank-for-an-integer": among(put("/1/0/1", b" 60", TEXT), "4.00"),
    "text-over-64-bits": among(put("/1/0/1", b"9" * 30, TEXT), "4.00"),
    "text-yes-for-a-boolean": among(put("/1/0/6", b"yes", TEXT), "4.00"),
    "text-not-utf-8": among(put("/0/1/0", b"coap://\xff\xfe", TEXT), "4.00"),
    "text-with-nul": among(put("/0/1/0", b"coap://a\0b", TEXT), "4.00"),
    "text-not-base64-for-opaque": among(put("/0/1/3", b"?!", TEXT), "4.00"),
    "text-empty-for-an-integer": among(put("/1/0/1", b"", TEXT), "4.00"),
    "tlv-integer-of-3-bytes": among(put("/1/0/1", tlv_resource(1, b"\0\0\1")), "4.00"),
    "tlv-integer-of-no-bytes": among(put("/1/0/1", tlv_resource(1, b"")), "4.00"),
    "tlv-boolean-2": among(put("/1/0/6", tlv_resource(6, b"\2")), "4.00"),
    "tlv-boolean-of-two-bytes": among(put("/1/0/6", tlv_resource(6, b"\0\1")), "4.00"),
    "tlv-string-not-utf-8": among(put("/0/1/0", tlv_resource(0, b"coap://\xff")), "4.00"),
    "tlv-of-another-resource": among(put("/1/0/1", tlv_resource(2, 60)), "4.00"),
    "tlv-of-another-instance": among(put("/1/0", tlv_object({9: server_object(9)})), "4.00"),
    "tlv-cut-in-its-head": among(put("/1/0", b"\xc8"), "4.00"),
    "tlv-cut-in-its-value": among(put("/1/0", tlv_instance(server_object(1))[:-1]), "4.00"),
    "tlv-longer-than-it-says": among(put("/1/0", tlv_instance(server_object(1)) + b"\0"), "4.00"),
    "tlv-resource-instance-alone": among(put("/1/0", tlv_entry(1, 0, b"\1")), "4.00"),
    "tlv-many-instances-of-one": among(write("/1/0", {**server_object(1), 1: {0: 60}}), "4.00"),
    "tlv-instances-nested": among(put("/1", tlv_entry(0, 0, tlv_object({0: {0: 1}}))), "4.00"),
    "tlv-no-instance": among(put("/1", b""), "4.00"),
    "tlv-two-instances-for-one": among(put("/1/0", tlv_object({0: {0: 1}, 1: {0: 2}})), "4.00"),
    "cbor-string-for-an-integer": among(put("/1/0/1", cbor_encode("60"), CBOR), "4.00"),
    "cbor-integer-for-a-boolean": among(put("/1/0/6", cbor_encode(1), CBOR), "4.00"),
    "cbor-bytes-for-a-string": among(put("/0/1/0", cbor_encode(b"coap://h"), CBOR), "4.00"),
    "cbor-text-for-opaque": among(put("/0/1/3", cbor_encode("key"), CBOR), "4.00"),
    "cbor-null": among(put("/1/0/1", cbor_encode(None), CBOR), "4.00"),
    "cbor-array": among(put("/1/0/1", cbor_encode([60]), CBOR), "4.00"),
    "cbor-cut": among(put("/1/0/1", b"\x19\x01", CBOR), "4.00"),
    "cbor-two-items": among(put("/1/0/1", b"\x18\x3c\x18\x3c", CBOR), "4.00"),
    "cbor-for-an-instance": among(put("/1/0", cbor_encode(60), CBOR), "4.00"),
    "senml-string-for-an-integer": among(put("/1/0", senml_cbor("/1/0/", {"1": "60"}), SENML_CBOR), "4.00"),
    "senml-integer-for-a-boolean": among(put("/1/0", senml_cbor("/1/0/", {"6": 1}), SENML_CBOR), "4.00"),
    "senml-text-for-opaque": among(put("/0/1", senml_cbor("/0/1/", {"3": "key"}), SENML_CBOR), "4.00"),
    "senml-float-with-a-fraction": among(put("/1/0", senml_cbor("/1/0/", {"1": 60.5}), SENML_CBOR), "4.00"),
    "senml-of-another-object": among(put("/1/0", senml_cbor("/3/0/", {"1": 60}), SENML_CBOR), "4.00"),
    "senml-of-another-instance": among(put("/1/0", senml_cbor("/1/9/", {"1": 60}), SENML_CBOR), "4.00"),
    "senml-two-values-in-one-record": among(
        put("/1/0", cbor_encode([{0: "/1/0/1", 2: 60, 3: "60"}]), SENML_CBOR), "4.00"),
    "senml-no-array": among(put("/1/0", cbor_encode({0: "/1/0/1", 2: 60}), SENML_CBOR), "4.00"),
    "senml-cut": among(put("/1/0", senml_cbor("/1/0/", {"1": 60})[:-1], SENML_CBOR), "4.00"),
    "senml-nothing": among(put("/1/0", b"", SENML_CBOR), "4.00"),
    "senml-old-json-number": among(put("/1/0", b'{"e":[]}', 11543), "4.15"),
    "senml-json-of-the-drafts": among(put("/1/0", b'{"e":[]}', 1543), "4.15"),
    "negative-lifetime": among(put("/1/0/1", b"-1", TEXT), "4.00"),
    "short-server-id-65536": among(put("/0/1/10", b"65536", TEXT), "4.00"),
    "security-mode-9": among(put("/0/1/2", b"9", TEXT), "4.00"),
    "binding-that-is-none": among(put("/1/0/7", b"ZZ", TEXT), "4.00"),
    # what a Multiple Resource may be: the rights in an Access Control Object Instance
    "text-for-a-multiple-resource": among(put("/2/0/2", b"15", TEXT), "4.00"),
    "cbor-for-a-multiple-resource": among(put("/2/0/2", cbor_encode(15), CBOR), "4.00"),
    "tlv-one-for-many-instances": among(write("/2/0", {0: 3, 1: 0, 2: 15, 3: 1}), "4.00"),
    "tlv-resource-instance-65535": among(put("/2/0/2", tlv_resource(2, {65535: 15})), "4.00"),
    "senml-one-for-many-instances": among(
        put("/2/0", senml_cbor("/2/0/", {"2": 15}), SENML_CBOR), "4.00"),
    "senml-string-in-a-resource-instance": among(
        put("/2/0", senml_cbor("/2/0/", {"2/1": "15"}), SENML_CBOR), "4.00"),
    "257-resource-instances": among(
        put("/2/0/2", tlv_resource(2, {i: 15 for i in range(257)}), block_size=512), "4.00"),
    "256-resource-instances": among(
        write("/2/0", {0: 3, 1: 0, 2: {i: 15 for i in range(256)}, 3: 1}, block_size=512), "2.04"),
    "1025-records": among(put("/1/0", tlv_instance({3: 1}) * 1025, block_size=1024), "4.00"),
    "65-instances": among(put("/1", tlv_object({i: {0: 1} for i in range(9, 74)}), block_size=512), "4.00"),
}

OPTIONS = {
    "unknown-critical": among(with_option(UNKNOWN_CRITICAL), "4.02"),
    "unknown-critical-at-a-read": among(with_option(UNKNOWN_CRITICAL, b"", read("/1", accept=TLV)), "4.02"),
    "unknown-critical-at-the-finish": among(with_option(UNKNOWN_CRITICAL, b"", finish()), "4.02"),
    "unknown-elective": among(with_option(UNKNOWN_ELECTIVE, b"x" * 40), "2.04"),
    "if-match": among(with_option(IF_MATCH, b"1234", write("/1/0", server_object(1, 60))), "4.02"),
    "if-none-match": among(with_option(IF_NONE_MATCH, b"", write("/1/0", server_object(1, 60))), "4.02"),
    "proxy-uri": among(with_option(PROXY_URI, b"coap://h/1/0", write("/1/0", server_object(1, 60))), "5.05"),
    # libcoap 4.3.4 answers this one, and the doubled Content-Format, before it asks us
    "proxy-scheme": among(
        with_option(PROXY_SCHEME, b"coap", write("/1/0", server_object(1, 60))), ("5.05", "4.02")),
    "oscore": among(with_option(OSCORE, b"\x09\x01", write("/1/0", server_object(1, 60))), "4.02"),
    "uri-host": among(with_option(URI_HOST, b"elsewhere.example"), "2.04"),
    "uri-port": among(with_option(URI_PORT, uint(9)), "2.04"),
    "hop-limit": among(with_option(HOP_LIMIT, uint(3)), "2.04"),
    "echo": among(with_option(ECHO, b"12345678"), "2.04"),
    "request-tag": among(with_option(REQUEST_TAG, b"1"), "2.04"),
    "etag": among(with_option(ETAG, b"1234", read("/1", accept=TLV)), "2.05"),
    # the first one counts (RFC 7252, 5.4.5)
    "content-format-twice": among(with_option(CONTENT_FORMAT, uint(TEXT)), ("4.00", "4.02")),
    "accept-twice": among(with_option(ACCEPT, uint(TEXT), read("/1", accept=TLV)), "4.02"),
    "accept-unknown-at-a-read": among(read("/1", accept=9999), "4.06"),
    "accept-unknown-at-a-write": among(
        Step(PUT, "/1/0", {**write("/1/0", server_object(1)).keywords, "accept": 9999}), "2.04"),
    "accept-unknown-at-the-finish": Row(
        script=lambda at: [*good(at)[:2], (finish(accept=9999), "2.04")], stored=kept),
    "observe-at-a-read": among(with_option(OBSERVE, b"", read("/1", accept=TLV)), "2.05"),
    "observe-at-a-discover": among(with_option(OBSERVE, b"", discover()), DISCOVERED),
    "observe-at-a-write": among(with_option(OBSERVE, b""), "2.04"),
    "block1-at-a-read": among(with_option(BLOCK1, Block(0, True, 16).encode(), Step(
        GET, "/1", {"payload": bytes(16), "accept": TLV})), "4.02"),
    "block1-at-a-discover": among(with_option(BLOCK1, b"", discover()), "4.02"),
    "block1-at-a-delete": among(with_option(BLOCK1, Block(0, True, 16).encode(), Step(
        DELETE, "/1/0", {"payload": bytes(16)})), "4.02"),
    "block1-of-the-reserved-size": among(with_option(BLOCK1, b"\x07"), "4.00"),
    "block1-twice": among(Step(PUT, "/1/0", {**write("/1/0", server_object(1, 60)).keywords,
                                             "options": [(BLOCK1, b""), (BLOCK1, b"")]}), "4.02"),
    "block1-last-without-a-first": among(with_option(BLOCK1, Block(3, False, 16).encode()), "4.08"),
    "block2-at-a-write": among(with_option(BLOCK2, Block(0, False, 16).encode()), "2.04"),
    "block2-later-at-a-write": among(with_option(BLOCK2, Block(2, False, 16).encode(),
                                                 write("/1/0", server_object(1, 60))), "4.08"),
    "block2-behind-the-end": among(with_option(BLOCK2, Block(99, False, 16).encode(),
                                               read("/1", accept=TLV)), "4.00"),
    "size1-of-2-gib": among(with_option(SIZE1, uint(2 << 30)), "2.04"),
    "payload-at-a-read": among(Step(GET, "/1", {"payload": b"x", "accept": TLV}), "2.05"),
    # libcoap's answer to a known option of a wrong length; RFC 7252, 5.4.3 asks for 4.02 where critical
    "etag-of-no-bytes": among(sent(with_option(ETAG, b"", read("/1", accept=TLV))), "RST"),
    "content-format-of-4-bytes": among(sent(with_option(CONTENT_FORMAT, bytes(4))), "RST"),
    "accept-of-4-bytes": among(sent(with_option(ACCEPT, bytes(4), Step(GET, "/1"))), "RST"),
    "block1-of-4-bytes": among(sent(with_option(BLOCK1, bytes(4))), "RST"),
    "payload-at-a-delete": among(Step(DELETE, "/1/77", {"payload": b"x", "cf": TEXT}), "2.02"),
}

MALFORMED = {
    # libcoap's answer; RFC 7252, 3 asks for silence, which costs the server nothing
    "version-0": among(raw(0x00, PUT), "RST"),
    "version-3": among(raw(0xc0, PUT), "RST"),
    "token-of-9-bytes": among(raw(0x49, PUT, bytes(9)), "RST"),
    "token-cut": among(raw(0x48, PUT, bytes(3)), "RST"),
    "option-cut": among(raw(0x40, PUT, rest=b"\xb5ab"), "RST"),
    "option-of-delta-15": among(raw(0x40, PUT, rest=b"\xf0"), "RST"),
    "payload-marker-alone": among(raw(0x40, PUT, rest=b"\xff"), "RST"),
    "three-bytes": among(datagram(b"\x40\x03\x00"), "silence"),
    "no-bytes": among(datagram(b""), "silence"),
    "text": among(datagram(b"GET / HTTP/1.1\r\n\r\n"), "RST"),
    "ping": calm(raw(0x40, EMPTY), "RST"),
    "ping-with-a-payload": among(raw(0x40, EMPTY, rest=b"\xffx"), "RST"),
    "empty-non": calm(raw(0x50, EMPTY), "RST"),
    "ack-of-nothing": among(raw(0x60, EMPTY), "silence"),
    "reset-of-nothing": among(raw(0x70, EMPTY), "silence"),
    "response-to-nothing-con": among(bare(69), "RST"),
    "response-to-nothing-non": among(bare(69, Type.NON), "RST"),
    "request-in-an-ack": among(bare(DELETE, Type.ACK), "silence"),
    "request-in-a-reset": among(bare(DELETE, Type.RST), "silence"),
    "code-1.00": among(bare(32), "RST"),
    "code-6.00": among(bare(192), "RST"),
    "code-7.01": among(bare(225), "silence"),
    "reset-of-our-answer": among(answered_with(lambda a: Message(Type.RST, EMPTY, a.mid)), "silence"),
    "ack-of-our-answer": among(answered_with(lambda a: Message(Type.ACK, EMPTY, a.mid)), "silence"),
    "our-answer-sent-back": among(answered_with(lambda a: a), "silence"),
    "non-write": among(write("/1/0", server_object(1), type=Type.NON), "2.04"),
    "non-delete": among(delete("/1/77", type=Type.NON), "2.02"),
    "non-read": among(read("/1", accept=TLV, type=Type.NON), "2.05"),
    "empty-token": among(empty_token(write("/1/0", server_object(1))), "2.04"),
    "another-port-of-the-server": among(from_elsewhere(delete("/")), "silence"),
    "1440-bytes": among(put("/0/1/3", b"k" * 1380, OPAQUE), "2.04",
                        lambda at: {**kept(at), "/0/1/3": b"k" * 1380}),
    "1500-bytes": among(sent(put("/0/1/3", b"k" * 1480, OPAQUE)), "RST"),
    "no-response-wanted": among(sent(with_option(NO_RESPONSE, uint(26))), "0.00"),
}

TABLES = {"order": ORDER, "duplicates": DUPLICATES, "unknown": UNKNOWN, "types": TYPES, "format": FORMATS,
          "options": OPTIONS,
          "malformed": MALFORMED}


@pytest.mark.parametrize("table, name", [(table, name) for table, rows in TABLES.items() for name in rows])
def test_operation(daemon, server, peers, table, name):
    run_row(TABLES[table][name], daemon, server, peers)
