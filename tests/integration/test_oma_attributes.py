# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of Write-Attributes and Discover, step by step, in each version to which they apply."""
import pytest

from lwm2m_peer import finish, parsed_links, write
from oma import C_3, SERVER_PSK, versions


@pytest.fixture
def server(bench):
    """The LwM2M Server with which a client in configuration C.4, but for what its hardware lacks, is
    registered."""
    bench.register(C_3)
    return bench.server


def discover(server, target):
    response = server.discover(target)
    assert response.code_text == "2.05"
    return parsed_links(response.payload)


def set_attributes(server, path, query):
    assert server.write_attributes(path, query).code_text == "2.04"


@versions()
def test_1_1_int_260_discover(server):
    before = discover(server, "/3")
    assert list(before)[:2] == ["/3", "/3/0"] and before["/3/0/11"] == {"dim": "1"}
    set_attributes(server, "/3", "pmin=10&pmax=200")
    below = discover(server, "/3/0")
    assert set(below) == set(before) - {"/3"}
    assert below["/3/0"] == {"pmin": "10", "pmax": "200"} and below["/3/0/11"] == {"dim": "1"}
    set_attributes(server, "/3/0/11", "lt=1&gt=6&st=1")
    own = {"dim": "1", "lt": "1", "gt": "6", "st": "1"}
    assert discover(server, "/3/0")["/3/0/11"] == own
    assert discover(server, "/3/0/11")["/3/0/11"] == {"pmin": "10", "pmax": "200"} | own


@versions("1.1", "1.2")
def test_1_1_int_261_discover_of_a_multiple_resource(server):
    assert discover(server, "/3/0/11") == {"/3/0/11": {"dim": "1"}, "/3/0/11/0": {}}
    set_attributes(server, "/3", "pmin=10&pmax=200")
    set_attributes(server, "/3/0", "pmax=320")
    set_attributes(server, "/3/0/11/0", "pmax=100&epmin=1&epmax=20")
    assert discover(server, "/3/0/11") == {"/3/0/11": {"dim": "1", "pmin": "10", "pmax": "320"},
                                           "/3/0/11/0": {"pmax": "100", "epmin": "1", "epmax": "20"}}


@versions("1.2")
def test_1_2_int_264_discover_with_depth_1(server):
    assert discover(server, "/3?depth=1") == {"/3": {}, "/3/0": {}}
    set_attributes(server, "/3/0", "pmax=200")
    assert discover(server, "/3?depth=1") == {"/3": {}, "/3/0": {"pmax": "200"}}


@versions("1.2")
def test_1_2_int_266_discover_with_depth_2_and_3(server):
    second = discover(server, "/3?depth=2")
    assert {"/3", "/3/0", "/3/0/11"} <= set(second) and "/3/0/11/0" not in second
    set_attributes(server, "/3/0/11/0", "gt=8")
    third = discover(server, "/3?depth=3")
    assert third == second | {"/3/0/11/0": {"gt": "8"}}


@versions()
def test_1_1_int_951_attributes_of_two_servers(bench):
    other = bench.peers.server()
    _, second = SERVER_PSK.terminator(bench.peers, other.port)
    bench.bootstrap.script = [
        *bench.objects(), write("/0/2", bench.security(second, 2)),
        write("/1/1", bench.server_object(2)), finish()]
    bench.daemon.start(bench.config)
    for server, query in (bench.server, "pmin=10&pmax=60"), (other, "pmin=2&pmax=20"):
        server.wait_registration()
        set_attributes(server, "/3/0", query)
    assert discover(bench.server, "/3/0")["/3/0"] == {"pmin": "10", "pmax": "60"}
    assert discover(other, "/3/0")["/3/0"] == {"pmin": "2", "pmax": "20"}
