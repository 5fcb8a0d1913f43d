# SPDX-License-Identifier: Apache-2.0
"""The Bootstrap-Pack of LwM2M 1.2: what a Bootstrap Server can do wrong with it."""
import dataclasses
import os

import pytest

from harness import ENDPOINT, HASTY_COAP, HASTY_TRANSMIT_WAIT, START
from lwm2m_peer import (BLOCK2, CONTENT, EMPTY, LINK, LWM2M_CBOR, MAX_AGE, SENML_JSON, SILENCE, TEXT, TLV,
                        Answer, Message, Type, account, code, finish, pack, pack_payload, read, security,
                        senml_cbor, server_object, tlv_object, uint, write)
from packs import PACK_LIFETIME, configuration, given, instances, lifetime, stored


# --- A pack that is of no use --------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    """What answers GET /bspack, and what the journal says of it; the same attempt goes on with POST /bs."""
    pack: object            # a code, an Answer, or a function of the LwM2M Server that gives one
    words: str
    remembered: bool = False
    coap: dict = dataclasses.field(default_factory=lambda: dict(HASTY_COAP))


def without(values, path):
    """A pack in which one Resource is missing."""
    instance, resource = path.rsplit("/", 1)
    return {**values, instance: {i: v for i, v in values[instance].items() if i != int(resource)}}


def answered(text):
    return rf"answered {text} to the Bootstrap-Pack-Request"


LACKS = {text: rf"has no Bootstrap-Pack \({text}\)" for text in ("4.04", "4.05", "5.01")}
EMPTY_PACK = "is refused: it is empty, larger than"
JUNK = os.urandom(3000)
MANY = {f"/1/{i}": {0: i + 1, 1: 60} for i in range(65)}

