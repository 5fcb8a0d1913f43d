# SPDX-License-Identifier: Apache-2.0
"""Registration and Device Management as an LwM2M Server sees them; OMA's cases stand in test_oma_*.py."""
import time

import pytest

from harness import ENDPOINT, HASTY_COAP, OWN_OBJECTS, START, factory_server, settings
from lwm2m_peer import (BLOCK1, CREATED, DELETE, FETCH, GET, IPATCH, LINK, OBSERVE, OPAQUE, POST, PUT,
                        SENML_CBOR, SIZE1, TEXT, TLV, URI_HOST, URI_PATH, URI_QUERY, Answer, Block,
                        NoAnswer, Type, account, cbor_encode, closed_port, code, delete, finish, links,
                        tlv_decode, tlv_instance)

DEVICE = {"manufacturer": "Example", "model_number": "Gateway", "serial_number": "0815",
          "firmware_version": "1.2.3", "device_type": "gateway", "hardware_version": "B",
          "software_version": "7"}


def start(daemon, server, retry=None, version=None, **keys):
    """A daemon with a factory server, registered."""
    config = settings(servers=[factory_server(server.uri, retry=retry, **keys)])
    config["device"] = DEVICE
    if version is not None:
        config["lwm2m_version"] = version
        if version == "1.0":
            del config["servers"][0]["communication_retry"]
    daemon.start(config)
    return server.wait_registration()


@pytest.fixture
def device(daemon, server):
    """The registration of a daemon with strings in its Device object; Server instance /1/0."""
    registration = start(daemon, server)
    daemon.wait_status("registered")
    return registration


# --- Register, Update, De-register ---------------------------------------------------------------------


def test_disable_ends_with_its_timeout(daemon, device, server):
    assert server.write("/1/0/5", b"1").code_text == "2.04"
    asked = time.monotonic()
    assert server.execute("/1/0/4").code_text == "2.04"
    server.wait_deregistered(device)
    again = server.wait_registration(2)
    assert 1 <= again.time - asked <= 2.5
    daemon.wait_status("registered", number=2)
    assert [change[1] for change in daemon.changes[2:]] == ["suspended", "registering", "registered"]


@pytest.mark.parametrize("path, method", [("/1/0/4", DELETE), ("/1/0/8", POST)])
def test_execute_is_answered_before_its_effect(device, server, path, method):
    answer = server.execute(path)
    assert answer.code_text == "2.04"
    location = "/" + "/".join(device.location)
    server.wait_request(method, location)
    seen = [record.message for record in server.received()]
    effect = next(message for message in seen if message.code == method and message.path == location)
    assert seen.index(answer) < seen.index(effect)


def test_update_comes_within_the_lifetime(device, server):
    since = time.monotonic()
    server.write("/1/0/1", b"2")
    assert server.wait_update(device).query == {"lt": "2"}
    assert server.wait_update(device, 2).query == {}
    assert 1 <= time.monotonic() - since <= 1.9     # lt - min(lt / 2, 93 s)


def test_update_that_is_refused_leads_to_register(device, server):
    server.update_answers.append(code("4.00"))
    server.execute("/1/0/8")
    server.wait_registration(2)


def options(message, *numbers):
    return [[value.decode() for value in message.all(number)] for number in numbers]


def test_uri_with_a_name_a_path_and_a_query(daemon, peers):
    """Uri-Host on every request; path and query in front of our own; Location-Path is replayed bare."""
    server = peers.server(prefix="/tenant/a/b")
    uri = f"coap://LocalHost:{server.port}/tenant/a%2Fb/?aid=7&x=%26"
    registration = start_with_uri(daemon, server, uri)
    assert options(registration.request, URI_HOST, URI_PATH) == [["localhost"], ["tenant", "a/b", "rd"]]
    assert registration.request.queries[:3] == ["aid=7", "x=&", f"ep={ENDPOINT}"]
    daemon.wait_status("registered")
    daemon.call_server(1, "Update")
    update = server.wait_update(registration)
    assert options(update, URI_HOST, URI_PATH, URI_QUERY) == [["localhost"], registration.location, []]
    assert daemon.stop() == 0
    server.wait_deregistered(registration)
    last = server.requests(DELETE, "/" + "/".join(registration.location))[0].message
    assert options(last, URI_HOST, URI_PATH, URI_QUERY) == [["localhost"], registration.location, []]


