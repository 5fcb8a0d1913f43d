# SPDX-License-Identifier: Apache-2.0
"""The Bootstrap interface as a Bootstrap Server sees it; OMA's cases stand in test_oma_bootstrap.py."""
import re

import pytest

from harness import ENDPOINT, HASTY_COAP, HAVE_DISCOVER, OWN_OBJECTS, START, settings
from lwm2m_peer import (BLOCK1, CBOR, DELETE, FETCH, GET, IPATCH, LINK, LWM2M_CBOR, OLD_TLV, OPAQUE, PATCH,
                        POST, PUT, SENML_CBOR, SENML_JSON, TEXT, TLV, Step, Type, account, cbor_encode,
                        code, delete, discover, finish, links, read, security, senml_cbor_decode,
                        server_object, tlv_decode, tlv_instance, tlv_object, write)


def run(daemon, bootstrap, script, config=None, number=1):
    """Starts the daemon against a script and returns the finished Run."""
    bootstrap.script = script
    daemon.start(config or settings(bootstrap.uri))
    return bootstrap.wait_run(number)


def discovered(server, version="1.1", ssid=1, security_id=1):
    """The links of a Bootstrap-Discover after account(); the Bootstrap-Server Account is /0/0."""
    if version == "1.0":
        return ['lwm2m="1.0"', "</0/0>", f"</0/{security_id}>;ssid={ssid}", f"</1/0>;ssid={ssid}", "</2>",
                *OWN_OBJECTS]
    return [f"</>;lwm2m={version}", "</0/0>", f'</0/{security_id}>;ssid={ssid};uri="{server.uri}"',
            f"</1/0>;ssid={ssid}", "</2>", *OWN_OBJECTS, "</21>"]


def assert_discovered(response, expected):
    """2.05 with these links, or 5.01 where Bootstrap-Discover is left out of the build."""
    if not HAVE_DISCOVER:
        assert response.code_text == "5.01"
        return
    assert (response.code_text, response.content_format) == ("2.05", LINK)
    found = links(response.payload)
    # the Bootstrap-Server Account may or may not show its URI
    found = [link.split(";uri=")[0] if link.startswith("</0/0>") else link for link in found]
    assert found == expected


# --- Bootstrap-Request ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name, pct", [("tlv", "11542"), ("senml-json", "110"), ("senml-cbor", "112"),
                                       ("lwm2m-cbor", "11544")])
def test_bootstrap_request_carries_the_preferred_format(daemon, bootstrap, name, pct):
    daemon.start(settings(bootstrap.uri, preferred_content_format=name))
    assert bootstrap.wait_request(POST, "/bs").message.query == {"ep": ENDPOINT, "pct": pct}
    daemon.wait_status("registered")


