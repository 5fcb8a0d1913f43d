# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of Device Management, step by step, in each version to which they apply.

CBOR, SenML and the addressing of a Resource Instance are of LwM2M 1.1 and later.
"""
import pytest

from lwm2m_peer import (CBOR, POST, PUT, SENML_CBOR, SENML_JSON, TEXT, TLV, cbor_decode,
                        cbor_encode, senml_cbor_decode, senml_json_decode, tlv_decode, tlv_instance)
from oma import C_3, DEVICE, LIFETIME, default_format, versions

NAMES = ["manufacturer", "model_number", "serial_number", "firmware_version"]
DEVICE_STRINGS = {number: DEVICE[name].encode() for number, name in enumerate(NAMES)}
SINCE_1_1 = versions("1.1", "1.2")


@pytest.fixture
def registration(bench):
    """Of a client in configuration C.3."""
    return bench.register(C_3)


@pytest.fixture
def server(registration, bench):
    """The LwM2M Server with which that client is registered."""
    return bench.server


def content(response, cf):
    """The payload of a 2.05 in a Content-Format."""
    assert (response.code_text, response.content_format) == ("2.05", cf)
    return response.payload


def integers(server):
    """{Resource ID: number} of the Integers and Booleans in /1/0 as a Read in TLV tells them."""
    values = tlv_decode(content(server.read("/1/0", accept=TLV), TLV))
    return {number: int.from_bytes(value, "big") for number, value in values.items() if number != 7}


def write_all(server, values, cf):
    """Each Resource of /1/0 by a Write of its own, 2.04."""
    for number, value in values.items():
        payload = cbor_encode(value) if cf == CBOR else str(int(value)).encode()
        assert server.write(f"/1/0/{number}", payload, cf).code_text == "2.04"


# --- reading -------------------------------------------------------------------------------------------


@versions()
def test_1_1_int_201_read_in_text(server):
    for number in (0, 1, 2):
        assert content(server.read(f"/3/0/{number}", accept=TEXT), TEXT) == DEVICE_STRINGS[number]


@versions()
def test_1_1_int_203_read_in_tlv(server):
    values = tlv_decode(content(server.read("/3/0", accept=TLV), TLV))
    assert {**DEVICE_STRINGS, 11: {0: b"\0"}, 16: b"U"}.items() <= values.items()


@SINCE_1_1
def test_1_1_int_211_read_in_cbor(server):
    values = [cbor_decode(content(server.read(f"/1/0/{number}", accept=CBOR), CBOR)) for number in (0, 6, 7)]
    assert values == [1, False, "U"]


@versions()
def test_1_1_int_221_operations_on_security(server):
    assert server.read("/0").code_text == "4.01"
    assert server.write("/0/0/0", b"coap://127.0.0.1").code_text == "4.01"
    assert server.operation(PUT, "/0?pmin=30&pmax=45").code_text == "4.01"


SERVER_VALUES = {0: b"\1", 1: LIFETIME.to_bytes(4, "big"), 2: b"\1", 3: b"\n",
                 5: LIFETIME.to_bytes(4, "big"), 6: b"\0", 7: b"U"}
DEVICE_VALUES = {**DEVICE_STRINGS, 11: {0: b"\0"}, 16: b"U"}
EXECUTABLES = {1: {4, 8, 9}, 3: {4, 5, 12}}


def assert_readable(object_id, values):
    """Every Resource that has a value here, and none that can only be executed."""
    wanted = SERVER_VALUES if object_id == 1 else DEVICE_VALUES
    assert wanted.items() <= values.items() and not EXECUTABLES[object_id] & set(values)


@versions()
def test_1_1_int_222_read_of_an_object(server):
    for number in (1, 3):
        instances = tlv_decode(content(server.read(f"/{number}", accept=TLV), TLV))
        assert list(instances) == [0]
        assert_readable(number, instances[0])


@versions()
def test_1_1_int_223_read_of_an_object_instance(server):
    for number in (1, 3):
        assert_readable(number, tlv_decode(content(server.read(f"/{number}/0", accept=TLV), TLV)))


@versions()
def test_1_1_int_224_read_of_a_resource(server):
    wanted = {"/1/0/0": "1", "/1/0/1": str(LIFETIME), "/1/0/6": "0", "/1/0/7": "U", "/3/0/16": "U"}
    read = {path: content(server.read(path, accept=TEXT), TEXT).decode() for path in wanted}
    assert read == wanted


@SINCE_1_1
def test_1_1_int_225_read_of_a_resource_instance(server):
    payload = content(server.read("/3/0/11/0", accept=SENML_CBOR), SENML_CBOR)
    assert senml_cbor_decode(payload) == {"/3/0/11/0": 0}


SENML = {SENML_JSON: senml_json_decode, SENML_CBOR: senml_cbor_decode}


def assert_senml(server, cf):
    """Object, Object Instance, Resource, Resource Instance in one of the two SenML formats."""
    for path in ("/1", "/1/0", "/3", "/3/0"):
        values = SENML[cf](content(server.read(path, accept=cf), cf))
        assert all(name.startswith(path + "/") for name in values)
        wanted = {"/1/0/0": 1, "/1/0/1": LIFETIME, "/1/0/2": 1, "/1/0/3": 10, "/1/0/5": LIFETIME,
                  "/1/0/6": False, "/1/0/7": "U"} if path.startswith("/1") else {
                      **{f"/3/0/{number}": value.decode() for number, value in DEVICE_STRINGS.items()},
                      "/3/0/11/0": 0, "/3/0/16": "U"}
        assert wanted.items() <= values.items()
    for path, value in {"/1/0/1": LIFETIME, "/3/0/16": "U", "/3/0/11/0": 0}.items():
        assert SENML[cf](content(server.read(path, accept=cf), cf)) == {path: value}


@SINCE_1_1
def test_1_1_int_231_read_in_senml_json(server):
    assert_senml(server, SENML_JSON)


@SINCE_1_1
def test_1_1_int_232_read_in_senml_cbor(server):
    assert_senml(server, SENML_CBOR)


@versions()
def test_1_1_int_237_read_without_accept(server, bench):
    """The client's own format: TLV in 1.0, SenML CBOR later."""
    for path in ("/1", "/3"):
        assert content(server.read(path), default_format(bench.version))