def start_with_uri(daemon, server, uri):
    daemon.start(settings(servers=[factory_server(uri)]))
    return server.wait_registration()


def test_uri_with_an_address_has_no_uri_host(device):
    assert options(device.request, URI_HOST, URI_PATH) == [[], ["rd"]]


def test_bootstrap_uri_with_a_name_a_path_and_a_query(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], prefix="/tenant/a")
    daemon.start(settings(f"coap://localhost:{bootstrap.port}/tenant/a?aid=7"))
    request = bootstrap.wait_request(POST, "/tenant/a/bs").message
    assert options(request, URI_HOST, URI_PATH, URI_QUERY) == [
        ["localhost"], ["tenant", "a", "bs"], ["aid=7", f"ep={ENDPOINT}"]]
    server.wait_registration()


@pytest.mark.parametrize("tail, wrong", [
    ("#part", "fragment"), ("/..", "'.' or '..'"), ("/%00", "NUL"), ("/%ff", "UTF-8"),
    ("/1/2/3/4/5/6/7/8/9", "more than 8"), ("?1&2&3&4&5&6&7&8&9", "more than 8"),
])
def test_uri_that_no_request_can_carry_is_refused(daemon, server, peers, tail, wrong):
    """At Finish; in a configuration: unit/daemon/test_config."""
    bad = peers.bootstrap([*account(server.uri + tail), finish()])
    daemon.start(settings(bad.uri, timeout="2s", retry_count=0))
    run = bad.wait_run()
    assert run.codes[-1] == "4.06"
    assert wrong in run.response(-1).text


@pytest.mark.parametrize("location, wrong", [
    ([], "without a Location-Path"),
    ([""], "that names nothing"),
    (["rd", ".."], "that names nothing"),
    (["rd", *"12345678"], "of more than 8 segments"),
    (["rd", "a\0b"], "with a NUL inside"),
])
def test_register_without_a_usable_location_has_failed(daemon, peers, location, wrong):
    server = peers.server(locations=[location])
    retry = {"retry_count": 2, "retry_timer": "1s", "sequence_retry_count": 1}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    first, second = server.wait_registration(), server.wait_registration(2)
    assert second.time - first.time >= 0.99     # an attempt of the sequence, as after 5.xx
    daemon.wait_status("registered")
    assert [change[1] for change in daemon.changes].count("registered") == 1
    line = next(line for line in daemon.lines if "RegistrationRejected" in line)
    assert "2.01" in line and wrong in line
    assert all(record.message.path in ("/rd", "/") for record in server.received())


def test_location_of_eight_segments_is_replayed(daemon, peers):
    """Some that need care: empty, a slash, a blank, not ASCII, long."""
    location = ["rd", "", "a/b", "c d", "\u00e9", "x" * 255, "7", "8"]
    server = peers.server(locations=[location])
    registration = start(daemon, server)
    daemon.wait_status("registered")
    daemon.call_server(1, "Update")
    assert server.wait_update(registration).all(URI_PATH) == [segment.encode() for segment in location]
    assert daemon.stop() == 0
    server.wait_deregistered(registration)


def test_deregister_at_sigterm(daemon, device, server):
    assert daemon.stop() == 0
    server.wait_deregistered(device)


def test_sigterm_does_not_wait_for_a_dead_server(daemon, device, server):
    server.silent = True
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 2.5
    server.wait_request(DELETE, "/" + "/".join(device.location))


@pytest.mark.parametrize("kind", [Type.CON, Type.NON])
def test_register_takes_a_separate_response(daemon, peers, kind):
    server = peers.server(answers=[Answer(CREATED, separate=kind, delay=0.2)])
    start(daemon, server)
    daemon.wait_status("registered")
    assert len(server.requests(POST, "/rd")) == 1


