# SPDX-License-Identifier: Apache-2.0
"""Object Instances that another service publishes, as LwM2M Servers and the service see them."""
import re
import threading

import pytest

from coap_message import DELETE, POST, PUT
from gateway import BENCH, PLAIN, SINGLE, Gateway
from harness import factory_server, settings
from lwm2m_peer import (CBOR, OPAQUE, SENML_CBOR, TEXT, TLV, access, account, encode, finish,
                        parsed_links, senml_cbor_decode, tlv_decode, tlv_instance, tlv_object)
from publisher import ACCEPT, ERROR, NEW, Reply, Typed, error_of
from system_services import HANG, VANISH, Error

VERSIONS = ["1.0", "1.1", "1.2"]
R, W, E, D, C = 1, 2, 4, 8, 16
PATH = f"/{BENCH}/0"
VALUES = {0: "bench", 1: 5, 2: 21.5, 3: True, 8: {0: "a", 3: "b"}}
SHOWN = {f"{PATH}/0": "bench", f"{PATH}/1": 5, f"{PATH}/2": 21.5, f"{PATH}/3": True, f"{PATH}/8/0": "a",
         f"{PATH}/8/3": "b"}


def refusal(response):
    return response.code_text, response.text


# --- without a handler ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_every_operation_without_handler(daemon, server, tmp_path, make_publisher, version):
    gateway = Gateway(daemon, server, tmp_path / "objects", version)
    publisher = make_publisher()
    assert publisher.publish(BENCH, NEW, VALUES) == 0
    gateway.wait_announced(f"</{BENCH}/0>")
    assert publisher.objects()[BENCH] == [0] and publisher.get(PATH) == {
        f"{PATH}/{number}": value for number, value in VALUES.items()}
    assert list(parsed_links(server.discover(PATH).payload))[:2] == [PATH, f"{PATH}/0"]
    observation = server.observe(f"{PATH}/1", accept=TEXT)
    assert (observation.answer.payload, observation.exists) == (b"5", True)
    publisher.set({f"{PATH}/1": 6})
    assert observation.wait(1).payload == b"6"
    assert server.write(f"{PATH}/1", b"7").code_text == "2.04"
    assert observation.wait(2).payload == b"7"
    assert server.write(PATH, tlv_instance({2: 3.5, 9: "hush"}), TLV, POST).code_text == "2.04"
    assert server.write_attributes(f"{PATH}/1", "pmin=1&pmax=60").code_text == "2.04"
    assert "pmin=1" in server.discover(f"{PATH}/1").text
    assert refusal(server.write(f"{PATH}/0", b"mine"))[0] == "4.05"
    assert refusal(server.write(f"{PATH}/1", b"1001"))[0] == "4.00"
    for response in (server.execute(f"{PATH}/10"), server.create(BENCH, tlv_instance({1: 1})),
                     server.delete(PATH)):
        assert response.code_text == "4.05"
    assert server.read(f"{PATH}/1", accept=TEXT).payload == b"7"
    assert server.read(f"{PATH}/9").code_text == "4.05"
    assert server.write(PATH, tlv_instance({1: 8}), TLV).code_text == "2.04"    # replaced
    values = publisher.get(PATH)
    assert values == {f"{PATH}/0": "bench", f"{PATH}/1": 8}
    publisher.withdraw(BENCH, 0)
    assert server.read(PATH).code_text == "4.04"
    gateway.wait_announced(absent=[f"</{BENCH}/0>"])


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_composite_operations(daemon, server, tmp_path, make_publisher, version):
    gateway = Gateway(daemon, server, tmp_path / "objects", version)
    publisher = make_publisher()
    publisher.publish(BENCH, 0, VALUES)
    publisher.publish(PLAIN, 7, {0: 1})
    assert gateway.read_composite(f"{PATH}/1", f"/{PLAIN}", "/3/0/16") == {
        f"{PATH}/1": 5, f"/{PLAIN}/7/0": 1, "/3/0/16": "U"}
    observation = server.observe_composite([f"{PATH}/1", f"/{PLAIN}/7"])
    assert senml_cbor_decode(observation.answer.payload) == {f"{PATH}/1": 5, f"/{PLAIN}/7/0": 1}
    assert server.write_composite({f"{PATH}/1": 9, f"/{PLAIN}/7/0": 2, "/1/0/1": 200}).code_text == "2.04"
    assert senml_cbor_decode(observation.wait(1).payload) == {f"{PATH}/1": 9, f"/{PLAIN}/7/0": 2}
    assert server.write_composite({f"/{PLAIN}/7/0": 3, f"{PATH}/0": "no"}).code_text == "4.05"
    assert publisher.get(f"/{PLAIN}/7/0") == {f"/{PLAIN}/7/0": 2}
    assert server.read(f"{PATH}/8/3", accept=CBOR).code_text == "2.05"
    assert server.write(f"{PATH}/8/3", b"c").code_text == "2.04"
    assert publisher.get(f"{PATH}/8") == {f"{PATH}/8": {0: "a", 3: "c"}}


