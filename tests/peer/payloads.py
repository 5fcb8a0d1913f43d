# SPDX-License-Identifier: Apache-2.0
"""The formats of LwM2M as the standards say them, independent of the client; standard library only."""
import base64
import json
import struct

from coap_message import (CBOR, ETCH_CBOR, ETCH_JSON, LWM2M_CBOR, OLD_TLV, OPAQUE, SENML_CBOR, SENML_JSON,
                          TEXT, TLV)


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


# --- records of any paths ----------------------------------------------------------------------------------


JSON_FORMATS, CBOR_FORMATS = (SENML_JSON, ETCH_JSON), (SENML_CBOR, ETCH_CBOR)


def _json_value(value):
    if isinstance(value, bytes):
        return {"vd": base64.urlsafe_b64encode(value).decode().rstrip("=")}
    label = "vlo" if isinstance(value, Link) else "vb" if isinstance(value, bool) else \
        "vs" if isinstance(value, str) else "v"
    return {label: value}


def _cbor_value(value):
    label = "vlo" if isinstance(value, Link) else 4 if isinstance(value, bool) else \
        3 if isinstance(value, str) else 8 if isinstance(value, bytes) else 2
    return {label: value}


def _linked(value):
    return Link("%d:%d" % value) if isinstance(value, tuple) else value


def records(values, cf):
    """A pack with {'/3/0/0': value, ...}, each path written out; None is the null of SenML-ETCH."""
    values = {path: _linked(value) for path, value in values.items()}
    if cf in JSON_FORMATS:
        return json.dumps([{"n": path} | _json_value(value) for path, value in values.items()]).encode()
    if cf in CBOR_FORMATS:
        return cbor_encode([{0: path} | _cbor_value(value) for path, value in values.items()])
    assert cf == LWM2M_CBOR
    return cbor_encode({tuple(map(int, path[1:].split("/"))): value for path, value in values.items()})


def senml_moments(data, cf):
    """[(time, {path: value}), ...] of a SenML pack, in its order; without times it is None."""
    names_of = ("bn", "bt", "n", "t") if cf in JSON_FORMATS else (-2, -3, 0, 6)
    one = senml_json_decode if cf in JSON_FORMATS else senml_cbor_decode
    base, base_time, moments = "", None, []
    for record in json.loads(data) if cf in JSON_FORMATS else cbor_decode(data):
        base, base_time = record.get(names_of[0], base), record.get(names_of[1], base_time)
        time = record.get(names_of[3])
        time = base_time if time is None else (base_time or 0) + time
        if not moments or moments[-1][0] != time:
            moments.append((time, {}))
        whole = [{**record, names_of[0]: base}]
        moments[-1][1].update(one(json.dumps(whole) if cf in JSON_FORMATS else cbor_encode(whole)))
    return moments or [(None, {})]


def names(paths, cf):
    """The payload of a Read-Composite: records that only name a path."""
    if cf in JSON_FORMATS:
        return json.dumps([{"n": path} for path in paths]).encode()
    assert cf in CBOR_FORMATS
    return cbor_encode([{0: path} for path in paths])


def encode(path, value, cf):
    """The payload of a Write to a path of any level: a value, or a dict {ID below: ...} of such."""
    if cf in PACKS:
        return PACKS[cf][0](path, value) if isinstance(value, dict) else records({path: value}, cf)
    if cf in (TLV, OLD_TLV):
        return encode_tlv(path, value)
    if cf == CBOR:
        return cbor_encode("%d:%d" % value if isinstance(value, tuple) else value)
    return encode_text(value) if cf == TEXT else bytes(value)


def encode_tlv(path, value):
    ids = [int(part) for part in path.strip("/").split("/")]
    if len(ids) == 1:
        return tlv_object(value)
    if len(ids) == 2:
        return tlv_instance(value)
    if len(ids) == 3:
        return tlv_resource(ids[2], value)
    return tlv_entry(RESOURCE_INSTANCE, ids[3], tlv_value(value))


def encode_text(value):
    if isinstance(value, bytes):
        return base64.b64encode(value)
    if isinstance(value, tuple):
        return b"%d:%d" % value
    return str(int(value) if isinstance(value, bool) else value).encode()


def typed(data, kind):
    """Bytes of TLV as a value of a data type: string integer unsigned boolean float objlnk opaque time."""
    if kind in ("integer", "time"):
        return int.from_bytes(data, "big", signed=True)
    if kind == "unsigned":
        return int.from_bytes(data, "big")
    if kind == "boolean":
        return data == b"\1"
    if kind == "float":
        return struct.unpack(">d" if len(data) == 8 else ">f", data)[0]
    if kind == "objlnk":
        return "%d:%d" % struct.unpack(">HH", data)
    return data.decode() if kind == "string" else data


def typed_text(data, kind):
    text = data.decode()
    if kind in ("integer", "time", "unsigned"):
        return int(text)
    if kind == "boolean":
        return {"0": False, "1": True}[text]
    if kind == "opaque":
        return base64.b64decode(text, validate=True)
    return float(text) if kind == "float" else text


def decode(path, data, cf, kind_of):
    """{'/3/0/0': value, ...} of the answer to a Read of a path, in any format; kind_of(object, resource) is
    the data type, of which TLV and text say nothing. A link is 'O:I'."""
    if cf in PACKS:
        return PACKS[cf][1](data)
    ids = tuple(int(part) for part in path.strip("/").split("/"))
    if cf in (TLV, OLD_TLV):
        return decode_tlv(ids, data, kind_of)
    if cf == TEXT:
        return {path: typed_text(data, kind_of(ids[0], ids[2]))}
    return {path: {CBOR: cbor_decode, OPAQUE: bytes}[cf](data)}


def decode_tlv(ids, data, kind_of):
    found = {}

    def walk(at, entries):
        for identifier, value in entries.items():
            below = (*at, identifier)
            if isinstance(value, dict):
                walk(below, value)
            else:
                found["/" + "/".join(map(str, below))] = typed(value, kind_of(below[0], below[2]))
    entries = tlv_decode(data)
    bare = len(ids) == 4 and not any(isinstance(value, dict) for value in entries.values())
    walk(ids[:3] if bare else ids[:2], entries)
    return found


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


def parsed_links(payload):
    """{path: {attribute: value, or None for one without}} of a CoRE link payload, in its order."""
    result = {}
    for link in links(payload):
        target, *attributes = link.split(";")
        result[target.strip("<>")] = {name: value.strip('"') if equals else None for name, equals, value in
                                      (each.partition("=") for each in attributes)}
    return result