# --- writing -------------------------------------------------------------------------------------------


@versions()
def test_1_1_int_205_write_in_text(server, registration):
    before = integers(server)
    written = {2: 101, 3: 1010, 5: 2000}
    write_all(server, written, TEXT)
    assert integers(server) == before | written
    write_all(server, {number: before[number] for number in written}, TEXT)
    assert integers(server) == before and not registration.updates


@SINCE_1_1
def test_1_1_int_212_write_in_cbor(server, registration):
    before = integers(server)
    write_all(server, {2: 101, 3: 1010, 6: True}, CBOR)
    assert integers(server) == before | {2: 101, 3: 1010, 6: 1} and not registration.updates


@versions()
def test_1_1_int_215_write_in_tlv(server):
    """Part of an instance by POST, then the whole of it as it was by PUT."""
    saved = content(server.read("/1/0", accept=TLV), TLV)
    payload = bytes.fromhex("C1 02 65  C2 03 03 F2  C2 05 07 D0  C1 06 01  C1 07 55")
    assert server.write("/1/0", payload, TLV, method=POST).code_text == "2.04"
    changed = tlv_decode(content(server.read("/1/0", accept=TLV), TLV))
    assert changed == tlv_decode(saved) | tlv_decode(payload)
    assert server.write("/1/0", saved, TLV).code_text == "2.04"
    assert content(server.read("/1/0", accept=TLV), TLV) == saved


@versions()
def test_1_1_int_226_write_of_part_of_an_instance(server, registration):
    payload = tlv_instance({1: 61, 6: True})
    assert server.write("/1/0", payload, TLV, method=POST).code_text == "2.04"
    assert server.wait_update(registration).query == {"lt": "61"}
    now = integers(server)
    assert (now[1], now[6], now[3]) == (61, 1, 10)


@versions()
def test_1_1_int_227_write_of_a_resource(server, registration):
    assert server.write("/1/0/1", b"63").code_text == "2.04"
    assert server.wait_update(registration).query == {"lt": "63"}
    assert content(server.read("/1/0/1", accept=TEXT), TEXT) == b"63"


@versions()
def test_1_1_int_256_write_that_fails(server):
    assert server.write("/1/0/0", b"123").code_text == "4.05"
    assert content(server.read("/1/0/0", accept=TEXT), TEXT) == b"1"
