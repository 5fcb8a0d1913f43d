# SPDX-License-Identifier: Apache-2.0
"""The formats as the tests speak them: the bytes of the specification, and every path there and back."""
import pytest

from payloads import *      # noqa: F403 (all of it is what is tested)
from coap_message import (CBOR, ETCH_CBOR, ETCH_JSON, LWM2M_CBOR, OPAQUE, SENML_CBOR, SENML_JSON, TEXT, TLV)

KINDS = {(3, 0): "string", (3, 9): "integer", (3, 7): "integer", (1, 6): "boolean", (0, 3): "opaque",
         (3, 22): "objlnk", (6, 0): "float", (1, 17): "unsigned", (3, 13): "time"}
VALUES = {"/3/0/0": "näme", "/3/0/9": -129, "/1/4/6": True, "/0/1/3": b"\xff\0", "/3/0/22": (66, 1),
          "/6/0/0": 0.25, "/1/0/17": 1 << 40, "/3/0/13": -1}


def kind_of(*resource):
    return KINDS[resource]


def told(value):
    """As a decoder tells it."""
    return "%d:%d" % value if isinstance(value, tuple) else value


@pytest.mark.parametrize("cf", [TEXT, TLV, CBOR, SENML_JSON, SENML_CBOR, LWM2M_CBOR])
@pytest.mark.parametrize("path", VALUES)
def test_single_value_comes_back(path, cf):
    assert decode(path, encode(path, VALUES[path], cf), cf, kind_of) == {path: told(VALUES[path])}


@pytest.mark.parametrize("cf", [TLV, SENML_JSON, SENML_CBOR, LWM2M_CBOR])
@pytest.mark.parametrize("path, value, wanted", [
    ("/3", {0: {9: 3, 7: {0: 1, 300: 3000}}}, {"/3/0/9": 3, "/3/0/7/0": 1, "/3/0/7/300": 3000}),
    ("/3/0", {0: "", 7: {1: -1}}, {"/3/0/0": "", "/3/0/7/1": -1}),
    ("/3/0/7", {0: 1, 1: 2}, {"/3/0/7/0": 1, "/3/0/7/1": 2}),
    ("/3/0/7/1", 5, {"/3/0/7/1": 5}),
])
def test_every_level_comes_back(path, value, wanted, cf):
    assert decode(path, encode(path, value, cf), cf, kind_of) == wanted


def test_resource_instance_in_tlv_bare_and_wrapped():
    for data in ("4101 05", "8307 4101 05"):
        assert decode("/3/0/7/1", bytes.fromhex(data), TLV, kind_of) == {"/3/0/7/1": 5}


def test_opaque_is_bytes_and_base64_in_text():
    assert encode("/0/1/3", b"\xff\0", OPAQUE) == b"\xff\0"
    assert encode("/0/1/3", b"\xff\0", TEXT) == b"/wA="


def test_names_and_records_of_composite_operations():
    assert names(["/3/0/0", "/"], SENML_JSON) == b'[{"n": "/3/0/0"}, {"n": "/"}]'
    assert names(["/3"], ETCH_CBOR) == bytes.fromhex("81a100622f33")
    assert records({"/1/0/1": 61, "/1/0/6": True}, SENML_CBOR) == bytes.fromhex(
        "82a200662f312f302f3102183da200662f312f302f3604f5")
    assert records({"/2/0/2/3": None}, ETCH_JSON) == b'[{"n": "/2/0/2/3", "v": null}]'
    assert records({"/2/0/2/3": None}, ETCH_CBOR)[-2:] == b"\x02\xf6"
    assert records({"/3/0/22/0": (66, 1)}, LWM2M_CBOR) == bytes.fromhex("a1840300160064") + b"66:1"


@pytest.mark.parametrize("cf, data", [
    (SENML_JSON, b'[{"bn":"/3/0/","bt":100,"n":"9","v":1},{"n":"9","v":2,"t":5},{"n":"0","vs":"a","t":5}]'),
    (SENML_CBOR, cbor_encode([{-2: "/3/0/", -3: 100, 0: "9", 2: 1}, {0: "9", 2: 2, 6: 5},
                              {0: "0", 3: "a", 6: 5}])),
])
def test_moments_of_a_history(cf, data):
    assert senml_moments(data, cf) == [(100, {"/3/0/9": 1}), (105, {"/3/0/9": 2, "/3/0/0": "a"})]
    assert senml_moments(records({"/1/0/1": 6}, cf), cf) == [(None, {"/1/0/1": 6})]


def test_links_with_their_attributes():
    assert parsed_links(b'</>;ct="60 110,112",</3/0/7>;dim=2;pmin=10,</3/0/1>,</4>;hidden') == {
        "/": {"ct": "60 110,112"}, "/3/0/7": {"dim": "2", "pmin": "10"}, "/3/0/1": {},
        "/4": {"hidden": None}}