USELESS = {
    # An error, whether or not the text knows the code for it
    **{text: Row(code(text), words, True) for text, words in LACKS.items()},
    **{text: Row(code(text), answered(text))
       for text in ("4.00", "4.01", "4.03", "4.06", "4.15", "4.29", "5.00", "5.03")},
    "error-with-text": Row(Answer(code("4.00"), b"not today"), answered("4.00") + ": not today"),
    # Success of another kind
    "2.01": Row(code("2.01"), answered("2.01")),
    "2.03": Row(code("2.03"), answered("2.03")),
    "2.04": Row(code("2.04"), answered("2.04")),
    # Not a pack
    "empty": Row(pack(b""), EMPTY_PACK),
    "empty-list": Row(pack(b"\x80"), "is refused: the payload names no path with a value"),
    "no-format": Row(lambda s: pack(pack_payload(given(s)), None), "is refused: Content-Format is missing"),
    "tlv": Row(lambda s: pack(tlv_object({1: security(s.uri, 1)}), TLV), "Content-Format 11542 cannot"),
    "text": Row(pack(b"hello", TEXT), "Content-Format 0 cannot carry several Objects"),
    "links": Row(pack(b"</0/0>", LINK), "Content-Format 40 cannot carry several Objects"),
    "unknown-format": Row(pack(b"\x80", 9999), "Content-Format 9999 cannot carry several Objects"),
    "noise": Row(pack(JUNK[:500]), "is refused: "),
    # Cut
    "cut-in-the-middle": Row(lambda s: pack(pack_payload(given(s))[:-20]), "is refused: the payload is not"),
    "cut-in-the-first-byte": Row(lambda s: pack(pack_payload(given(s))[:1]), "refused: the payload is not"),
    "cut-json": Row(lambda s: pack(pack_payload(given(s), SENML_JSON)[:-1], SENML_JSON), "payload is not"),
    "cut-lwm2m-cbor": Row(lambda s: pack(pack_payload(given(s), LWM2M_CBOR)[:-1], LWM2M_CBOR),
                          "is refused: the payload is not"),
    "bytes-behind-it": Row(lambda s: pack(pack_payload(given(s)) + b"\0"), "is refused: the payload is not"),
    "twice": Row(lambda s: pack(2 * pack_payload(given(s))), "is refused: the payload is not"),
    "larger-than-any-body": Row(lambda s: pack({**given(s), "/0/2": {3: JUNK}}), EMPTY_PACK + " 1024 bytes",
                                coap={**HASTY_COAP, "max_body_size": 1024}),
    # Inconsistent
    "no-lifetime": Row(lambda s: pack(without(given(s), "/1/0/1")), r"refused: /1/0/1 \(Lifetime\)"),
    "no-uri": Row(lambda s: pack(without(given(s), "/0/1/0")), r"refused: /0/1/0 \(LWM2M.*\) is missing"),
    "no-mode": Row(lambda s: pack(without(given(s), "/0/1/2")), r"refused: /0/1/2 \(Security Mode\)"),
    "half-an-account": Row(lambda s: pack({"/0/1": security(s.uri, 5)}),
                           "hold no usable LwM2M Server account"),
    "other-ids": Row(lambda s: pack({"/0/1": security(s.uri, 1), "/1/0": server_object(2)}),
                     "hold no usable LwM2M Server account"),
    "id-twice": Row(lambda s: pack({**given(s), "/0/2": security(s.uri, 1)}), "is taken by /0/1"),
    "id-out-of-range": Row(lambda s: pack({"/0/1": security(s.uri, 65535), "/1/0": server_object(65535)}),
                           "is refused: "),
    "wrong-uri": Row(lambda s: pack({**given(s), "/0/1": security("127.0.0.1", 1)}), "/0/1/0: the URI"),
    "wrong-scheme": Row(lambda s: pack({**given(s), "/0/1": security(s.uri, 1, mode=0, identity=b"i",
                                                                     key=bytes(16))}), "does not fit"),
    "psk-without-key": Row(lambda s: pack({**given(s), "/0/1": {0: s.uri, 1: False, 2: 0, 3: b"i", 10: 1}}),
                           r"/0/1/5 \(Secret Key\) is missing"),
    "two-bootstrap-servers": Row(lambda s: pack({**given(s), "/0/2": security("coap://a", bootstrap=True),
                                                 "/0/3": security("coap://b", bootstrap=True)}),
                                 "two new Bootstrap-Server Accounts"),
    "bootstrap-server-unusable": Row(
        lambda s: pack({**given(s), "/0/2": security("coaps+tcp://a", bootstrap=True, mode=3)}),
        "Bootstrap-Server Account cannot be used"),
    "too-many-instances": Row(lambda s: pack(MANY), "is refused: it holds more than the client can keep"),
    "too-many-values": Row(lambda s: pack({f"/1/{i}": {0: i + 1, 1: 60} for i in range(600)}),
                           "is refused: the payload holds too much"),
    # Wrong values
    "wrong-type": Row(pack(senml_cbor("/", {"1/0/0": "one", "1/0/1": 60})), "not of its Resource's type"),
    "wrong-value": Row(lambda s: pack({**given(s), "/1/0": server_object(1, -60)}), "is refused: /1/0/1: "),
    "wrong-binding": Row(lambda s: pack({**given(s), "/1/0": server_object(1, binding="X")}),
                         "is refused: /1/0/7: "),
    "multiple-for-single": Row(pack(senml_cbor("/", {"1/0/0/0": 1})), "is refused: "),
    "a-value-for-an-instance": Row(pack(senml_cbor("/", {"1/0": 1})), "is refused: "),
    "said-twice": Row(pack(senml_cbor("/", {"1/0/1": 60, "/1/0/1": 70})), "is refused: "),
    # Foreign
    "of-another-kind": Row(pack({"/3303/0": {5700: 21.5}}), "no Object that this client could take"),
    "only-what-is-ours": Row(pack({"/3/0": {0: "Other"}}), "no Object that this client could take"),
    "second-device": Row(lambda s: pack({**given(s), "/3/1": {0: "Other"}}), "/3 is a single-instance"),
    "names-of-others": Row(pack(senml_cbor("urn:dev:ow:10e2073a0108006:", {"temperature": 21.5})),
                           "a name in the payload is outside the path"),
}


