# SPDX-License-Identifier: Apache-2.0
"""The Bootstrap-Pack of LwM2M 1.2: what is taken, replaced, remembered and stored."""
import os

import pytest

from harness import ENDPOINT, HASTY_COAP, START, factory_server, psk, settings, versioned
from lwm2m_peer import (ACCEPT, BLOCK2, CONTENT, GET, LWM2M_CBOR, OBSERVE, POST, SENML_CBOR, SENML_JSON,
                        SILENCE, TEXT, TLV, Message, Type, account, account_values, code, delete, finish,
                        pack, security, server_object, write)
from packs import PACK_LIFETIME, configuration, given, instances, lifetime, stored


@pytest.fixture
def packed(peers, server):
    """A Bootstrap Server with a pack, and with a script for those who ask for none."""
    return peers.bootstrap([*account(server.uri), finish()], pack=pack(given(server)))


# --- A pack that is taken ------------------------------------------------------------------------------


def test_1_2_pack_is_a_whole_bootstrap(daemon, server, packed):
    """No Bootstrap-Request, no Finish: the answer is in force, stored, and still there after a power cut."""
    daemon.start(configuration(packed))
    assert lifetime(server) == PACK_LIFETIME
    daemon.wait_changes(START)
    request, = packed.pack_requests()
    assert request.message.query == {"ep": ENDPOINT, "acc": "</0/0>"}
    assert request.message.uint(ACCEPT) == SENML_CBOR and not request.message.payload
    assert not packed.bootstrap_requests()
    assert daemon.get("LastError") == ("", "") and daemon.get("LastBootstrapTimestamp") > 0
    assert stored(daemon)["/1/0/1"] == PACK_LIFETIME
    daemon.kill()
    daemon.start()
    assert lifetime(server, 2) == PACK_LIFETIME and len(packed.pack_requests()) == 1


@pytest.mark.parametrize("name, accept", [
    ("none", SENML_CBOR), ("tlv", SENML_CBOR), ("senml-cbor", SENML_CBOR), ("senml-json", SENML_JSON),
    ("lwm2m-cbor", LWM2M_CBOR)])
def test_pack_in_the_preferred_format(daemon, server, peers, name, accept):
    bootstrap = peers.bootstrap(pack=pack(given(server), accept))
    daemon.start(configuration(bootstrap, preferred_content_format=name))
    assert lifetime(server) == PACK_LIFETIME
    request, = bootstrap.pack_requests()
    assert request.message.uint(ACCEPT) == accept and "pct" not in request.message.query


@pytest.mark.parametrize("cf", [SENML_JSON, LWM2M_CBOR])
def test_pack_in_another_format_than_asked_for(daemon, server, peers, cf):
    """What can be read is taken: nothing else would get the device further."""
    bootstrap = peers.bootstrap(pack=pack(given(server), cf))
    daemon.start(configuration(bootstrap))
    assert lifetime(server) == PACK_LIFETIME


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_no_pack_is_asked_for_before_1_2(daemon, server, packed, version):
    daemon.start(versioned(settings(packed.uri), version))
    assert lifetime(server) == 300
    assert not packed.pack_requests() and len(packed.first_transmissions()) == 1


def test_pack_goes_to_path_and_query_of_the_uri(daemon, server, peers):
    bootstrap = peers.bootstrap(pack=pack(given(server)), prefix="/tenant/a")
    config = configuration(bootstrap)
    config["bootstrap"]["server"]["uri"] = bootstrap.uri + "/tenant/a?key=7"
    config["bootstrap"]["server"]["instance_id"] = 5
    daemon.start(config)
    assert lifetime(server) == PACK_LIFETIME
    request, = bootstrap.pack_requests()
    assert request.message.query == {"key": "7", "ep": ENDPOINT, "acc": "</0/5>"}