def test_long_object_list_goes_in_blocks(daemon, server):
    config = settings(servers=[factory_server(server.uri, i + 1) for i in range(4)])
    config["coap"]["block_size"] = 16
    daemon.start(config)
    objects = server.wait_registration().objects
    assert objects == ["</1/0>", "</1/1>", "</1/2>", "</1/3>", "</2>", *OWN_OBJECTS]
    first = server.requests(POST, "/rd")[0].message
    assert first.block(BLOCK1) == Block(0, True, 16) and len(first.payload) == 16
    assert not server.received(lambda m: m.first(SIZE1) is not None)


def test_requests_before_the_2_01_are_ignored(daemon, peers):
    """An empty ACK and no response; the same Message ID is answered once the client is registered."""
    server = peers.server(answers=[Answer(CREATED, delay=0.6)])
    daemon.start(settings(servers=[factory_server(server.uri)]))
    session = server.sessions[server.wait_request(POST, "/rd").address]
    request = server.message(session, GET, "/1/0/1", accept=TEXT)
    with pytest.raises(NoAnswer):
        server.exchange(session, request, timeout=0.3)
    assert server.received(lambda m: m.type == Type.ACK and m.mid == request.mid and m.code == 0)
    server.wait_registration()
    assert server.exchange(session, request).payload == b"300"


def test_version_that_is_refused_with_4_12_is_lowered_at_once(daemon, peers):
    server = peers.server(answers=[code("4.12")])
    daemon.start(settings(servers=[factory_server(server.uri)]))
    registration = server.wait_registration()
    tries = server.requests(POST, "/rd")
    assert [r.message.query["lwm2m"] for r in tries] == ["1.1", "1.0"]
    assert tries[1].time - tries[0].time < 0.8
    assert any(link.startswith("</1") and ";ver=" in link for link in registration.objects)


def test_5_xx_is_a_failed_attempt_of_the_sequence(daemon, peers):
    server = peers.server(answers=[code("5.03"), code("5.00")])
    daemon.start(settings(servers=[
        factory_server(server.uri, retry={"retry_count": 3, "retry_timer": "1s"})]))
    daemon.wait_property("SubStatus", "retry-wait")
    assert 0.5 < daemon.get("NextRetryTimestampMonotonic") / 1e6 - time.monotonic() <= 1.1
    assert daemon.get("LastError")[0] == "RegistrationRejected"
    daemon.wait_status("registered")
    assert daemon.get("LastError") == ("", "") and daemon.get("NextRetryTimestamp") == 0
    times = [record.time for record in server.requests(POST, "/rd")]
    assert [round(after - before) for before, after in zip(times, times[1:])] == [1, 2]
    assert [change[1] for change in daemon.changes] == ["registering", "registered"]


def test_other_4_xx_ends_the_sequence_at_once(daemon, peers):
    server = peers.server(answer=code("4.03"))
    retry = {"retry_count": 5, "retry_timer": "1s"}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    daemon.wait_status("failure")
    assert len(server.requests(POST, "/rd")) == 1
    name, sentence = daemon.get("LastError")
    assert name == "RegistrationRejected" and "4.03" in sentence
    assert daemon.changes[-1] == ("registering", "failure", "RegistrationRejected")


# --- several servers, dead servers ---------------------------------------------------------------------


def test_two_servers_one_dead(daemon, server, peers):
    """registered / partial, the other's LastError set, nothing delayed."""
    dead = peers.black_hole()
    retry = {"retry_count": 2, "retry_timer": "60s"}
    daemon.start(settings(servers=[factory_server(dead.uri, 1, retry=retry), factory_server(server.uri, 2)]))
    daemon.wait_status("registered", timeout=2)
    daemon.wait_property("SubStatus", "partial")
    daemon.wait_server(1, "LastError", lambda error: error[0] == "Timeout")
    assert daemon.get_server(1, "State") == "retry-wait" and daemon.get_server(2, "State") == "registered"
    assert daemon.get_server(2, "LastError") == ("", "") and daemon.get("LastError") == ("", "")
    assert server.read("/1/1/0", accept=TEXT).payload == b"2"
    assert (daemon.get("Status"), daemon.get("SubStatus")) == ("registered", "partial")


