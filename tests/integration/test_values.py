# SPDX-License-Identifier: Apache-2.0
"""What a server may write (design.md 9.7): one rule for Write and Bootstrap-Write; what is refused changes
nothing, and announced is only what the client has."""
import pytest

from harness import factory_server, settings, versioned
from lwm2m_peer import (CBOR, POST, PUT, SENML_CBOR, TEXT, TLV, Step, account, finish, tlv_decode,
                        tlv_instance, write)

VERSIONS = ["1.0", "1.1", "1.2"]
INSTANCE = {0: b"\1", 1: b"\1\x2c", 2: b"\5", 6: b"\1", 7: b"U"}     # account(uri, r2=5) in TLV


def start(daemon, server, version="1.1"):
    daemon.start(versioned(settings(servers=[factory_server(server.uri)]), version))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    return registration


def text(resource, value):
    return write(f"/1/0/{resource}", value.encode(), TEXT)


# resource of /1/0 -> (versions in which it is refused, values)
REFUSED = [
    (1, VERSIONS[:2], ["0", "-0", "000"]),
    (1, VERSIONS, ["-1", "2147483648", "4294967296", "1.5", ""]),
    (2, VERSIONS, ["-1", "4294967296"]),
    (3, VERSIONS, ["-1", "4294967296"]),
    (5, VERSIONS, ["-86400", "4294967296"]),
    (6, VERSIONS, ["2", "-1", "true"]),
    (7, VERSIONS, ["ZZ", "invalid", "uq", "", "Q", "UU", "U,T"]),
    (7, VERSIONS[:1], ["T", "UT", "N"]),
    (7, VERSIONS[:2], ["M", "UH"]),
    (14, VERSIONS[2:], ["-1", "4294967296"]),
    (17, VERSIONS[2:], ["-1", "4294967296"]),
    (18, VERSIONS[2:], ["-1", "4294967296"]),
    (19, VERSIONS[2:], ["-1", "4294967296"]),
    (20, VERSIONS[2:], ["-1", "4294967296"]),
]


def refused(version):
    return [text(resource, value) for resource, versions, values in REFUSED if version in versions
            for value in values] + [
        write("/1/0/1", b"\xfb\x7f\xf8" + bytes(6), CBOR),       # not a number
        write("/1/0/1", b"\xf9\xbc\x00", CBOR),                  # -1.0
        write("/1/0/6", tlv_instance({6: b"\2"}), TLV)]


def read_instance(server):
    """/1/0 without the time that a bootstrap leaves there."""
    values = tlv_decode(server.read("/1/0", accept=TLV).payload)
    values.pop(12, None)
    return values


@pytest.mark.parametrize("version", VERSIONS)
def test_write_outside_the_values_of_a_resource_changes_nothing(daemon, server, version):
    registration = start(daemon, server, version)
    before = server.read("/1/0", accept=TLV).payload
    steps = refused(version)
    answers = [server.operation(step.method, step.path, **step.keywords).code_text for step in steps]
    assert list(zip(map(str, steps), answers)) == [(str(step), "4.00") for step in steps]
    assert server.write("/1/0", tlv_instance({5: 60, 1: -1}), TLV).code_text == "4.00"
    assert server.read("/1/0", accept=TLV).payload == before
    assert server.execute("/1/0/8").code_text == "2.04"
    server.wait_update(registration)
    assert len(registration.updates) == 1, "a refused write leads to no Update"


@pytest.mark.parametrize("version", VERSIONS)
def test_bootstrap_write_outside_the_values_of_a_resource_changes_nothing(daemon, server, bootstrap,
                                                                          version):
    steps = [*refused(version), write("/0/1/11", b"-1", TEXT), write("/0/1/12", b"4294967296", TEXT),
             write("/0/1/1", b"2", TEXT), write("/0/1/2", b"5", TEXT), write("/0/1/10", b"65536", TEXT)]
    if version != "1.2":
        steps += [write("/1/0", bytes.fromhex("c10100"), TLV)]
    bootstrap.script = [*account(server.uri, r2=5), *steps, finish()]
    daemon.start(versioned(settings(bootstrap.uri), version))
    result = bootstrap.wait_run()
    answered = [(str(step), response.code_text) for step, response in result.results[2:-1]]
    assert answered == [(str(step), "4.00") for step in steps]
    assert result.codes[-1] == "2.04"
    assert server.wait_registration().query["lt"] == "300"
    assert read_instance(server) == INSTANCE


def test_infinite_lifetime_is_for_1_2(daemon, server):
    registration = start(daemon, server, "1.2")
    assert server.write("/1/0/1", b"0").code_text == "2.04"
    assert server.wait_update(registration).query == {"lt": "0"}
    assert server.read("/1/0/1", accept=TEXT).text == "0"