# Resource: what is set, and what the server reads of it
TYPES = {
    "string": (0, "x", "x"), "integer": (1, 7, 7), "float": (2, -1.25, -1.25), "boolean": (3, False, False),
    "opaque": (4, b"\0\1", b"\0\1"), "time": (5, 1700000000, 1700000000), "objlnk": (6, (3, 0), "3:0"),
    "unsigned": (7, (1 << 64) - 1, (1 << 64) - 1), "corelnk": (11, "</3/0>", "</3/0>"),
    "byte": (1, Typed("y", 200), 200), "int16": (1, Typed("n", 12), 12), "uint32": (5, Typed("u", 12), 12),
    "text-integer": (1, "12", 12), "text-float": (2, "21.5", 21.5), "text-boolean": (3, "true", True),
    "text-opaque": (4, "base64:AAE=", b"\0\1"), "text-time": (5, "2026-01-31T10:00:00Z", 1769853600),
    "text-objlnk": (6, "3:0", "3:0"), "text-unsigned": (7, "18446744073709551615", (1 << 64) - 1),
}


def test_types(gateway, publisher):
    """By SetValues and Publish; and back, as a server has written them."""
    publisher.publish(BENCH, 0, {0: "x"})
    for name, (number, value, shown) in TYPES.items():
        path = f"{PATH}/{number}"
        publisher.set({path: value})
        assert gateway.read(path) == {path: shown}, name
    for name, (number, value, shown) in TYPES.items():
        path = f"/{BENCH}/1/{number}"
        assert publisher.publish(BENCH, NEW, {0: "x", number: value}) == 1
        assert gateway.read(path) == {path: shown}, name
        publisher.withdraw(BENCH, 1)
    for name in ("integer", "float", "boolean", "opaque", "time", "objlnk", "unsigned", "corelnk"):
        number, value, _ = TYPES[name]
        path, publisher.changes = f"{PATH}/{number}", []
        assert gateway.server.write(path, encode(path, value, CBOR), CBOR).code_text == "2.04", name
        assert publisher.wait_change() == ({path: value}, 1) and publisher.get(path) == {path: value}, name


def test_what_is_wrong_is_said_and_changes_nothing(gateway, publisher, make_publisher):
    publisher.publish(BENCH, 0, VALUES)
    other = make_publisher()
    wrong = {
        (publisher.publish, BENCH, 1, ()): ("InvalidValue", f"/{BENCH}/1/0"),
        (publisher.publish, BENCH, 1, ((0, 7),)): ("InvalidValue", f"/{BENCH}/1/0"),
        (publisher.publish, BENCH, 1, ((0, "x"), (1, 1001))): ("InvalidValue", f"/{BENCH}/1/1"),
        (publisher.publish, BENCH, 1, ((0, "x"), (2, "warm"))): ("InvalidValue", f"/{BENCH}/1/2"),
        (publisher.publish, BENCH, 1, ((0, "x"), (3, 1))): ("InvalidValue", f"/{BENCH}/1/3"),
        (publisher.publish, BENCH, 1, ((0, "x"), (10, "x"))): ("InvalidValue", f"/{BENCH}/1/10"),
        (publisher.publish, BENCH, 1, ((0, "x"), (99, 1))): ("InvalidValue", f"/{BENCH}/1/99"),
        (publisher.publish, BENCH, 0, ((0, "x"),)): ("InstanceExists", f"/{BENCH}/0"),
        (other.publish, BENCH, 0, ((0, "x"),)):
            ("InstanceExists", f"/{BENCH}/0 has been published already, by {publisher.name} (user "),
        (publisher.publish, 42999, 0, ()): ("UnknownObject", "42999"),
        (publisher.publish, SINGLE, 1, ((0, 1),)): ("InvalidValue", f"/{SINGLE}/1"),
        (publisher.publish, 3, 0, ((0, "x"),)): ("InvalidValue", "/3"),
        (publisher.publish, 0, 5, ((0, "x"),)): ("InvalidValue", "/0"),
        (publisher.publish, 4, 0, ((0, 1),)): ("InvalidValue", "/4"),
    }
    for (call, object_id, instance, values), wanted in wrong.items():
        name, text = error_of(call, object_id, instance, dict(values))
        assert name == wanted[0] and wanted[1] in text, (object_id, instance, values, name, text)
    name, text = error_of(other.set, {f"{PATH}/1": 1})
    assert name == "NotPublisher"
    assert text.startswith(f"{PATH} has been published by {publisher.name} (user ")
    assert error_of(other.withdraw, BENCH, 0)[0] == "NotPublisher"
    assert error_of(publisher.set, {f"/{BENCH}/3/1": 1})[0] == "NotPublisher"
    wrong = [
        ({f"{PATH}/2": 151.0}, "InvalidValue", f"{PATH}/2"), ({"/3/0/0": "x"}, "NotPublisher", "/3/0/0"),
        ({f"{PATH}/8": "a"}, "InvalidValue", f"{PATH}/8"), ({PATH: 2}, "InvalidValue", PATH),
        ({f"{PATH}/4": Typed("a{sv}", {})}, "InvalidValue", f"{PATH}/4"),
        ({f"{PATH}/7": -1}, "InvalidValue", f"{PATH}/7"),
        ({f"{PATH}/1/0": 1}, "InvalidValue", f"{PATH}/1/0"),
        ({f"{PATH}/8": {0: "a", 65535: "b"}}, "InvalidValue", "65535"),
        ({"42800/0/1": 2}, "InvalidValue", "42800/0/1"), ({"/": 2}, "InvalidValue", '"/"'),
        ({f"/{BENCH}/65535/1": 2}, "InvalidValue", f"/{BENCH}/65535/1"),
        ({"/42999/0/0": 2}, "UnknownObject", "42999"),
        ({f"/{PLAIN}/0/0": 2}, "NotPublisher", f"/{PLAIN}/0/0"),
    ]
    for values, name, where in wrong:
        found, text = error_of(publisher.set, {f"{PATH}/1": 1} | values)
        assert found == name and where in text, (values, found, text)
    assert gateway.read(PATH) == SHOWN and gateway.server.read(f"/{BENCH}/1").code_text == "4.04"