def test_two_bootstrapped_servers_both_register(daemon, server, peers):
    other = peers.server()
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1), finish()])
    daemon.start(settings(bootstrap.uri))
    for each in (server, other):
        assert each.wait_registration().objects == ["</1/0>", "</1/1>", "</2>", *OWN_OBJECTS]
    daemon.wait_property("SubStatus", "idle")
    assert daemon.status == "registered"


@pytest.mark.limit(90)
def test_server_that_always_says_4_03_gets_no_storm_of_bootstraps(daemon, peers):
    """At most 1 + retry_count POST /bs, spaced 1, 2 x retry_delay, then failure."""
    server = peers.server(answer=code("4.03"))
    bootstrap = peers.bootstrap([*account(server.uri), finish()])
    daemon.start(settings(bootstrap.uri, retry_count=2))
    daemon.wait_status("failure")
    times = [record.time for record in bootstrap.first_transmissions()]
    assert len(times) == 3
    assert [round(after - before) for before, after in zip(times, times[1:])] == [1, 2]
    assert daemon.get("LastError")[0] == "RegistrationRejected"
    assert daemon.get("Attempt") == 3
    assert len(bootstrap.first_transmissions()) == 3


def test_dead_server_with_one_attempt_leads_to_a_bootstrap(daemon, server, peers):
    dead = peers.black_hole()
    scripts = [[*account(dead.uri, r17=1, r20=1), finish()], [*account(server.uri), finish()]]
    bootstrap = peers.bootstrap(lambda bs, result: [bs.step(result, step) for step in scripts.pop(0)])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    server.wait_registration()
    assert len(bootstrap.first_transmissions()) == 2
    daemon.wait_status("registered")
    assert [change[1] for change in daemon.changes] == [
        "bootstrapping", "bootstrapped", "registering", "bootstrapping", "bootstrapped", "registering",
        "registered"]
    assert daemon.changes[3][2] == "Timeout"


def test_proven_server_that_forbids_the_bootstrap_is_a_failure(daemon, server, peers):
    """/1/x/16 false: within a day of a registration nobody else is asked."""
    bootstrap = peers.bootstrap([*account(server.uri, r16=False, r17=1, r20=1), finish()])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    daemon.wait_status("registered")
    server.answer = code("4.03")
    daemon.call("Restart")
    daemon.wait_status("failure")
    assert len(bootstrap.first_transmissions()) == 1
    assert daemon.changes[-1] == ("registering", "failure", "RegistrationRejected")


def test_server_that_has_never_worked_cannot_forbid_the_bootstrap(daemon, server, peers):
    """DELETE /, a dead LwM2M Server with /1/x/16 false, Finish: the Bootstrap Server is asked again."""
    scripts = [[delete("/"), *account(f"coap://127.0.0.1:{closed_port()}", r16=False, r17=1), finish()],
               [*account(server.uri), finish()]]
    bootstrap = peers.bootstrap(lambda bs, result: [bs.step(result, step) for step in scripts.pop(0)])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP))
    daemon.wait_status("registered")
    assert len(bootstrap.first_transmissions()) == 2


def test_servers_with_a_priority_register_one_after_the_other(daemon, peers):
    first, second = peers.server(answers=[Answer(CREATED, delay=0.4)]), peers.server()
    bootstrap = peers.bootstrap([*account(first.uri, r13=1), *account(second.uri, 2, 2, 1, r13=2), finish()])
    daemon.start(settings(bootstrap.uri))
    second.wait_registration()
    assert second.requests(POST, "/rd")[0].time >= first.wait_registration().time


def test_server_that_waits_for_its_turn_is_not_shown_as_registered(daemon, peers):
    """After Restart() the second one has no session until the first has its own."""
    first, second = peers.server(), peers.server()
    bootstrap = peers.bootstrap([*account(first.uri, r13=1), *account(second.uri, 2, 2, 1, r13=2), finish()])
    daemon.start(settings(bootstrap.uri))
    daemon.wait_server(2, "State", "registered")
    first.answer = None
    daemon.call("Restart")
    daemon.wait_server(2, "State", "idle")
    assert daemon.get_server(2, "NextUpdateTimestamp") == 0 and len(second.registrations) == 1
    assert daemon.get_server(2, "PeerAddress") == second.uri.removeprefix("coap://"), "the last one tried"


