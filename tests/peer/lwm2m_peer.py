#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted Bootstrap Server and LwM2M Server on raw CoAP datagrams, standard library only.

The peer records every datagram and can misbehave on purpose: silence, loss, duplicates, delays, garbage,
wrong order, separate responses, odd block sizes. Nothing here knows the client's code: both ends share only
the standards.

    server = LwM2MServer()
    bootstrap = BootstrapServer(script=[delete("/"), *account(server.uri), finish()])
    ... start a client with bootstrap.uri ...
    registration = server.wait_registration()
    print(server.read("/3/0/0"))

Run as a program it serves both until interrupted and prints each CoAP operation with its code.
"""
import argparse
import base64
import collections
import dataclasses
import enum
import json
import os
import random
import selectors
import signal
import socket
import struct
import sys
import threading
import time

# --- CoAP messages (RFC 7252, 7641, 7959) ------------------------------------------------------------------


class Type(enum.IntEnum):
    CON = 0
    NON = 1
    ACK = 2
    RST = 3


def code(text):
    """'2.05' -> 0x45."""
    major, minor = text.split(".")
    return int(major) << 5 | int(minor)


def code_text(value):
    return f"{value >> 5}.{value & 31:02}"


EMPTY = 0
GET, POST, PUT, DELETE, FETCH, PATCH, IPATCH = range(1, 8)
METHODS = {GET: "GET", POST: "POST", PUT: "PUT", DELETE: "DELETE",
           FETCH: "FETCH", PATCH: "PATCH", IPATCH: "iPATCH"}
CREATED, DELETED, CHANGED, CONTENT, CONTINUE = (code(c) for c in ("2.01", "2.02", "2.04", "2.05", "2.31"))

IF_MATCH, URI_HOST, ETAG, OBSERVE, URI_PORT, LOCATION_PATH, URI_PATH = 1, 3, 4, 6, 7, 8, 11
CONTENT_FORMAT, MAX_AGE, URI_QUERY, ACCEPT, BLOCK2, BLOCK1, SIZE2, SIZE1 = 12, 14, 15, 17, 23, 27, 28, 60

TEXT, LINK, OPAQUE, CBOR, SENML_JSON, SENML_CBOR, TLV, OLD_TLV = 0, 40, 42, 60, 110, 112, 11542, 1542
LWM2M_CBOR, LWM2M_JSON, OLD_LWM2M_JSON = 11544, 11543, 1543

MAX_DATAGRAM = 65535
PAYLOAD_MARKER = 0xFF


def uint(value):
    """The shortest big-endian form, empty for 0 (RFC 7252 3.2)."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


@dataclasses.dataclass(frozen=True)
class Block:
    """A Block1 or Block2 option: number, more, size in bytes (RFC 7959 2.2)."""
    num: int
    more: bool
    size: int

    def encode(self):
        return uint(self.num << 4 | self.more << 3 | self.size.bit_length() - 5)

    @classmethod
    def decode(cls, data):
        value = int.from_bytes(data, "big")
        return cls(value >> 4, bool(value & 8), 1 << (value & 7) + 4)


@dataclasses.dataclass
class Message:
    """One CoAP message; options are (number, bytes) pairs in the order of the wire."""
    type: int = Type.CON
    code: int = EMPTY
    mid: int = 0
    token: bytes = b""
    options: list = dataclasses.field(default_factory=list)
    payload: bytes = b""

    def encode(self):
        out = bytearray(struct.pack(">BBH", 1 << 6 | self.type << 4 | len(self.token), self.code, self.mid))
        out += self.token
        last = 0
        for number, value in sorted(self.options, key=lambda option: option[0]):
            delta, extra_delta = self._nibble(number - last)
            length, extra_length = self._nibble(len(value))
            out += bytes([delta << 4 | length]) + extra_delta + extra_length + value
            last = number
        if self.payload:
            out += bytes([PAYLOAD_MARKER]) + self.payload
        return bytes(out)

    @staticmethod
    def _nibble(value):
        if value < 13:
            return value, b""
        if value < 269:
            return 13, bytes([value - 13])
        return 14, struct.pack(">H", value - 269)

    @classmethod
    def decode(cls, data):
        """Raises ValueError for anything that is not a CoAP message."""
        if len(data) < 4 or data[0] >> 6 != 1 or data[0] & 15 > 8:
            raise ValueError("no CoAP header")
        message = cls(Type(data[0] >> 4 & 3), data[1], int.from_bytes(data[2:4], "big"))
        at = 4 + (data[0] & 15)
        message.token = bytes(data[4:at])
        if at > len(data):
            raise ValueError("token cut off")
        number = 0
        while at < len(data) and data[at] != PAYLOAD_MARKER:
            delta, length, at = data[at] >> 4, data[at] & 15, at + 1
            delta, at = cls._extended(data, delta, at)
            length, at = cls._extended(data, length, at)
            if at + length > len(data):
                raise ValueError("option cut off")
            number += delta
            message.options.append((number, bytes(data[at:at + length])))
            at += length
        if at < len(data):
            message.payload = bytes(data[at + 1:])
            if not message.payload:
                raise ValueError("payload marker without payload")
        return message

    @staticmethod
    def _extended(data, nibble, at):
        if nibble < 13:
            return nibble, at
        width = {13: 1, 14: 2}.get(nibble)
        if width is None or at + width > len(data):
            raise ValueError("bad option length")
        return int.from_bytes(data[at:at + width], "big") + (13 if width == 1 else 269), at + width

    def all(self, number):
        return [value for n, value in self.options if n == number]

    def first(self, number):
        return next(iter(self.all(number)), None)

    def uint(self, number):
        value = self.first(number)
        return None if value is None else int.from_bytes(value, "big")

    def block(self, number):
        value = self.first(number)
        return None if value is None else Block.decode(value)

    @property
    def is_request(self):
        return 0 < self.code < 32

    @property
    def is_response(self):
        return self.code >= 64

    @property
    def path(self):
        return "/" + "/".join(segment.decode(errors="replace") for segment in self.all(URI_PATH))

    @property
    def query(self):
        """{'ep': 'name', ...}; a flag has the value ''."""
        return dict(part.partition("=")[::2] for part in self.queries)

    @property
    def queries(self):
        return [value.decode(errors="replace") for value in self.all(URI_QUERY)]

    @property
    def content_format(self):
        return self.uint(CONTENT_FORMAT)

    @property
    def location(self):
        return [value.decode() for value in self.all(LOCATION_PATH)]

    @property
    def text(self):
        return self.payload.decode(errors="replace")

    @property
    def code_text(self):
        return code_text(self.code)

    @property
    def method(self):
        return METHODS.get(self.code, code_text(self.code))

    def __str__(self):
        if not self.is_request:
            what = f"{self.code_text} {self.text[:64]!r}"
        else:
            what = f"{self.method} {self.path}" + ("?" + "&".join(self.queries) if self.queries else "")
        return f"{self.type.name} {what} mid={self.mid} token={self.token.hex()}"


