# SPDX-License-Identifier: Apache-2.0
"""SenML CBOR end to end: writes and reads of both interfaces, base names, what a pack may not hold."""
import pytest

from harness import OWN_OBJECTS, factory_server, settings
from lwm2m_peer import (POST, PUT, SENML_CBOR, TLV, account, cbor_decode, cbor_encode, delete, finish, read,
                        senml_cbor_decode, tlv_decode, write)

BASE, NAME, VALUE, STRING, BOOLEAN, DATA = -2, 0, 2, 3, 4, 8


@pytest.fixture
def device(daemon, server):
    daemon.start(settings(servers=[factory_server(server.uri)]))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    return registration


@pytest.mark.parametrize("preferred", [None, "senml-cbor"])
def test_bootstrap_and_registration_in_senml_cbor_alone(daemon, server, bootstrap, preferred):
    bootstrap.script = [delete("/"), *account(server.uri, cf=SENML_CBOR, r13=3, r16=False),
                        read("/1", accept=SENML_CBOR), finish()]
    keys = {"preferred_content_format": preferred} if preferred else {}
    daemon.start(settings(bootstrap.uri, **keys))
    result = bootstrap.wait_run()
    assert result.codes == ["2.02", "2.04", "2.04", "2.05", "2.04"]
    values = senml_cbor_decode(result.response(3).payload)
    assert values == {"/1/0/0": 1, "/1/0/1": 300, "/1/0/6": True, "/1/0/7": "U", "/1/0/13": 3,
                      "/1/0/16": False}
    server.wait_registration()


# name -> a pack that writes lifetime 77 and Disable Timeout 99 to /1/0, in another way each
PACKS = {
    "base-name-once": [{BASE: "/1/0/", NAME: "1", VALUE: 77}, {NAME: "5", VALUE: 99}],
    "no-base-name": [{NAME: "/1/0/1", VALUE: 77}, {NAME: "/1/0/5", VALUE: 99}],
    "a-base-name-each": [{BASE: "/1/0/1", VALUE: 77}, {BASE: "/1/0/5", VALUE: 99}],
    "float-without-fraction": [{BASE: "/1/0/", NAME: "1", VALUE: 77.0}, {NAME: "5", VALUE: 99}],
}


@pytest.mark.parametrize("name", PACKS)
def test_partial_write_of_a_server_instance(device, server, name):
    assert server.write("/1/0", cbor_encode(PACKS[name]), SENML_CBOR, method=POST).code_text == "2.04"
    assert server.wait_update(device).query == {"lt": "77"}
    values = senml_cbor_decode(server.read("/1/0", accept=SENML_CBOR).payload)
    assert (values["/1/0/1"], values["/1/0/5"], values["/1/0/0"]) == (77, 99, 1)


# packs that are refused as a whole
BROKEN = {
    "not-an-array": {NAME: "/1/0/1", VALUE: 77},
    "no-value": [{NAME: "/1/0/1"}],
    "two-values": [{NAME: "/1/0/1", VALUE: 77, STRING: "x"}],
    "another-object": [{NAME: "/1/0/1", VALUE: 77}, {NAME: "/3/0/0", STRING: "x"}],
    "another-instance": [{NAME: "/1/0/1", VALUE: 77}, {NAME: "/1/1/1", VALUE: 77}],
    "wrong-type": [{NAME: "/1/0/1", VALUE: 77}, {NAME: "/1/0/6", STRING: "yes"}],
    "no-path": [{NAME: "lifetime", VALUE: 77}],
    "fraction": [{NAME: "/1/0/1", VALUE: 77.5}],
    "value-that-must-be-understood": [{NAME: "/1/0/1", VALUE: 77, "odd_": 1}],
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_pack_changes_nothing(device, server, name):
    before = server.read("/1/0", accept=TLV).payload
    for method in (POST, PUT):
        answer = server.write("/1/0", cbor_encode(BROKEN[name]), SENML_CBOR, method=method)
        assert answer.code_text == "4.00"
    assert server.read("/1/0", accept=TLV).payload == before and not device.updates


def test_pack_in_indefinite_form_is_read(device, server):
    pack = b"\x9f\xbf" + cbor_encode(NAME) + cbor_encode("/1/0/1") + cbor_encode(VALUE) + b"\x18\x4d\xff\xff"
    assert server.write("/1/0", pack, SENML_CBOR, method=POST).code_text == "2.04"
    assert server.wait_update(device).query == {"lt": "77"}


def test_reads_name_what_was_asked_for(device, server):
    for path in ("/1", "/1/0", "/1/0/1", "/3/0/11", "/3/0/11/0"):
        response = server.read(path, accept=SENML_CBOR)
        assert response.code_text == "2.05"
        assert isinstance(cbor_decode(response.payload), list)
        assert all((name + "/").startswith(path + "/") for name in senml_cbor_decode(response.payload))
    assert senml_cbor_decode(server.read("/3/0/11", accept=SENML_CBOR).payload) == {"/3/0/11/0": 0}


def test_bootstrap_write_of_an_object_in_one_pack(daemon, server, bootstrap):
    pack = [{BASE: "/1/", NAME: "0/0", VALUE: 1}, {NAME: "0/1", VALUE: 300}, {NAME: "4/0", VALUE: 4},
            {NAME: "4/1", VALUE: 60}, {NAME: "4/9999", STRING: "skipped"}]
    bootstrap.script = [account(server.uri)[0], write("/1", cbor_encode(pack), SENML_CBOR),
                        read("/1", accept=TLV), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    assert result.codes == ["2.04", "2.04", "2.05", "2.04"]
    assert tlv_decode(result.response(2).payload) == {0: {0: b"\1", 1: b"\1\x2c"}, 4: {0: b"\4", 1: b"\x3c"}}
    assert server.wait_registration().objects == ["</1/0>", "</2>", *OWN_OBJECTS]