@pytest.mark.parametrize("blocks", [False, True])
def test_failed_server_blocks_the_next_only_where_it_says_so(daemon, server, peers, blocks):
    dead = f"coap://127.0.0.1:{closed_port()}"
    bootstrap = peers.bootstrap([
        *account(dead, r13=1, r15=blocks, r17=1, r20=1),
        *account(server.uri, 2, 2, 1, r13=2), finish()])
    daemon.start(settings(bootstrap.uri, retry_count=0))
    daemon.wait_status("failure" if blocks else "registered")
    assert len(server.registrations) == (0 if blocks else 1)
    assert len(bootstrap.first_transmissions()) == 1


# --- Device Management ---------------------------------------------------------------------------------

# (method, path, keywords, code)
REFUSALS = [
    ("security", GET, "/0", {}, "4.01"),
    ("security", PUT, "/0/0/0", {"payload": b"coap://x", "cf": TEXT}, "4.01"),
    ("security", PUT, "/0?pmin=30&pmax=45", {}, "4.01"),
    ("security", GET, "/0/0/5", {}, "4.01"),
    ("security", GET, "/0", {"accept": LINK}, "4.01"),
    ("security", POST, "/0", {"payload": tlv_instance({0: 1}), "cf": TLV}, "4.01"),
    ("security", DELETE, "/0/0", {}, "4.01"),
    ("unknown", GET, "/4242", {}, "4.04"),
    ("unknown", GET, "/4242/0/1", {}, "4.04"),
    ("unknown", GET, "/1/77", {}, "4.04"),
    ("unknown", GET, "/3/1", {}, "4.04"),
    ("unknown", GET, "/3/0/999", {}, "4.04"),
    ("unknown", GET, "/hello", {}, "4.04"),
    ("unknown", PUT, "/1/77/1", {"payload": b"1", "cf": TEXT}, "4.04"),
    ("unknown", POST, "/4242/0/1", {}, "4.04"),
    ("operation", PUT, "/1/0/0", {"payload": b"123", "cf": TEXT}, "4.05"),
    ("operation", POST, "/3", {"payload": tlv_instance({0: b"x"}), "cf": TLV}, "4.05"),
    ("operation", DELETE, "/3/0", {}, "4.05"),
    ("operation", DELETE, "/1/0", {}, "4.05"),
    ("operation", DELETE, "/1", {}, "4.05"),
    ("operation", GET, "/1/0/8", {}, "4.05"),
    ("operation", POST, "/3/0/0", {}, "4.05"),
    ("operation", POST, "/3/0/4", {}, "4.05"),
    ("operation", PUT, "/3/0/0", {"payload": b"x", "cf": TEXT}, "4.05"),
    ("operation", FETCH, "/3", {"payload": cbor_encode([{0: "/3"}]), "cf": SENML_CBOR}, "4.05"),
    ("operation", IPATCH, "/1/0", {"payload": cbor_encode([{0: "/1/0/1", 2: 1}]), "cf": SENML_CBOR}, "4.05"),
    ("content", GET, "/3", {"accept": 9999}, "4.06"),
    ("content", GET, "/3/0", {"accept": TEXT}, "4.06"),
    ("content", PUT, "/1/0/1", {"payload": b"20", "cf": 9999}, "4.15"),
    ("content", PUT, "/1/0/1", {"payload": b"soon", "cf": TEXT}, "4.00"),
    ("content", PUT, "/1/0/6", {"payload": b"maybe", "cf": TEXT}, "4.00"),
    ("content", PUT, "/3/0?pmin=soon", {}, "4.00"),
    ("bootstrap", DELETE, "/", {}, "4.05"),
]


def test_refused_operations(device, server):
    """/0 is 4.01, what is not there 4.04, what is not offered 4.05; nothing changes by it."""
    before = server.read("/1", accept=TLV).payload
    answered = [(case, path, server.operation(method, path, **keywords).code_text)
                for case, method, path, keywords, _ in REFUSALS]
    assert answered == [(case, path, wanted) for case, _, path, _, wanted in REFUSALS]
    assert server.read("/1", accept=TLV).payload == before
    assert not device.updates and device.active


