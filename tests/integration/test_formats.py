# SPDX-License-Identifier: Apache-2.0
"""SenML JSON, SenML CBOR and LwM2M CBOR end to end: a bootstrap and device management in one of them alone,
Accept and Content-Format, what a payload may not hold."""
import json

import pytest

from harness import ENDPOINT, OWN_OBJECTS, factory_server, settings, versioned
from lwm2m_peer import (LWM2M_CBOR, LWM2M_JSON, OLD_LWM2M_JSON, PACKS, POST, PUT, SENML_CBOR, SENML_JSON,
                        TLV, account, cbor_encode, delete, finish, read, security, server_object, write)

FORMATS = {"senml-json": SENML_JSON, "senml-cbor": SENML_CBOR, "lwm2m-cbor": LWM2M_CBOR}
# what nobody here speaks: JSON of LwM2M 1.0 by both numbers, JSON, CoRE links, SenML-ETCH, no format at all
UNKNOWN = [LWM2M_JSON, OLD_LWM2M_JSON, 50, 320, 322, 65535]


@pytest.fixture(params=FORMATS)
def name(request):
    return request.param


@pytest.fixture
def cf(name):
    return FORMATS[name]


@pytest.fixture
def device(daemon, server):
    daemon.start(settings(servers=[factory_server(server.uri)]))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    return registration


def values(response, cf):
    assert (response.code_text, response.content_format) == ("2.05", cf)
    return PACKS[cf][1](response.payload)


# --- bootstrap ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_bootstrap_in_the_preferred_format_alone(daemon, server, bootstrap, name, cf, version):
    bootstrap.script = [delete("/"), *account(server.uri, cf=cf, r13=3, r16=False),
                        read("/1", accept=cf), read("/1/0", accept=cf), finish()]
    daemon.start(versioned(settings(bootstrap.uri, preferred_content_format=name), version))
    result = bootstrap.wait_run()
    assert bootstrap.bootstrap_requests()[0].message.query == {"ep": ENDPOINT, "pct": str(cf)}
    assert result.codes == ["2.02", "2.04", "2.04", "2.05", "2.05", "2.04"]
    wanted = {"/1/0/0": 1, "/1/0/1": 300, "/1/0/6": True, "/1/0/7": "U", "/1/0/13": 3, "/1/0/16": False}
    assert [values(result.response(i), cf) for i in (3, 4)] == [wanted, wanted]
    server.wait_registration()


