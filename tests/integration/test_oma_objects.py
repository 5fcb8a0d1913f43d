# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of Portfolio (Object 16), step by step, in each version to which they apply. Another service
publishes it, as in configuration C.12, and agrees to whatever a server does."""
import os

import pytest

from lwm2m_peer import (POST, PUT, SENML_CBOR, SENML_JSON, TEXT, TLV, decode, encode, parsed_links,
                        tlv_decode, tlv_object)
from oma import LIFETIME, versions
from publisher import Publisher

DEFINITIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "objects")
SINCE_1_1 = versions("1.1", "1.2")
PORTFOLIO = 16
IDENTITY = {0: "Host Device ID #1", 1: "Host Device Manufacturer #1", 2: "Host Device Model #1",
            3: "Host Device Software Version #1"}
CREATED = {0: "ID", 1: "Manufacturer", 2: "Model", 3: "1.0"}
formats = pytest.mark.parametrize("cf", [SENML_JSON, SENML_CBOR], ids=["senml-json", "senml-cbor"])


@pytest.fixture
def publisher(bench, bus):
    """/16/0 is there, and /16 for servers to create and delete instances."""
    bench.daemon.arguments.append("--object-directory=" + DEFINITIONS)
    bench.registration = bench.register()
    publisher = Publisher(bus)
    publisher.publish_object(PORTFOLIO)
    publisher.publish(PORTFOLIO, 0, {0: IDENTITY}, handler=True)
    yield publisher
    publisher.close()


@pytest.fixture
def server(publisher, bench):
    return bench.server


def identity(server, instance):
    """{Resource Instance ID: text} of an Object Instance, or the code."""
    response = server.read(f"/{PORTFOLIO}/{instance}/0", accept=TLV)
    if response.code_text != "2.05":
        return response.code_text
    return {number: text.decode() for number, text in tlv_decode(response.payload)[0].items()}


def composed(message):
    return decode("/", message.payload, SENML_CBOR, None)


def names(instance, values):
    return {f"/{PORTFOLIO}/{instance}/0/{number}": text for number, text in values.items()}


def create(server, instance=1):
    return server.create(PORTFOLIO, tlv_object({instance: {0: CREATED}}))


@SINCE_1_1
@pytest.mark.parametrize("method", [PUT, POST], ids=["put", "post"])
def test_1_1_int_228_write_of_a_resource_instance(server, method):
    assert server.write("/16/0/0/2", b"test", TEXT, method=method).code_text == "2.04"
    assert identity(server, 0) == IDENTITY | {2: "test"}


@SINCE_1_1
@formats
def test_1_1_int_230_write_composite_with_portfolio(server, bench, cf):
    written = {number: f"composed {number}" for number in range(4)}
    assert server.write_composite({"/1/0/1": 61, "/1/0/6": True} | names(0, written), cf).code_text == "2.04"
    server.wait(lambda: any(update.query == {"lt": "61"} for update in bench.registration.updates), 10,
                "Update with the lifetime")
    values = tlv_decode(server.read("/1/0", accept=TLV).payload)
    assert (values[1], values[6], identity(server, 0)) == (b"\x3d", b"\1", written)


@SINCE_1_1
@pytest.mark.parametrize("cf", [pytest.param(SENML_CBOR, id="senml-cbor")])
def test_1_1_int_233_write_in_senml_cbor(server, bench, cf):
    write_in_senml(server, bench, cf)


@SINCE_1_1
@pytest.mark.parametrize("cf", [pytest.param(SENML_JSON, id="senml-json")])
def test_1_1_int_234_write_in_senml_json(server, bench, cf):
    write_in_senml(server, bench, cf)


def write_in_senml(server, bench, cf):
    """An Object Instance, a Resource Instance and a Resource."""
    account = {1: 61, 6: True, 7: "U"}
    assert server.write("/1/0", encode("/1/0", account, cf), cf, method=POST).code_text == "2.04"
    assert server.write("/16/0/0/0", encode("/16/0/0/0", "test", cf), cf).code_text == "2.04"
    assert server.write("/1/0/1", encode("/1/0/1", LIFETIME, cf), cf).code_text == "2.04"
    server.wait(lambda: {"61", str(LIFETIME)} <= {update.query.get("lt")
                                                  for update in bench.registration.updates}, 10,
                "an Update for each lifetime")
    values = tlv_decode(server.read("/1/0", accept=TLV).payload)
    assert (int.from_bytes(values[1], "big"), values[6]) == (LIFETIME, b"\1")
    assert identity(server, 0) == IDENTITY | {0: "test"}


@pytest.fixture
def observation(server):
    """Of /16/0 and /16/1 together."""
    observed = server.observe_composite(["/16/0", "/16/1"])
    assert observed.exists
    return observed


@SINCE_1_1
def test_1_1_int_308_observe_composite_and_create(server, observation):
    assert composed(observation.answer) == names(0, IDENTITY)
    assert create(server).code_text == "2.01"
    assert composed(observation.wait(1)) == names(0, IDENTITY) | names(1, CREATED)


@SINCE_1_1
def test_1_1_int_309_observe_composite_and_delete(server, observation):
    assert create(server).code_text == "2.01"
    assert composed(observation.wait(1)) == names(0, IDENTITY) | names(1, CREATED)
    assert server.delete("/16/1").code_text == "2.02"
    assert composed(observation.wait(2)) == names(0, IDENTITY)


@versions()
def test_1_1_int_1630_create(server, publisher):
    response = create(server)
    assert (response.code_text, response.location) == ("2.01", ["16", "1"])
    assert identity(server, 1) == CREATED
    found = parsed_links(server.discover("/16").payload)
    assert [path for path in found if path.count("/") == 2] == ["/16/0", "/16/1"]
    assert publisher.asked() == [("Create", PORTFOLIO, 1, {0: CREATED}, 1)]


@versions()
def test_1_1_int_1635_delete(server, publisher):
    for instance in (0, 1):
        assert instance == 0 or create(server).code_text == "2.01"
        assert server.delete(f"/16/{instance}").code_text == "2.02"
        assert identity(server, instance) == "4.04"
    assert server.discover("/16").text == "</16>"
    assert [call for call in publisher.asked() if call[0] == "Delete"] == [
        ("Delete", PORTFOLIO, 0, 1), ("Delete", PORTFOLIO, 1, 1)]