@pytest.mark.parametrize("refusal", ["4.15", "4.00"])
def test_refused_preferred_format_is_left_out_at_once(daemon, server, peers, refusal):
    """Over the same session, and it does not count as an attempt."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[code(refusal)])
    daemon.start(settings(bootstrap.uri, preferred_content_format="tlv", retry_count=0))
    daemon.wait_status("registered")
    first, second = bootstrap.first_transmissions()
    assert "pct" in first.message.query and second.message.query == {"ep": ENDPOINT}
    assert first.address == second.address and second.time - first.time < 1
    assert "LastError" not in "".join(daemon.lines) and daemon.changes == START


def test_refused_format_is_left_out_for_the_rest_of_the_series(daemon, peers):
    bootstrap = peers.bootstrap(answers=[code("4.15")], answer=code("5.03"))
    daemon.start(settings(bootstrap.uri, preferred_content_format="tlv"))
    daemon.wait_status("failure")
    requests = bootstrap.first_transmissions()
    assert ["pct" in each.message.query for each in requests] == [True, False, False]


def test_refused_format_and_then_silence_is_a_failed_attempt(daemon, peers):
    bootstrap = peers.bootstrap(answers=[code("4.15")], answer=None)
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, preferred_content_format="tlv", retry_count=0))
    daemon.wait_status("failure")
    assert daemon.get("LastError")[0] == "Timeout" and daemon.get("Attempt") == 1


def test_operation_before_the_2_04_is_an_implicit_acceptance(daemon, server, peers):
    """The script runs although the answer to the Bootstrap-Request never comes."""
    bootstrap = peers.bootstrap(answer=None)
    daemon.start(settings(bootstrap.uri))
    session = bootstrap.sessions[bootstrap.wait_request(POST, "/bs").address]
    result = bootstrap.run(session, [*account(server.uri), finish()])
    assert result.codes == ["2.04", "2.04", "2.04"]
    daemon.wait_status("registered")
    assert daemon.changes == START


# --- writing -------------------------------------------------------------------------------------------

def levels(uri):
    """name -> the writes of the same account on each level and in each format."""
    whole = {"object": [("/0", {1: security(uri, 1)}), ("/1", {0: server_object(1)})],
             "instance": [("/0/1", security(uri, 1)), ("/1/0", server_object(1))]}
    formats = {"tlv": TLV, "old-tlv": OLD_TLV, "senml-cbor": SENML_CBOR, "senml-json": SENML_JSON,
               "lwm2m-cbor": LWM2M_CBOR}
    table = {f"{level}-{name}": [write(path, values, cf) for path, values in writes]
             for level, writes in whole.items() for name, cf in formats.items()}
    table["resource"] = [
        write("/0/1/0", uri.encode(), TEXT), write("/0/1/1", b"0", TEXT),
        write("/0/1/2", cbor_encode(3), CBOR), write("/0/1/3", b"", OPAQUE),
        write("/0/1/10", tlv_instance({10: 1}), TLV), write("/1/0/0", tlv_instance({0: 1}), OLD_TLV),
        write("/1/0/1", cbor_encode([{-2: "/1/0/1", 2: 300}]), SENML_CBOR),
        write("/1/0/6", b'[{"n":"/1/0/6","vb":true}]', SENML_JSON),
        write("/1/0/7", cbor_encode({(1, 0, 7): "U"}), LWM2M_CBOR)]
    table["instance-wrapped"] = [write("/0/1", tlv_object({1: security(uri, 1)})),
                                 write("/1/0", tlv_object({0: server_object(1)}))]
    return table


@pytest.mark.parametrize("level", levels("coap://x"))
def test_account_is_written_on_every_level_and_in_every_format(daemon, server, bootstrap, level):
    writes = levels(server.uri)[level]
    result = run(daemon, bootstrap, [delete("/"), *writes, finish()])
    assert result.codes == ["2.02"] + ["2.04"] * len(writes) + ["2.04"]
    query = server.wait_registration().query
    assert (query["lt"], query["b"]) == ("300", "U")


def test_account_is_written_in_blocks(daemon, server, bootstrap):
    """16-byte blocks; the answers echo the option, and the whole counts once it is there."""
    step = write("/0/1", security(server.uri, 1), block_size=16)
    result = run(daemon, bootstrap, [step, write("/1/0", server_object(1), block_size=16), finish()])
    assert result.codes == ["2.04", "2.04", "2.04"]
    assert len(bootstrap.received(lambda m: m.code_text == "2.31" and m.first(BLOCK1) is not None)) >= 2
    server.wait_registration()


def test_instance_write_replaces_and_object_write_spares_the_others(daemon, server, bootstrap):
    result = run(daemon, bootstrap, [
        write("/1/0", server_object(1, r2=5, r3=60)), write("/1/0", server_object(1, r3=61)),
        write("/1", {9: server_object(9)}), read("/1", accept=TLV), *account(server.uri), finish()])
    assert result.codes == ["2.04", "2.04", "2.04", "2.05", "2.04", "2.04", "2.04"]
    instances = tlv_decode(result.response(3).payload)
    assert sorted(instances) == [0, 9]
    assert 2 not in instances[0] and instances[0][3] == b"\x3d"


def test_deleting_a_security_instance_removes_the_paired_server_instance(daemon, server, bootstrap):
    result = run(daemon, bootstrap, [
        *account(server.uri), *account(server.uri, 2, 2, 2), delete("/0/2"),
        read("/1", accept=TLV), finish()])
    assert result.codes[4:] == ["2.02", "2.05", "2.04"]
    assert list(tlv_decode(result.response(5).payload)) == [0]
    server.wait_registration()


def test_write_to_a_resource_of_the_device_is_accepted_and_not_kept(daemon, server, bootstrap):
    result = run(daemon, bootstrap, [
        write("/3/0/15", b"Europe/Nowhere", TEXT), *account(server.uri), finish()])
    assert result.codes == ["2.04", "2.04", "2.04", "2.04"]
    server.wait_registration()
    assert b"Nowhere" not in server.read("/3/0").payload


def test_bootstrap_read_shows_what_no_server_may_read(daemon, server, bootstrap):
    """/1 with the resources that no server may read, /2 before its first instance."""
    result = run(daemon, bootstrap, [
        *account(server.uri, r13=7, r16=False), read("/1", accept=TLV), read("/1/0", accept=TLV),
        read("/1/0", accept=SENML_CBOR), read("/1/0"), read("/2", accept=TLV), read("/2"), read("/2/0"),
        finish()])
    assert result.codes == ["2.04", "2.04", *["2.05"] * 6, "4.04", "2.04"]
    whole, instance, pack, default = (result.response(i) for i in (2, 3, 4, 5))
    assert result.response(6).payload == b"" and result.response(7).payload == b"\x80"
    assert whole.content_format == TLV and list(tlv_decode(whole.payload)) == [0]
    resources = tlv_decode(instance.payload)
    assert resources == tlv_decode(whole.payload)[0]
    assert [resources[i] for i in (0, 7, 13, 16)] == [b"\1", b"U", b"\7", b"\0"]
    assert pack.content_format == default.content_format == SENML_CBOR
    values = senml_cbor_decode(pack.payload)
    assert values["/1/0/1"] == 300 and values["/1/0/13"] == 7 and values["/1/0/16"] is False


# --- answers -------------------------------------------------------------------------------------------

TOO_MANY_INSTANCES = tlv_object({i: {0: 1} for i in range(65)})
TOO_MANY_RECORDS = tlv_instance({3: 1}) * 1025

# lwm2m-facts.md 1.11: what stands there, row by row, against an account in /0/1 and /1/0
ANSWERS = [
    (DELETE, "/0/0", {}, "4.00"),
    (DELETE, "/3/0", {}, "4.00"),
    (DELETE, "/3", {}, "2.02"),
    (DELETE, "/1/77", {}, "2.02"),
    (DELETE, "/0/77", {}, "2.02"),
    (DELETE, "/4242", {}, "4.00"),
    (DELETE, "/4242/0", {}, "4.00"),
    (DELETE, "/1/0/1", {}, "4.00"),
    (PUT, "/4242", {"payload": tlv_object({0: {0: 1}}), "cf": TLV}, "4.00"),
    (PUT, "/4242/0", {"payload": tlv_instance({0: 1}), "cf": TLV}, "4.00"),
    (PUT, "/1/0/1/0", {"payload": b"60", "cf": TEXT}, "4.00"),
    (PUT, "/1/0", {"payload": tlv_instance({0: 1})}, "4.00"),
    (PUT, "/1/0", {"payload": b"\xc8\x00\x20ab", "cf": TLV}, "4.00"),
    (PUT, "/1/0", {"payload": b"\x81\xa1", "cf": SENML_CBOR}, "4.00"),
    (PUT, "/1", {"payload": tlv_instance({1: 300}), "cf": TLV}, "4.00"),
    (PUT, "/1/0/1", {"payload": b"soon", "cf": TEXT}, "4.00"),
    (PUT, "/1/0/1", {"payload": tlv_instance({1: b"\0\0\0"}), "cf": TLV}, "4.00"),
    (PUT, "/1/0/6", {"payload": b"2", "cf": TEXT}, "4.00"),
    (PUT, "/1/0", {"payload": b"x", "cf": 9999}, "4.15"),
    (PUT, "/1", {"payload": TOO_MANY_INSTANCES, "cf": TLV}, "4.00"),
    (PUT, "/1/0", {"payload": TOO_MANY_RECORDS, "cf": TLV, "block_size": 1024}, "4.00"),
    (GET, "/1/0/1", {"accept": TLV}, "4.05"),
    (GET, "/0", {"accept": TLV}, "4.05"),
    (GET, "/0/1", {"accept": TLV}, "4.05"),
    (GET, "/3", {"accept": TLV}, "4.05"),
    (GET, "/3/0/0", {"accept": TEXT}, "4.05"),
    (GET, "/1/77", {"accept": TLV}, "4.04"),
    (GET, "/2/0", {"accept": TLV}, "4.04"),
    (GET, "/1", {"accept": 9999}, "4.06"),
    (POST, "/1", {"payload": tlv_instance({0: 1}), "cf": TLV}, "4.05"),
    (POST, "/1/0", {"payload": tlv_instance({0: 1}), "cf": TLV}, "4.05"),
    (POST, "/1/0/8", {}, "4.05"),
    (POST, "/", {}, "4.05"),
    (FETCH, "/", {"payload": b"\x80", "cf": SENML_CBOR}, "4.05"),
    (PATCH, "/1/0", {"payload": b"\x80", "cf": SENML_CBOR}, "4.05"),
    (IPATCH, "/", {"payload": b"\x80", "cf": SENML_CBOR}, "4.05"),
    (PUT, "/1/0", {"payload": tlv_instance({0: 1, 1: 300, 6: True, 7: "U", 9999: b"?"}), "cf": TLV}, "2.04"),
]
DISCOVER_ANSWERS = [("/0/1", "4.00"), ("/1/0/1", "4.00"), ("/4242", "4.04")]


def test_answers_where_the_text_leaves_room(daemon, server, bootstrap):
    """The closed table of answers; nothing of it disturbs the session or what it wrote."""
    table = [Step(method, path, dict(keywords)) for method, path, keywords, _ in ANSWERS]
    result = run(daemon, bootstrap, [*account(server.uri), *table, read("/1", accept=TLV), finish()])
    answered = [(str(step), response.code_text) for step, response in result.results[2:-2]]
    assert answered == [(str(step), row[3]) for step, row in zip(table, ANSWERS)]
    assert tlv_decode(result.response(-2).payload) == {0: {0: b"\1", 1: b"\1\x2c", 6: b"\1", 7: b"U"}}
    assert result.codes[-1] == "2.04"
    server.wait_registration()


def test_answers_to_discover_below_an_object(daemon, server, bootstrap):
    result = run(daemon, bootstrap, [
        *account(server.uri), *(discover(path) for path, _ in DISCOVER_ANSWERS), finish()])
    expected = [wanted if HAVE_DISCOVER else "5.01" for _, wanted in DISCOVER_ANSWERS]
    assert result.codes == ["2.04", "2.04", *expected, "2.04"]


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_discover_has_the_form_of_the_version(daemon, server, bootstrap, version):
    config = settings(bootstrap.uri)
    config["lwm2m_version"] = version
    result = run(daemon, bootstrap, [
        *account(server.uri), discover("/"), discover("/1"), delete("/1"), discover("/1"),
        *account(server.uri), finish()], config)
    whole = discovered(server, version)
    assert_discovered(result.response(2), whole)
    assert_discovered(result.response(3), [whole[0], "</1/0>;ssid=1"])
    assert_discovered(result.response(5), [whole[0], "</1>"])


def test_bootstrap_read_does_not_exist_in_1_0(daemon, server, bootstrap):
    config = settings(bootstrap.uri)
    config["lwm2m_version"] = "1.0"
    result = run(daemon, bootstrap, [*account(server.uri), read("/1", accept=TLV), finish()], config)
    assert result.codes == ["2.04", "2.04", "4.05", "2.04"]
    assert server.wait_registration().query["lwm2m"] == "1.0"


def test_bootstrap_operations_outside_of_a_session_get_4_00(registered, server, bootstrap):
    session = bootstrap.runs[0].session
    for step in (delete("/"), write("/1/0", server_object(1)), discover(), read("/1")):
        response = bootstrap.request(session, step.method, step.path, **step.keywords)
        assert (str(step), response.code_text) == (str(step), "4.00")
    assert server.read("/1/0/1", accept=TEXT).payload == b"300"


def test_confirmable_and_non_confirmable_writes_are_alike(daemon, server, bootstrap):
    steps = account(server.uri)
    steps[0].keywords["type"] = Type.NON
    assert run(daemon, bootstrap, [*steps, finish()]).codes == ["2.04", "2.04", "2.04"]
    server.wait_registration()


# --- the check at Finish -------------------------------------------------------------------------------


def wrong_accounts(uri):
    """name -> writes, what the one-line reason of the 4.06 must hold."""
    return {
        "nothing": ([], ""),
        "no-lifetime": ([*account(uri), write("/1/0", {0: 1})], "/1/0/1"),
        "no-short-server-id": ([write("/0/1", security(uri)), write("/1/0", server_object(1))], "/0/1/10"),
        "no-uri": ([write("/0/1", {1: False, 2: 3, 10: 1}), write("/1/0", server_object(1))], "/0/1/0"),
        "psk-without-key": ([write("/0/1", {0: "coaps://127.0.0.1", 1: False, 2: 0, 3: b"me", 10: 1}),
                             write("/1/0", server_object(1))], "/0/1/5"),
        "short-server-id-twice": ([*account(uri), *account(uri, 1, 2, 1)], ""),
        "short-server-id-out-of-range": (account(uri, 65535), ""),
        "unusable-uri": (account("http//example.org/"), "/0/1/0"),
        "unusable-uri-beside-a-good-account": ([*account(uri), *account("coap:/h", 2, 2, 2)], "/0/2/0"),
        "other-transport-alone": (account("coap+tcp://h"), "scheme coap+tcp of /0/1/0 is not supported"),
        "other-mode-alone": (account("coaps://h", mode=4), "mode 4 (est) of /0/1/2 is not supported"),
        "short-server-ids-that-differ": (
            [write("/0/1", security(uri, 123)), write("/1/0", server_object(105))],
            "/1/0/0 has the Short Server ID 105, which no /0/x/10 has; "
            "/0/1/10 has the Short Server ID 123, which no /1/x/0 has"),
        "two-bootstrap-server-accounts": ([*account(uri), write("/0/2", security(uri, bootstrap=True)),
                                           write("/0/3", security(uri, bootstrap=True))], ""),
        "only-a-server-instance": ([write("/1/0", server_object(1))],
                                   "/1/0/0 has the Short Server ID 1, which no /0/x/10 has"),
        "too-many-accounts": ([step for i in range(17) for step in account(uri, i + 1, i + 1, i)], ""),
    }


@pytest.mark.parametrize("name", wrong_accounts(""))
def test_finish_of_an_inconsistent_configuration_gets_4_06(daemon, server, bootstrap, name):
    writes, reason = wrong_accounts(server.uri)[name]
    result = run(daemon, bootstrap, [
        delete("/"), *writes, finish(), delete("/"), *account(server.uri), finish()])
    refused = result.response(1 + len(writes))
    assert refused.code_text == "4.06", result.codes
    assert refused.text and "\n" not in refused.text and reason in refused.text
    assert result.codes[-1] == "2.04"
    server.wait_registration()


def repaired_accounts(uri, bootstrap_uri):
    """name -> writes that are accepted after a repair, the Bootstrap Server's URI after it."""
    mine = account(uri)
    return {
        "server-instance-without-security": ([*mine, write("/1/5", server_object(5))], bootstrap_uri),
        "security-instance-without-server": ([*mine, write("/0/5", security(uri, 5))], bootstrap_uri),
        "rpk": ([*mine, *account(uri.replace("coap", "coaps"), 5, 5, 5, mode=1)], bootstrap_uri),
        "est": ([*mine, *account(uri.replace("coap", "coaps"), 5, 5, 5, mode=4)], bootstrap_uri),
        "oscore": ([*mine, write("/21/0", {0: b"secret", 1: b"me", 2: b"you"}),
                    write("/0/5", security(uri, 5, r17=b"\0\x15\0\0")),
                    write("/1/5", server_object(5))], bootstrap_uri),
        "coap-over-tcp": ([*mine, *account("coap+tcp://127.0.0.1:5683", 5, 5, 5)], bootstrap_uri),
        "sms": ([*mine, *account("sms:+491701234567", 5, 5, 5)], bootstrap_uri),
        "mqtt": ([*mine, *account("mqtt://127.0.0.1", 5, 5, 5)], bootstrap_uri),
        "new-bootstrap-server-account": (
            [*mine, write("/0/2", security("coap://127.0.0.1:5", bootstrap=True))], "coap://127.0.0.1:5"),
        "server-onto-the-bootstrap-server": (account(uri, 1, 0, 0), bootstrap_uri),
    }