@pytest.mark.parametrize("name", USELESS)
def test_useless_pack(daemon, server, peers, name):
    """The Bootstrap-Request follows at once, over the same session, and is no other attempt. Nothing of the
    pack is left behind, in LastError neither."""
    row = USELESS[name]
    answer = row.pack(server) if callable(row.pack) else row.pack
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=answer)
    daemon.start(configuration(bootstrap, coap=row.coap, retry_count=0))
    assert lifetime(server) == 300
    daemon.wait_changes(START)
    daemon.wait_log(row.words)
    daemon.wait_property("SubStatus", "idle")
    asked, = bootstrap.pack_requests()
    posted, = bootstrap.first_transmissions()
    assert asked.address == posted.address and posted.time - asked.time < 1.0
    assert posted.message.query == {"ep": ENDPOINT}
    assert daemon.get("LastError") == ("", "") and daemon.get("Attempt") == 0
    assert stored(daemon)["/1/0/1"] == 300 and instances(daemon) == {"/0/0", "/0/1", "/1/0"}
    # What comes next: the same question, or none any more
    daemon.bootstrap()
    server.wait_registration(2)
    assert len(bootstrap.pack_requests()) == (1 if row.remembered else 2)
    assert len(bootstrap.first_transmissions()) == 2


@pytest.mark.parametrize("name", ["4.00", "no-lifetime", "cut-in-the-middle"])
def test_useless_pack_of_a_known_client(daemon, server, peers, name):
    """It is registered, and stays so over the same session, when the Bootstrap-Request fails too."""
    row = USELESS[name]
    bootstrap = peers.bootstrap(packs=[pack(given(server))], answer=code("4.03"),
                                pack=row.pack(server) if callable(row.pack) else row.pack)
    daemon.start(configuration(bootstrap, retry_count=0))
    registration = server.wait_registration()
    daemon.wait_property("SubStatus", "idle")
    before = stored(daemon)
    daemon.bootstrap()
    daemon.wait_status("registered", number=2)
    name, sentence = daemon.get("LastError")
    assert name == "BootstrapRejected" and "4.03" in sentence and bootstrap.uri in sentence
    assert stored(daemon) == before and registration.active and len(server.registrations) == 1
    assert server.read("/1/0/1", accept=TLV).code_text == "2.05"


@pytest.mark.parametrize("answer, name", [(code("4.03"), "BootstrapRejected"), (SILENCE, "Timeout")])
def test_attempt_that_fails_behind_a_useless_pack(daemon, server, peers, answer, name):
    """LastError is of the Bootstrap-Request, and its sentence names both; the next attempt comes after its
    delay and asks for a pack."""
    bootstrap = peers.bootstrap(pack=pack(without(given(server), "/1/0/1")), answer=answer)
    daemon.start(configuration(bootstrap))
    daemon.wait_property("SubStatus", "retry-wait")
    found, sentence = daemon.get("LastError")
    assert found == name and daemon.get("Attempt") == 1
    assert "Its Bootstrap-Pack had been refused: /1/0/1 (Lifetime)" in sentence, sentence
    bootstrap.pack = pack(given(server))
    assert lifetime(server) == PACK_LIFETIME
    first, second = bootstrap.pack_requests()
    assert first.port != second.port and first.message.token != second.message.token
    assert daemon.get("LastError") == ("", "")


# --- Silence -------------------------------------------------------------------------------------------