def test_optional_resource_appears_by_its_first_value(gateway, publisher):
    publisher.publish(BENCH, 0, {0: "x"})
    assert gateway.read(f"{PATH}/1") == "4.04"
    publisher.set({f"{PATH}/1": 3, f"{PATH}/0": "y"})       # read-only ones, too
    assert gateway.read(PATH) == {f"{PATH}/0": "y", f"{PATH}/1": 3}
    observation = gateway.server.observe(PATH, accept=SENML_CBOR)
    publisher.set({f"{PATH}/8": {1: "a", 2: "b"}, f"{PATH}/3": True})
    assert senml_cbor_decode(observation.wait(1).payload) == {
        f"{PATH}/0": "y", f"{PATH}/1": 3, f"{PATH}/3": True, f"{PATH}/8/1": "a", f"{PATH}/8/2": "b"}
    gateway.settle()
    assert observation.count() == 1     # one change


def test_object_with_one_instance_and_one_of_another_version(gateway, publisher):
    publisher.publish(SINGLE, NEW, {0: 1})
    publisher.publish(PLAIN, 9, {0: 1})
    gateway.wait_announced(f"</{SINGLE}/0>", f"</{PLAIN}>;ver=1.1", f"</{PLAIN}/9>")
    assert error_of(publisher.publish, SINGLE, NEW, {0: 1})[0] in ("InstanceExists", "InvalidValue")


# --- with a handler ------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_every_operation_with_handler(daemon, server, tmp_path, make_publisher, version):
    gateway = Gateway(daemon, server, tmp_path / "objects", version)
    publisher = make_publisher()
    publisher.publish_object(BENCH)
    gateway.wait_announced(f"</{BENCH}>")
    publisher.publish(BENCH, 0, VALUES, handler=True)
    assert server.write(f"{PATH}/1", b"7").code_text == "2.04"
    assert server.write(PATH, tlv_instance({2: 3.5, 8: {3: "c"}}), TLV, POST).code_text == "2.04"
    assert server.write(PATH, tlv_instance({1: 8, 3: False}), TLV).code_text == "2.04"
    assert server.execute(f"{PATH}/10", b"0='on',2").code_text == "2.04"
    assert server.execute(f"{PATH}/10").code_text == "2.04"
    assert publisher.asked() == [
        ("Write", BENCH, 0, {1: 7}, False, 1),
        ("Write", BENCH, 0, {2: 3.5, 8: {0: "a", 3: "c"}}, False, 1),
        ("Write", BENCH, 0, {1: 8, 3: False}, True, 1),
        ("Execute", BENCH, 0, 10, "0='on',2", 1), ("Execute", BENCH, 0, 10, "", 1)]
    assert publisher.get(PATH) == {f"{PATH}/0": "bench", f"{PATH}/1": 8, f"{PATH}/3": False}
    publisher.calls.clear()
    publisher.answers["Create"] = {0: "created", 2: 1.5}
    response = server.create(BENCH, tlv_instance({1: 4}))
    assert (response.code_text, response.location) == ("2.01", [str(BENCH), "1"])
    response = server.create(BENCH, tlv_object({5: {1: 6}}))
    assert (response.code_text, response.location) == ("2.01", [str(BENCH), "5"])
    assert publisher.asked() == [("Create", BENCH, 1, {1: 4}, 1), ("Create", BENCH, 5, {1: 6}, 1)]
    assert publisher.get(f"/{BENCH}/1") == {
        f"/{BENCH}/1/0": "created", f"/{BENCH}/1/1": 4, f"/{BENCH}/1/2": 1.5}
    gateway.wait_announced(f"</{BENCH}/0>", f"</{BENCH}/1>", f"</{BENCH}/5>")
    assert server.delete(f"/{BENCH}/1").code_text == "2.02"
    assert publisher.asked()[-1] == ("Delete", BENCH, 1, 1)
    assert server.read(f"/{BENCH}/1").code_text == "4.04"
    gateway.wait_announced(absent=[f"</{BENCH}/1>"])


ANSWERS = {
    "BadRequest": "4.00", "Unauthorized": "4.01", "MethodNotAllowed": "4.05", "NotAcceptable": "4.06",
    "Other": "5.00",
}
OPERATIONS = {
    "Write": (PUT, f"{PATH}/1", {"payload": b"7", "cf": TEXT}),
    "Execute": (POST, f"{PATH}/10", {}),
    "Create": (POST, f"/{BENCH}", {"payload": tlv_instance({1: 1}), "cf": TLV}),
    "Delete": (DELETE, PATH, {}),
}


def test_errors_of_a_handler_are_codes_with_their_text(gateway, publisher):
    publisher.publish_object(BENCH)
    publisher.publish(BENCH, 0, VALUES, handler=True)
    names = {ERROR + name: code for name, code in ANSWERS.items()} | {
        "org.example.Broken": "5.00"} | {   # the last three say of somebody else whom it has asked
            "org.freedesktop.DBus.Error." + name: "5.00"
            for name in ("UnknownMethod", "ServiceUnknown", "NoReply", "Timeout")}
    for member, (method, path, keywords) in OPERATIONS.items():
        for name, code in names.items():
            publisher.answers[member] = Error(name, f"{member} is not for you")
            response = gateway.server.operation(method, path, **keywords)
            assert refusal(response) == (code, f"{member} is not for you"), (member, name)
    assert gateway.read(f"/{BENCH}") == SHOWN
    publisher.answers["Write"] = Error(ERROR + "BadRequest", "two\nlines " + "x" * 2000)
    response = gateway.server.write(f"{PATH}/1", b"7")
    assert response.code_text == "4.00" and "\n" not in response.text and len(response.text) <= 256


