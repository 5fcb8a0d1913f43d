# SPDX-License-Identifier: Apache-2.0
"""The rules of design.md section 3, each paid for once: one test or more named after each rule."""
import os
import socket
import subprocess
import time

import pytest

from harness import HASTY_COAP, TRANSMIT_WAIT, factory_server, nosec, psk, settings
from lwm2m_peer import (ACK_ONLY, BLOCK1, CONTINUE, GET, POST, PUT, SIZE1, TEXT, TLV, URI_PATH, LwM2MServer,
                        Message, Type, account, code, delete, discover, finish, read, security,
                        server_object, tlv_instance, uint, write)

CLIENT_HELLO = b"\x16\xfe"      # a DTLS handshake record


# --- rule 1: a context and a session for each account, block-wise of our own ---------------------------


def test_rule_1_two_servers_never_mix(daemon, server, peers):
    """Equal Message IDs and tokens from two servers at the same time are two requests."""
    other = peers.server()
    daemon.start(settings(servers=[factory_server(server.uri, 1), factory_server(other.uri, 2)]))
    sessions = [each.wait_registration().session for each in (server, other)]
    answers = []
    for each, session, path in zip((server, other), sessions, ("/1/0/0", "/1/1/0")):
        options = each.message(session, GET, path, accept=TEXT).options
        request = Message(Type.CON, GET, 4711, b"same", options)
        answers.append(each.exchange(session, request).payload)
    assert answers == [b"1", b"2"]


def block_writes(bootstrap, session, path, payload, size=64, options=()):
    count = -(-len(payload) // size)
    return [bootstrap.block_message(session, PUT, path, TLV, payload, num, size, options=options)
            for num in range(count)]


def test_rule_1_4_kib_in_64_byte_blocks_interleaved_with_the_last_block_twice(daemon, server, peers):
    """Two transfers in one session stay apart, and a repeated last block is only answered again."""
    bodies = {path: tlv_instance({0: server.uri, 1: False, 2: 3, 10: ssid, 3: bytes([ssid]) * 4096})
              for path, ssid in (("/0/1", 1), ("/0/2", 2))}

    def script(bootstrap, result):
        transfers = [block_writes(bootstrap, result.session, path, body) for path, body in bodies.items()]
        codes = [[bootstrap.exchange(result.session, message).code_text for message in pair]
                 for pair in zip(*transfers)]
        last = transfers[0][-1]
        again = bootstrap.exchange(result.session, last)
        assert codes == [["2.31"] * 2] * (len(transfers[0]) - 1) + [["2.04"] * 2]
        assert again.code_text == "2.04" and again.first(BLOCK1) == last.first(BLOCK1)
        for step in (write("/1/0", server_object(1)), write("/1/1", server_object(2)), finish()):
            bootstrap.step(result, step)
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "2.04"]
    server.wait_registration(2)


def test_rule_1_size1_of_2_gb_is_too_large(daemon, server, peers):
    """Refused at the first block, before anything is allocated."""
    def script(bootstrap, result):
        message = block_writes(bootstrap, result.session, "/0/1", bytes(128),
                               options=[(SIZE1, uint(2 << 30))])[0]
        result.results.append((discover(), bootstrap.exchange(result.session, message)))
        for step in [*account(server.uri), finish()]:
            bootstrap.step(result, step)
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["4.13", "2.04", "2.04", "2.04"]


def test_rule_1_block_out_of_order_is_incomplete(daemon, server, peers):
    def script(bootstrap, result):
        messages = block_writes(bootstrap, result.session, "/0/1", tlv_instance(security(server.uri, 1)), 16)
        for message in (messages[0], messages[2]):
            result.results.append((discover(), bootstrap.exchange(result.session, message)))
        for step in [*account(server.uri), finish()]:
            bootstrap.step(result, step)
    bootstrap = peers.bootstrap(script)
    daemon.start(settings(bootstrap.uri))
    assert bootstrap.wait_run().codes == ["2.31", "4.08", "2.04", "2.04", "2.04"]


def test_rule_1_body_over_max_body_size_is_too_large(daemon, server, peers):
    config = settings()
    config["coap"]["max_body_size"] = "1KiB"

    def script(bootstrap, result):
        for message in block_writes(bootstrap, result.session, "/0/1", bytes(2048), 512):
            response = bootstrap.exchange(result.session, message)
            if response.code != CONTINUE:
                break
        result.results.append((discover(), response))
        for step in [*account(server.uri), finish()]:
            bootstrap.step(result, step)
    bootstrap = peers.bootstrap(script)
    config["bootstrap"]["server"] = nosec(bootstrap.uri)
    daemon.start(config)
    assert bootstrap.wait_run().codes == ["4.13", "2.04", "2.04", "2.04"]


# --- rule 2: every method and path reaches our own dispatch --------------------------------------------


