# SPDX-License-Identifier: Apache-2.0
"""Create, Delete, composite operations and Discover with a depth, as LwM2M Servers see them; the rules, one
by one, stand in the unit tests of operation/."""
import pytest

from harness import factory_server, settings, versioned
from lwm2m_peer import (DELETE, POST, PUT, SENML_CBOR, SENML_JSON, TEXT, TLV, access, account,
                        finish, parsed_links, senml_json_decode, tlv_instance)
from coap_message import ETCH_CBOR, ETCH_JSON, FETCH, IPATCH, LWM2M_CBOR

R, W, E, D, C = 1, 2, 4, 8, 16
BOOTSTRAP_ONLY = 65535


def start(daemon, server, version="1.1"):
    daemon.start(versioned(settings(servers=[factory_server(server.uri)]), version))
    return server.wait_registration()


def start_both(daemon, server, other, peers, version):
    """Two servers: /1/0 is the first one's, /1/1 the other's, /3/0 is for the first to read."""
    bootstrap = peers.bootstrap([
        *account(server.uri), *account(other.uri, 2, 2, 1), access(0, "/1/0", 1, s2=R),
        access(1, "/1/1", 2), access(2, "/3/0", BOOTSTRAP_ONLY, s1=R | E), finish()])
    daemon.start(versioned(settings(bootstrap.uri), version))
    return [each.wait_registration() for each in (server, other)]


def read(server, *paths, cf=SENML_CBOR):
    """{path: value} of a Read-Composite."""
    response = server.read_composite(paths, cf=cf, accept=SENML_JSON)
    assert (response.code_text, response.content_format) == ("2.05", SENML_JSON)
    return senml_json_decode(response.payload)


@pytest.mark.parametrize("cf", [SENML_CBOR, SENML_JSON, ETCH_CBOR, ETCH_JSON])
def test_composites_in_each_format(daemon, server, cf):
    """Lifetime and storing at once: one Update; what is read afterwards is what was written."""
    registration = start(daemon, server)
    assert server.write_composite({"/1/0/1": 250, "/1/0/6": False, "/1/0/2": 1}, cf=cf).code_text == "2.04"
    assert server.wait_update(registration).query == {"lt": "250"}
    assert read(server, "/1/0/1", "/1/0/6", "/3/0/16", "/1/0/8", "/0", "/3/0/99", "/4242", cf=cf) == {
        "/1/0/1": 250, "/1/0/6": False, "/3/0/16": "U"}
    everything = read(server, "/", cf=cf)
    assert {path.split("/")[1] for path in everything} >= {"1", "3"} and "/1/0/2" in everything
    assert not {path for path in everything if path.split("/")[1] in ("0", "21")}
    assert len(registration.updates) == 1


def test_write_composite_is_all_or_nothing(daemon, server):
    registration = start(daemon, server)
    before = server.read("/1", accept=TLV).payload
    for wrong, code in (({"/1/0/0": 9}, "4.05"), ({"/1/0/8": 1}, "4.05"), ({"/1/7/1": 60}, "4.04"),
                        ({"/4242/0/1": 60}, "4.04"), ({"/3/0/0": "Maker"}, "4.05"),
                        ({"/1/0/7": "?"}, "4.00"), ({"/0/0/0": "coap://elsewhere"}, "4.01")):
        assert server.write_composite({"/1/0/1": 250} | wrong).code_text == code, wrong
        assert server.write_composite(wrong | {"/1/0/1": 250}).code_text == code, wrong
    assert server.read("/1", accept=TLV).payload == before
    assert server.operation(IPATCH, "/", payload=b"\x80", cf=TLV).code_text == "4.15"
    assert server.operation(FETCH, "/", payload=b"\xa0", cf=LWM2M_CBOR).code_text == "4.15"
    assert server.read_composite(["/1"], accept=TEXT).code_text == "4.06"
    assert not registration.updates and registration.active


def test_composites_came_with_1_1(daemon, server):
    start(daemon, server, "1.0")
    assert server.read_composite(["/1"]).code_text == "4.05"
    assert server.write_composite({"/1/0/1": 250}).code_text == "4.05"


def test_composites_under_access_control(daemon, server, other, peers):
    """What may not be read is left out, and 4.01 where nothing may; one target without W refuses it all."""
    registrations = start_both(daemon, server, other, peers, "1.1")
    assert read(server, "/1/0/1", "/1/1/1", "/3/0/16", "/2/2") == {"/1/0/1": 300, "/3/0/16": "U"}
    assert set(read(other, "/")) >= {"/1/0/1", "/1/1/1", "/2/1/0"}
    assert not [path for path in read(other, "/") if path.startswith(("/3/", "/2/0/", "/2/2/"))]
    assert other.read_composite(["/3/0", "/2/0"]).code_text == "4.01"
    assert other.read_composite(["/0"]).code_text == "4.01"
    assert other.write_composite({"/1/1/1": 250, "/1/0/1": 250}).code_text == "4.01"
    assert read(other, "/1/0/1", "/1/1/1") == {"/1/0/1": 300, "/1/1/1": 300}
    assert server.write_composite({"/1/0/1": 250, "/2/0/2/2": R | W}).code_text == "2.04"
    assert server.wait_update(registrations[0]).query == {"lt": "250"}
    assert other.write_composite({"/1/0/1": 251, "/1/1/1": 252}).code_text == "2.04"
    assert server.wait_update(registrations[0], 2).query == {"lt": "251"}
    assert other.wait_update(registrations[1]).query == {"lt": "252"}