# what a whole account may ask for beside a good one, and how the log tells that it is kept unused
UNUSED = {
    "rpk": "mode 1 (rpk) of /0/5/2 is not supported",
    "est": "mode 4 (est) of /0/5/2 is not supported",
    "oscore": "OSCORE, which /0/5/17 asks for, is not supported",
    "coap-over-tcp": "scheme coap+tcp of /0/5/0 is not supported",
    "sms": "scheme sms of /0/5/0 is not supported",
    "mqtt": "scheme mqtt of /0/5/0 is not supported",
}


@pytest.mark.parametrize("name", repaired_accounts("", ""))
def test_finish_repairs_what_most_servers_never_correct(daemon, server, bootstrap, name):
    writes, bootstrap_uri = repaired_accounts(server.uri, bootstrap.uri)[name]
    result = run(daemon, bootstrap, [delete("/"), *writes, finish()])
    assert result.codes == ["2.02"] + ["2.04"] * (len(writes) + 1)
    daemon.wait_status("registered")
    assert daemon.get("BootstrapServerURI") == bootstrap_uri
    kept = ["</1/5>"] if "/1/5" in {step.path for step in writes} and name in UNUSED else []
    assert server.wait_registration().objects == ["</1/0>", *kept, "</2>", *OWN_OBJECTS]
    if name in UNUSED:
        daemon.wait_log(re.escape(f"/0/5 is kept unused: {UNUSED[name]}"))