def test_pack_in_blocks_of_64_bytes(daemon, server, peers):
    """Certificates of 4 KB in all; while they come the client is provisioned."""
    certificate = os.urandom(2000)
    values = given(server)
    values["/0/1"] |= {3: certificate, 4: certificate[::-1]}
    bootstrap = peers.bootstrap(pack=pack(values), pack_block=64)
    seen = []

    def look(session, message, data):
        block = message.block(BLOCK2) if message is not None else None
        if block is not None and block.num == 8:
            seen.append((daemon.get("Status"), daemon.get("SubStatus")))
        return [(0.0, data)]
    bootstrap.on_outgoing = look
    daemon.start(configuration(bootstrap, coap={**HASTY_COAP, "block_size": 64}))
    daemon.wait_changes(START)
    assert seen == [("bootstrapping", "provisioning")]
    assert stored(daemon)["/0/1/3"] == certificate and stored(daemon)["/0/1/4"] == certificate[::-1]
    assert len(bootstrap.pack_requests()) == 1 and not bootstrap.bootstrap_requests()
    assert len(bootstrap.requests(GET, "/bspack")) > 4000 / 64


def test_pack_as_a_separate_response(daemon, server, peers):
    """Acknowledged once the accounts are stored: a Bootstrap Server may forget them then."""
    bootstrap = peers.bootstrap(pack=pack(given(server), separate=Type.CON, delay=0.3))
    kept = []
    bootstrap.on_incoming = lambda record: record.message.type != Type.ACK or kept.append(stored(daemon))
    daemon.start(configuration(bootstrap))
    assert lifetime(server) == PACK_LIFETIME
    bootstrap.wait_for(lambda m: m.type == Type.ACK)
    assert kept[0]["/1/0/1"] == PACK_LIFETIME


@pytest.mark.parametrize("observe", [b"", b"\x05"])
def test_pack_with_an_observe_option_is_no_observation(daemon, server, peers, observe):
    """Nobody has asked for one: what is sent under that token later is answered with a Reset."""
    values = pack(given(server))
    values.options.append((OBSERVE, observe))
    bootstrap = peers.bootstrap(pack=values)
    daemon.start(configuration(bootstrap))
    assert lifetime(server) == PACK_LIFETIME
    daemon.wait_status("registered")
    request, = bootstrap.requests(GET, "/bspack")
    session = bootstrap.sessions[request.address]
    again = pack(given(server, lifetime=222))
    bootstrap.send(session, Message(Type.CON, CONTENT, session.mid(), request.message.token,
                                    [*again.options, (OBSERVE, b"\x06")], again.payload))
    bootstrap.wait_for(lambda m: m.type == Type.RST)
    assert daemon.get_server(1, "Lifetime") == PACK_LIFETIME and len(server.registrations) == 1


def test_what_the_server_says_behind_its_pack(daemon, server, packed):
    """No Finish follows a pack; one that does is answered as such, anything else as outside of a session."""
    daemon.start(configuration(packed))
    lifetime(server)
    daemon.wait_status("registered")
    session = packed.sessions[packed.pack_requests()[0].address]
    assert packed.request(session, POST, "/bs").code_text == "2.04"
    assert packed.run(session, [delete("/"), write("/1/0/1", b"5", TEXT)]).codes == ["4.00", "4.00"]
    assert len(server.registrations) == 1 and stored(daemon)["/1/0/1"] == PACK_LIFETIME


# --- What it replaces ----------------------------------------------------------------------------------


def test_pack_replaces_what_was_there(daemon, server, peers):
    """While registered, with two servers: the one that is gone is left with a De-register, ours survives."""
    other, third = peers.server(), peers.server()
    first = given(server) | account_values(other.uri, 2, 2, 1)
    second = account_values(server.uri, 1, 6, 4, lifetime=222) | account_values(third.uri, 3, 7, 5)
    bootstrap = peers.bootstrap(packs=[pack(first), pack(second)])
    daemon.start(configuration(bootstrap))
    old, gone = server.wait_registration(), other.wait_registration()
    daemon.wait_property("SubStatus", "idle")
    daemon.bootstrap()
    assert lifetime(server, 2) == 222
    third.wait_registration()
    server.wait_deregistered(old)
    other.wait_deregistered(gone)
    daemon.wait_property("SubStatus", "idle")
    assert instances(daemon) == {"/0/0", "/0/6", "/0/7", "/1/4", "/1/5"}
    assert stored(daemon)["/0/0/0"] == bootstrap.uri and len(bootstrap.pack_requests()) == 2