def test_silence_to_the_pack_request(daemon, server, peers):
    """It has MAX_TRANSMIT_WAIT, as every request; the Bootstrap-Request follows in the same attempt."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=SILENCE)
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == 300
    daemon.wait_changes(START)
    daemon.wait_event("BOOTSTRAP_PACK_REFUSED",
                      "gave no answer to the Bootstrap-Pack-Request; a Bootstrap-Request follows")
    asked, posted = bootstrap.pack_requests()[0], bootstrap.first_transmissions()[0]
    assert asked.address == posted.address
    assert HASTY_TRANSMIT_WAIT - 0.1 < posted.time - asked.time < HASTY_TRANSMIT_WAIT + 1
    assert daemon.get("LastError") == ("", "")


def test_silence_to_both_requests(daemon, peers):
    """One attempt, with both waits in it."""
    hole = peers.black_hole()
    daemon.start(configuration(hole, retry_count=0))
    daemon.wait_status("failure")
    sent = [record.message for record in hole.received(lambda m: m.is_request)]
    assert [(m.method, m.path) for m in sent] == [("GET", "/bspack"), ("POST", "/bs")]
    assert daemon.get("LastError")[0] == "Timeout" and daemon.get("Attempt") == 1


def test_reset_of_the_pack_request(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=SILENCE)

    def reset(record):
        if record.message.path == "/bspack":
            session = bootstrap.sessions[record.address]
            bootstrap.send(session, Message(Type.RST, EMPTY, record.message.mid))
    bootstrap.on_incoming = reset
    daemon.start(configuration(bootstrap, coap={**HASTY_COAP, "ack_timeout": "20s"}, retry_count=0))
    assert lifetime(server) == 300
    assert bootstrap.pack_requests()[0].address == bootstrap.first_transmissions()[0].address


def test_empty_acknowledgement_and_then_silence(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=Answer(EMPTY))
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == 300


def test_pack_that_comes_late(daemon, server, peers):
    """Behind the Bootstrap-Request it is nothing any more: a Reset."""
    held = []

    def script(bs, run):
        asked, = bs.pack_requests()
        late = pack(given(server))
        bs.send(run.session, Message(Type.CON, CONTENT, run.session.mid(), asked.message.token, late.options,
                                     late.payload))
        held.append(bs.wait_for(lambda m: m.type == Type.RST))
        for step in [*account(server.uri), finish()]:
            bs.step(run, step)
    bootstrap = peers.bootstrap(script, pack=SILENCE)
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == 300
    assert held and bootstrap.wait_run(1).codes == ["2.04"] * 3


def test_pack_that_comes_twice(daemon, server, peers):
    """The second one, with another Message ID, changes nothing."""
    bootstrap = peers.bootstrap(pack=pack(given(server), separate=Type.CON))
    sent = []

    def both(session, message, data):
        if message is not None and message.code == CONTENT and not sent:
            sent.append(message)
            again = dataclasses.replace(message, mid=message.mid ^ 0x55, payload=pack_payload(
                given(server, lifetime=222)))
            return [(0.0, data), (0.0, again.encode())]
        return [(0.0, data)]
    bootstrap.on_outgoing = both
    daemon.start(configuration(bootstrap))
    assert lifetime(server) == PACK_LIFETIME
    bootstrap.wait_for(lambda m: m.type == Type.RST)
    daemon.wait_changes(START)
    assert stored(daemon)["/1/0/1"] == PACK_LIFETIME and len(bootstrap.pack_requests()) == 1


def test_block_of_a_pack_that_never_comes(daemon, server, peers):
    """A pack that is begun and not ended is rolled back like any other; the Bootstrap-Request follows."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=pack(given(server)), pack_block=16)
    bootstrap.on_incoming = lambda record: (
        record.message.path != "/bspack" or record.message.block(BLOCK2) is None
        or record.message.block(BLOCK2).num < 3)
    daemon.start(configuration(bootstrap, retry_count=0))
    daemon.wait_property("SubStatus", "provisioning")
    assert lifetime(server) == 300
    daemon.wait_changes(START)
    asked, posted = bootstrap.pack_requests()[0], bootstrap.first_transmissions()[0]
    assert asked.address == posted.address


