# SPDX-License-Identifier: Apache-2.0
"""What outlives its moment: an answer that is on its way, a session after its Finish, a dead socket; and the
trace of every message."""
import re
import time

import pytest

from dtls_peer import Passed
from harness import COAP, ENDPOINT, HASTY_COAP, factory_server, psk, settings
from lwm2m_peer import (BLOCK1, CREATED, POST, PUT, SILENCE, TEXT, Answer, LwM2MServer, NoAnswer, Type,
                        account, closed_port, code, delete, finish, tlv_resource)


def deregistered(server):
    return [each for each in server.registrations if each.deregistered]


@pytest.mark.parametrize("separate", [None, Type.CON])
def test_sigterm_while_a_2_01_is_on_its_way(daemon, peers, separate):
    """The 1 s of the orderly stop is used: nothing stays behind at the server."""
    server = peers.server(answers=[Answer(CREATED, separate=separate, delay=0.6)])
    daemon.start(settings(servers=[factory_server(server.uri)]))
    server.wait_request(POST, "/rd")
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < 1.5
    assert len(server.registrations) == len(deregistered(server)) == 1


@pytest.mark.parametrize("answer, limit", [(SILENCE, 2.0), (Answer(code("4.03"), delay=0.2), 0.8)])
def test_sigterm_while_no_2_01_comes(daemon, peers, answer, limit):
    server = peers.server(answer=answer)
    daemon.start(settings(servers=[factory_server(server.uri)]))
    server.wait_request(POST, "/rd")
    began = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - began < limit


def test_sigterm_between_two_blocks_of_register(daemon, peers):
    server = peers.server(answers=[Answer(CREATED, delay=0.3)])
    config = settings(servers=[factory_server(server.uri, number) for number in (1, 2)])
    config["coap"]["block_size"] = 16
    daemon.start(config)
    server.wait_for(lambda message: message.is_request and message.block(BLOCK1).num == 1)
    assert daemon.stop() == 0
    assert len(server.registrations) == len(deregistered(server)) == 2


def test_reset_while_a_2_01_is_on_its_way(daemon, peers):
    server = peers.server(answers=[Answer(CREATED, delay=0.6)])
    daemon.start(settings(servers=[factory_server(server.uri)]))
    first = server.wait_request(POST, "/rd")
    daemon.call("Reset")
    server.wait_registration(2)
    late = server.wait(lambda: next((r for r in server.registrations
                                     if r.session.address == first.address), None), 5, "the late 2.01")
    server.wait_deregistered(late)


def test_finish_with_a_new_message_id_is_answered_as_the_first(registered, bootstrap):
    """While the old session lingers; nothing else is taken there, and nothing happens."""
    run = bootstrap.wait_run()
    for _ in range(2):
        assert bootstrap.request(run.session, POST, "/bs").code_text == "2.04"
    assert bootstrap.request(run.session, PUT, "/1/0", cf=11542,
                             payload=tlv_resource(0, 1)).code_text == "4.00"
    assert registered.status == "registered" and len(registered.changes) == 4


@pytest.mark.limit(90)
def test_fifth_lingering_session_drops_the_oldest(registered, bootstrap):
    for number in range(2, 6):
        registered.bootstrap()
        bootstrap.wait_run(number)
        registered.wait_status("registered", number=number)
    sessions = [run.session for run in bootstrap.runs]
    assert len({session.address for session in sessions}) == 5
    with pytest.raises(NoAnswer):
        bootstrap.request(sessions[0], POST, "/bs", timeout=1.0)
    for session in sessions[1:]:
        assert bootstrap.request(session, POST, "/bs").code_text == "2.04"


def test_update_that_meets_icmp_says_so(daemon):
    server = LwM2MServer()
    daemon.start(settings(servers=[factory_server(server.uri)], coap=COAP))
    daemon.wait_status("registered")
    server.close()
    daemon.call_server(1, "Update")
    line = daemon.await_(lambda: next((line for line in daemon.lines if "Update failed" in line), None), 10,
                         "the failed Update")
    assert re.search(r"\bRefused: .*ICMP port unreachable", line) and "firewall" not in line


MESSAGE = re.compile(r"CoAP 127\.0\.0\.1:(\d+) (<-|->) (CON|NON|ACK) (\S+) (/\S*)((?:, format \d+)?)"
                     r", (\d+) bytes(?:, (\d+\.\d) ms)?$")


def test_debug_level_traces_every_message_in_one_line(daemon, server, bootstrap):
    bootstrap.script = [delete("/"), *account(server.uri, identity=b"secret-identity", key=b"secret-key"),
                        finish()]
    daemon.start(settings(bootstrap.uri), arguments=["--log-level=debug"])
    registration = server.wait_registration()
    daemon.wait_status("registered")
    server.write("/1/0/1", b"250")
    server.wait_update(registration)
    server.read("/1/0/1", accept=TEXT, type=Type.NON)
    assert daemon.stop() == 0
    found = [MESSAGE.search(line) for line in daemon.lines if "CoAP 127" in line and " empty" not in line]
    assert all(found), daemon.lines
    seen = [match.group(2, 3, 4, 5, 6) for match in found]
    location = "/" + "/".join(registration.location)
    for wanted in [
            ("->", "CON", "POST", "/bs", ""), ("<-", "ACK", "2.04", "/bs", ""),
            ("<-", "CON", "DELETE", "/", ""), ("->", "ACK", "2.02", "/", ""),
            ("<-", "CON", "PUT", "/0/1", ", format 11542"), ("->", "ACK", "2.04", "/0/1", ""),
            ("->", "CON", "POST", "/rd", ", format 40"), ("<-", "ACK", "2.01", "/rd", ""),
            ("<-", "CON", "PUT", "/1/0/1", ", format 0"), ("->", "CON", "POST", location, ""),
            ("<-", "NON", "GET", "/1/0/1", ""), ("->", "NON", "2.05", "/1/0/1", ", format 0"),
            ("->", "CON", "DELETE", location, ""), ("<-", "ACK", "2.02", location, "")]:
        assert wanted in seen, (wanted, seen)
    for match in found:     # an answer has a duration, a request none
        assert (match.group(8) is not None) == match.group(4)[0].isdigit()
    text = "\n".join(daemon.lines)
    assert "secret" not in text and f"ep={ENDPOINT}" not in text