def test_nobody_at_the_handler(gateway, publisher):
    """A handler that is no Object of the publisher's is an error of its own, 5.00; it is told once."""
    publisher.answers = {"Write": Error("org.freedesktop.DBus.Error.UnknownObject", "no such object")}
    publisher.publish(BENCH, 0, VALUES, handler=True, path="/nowhere")
    assert refusal(gateway.server.write(f"{PATH}/1", b"7")) == ("5.00", "no such object")
    assert refusal(gateway.server.write(f"{PATH}/2", b"8")) == ("5.00", "no such object")
    gateway.daemon.wait_event("HANDLER_FAILED", rf"no such handler, or a broken one \(Write of {PATH}\): "
                              "org.freedesktop.DBus.Error.UnknownObject: no such object",
                              path=PATH, short_server_id=1, server_uri=gateway.server.uri)
    assert sum("broken one" in line for line in gateway.daemon.lines) == 1, "once for each publisher"


@pytest.mark.parametrize("name", ["org.freedesktop.DBus.Python.KeyError", "com.example.Stuck",
                                  ERROR + "NotAceptable"])
def test_error_that_is_no_refusal_is_told(gateway, publisher, name):
    """What a library makes of an exception, by names of its own, or a slip of the pen; no refusal is."""
    publisher.answers = {"Write": [Error(ERROR + "NotAcceptable", "jammed"), Error(name, "the valve")]}
    publisher.publish(BENCH, 0, VALUES, handler=True)
    assert refusal(gateway.server.write(f"{PATH}/1", b"7")) == ("4.06", "jammed")
    assert refusal(gateway.server.write(f"{PATH}/1", b"8")) == ("5.00", "the valve")
    line = gateway.daemon.wait_log(r"a broken one")
    assert re.search(rf"^{publisher.name} .*\(Write of {PATH}\): {name}: the valve$", line)
    assert sum("(Write of" in each for each in gateway.daemon.lines) == 1


def test_handler_that_does_not_answer(gateway, publisher):
    """5.03 after 10 s, not earlier; meanwhile Reads are answered, and repetitions ask nobody again."""
    publisher.publish_object(BENCH)
    publisher.publish(BENCH, 0, VALUES, handler=True)
    gateway.wait_announced(f"</{BENCH}/0>")     # an Update under way would be lost with the 5 s below
    publisher.answers = dict.fromkeys(OPERATIONS, HANG)
    begun = {member: gateway.begin(method, path, **keywords)
             for member, (method, path, keywords) in OPERATIONS.items()}
    for member, message in begun.items():
        publisher.wait_call(member)
        gateway.acknowledged(message)
    gateway.again(begun["Execute"])
    assert gateway.read(PATH) == SHOWN
    gateway.clock.sleep(5)
    gateway.again(begun["Execute"])
    assert gateway.read(PATH) == SHOWN
    answers = [message.token for message in begun.values()]
    assert not gateway.server.received(lambda each: each.is_response and each.token in answers)
    gateway.clock.sleep(5)
    for message in begun.values():
        answer = gateway.ended(message)
        assert answer.code_text == "5.03"
        assert re.fullmatch(rf"what serves /{BENCH}\S* on this device has not answered for 10 s",
                            answer.text)
    assert sorted(call[0] for call in publisher.asked()) == sorted(OPERATIONS)
    assert gateway.read(f"/{BENCH}") == SHOWN
    gateway.daemon.wait_event("HANDLER_FAILED", rf"has not replied.* \(\w+ of /{BENCH}.*\): ", timeout=15)


def test_repetitions_ask_nobody_again(gateway, publisher):
    """Neither while the handler is asked nor afterwards; of a body in blocks the last one counts."""
    publisher.publish(BENCH, 0, VALUES, handler=True)
    execute = gateway.begin(POST, f"{PATH}/10", payload=b"1", cf=TEXT)
    assert gateway.ended(execute).code_text == "2.04"
    gateway.again(execute)
    publisher.answers["Write"] = HANG
    blocks = [gateway.server.block_message(gateway.server.session, PUT, f"{PATH}/4", OPAQUE, bytes(100),
                                           number, 64) for number in (0, 1)]
    assert gateway.server.exchange(gateway.server.session, blocks[0]).code_text == "2.31"
    for _ in range(3):
        gateway.again(blocks[1])
    publisher.wait_call("Write")
    gateway.again(blocks[1])
    gateway.settle()
    assert [call[0] for call in publisher.asked()] == ["Execute", "Write"]
    assert publisher.asked()[1][3] == {4: bytes(100)}
    publisher.close()
    assert gateway.ended(blocks[1]).code_text == "5.03"


def test_reply_of_another_kind(gateway, publisher):
    """A Create without its values, and what nobody has asked for."""
    publisher.publish_object(PLAIN)
    publisher.publish(BENCH, 0, VALUES, handler=True)
    for answer in Reply(None, ()), Reply("s", ("x",)), Reply("a{sv}", ({},)):
        publisher.answers["Create"] = answer
        assert gateway.server.create(PLAIN, tlv_instance({0: 1})).code_text == "5.00", answer
    assert gateway.server.read(f"/{PLAIN}").code_text == "2.05"
    publisher.answers["Write"] = Reply("s", ("whatever",))
    assert gateway.server.write(f"{PATH}/1", b"7").code_text == "2.04"
    assert gateway.read(f"{PATH}/1") == {f"{PATH}/1": 7}


