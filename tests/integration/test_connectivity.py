# SPDX-License-Identifier: Apache-2.0
"""Connectivity Monitoring (/4) and Connectivity Statistics (/7), as a server sees them."""
import signal
import time

from credentials import Psk
from harness import OWN_OBJECTS, factory_server, poll, settings
from lwm2m_peer import (DELETE, GET, POST, PUT, TEXT, TLV, account, delete, discover, finish, links, read,
                        tlv_decode, write)
from netns import DEVICE, GATEWAY, GATEWAY6, OTHER_DEVICE, SERVER, network  # noqa: F401
from oma import versions

BEARER, AVAILABLE, SIGNAL, ADDRESSES, ROUTERS = 0, 1, 2, 4, 5
SENT, RECEIVED, LARGEST, AVERAGE, START, STOP, PERIOD = 2, 3, 4, 5, 6, 7, 8
ETHERNET = b"\x29"      # 41
HEADERS = 20 + 8        # bytes of IPv4 and UDP


def texts(values):
    return [values[number].decode() for number in sorted(values)]


def monitored(server):
    return tlv_decode(server.read("/4/0", accept=TLV).payload)


def codes(server, *operations):
    return [server.operation(*operation[:2], **(operation[2] if len(operation) > 2 else {})).code_text
            for operation in operations]


def value(payload):
    return {"cf": TEXT, "payload": payload}


# --- Connectivity Monitoring ---------------------------------------------------------------------------


def test_network_and_its_changes(network, daemon, peers):
    far = peers.server(host=SERVER)
    network.connect()
    daemon.wrapper = network.wrapper
    daemon.start(settings(servers=[factory_server(far.uri)]))
    assert far.wait_registration().objects == ["</1/0>", "</2>", *OWN_OBJECTS]
    poll(lambda: ADDRESSES in monitored(far) and texts(monitored(far)[ADDRESSES])[0] == DEVICE)
    values = monitored(far)
    assert (values[BEARER], values[AVAILABLE], values[SIGNAL]) == (ETHERNET, {0: ETHERNET}, b"\0")
    assert texts(values[ROUTERS]) == [GATEWAY]
    assert far.read("/4/0/4/0", accept=TEXT).payload.decode() == DEVICE
    addresses, bearer = far.observe("/4/0/4", accept=TLV), far.observe("/4/0/0", accept=TEXT)
    network.device(f"ip address add {OTHER_DEVICE}/24 dev wan")
    told = tlv_decode(addresses.wait().payload)[ADDRESSES]
    assert texts(told)[:2] == [DEVICE, OTHER_DEVICE]
    assert texts(monitored(far)[ADDRESSES])[:2] == [DEVICE, OTHER_DEVICE]
    network.device("ip -6 address add 2001:db8:9::2/64 dev wan nodad")
    network.default_route(ipv6=True)
    poll(lambda: texts(monitored(far)[ROUTERS]) == [GATEWAY, GATEWAY6])
    assert texts(monitored(far)[ADDRESSES])[:3] == [DEVICE, OTHER_DEVICE, "2001:db8:9::2"]
    assert bearer.exists and bearer.count() == 0


def test_key_takes_effect_at_a_reload(daemon, server):
    config = settings(servers=[factory_server(server.uri)])
    daemon.start({**config, "connectivity_monitoring": False})
    registration = server.wait_registration()
    assert registration.objects == ["</1/0>", "</2>", "</3/0>", "</7/0>"]
    assert codes(server, (GET, "/4"), (GET, "/4/0/0"), (PUT, "/4/0/0", value(b"1"))) == ["4.04"] * 3
    daemon.configure(config)
    daemon.call("Reload")
    assert links(server.wait_update(registration).payload) == ["</1/0>", "</2>", *OWN_OBJECTS]
    assert server.read("/4/0/0", accept=TEXT).payload == b"41"
    observation = server.observe("/4/0/0", accept=TEXT)
    daemon.configure({**config, "connectivity_monitoring": False})
    daemon.process.send_signal(signal.SIGHUP)
    assert links(server.wait_update(registration, 2).payload) == ["</1/0>", "</2>", "</3/0>", "</7/0>"]
    assert codes(server, (GET, "/4/0/0")) == ["4.04"]
    assert observation.wait(1).code_text == "4.04"
    daemon.wait_server(1, "Observations", lambda value: value == 0)