def test_finish_that_was_refused_may_be_corrected(daemon, server, bootstrap):
    result = run(daemon, bootstrap, [
        write("/1/0/5", b"86400", TEXT), finish(), *account(server.uri), finish()])
    assert result.codes == ["2.04", "4.06", "2.04", "2.04", "2.04"]
    assert "/1/0/" in result.response(1).text and "\n" not in result.response(1).text
    server.wait_registration()


def test_finish_without_any_write_keeps_the_accounts_of_before(registered, server, bootstrap):
    bootstrap.script = [finish()]
    registered.bootstrap()
    assert bootstrap.wait_run(2).codes == ["2.04"]
    registered.wait_status("registered", number=2)
    assert len(server.registrations) == 1 and server.registrations[0].active


def test_timeout_without_finish_rolls_back(daemon, server, peers):
    """What was written is gone, and the next attempt starts from what was there before."""
    first = peers.server()
    scripts = [account(first.uri), [*account(server.uri, 2, 2, 2), finish()]]
    bootstrap = peers.bootstrap(lambda bs, result: [bs.step(result, step) for step in scripts.pop(0)])
    daemon.start(settings(bootstrap.uri, timeout="1s"))
    daemon.wait_status("registered")
    assert not first.requests(POST, "/rd") and server.wait_registration().objects == [
        "</1/2>", "</2>", *OWN_OBJECTS]
    assert len(bootstrap.first_transmissions()) == 2