def test_answer_that_comes_too_late_is_nobodys(gateway, publisher):
    late, publisher.answers["Write"] = [], lambda call: late.append(call) or HANG
    publisher.publish(BENCH, 0, VALUES, handler=True)
    message = gateway.begin(PUT, f"{PATH}/1", payload=b"7", cf=TEXT)
    publisher.wait_call("Write")
    gateway.clock.sleep(10)
    assert gateway.ended(message).code_text == "5.03"
    publisher.answers = {}
    assert gateway.server.write(f"{PATH}/1", b"9").code_text == "2.04"
    assert gateway.read(f"{PATH}/1") == {f"{PATH}/1": 9}


@pytest.mark.parametrize("member", OPERATIONS)
def test_registration_that_ends_meanwhile(gateway, publisher, member):
    """Nobody waits for the reply any more, and nothing is done by it."""
    replies = threading.Event()
    publisher.publish_object(BENCH)
    publisher.publish(BENCH, 0, VALUES, handler=True)
    publisher.answers[member] = [lambda call: replies.wait(10) and ({0: "late"} if member == "Create" else
                                                                    None), ACCEPT]
    method, path, keywords = OPERATIONS[member]
    gateway.begin(method, path, **keywords)
    publisher.wait_call(member)
    gateway.daemon.call("Restart")
    gateway.server.wait_registration(2)
    gateway.daemon.wait_status("registered", number=2)
    replies.set()
    publisher.answers["Write"] = ACCEPT
    assert gateway.server.write(f"{PATH}/3", b"0").code_text == "2.04"
    assert gateway.read(f"/{BENCH}") == SHOWN | {f"{PATH}/3": False}


@pytest.mark.parametrize("member", OPERATIONS)
def test_publisher_dies_in_the_middle(gateway, publisher, make_publisher, member):
    """The server hears of it at once, the journal once, and its instances go."""
    other = make_publisher()
    other.publish(PLAIN, 0, {0: 1})
    publisher.publish_object(BENCH)
    publisher.publish(BENCH, 0, VALUES, handler=True)
    gateway.wait_announced(f"</{BENCH}/0>", f"</{PLAIN}/0>")
    observation = gateway.server.observe(f"{PATH}/1", accept=TEXT)
    publisher.answers[member] = VANISH
    method, path, keywords = OPERATIONS[member]
    assert gateway.server.operation(method, path, timeout=5, **keywords).code_text == "5.03"
    assert gateway.server.read(f"/{BENCH}").code_text == "4.04"
    gateway.daemon.wait_event("PUBLISHER_GONE",
                              rf"^{publisher.name} \(user \d+\) is gone without a reply, which is 5.03 for "
                            rf"the LwM2M Server \({member} of /{BENCH}")
    gateway.wait_announced(f"</{PLAIN}/0>", absent=[f"</{BENCH}/0>", f"</{BENCH}>"])
    assert observation.wait(1).code_text == "4.04"
    assert gateway.read(f"/{PLAIN}") == {f"/{PLAIN}/0/0": 1}


def test_handler_sets_values_before_it_replies(gateway, publisher):
    def answer(call):
        publisher.set({f"{PATH}/2": 100.0, f"{PATH}/1": 1})
        return None
    publisher.answers = {"Execute": answer, "Write": answer}
    publisher.publish(BENCH, 0, VALUES, handler=True)
    assert gateway.server.execute(f"{PATH}/10").code_text == "2.04"
    assert (gateway.read(PATH)[f"{PATH}/1"], gateway.read(PATH)[f"{PATH}/2"]) == (1, 100.0)
    assert gateway.server.write(f"{PATH}/1", b"7").code_text == "2.04"
    assert gateway.read(f"{PATH}/1") == {f"{PATH}/1": 7}


def test_eight_calls_are_under_way_and_no_more(gateway, publisher):
    publisher.publish(BENCH, 0, VALUES, handler=True)
    publisher.answers["Write"] = HANG
    begun = [gateway.begin(PUT, f"{PATH}/1", payload=b"7", cf=TEXT) for _ in range(8)]
    publisher.wait_call("Write", 8)
    assert gateway.server.execute(f"{PATH}/10").code_text == "5.03"
    assert len(publisher.calls) == 8
    publisher.close()
    for message in begun:
        assert gateway.ended(message).code_text == "5.03"


def test_instance_id_of_a_create(gateway, publisher):
    """The daemon's is the lowest that is free and promised to nobody; the server's has to be free."""
    publisher.publish_object(PLAIN)
    publisher.publish(PLAIN, 0, {0: 0})
    publisher.answers["Create"] = [HANG, {}]
    first = gateway.begin(POST, f"/{PLAIN}", payload=tlv_instance({0: 1}), cf=TLV)
    publisher.wait_call("Create")
    assert gateway.server.create(PLAIN, tlv_instance({0: 2})).location == [str(PLAIN), "2"]
    assert gateway.server.create(PLAIN, tlv_object({1: {0: 2}})).code_text == "4.00"
    assert gateway.server.create(PLAIN, tlv_object({0: {0: 2}})).code_text == "4.00"
    assert gateway.server.create(PLAIN, tlv_object({7: {0: 2}})).location == [str(PLAIN), "7"]
    assert [call[2] for call in publisher.asked()] == [1, 2, 7]
    assert error_of(publisher.publish, PLAIN, 1, {0: 1})[0] == "InstanceExists"
    publisher.close()
    assert gateway.ended(first).code_text == "5.03"
    assert gateway.server.read(f"/{PLAIN}").code_text == "4.04"