# What libcoap keeps to itself: a datagram, and what the trace has of it.
GARBAGE = "{} bytes that are no CoAP message: {}"
UNSPOKEN = {
    b"": GARBAGE.format(0, "shorter than a header"),
    b"\x40\x01\x12": GARBAGE.format(3, "shorter than a header"),
    b"\x80\x01\x12\x34secret": GARBAGE.format(10, "another version"),
    b"\x49\x01\x12\x34secret-secret": GARBAGE.format(17, "no such token"),
    b"\x44\x01\x12\x34ab": GARBAGE.format(6, "no such token"),
    b"\x40\x01\x12\x34\xbfsecret": GARBAGE.format(11, "a broken option"),
    b"\x40\x01\x12\x34\xb9secret": GARBAGE.format(11, "a broken option"),
    b"\x40\x01\x12\x34\xff": GARBAGE.format(5, "no payload behind its mark"),
    b"\x40\x00\x12\x34\xffsecret": GARBAGE.format(11, "an empty one with a content"),
    bytes(2000): GARBAGE.format(2000, "longer than any"),
    b"\x40\x00\x12\x34": "CON empty",
    b"\x60\x00\x12\x35": "ACK empty",
    b"\x70\x00\x12\x36": "RST empty",
}


def test_debug_level_traces_what_nobody_is_told_of(daemon, server):
    """Empty messages and garbage, with their sender and nothing of what is in them."""
    daemon.start(settings(servers=[factory_server(server.uri)]), arguments=["--log-level=debug"])
    server.wait_registration()
    daemon.wait_status("registered")
    sender = server.uri.removeprefix("coap://")
    told = []
    for datagram, words in UNSPOKEN.items():
        told.append(words)
        server.send_bytes(server.session, datagram)
        daemon.wait_log(rf"^CoAP {sender} <- {words}$", number=told.count(words))
    assert server.read("/1/0/1", accept=TEXT).text == "300"
    entry = next(each for each in daemon.entries if "RST empty" in each["MESSAGE"])
    assert (entry["LWM2M_SHORT_SERVER_ID"], entry["LWM2M_SERVER_URI"]) == ("1", server.uri)
    text = "\n".join(daemon.lines)
    assert "secret" not in text and "libcoap:" not in text      # which would say it again


def test_debug_level_takes_no_icmp_error_away(daemon):
    """The server is found as it is at any other level: the one ICMP error is not lost to the trace."""
    daemon.start(settings(servers=[factory_server(f"coap://127.0.0.1:{closed_port()}")], coap=HASTY_COAP),
                 arguments=["--log-level=debug"])
    daemon.wait_status("failure")
    assert daemon.get("LastError")[0] == "Refused"


def test_debug_level_traces_retransmissions(daemon, peers):
    hole = peers.black_hole()
    daemon.start(settings(servers=[factory_server(hole.uri)]), arguments=["--log-level=debug"])
    daemon.wait_log(rf"^CoAP {hole.uri.removeprefix('coap://')} -> again what is not acknowledged$")


def test_debug_level_traces_the_ends_of_dtls(daemon, server, peers):
    """A handshake that fails, one that does not, garbage in the session, and its end."""
    front = peers.terminator(server.port, "identity", "00" * 16)
    relay = peers.relay(front.port)
    daemon.start(settings(servers=[
        {**factory_server(relay.uri), **psk(relay.uri, "identity", "00" * 16)},
        {**factory_server(front.uri, 2), **psk(front.uri, "stranger", "00" * 16)}]),
                 arguments=["--log-level=debug"])
    daemon.wait_status("registered")
    sender = relay.uri.removeprefix("coaps://")
    daemon.wait_log(rf"^DTLS {sender} handshake complete, cipher suite \S+, \d+ bytes, \d+\.\d ms")
    daemon.wait_log(rf"^DTLS 127.0.0.1:{front.port} handshake failed, by the peer's unknown PSK identity")
    relay.repeat(Passed(False, b"secret", relay.passed[0].client, False))
    daemon.wait_log(rf"^DTLS {sender} <- 6 bytes that are no DTLS record$")
    front.end_sessions()
    daemon.wait_log(rf"^DTLS {sender} session ended, by the peer's close notify, \d+\.\d ms after")
    assert "secret" not in "\n".join(daemon.lines)


def test_info_level_traces_nothing(registered):
    assert not any("CoAP 127" in line for line in registered.lines)