# --- Status --------------------------------------------------------------------------------------------


def test_status_changes_from_start_to_registered(registered):
    registered.wait_changes(START)
    assert len(registered.changes) == len(START)
    assert (registered.get("Status"), registered.get("SubStatus")) == ("registered", "idle")
    assert registered.get("LastError") == ("", "") and registered.get("Bootstrapped") is True
    assert registered.get("Attempt") == 0 and registered.get("NextRetryTimestamp") == 0


def test_status_changes_after_reset(registered, server, bootstrap):
    registered.call("Reset")
    registered.wait_changes([("registered", "initial", ""), *START], after=len(START))
    assert len(bootstrap.first_transmissions()) == 2
    assert server.registrations[0].deregistered and server.wait_registration(2).active


def test_status_changes_after_restart(registered, server, bootstrap):
    registered.call("Restart")
    registered.wait_changes([("registered", "registering", ""), ("registering", "registered", "")],
                            after=len(START))
    assert len(bootstrap.bootstrap_requests()) == 1, "the Bootstrap Server must see no POST /bs"
    server.wait_registration(2)
    assert not server.registrations[0].deregistered


def test_process_restart_registers_without_bootstrap(registered, server, bootstrap):
    assert registered.stop() == 0
    assert server.registrations[0].deregistered
    registered.start()
    registered.wait_changes([("initial", "registering", ""), ("registering", "registered", "")])
    assert len(bootstrap.bootstrap_requests()) == 1