def test_create_whose_values_do_not_do(gateway, publisher, make_publisher):
    """What the handler gives must make an instance of the definition; else the server gets 5.00."""
    publisher.publish_object(BENCH)
    for values in ({}, {0: 7}, {0: "x", 1: 1001}, {0: "x", 99: 1}):
        publisher.answers["Create"] = values
        assert gateway.server.create(BENCH, tlv_instance({1: 1})).code_text == "5.00", values
    assert gateway.read(f"/{BENCH}") in ({}, "4.04")
    publisher.answers["Create"] = {0: "x"}
    assert gateway.server.create(BENCH, tlv_instance({1: 1})).code_text == "2.01"

    # The log is told once of each publisher, whoever asks how often.
    other = make_publisher()
    other.publish_object(PLAIN)
    publisher.answers["Create"] = other.answers["Create"] = {0: b"no"}
    for _ in range(4):
        for number in (BENCH, PLAIN):
            assert gateway.server.create(number, tlv_instance({})).code_text == "5.00"
    gateway.daemon.wait_log("what cannot be kept", number=2)
    gateway.daemon.stop()
    assert sum("what cannot be kept" in line for line in gateway.daemon.lines) == 2


def test_what_one_name_may_hold(daemon, server, tmp_path, make_publisher):
    """16 Objects and 256 KiB; others have as much."""
    numbers = range(43000, 43017)
    gateway = Gateway(daemon, server, tmp_path / "objects", numbers=numbers)
    publisher, other = make_publisher(), make_publisher()
    for number in numbers[:16]:
        publisher.publish(number, 0, {0: number})
    for call in (publisher.publish_object, lambda number: publisher.publish(number, 0, {0: 1})):
        name, text = error_of(call, numbers[16])
        assert name == "LimitExceeded" and str(numbers[16]) in text
    publisher.publish(numbers[0], 1, {0: 1})        # no Object more
    other.publish(numbers[16], 0, {0: 1})
    for instance in range(4):
        other.publish(BENCH, instance, {0: "x", 4: bytes(60000)})
    assert error_of(other.publish, BENCH, 4, {0: "x", 4: bytes(60000)})[0] == "LimitExceeded"
    assert error_of(other.set, {f"{PATH}/1": 1, f"{PATH}/8": {0: "x" * 30000}})[0] == "LimitExceeded"
    assert f"{PATH}/1" not in other.get(PATH)
    other.withdraw(BENCH, 0)
    other.publish(BENCH, 4, {0: "x", 4: bytes(60000)})
    assert gateway.server.read(f"/{numbers[16]}/0/0", accept=TEXT).payload == b"1"


# --- the configuration's -------------------------------------------------------------------------------


def configured(server, *instances):
    return settings(servers=[factory_server(server.uri)]) | {"objects": [
        {"object": BENCH, "instance": number, "values": values} for number, values in instances]}


def test_instances_of_the_configuration(daemon, server, tmp_path, make_publisher):
    """Everybody may set and hear of them, nobody withdraws them, no service has to be there."""
    gateway = Gateway(daemon, server, tmp_path / "objects", config=configured(
        server, (0, {0: "configured", 1: 5, 8: ["a", "b"]})))
    assert f"</{BENCH}/0>" in gateway.registration.objects
    assert gateway.read(PATH) == {f"{PATH}/0": "configured", f"{PATH}/1": 5, f"{PATH}/8/0": "a",
                                  f"{PATH}/8/1": "b"}
    one, other = make_publisher(everything=True), make_publisher(everything=True)
    observation = server.observe(f"{PATH}/1", accept=TEXT)
    one.set({f"{PATH}/1": 6, f"{PATH}/2": 1.5})
    assert observation.wait(1).payload == b"6" and other.get(f"{PATH}/2") == {f"{PATH}/2": 1.5}
    assert server.write(PATH, tlv_instance({1: 7, 9: "hush"}), TLV, POST).code_text == "2.04"
    assert one.wait_change() == other.wait_change() == ({f"{PATH}/1": 7}, 1)
    for call in (one.withdraw, other.withdraw):
        assert error_of(call, BENCH, 0)[0] == "NotPublisher"
    assert error_of(one.publish, BENCH, 0, {0: "x"})[0] == "InstanceExists"
    assert one.publish(BENCH, NEW, {0: "beside"}) == 1
    for response in server.execute(f"{PATH}/10"), server.delete(PATH):
        assert response.code_text == "4.05"
    one.close()
    gateway.wait_announced(f"</{BENCH}/0>", absent=[f"</{BENCH}/1>"])
    assert gateway.read(f"{PATH}/1") == {f"{PATH}/1": 7}