def path_options(path):
    """Uri-Path and Uri-Query options of '/1/0?pmin=1'."""
    path, _, query = path.partition("?")
    options = [(URI_PATH, segment.encode()) for segment in path.strip("/").split("/") if segment]
    return options + [(URI_QUERY, part.encode()) for part in query.split("&") if part]


# --- OMA TLV (LwM2M Core 1.2 7.4.3) ------------------------------------------------------------------------

INSTANCE, RESOURCE_INSTANCE, MULTIPLE, RESOURCE = range(4)


def tlv_entry(kind, identifier, value):
    head = kind << 6 | (identifier > 0xFF) << 5
    length = len(value)
    width = 0 if length < 8 else (length.bit_length() + 7) // 8
    head |= length if width == 0 else width << 3
    size = length.to_bytes(width, "big") if width else b""
    return bytes([head]) + identifier.to_bytes(2 if identifier > 0xFF else 1, "big") + size + value


def tlv_value(value):
    """bool, int, float, str, bytes or an (object, instance) link as bytes."""
    if isinstance(value, bool):
        return bytes([value])
    if isinstance(value, int):
        width = next(w for w in (1, 2, 4, 8) if -(1 << 8 * w - 1) <= value < 1 << 8 * w - 1)
        return value.to_bytes(width, "big", signed=True)
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, tuple):
        return struct.pack(">HH", *value)
    return value.encode() if isinstance(value, str) else bytes(value)


def tlv_resource(identifier, value):
    """A resource; a dict is a Multiple Resource {Resource Instance ID: value}."""
    if isinstance(value, dict):
        return tlv_entry(MULTIPLE, identifier, b"".join(
            tlv_entry(RESOURCE_INSTANCE, i, tlv_value(v)) for i, v in value.items()))
    return tlv_entry(RESOURCE, identifier, tlv_value(value))


def tlv_instance(resources):
    """The payload of a write to /O/I: {Resource ID: value}."""
    return b"".join(tlv_resource(i, v) for i, v in resources.items())


def tlv_object(instances):
    """The payload of a write to /O: {Instance ID: {Resource ID: value}}."""
    return b"".join(tlv_entry(INSTANCE, i, tlv_instance(r)) for i, r in instances.items())


def tlv_decode(data):
    """{id: bytes} for resources, {id: {id: ...}} for instances and Multiple Resources."""
    result, at = {}, 0
    while at < len(data):
        head, at = data[at], at + 1
        id_width, width = (2 if head & 0x20 else 1), head >> 3 & 3
        identifier, at = int.from_bytes(data[at:at + id_width], "big"), at + id_width
        length, at = (int.from_bytes(data[at:at + width], "big") if width else head & 7), at + width
        if at + length > len(data):
            raise ValueError("TLV cut off")
        value, at = bytes(data[at:at + length]), at + length
        result[identifier] = tlv_decode(value) if head >> 6 in (INSTANCE, MULTIPLE) else value
    return result


# --- CBOR and SenML CBOR (RFC 8949, 8428) ------------------------------------------------------------------


class Link(str):
    """An Object Link 'O:I' in SenML, so that it is told from a String."""


def cbor_head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    width = next(w for w in range(4) if value < 1 << (8 << w))
    return bytes([major << 5 | 24 + width]) + value.to_bytes(1 << width, "big")