def test_bootstrap_write_of_objects_with_keys_and_what_is_not_known(daemon, server, bootstrap, cf):
    """Several instances in a payload, optional Resources that we do not know, one of them with instances."""
    secret = security(server.uri, 1, r3=b"\xfb\xff\x00", r5=bytes(range(256)), r9999=b"?")
    objects = {0: server_object(1, r9999={0: "a", 7: "b"}), 4: server_object(4, lifetime=60)}
    other = security("coap://192.0.2.1", 4)
    bootstrap.script = [write("/0", {1: secret, 65534: other}, cf), write("/1", objects, cf),
                        read("/1", accept=cf), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    assert result.codes == ["2.04", "2.04", "2.05", "2.04"]
    found = values(result.response(2), cf)
    assert (found["/1/0/1"], found["/1/4/1"]) == (300, 60) and not any("9999" in path for path in found)
    assert server.wait_registration().objects == ["</1/0>", "</1/4>", "</2>", *OWN_OBJECTS]


def test_bootstrap_refuses_what_it_does_not_speak_and_goes_on(daemon, server, bootstrap, cf):
    own = account(server.uri, cf=cf)
    bootstrap.script = [*(write("/1/0", b"{}", each) for each in UNKNOWN), *own,
                        *(read("/1", accept=each) for each in UNKNOWN), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    n = len(UNKNOWN)
    assert result.codes == ["4.15"] * n + ["2.04"] * 2 + ["4.06"] * n + ["2.04"]
    server.wait_registration()


# --- device management -------------------------------------------------------------------------------------


def test_reads_name_what_was_asked_for(device, server, cf):
    for path in ("/1", "/1/0", "/1/0/1", "/3", "/3/0", "/3/0/16", "/3/0/11", "/3/0/11/0"):
        found = values(server.read(path, accept=cf), cf)
        assert found and all((each + "/").startswith(path + "/") for each in found)
    assert values(server.read("/3/0/11", accept=cf), cf) == {"/3/0/11/0": 0}
    assert values(server.read("/1/0/1", accept=cf), cf) == {"/1/0/1": 300}


def test_every_format_reads_the_same(device, server):
    packs = [values(server.read("/1", accept=cf), cf) for cf in PACKS]
    assert packs[0] == packs[1] == packs[2] and packs[0]["/1/0/0"] == 1


def test_writes_on_every_level(device, server, cf):
    encode = PACKS[cf][0]
    assert server.write("/1/0", encode("/1/0", {1: 77, 5: 99}), cf, method=POST).code_text == "2.04"
    assert server.wait_update(device, 1).query == {"lt": "77"}
    found = values(server.read("/1/0", accept=cf), cf)
    assert (found["/1/0/1"], found["/1/0/5"], found["/1/0/0"]) == (77, 99, 1)

    # Replace: what the payload lacks goes, what no server may write stays
    assert server.write("/1/0", encode("/1/0", {1: 78, 6: False, 7: "U"}), cf).code_text == "2.04"
    assert server.wait_update(device, 2).query == {"lt": "78"}
    found = values(server.read("/1/0", accept=cf), cf)
    assert (found["/1/0/1"], found["/1/0/6"], found["/1/0/0"]) == (78, False, 1) and "/1/0/5" not in found

    single = {SENML_JSON: b'[{"bn":"/1/0/1","v":79}]', SENML_CBOR: cbor_encode([{-2: "/1/0/1", 2: 79}]),
              LWM2M_CBOR: cbor_encode({(1, 0, 1): 79})}[cf]
    assert server.write("/1/0/1", single, cf).code_text == "2.04"
    assert server.wait_update(device, 3).query == {"lt": "79"}


def test_read_and_write_of_what_nobody_speaks(device, server):
    for cf in UNKNOWN:
        assert server.read("/1/0", accept=cf).code_text == "4.06"
        assert server.read("/1/0/1", accept=cf).code_text == "4.06"
        assert server.write("/1/0", b"{}", cf).code_text == "4.15"
        assert server.write("/1/0/1", b"77", cf).code_text == "4.15"
    assert values(server.read("/1/0/1", accept=SENML_JSON), SENML_JSON) == {"/1/0/1": 300}


def JSON(*records):
    return SENML_JSON, json.dumps(records).encode()


def CBOR(value):
    return LWM2M_CBOR, cbor_encode(value)


# payloads for /1/0 that are refused as a whole
BROKEN = {
    "json-object": (SENML_JSON, b'{"n":"/1/0/1","v":77}'),
    "json-cut-off": (SENML_JSON, b'[{"n":"/1/0/1","v":77}'),
    "json-left-over": (SENML_JSON, b'[{"n":"/1/0/1","v":77}]]'),
    "json-nothing": (SENML_JSON, b""),
    "json-no-value": JSON({"n": "/1/0/1"}),
    "json-two-values": (SENML_JSON, b'[{"n":"/1/0/1","v":77,"v":78}]'),
    "json-path-twice": JSON({"n": "/1/0/1", "v": 77}, {"n": "/1/0/1", "v": 77}),
    "json-another-object": JSON({"n": "/1/0/1", "v": 77}, {"n": "/3/0/0", "vs": "x"}),
    "json-wrong-type": JSON({"n": "/1/0/1", "v": 77}, {"n": "/1/0/6", "vs": "yes"}),
    "json-number-as-text": JSON({"n": "/1/0/1", "v": "77"}),
    "json-fraction": JSON({"n": "/1/0/1", "v": 77.5}),
    "json-too-large": (SENML_JSON, b'[{"n":"/1/0/1","v":9223372036854775808}]'),
    "json-much-too-large": (SENML_JSON, b'[{"n":"/1/0/1","v":1e999}]'),
    "json-deep": (SENML_JSON, b'[{"n":"/1/0/1","v":77,"x":' + b"[" * 400 + b"]" * 400 + b"}]"),
    "json-nul": (SENML_JSON, b'[{"n":"/1/0/1","v":77\0}]'),
    "json-nul-in-a-text": (SENML_JSON, b'[{"n":"/1/0/7","vs":"U\\u0000"}]'),
    "json-that-must-be-understood": JSON({"n": "/1/0/1", "v": 77, "odd_": 1}),
    "cbor-array": CBOR([{(1, 0, 1): 77}]),
    "cbor-left-over": (LWM2M_CBOR, cbor_encode({(1, 0, 1): 77}) + b"\0"),
    "cbor-cut-off": (LWM2M_CBOR, cbor_encode({(1, 0, 1): 77})[:-1]),
    "cbor-nothing": CBOR({}),
    "cbor-empty-map": CBOR({(1, 0): {}}),
    "cbor-path-twice": CBOR({(1, 0): {1: 77}, (1, 0, 1): 77}),
    "cbor-without-the-object": CBOR({1: 77}),
    "cbor-another-instance": CBOR({(1, 0, 1): 77, (1, 1, 1): 77}),
    "cbor-wrong-type": CBOR({(1, 0): {1: 77, 6: "yes"}}),
    "cbor-null": CBOR({(1, 0, 1): None}),
    "cbor-too-long": CBOR({(1, 0, 1, 0, 0): 77}),
    "cbor-name": CBOR({"/1/0/1": 77}),
    "cbor-announced-map": (LWM2M_CBOR, b"\xbb" + b"\xff" * 8),
}


@pytest.mark.parametrize("payload", BROKEN)
def test_broken_payload_changes_nothing(device, server, payload):
    cf, data = BROKEN[payload]
    before = server.read("/1/0", accept=TLV).payload
    for method in (POST, PUT):
        answer = server.write("/1/0", data, cf, method=method)
        assert answer.code_text == "4.00" and answer.text
    assert server.read("/1/0", accept=TLV).payload == before and not device.updates


@pytest.mark.parametrize("data", [b"\xbf\x9f\x01\x00\xff\xbf\x01\x18\x4d\xff\xff",
                                  b"\xa1\x01\xa1\x00\xa1\x01\x18\x4d", b"\xa1\x83\x01\x00\x01\x18\x4d"])
def test_lwm2m_cbor_in_any_form_is_read(device, server, data):
    assert server.write("/1/0", data, LWM2M_CBOR, method=POST).code_text == "2.04"
    assert server.wait_update(device).query == {"lt": "77"}


@pytest.mark.parametrize("data", [b' [ { "bn" : "/1/0/" } , { "n" : "1" , "v" : 7.7e1 } ]\r\n',
                                  b'[{"\\u0076":77.0,"\\u006e":"1","bn":"\\/1\\/0\\/"}]'])
def test_senml_json_in_any_form_is_read(device, server, data):
    assert server.write("/1/0", data, SENML_JSON, method=POST).code_text == "2.04"
    assert server.wait_update(device).query == {"lt": "77"}