def test_reload_changes_what_the_file_says_otherwise(daemon, server, tmp_path, make_publisher):
    """What was set meanwhile and is observed stays as it is."""
    gateway = Gateway(daemon, server, tmp_path / "objects",
                      config=configured(server, (0, {0: "one", 1: 5}), (1, {0: "x"})))
    publisher = make_publisher()
    publisher.set({f"{PATH}/1": 6, f"{PATH}/2": 1.5})
    name, level = (server.observe(f"{PATH}/{number}", accept=TEXT) for number in (0, 1))

    def reload(*instances):
        daemon.configure(configured(server, *instances))
        daemon.call("Reload")
    reload((0, {0: "two", 1: 5}), (3, {0: "new"}))
    assert name.wait(1).payload == b"two"
    gateway.wait_announced(f"</{BENCH}/0>", f"</{BENCH}/3>", absent=[f"</{BENCH}/1>"])
    assert gateway.read(PATH) == {f"{PATH}/0": "two", f"{PATH}/1": 6, f"{PATH}/2": 1.5}
    assert level.count() == 0 and len(server.registrations) == 1
    daemon.configure(configured(server, (0, {0: "three", 1: "many"})))
    assert daemon.error_of("Reload") == ERROR + "InvalidConfiguration"
    assert gateway.read(f"{PATH}/0") == {f"{PATH}/0": "two"}
    reload()
    assert level.wait(1).code_text == "4.04"
    gateway.wait_announced(absent=[f"</{BENCH}/0>", f"</{BENCH}/3>"])


# --- the list of Objects -------------------------------------------------------------------------------


def test_restart_of_a_publisher_is_no_update_and_a_change_is_one(gateway, publisher, make_publisher):
    publisher.publish(BENCH, 0, VALUES)
    gateway.wait_announced(f"</{BENCH}/0>")
    gateway.forget()
    publisher.close()
    again = make_publisher()
    again.publish(BENCH, 0, VALUES)
    gateway.settle()
    gateway.clock.sleep(3)
    gateway.settle()
    gateway.settle()
    assert gateway.count_updates() == 0
    for instance in range(1, 6):
        again.publish(BENCH, instance, VALUES)
    again.withdraw(BENCH, 3)
    gateway.wait_announced(f"</{BENCH}/1>", f"</{BENCH}/5>", absent=[f"</{BENCH}/3>"])
    gateway.settle()        # an Update whose ACK is under way would be lost with the 3 s
    gateway.clock.sleep(3)
    gateway.settle()
    assert gateway.count_updates() == 1


@pytest.mark.parametrize("level", [5, 6], ids=["same", "other"])
def test_observations_outlive_a_restart_of_the_publisher(gateway, publisher, make_publisher, level):
    """One that is short; a value that is another one then is told, and each later one."""
    server = gateway.server
    publisher.publish_object(BENCH)
    publisher.publish(BENCH, 0, VALUES)
    gateway.wait_announced(f"</{BENCH}/0>")
    gateway.forget()
    number = server.observe(f"{PATH}/1", accept=TEXT)
    wholes = [server.observe(path, accept=SENML_CBOR) for path in (PATH, f"/{BENCH}")]
    composite = server.observe_composite([f"{PATH}/1", "/3/0/16"])
    publisher.close()
    again = make_publisher()
    assert BENCH not in again.objects()
    assert server.read(f"{PATH}/1").code_text == "4.04"
    again.publish(BENCH, 0, VALUES | {1: level})
    gateway.clock.sleep(3)
    told = [6, 7] if level == 6 else [7]
    for each in (number, *wholes):
        assert level == 5 or each.wait(1).code_text == "2.05"
    again.set({f"{PATH}/1": 7})
    assert [int(number.wait(i + 1).payload) for i in range(len(told))] == told
    for whole in wholes:
        assert [senml_cbor_decode(whole.wait(i + 1).payload) for i in range(len(told))] == [
            SHOWN | {f"{PATH}/1": each} for each in told]
    server.wait(lambda: composite.messages and senml_cbor_decode(composite.messages[-1].payload) ==
                {f"{PATH}/1": 7, "/3/0/16": "U"}, 10, "the newest value")
    gateway.settle()
    assert [each.count() for each in (number, *wholes)] == [len(told)] * 3 and gateway.count_updates() == 0
    assert not any("has ended" in line for line in gateway.daemon.lines)


def test_observation_of_a_publisher_that_stays_away_ends(gateway, publisher, make_publisher):
    other = make_publisher()
    other.publish(PLAIN, 0, {0: 1})
    publisher.publish(BENCH, 0, VALUES)
    gateway.wait_announced(f"</{BENCH}/0>", f"</{PLAIN}/0>")
    level, plain = (gateway.server.observe(path, accept=TEXT) for path in (f"{PATH}/1", f"/{PLAIN}/0/0"))
    publisher.close()
    assert BENCH not in other.objects()
    other.set({f"/{PLAIN}/0/0": 2})
    assert plain.wait(1).payload == b"2"
    gateway.wait_announced(f"</{PLAIN}/0>", absent=[f"</{BENCH}/0>"])
    assert level.wait(1).code_text == "4.04"
    gateway.daemon.call("Restart")
    gateway.daemon.wait_event("METHOD_CALLED", "A restart")     # and every line before it has been read
    assert not gateway.daemon.events("OBSERVATION_ENDED"), "what comes and goes is no news"
    assert level.count() == 1 and plain.count() == 1


def test_withdraw_all_of_an_object(gateway, publisher, make_publisher):
    publisher.publish_object(BENCH)
    for instance in (0, 4):
        publisher.publish(BENCH, instance, VALUES)
    other = make_publisher()
    other.publish(BENCH, 5, VALUES)
    assert error_of(other.publish_object, BENCH)[0] == "InstanceExists"
    publisher.withdraw(BENCH)
    assert publisher.objects()[BENCH] == [5]
    assert gateway.server.create(BENCH, tlv_instance({1: 1})).code_text == "4.05"
    other.publish_object(BENCH)     # nobody's now
    other.answers["Create"] = {0: "created"}
    assert gateway.server.create(BENCH, tlv_instance({1: 1})).code_text == "2.01"
    other.close()
    gateway.wait_announced(absent=[f"</{BENCH}/5>", f"</{BENCH}>"])
    assert BENCH not in publisher.objects()