def test_nothing_of_it_can_be_changed(registered, server):
    assert codes(server, (PUT, "/4/0/0", value(b"21")), (POST, "/4/0/0"), (POST, "/4"), (DELETE, "/4/0"),
                 (PUT, "/7/0/2", value(b"1")), (POST, "/7"), (DELETE, "/7/0"), (GET, "/7/0/6"),
                 (GET, "/7/0/0"), (GET, "/4/0/3")) == ["4.05"] * 8 + ["4.04"] * 2
    for each, expected in (("/4", ["</4>", "</4/0>", "</4/0/0>"]), ("/7", ["</7>", "</7/0>", "</7/0/2>"])):
        found = [link.split(";")[0] for link in links(server.discover(each).payload)]
        assert found[:3] == expected
        assert {"/4": "</4/0/4>", "/7": "</7/0/8>"}[each] in found


# --- Connectivity Statistics ---------------------------------------------------------------------------


def collected(server):
    """Integers of /7/0, as told in a Read with TLV."""
    return {number: int.from_bytes(each, "big")
            for number, each in tlv_decode(server.read("/7/0", accept=TLV).payload).items()}


def datagrams(server, first):
    """Sizes as IP packets of those that the client has sent, and that it has received, since then."""
    with server.condition:
        records = server.records[first:]
    return ([len(r.data) + HEADERS for r in records if not r.outgoing],
            [len(r.data) + HEADERS for r in records if r.outgoing])