def test_blocks_that_do_not_fit_together(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=pack(given(server)), pack_block=16)

    def skip(session, message, data):
        block = message.block(BLOCK2) if message is not None else None
        if block is None or block.num != 2:
            return [(0.0, data)]
        options = [(n, dataclasses.replace(block, num=5).encode() if n == BLOCK2 else v)
                   for n, v in message.options]
        return [(0.0, dataclasses.replace(message, options=options).encode())]
    bootstrap.on_outgoing = skip
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == 300
    daemon.wait_log("its blocks do not fit together")


# --- A Bootstrap Server that does something else than to answer ----------------------------------------


def respond(bs, run, answer):
    """A separate response to the Bootstrap-Pack-Request, and its ACK."""
    asked = bs.pack_requests()[0].message
    message = Message(Type.CON, answer.code, run.session.mid(), asked.token, list(answer.options),
                      answer.payload)
    bs.send(run.session, message)
    bs.wait_for(lambda m: m.type == Type.ACK and m.mid == message.mid)


def test_server_that_writes_instead_of_answering(daemon, server, peers):
    """It takes the request for a Bootstrap-Request: what it writes and finishes is a bootstrap."""
    bootstrap = peers.bootstrap(pack_script=[*account(server.uri, lifetime=99), finish()])
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == 99
    assert bootstrap.wait_run(1).codes == ["2.04"] * 3 and not bootstrap.bootstrap_requests()


def test_server_that_looks_before_it_answers(daemon, server, peers):
    """Reads and Discover may come before a pack."""
    def script(bs, run):
        assert bs.step(run, read("/1", accept=TLV)).code_text == "2.05"
        respond(bs, run, pack(given(server)))
    bootstrap = peers.bootstrap(pack_script=script)
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == PACK_LIFETIME
    bootstrap.wait_run(1)
    assert not bootstrap.bootstrap_requests()


def test_server_that_writes_and_then_has_no_pack(daemon, server, peers):
    """What it has written is not taken along."""
    def script(bs, run):
        bs.step(run, write("/1/7", server_object(7, 77)))
        bs.step(run, write("/0/7", security(server.uri, 7)))
        respond(bs, run, Answer(code("4.04")))
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack_script=script)
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == 300
    daemon.wait_changes(START)
    assert instances(daemon) == {"/0/0", "/0/1", "/1/0"}


def test_server_that_writes_and_then_has_a_pack(daemon, server, peers):
    """One transaction: the pack is the last thing written, and the Finish."""
    def script(bs, run):
        bs.step(run, write("/0/1", security(server.uri, 1)))
        respond(bs, run, pack({"/1/0": server_object(1, PACK_LIFETIME)}))
    bootstrap = peers.bootstrap(pack_script=script)
    daemon.start(configuration(bootstrap, retry_count=0))
    assert lifetime(server) == PACK_LIFETIME


def test_server_that_writes_and_then_says_no_more(daemon, server, peers):
    """The session timer ends that; the Bootstrap-Request follows."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()],
                                pack_script=[write("/1/7", server_object(7, 77))])
    daemon.start(configuration(bootstrap, retry_count=0, timeout="1s"))
    assert lifetime(server) == 300
    daemon.wait_event("BOOTSTRAP_PACK_REFUSED",
                      "has left its Bootstrap-Pack unfinished for 1 s; a Bootstrap-Request follows")
    assert "/1/7/0" not in stored(daemon)


def test_wait_of_a_refused_pack_ends_with_the_bootstrap(daemon, server, peers):
    """Max-Age of a 5.03 to the pack: who has bootstrapped us all the same may have us back at once."""
    busy = Answer(code("5.03"), options=[(MAX_AGE, uint(600))])
    bootstrap = peers.bootstrap([*account(server.uri), finish()], pack=busy)
    daemon.start(configuration(bootstrap))
    daemon.wait_changes(START)
    assert server.execute("/1/0/9").code_text == "2.04"
    assert bootstrap.wait_run(2).codes == ["2.04"] * 3
