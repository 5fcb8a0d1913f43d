# SPDX-License-Identifier: Apache-2.0
"""What is published: how much there may be, whose it is, who may what, and what nobody keeps."""
import os

import pytest

from coap_message import POST
from gateway import BENCH, PLAIN, Gateway
from harness import factory_server, settings
from lwm2m_peer import TLV, access, account, finish, senml_cbor_decode, tlv_instance
from publisher import ERROR, NEW, error_of
from system_services import Error

R, W, E, D = 1, 2, 4, 8
PATH = f"/{BENCH}/0"
VALUES = {0: "bench", 1: 5}


# --- limits --------------------------------------------------------------------------------------------


def test_objects_and_instances(daemon, server, tmp_path, make_publisher):
    """64 Objects, 16 of each publisher, and 64 instances of one, whoever publishes them."""
    numbers = range(43000, 43064)
    gateway = Gateway(daemon, server, tmp_path / "objects", numbers=numbers)
    publishers = [make_publisher() for _ in range(5)]
    for i, number in enumerate(numbers):
        publishers[i // 16].publish(number, 0, {0: number})
    last = publishers[-1]
    for call in (last.publish_object, lambda number: last.publish(number, NEW, {0: 1})):
        name, text = error_of(call, PLAIN)
        assert name == "LimitExceeded" and str(PLAIN) in text
    full = numbers[0]
    for instance in range(1, 64):
        assert publishers[-(instance % 2)].publish(full, NEW, {0: instance}) == instance
    for instance in (NEW, 64):
        name, text = error_of(last.publish, full, instance, {0: 1})
        assert name == "LimitExceeded" and f"/{full}/64" in text
    assert len(gateway.read(f"/{full}")) == 64
    last.withdraw(full, 5)
    assert publishers[0].publish(full, NEW, {0: 500}) == 5
    publishers[0].close()           # with what has been the first one's there is room for others
    gateway.wait_announced(f"</{full}/7>", absent=[f"</{full}/0>", f"</{full}/5>", f"</{numbers[1]}/0>"])
    last.publish(PLAIN, 0, {0: 1})


def test_values_of_all_publishers(gateway, make_publisher):
    """1 MiB: four names may hold 256 KiB each, and what nobody has room for changes nothing."""
    *publishers, late = [make_publisher() for _ in range(5)]
    late.publish(BENCH, 60, {0: ""})
    for i, publisher in enumerate(publishers):
        for instance in range(4 * i, 4 * i + 4):
            publisher.publish(BENCH, instance, {0: "", 4: bytes(65500)})
    assert error_of(late.publish, BENCH, 61, {0: "", 4: bytes(900)})[0] == "LimitExceeded"
    assert error_of(late.set, {f"/{BENCH}/60/4": bytes(900), f"/{BENCH}/60/1": 1})[0] == "LimitExceeded"
    assert late.get(f"/{BENCH}/60") == {f"/{BENCH}/60/0": ""}
    assert gateway.server.write(f"/{BENCH}/60", tlv_instance({4: bytes(900)}), TLV, POST).code_text == "4.00"
    assert error_of(late.publish, BENCH, 61, {0: "", 4: bytes(65537)})[0] == "LimitExceeded"
    publishers[0].withdraw(BENCH)
    late.set({f"/{BENCH}/60/4": bytes(900)})


@pytest.mark.limit(120)
def test_as_much_as_there_may_be(daemon, server, tmp_path, make_publisher):
    """64 Objects with 64 instances each are announced, by an Update and a Register, shown and read."""
    numbers = range(43000, 43064)
    gateway = Gateway(daemon, server, tmp_path / "objects", numbers=numbers)
    publishers = [make_publisher() for _ in range(4)]
    links = []
    for i, number in enumerate(numbers):
        for instance in range(65534, 65534 - 64, -1):
            publishers[i // 16].publish(number, instance, {0: i})
            links.append(f"</{number}/{instance}>")
    gateway.wait_announced(*links, timeout=30)
    daemon.call("Restart")
    assert set(links) < set(server.wait_registration(2).objects)
    assert {number: len(instances) for number, instances in publishers[0].objects().items()
            if number in numbers} == dict.fromkeys(numbers, 64)
    assert len(publishers[0].get(*[f"/{number}" for number in numbers])) == 64 * 64
    daemon.wait_status("registered")
    assert set(gateway.read(f"/{numbers[-1]}").values()) == {63}


# --- whose it is ---------------------------------------------------------------------------------------


def test_withdraw(gateway, publisher, make_publisher):
    """65535 is all of the caller's and the Object; what is nobody's or somebody else's is NotPublisher."""
    other = make_publisher()
    for object_id in (BENCH, 42999, 3):
        assert error_of(publisher.withdraw, object_id)[0] == "NotPublisher"
    publisher.publish_object(BENCH)
    assert error_of(publisher.withdraw, BENCH, 0)[0] == "NotPublisher"
    assert error_of(other.withdraw, BENCH)[0] == "NotPublisher"
    publisher.withdraw(BENCH)       # the Object alone
    assert BENCH not in publisher.objects()
    assert error_of(publisher.withdraw, BENCH)[0] == "NotPublisher"
    publisher.publish_object(BENCH, handler=False)
    assert publisher.objects()[BENCH] == []
    assert gateway.server.create(BENCH, tlv_instance({1: 1})).code_text == "4.05"


def files(folder):
    found = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            found[name] = (os.stat(path).st_ino, os.stat(path).st_mtime_ns, file.read())
    return found


def test_what_a_server_writes_goes_with_the_publisher(gateway, publisher, make_publisher):
    """And none of it reaches the state directory: values, instances that a server creates, definitions."""
    server, folder = gateway.server, gateway.daemon.state_directory
    before = files(folder)
    publisher.publish_object(BENCH)
    publisher.publish(BENCH, 0, VALUES)
    assert server.write(PATH, tlv_instance({2: 3.5, 9: "hush", 8: {1: "a"}}), TLV, POST).code_text == "2.04"
    publisher.answers["Create"] = {0: "created"}
    assert server.create(BENCH, tlv_instance({1: 4})).code_text == "2.01"
    assert server.delete(f"/{BENCH}/1").code_text == "2.02"
    assert files(folder) == before
    publisher.close()
    gateway.wait_announced(absent=[f"</{BENCH}>", f"</{BENCH}/0>"])
    make_publisher().publish(BENCH, 0, VALUES)
    assert gateway.read(PATH) == {f"{PATH}/0": "bench", f"{PATH}/1": 5}
    assert files(folder) == before


def test_connectivity_monitoring_of_another_service(daemon, server, tmp_path, make_publisher):
    """Where the daemon serves none; its own one waits until there is room."""
    folder = tmp_path / "objects"
    folder.mkdir()
    for number in (4, 7):
        (folder / f"{number}.yaml").write_text(
            f"object: {number}\nname: Link\nresources:\n"
            "  2: {name: Strength, operations: R, type: integer, mandatory: true}\n")
    config = settings(servers=[factory_server(server.uri)])
    gateway = Gateway(daemon, server, folder, config=config | {"connectivity_monitoring": False})
    publisher = make_publisher()
    publisher.publish(4, 0, {2: -77})
    gateway.wait_announced("</4/0>")
    assert gateway.read("/4") == {"/4/0/2": -77}
    assert error_of(publisher.publish, 7, NEW, {2: 1})[0] == "InvalidValue"
    assert error_of(publisher.publish_object, 7) == ("InvalidValue", "/7 is served by the client itself.")
    daemon.configure(config)
    daemon.call("Reload")
    daemon.wait_event("OBJECT_NOT_SERVED", "object /4 cannot be set up: another program publishes it")
    assert gateway.read("/4") == {"/4/0/2": -77}
    publisher.close()
    daemon.wait_event("OBJECT_SERVED", "object /4 is set up by now")
    assert gateway.read("/4/0/2") == {"/4/0/2": 0}
    assert server.read("/4/0/0").code_text == "2.05"


def test_definition_is_read_when_it_is_needed(gateway, publisher, tmp_path):
    """Neither at the start nor while it is used; what is wrong with it is told with its place."""
    file = tmp_path / "objects" / "43999.yaml"
    good = "object: 43999\nname: Late\nresources: {0: {name: V, operations: R, type: integer}}\n"
    assert error_of(publisher.publish, 43999, 0, {0: 1})[0] == "UnknownObject"
    file.write_text(good.replace("integer", "number"))
    name, text = error_of(publisher.publish, 43999, 0, {0: 1})
    assert name == "UnknownObject" and f"{file}:3:" in text
    file.write_text(good)
    publisher.publish(43999, 0, {0: 1})
    file.write_text(good.replace("integer", "string"))
    publisher.set({"/43999/0/0": 2})
    assert gateway.read("/43999/0/0") == {"/43999/0/0": 2}
    publisher.withdraw(43999)
    publisher.publish(43999, 0, {0: "two"})
    assert gateway.read("/43999/0/0") == {"/43999/0/0": "two"}


def test_send(gateway, publisher):
    """What is published is sent as anything else, without what servers may not read."""
    publisher.publish(BENCH, 0, VALUES)
    assert gateway.server.write(f"{PATH}/9", b"hush").code_text == "2.04"
    assert gateway.server.write("/1/0/23", b"0").code_text == "2.04"
    gateway.daemon.call_server(1, "Send", "asa{sv}", ([PATH], {}))
    assert senml_cbor_decode(gateway.server.sends[0].payload) == {f"{PATH}/0": "bench", f"{PATH}/1": 5}


def test_handler_that_does_it_itself(daemon, server, tmp_path, make_publisher):
    """Takes the instance away, or sets what it is asked for, and then accepts: so it has been done."""
    gateway, publisher = Gateway(daemon, server, tmp_path / "objects", "1.2"), make_publisher()

    def withdraw(call):
        publisher.withdraw(call.arguments[0])       # and with the last one of it the Object
    publisher.answers = dict.fromkeys(("Delete", "Execute", "Write"), withdraw)
    for request, code in (
            (lambda: server.delete(PATH), "2.02"), (lambda: server.execute(f"{PATH}/10"), "2.04"),
            (lambda: server.write(f"{PATH}/1", b"7"), "2.04"),
            (lambda: server.write(PATH, tlv_instance({1: 7}), TLV), "2.04")):
        publisher.publish_object(BENCH)
        publisher.publish(BENCH, 0, VALUES, handler=True)
        assert request().code_text == code
        assert server.read(PATH).code_text == "4.04"
    publisher.answers = {"Write": lambda call: publisher.set(
        {f"{PATH}/{number}": value for number, value in publisher.asked()[-1][3].items()})}
    publisher.publish(BENCH, 0, VALUES | {8: {0: "a", 3: "b"}}, handler=True)
    assert server.delete(f"{PATH}/8/3").code_text == "2.02"
    assert server.write(f"{PATH}/1", b"7").code_text == "2.04"
    assert gateway.read(PATH) == {f"{PATH}/0": "bench", f"{PATH}/1": 7, f"{PATH}/8/0": "a"}


# --- who may what --------------------------------------------------------------------------------------


def test_rights_to_execute_delete_and_create(daemon, server, peers, tmp_path, make_publisher):
    """Without `acl` R, W and E for each server; who may create the handler says, which hears who asks."""
    other = peers.server(name="other LwM2M Server")
    bootstrap = peers.bootstrap([
        *account(server.uri), *account(other.uri, 2, 2, 1), access(0, "/1/0", 1), access(1, "/1/1", 2),
        access(2, "/3/0", 65535, s0=R), finish()])
    Gateway(daemon, server, tmp_path / "objects", config=settings(bootstrap.uri))
    other.wait_registration()
    daemon.wait_server(2, "State", "registered")
    publisher = make_publisher()
    for acl in ({1: 32}, {65535: R}):
        assert error_of(publisher.publish, BENCH, 9, VALUES, acl=acl)[0] == "InvalidValue"
    acl = dict.fromkeys(range(1, 66), R)
    assert error_of(publisher.publish, BENCH, 9, VALUES, acl=acl)[0] == "LimitExceeded"
    publisher.publish_object(BENCH)
    publisher.publish(BENCH, 0, VALUES, handler=True)
    publisher.publish(BENCH, 1, VALUES, handler=True, acl={0: R | E, 1: E, 2: D})

    def codes(instance):
        path = f"/{BENCH}/{instance}"
        return [(peer.execute(f"{path}/10").code_text, peer.delete(path).code_text)
                for peer in (server, other)]
    assert codes(0) == [("2.04", "4.01"), ("2.04", "4.01")]
    assert codes(1) == [("2.04", "4.01"), ("4.01", "2.02")]
    assert publisher.asked() == [("Execute", BENCH, 0, 10, "", 1), ("Execute", BENCH, 0, 10, "", 2),
                                 ("Execute", BENCH, 1, 10, "", 1), ("Delete", BENCH, 1, 2)]
    publisher.answers["Create"] = [Error(ERROR + "Unauthorized", "not for you"), {0: "x"}]
    response = server.create(BENCH, tlv_instance({1: 1}))
    assert (response.code_text, response.text) == ("4.01", "not for you")
    assert other.create(BENCH, tlv_instance({1: 1})).location == [str(BENCH), "1"]
    assert publisher.asked()[-2:] == [("Create", BENCH, 1, {1: 1}, 1), ("Create", BENCH, 1, {1: 1}, 2)]
    assert [peer.read(f"/{BENCH}/1").code_text for peer in (server, other)] == ["4.01", "2.05"]


def test_two_handlers_in_one_write(gateway, publisher, make_publisher):
    """They cannot be had to do it all or nothing; with one of them what else is written is."""
    other, server = make_publisher(), gateway.server
    publisher.publish(BENCH, 0, VALUES, handler=True)
    publisher.publish(BENCH, 1, VALUES)
    other.publish(BENCH, 2, VALUES, handler=True)
    assert server.write_composite({f"{PATH}/1": 9, f"/{BENCH}/2/1": 9}).code_text == "4.05"
    assert publisher.asked() == other.asked() == []
    others = {f"/{BENCH}/1/1": 9, "/1/0/1": 200}
    assert server.write_composite({f"{PATH}/1": 9} | others).code_text == "2.04"
    other.answers["Write"] = Error(ERROR + "NotAcceptable", "no")
    refused = server.write_composite({f"/{BENCH}/2/1": 10, f"/{BENCH}/1/1": 10, "/1/0/1": 201})
    assert (refused.code_text, refused.text) == ("4.06", "no")
    assert gateway.read_composite(f"{PATH}/1", f"/{BENCH}/2/1", *others) == {
        f"{PATH}/1": 9, f"/{BENCH}/2/1": 5} | others
    assert publisher.asked() == [("Write", BENCH, 0, {1: 9}, False, 1)]
    assert other.asked() == [("Write", BENCH, 2, {1: 10}, False, 1)]