# --- the bus -------------------------------------------------------------------------------------------


def test_values_changed_is_for_the_publisher_alone(gateway, publisher, make_publisher):
    other = make_publisher(everything=True)
    other.publish(PLAIN, 0, {0: 1})
    publisher.publish(BENCH, 0, VALUES)
    publisher.set({f"{PATH}/1": 6})
    assert gateway.server.write(PATH, tlv_instance({1: 7, 9: "hush"}), TLV, POST).code_text == "2.04"
    assert publisher.wait_change() == ({f"{PATH}/1": 7, f"{PATH}/9": "hush"}, 1)
    assert gateway.server.write(f"/{PLAIN}/0/0", b"2").code_text == "2.04"
    assert other.wait_change() == ({f"/{PLAIN}/0/0": 2}, 1)
    publisher.get(PATH)     # whatever was sent before has come
    assert len(publisher.changes) == 1 and len(other.changes) == 1


def test_values_that_servers_may_not_read_are_nobodys(gateway, publisher, make_publisher):
    publisher.publish(BENCH, 0, VALUES)
    assert gateway.server.write(f"{PATH}/9", b"hush").code_text == "2.04"
    other = make_publisher()
    for reader in (publisher, other):
        assert f"{PATH}/9" not in reader.get(PATH) and reader.get(f"{PATH}/9") == {}
    assert other.get("/0", "/21", "/1/0/0") == {"/1/0/0": 1}


def test_bus_restart(gateway, publisher, make_publisher, bus):
    """All that was published goes with it, questions are 5.03, and everybody begins anew."""
    publisher.publish(BENCH, 0, VALUES, handler=True)
    gateway.wait_announced(f"</{BENCH}/0>")
    publisher.answers["Write"] = HANG
    message = gateway.begin(PUT, f"{PATH}/1", payload=b"7", cf=TEXT)
    publisher.wait_call("Write")
    bus.stop()
    assert gateway.ended(message).code_text == "5.03"
    assert gateway.server.read(PATH).code_text == "4.04"
    bus.start()
    gateway.daemon.watch()
    gateway.daemon.wait_property("Status", "registered")
    again = make_publisher()
    again.publish(BENCH, 0, {0: "again"})
    assert gateway.read(PATH) == {f"{PATH}/0": "again"}


# --- Access Control ------------------------------------------------------------------------------------


def test_access_control_with_two_servers(daemon, server, other, peers, tmp_path, make_publisher):
    bootstrap = peers.bootstrap([
        *account(server.uri), *account(other.uri, 2, 2, 1), access(0, "/1/0", 1), access(1, "/1/1", 2),
        access(2, "/3/0", 65535, s0=R), finish()])
    gateway = Gateway(daemon, server, tmp_path / "objects", config=settings(bootstrap.uri))
    other.wait_registration()
    daemon.wait_server(2, "State", "registered")
    publisher = make_publisher()
    publisher.publish(BENCH, 0, VALUES)
    publisher.publish(BENCH, 1, VALUES, acl={1: R, 2: W | E})
    publisher.publish(BENCH, 2, VALUES, acl={0: R})
    publisher.publish(BENCH, 3, VALUES, acl={})

    def codes(instance):
        path = f"/{BENCH}/{instance}/1"
        return [each.code_text for peer in (server, other)
                for each in (peer.read(path), peer.write(path, b"7"))]
    assert codes(0) == ["2.05", "2.04", "2.05", "2.04"]
    assert codes(1) == ["2.05", "4.01", "4.01", "2.04"]
    assert codes(2) == ["2.05", "4.01", "2.05", "4.01"]
    assert codes(3) == ["4.01", "4.01", "4.01", "4.01"]
    assert list(tlv_decode(server.read(f"/{BENCH}", accept=TLV).payload)) == [0, 1, 2]
    assert publisher.wait_change(3)[1] == 2

    # What a server creates is its own, as long as there is somebody who has agreed to it.
    publisher.publish_object(PLAIN)
    assert server.create(PLAIN, tlv_instance({0: 1})).location == [str(PLAIN), "0"]
    assert server.read(f"/{PLAIN}/0").code_text == "2.05"
    assert other.read(f"/{PLAIN}/0").code_text == "4.01"
    assert senml_cbor_decode(server.read("/2/3", accept=SENML_CBOR).payload) == {
        "/2/3/0": PLAIN, "/2/3/1": 0, "/2/3/3": 1}
    gateway.wait_announced("</2/3>", f"</{PLAIN}/0>")
    publisher.close()
    gateway.wait_announced("</2/2>", absent=["</2/3>", f"</{PLAIN}/0>"])
    assert server.read("/2/3").code_text == "4.04"

    # Nor does it outlive the daemon, which takes its publishers with it, however it ends.
    for end in daemon.stop, daemon.kill:
        make_publisher().publish_object(PLAIN)
        assert server.create(PLAIN, tlv_instance({0: 1})).location == [str(PLAIN), "0"]
        gateway.wait_announced("</2/3>", f"</{PLAIN}/0>")
        known = len(server.registrations)
        end()
        daemon.start()
        server.wait(lambda: len(server.registrations) > known, 10, "registration")
        daemon.wait_status("registered")
        assert server.read("/2/2").code_text == "4.01"
        assert server.read("/2/3").code_text == "4.04"