def test_objects_that_are_not_in_the_pack_stay(daemon, server, peers):
    """Only the Server Object: the Security Object Instances of before go on."""
    bootstrap = peers.bootstrap(packs=[pack(given(server)), pack({"/1/9": server_object(1, 222)})])
    daemon.start(configuration(bootstrap))
    server.wait_registration()
    daemon.wait_status("registered")
    daemon.bootstrap()
    assert lifetime(server, 2) == 222
    assert instances(daemon) == {"/0/0", "/0/1", "/1/9"}


def test_pack_with_another_bootstrap_server_account(daemon, server, peers):
    other = peers.bootstrap(pack=pack(given(server, lifetime=222)))
    bootstrap = peers.bootstrap(pack=pack({**given(server), "/0/3": security(other.uri, bootstrap=True)}))
    daemon.start(configuration(bootstrap))
    server.wait_registration()
    daemon.wait_status("registered")
    assert daemon.get("BootstrapServerURI") == other.uri
    daemon.bootstrap()
    assert lifetime(server, 2) == 222
    assert other.pack_requests()[0].message.query["acc"] == "</0/3>"


def test_pack_with_a_server_at_the_place_of_our_account(daemon, server, peers):
    """Ours moves, as behind a Bootstrap-Write, and acc says where to."""
    bootstrap = peers.bootstrap(pack=pack(given(server, security_id=0)))
    daemon.start(configuration(bootstrap))
    server.wait_registration()
    daemon.wait_log(r"/0/0 was overwritten: the Bootstrap-Server Account is /0/1 now")
    daemon.wait_status("registered")
    daemon.bootstrap()
    server.wait_registration(2)
    assert [r.message.query["acc"] for r in bootstrap.pack_requests()] == ["</0/0>", "</0/1>"]


def test_parts_of_a_pack_that_are_not_for_us(daemon, server, peers):
    """Unknown Objects and Resources, executables, and what Device says itself: skipped, and told."""
    values = given(server)
    values["/1/0"] |= {8: "", 4000: 1}
    values |= {"/3/0": {0: "Other", 13: 5}, "/3303/0": {5700: 21.5}}
    bootstrap = peers.bootstrap(pack=pack(values))
    daemon.start(configuration(bootstrap))
    assert lifetime(server) == PACK_LIFETIME
    daemon.wait_log(r"The Bootstrap-Pack holds /1/0/8 and 4 more: skipped")
    assert server.read("/3/0/0", accept=TLV).code_text == "4.04"


# --- What is remembered --------------------------------------------------------------------------------


def test_lacking_pack_is_remembered_until_the_daemon_ends(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[code("4.03")])
    daemon.start(configuration(bootstrap))
    server.wait_registration()          # by the second attempt
    daemon.wait_status("registered")
    assert len(bootstrap.pack_requests()) == 1 and len(bootstrap.first_transmissions()) == 2
    assert "is asked for one no more" in daemon.wait_log("has no Bootstrap-Pack")
    daemon.call("Restart")
    server.wait_registration(2)
    daemon.bootstrap()
    server.wait_registration(3)
    assert len(bootstrap.pack_requests()) == 1
    daemon.stop()
    daemon.start()
    server.wait_registration(4)
    daemon.bootstrap()
    server.wait_registration(5)
    assert len(bootstrap.pack_requests()) == 2


def test_lacking_pack_of_one_server_is_not_that_of_another(daemon, server, peers):
    """A Reload with another URI asks there; the first account is still known when it comes back."""
    lacks = peers.bootstrap([*account(server.uri), finish()])
    has = peers.bootstrap(pack=pack(given(server)))
    for number, bootstrap in enumerate([lacks, has, lacks], 1):
        if number == 1:
            daemon.start(configuration(bootstrap))
        else:
            daemon.configure(configuration(bootstrap))
            daemon.call("Reload")
            daemon.wait_property("BootstrapServerURI", bootstrap.uri)
            daemon.bootstrap()
        server.wait_registration(number)
        daemon.wait_status("registered", number=number)
    assert len(lacks.pack_requests()) == 1 and len(lacks.first_transmissions()) == 2
    assert len(has.pack_requests()) == 1


