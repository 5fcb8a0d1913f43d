# SPDX-License-Identifier: Apache-2.0
"""Access Control between two LwM2M Servers, as a bootstrap gave it (lwm2m-facts.md 1.8, 4.9), OSCORE,
Last Bootstrapped and TLS-DTLS Alert Code."""
import time

import pytest

from harness import HAVE_DISCOVER, OWN_OBJECTS, factory_server, settings, versioned
from lwm2m_peer import (GET, LINK, POST, PUT, SENML_CBOR, TEXT, TLV, access, account, account_values,
                        delete, discover, finish, links, pack, read, security, senml_cbor_decode,
                        server_object, tlv_decode, write)

R, W, E, ALL = 1, 2, 4, 31
BOOTSTRAP_ONLY = 65535


# /1/0 is server 1's, /1/1 is server 2's, who lets 1 execute; /3/0 is the Bootstrap Server's, for all to read
CONTROL = [access(0, "/1/0", 1, s2=R), access(1, "/1/1", 2, s1=E), access(2, "/3/0", BOOTSTRAP_ONLY, s0=R)]


@pytest.fixture
def both(daemon, server, other, peers):
    """Registered with `server` (1, /0/1, /1/0) and `other` (2, /0/2, /1/1) under CONTROL; gives the
    Bootstrap Server."""
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1), *CONTROL, finish()])
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04"] * 8
    for each in (server, other):
        assert each.wait_registration().objects == [
            "</1/0>", "</1/1>", "</2/0>", "</2/1>", "</2/2>", *OWN_OBJECTS]
    daemon.wait_property("SubStatus", "idle")
    return bootstrap


def codes(server, *operations):
    return [server.operation(*operation[:2], **(operation[2] if len(operation) > 2 else {})).code_text
            for operation in operations]


def value(payload):
    return {"cf": TEXT, "payload": payload}


def test_servers_get_what_access_control_gives_them(server, other, both):
    assert codes(server, (GET, "/1/0"), (GET, "/1/1"), (GET, "/1/1/1"), (GET, "/3/0"), (GET, "/2/0"),
                 (GET, "/2/1")) == ["2.05", "4.01", "4.01", "2.05", "2.05", "4.01"]
    assert codes(other, (GET, "/1/0"), (PUT, "/1/0/1", value(b"70")), (POST, "/1/0/8"), (POST, "/3/0/12"),
                 (PUT, "/2/0/3", value(b"2"))) == ["2.05", "4.01", "4.01", "4.01", "4.01"]
    assert codes(server, (GET, "/0"), (GET, "/21"), (GET, "/21/0/0"), (GET, "/1/7"),
                 (PUT, "/1/1/0", value(b"9"))) == ["4.01", "4.01", "4.01", "4.04", "4.05"]
    assert list(tlv_decode(server.read("/1", accept=TLV).payload)) == [0]
    assert list(tlv_decode(other.read("/2", accept=TLV).payload)) == [1]
    assert links(server.discover("/1/1").payload)[:2] == ["</1/1>", "</1/1/0>"]


def test_server_may_act_on_the_account_of_another(daemon, server, other, both):
    """/1/1/8 makes the other server's Update, with E alone; the Lifetime is W."""
    registration = other.registrations[0]
    forbidden = PUT, "/1/1/1", value(b"70")
    assert codes(server, forbidden, (POST, "/1/1/8"), forbidden) == ["4.01", "2.04", "4.01"]
    assert codes(server, *[(PUT, "/1/1/2", value(b"1")), forbidden] * 5) == ["4.01"] * 10
    assert other.wait_update(registration).query == {}
    assert not server.registrations[0].updates
    assert codes(other, (PUT, "/2/1/2/1", value(b"6"))) == ["2.04"]
    assert codes(server, (PUT, "/1/1/1", value(b"70"))) == ["2.04"]
    assert other.wait_update(registration, 2).query == {"lt": "70"}
    assert codes(server, (POST, "/1/1/4")) == ["2.04"]
    other.wait_deregistered(registration)
    assert daemon.get_server(2, "State") == "disabled" and server.registrations[0].active
    assert daemon.stop() == 0       # and every line has been read
    line, = daemon.events("ACCESS_DENIED", short_server_id=1, server_uri=server.uri, path="/1/1/1")
    assert line["MESSAGE"] == (
        "LwM2M Server 1 gets 4.01 to PUT /1/1/1: Access Control gives server 1 no such right on /1/1/1.")


