# SPDX-License-Identifier: Apache-2.0
"""What the tables of misbehaviour are made of (test_misbehaviour_*.py). One row is one case:

    script      what the Bootstrap Server sends: pairs of a Step, or of a function of this file's end, and
                the code that it must be answered with
    answer      what it says to the Bootstrap-Request
    account     our account, where it is not the Bootstrap Server's URI alone
    bends       hooks of the network or of the server, set before the client starts
    known       the client has been bootstrapped and registered before
    trigger     how its second bootstrap begins
    ends        what comes of it: REGISTERED, Fails(...), Keeps(...), or a function of its own
    stored      Resources stored afterwards beside those of the account, None for one that is not there

Each end says what is in Status, SubStatus and LastError, what is stored, and what happens next.
"""
import dataclasses
import os
import pathlib
import time

from harness import ENDPOINT, HASTY_COAP, HAVE_DISCOVER, settings
from lwm2m_peer import CHANGED, GET, TLV, Message, Reset, Step, Type, account, finish, path_options
from state_file import stored

DELAY = 1.0             # retry_delay
DISCOVERED = "2.05" if HAVE_DISCOVER else "5.01"
LATE = 0.4              # seconds that a busy machine may be late


@dataclasses.dataclass
class At:
    """Where a row takes place."""
    daemon: object
    server: object          # the LwM2M Server that the accounts lead to
    bootstrap: object
    peers: object
    run: object = None      # of the script under way
    front: object = None    # DTLS in front of the Bootstrap Server

    @property
    def session(self):
        return self.run.session

    @property
    def folder(self):
        """The state directory."""
        return pathlib.Path(self.daemon.state_directory)

    def stored(self):
        """{path: value} of `current`, {} without one; but for the Bootstrap-Server Account, which is stored
        as soon as it has answered."""
        return {path: value for path, value in stored(self.daemon).items() if not path.startswith("/0/0/")}


def good(at, **keywords):
    """Accounts and Finish as they should be."""
    return [*((step, "2.04") for step in account(at.server.uri, **keywords)), (finish(), "2.04")]


@dataclasses.dataclass(frozen=True)
class Registered:
    """The Finish is accepted; a power cut later the client registers without a bootstrap."""
    attempts: int = 1
    uri: object = None      # of the Bootstrap-Server Account then: a function of At; None: as configured
    then: object = None     # what happens next: a function of At


@dataclasses.dataclass(frozen=True)
class Fails:
    """The attempt fails and nothing is stored; the next one comes when announced, is a new exchange from a
    new port, and a good bootstrap works then."""
    name: str
    words: str              # a part of the sentence
    delay: float = DELAY    # until the next attempt

    def of_a_known_client(self):
        return Keeps(self.name, self.words)


@dataclasses.dataclass(frozen=True)
class Keeps(Fails):
    """As Fails, but the client is registered, and stays so over the same session."""


REGISTERED = Registered()


@dataclasses.dataclass
class Row:
    script: object = good
    ends: object = REGISTERED
    answer: object = CHANGED
    account: object = None
    bends: object = None
    known: bool = False
    trigger: object = lambda at: at.daemon.bootstrap()
    coap: dict = dataclasses.field(default_factory=lambda: dict(HASTY_COAP))
    keys: dict = dataclasses.field(default_factory=dict)       # of `bootstrap:`
    stored: object = None


# --- how a row is played -------------------------------------------------------------------------------


def play(row):
    """The script for a Bootstrap Server that plays the row once, and is good from then on."""
    def script(at, run):
        at.run = run
        for step, wanted in row.script(at):
            if isinstance(step, Step):
                found = at.bootstrap.step(run, step).code_text
            else:
                found = step(at)
            allowed = wanted if isinstance(wanted, tuple) else (wanted,)
            assert found in allowed, f"{step} is answered {found}, not {wanted}"
    return script