def test_rule_2_root_and_well_known_core_are_ours(daemon, server, bootstrap):
    """libcoap would answer DELETE of its own accord and list its resources."""
    bootstrap.script = [*account(server.uri), delete("/.well-known/core"), read("/.well-known/core"),
                        delete("/"), read("/1", accept=TLV), *account(server.uri), finish()]
    daemon.start(settings(bootstrap.uri))
    result = bootstrap.wait_run()
    assert result.codes[2].startswith("4.") and result.codes[3].startswith("4.")
    assert result.codes[4:6] == ["2.02", "2.05"] and result.response(5).payload == b""
    server.wait_registration()
    response = server.read("/.well-known/core")
    assert response.code_text == "4.04"


def test_rule_2_path_segments_are_options_not_text(registered, server):
    """'1/0' in one option is one odd segment, no instance."""
    session = server.session
    message = server.message(session, GET, "", accept=TEXT, options=[(URI_PATH, b"1/0"), (URI_PATH, b"1")])
    assert server.exchange(session, message).code_text == "4.04"


# --- rule 3: the loop is woken for DTLS retransmissions ------------------------------------------------


def test_rule_3_client_hello_is_retransmitted_to_a_silent_bound_peer(daemon, peers):
    silent = peers.black_hole()
    config = settings()
    config["bootstrap"]["server"] = psk(f"coaps://127.0.0.1:{silent.port}", "me", "00" * 16)
    daemon.start(config)
    silent.wait(lambda: len(silent.records) >= 2, 5, "second ClientHello")
    hellos = [r for r in silent.records if r.data.startswith(CLIENT_HELLO)]
    assert len(hellos) >= 2 and hellos[0].port == hellos[1].port
    assert 0.7 <= hellos[1].time - hellos[0].time <= 2.0
    daemon.wait_status("failure")
    assert daemon.get("LastError")[0] == "Timeout"


# --- rule 4: nothing is released inside a callback; the 2.04 of Finish is replayed ---------------------


def test_rule_4_lost_answers_to_finish_are_replayed(daemon, server, bootstrap):
    """The first three answers are lost; the repetition still gets its 2.04, beside the registration."""
    lost = []

    def lose(record):
        message = record.message
        finishing = bootstrap.runs and len(bootstrap.runs[0].results) == 2
        if message and message.is_response and finishing and len(lost) < 3:
            lost.append(message)
            return False
        return True
    bootstrap.on_incoming = lose
    bootstrap.script = [*account(server.uri), finish()]
    daemon.start(settings(bootstrap.uri))
    session = bootstrap.sessions[bootstrap.wait_request(POST, "/bs").address]
    bootstrap.wait(lambda: len(bootstrap.runs) == 1 and len(bootstrap.runs[0].results) == 2, 5, "two writes")
    server.wait_registration(timeout=5)     # it does not wait for the server to be content
    bootstrap.wait(lambda: lost, 5, "first answer to Finish")
    message = next(r.message for r in bootstrap.records if r.outgoing and r.message.path == "/bs"
                   and r.message.code == POST)
    for number in (2, 3):
        bootstrap.send(session, message)
        bootstrap.wait(lambda n=number: len(lost) >= n, 5, "replayed answer")
    bootstrap.send(session, message)
    assert bootstrap.wait_run().codes == ["2.04", "2.04", "2.04"]
    assert {m.code_text for m in lost} == {"2.04"} and {m.mid for m in lost} == {message.mid}
    assert len(server.registrations) == 1 and daemon.status == "registered"


def test_rule_4_bootstrap_and_restart_over_and_over_leave_nothing_behind(registered, server, bootstrap):
    """Twenty rounds of sessions made and dropped: the daemon lives and holds few descriptors."""
    folder = f"/proc/{registered.process.pid}/fd"
    before = len(os.listdir(folder))
    for number in range(2, 22):
        registered.call("Restart")
        server.wait_registration(number)
        registered.wait_status("registered", number=number)
    assert len(os.listdir(folder)) <= before + 2


# --- rule 5: a deadline of our own for every exchange --------------------------------------------------


def test_rule_5_empty_ack_and_then_silence_fails_at_the_deadline(daemon, peers):
    bootstrap = peers.bootstrap(answer=ACK_ONLY)
    daemon.start(settings(bootstrap.uri, retry_count=0))
    sent = bootstrap.wait_request(POST, "/bs").time
    daemon.wait_status("failure")
    assert abs(time.monotonic() - sent - TRANSMIT_WAIT) < 0.4
    assert daemon.get("LastError")[0] == "Timeout"
    assert len(bootstrap.bootstrap_requests()) == 1


def test_rule_5_holds_for_register_too(daemon, peers):
    server = peers.server(answer=ACK_ONLY)
    daemon.start(settings(servers=[factory_server(server.uri)], coap=HASTY_COAP))
    daemon.wait_status("failure", timeout=4)
    assert daemon.get("LastError")[0] == "Timeout"


# --- rule 6: de-duplication ----------------------------------------------------------------------------