def test_entry_is_deleted_by_its_owner(daemon, server, other, peers):
    """Since 1.2, by DELETE and by the null of SenML-ETCH; obeyed at once and over a restart."""
    start_both(daemon, server, other, peers, "1.2")
    assert other.read("/1/0/1").code_text == "2.05"
    assert other.delete("/2/0/2/2").code_text == "4.01"
    assert server.delete("/2/0/2/2").code_text == "2.02"
    assert server.delete("/2/0/2/2").code_text == "4.04"
    assert other.read("/1/0/1").code_text == "4.01"
    assert server.write_composite({"/2/0/2/2": R, "/2/0/2/0": R}, cf=SENML_CBOR).code_text == "2.04"
    assert other.read("/1/0/1").code_text == "2.05"
    assert server.write_composite({"/2/0/2/2": None, "/2/0/2/0": None}, cf=ETCH_CBOR).code_text == "2.04"
    assert other.read("/1/0/1").code_text == "4.01"
    daemon.kill()
    daemon.start()
    server.wait_registration(2)
    other.wait_registration(2)
    assert other.read("/1/0/1").code_text == "4.01"
    assert server.write("/2/0/2", tlv_instance({2: {2: R}}), cf=TLV).code_text == "2.04"
    assert other.read("/1/0/1").code_text == "2.05"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_own_objects_are_neither_created_nor_deleted(daemon, server, version):
    registration = start(daemon, server, version)
    before = server.read("/1", accept=TLV).payload
    for path, payload in (("/1", tlv_instance({0: 7, 1: 60, 6: True, 7: b"U"})), ("/2", b""), ("/3", b"")):
        assert server.operation(POST, path, payload=payload, cf=TLV).code_text == "4.05"
    for path in ("/", "/1", "/1/0", "/3", "/3/0", "/3/0/11", "/1/0/1"):
        assert server.operation(DELETE, path).code_text == "4.05"
    for method, path in ((POST, "/0"), (DELETE, "/0/0"), (DELETE, "/0")):
        assert server.operation(method, path).code_text == "4.01"
    assert server.operation(DELETE, "/1/7").code_text == server.operation(PUT, "/4242/0").code_text == "4.04"
    assert server.read("/1", accept=TLV).payload == before
    assert not registration.updates and registration.active


def test_discover_depth(daemon, server):
    start(daemon, server, "1.2")
    assert parsed_links(server.discover("/3?depth=0").payload) == {"/3": {}}
    assert parsed_links(server.discover("/3?depth=1").payload) == {"/3": {}, "/3/0": {}}
    resources = parsed_links(server.discover("/3").payload)
    assert resources["/3/0/11"] == {"dim": "1"} and "/3/0/11/0" not in resources
    assert parsed_links(server.discover("/3?depth=2").payload) == resources
    assert parsed_links(server.discover("/3?depth=4").payload) == resources
    assert "/3/0/11/0" in parsed_links(server.discover("/3?depth=3").payload)
    assert parsed_links(server.discover("/3/0/11?depth=0").payload) == {"/3/0/11": {"dim": "1"}}


def test_attributes_of_each_server(daemon, server, other, peers):
    """Each server sees what it has attached itself; the right to Read is needed below the Object."""
    start_both(daemon, server, other, peers, "1.1")
    assert server.write_attributes("/3", "pmin=10&pmax=200").code_text == "2.04"
    assert server.write_attributes("/3/0/13", "pmax=320").code_text == "2.04"
    assert other.write_attributes("/3", "pmin=5").code_text == "2.04"
    assert other.write_attributes("/3/0/13", "pmin=5").code_text == "4.01"
    assert server.write_attributes("/3/0", "gt=5").code_text == "4.00"
    assert server.write_attributes("/3/0/4", "pmin=5").code_text == "4.05"
    assert server.write_attributes("/0/0", "pmin=5").code_text == "4.01"
    assert server.write_attributes("/3/0/99", "pmin=5").code_text == "4.04"
    mine, theirs = (parsed_links(each.discover("/3").payload) for each in (server, other))
    assert mine["/3"] == {"pmin": "10", "pmax": "200"}
    assert (mine["/3/0"], mine["/3/0/13"]) == ({}, {"pmax": "320"})
    assert (theirs["/3"], theirs["/3/0/13"]) == ({"pmin": "5"}, {})
    assert parsed_links(server.discover("/3/0/13").payload) == {"/3/0/13": {"pmin": "10", "pmax": "320"}}
    assert server.write_attributes("/3", "pmin&pmax").code_text == "2.04"
    assert parsed_links(server.discover("/3/0/13").payload) == {"/3/0/13": {"pmax": "320"}}