def run_row(row, daemon, server, peers):
    bootstrap = peers.bootstrap()
    at = At(daemon, server, bootstrap, peers)
    keys = {"retry_count": 0 if isinstance(row.ends, Keeps) else 1, **row.keys}
    if isinstance(row.ends, Fails):
        keys.setdefault("timeout", "1s")
    config = settings(bootstrap.uri, coap=row.coap, **keys)
    if row.account:
        config["bootstrap"]["server"] = row.account(at)
    if row.known:
        bootstrap.script = [step for step, _ in good(at)]
        daemon.start(config)
        server.wait_registration()
        daemon.wait_property("SubStatus", "idle")
    before, runs = at.stored(), len(bootstrap.runs)
    bootstrap.script = lambda bs, run: play(row)(at, run)
    bootstrap.answers.append(row.answer)
    if row.bends:
        row.bends(at)
    if row.known:
        row.trigger(at)
    else:
        daemon.start(config)
    ends = {Registered: assert_registered, Fails: assert_fails, Keeps: assert_keeps}
    ends.get(type(row.ends), row.ends)(at, row, before, runs)
    assert_resets_fit(at)


def assert_stored(at, row):
    stored = at.stored()
    wanted = {"/0/1/0": at.server.uri, "/0/1/10": 1, "/1/0/0": 1, **(row.stored(at) if row.stored else {})}
    assert {path: stored.get(path) for path in wanted} == wanted


def first_transmissions(at):
    return [(r.port, r.message.mid, r.message.token) for r in at.bootstrap.first_transmissions()]


def assert_exchanges_differ(at):
    """Rule 7: what a server remembers of one attempt fits no other."""
    for column in zip(*first_transmissions(at)):
        assert len(set(column)) == len(column), first_transmissions(at)


def assert_resets_fit(at):
    """No Reset for an ACK (RFC 7252, 4.2): it would end what the server has sent under that Message ID. What
    libcoap cannot read at all it answers with a Reset of Message ID 0."""
    with at.bootstrap.condition:
        sent = {(r.port, data) for r in at.bootstrap.records
                if r.outgoing and len(r.data) >= 4 and r.data[0] >> 4 & 3 in (Type.CON, Type.NON)
                for data in (r.data[2:4], b"\0\0")}
    resets = at.bootstrap.received(lambda m: m.type == Type.RST)
    assert all((r.port, r.data[2:4]) in sent for r in resets), resets


def assert_registered(at, row, before, runs):
    at.bootstrap.wait_run(runs + 1)
    number = 2 if row.known else 1
    at.server.wait_registration(number)
    at.daemon.wait_property("SubStatus", "idle")
    assert at.daemon.status == "registered"
    assert at.daemon.get("LastError") == ("", "") and at.daemon.get("Attempt") == 0
    assert len(first_transmissions(at)) == number - 1 + row.ends.attempts
    assert_exchanges_differ(at)
    assert_stored(at, row)
    registrations, requests = len(at.server.registrations), len(at.bootstrap.bootstrap_requests())
    at.daemon.kill()
    at.daemon.start()
    assert at.server.wait_registration(registrations + 1).query["ep"] == ENDPOINT
    assert len(at.bootstrap.bootstrap_requests()) == requests, "no bootstrap after a power cut"
    uri = row.ends.uri(at) if row.ends.uri else at.bootstrap.uri
    assert at.daemon.get("BootstrapServerURI") == uri
    if row.ends.then:
        row.ends.then(at)


def assert_error(at, row):
    name, sentence = at.daemon.get("LastError")
    assert name == row.ends.name and row.ends.words in sentence, (name, sentence)
    assert at.bootstrap.uri in sentence, "the sentence says with whom"


def heal(at):
    """From now on the Bootstrap Server and the network are as they should be."""
    at.bootstrap.on_incoming = at.bootstrap.on_outgoing = None
    at.bootstrap.silent = False
    at.bootstrap.answers.clear()
    at.bootstrap.answer, at.bootstrap.script = CHANGED, [step for step, _ in good(at)]