def test_rule_6_the_same_execute_three_times_is_one_update(registered, server):
    session, registration = server.session, server.registrations[0]
    request = server.message(session, POST, "/1/0/8")
    answers = [server.exchange(session, request) for _ in range(3)]
    assert {(a.code_text, a.mid, a.token) for a in answers} == {("2.04", request.mid, request.token)}
    server.wait_update(registration)
    assert server.write("/1/0/1", b"250").code_text == "2.04"
    server.wait(lambda: registration.updates[-1].query, 10, "the Update that follows the write")
    assert [update.query for update in registration.updates] == [{}, {"lt": "250"}]


def test_rule_6_same_message_id_with_another_content_is_a_new_request(registered, server):
    session = server.session
    first = server.message(session, PUT, "/1/0/2", b"1", TEXT)
    second = Message(Type.CON, PUT, first.mid, first.token, first.options, b"2")
    assert [server.exchange(session, each).code_text for each in (first, second)] == ["2.04", "2.04"]
    assert server.read("/1/0/2", accept=TEXT).payload == b"2"


# --- rule 7: tokens, Message IDs and ports are unpredictable -------------------------------------------


def test_rule_7_port_token_and_message_id_differ_between_attempts(daemon, peers):
    bootstrap = peers.bootstrap(answer=code("5.03"))
    daemon.start(settings(bootstrap.uri, retry_count=2))
    daemon.wait_status("failure")
    records = bootstrap.first_transmissions()
    assert len(records) == 3
    assert len({r.port for r in records}) == len({r.message.token for r in records}) == 3
    assert len({r.message.mid for r in records}) == 3
    assert {len(r.message.token) for r in records} == {8}


def test_rule_7_first_message_id_is_random(make_daemon, bus, peers):
    mids = set()
    for _ in range(3):
        silent = peers.black_hole()
        daemon = make_daemon(bus)
        daemon.start(settings(silent.uri))
        mids.add(silent.wait_request(POST, "/bs").message.mid)
        daemon.stop()
    assert len(mids) == 3


# --- rule 9: names are resolved beside the loop, every address gets its turn ---------------------------


class BlackHoleNameServer:
    """Takes every question and answers none; a resolv.conf of its own needs a mount namespace."""

    def __init__(self, folder):
        self.resolv = os.path.join(folder, "resolv.conf")
        with open(self.resolv, "w", encoding="utf-8") as file:
            file.write("nameserver 127.0.0.153\noptions timeout:30 attempts:3\n")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.153", 53))

    def wrap(self):
        script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", script, self.resolv]

    def close(self):
        self.socket.close()


@pytest.fixture
def name_server(tmp_path):
    try:
        made = BlackHoleNameServer(str(tmp_path))
    except PermissionError:
        pytest.skip("port 53 needs root")
    if subprocess.run([*made.wrap(), "true"], check=False, capture_output=True).returncode != 0:
        made.close()
        pytest.skip("a mount namespace needs root")
    yield made
    made.close()


def test_rule_9_bus_answers_while_the_name_server_is_a_black_hole(daemon, server, name_server):
    daemon.wrapper = name_server.wrap()
    began = time.monotonic()
    daemon.start(settings("coap://bootstrap.example.org", [factory_server(server.uri)]))
    assert time.monotonic() - began < 2
    server.wait_registration()
    daemon.wait_status("registered")
    daemon.bootstrap()
    daemon.wait_property("SubStatus", "resolving")
    for _ in range(5):
        asked = time.monotonic()
        assert daemon.get("SubStatus") == "resolving"
        assert time.monotonic() - asked < 0.1
    assert server.read("/1/0/0", accept=TEXT).payload == b"1"
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 2, "the resolver thread must not delay the stop"


def test_rule_9_localhost_with_a_peer_on_ipv4_only(daemon, server):
    daemon.start(settings(servers=[factory_server(f"coap://localhost:{server.port}")]))
    daemon.wait_status("registered", timeout=3)
    assert daemon.get_server(1, "PeerAddress").startswith("127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_rule_9_literal_addresses_of_both_families(daemon, peers, host):
    server = peers.server(host=host)
    bootstrap = peers.bootstrap([*account(server.uri), finish()], host=host)
    daemon.start(settings(bootstrap.uri))
    daemon.wait_status("registered")
    assert len(server.registrations) == 1


@pytest.mark.parametrize("host", ["[fe80::1%25nope0]", "[2001:db8::1%25lo]"])
def test_rule_9_scope_that_leads_nowhere_is_no_name_that_fails(daemon, host):
    daemon.start(settings(servers=[factory_server(f"coap://{host}")]))
    name, sentence = daemon.wait_property("LastError", lambda error: error[0])
    assert name == "NoRoute" and "no interface " in sentence and "host name" not in sentence


def test_rule_9_every_attempt_resolves_again(daemon, peers):
    """A server that appears between two attempts under the same name is found."""
    with LwM2MServer() as probe:
        port = probe.port
    daemon.start(settings(f"coap://localhost:{port}", coap=HASTY_COAP, retry_count=2))
    daemon.wait_property("SubStatus", "retry-wait")
    server = peers.server()
    peers.bootstrap([*account(server.uri), finish()], port=port)
    daemon.wait_status("registered")
    assert daemon.get("LastError") == ("", "")
