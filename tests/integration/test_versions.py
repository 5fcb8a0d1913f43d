# SPDX-License-Identifier: Apache-2.0
"""LwM2M 1.0, 1.1 and 1.2 as the configuration announces them (design.md 4.10), and 4.12 (4.1)."""
import pytest

from harness import HAVE_DISCOVER, factory_server, settings, versioned
from lwm2m_peer import (CBOR, LWM2M_CBOR, OLD_TLV, OPAQUE, POST, SENML_CBOR, SENML_JSON, TEXT, TLV,
                        account, cbor_encode, code, discover, finish, read, senml_cbor_decode,
                        senml_cbor_instance, tlv_decode, tlv_instance)

NEWER_THAN_1_0 = range(9, 24)


def start(daemon, server, version, **keys):
    daemon.start(versioned(settings(servers=[factory_server(server.uri, **keys)]), version))
    registration = server.wait_registration()
    daemon.wait_status("registered")
    return registration


def test_1_0_has_none_of_the_newer_server_resources(daemon, server, peers):
    """Bootstrap-Write skips them, a server finds 4.04, and the defaults apply."""
    bootstrap = peers.bootstrap([*account(server.uri, r13=1, r14=3600, r16=False, r17=1), finish()])
    daemon.start(versioned(settings(bootstrap.uri), "1.0"))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "2.04"]
    registration = server.wait_registration(timeout=5)      # no initial delay of an hour
    assert registration.query == {"ep": "test-endpoint", "lt": "300", "lwm2m": "1.0", "b": "U"}
    for resource in NEWER_THAN_1_0:
        assert server.read(f"/1/0/{resource}").code_text == "4.04", resource
    assert server.execute("/1/0/9").code_text == "4.04"
    assert sorted(tlv_decode(server.read("/1/0").payload)) == [0, 1, 6, 7]
    assert len(bootstrap.bootstrap_requests()) == 1


def test_1_0_sends_no_pct(daemon, bootstrap):
    daemon.start(versioned(settings(bootstrap.uri), "1.0"))
    assert bootstrap.wait_request(POST, "/bs").message.query == {"ep": "test-endpoint"}
    daemon.wait_status("registered")


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_binding_of_an_account_is_not_announced_after_1_0(daemon, server, version):
    """`b` is what the device can do (/3/0/16); a write of /1/x/7 is no news for the server."""
    registration = start(daemon, server, version)
    assert registration.query["b"] == server.read("/3/0/16", accept=TEXT).text
    assert server.write("/1/0/7", b"UQ").code_text == "2.04"
    assert server.execute("/1/0/8").code_text == "2.04"
    assert server.wait_update(registration).query == {}
    assert len(registration.updates) == 1


@pytest.mark.parametrize("version, codes", [
    ("1.0", {"/1/0/23": "4.04", "/1/0/26": "4.04"}), ("1.1", {"/1/0/23": "2.04", "/1/0/26": "4.04"}),
    ("1.2", {"/1/0/23": "2.04", "/1/0/26": "2.04"}),
])
def test_mute_send_and_notification_mode_are_of_their_versions(daemon, server, version, codes):
    start(daemon, server, version)
    for path, expected in codes.items():
        assert server.write(path, b"1").code_text == expected
        assert server.read(path, accept=TEXT).code_text == ("2.05" if expected == "2.04" else "4.04")
        assert expected != "2.04" or server.write(path, b"2").code_text == "4.00"


def test_binding_of_an_account_is_announced_in_1_0(daemon, server, bootstrap):
    bootstrap.script = [*account(server.uri, binding="UQ"), finish()]
    daemon.start(versioned(settings(bootstrap.uri), "1.0"))
    assert server.wait_registration().query["b"] == "UQ"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_every_format_is_accepted_in_every_version(daemon, server, version):
    registration = start(daemon, server, version)
    payloads = {TEXT: lambda v: b"%d" % v, CBOR: cbor_encode, TLV: lambda v: tlv_instance({1: v}),
                OLD_TLV: lambda v: tlv_instance({1: v}),
                SENML_CBOR: lambda v: cbor_encode([{-2: "/1/0/1", 2: v}]),
                SENML_JSON: lambda v: b'[{"n":"/1/0/1","v":%d}]' % v,
                LWM2M_CBOR: lambda v: cbor_encode({(1, 0, 1): v})}
    for number, (cf, encode) in enumerate(payloads.items(), 1):
        value = 400 + number
        assert (cf, server.write("/1/0/1", encode(value), cf).code_text) == (cf, "2.04")
        assert server.wait_update(registration, number).query == {"lt": str(value)}
        if cf != OLD_TLV:
            answer = server.read("/1/0/1", accept=cf)
            assert (answer.code_text, answer.content_format) == ("2.05", cf)
    assert server.read("/1/0", accept=OPAQUE).code_text == "4.06"
    pack = senml_cbor_instance("/1/0", {1: 450, 5: 60})
    assert server.write("/1/0", pack, SENML_CBOR, method=POST).code_text == "2.04"
    assert senml_cbor_decode(server.read("/1/0", accept=SENML_CBOR).payload)["/1/0/1"] == 450


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_default_read_format_of_a_bootstrap_read(daemon, server, bootstrap, version):
    bootstrap.script = [*account(server.uri), read("/1/0"), finish()]
    daemon.start(versioned(settings(bootstrap.uri), version))
    assert bootstrap.wait_run().response(2).content_format == SENML_CBOR