def assert_fails(at, row, before, runs):
    at.daemon.wait_property("SubStatus", "retry-wait")
    assert_error(at, row)
    shown = {name: value for name, (_, value) in at.daemon.get_all().items()}
    assert (shown["Status"], shown["Attempt"], shown["Bootstrapped"]) == ("bootstrapping", 1, False)
    again = shown["NextRetryTimestampMonotonic"] / 1e6
    assert row.ends.delay - DELAY < again - time.monotonic() <= row.ends.delay
    assert at.stored() == before, "nothing of it is stored"
    if len(at.bootstrap.runs) > runs:
        at.bootstrap.wait_run(runs + 1)
    heal(at)
    at.daemon.wait_status("registered")
    second = at.bootstrap.first_transmissions()[-1]
    assert abs(second.time - again) < LATE, "the next attempt comes when it was announced"
    assert_exchanges_differ(at)
    assert len(first_transmissions(at)) == 2 and at.daemon.get("LastError") == ("", "")
    assert at.stored()["/0/1/0"] == at.server.uri


def assert_keeps(at, row, before, runs):
    at.daemon.wait_status("registered", number=2)
    assert_error(at, row)
    assert at.daemon.get("SubStatus") == "idle" and at.daemon.get("Bootstrapped") is True
    if len(at.bootstrap.runs) > runs:
        at.bootstrap.wait_run(runs + 1)
    assert at.stored() == before, "nothing of it is stored"
    assert len(at.server.registrations) == 1 and at.server.registrations[0].active
    assert at.server.read("/1/0/1", accept=TLV).code_text == "2.05", "over the same session"
    heal(at)
    at.daemon.bootstrap()
    at.server.wait_registration(2)
    at.daemon.wait_status("registered", number=3)
    assert at.daemon.get("LastError") == ("", "")
    assert_exchanges_differ(at)


# --- what a script can do beside Steps -----------------------------------------------------------------


def message_of(at, step):
    keywords = {key: value for key, value in step.keywords.items()
                if key in ("payload", "cf", "accept", "options", "type")}
    return at.bootstrap.message(at.session, step.method, step.path, **keywords)


def exchange(at, message):
    """The answer's code, or "RST"."""
    try:
        return at.bootstrap.exchange(at.session, message, timeout=5).code_text
    except Reset:
        return "RST"


def twice(step):
    """The same datagram twice: the first answer again, byte for byte."""
    def send(at):
        message = message_of(at, step)
        codes = [exchange(at, message), exchange(at, message)]
        answers = [r.data for r in at.bootstrap.received(
            lambda m: m.is_response and (m.mid, m.token) == (message.mid, message.token))]
        assert len(answers) == 2 and answers[0] == answers[1]
        return " ".join(codes)
    return send


def anew(step):
    """The same request twice, the second time as another message."""
    return lambda at: " ".join(exchange(at, message_of(at, step)) for _ in range(2))


def datagram(data):
    """Raw bytes, or a function of At that gives them; what is told is the code of the answer, "RST", or
    "silence"."""
    def send(at):
        seen = len(at.bootstrap.received())
        at.bootstrap.send_bytes(at.session, data(at) if callable(data) else data)
        probe = Message(Type.CON, GET, at.session.mid(), os.urandom(8), path_options("/1"))
        exchange(at, probe)     # datagrams are taken in their order: its answer comes behind
        answers = [r.message for r in at.bootstrap.received()[seen:] if r.message.token != probe.token]
        return " ".join("RST" if m.type == Type.RST else m.code_text for m in answers) or "silence"
    return send


def pause(seconds):
    def wait(at):
        time.sleep(seconds)
        return "waited"
    return wait


def nothing(at):
    """A server that accepts the request and says no more."""
    return []