def test_device_shows_strings_and_live_values(device, server):
    response = server.read("/3/0", accept=TLV)
    assert (response.code_text, response.content_format) == ("2.05", TLV)
    values = tlv_decode(response.payload)
    assert values[0] == b"Example" and values[17] == b"gateway" and values[18] == b"B" and values[19] == b"7"
    assert values[11] == {0: b"\0"} and values[16] == b"U"
    assert abs(int.from_bytes(values[13], "big") - time.time()) < 5
    assert 0 < int.from_bytes(values[10], "big") <= int.from_bytes(values[21], "big")


@pytest.mark.parametrize("version, cf", [("1.0", TLV), ("1.1", SENML_CBOR), ("1.2", SENML_CBOR)])
def test_default_read_format(daemon, server, version, cf):
    start(daemon, server, version=version)
    for path in ("/1", "/3/0", "/3/0/0"):
        response = server.read(path)
        assert (response.code_text, response.content_format) == ("2.05", cf)


def test_opaque_is_refused_for_a_string(device, server):
    assert server.read("/3/0/0", accept=OPAQUE).code_text == "4.06"


def test_long_answer_is_read_in_blocks(device, server):
    whole = server.read("/3/0", accept=TLV)
    blocks = server.operation(GET, "/3/0", accept=TLV, block2_size=32)
    assert len(blocks.payload) == len(whole.payload)
    kept = [tlv_decode(each.payload) for each in (blocks, whole)]
    for values in kept:
        del values[13], values[10]     # the time and the free memory go on
    assert kept[0] == kept[1]


def test_discover_lists_objects_instances_and_resources(device, server):
    response = server.discover("/3")
    assert (response.code_text, response.content_format) == ("2.05", LINK)
    found = [link.split(";")[0] for link in links(response.payload)]
    assert found[:3] == ["</3>", "</3/0>", "</3/0/0>"] and "</3/0/12>" in found
    found = [link.split(";")[0] for link in links(server.discover("/1/0").payload)]
    assert found[0] == "</1/0>" and {"</1/0/0>", "</1/0/1>", "</1/0/8>"} <= set(found)
    assert links(server.discover("/3/0/0").payload) == ["</3/0/0>"]


def test_observe_is_answered_with_the_option(device, server):
    response = server.observe("/3/0/0", accept=TEXT).answer
    assert (response.code_text, response.text) == ("2.05", "Example")
    assert response.first(OBSERVE) is not None


def test_reset_of_the_error_code(device, server):
    assert server.execute("/3/0/12").code_text == "2.04"
    assert server.execute("/3/0/12", b"0='x'").code_text in ("2.04", "4.00")
    assert tlv_decode(server.read("/3/0/11", accept=TLV).payload) == {11: {0: b"\0"}}


def test_written_resources_survive_a_power_cut(daemon, device, server):
    assert server.write("/1/0/1", b"77").code_text == "2.04"
    assert server.write("/1/0/5", b"99").code_text == "2.04"
    daemon.kill()
    daemon.start()
    assert server.wait_registration(2).query["lt"] == "77"
    assert server.read("/1/0/5", accept=TEXT).payload == b"99"


def test_binding_that_a_server_wrote_is_shown(registered, server):
    server.wait_registration()
    assert server.write("/1/0/7", b"UQ").code_text == "2.04"
    registered.wait_server(1, "Binding", "UQ")


def test_binding_is_part_of_an_update_only_in_1_0(daemon, server, make_daemon, bus):
    registration = start(daemon, server, version="1.0")
    assert server.write("/1/0/7", b"UQ").code_text == "2.04"
    assert server.wait_update(registration).query == {"b": "UQ"}


def test_a_registered_server_starts_no_bootstrap_by_itself(registered, server, bootstrap):
    """The golden sequence holds, and the second registration comes only from Restart()."""
    registered.wait_changes(START)
    assert len(server.registrations) == 1 and len(bootstrap.first_transmissions()) == 1