def test_observation_ends_with_the_right_to_read(daemon, server, other, both):
    observation = other.observe("/1/0/1", accept=TEXT)
    assert codes(server, (PUT, "/2/0/2/2", value(b"0")), (PUT, "/1/0/1", value(b"61"))) == ["2.04", "2.04"]
    assert observation.wait(1).code_text == "4.01"
    assert daemon.wait_event("OBSERVATION_ENDED", short_server_id=2, path="/1/0/1")["PRIORITY"] == "6"


def test_what_an_owner_writes_outlives_a_power_cut(daemon, server, other, both):
    assert codes(other, (PUT, "/2/1/2/1", value(b"1")), (PUT, "/2/1/3", value(b"9")),
                 (PUT, "/2/1/3", value(b"1"))) == ["2.04", "4.00", "2.04"]
    daemon.kill()
    daemon.start()
    server.wait_registration(2)
    other.wait_registration(2)
    assert codes(other, (GET, "/2/1"), (GET, "/1/0")) == ["4.01", "2.05"]
    found = senml_cbor_decode(server.read("/2/1", accept=SENML_CBOR).payload)
    assert found == {"/2/1/0": 1, "/2/1/1": 1, "/2/1/2/1": R, "/2/1/3": 1}
    assert codes(server, (GET, "/1/1/1"), (POST, "/1/1/8")) == ["2.05", "4.01"]
    daemon.call("Reset")
    server.wait_registration(3)
    assert both.wait_run(2).codes == ["2.04"] * 8
    assert codes(server, (GET, "/2/1")) == ["4.01"]


def test_server_that_is_removed_hands_over(daemon, server, other, both):
    """With one account left every right is its own; what server 1 owned is server 2's, also later."""
    third = [*account(server.uri, 3, 3, 2), access(7, "/1/2", 3)]
    both.script = [delete("/0/1"), finish()]
    daemon.bootstrap()
    assert both.wait_run(2).codes == ["2.02", "2.04"]
    server.wait_deregistered(server.registrations[0])
    daemon.wait_event("BOOTSTRAP_REPAIRED", "/2/0 is removed with /1/0, which it was for")
    daemon.wait_log("LwM2M Server 1 is gone: /2/1/2/1 is removed")
    daemon.wait_status("registered", number=2)
    assert codes(other, (GET, "/1/1"), (GET, "/2/2")) == ["2.05", "2.05"]
    both.script = [access(2, "/3/0", 2), *third, finish()]
    daemon.bootstrap()
    assert both.wait_run(3).codes == ["2.04"] * 5
    server.wait_registration(2)
    assert codes(server, (GET, "/3/0"), (GET, "/1/2"), (GET, "/1/1")) == ["4.01", "2.05", "4.01"]
    both.script = [delete("/0/2"), write("/0/2", security(other.uri, 5)), write("/1/1", server_object(5)),
                   finish()]
    daemon.bootstrap()
    assert both.wait_run(4).codes == ["2.02", "2.04", "2.04", "2.04"]
    daemon.wait_log("LwM2M Server 2 is gone")
    other.wait_registration(2)
    assert codes(other, (GET, "/3/0"), (GET, "/1/1")) == ["4.01", "4.01"]


def test_account_that_gets_another_short_server_id_hands_over(daemon, server, other, both):
    both.script = [write("/0/1", security(server.uri, 7)), write("/1/0", server_object(7)), finish()]
    daemon.bootstrap()
    assert both.wait_run(2).codes == ["2.04"] * 3
    daemon.wait_log("LwM2M Server 1 is gone: /2/0 is owned by 2 now")
    server.wait_registration(2)
    assert codes(server, (GET, "/1/0"), (GET, "/3/0")) == ["4.01", "2.05"]
    assert codes(other, (GET, "/1/0"), (GET, "/2/0")) == ["2.05", "2.05"]


