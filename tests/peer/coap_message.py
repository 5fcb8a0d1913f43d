# SPDX-License-Identifier: Apache-2.0
"""CoAP messages (RFC 7252, 7641, 7959), standard library only."""
import dataclasses
import enum
import struct


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
ETCH_JSON, ETCH_CBOR = 320, 322

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
    def target(self):
        """Path and query, as path_options() takes them."""
        return self.path + ("?" + "&".join(self.queries) if self.queries else "")

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
            what = f"{self.method} {self.target}"
        return f"{self.type.name} {what} mid={self.mid} token={self.token.hex()}"


def path_options(path):
    """Uri-Path and Uri-Query options of '/1/0?pmin=1'."""
    path, _, query = path.partition("?")
    options = [(URI_PATH, segment.encode()) for segment in path.strip("/").split("/") if segment]
    return options + [(URI_QUERY, part.encode()) for part in query.split("&") if part]
