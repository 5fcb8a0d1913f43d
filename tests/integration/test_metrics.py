# SPDX-License-Identifier: Apache-2.0
"""What is counted, as D-Bus shows it (interface.md, section 3)."""
import os

from harness import COAP, HASTY_COAP, MANAGER, NAME, factory_server, psk, settings
from lwm2m_peer import TEXT, finish, security, server_object, write

OF_SERVER = ["Registrations", "Updates", "Deregistrations", "Handshakes", "HandshakeFailures",
             "RequestsReceived", "ResponsesSent", "Notifications", "Sends", "Retransmissions",
             "DatagramsReceived", "DatagramsSent", "BytesReceived", "BytesSent"]
OF_MANAGER = [*OF_SERVER, "BootstrapAttempts", "BootstrapFailures", "Bootstraps", "StorageWrites",
              "StorageFailures"]
IDENTITY, KEY = "my-device", "000102030405060708090a0b0c0d0e0f"


def counters(daemon, ssid=None):
    """Those of the Manager, or of one server; those that are not 0."""
    everything = daemon.get("Counters") if ssid is None else daemon.get_server(ssid, "Counters")
    assert list(everything) == (OF_MANAGER if ssid is None else OF_SERVER)
    return {name: value for name, value in everything.items() if value}


def seen(server):
    """The same as the server has seen it: {counter: value} of datagrams, without those that are empty."""
    with server.condition:
        came = [each for each in server.records if not each.outgoing]
        went = [each for each in server.records if each.outgoing and each.message.code]
    return {"DatagramsSent": len(came), "BytesSent": sum(len(each.data) for each in came),
            "DatagramsReceived": len(went), "BytesReceived": sum(len(each.data) for each in went)}


def without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


def test_a_session_as_the_server_sees_it(daemon, server, peers):
    """Each operation counts once, each datagram with its bytes; the Manager has the sum of one server."""
    bootstrap = peers.bootstrap([write("/0/1", security(server.uri, 1)),
                                 write("/1/0", server_object(1) | {23: False}), finish()])
    daemon.start(settings(bootstrap.uri))
    registration = server.wait_registration()
    daemon.wait_server(1, "State", "registered")
    assert counters(daemon, 1) == {"Registrations": 1, **seen(server)}
    daemon.call_server(1, "Update")
    server.wait_update(registration)
    daemon.wait_server(1, "State", "registered")
    assert server.read("/1/0/1").code_text == "2.05"
    assert server.read("/1/0/9999").code_text == "4.04"
    observation = server.observe("/1/0/1")
    assert server.write("/1/0/1", b"200", cf=TEXT).code_text == "2.04"
    observation.wait(1)
    daemon.call("Send", "asa{sv}", (["/1/0/1"], {}), f"{MANAGER}/server/1", NAME + ".Server")
    expected = {"Registrations": 1, "Updates": 2, "RequestsReceived": 4, "ResponsesSent": 4,
                "Notifications": 1, "Sends": 1, **seen(server)}
    assert counters(daemon, 1) == expected      # 2: the lifetime that was written is in another one
    assert without(counters(daemon), "StorageWrites") == {
        **expected, "BootstrapAttempts": 1, "Bootstraps": 1}
    daemon.call_server(1, "Disable", "u", (600,))
    server.wait_deregistered(registration)
    assert counters(daemon, 1)["Deregistrations"] == 1
    assert counters(daemon, 1)["BytesSent"] == seen(server)["BytesSent"]


def test_nothing_falls(daemon, server, other):
    """A Restart keeps what was counted, and the sums have what a server that is gone has counted."""
    config = settings(servers=[factory_server(server.uri, 1), factory_server(other.uri, 2)])
    daemon.start(config)
    for ssid, each in (1, server), (2, other):
        each.wait_registration()
        daemon.wait_server(ssid, "State", "registered")
    before = counters(daemon)
    assert before["Registrations"] == 2
    daemon.call("Restart")
    other.wait_registration(2)
    daemon.wait_status("registered", number=2)
    daemon.wait_server(2, "State", "registered")
    assert counters(daemon, 2)["Registrations"] == 2 and "Deregistrations" not in counters(daemon, 2)
    gone = counters(daemon, 2)
    del config["servers"][1]
    daemon.configure(config)
    daemon.call("Reload")
    server.wait_registration(3)
    daemon.wait_status("registered", number=3)
    after = counters(daemon)
    assert {"/org/lwm2m/Client1/server/1"} == {path for path in daemon.managed_objects() if "server" in path}
    assert after["Registrations"] == 5
    assert all(after[name] >= before[name] for name in before)
    assert after["BytesSent"] > counters(daemon, 1)["BytesSent"] + gone["BytesSent"]    # and its De-register