def test_instances_without_access_control_are_named(daemon, server, other, peers):
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1),
                                 access(0, "/1/0", 1), access(1, "/1/1", 2), finish()])
    daemon.start(settings(bootstrap.uri))
    server.wait_registration()
    daemon.wait_log("/3/0 has no Access Control Object Instance: no LwM2M Server has a right on it")
    assert codes(server, (GET, "/3/0")) == ["4.01"]


def test_two_servers_without_access_control_may_everything(server, other, daemon, peers):
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1), finish()])
    daemon.start(settings(bootstrap.uri))
    for each in (server, other):
        each.wait_registration()
    assert codes(server, (GET, "/1/1"), (PUT, "/1/1/5", value(b"70")), (GET, "/2")) == [
        "2.05", "2.04", "2.05"]


def test_access_control_of_a_pack(daemon, server, other, peers):
    """As by Writes and a Finish: stored, obeyed, handed over; and the time of it stands in /1/x/12."""
    accounts = account_values(server.uri) | account_values(other.uri, 2, 2, 1)
    control = {"/2/0": {0: 3, 1: 0, 2: {0: R, 2: R | W}, 3: 1}, "/2/1": {0: 1, 1: 0, 3: 1},
               "/2/2": {0: 1, 1: 1, 3: 2}}
    begun = int(time.time())
    bootstrap = peers.bootstrap(packs=[pack(accounts | control)],
                                pack=pack(account_values(other.uri, 2, 2, 1) | account_values(
                                    server.uri, 3, 3, 2)))
    daemon.start(versioned(settings(bootstrap.uri), "1.2"))
    for each in (server, other):
        each.wait_registration()
    assert codes(server, (GET, "/1/0"), (GET, "/1/1"), (GET, "/3/0")) == ["2.05", "4.01", "2.05"]
    assert begun <= last_bootstrapped(server, 0) <= time.time()
    daemon.bootstrap()
    server.wait_registration(2)
    assert codes(server, (GET, "/2/0"), (GET, "/1/2"), (GET, "/1/1")) == ["4.01", "4.01", "4.01"]
    daemon.wait_log("/2/1 is removed with /1/0, which it was for")
    daemon.wait_log("LwM2M Server 1 is gone: /2/0 is owned by 2 now")
    assert codes(other, (PUT, "/2/0/3", value(b"3"))) == ["2.04"]


# --- OSCORE ----------------------------------------------------------------------------------------------

OSCORE = {0: b"secret", 1: b"me", 2: b"you"}
LINK_0 = b"\0\x15\0\0"