def cbor_encode(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return cbor_head(0, value) if value >= 0 else cbor_head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return cbor_head(2, len(value)) + value
    if isinstance(value, str):
        return cbor_head(3, len(value.encode())) + value.encode()
    if isinstance(value, (list, tuple)):
        return cbor_head(4, len(value)) + b"".join(map(cbor_encode, value))
    return cbor_head(5, len(value)) + b"".join(cbor_encode(k) + cbor_encode(v) for k, v in value.items())


_BREAK = object()


def _cbor_item(data, at):
    """One item at an offset -> (value, next offset)."""
    major, info, at = data[at] >> 5, data[at] & 31, at + 1
    if major == 7:
        return _cbor_simple(data, info, at)
    if info == 31:
        items = []
        while True:
            item, at = _cbor_item(data, at)
            if item is _BREAK:
                break
            items.append(item)
        return _cbor_gather(major, items), at
    if info >= 24:
        width = 1 << info - 24
        info, at = int.from_bytes(data[at:at + width], "big"), at + width
    if major < 2:
        return (info if major == 0 else -1 - info), at
    if major < 4:
        value = bytes(data[at:at + info])
        return (value if major == 2 else value.decode()), at + info
    if major == 6:
        return _cbor_item(data, at)
    items = []
    for _ in range(info * (2 if major == 5 else 1)):
        item, at = _cbor_item(data, at)
        items.append(item)
    return _cbor_gather(major, items), at


def _cbor_simple(data, info, at):
    if info in (25, 26, 27):
        width = 1 << info - 24
        return struct.unpack({25: ">e", 26: ">f", 27: ">d"}[info], data[at:at + width])[0], at + width
    return {20: False, 21: True, 22: None, 23: None, 31: _BREAK}[info], at


def _cbor_gather(major, items):
    if major == 5:
        keys = (tuple(key) if isinstance(key, list) else key for key in items[::2])
        return dict(zip(keys, items[1::2]))
    if major == 4:
        return items
    return (b"" if major == 2 else "").join(items)


def cbor_decode(data):
    value, end = _cbor_item(data, 0)
    if end != len(data):
        raise ValueError("bytes after the CBOR item")
    return value


def senml_cbor(base, values):
    """A SenML CBOR pack: base name and {relative name: value}."""
    records = []
    for name, value in values.items():
        record = {-2: base} if not records and base else {}
        if name:
            record[0] = name
        label = "vlo" if isinstance(value, Link) else 4 if isinstance(value, bool) else \
            2 if isinstance(value, (int, float)) else 3 if isinstance(value, str) else 8
        record[label] = value
        records.append(record)
    return cbor_encode(records)


def _flat(resources):
    """{relative name: value} of the dicts that tlv_instance and tlv_object take."""
    flat = {}

    def walk(prefix, values):
        for identifier, value in values.items():
            name = f"{prefix}{identifier}"
            if isinstance(value, dict):
                walk(name + "/", value)
            else:
                flat[name] = Link("%d:%d" % value) if isinstance(value, tuple) else value
    walk("", resources)
    return flat


def senml_cbor_instance(path, resources):
    """The payload of a write to /O/I or /O, from the dicts that tlv_instance and tlv_object take."""
    return senml_cbor(path.rstrip("/") + "/", _flat(resources))


def senml_cbor_decode(data):
    """{'/3/0/0': value, ...}"""
    base, result = "", {}
    for record in cbor_decode(data):
        base = record.get(-2, base)
        value = next((record[label] for label in (2, 3, 4, 8, "vlo") if label in record), None)
        result[base + record.get(0, "")] = value
    return result


# --- SenML JSON (RFC 8428) ---------------------------------------------------------------------------------


def senml_json_instance(path, resources):
    """The payload of a write to /O/I or /O, as senml_cbor_instance; bytes in base64url without padding."""
    records = []
    for name, value in _flat(resources).items():
        label = "vlo" if isinstance(value, Link) else "vb" if isinstance(value, bool) else \
            "v" if isinstance(value, (int, float)) else "vs" if isinstance(value, str) else "vd"
        if label == "vd":
            value = base64.urlsafe_b64encode(value).decode().rstrip("=")
        records.append(({} if records else {"bn": path.rstrip("/") + "/"}) | {"n": name, label: value})
    return json.dumps(records, separators=(",", ":")).encode()


def senml_json_decode(data):
    """{'/3/0/0': value, ...}"""
    base, found = "", {}
    for record in json.loads(data):
        base = record.get("bn", base)
        value = next((record[label] for label in ("v", "vs", "vb", "vlo") if label in record), None)
        if "vd" in record:
            value = base64.urlsafe_b64decode(record["vd"] + "=" * (-len(record["vd"]) % 4))
        found[base + record.get("n", "")] = value
    return found


# --- LwM2M CBOR (Core TS 1.2) ------------------------------------------------------------------------------


def lwm2m_cbor_instance(path, resources):
    """As senml_cbor_instance: the path is the outermost key, each key below is one ID."""
    def plain(value):
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        return "%d:%d" % value if isinstance(value, tuple) else value
    ids = tuple(map(int, path.strip("/").split("/")))
    return cbor_encode({ids if len(ids) > 1 else ids[0]: plain(resources)})


def lwm2m_cbor_decode(data):
    """{'/3/0/0': value, ...}"""
    result = {}

    def walk(prefix, values):
        for key, value in values.items():
            name = prefix + "".join(f"/{each}" for each in (key if isinstance(key, tuple) else (key,)))
            if isinstance(value, dict):
                walk(name, value)
            else:
                result[name] = value
    walk("", cbor_decode(data))
    return result


# Formats whose payload names each path: Content-Format -> what encodes and what decodes it
PACKS = {SENML_JSON: (senml_json_instance, senml_json_decode),
         SENML_CBOR: (senml_cbor_instance, senml_cbor_decode),
         LWM2M_CBOR: (lwm2m_cbor_instance, lwm2m_cbor_decode)}


def links(payload):
    """The links of a CoRE link payload, split at the commas outside of quotes."""
    result, quoted, start, text = [], False, 0, payload.decode() if isinstance(payload, bytes) else payload
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif char == "," and not quoted:
            result.append(text[start:at])
            start = at + 1
    return result + [text[start:]] if text else []


# --- the endpoint ------------------------------------------------------------------------------------------


class NoAnswer(Exception):
    """A request of ours was not answered in time."""


class Reset(Exception):
    """A request of ours was answered with RST."""


@dataclasses.dataclass
class Record:
    """One datagram: CLOCK_MONOTONIC in seconds, direction, other end, bytes, and the message if CoAP."""
    time: float
    outgoing: bool
    address: tuple
    data: bytes
    message: Message = None

    @property
    def port(self):
        return self.address[1]


@dataclasses.dataclass
class Answer:
    """How a request is answered: piggybacked, or separate (CON or NON) after an empty ACK, perhaps late."""
    code: int
    payload: bytes = b""
    options: list = dataclasses.field(default_factory=list)
    separate: Type = None       # Type.CON or Type.NON: empty ACK first, then a message of this type
    delay: float = 0.0          # seconds before the (separate) response
    sent: object = None         # called when the response leaves; must not wait
    then: object = None         # called in a thread of its own when the response left


ACK_ONLY = Answer(EMPTY)        # the empty ACK, and nothing after it
SILENCE = None                  # no datagram at all


class _Exchange:
    def __init__(self, mid):
        self.mid = mid
        self.acknowledged = self.reset = False
        self.response = None


class Session:
    """The other end: one address and port of a client."""

    def __init__(self, address):
        self.address = address
        self.next_mid = random.randrange(1 << 16)
        self.exchanges = {}     # token -> _Exchange
        self.answers = {}       # Message ID of a request -> the answer's bytes, or None
        self.assemblies = {}    # path and query -> bytes so far

    def mid(self):
        self.next_mid = self.next_mid + 1 & 0xFFFF
        return self.next_mid


class Endpoint:
    """A UDP socket on loopback with a thread that answers, and a record of every datagram."""
    scheme = "coap"
    ack_timeout = 2.0       # seconds until a request of ours is repeated, doubled each time

    def __init__(self, name="peer", host="127.0.0.1", port=0, on_operation=None):
        self.name, self.host = name, host
        self.on_operation = on_operation    # (endpoint, incoming, request, code) after each operation
        self.on_incoming = None             # (record) -> False: recorded, but as if lost
        self.on_outgoing = None             # (session, message, data) -> [(delay, data), ...]: what leaves
        self.silent = False                 # records, never answers
        self.records, self.sessions = [], {}
        self.condition = threading.Condition()
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.port = self.socket.getsockname()[1]
        self._waker, self._wakee = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return f"{self.scheme}://[{self.host}]:{self.port}" if ":" in self.host else \
            f"{self.scheme}://{self.host}:{self.port}"

    def close(self):
        self._waker.send(b"x")
        self._thread.join()
        for each in (self.socket, self._waker, self._wakee):
            each.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # -- what was seen

    def received(self, predicate=lambda message: True):
        """Records of the CoAP messages received so far for which predicate(message) holds."""
        with self.condition:
            return [r for r in self.records if not r.outgoing and r.message and predicate(r.message)]

    def wait(self, condition, timeout, what="the peer's condition"):
        """The first true value of condition(), checked after each datagram; else TimeoutError."""
        deadline = time.monotonic() + timeout
        with self.condition:
            while not (value := condition()):
                self.condition.wait(max(0.0, deadline - time.monotonic()))
                if time.monotonic() >= deadline and not condition():
                    seen = self.transcript()
                    raise TimeoutError(f"{self.name}: no {what} within {timeout} s; seen:\n{seen}")
            return value

    def wait_for(self, predicate, timeout=10.0, number=1):
        """The record of the number-th received message with predicate(message), past or future."""
        def found():
            matches = self.received(predicate)
            return matches[number - 1] if len(matches) >= number else None
        return self.wait(found, timeout, "such message")

    def wait_request(self, method, path, timeout=10.0, number=1):
        return self.wait_for(lambda m: m.code == method and m.path == path, timeout, number)

    def requests(self, method, path):
        return self.received(lambda m: m.code == method and m.path == path)

    def transcript(self):
        with self.condition:
            return "\n".join(
                f"  {r.time:.3f} {'>' if r.outgoing else '<'} {r.port} {r.message or r.data.hex()}"
                for r in self.records[-200:]) or "  nothing"

    # -- sending

    def send(self, session, message):
        self.send_bytes(session, message.encode(), message)

    def send_bytes(self, session, data, message=None):
        """Raw bytes to the session's address, through on_outgoing."""
        leaving = [(0.0, data)] if self.on_outgoing is None else self.on_outgoing(session, message, data)
        for delay, each in leaving:
            if delay > 0:
                timer = threading.Timer(delay, self._transmit, (session, each))
                timer.daemon = True
                timer.start()
            else:
                self._transmit(session, each)

    def _transmit(self, session, data):
        with self.condition:
            self.records.append(Record(time.monotonic(), True, session.address, data, self._parse(data)))
            try:
                self.socket.sendto(data, session.address)
            except OSError:
                pass    # the socket was closed under a delayed datagram

    def exchange(self, session, message, timeout=10.0):
        """Sends a request, repeats a CON until acknowledged, and returns the response."""
        exchange, retransmit = _Exchange(message.mid), self.ack_timeout
        with self.condition:
            session.exchanges[message.token] = exchange
        deadline = time.monotonic() + timeout
        again = time.monotonic() + retransmit
        self.send(session, message)
        with self.condition:
            while exchange.response is None:
                now = time.monotonic()
                if exchange.reset:
                    raise Reset(str(message))
                if now >= deadline:
                    raise NoAnswer(f"{message}; seen:\n{self.transcript()}")
                repeat = message.type == Type.CON and not exchange.acknowledged
                if repeat and now >= again:
                    self.send(session, message)
                    retransmit *= 2
                    again = now + retransmit
                self.condition.wait(min(deadline, again if repeat else deadline) - now)
            return exchange.response

    def forget(self, session, message):
        """A later answer to this request is a surprise, as after a restart."""
        with self.condition:
            session.exchanges.pop(message.token, None)

    def message(self, session, method, path, payload=b"", cf=None, accept=None, type=Type.CON, options=()):
        """A request with a fresh Message ID and token."""
        every = path_options(path) + list(options)
        if cf is not None:
            every.append((CONTENT_FORMAT, uint(cf)))
        if accept is not None:
            every.append((ACCEPT, uint(accept)))
        return Message(type, method, session.mid(), os.urandom(8), every, payload)

    def request(self, session, method, path, cf=None, payload=b"", accept=None, type=Type.CON, options=(),
                block_size=None, size1=None, block2_size=None, timeout=10.0):
        """One operation: request and response, with Block1 where block_size is given and Block2 followed.

        The response of a Block2 transfer carries the whole body. Raises NoAnswer or Reset.
        """
        if block_size is not None:
            response = self._send_blocks(session, method, path, cf, payload, accept, options,
                                         block_size, size1, timeout)
        else:
            first = list(options)
            if block2_size is not None:
                first.append((BLOCK2, Block(0, False, block2_size).encode()))
            response = self.exchange(
                session, self.message(session, method, path, payload, cf, accept, type, first), timeout)
        response = self._follow_block2(session, method, path, accept, response, timeout)
        if self.on_operation is not None:
            shown = self.message(session, method, path, payload, cf, accept)
            self.on_operation(self, False, shown, response.code)
        return response

    def block_message(self, session, method, path, cf, payload, num, size, accept=None, options=()):
        """The request that carries block num of a payload; for blocks out of order or twice."""
        more = (num + 1) * size < len(payload)
        return self.message(session, method, path, payload[num * size:(num + 1) * size], cf, accept,
                            options=[*options, (BLOCK1, Block(num, more, size).encode())])

    def _send_blocks(self, session, method, path, cf, payload, accept, options, size, size1, timeout):
        options = [*options, *([(SIZE1, uint(size1))] if size1 is not None else [])]
        for num in range(max(1, -(-len(payload) // size))):
            message = self.block_message(session, method, path, cf, payload, num, size, accept, options)
            response = self.exchange(session, message, timeout)
            if response.code != CONTINUE:
                break
        return response

    def _follow_block2(self, session, method, path, accept, response, timeout):
        block = response.block(BLOCK2)
        body = response.payload
        while block is not None and block.more:
            block = Block(block.num + 1, False, block.size)
            more = self.exchange(session, self.message(session, method, path, accept=accept,
                                                       options=[(BLOCK2, block.encode())]), timeout)
            if more.code != response.code:
                return more
            body += more.payload
            block = more.block(BLOCK2)
        return dataclasses.replace(response, payload=body)

    # -- receiving

    def _run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            selector.register(self._wakee, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._wakee in ready:
                    return
                self._receive(*self.socket.recvfrom(MAX_DATAGRAM))

    @staticmethod
    def _parse(data):
        try:
            return Message.decode(data)
        except ValueError:
            return None

    def _receive(self, data, address):
        record = Record(time.monotonic(), False, address, data, self._parse(data))
        with self.condition:
            session = self.sessions.setdefault(address, Session(address))
            lost = self.on_incoming is not None and self.on_incoming(record) is False
            self.records.append(record)
            self.condition.notify_all()
        message = record.message
        if lost or self.silent or message is None:
            return
        if message.is_request and message.type in (Type.CON, Type.NON):
            self._serve(session, message)
        elif message.is_response:
            self._response(session, message)
        elif message.code == EMPTY:
            self._empty(session, message)

    def _empty(self, session, message):
        if message.type == Type.CON:
            self.send(session, Message(Type.RST, EMPTY, message.mid))
            return
        with self.condition:
            exchange = next((e for e in session.exchanges.values() if e.mid == message.mid), None)
            if exchange is not None:
                exchange.acknowledged = True
                exchange.reset = message.type == Type.RST
            self.condition.notify_all()

    def _response(self, session, message):
        if message.type == Type.CON:
            self.send(session, Message(Type.ACK, EMPTY, message.mid))
        with self.condition:
            exchange = session.exchanges.get(message.token)
            if exchange is not None and exchange.response is None:
                exchange.response = message
            self.condition.notify_all()

    def _serve(self, session, message):
        if message.mid in session.answers:
            if session.answers[message.mid]:
                self.send_bytes(session, session.answers[message.mid])
            return
        session.answers[message.mid] = None
        message = self._assemble(session, message)
        if message is None:
            return
        answer = self.handle(session, message)
        if answer is SILENCE:
            del session.answers[message.mid]    # a repetition is a new chance
            return
        self._answer(session, message, answer)

    def _answer(self, session, message, answer):
        piggybacked = answer.separate is None and answer.code != EMPTY
        if not piggybacked and message.type == Type.CON:
            session.answers[message.mid] = Message(Type.ACK, EMPTY, message.mid).encode()
            self.send_bytes(session, session.answers[message.mid])
        if answer.code == EMPTY:
            return
        response = Message(Type.ACK, answer.code, message.mid, message.token, list(answer.options),
                           answer.payload)
        block = message.block(BLOCK1)
        if block is not None:
            response.options.append((BLOCK1, block.encode()))
        if not piggybacked or message.type == Type.NON:
            response.type = Type.NON if answer.separate is None else answer.separate
            response.mid = session.mid()
        elif answer.delay == 0:
            session.answers[message.mid] = response.encode()
        if answer.delay > 0:
            timer = threading.Timer(answer.delay, self._respond, (session, message, response, answer))
            timer.daemon = True
            timer.start()
        else:
            self._respond(session, message, response, answer)

    def _respond(self, session, message, response, answer):
        with self.condition:
            # First: who hears from the daemon that it was sent sees it here, too. Who waits here, later.
            if answer.sent is not None:
                answer.sent()
            self.send(session, response)
            self.condition.notify_all()
        if self.on_operation is not None and response.code != CONTINUE:
            self.on_operation(self, True, message, response.code)
        if answer.then is not None:
            threading.Thread(target=answer.then, daemon=True).start()

    def _assemble(self, session, message):
        """The whole request at its last Block1, None (and 2.31) before."""
        block = message.block(BLOCK1)
        if block is None:
            return message
        key = (message.code, message.path, tuple(message.queries))
        body = (b"" if block.num == 0 else session.assemblies.get(key, b"")) + message.payload
        session.assemblies[key] = body
        if block.more:
            self._answer(session, message, Answer(CONTINUE))
            return None
        del session.assemblies[key]
        return dataclasses.replace(message, payload=body)

    def handle(self, session, message):
        """The Answer to a request, or SILENCE. Runs in the receiving thread: it must not wait."""
        return Answer(code("4.04"))


class BlackHole(Endpoint):
    """A bound port that records and never answers."""

    def __init__(self, **keywords):
        super().__init__(**{"name": "black hole", **keywords})
        self.silent = True


def closed_port(host="127.0.0.1"):
    """A UDP port that nobody has bound: the kernel answers with ICMP port unreachable."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


# --- Bootstrap Server --------------------------------------------------------------------------------------


@dataclasses.dataclass
class Step:
    """One request of a bootstrap script; keywords go to Endpoint.request."""
    method: int
    path: str
    keywords: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        return f"{METHODS[self.method]} {self.path}"


def write(path, payload, cf=TLV, **keywords):
    """PUT; a dict is an instance ({rid: value}) or, with a path /O, an object ({iid: {rid: value}})."""
    if isinstance(payload, dict):
        if cf in PACKS:
            payload = PACKS[cf][0](path, payload)
        else:
            payload = tlv_object(payload) if path.count("/") == 1 else tlv_instance(payload)
    return Step(PUT, path, {"payload": payload, "cf": cf, **keywords})


def delete(path, **keywords):
    return Step(DELETE, path, keywords)


def discover(path="/", **keywords):
    return Step(GET, path, {"accept": LINK, **keywords})


def read(path, accept=None, **keywords):
    return Step(GET, path, {"accept": accept, **keywords})


def finish(**keywords):
    return Step(POST, "/bs", keywords)


def security(uri, ssid=None, bootstrap=False, mode=3, identity=b"", key=b"", **resources):
    """Resources of a Security instance; r11=5 adds resource 11."""
    values = {0: uri, 1: bootstrap, 2: mode}
    if mode == 0:
        values |= {3: identity, 5: key}
    if ssid is not None:
        values[10] = ssid
    return values | {int(name[1:]): value for name, value in resources.items()}


def server_object(ssid, lifetime=300, binding="U", storing=True, **resources):
    """Resources of a Server instance; r16=False adds resource 16."""
    return {0: ssid, 1: lifetime, 6: storing, 7: binding} | {int(n[1:]): v for n, v in resources.items()}


def account(uri, ssid=1, security_id=1, server_id=0, cf=TLV, mode=3, identity=b"", key=b"", **keywords):
    """The two writes of one LwM2M Server account; keywords as server_object takes them."""
    return [write(f"/0/{security_id}", security(uri, ssid, mode=mode, identity=identity, key=key), cf),
            write(f"/1/{server_id}", server_object(ssid, **keywords), cf)]


def account_values(uri, ssid=1, security_id=1, server_id=0, mode=3, identity=b"", key=b"", **keywords):
    """The same as values of a Bootstrap-Pack."""
    return {f"/0/{security_id}": security(uri, ssid, mode=mode, identity=identity, key=key),
            f"/1/{server_id}": server_object(ssid, **keywords)}


def pack(instances, cf=SENML_CBOR, **keywords):
    """The Answer that is a Bootstrap-Pack: {path of an instance: {Resource ID: value}}, or bytes."""
    if isinstance(instances, dict):
        instances = pack_payload(instances, cf)
    return Answer(CONTENT, instances, [(CONTENT_FORMAT, uint(cf))] if cf is not None else [], **keywords)


def pack_payload(instances, cf=SENML_CBOR):
    """One payload with several Objects."""
    tree = {}
    for path, resources in instances.items():
        object_id, instance_id = map(int, path[1:].split("/"))
        tree.setdefault(object_id, {})[instance_id] = resources
    return cbor_encode(tree) if cf == LWM2M_CBOR else PACKS[cf][0]("/", tree)


class Run:
    """One execution of a bootstrap script: the steps with their responses."""

    def __init__(self, session):
        self.session = session
        self.results = []       # (Step, Message)
        self.error = None       # the exception that ended it
        self.done = False

    @property
    def codes(self):
        return [response.code_text for _, response in self.results]

    def response(self, index):
        return self.results[index][1]


class BootstrapServer(Endpoint):
    """Answers POST /bs and executes its script: a list of Steps, or a callable (server, run) for free play.

    `answers` is used up first, one for each Bootstrap-Request (a code, an Answer or SILENCE); then `answer`.
    A script runs after every answer of success. `prefix` is the path of its URI, "/tenant/a". GET /bspack is
    answered by `packs` first and then by `pack` in the same way; a body over `pack_block` bytes by Block2.
    With a `pack_script` it gets the empty ACK, and that script runs.
    """

    def __init__(self, script=(), answer=CHANGED, answers=(), prefix="", pack=code("4.04"), packs=(),
                 pack_block=1024, pack_script=None, **keywords):
        self.script, self.answer, self.answers = script, answer, collections.deque(answers)
        self.prefix = prefix
        self.pack, self.packs, self.pack_block = pack, collections.deque(packs), pack_block
        self.pack_script = pack_script
        self.runs = []
        super().__init__(**{"name": "Bootstrap Server", **keywords})

    def _pack(self, session, message):
        if self.pack_script is not None:
            threading.Thread(target=self.run, args=(session, self.pack_script), daemon=True).start()
            return ACK_ONLY
        block = message.block(BLOCK2)
        if block is not None and block.num > 0:     # of the answer that was begun
            answer = self._begun
        else:
            answer = self.packs.popleft() if self.packs else self.pack
            self._begun = answer = Answer(answer) if isinstance(answer, int) else answer
        size = min(self.pack_block, block.size if block is not None else 1024)
        if answer is SILENCE or len(answer.payload) <= size:
            return answer
        number = block.num if block is not None else 0
        begin, end = number * size, (number + 1) * size
        option = (BLOCK2, Block(number, end < len(answer.payload), size).encode())
        return dataclasses.replace(answer, payload=answer.payload[begin:end],
                                   options=[*answer.options, option])

    def pack_requests(self):
        """The Bootstrap-Pack-Requests without retransmissions and further blocks."""
        return [each for each in self._firsts(self.requests(GET, self.prefix + "/bspack"))
                if each.message.block(BLOCK2) is None or each.message.block(BLOCK2).num == 0]

    def handle(self, session, message):
        if message.code == GET and message.path == self.prefix + "/bspack":
            return self._pack(session, message)
        if message.code != POST or message.path != self.prefix + "/bs":
            return Answer(code("4.04"))
        answer = self.answers.popleft() if self.answers else self.answer
        if isinstance(answer, int):
            answer = Answer(answer)
        if answer is not SILENCE and answer.code >> 5 == 2 and answer.then is None:
            answer = dataclasses.replace(answer, then=lambda: self.run(session))
        return answer

    def run(self, session, script=None):
        """Executes a script against a session; the Run stands in `runs` from its first step on."""
        run, script = Run(session), self.script if script is None else script
        with self.condition:
            self.runs.append(run)
            self.condition.notify_all()
        try:
            if callable(script):
                script(self, run)
            else:
                for step in script:
                    self.step(run, step)
        except Exception as error:      # an assertion in a script counts too
            run.error = error
        finally:
            with self.condition:
                run.done = True
                self.condition.notify_all()
        return run

    def step(self, run, step):
        response = self.request(run.session, step.method, step.path, **step.keywords)
        with self.condition:
            run.results.append((step, response))
            self.condition.notify_all()
        return response

    def bootstrap_requests(self):
        return self.requests(POST, self.prefix + "/bs")

    def first_transmissions(self):
        """The Bootstrap-Requests without their retransmissions."""
        return self._firsts(self.bootstrap_requests())

    @staticmethod
    def _firsts(records):
        seen, firsts = set(), []
        for record in records:
            key = (record.port, record.message.mid, record.message.token)
            if key not in seen:
                seen.add(key)
                firsts.append(record)
        return firsts

    def wait_run(self, number=1, timeout=15.0, failed=False):
        """The number-th finished Run; raises what ended its script before the end, unless failed."""
        def ended():
            return self.runs[number - 1] if len(self.runs) >= number and self.runs[number - 1].done else None
        run = self.wait(ended, timeout, f"end of bootstrap run {number}")
        if run.error is not None and not failed:
            raise run.error
        return run


# --- LwM2M Server ------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Registration:
    """One accepted Register and what followed."""
    session: Session
    request: Message
    location: list
    time: float
    updates: list = dataclasses.field(default_factory=list)     # Messages
    active: bool = True
    deregistered: bool = False

    @property
    def query(self):
        return self.request.query

    @property
    def objects(self):
        return links(self.request.payload)


class LwM2MServer(Endpoint):
    """Accepts registrations and manages the client from its own socket.

    `answers` is used up first, one for each Register (a code, an Answer or SILENCE); then `answer`. So are
    `locations`, lists of segments; then there is a random one. `prefix` is the path of its URI, "/tenant/a".
    """

    def __init__(self, answer=CREATED, answers=(), locations=(), prefix="", **keywords):
        self.answer, self.answers = answer, collections.deque(answers)
        self.locations, self.prefix = collections.deque(locations), prefix
        self.update_answers = collections.deque()
        self.registrations = []
        super().__init__(**{"name": "LwM2M Server", **keywords})

    def handle(self, session, message):
        if message.code == POST and message.path == self.prefix + "/rd":
            return self._register(session, message)
        return self._change(session, message, [each.decode() for each in message.all(URI_PATH)])

    def _register(self, session, message):
        answer = self.answers.popleft() if self.answers else self.answer
        if isinstance(answer, int):
            answer = Answer(answer)
        if answer is SILENCE or answer.code != CREATED:
            return answer
        location = self.locations.popleft() if self.locations else ["rd", os.urandom(4).hex()]

        def register():     # not earlier: before its 2.01 a client ignores the requests of a server
            for old in self.registrations:
                old.active = old.active and old.query.get("ep") != message.query.get("ep")
            self.registrations.append(Registration(session, message, location, time.monotonic()))
        return dataclasses.replace(answer, sent=register,
                                   options=[(LOCATION_PATH, segment.encode()) for segment in location])

    def _change(self, session, message, path):
        registration = next((r for r in self.registrations if r.active and r.location == path), None)
        if registration is None:
            return Answer(code("4.04"))
        if message.code == POST:
            answer = self.update_answers.popleft() if self.update_answers else CHANGED
            registration.session = session
            registration.updates.append(message)
            return Answer(answer) if isinstance(answer, int) else answer
        if message.code == DELETE:
            registration.active, registration.deregistered = False, True
            return Answer(DELETED)
        return Answer(code("4.05"))

    def wait_registration(self, number=1, timeout=15.0):
        """The number-th accepted registration."""
        return self.wait(lambda: len(self.registrations) >= number and self.registrations[number - 1],
                         timeout, f"registration {number}")

    def wait_update(self, registration, number=1, timeout=15.0):
        return self.wait(lambda: len(registration.updates) >= number and registration.updates[number - 1],
                         timeout, f"update {number}")

    def wait_deregistered(self, registration, timeout=15.0):
        self.wait(lambda: registration.deregistered, timeout, "De-register")

    @property
    def session(self):
        return self.registrations[-1].session

    def operation(self, method, path, **keywords):
        """One operation on the client that registered last."""
        return self.request(self.session, method, path, **keywords)

    def read(self, path, accept=None, **keywords):
        return self.operation(GET, path, accept=accept, **keywords)

    def write(self, path, payload, cf=TEXT, method=PUT, **keywords):
        return self.operation(method, path, payload=payload, cf=cf, **keywords)

    def execute(self, path, payload=b"", **keywords):
        return self.operation(POST, path, payload=payload, cf=TEXT if payload else None, **keywords)

    def discover(self, path, **keywords):
        return self.operation(GET, path, accept=LINK, **keywords)

    def observe(self, path, **keywords):
        return self.operation(GET, path, options=[(OBSERVE, b"")], **keywords)


# --- the program -------------------------------------------------------------------------------------------


def operation_line(endpoint, incoming, request, response_code):
    """One line for one operation: who, direction, method, path, content, code."""
    target = request.path + ("?" + "&".join(request.queries) if request.queries else "")
    content = f" ({len(request.payload)} bytes)" if request.payload else ""
    arrow = "<-" if incoming else "->"
    operation = f"{request.method} {target}{content}"
    return f"{endpoint.name:<16} {arrow} {operation:<64} {code_text(response_code)}"


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Bootstrap Server and LwM2M Server on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default %(default)s)")
    parser.add_argument("--bootstrap-port", type=int, default=0, help="UDP port, 0 = any (default)")
    parser.add_argument("--server-port", type=int, default=0, help="UDP port, 0 = any (default)")
    parser.add_argument("--lifetime", type=int, default=300, help="seconds (default %(default)s)")
    options = parser.parse_args(arguments)

    def show(*operation):
        print(operation_line(*operation), flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with LwM2MServer(host=options.host, port=options.server_port, on_operation=show) as server, \
            BootstrapServer(host=options.host, port=options.bootstrap_port, on_operation=show) as bootstrap:
        bootstrap.script = [delete("/"), *account(server.uri, lifetime=options.lifetime),
                            discover(), finish()]
        print(f"Bootstrap Server on {bootstrap.uri}, LwM2M Server on {server.uri}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