def test_bytes_between_start_and_stop(registered, server):
    """To the byte what the server has seen: all from behind the request of Start to that of Stop."""
    assert collected(server) == {SENT: 0, RECEIVED: 0, LARGEST: 0, AVERAGE: 0, PERIOD: 0}
    first = len(server.records) + 1
    assert server.execute(f"/7/0/{START}").code_text == "2.04"
    for _ in range(20):
        server.read("/3/0")
    assert server.execute(f"/7/0/{STOP}").code_text == "2.04"
    sent, received = datagrams(server, first)
    sent = sent[:-1]    # the answer to Stop
    size = sum(sent) + sum(received)
    expected = {SENT: round(sum(sent) / 1000), RECEIVED: round(sum(received) / 1000),
                LARGEST: max(sent + received), AVERAGE: size // len(sent + received), PERIOD: 0}
    assert expected[SENT] >= 2 and expected[RECEIVED] >= 1
    assert collected(server) == expected
    server.read("/3/0")
    assert collected(server) == expected
    assert server.execute(f"/7/0/{START}").code_text == "2.04"
    again = collected(server)
    assert again[SENT] == 0 and again[LARGEST] < expected[LARGEST]


def test_bytes_of_sessions_that_have_ended(daemon, server):
    """One that failed, and one that was closed."""
    retry = {"retry_count": 5, "retry_timer": "1s", "sequence_retry_count": 1}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    server.wait_registration()
    daemon.wait_property("SubStatus", "idle")
    first = len(server.records) + 1
    assert server.execute(f"/7/0/{START}").code_text == "2.04"
    for number in (2, 3):
        for _ in range(20):
            server.read("/3/0")
        sent, received = datagrams(server, first)
        if number == 2:
            server.silent = True
            daemon.call_server(1, "Update")
            daemon.wait_server(1, "State", "retry-wait")
            server.silent = False
        else:
            daemon.call("Restart")
        server.wait_registration(number)
        daemon.wait_property("SubStatus", "idle")
    values = collected(server)
    assert values[SENT] >= sum(sent) // 1000 and values[RECEIVED] >= sum(received) // 1000
    assert values[LARGEST] >= max(sent + received)


def cbc_record(size):
    """Bytes of the IP packet with the record of what the peer behind the terminator has seen as a packet: a
    header, an IV, and whole blocks of the datagram, 1 to 16 bytes of padding and the MAC of SHA-256
    (RFC 5246 6.2.3.2; as many with RFC 7366)."""
    return HEADERS + 13 + 16 + (size - HEADERS + 1 + 15) // 16 * 16 + 32


def test_bytes_over_dtls(daemon, server, peers):
    """To the byte, too, what goes over the wire: records of a suite that each OpenSSL has by default."""
    front = peers.terminator(server.port, "server-identity", "000102030405060708090a0b0c0d0e0f",
                             "ciphers=PSK-AES128-CBC-SHA256")
    account = Psk("server-identity", "000102030405060708090a0b0c0d0e0f").account(front.uri)
    daemon.start(settings(servers=[factory_server(front.uri) | account]))
    server.wait_registration()
    daemon.wait_property("SubStatus", "idle")
    first = len(server.records) + 1
    assert server.execute(f"/7/0/{START}").code_text == "2.04"
    for _ in range(20):
        server.read("/3/0")
    assert server.execute(f"/7/0/{STOP}").code_text == "2.04"
    sent, received = ([cbc_record(size) for size in each] for each in datagrams(server, first))
    sent = sent[:-1]    # the answer to Stop
    size = sum(sent) + sum(received)
    assert collected(server) == {
        SENT: round(sum(sent) / 1000), RECEIVED: round(sum(received) / 1000),
        LARGEST: max(sent + received), AVERAGE: size // len(sent + received), PERIOD: 0}


def test_observed_statistics_do_not_feed_themselves(registered, server):
    """A notification is traffic, and no reason for the next one; Stop is one."""
    assert server.execute(f"/7/0/{START}").code_text == "2.04"
    observation = server.observe(f"/7/0/{SENT}", accept=TEXT)
    assert observation.exists and observation.answer.payload == b"0"
    for _ in range(20):
        server.read("/3/0")
    assert collected(server)[SENT] >= 2 and observation.count() == 0
    assert server.execute(f"/7/0/{STOP}").code_text == "2.04"
    assert int(observation.wait().payload) == collected(server)[SENT]
    assert observation.count() == 1


def test_collection_period(registered, server):
    assert codes(server, (PUT, f"/7/0/{PERIOD}", value(b"-1"))) == ["4.00"]
    assert codes(server, (PUT, f"/7/0/{PERIOD}", value(b"1")), (POST, f"/7/0/{START}")) == ["2.04"] * 2
    for _ in range(10):
        server.read("/3/0")
    time.sleep(1.2)     # nobody tells a server that does not observe
    before = collected(server)
    assert before[SENT] >= 1 and before[PERIOD] == 1
    for _ in range(10):
        server.read("/3/0")
    assert collected(server) == before
    assert codes(server, (PUT, "/7/0", {"cf": TLV, "payload": b"\xc1\x08\x07"})) == ["2.04"]
    assert collected(server)[PERIOD] == 7


# --- OMA's cases ---------------------------------------------------------------------------------------


@versions()
def test_1_1_int_701_read_of_connectivity_monitoring(bench):
    bench.register()
    values = monitored(bench.server)
    assert values.keys() >= {BEARER, AVAILABLE, SIGNAL, ADDRESSES}
    assert values[BEARER] in values[AVAILABLE].values() and values[ADDRESSES]


@versions()
def test_1_1_int_901_read_of_connectivity_statistics(bench):
    """Start, Read, Stop, Read."""
    bench.register()
    assert codes(bench.server, (POST, f"/7/0/{START}")) == ["2.04"]
    for _ in range(10):
        bench.server.read("/3/0")
    values = collected(bench.server)
    assert all(values[number] > 0 for number in (SENT, RECEIVED, LARGEST, AVERAGE))
    assert codes(bench.server, (POST, f"/7/0/{STOP}")) == ["2.04"]
    stopped = collected(bench.server)
    assert all(stopped[number] >= values[number] for number in (SENT, RECEIVED, LARGEST))
    assert collected(bench.server) == stopped


@versions()
def test_1_1_int_905_write_of_the_collection_period(bench):
    bench.register()
    assert codes(bench.server, (PUT, f"/7/0/{PERIOD}", value(b"20"))) == ["2.04"]
    assert bench.server.read(f"/7/0/{PERIOD}", accept=TEXT).payload == b"20"


def observed(server, path):
    """Notifications by pmax alone, of a whole Object Instance; the periods are shorter than OMA's."""
    assert server.write_attributes(path, "pmin=1&pmax=2").code_text == "2.04"
    observation = server.observe(path, accept=TLV)
    assert observation.exists
    messages = [observation.answer, observation.wait(1), observation.wait(2)]
    assert 1 <= observation.times[1] - observation.times[0] < 4
    assert observation.cancel().code_text == "2.05"
    return [tlv_decode(message.payload) for message in messages]


@versions()
def test_1_1_int_710_observe_of_connectivity_monitoring(bench):
    bench.register()
    assert all(values.keys() >= {BEARER, AVAILABLE, SIGNAL, ADDRESSES}
               for values in observed(bench.server, "/4/0"))


@versions()
def test_1_1_int_910_observe_of_connectivity_statistics(bench):
    bench.register()
    assert codes(bench.server, (POST, f"/7/0/{START}")) == ["2.04"]
    told = observed(bench.server, "/7/0")
    assert all(values.keys() >= {SENT, RECEIVED, LARGEST, AVERAGE} for values in told)
    assert int.from_bytes(told[2][LARGEST], "big") >= int.from_bytes(told[0][LARGEST], "big") > 0


# --- Bootstrap and Access Control ----------------------------------------------------------------------


def test_bootstrap_server_does_not_change_them(daemon, server, peers):
    bootstrap = peers.bootstrap([
        *account(server.uri), write("/4/0", {0: 21}), write("/7/0/8", {8: 60}), delete("/4"), delete("/4/0"),
        delete("/7/0"), read("/4/0"), discover("/7"), delete("/"), *account(server.uri), finish()])
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    assert result.codes[2:7] == ["2.04", "2.04", "2.02", "4.00", "4.00"]
    assert result.codes[7] == "4.05" and result.codes[9] == "2.02"
    assert server.wait_registration().objects == ["</1/0>", "</2>", *OWN_OBJECTS]
    daemon.wait_log("wrote /4/0, whose values are this client's own: not kept")
    daemon.wait_log("wrote /7/0/8, whose values are this client's own: not kept")
    assert server.read("/4/0/0", accept=TEXT).payload == b"41"
    assert server.read("/7/0/8", accept=TEXT).payload == b"0"


def test_access_control(daemon, server, peers):
    """/4/0 is for server 2 to read, /7/0 for server 2 to start and 1 to read."""
    other = peers.server(name="other LwM2M Server")
    acl = [write("/2/0", {0: 4, 1: 0, 2: {2: 1}, 3: 65535}),
           write("/2/1", {0: 7, 1: 0, 2: {1: 1, 2: 4}, 3: 65535})]
    bootstrap = peers.bootstrap([*account(server.uri), *account(other.uri, 2, 2, 1), *acl, finish()])
    daemon.start(settings(bootstrap.uri))
    for each in (server, other):
        each.wait_registration()
    operations = ((GET, "/4/0/0"), (GET, "/4/0"), (GET, "/7/0"), (POST, "/7/0/6"),
                  (PUT, "/7/0/8", value(b"5")))
    assert codes(server, *operations) == ["4.01", "4.01", "2.05", "4.01", "4.01"]
    assert codes(other, *operations) == ["2.05", "2.05", "4.01", "2.04", "4.01"]
    assert collected(server)[LARGEST] > 0       # of all servers' sessions