@pytest.mark.parametrize("steps, reason", [
    ([], "/0/5/17 links /21/0, which does not exist"),
    ([write("/21/0", OSCORE), write("/0/6", security("coap://192.0.2.1", 6, r17=LINK_0)),
      write("/1/6", server_object(6))], "/0/5/17 and /0/6/17 both link /21/0"),
])
def test_links_to_oscore_that_do_not_fit_are_4_06(server, daemon, bootstrap, steps, reason):
    wrong = [write("/0/5", security("coap://192.0.2.1", 5, r17=LINK_0)), write("/1/5", server_object(5))]
    bootstrap.script = [*account(server.uri), *wrong, *steps, finish(), write("/21/0", OSCORE),
                        write("/21/1", OSCORE),
                        delete("/0/6"), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    assert result.codes[4 + len(steps):] == ["4.06", "2.04", "2.04", "2.02", "2.04"]
    assert result.response(4 + len(steps)).text == reason
    server.wait_registration()
    daemon.wait_log("/0/5 is kept unused: OSCORE, which /0/5/17 asks for, is not supported")


def test_nothing_but_oscore_accounts_is_4_06(daemon, bootstrap):
    bootstrap.script = [write("/21/0", OSCORE), write("/0/5", security("coap://192.0.2.1", 5, r17=LINK_0)),
                        write("/1/5", server_object(5)), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    assert result.codes == ["2.04", "2.04", "2.04", "4.06"]
    assert "OSCORE, which /0/5/17 asks for, is not supported" in result.response(3).text


@pytest.mark.skipif(not HAVE_DISCOVER, reason="built without Bootstrap-Discover")
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_bootstrap_discover_to_the_byte(daemon, server, bootstrap, version):
    """All of it in blocks of 64 bytes, then /21 alone."""
    oscore = [] if version == "1.0" else [write("/21/3", OSCORE), write("/0/5/17", {17: b"\0\x15\0\3"})]
    bootstrap.script = [*account(server.uri), *account("coap://192.0.2.1/a?b=1", 5, 5, 5),
                        access(0, "/3/0", 1), *oscore, discover("/", block2_size=64), discover("/21"),
                        finish()]
    daemon.start(versioned(settings(bootstrap.uri), version))
    result = bootstrap.wait_run()
    whole, single = result.response(-3), result.response(-2)
    if version == "1.0":
        assert whole.text == ('lwm2m="1.0",</0/0>,</0/1>;ssid=1,</0/5>;ssid=5,</1/0>;ssid=1,</1/5>;ssid=5,'
                              "</2/0>,</3/0>,</4/0>,</7/0>")
        assert single.code_text == "4.04"
    else:
        assert whole.text == (
            f'</>;lwm2m={version},</0/0>,</0/1>;ssid=1;uri="{server.uri}",'
            '</0/5>;ssid=5;uri="coap://192.0.2.1/a?b=1",</1/0>;ssid=1,</1/5>;ssid=5,</2/0>,</3/0>,</4/0>,'
            "</7/0>,"
            "</21/3>;ssid=5")
        assert single.text == f"</>;lwm2m={version},</21/3>;ssid=5"
    assert whole.content_format == LINK


# --- Last Bootstrapped -----------------------------------------------------------------------------------


def last_bootstrapped(server, instance):
    answer = server.read(f"/1/{instance}/12", accept=TEXT)
    return int(answer.payload) if answer.code_text == "2.05" else answer.code_text


def test_last_bootstrapped(daemon, server, other, peers):
    """Set where a bootstrap addressed the account, kept over a power cut."""
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1), finish()])
    begun = int(time.time())
    daemon.start(settings(bootstrap.uri))
    for each in (server, other):
        each.wait_registration()
    first = last_bootstrapped(server, 0)
    assert begun <= first <= time.time() and last_bootstrapped(server, 1) == first
    time_until = first + 1
    server.wait(lambda: time.time() >= time_until, 5.0, "the next second")
    bootstrap.script = [write("/0/2", security(other.uri, 2)), read("/1", accept=SENML_CBOR), finish()]
    daemon.bootstrap()
    assert senml_cbor_decode(bootstrap.wait_run(2).response(1).payload)["/1/1/12"] == first
    other.wait_registration(2)
    second = last_bootstrapped(other, 1)
    assert last_bootstrapped(other, 0) == first < second <= time.time()
    daemon.kill()
    daemon.start()
    server.wait_registration(2)
    assert [last_bootstrapped(server, i) for i in (0, 1)] == [first, second]


@pytest.mark.parametrize("source", ["configuration", "1.0"])
def test_last_bootstrapped_is_absent(daemon, server, bootstrap, source):
    if source == "configuration":
        daemon.start(settings(bootstrap.uri, [factory_server(server.uri)]))
    else:
        bootstrap.script = [*account(server.uri), finish()]
        daemon.start(versioned(settings(bootstrap.uri), source))
    server.wait_registration()
    assert last_bootstrapped(server, 0) == "4.04"


# --- TLS-DTLS Alert Code ---------------------------------------------------------------------------------


def test_alert_code_is_written_by_nobody(daemon, server, bootstrap):
    """Neither the Bootstrap Server nor the server says which alert came."""
    bootstrap.script = [*account(server.uri), write("/1/0/11", b"48", TEXT), finish()]
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04"] * 4
    server.wait_registration()
    assert server.read("/1/0/11", accept=TEXT).code_text == "4.04"
    assert server.write("/1/0/11", b"48").code_text == "4.05"