def test_infinite_lifetime_is_updated_by_our_own_interval(daemon, server):
    config = versioned(settings(servers=[factory_server(server.uri)]), "1.2")
    daemon.start(config | {"registration": {"update_interval_max": "1s"}})
    registration = server.wait_registration()
    assert server.write("/1/0/1", b"0").code_text == "2.04"
    assert server.wait_update(registration, 3).query == {}


def test_stored_infinite_lifetime_is_a_day_for_a_lower_version(daemon, server):
    start(daemon, server, "1.2")
    assert server.write("/1/0/1", b"0").code_text == "2.04"
    daemon.stop()
    daemon.start(versioned(settings(servers=[factory_server(server.uri)]), "1.1"))
    assert server.wait_registration(2).query["lt"] == "86400"


# binding -> what of it is announced in 1.0
ANNOUNCED = {"U": "U", "UQ": "UQ", "S": "U", "SQ": "UQ", "US": "U", "UQS": "UQ"}


@pytest.mark.parametrize("binding", ANNOUNCED)
def test_announced_is_what_we_have_of_a_binding(daemon, server, bootstrap, binding):
    """Register and Update in 1.0; what is stored is what the server wrote."""
    bootstrap.script = [*account(server.uri, binding=binding), finish()]
    daemon.start(versioned(settings(bootstrap.uri), "1.0"))
    registration = server.wait_registration()
    assert registration.query["b"] == ANNOUNCED[binding]
    assert server.read("/1/0/7", accept=TEXT).text == binding
    other = "UQS" if ANNOUNCED[binding] == "U" else "US"
    assert server.write("/1/0/7", other.encode()).code_text == "2.04"
    assert server.wait_update(registration).query == {"b": ANNOUNCED[other]}


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_binding_that_we_lack_is_stored_and_not_announced(daemon, server, bootstrap, version):
    bootstrap.script = [*account(server.uri, binding="TS"), finish()]
    daemon.start(versioned(settings(bootstrap.uri), version))
    assert server.wait_registration().query["b"] == "U"
    assert server.read("/1/0/7", accept=TEXT).text == "TS"


# packs in which no record has a path and a value, or a label is of the wrong kind
EMPTY_PACKS = {
    "no-record": "80",
    "no-record-indefinite": "9fff",
    "empty-record": "81a0",
    "empty-records": "82a0a0",
    "time-alone": "81a10601",
    "base-time-alone": "81a12201",
    "base-name-alone": "81a121652f312f302f",
    "unknown-label-alone": "81a1617801",
    "integer-labels-as-text": "81a2613363686868622d326b2f333434322f302f313130",
    "name-without-a-value": "81a100642f312f30",
    "unknown-name-without-a-value": "81a100672f312f302f3939",
    "integer-label-as-text-beside-a-value": "81a300662f312f302f31021839613301",
}


@pytest.mark.parametrize("name", EMPTY_PACKS)
def test_pack_that_says_nothing_is_refused(daemon, server, bootstrap, name):
    pack = bytes.fromhex(EMPTY_PACKS[name])
    bootstrap.script = [*account(server.uri, r2=5), write("/1/0", pack, SENML_CBOR),
                        write("/1", pack, SENML_CBOR), write("/1/0/1", pack, SENML_CBOR), finish()]
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "4.00", "4.00", "4.00", "2.04"]
    registration = server.wait_registration()
    for method in (PUT, POST):
        assert server.write("/1/0", pack, SENML_CBOR, method=method).code_text == "4.00"
    assert read_instance(server) == INSTANCE
    assert not registration.updates


# packs in which a value stands all the same: lifetime 61
UNUSUAL_PACKS = {
    "base-name-ahead": "82a121652f312f302fa200613102183d",
    "base-time-ahead": "82a12201a200662f312f302f3102183d",
    "value-before-its-base-name": "81a302183d00613121652f312f302f",
    "empty-record-ahead": "82a0a200662f312f302f3102183d",
}


@pytest.mark.parametrize("name", UNUSUAL_PACKS)
def test_unusual_pack_with_a_value_is_taken(daemon, server, name):
    registration = start(daemon, server)
    pack = bytes.fromhex(UNUSUAL_PACKS[name])
    assert server.write("/1/0", pack, SENML_CBOR, method=POST).code_text == "2.04"
    assert server.wait_update(registration).query == {"lt": "61"}


def test_replace_by_nothing_is_refused(daemon, server):
    """An empty TLV, and an Object Instance without Resources in TLV."""
    start(daemon, server)
    assert server.write("/1/0/2", b"5").code_text == "2.04"
    before = server.read("/1/0", accept=TLV).payload
    for payload in (b"", b"\0\0"):
        assert server.write("/1/0", payload, TLV).code_text == "4.00"
    assert server.read("/1/0", accept=TLV).payload == before


def test_bootstrap_may_begin_with_an_empty_instance(daemon, server, bootstrap):
    first, second = account(server.uri)
    bootstrap.script = [first, Step(PUT, "/1/0", {"payload": b"", "cf": TLV}), finish(), second, finish()]
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "4.06", "2.04", "2.04"]
    server.wait_registration()