def test_what_a_version_does_not_know_is_kept_and_not_served(daemon, server, peers):
    """1.1, then 1.0, then 1.1 again over the same stored accounts."""
    bootstrap = peers.bootstrap([*account(server.uri, r13=7, r17=3), finish()])
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.stop()
    daemon.start(versioned(settings(bootstrap.uri), "1.0"))
    server.wait_registration(2)
    assert server.read("/1/0/13").code_text == "4.04"
    assert server.write("/1/0/5", b"60").code_text == "2.04"     # writes the file anew
    daemon.stop()
    bootstrap.script = [read("/1/0", accept=TLV), finish()]
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    daemon.bootstrap()
    values = tlv_decode(bootstrap.wait_run(2).response(0).payload)
    assert (values[13], values[17], values[5]) == (b"\7", b"\3", b"\x3c")


@pytest.mark.skipif(not HAVE_DISCOVER, reason="built without Bootstrap-Discover")
@pytest.mark.parametrize("version, first", [("1.0", b'lwm2m="1.0"'), ("1.1", b"</>;lwm2m=1.1"),
                                            ("1.2", b"</>;lwm2m=1.2")])
def test_discover_begins_with_the_version_and_core_objects_carry_no_ver(daemon, server, bootstrap, version,
                                                                        first):
    bootstrap.script = [*account(server.uri), discover("/"), finish()]
    daemon.start(versioned(settings(bootstrap.uri), version))
    payload = bootstrap.wait_run().response(2).payload
    assert payload.split(b",")[0] == first and b"ver=" not in payload
    assert (b"uri=" in payload) == (version != "1.0")
    assert not any("ver=" in link for link in server.wait_registration().objects)


# --- 4.12: the next lower version ----------------------------------------------------------------------


def test_4_12_is_lowered_from_1_2_to_1_0(daemon, peers):
    """At once and not counted: one attempt is enough; the object tables stay, so the list tells versions."""
    server = peers.server(answers=[code("4.12"), code("4.12")])
    registration = start(daemon, server, "1.2")
    tries = server.requests(POST, "/rd")
    assert [r.message.query["lwm2m"] for r in tries] == ["1.2", "1.1", "1.0"]
    daemon.wait_event("VERSION_LOWERED", number=2, short_server_id=1, server_uri=server.uri)
    assert tries[2].time - tries[0].time < 0.8
    assert registration.objects == ["</1>;ver=1.2", "</1/0>", "</2>;ver=1.1", "</3>;ver=1.2", "</3/0>",
                                    "</4>;ver=1.3", "</4/0>", "</7/0>"]
    assert registration.query["b"] == "U"
    assert server.write("/1/0/26", b"1").code_text == "2.04"     # came with 1.2
    assert server.discover("/3").text.startswith("</3>;ver=1.2,</3/0>,")
    assert server.discover("/7").text.startswith("</7>,</7/0>,")


def test_binding_is_part_of_an_update_after_4_12_down_to_1_0(daemon, peers):
    server = peers.server(answers=[code("4.12")])
    registration = start(daemon, server, "1.1")
    assert server.write("/1/0/7", b"UQ").code_text == "2.04"
    assert server.wait_update(registration).query == {"b": "UQ"}


def test_lower_version_is_remembered_per_server(daemon, server, peers):
    old = peers.server(answers=[code("4.12")])
    config = settings(servers=[factory_server(old.uri, 1), factory_server(server.uri, 2)])
    daemon.start(config)
    assert old.wait_registration().query["lwm2m"] == "1.0"
    assert server.wait_registration().query["lwm2m"] == "1.1"
    old.registrations[0].active = False      # forgotten: the Update is refused, Register follows
    daemon.wait_server(1, "State", "registered")
    daemon.call_server(1, "Update")
    assert old.wait_registration(2).query["lwm2m"] == "1.0"
    assert len(old.requests(POST, "/rd")) == 3
    daemon.kill()
    daemon.start()      # memory, not storage
    assert old.wait_registration(3).query["lwm2m"] == "1.1"


@pytest.mark.parametrize("version, tries", [("1.0", 1), ("1.1", 2), ("1.2", 3)])
def test_4_12_at_1_0_is_a_rejection(daemon, peers, version, tries):
    server = peers.server(answer=code("4.12"))
    retry = {"retry_count": 5, "retry_timer": "1s"}
    daemon.start(versioned(settings(servers=[factory_server(server.uri, retry=retry)]), version))
    daemon.wait_status("failure")
    assert len(server.requests(POST, "/rd")) == tries
    name, sentence = daemon.get("LastError")
    assert name == "RegistrationRejected" and "4.12" in sentence