def test_handshakes_and_those_that_fail(daemon, server, peers):
    front = peers.terminator(server.port, IDENTITY, KEY)
    wrong = peers.terminator(server.port, "another", KEY)
    entries = [factory_server(front.uri, 1), factory_server(wrong.uri, 2)]
    for entry in entries:
        entry.update(psk(entry["uri"], IDENTITY, KEY))
    daemon.start(settings(servers=entries, coap=HASTY_COAP))
    server.wait_registration()
    daemon.wait_server(1, "State", "registered")
    daemon.wait_server(2, "State", "failed")
    one, two, both = counters(daemon, 1), counters(daemon, 2), counters(daemon)
    assert one["Handshakes"] == 1 and "HandshakeFailures" not in one
    assert two["HandshakeFailures"] >= 1 and "Handshakes" not in two
    assert both == {name: one.get(name, 0) + two.get(name, 0) for name in {**one, **two}} | {
        "StorageWrites": both["StorageWrites"]}


def test_bootstraps_and_storage(daemon, peers, server, bootstrap):
    """Attempts, failures and files of the state directory, what could not be written among them."""
    daemon.start(settings(peers.black_hole().uri, coap=HASTY_COAP, retry_count=1, retry_delay="1s",
                          jitter="0%"))
    daemon.wait_status("failure")
    assert without(counters(daemon), "StorageWrites") == {"BootstrapAttempts": 2, "BootstrapFailures": 2}
    daemon.configure(settings(bootstrap.uri))
    daemon.call("Reload")
    daemon.wait_status("registered")
    seen_before = counters(daemon)
    assert (seen_before["Bootstraps"], seen_before["BootstrapAttempts"]) == (1, 3)
    current = os.path.join(daemon.state_directory, "current")
    os.rename(current, current + ".kept")
    os.makedirs(os.path.join(current, "in-the-way"))
    assert server.write("/1/0/5", b"61").code_text == "2.04"
    daemon.wait_property("LastError", lambda error: error[0] == "StorageFailed")
    assert counters(daemon)["StorageFailures"] == 1
    assert counters(daemon)["StorageWrites"] == seen_before["StorageWrites"]
    os.rmdir(os.path.join(current, "in-the-way"))
    os.rmdir(current)
    assert server.write("/1/0/5", b"62").code_text == "2.04"
    daemon.wait_property("LastError", ("", ""))
    assert counters(daemon)["StorageWrites"] > seen_before["StorageWrites"]


def test_retransmissions_are_those_that_came(daemon, server):
    """What libcoap sends again is counted, for a request and a notification, and giving up is none."""
    lost = []

    def lose(record):
        lost.append(record)
        return False

    daemon.start(settings(servers=[factory_server(server.uri)], coap={**COAP, "max_retransmit": 2}))
    registration = server.wait_registration()
    daemon.wait_server(1, "State", "registered")
    daemon.call_server(1, "Update")
    server.wait_update(registration)
    daemon.wait_server(1, "State", "registered")
    assert "Retransmissions" not in counters(daemon, 1)
    server.on_incoming = lose
    daemon.call_server(1, "Update")
    server.wait(lambda: len(lost) == 2, 10, "first retransmission")
    server.on_incoming = None
    server.wait_update(registration, 2)
    daemon.wait_server(1, "State", "registered")
    assert counters(daemon, 1)["Retransmissions"] == 2
    lost.clear()
    server.on_incoming = lose
    daemon.call_server(1, "Update")
    daemon.wait_server(1, "LastError", lambda error: error[0] == "Timeout")
    assert counters(daemon, 1)["Retransmissions"] == 4
    repeated = [each.data for each in lost if each.data == lost[0].data]
    assert len(repeated) == 3