def test_preferred_format_of_the_bootstrap_request_that_follows(daemon, server, peers):
    """The rules of pct hold for it as ever."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[code("4.15")])
    daemon.start(configuration(bootstrap, preferred_content_format="senml-cbor", retry_count=0))
    server.wait_registration()
    first, second = bootstrap.first_transmissions()
    assert first.message.query == {"ep": ENDPOINT, "pct": "112"} and second.message.query == {"ep": ENDPOINT}
    assert {first.address, second.address} == {bootstrap.pack_requests()[0].address}


# --- DTLS, storage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("useless", [False, True])
def test_pack_in_dtls(daemon, server, peers, useless):
    """The Bootstrap-Request that may follow needs no handshake of its own."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()],
                                pack=code("4.04") if useless else pack(given(server)))
    front = peers.terminator(bootstrap.port, "my-device", "ff" * 16)
    config = configuration(bootstrap)
    config["bootstrap"]["server"] = psk(front.uri, "my-device", "ff" * 16)
    daemon.start(config)
    assert lifetime(server) == (300 if useless else PACK_LIFETIME)
    front.wait_event("connected")
    daemon.wait_status("registered")
    assert front.count("connected") == 1


def test_server_that_ends_the_session_over_a_pack_request(daemon, server, peers):
    """It may know the Bootstrap-Request: the next attempt has that one."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=SILENCE)
    front = peers.terminator(bootstrap.port, "my-device", "ff" * 16)
    bootstrap.on_incoming = lambda record: record.message.path != "/bspack" or front.end_sessions()
    config = configuration(bootstrap, retry_count=1)
    config["bootstrap"]["server"] = psk(front.uri, "my-device", "ff" * 16)
    daemon.start(config)
    assert lifetime(server) == 300
    daemon.wait_log("ConnectionLost")
    assert len(bootstrap.pack_requests()) == len(bootstrap.first_transmissions()) == 1


def test_power_cut_while_a_pack_comes(daemon, server, peers):
    """Nothing of it is there before it is whole: the old server is registered with."""
    new = peers.server()
    bootstrap = peers.bootstrap(packs=[pack(given(server)), pack(given(new, lifetime=222))], pack_block=64)
    cuts = []

    def cut(record):
        block = record.message.block(BLOCK2)
        if block is not None and block.num == 1 and not bootstrap.packs:
            cuts.append(daemon.process.kill())
    daemon.start(configuration(bootstrap))
    server.wait_registration()
    daemon.wait_status("registered")
    bootstrap.on_incoming = cut
    daemon.bootstrap()
    daemon.wait_exit()
    daemon.start()
    assert lifetime(server, 2) == PACK_LIFETIME and cuts and not new.registrations


def test_power_cut_right_behind_a_pack(daemon, server, peers):
    """It is acknowledged, so it is stored."""
    new = peers.server()
    new.silent = True       # a registration would store the accounts, too
    bootstrap = peers.bootstrap(packs=[
        pack(given(server)), pack(given(new, lifetime=222), separate=Type.CON)])

    def cut(record):
        if record.message.type == Type.ACK:
            daemon.process.kill()
    daemon.start(configuration(bootstrap))
    server.wait_registration()
    daemon.wait_status("registered")
    bootstrap.on_incoming = cut
    daemon.bootstrap()
    daemon.wait_exit()
    new.silent = False
    daemon.start()
    assert lifetime(new) == 222 and len(bootstrap.pack_requests()) == 2


def test_factory_servers_that_a_pack_replaces(daemon, server, peers):
    """A registration that fails leads to a pack, as it leads to any bootstrap."""
    bootstrap = peers.bootstrap(pack=pack(given(server)))
    dead = peers.black_hole()
    daemon.start(configuration(bootstrap, [factory_server(dead.uri)]))
    assert lifetime(server) == PACK_LIFETIME
    assert instances(daemon) == {"/0/0", "/0/1", "/1/0"}
