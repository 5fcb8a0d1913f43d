#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A scripted Bootstrap Server and LwM2M Server on raw CoAP datagrams, standard library only.

The peer records every datagram and can misbehave on purpose: silence, loss, duplicates, delays, garbage,
wrong order, separate responses, odd block sizes. Nothing here knows the client's code: both ends share only
the standards.

    server = LwM2MServer()
    bootstrap = BootstrapServer(script=[delete("/"), *account(server.uri), finish()])
    ... start a client with bootstrap.uri ...
    registration = server.wait_registration()
    print(server.read("/3/0/0"))

Run as a program it serves both until interrupted and prints each CoAP operation with its code.
"""
import argparse
import collections
import dataclasses
import os
import random
import selectors
import signal
import socket
import sys
import threading
import time

from coap_message import *      # noqa: F401,F403 (who imports the peer has the words of CoAP, too)
from observation import Observation
from payloads import *          # noqa: F401,F403 (likewise those of the formats)

# --- the endpoint ------------------------------------------------------------------------------------------


class NoAnswer(Exception):
    """A request of ours was not answered in time."""


class Reset(Exception):
    """A request of ours was answered with RST."""


class Superseded(Exception):
    """A further block is of another representation than the first one (RFC 7959, 2.4)."""


@dataclasses.dataclass
class Record:
    """One datagram: CLOCK_MONOTONIC in seconds, direction, other end, bytes, and the message if CoAP."""
    time: float
    outgoing: bool
    address: tuple
    data: bytes
    message: Message = None

    @property
    def port(self):
        return self.address[1]


@dataclasses.dataclass
class Answer:
    """How a request is answered: piggybacked, or separate (CON or NON) after an empty ACK, perhaps late."""
    code: int
    payload: bytes = b""
    options: list = dataclasses.field(default_factory=list)
    separate: Type = None       # Type.CON or Type.NON: empty ACK first, then a message of this type
    delay: float = 0.0          # seconds before the (separate) response
    sent: object = None         # called when the response leaves; must not wait
    then: object = None         # called in a thread of its own when the response left


ACK_ONLY = Answer(EMPTY)        # the empty ACK, and nothing after it
SILENCE = None                  # no datagram at all


class _Exchange:
    def __init__(self, mid):
        self.mid = mid
        self.acknowledged = self.reset = False
        self.response = None


class Session:
    """The other end: one address and port of a client."""

    def __init__(self, address):
        self.address = address
        self.next_mid = random.randrange(1 << 16)
        self.exchanges = {}     # token -> _Exchange
        self.answers = {}       # Message ID of a request -> the answer's bytes, or None
        self.assemblies = {}    # path and query -> bytes so far
        self.observations = {}  # token -> Observation

    def mid(self):
        self.next_mid = self.next_mid + 1 & 0xFFFF
        return self.next_mid


class Endpoint:
    """A UDP socket on loopback with a thread that answers, and a record of every datagram."""
    scheme = "coap"
    ack_timeout = 2.0       # seconds until a request of ours is repeated, doubled each time

    def __init__(self, name="peer", host="127.0.0.1", port=0, on_operation=None):
        self.name, self.host = name, host
        self.on_operation = on_operation    # (endpoint, incoming, request, code) after each operation
        self.on_incoming = None             # (record) -> False: recorded, but as if lost
        self.on_outgoing = None             # (session, message, data) -> [(delay, data), ...]: what leaves
        self.silent = False                 # records, never answers
        self.records, self.sessions = [], {}
        self.condition = threading.Condition()
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.port = self.socket.getsockname()[1]
        self._waker, self._wakee = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return f"{self.scheme}://[{self.host}]:{self.port}" if ":" in self.host else \
            f"{self.scheme}://{self.host}:{self.port}"

    def close(self):
        self._waker.send(b"x")
        self._thread.join()
        for each in (self.socket, self._waker, self._wakee):
            each.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # -- what was seen

    def received(self, predicate=lambda message: True):
        """Records of the CoAP messages received so far for which predicate(message) holds."""
        with self.condition:
            return [r for r in self.records if not r.outgoing and r.message and predicate(r.message)]

    def wait(self, condition, timeout, what="the peer's condition"):
        """The first true value of condition(), checked after each datagram; else TimeoutError."""
        deadline = time.monotonic() + timeout
        with self.condition:
            while not (value := condition()):
                self.condition.wait(max(0.0, deadline - time.monotonic()))
                if time.monotonic() >= deadline and not condition():
                    seen = self.transcript()
                    raise TimeoutError(f"{self.name}: no {what} within {timeout} s; seen:\n{seen}")
            return value

    def wait_for(self, predicate, timeout=10.0, number=1):
        """The record of the number-th received message with predicate(message), past or future."""
        def found():
            matches = self.received(predicate)
            return matches[number - 1] if len(matches) >= number else None
        return self.wait(found, timeout, "such message")

    def wait_request(self, method, path, timeout=10.0, number=1):
        return self.wait_for(lambda m: m.code == method and m.path == path, timeout, number)

    def requests(self, method, path):
        return self.received(lambda m: m.code == method and m.path == path)

    def transcript(self):
        with self.condition:
            return "\n".join(
                f"  {r.time:.3f} {'>' if r.outgoing else '<'} {r.port} {r.message or r.data.hex()}"
                for r in self.records[-200:]) or "  nothing"

    # -- sending

    def send(self, session, message):
        self.send_bytes(session, message.encode(), message)

    def send_bytes(self, session, data, message=None):
        """Raw bytes to the session's address, through on_outgoing."""
        leaving = [(0.0, data)] if self.on_outgoing is None else self.on_outgoing(session, message, data)
        for delay, each in leaving:
            if delay > 0:
                timer = threading.Timer(delay, self._transmit, (session, each))
                timer.daemon = True
                timer.start()
            else:
                self._transmit(session, each)

    def _transmit(self, session, data):
        with self.condition:
            self.records.append(Record(time.monotonic(), True, session.address, data, self._parse(data)))
            try:
                self.socket.sendto(data, session.address)
            except OSError:
                pass    # the socket was closed under a delayed datagram

    def exchange(self, session, message, timeout=10.0):
        """Sends a request, repeats a CON until acknowledged, and returns the response."""
        exchange, retransmit = _Exchange(message.mid), self.ack_timeout
        with self.condition:
            session.exchanges[message.token] = exchange
        deadline = time.monotonic() + timeout
        again = time.monotonic() + retransmit
        self.send(session, message)
        with self.condition:
            while exchange.response is None:
                now = time.monotonic()
                if exchange.reset:
                    raise Reset(str(message))
                if now >= deadline:
                    raise NoAnswer(f"{message}; seen:\n{self.transcript()}")
                repeat = message.type == Type.CON and not exchange.acknowledged
                if repeat and now >= again:
                    self.send(session, message)
                    retransmit *= 2
                    again = now + retransmit
                self.condition.wait(min(deadline, again if repeat else deadline) - now)
            return exchange.response

    def forget(self, session, message):
        """A later answer to this request is a surprise, as after a restart."""
        with self.condition:
            session.exchanges.pop(message.token, None)

    def message(self, session, method, path, payload=b"", cf=None, accept=None, type=Type.CON, options=()):
        """A request with a fresh Message ID and token."""
        every = path_options(path) + list(options)
        if cf is not None:
            every.append((CONTENT_FORMAT, uint(cf)))
        if accept is not None:
            every.append((ACCEPT, uint(accept)))
        return Message(type, method, session.mid(), os.urandom(8), every, payload)

    def request(self, session, method, path, cf=None, payload=b"", accept=None, type=Type.CON, options=(),
                block_size=None, size1=None, block2_size=None, timeout=10.0):
        """One operation: request and response, with Block1 where block_size is given and Block2 followed.

        The response of a Block2 transfer carries the whole body. Raises NoAnswer, Reset or Superseded.
        """
        if block_size is not None:
            response = self._send_blocks(session, method, path, cf, payload, accept, options,
                                         block_size, size1, timeout)
        else:
            first = list(options)
            if block2_size is not None:
                first.append((BLOCK2, Block(0, False, block2_size).encode()))
            response = self.exchange(
                session, self.message(session, method, path, payload, cf, accept, type, first), timeout)
        repeated = (payload, cf) if method == FETCH else ()     # each block of it: RFC 8132, 2.2
        response = self._follow_block2(session, method, path, accept, response, timeout, *repeated)
        if self.on_operation is not None:
            shown = self.message(session, method, path, payload, cf, accept)
            self.on_operation(self, False, shown, response.code)
        return response

    def block_message(self, session, method, path, cf, payload, num, size, accept=None, options=()):
        """The request that carries block num of a payload; for blocks out of order or twice."""
        more = (num + 1) * size < len(payload)
        return self.message(session, method, path, payload[num * size:(num + 1) * size], cf, accept,
                            options=[*options, (BLOCK1, Block(num, more, size).encode())])

    def _send_blocks(self, session, method, path, cf, payload, accept, options, size, size1, timeout):
        options = [*options, *([(SIZE1, uint(size1))] if size1 is not None else [])]
        for num in range(max(1, -(-len(payload) // size))):
            message = self.block_message(session, method, path, cf, payload, num, size, accept, options)
            response = self.exchange(session, message, timeout)
            if response.code != CONTINUE:
                break
        return response

    def _follow_block2(self, session, method, path, accept, response, timeout, content=b"", cf=None):
        block = response.block(BLOCK2)
        body = response.payload
        while block is not None and block.more:
            block = Block(block.num + 1, False, block.size)
            more = self.exchange(session, self.message(session, method, path, content, cf, accept,
                                                       options=[(BLOCK2, block.encode())]), timeout)
            if more.code != response.code:
                return more
            if more.first(ETAG) != response.first(ETAG):
                raise Superseded(str(response))
            body += more.payload
            block = more.block(BLOCK2)
        return dataclasses.replace(response, payload=body)

    # -- receiving

    def _run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            selector.register(self._wakee, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._wakee in ready:
                    return
                self._receive(*self.socket.recvfrom(MAX_DATAGRAM))

    @staticmethod
    def _parse(data):
        try:
            return Message.decode(data)
        except ValueError:
            return None

    def _receive(self, data, address):
        record = Record(time.monotonic(), False, address, data, self._parse(data))
        with self.condition:
            session = self.sessions.setdefault(address, Session(address))
            lost = self.on_incoming is not None and self.on_incoming(record) is False
            self.records.append(record)
            self.condition.notify_all()
        message = record.message
        if lost or self.silent or message is None:
            return
        if message.is_request and message.type in (Type.CON, Type.NON):
            self._serve(session, message)
        elif message.is_response:
            self._response(session, message)
        elif message.code == EMPTY:
            self._empty(session, message)

    def _empty(self, session, message):
        if message.type == Type.CON:
            self.send(session, Message(Type.RST, EMPTY, message.mid))
            return
        with self.condition:
            exchange = next((each for each in reversed(session.exchanges.values())
                             if each.mid == message.mid), None)
            if exchange is not None:
                exchange.acknowledged = True
                exchange.reset = message.type == Type.RST
            self.condition.notify_all()

    def _response(self, session, message):
        with self.condition:
            exchange = session.exchanges.get(message.token)
            observation = session.observations.get(message.token)
            notified = observation is not None and observation.is_notification(exchange, message)
        if notified:
            self._notification(session, observation, message)
            return
        if exchange is None and message.first(OBSERVE) is not None:     # RFC 7641, 3.6: nobody observes
            self.send(session, Message(Type.RST, EMPTY, message.mid))
        elif message.type == Type.CON:
            self.send(session, Message(Type.ACK, EMPTY, message.mid))
        with self.condition:
            if exchange is not None and exchange.response is None:
                exchange.response = message
            self.condition.notify_all()

    def _notification(self, session, observation, message):
        """Acknowledged where it is confirmable, refused or left alone: as its observation says."""
        reply = observation.reply
        if reply is Type.RST or (reply is Type.ACK and message.type == Type.CON):
            self.send(session, Message(reply, EMPTY, message.mid))
        with self.condition:
            observation.take(message)
            self.condition.notify_all()

    def observe(self, session, path="/", method=GET, options=(), **keywords):
        """Begins an observation, by GET or FETCH: the Observation, the first answer in it. Keywords as
        those of request()."""
        keywords = {"payload": b"", "cf": None, "accept": None, **keywords}
        timeout = keywords.pop("timeout", 10.0)
        message = self.message(session, method, path, options=[*options, (OBSERVE, b"")], **keywords)
        observation = Observation(self, session, message)
        with self.condition:
            session.observations[message.token] = observation
        response = self.exchange(session, message, timeout)
        observation.answer = self.follow(session, message, response, timeout)
        if not observation.exists:
            self.forget_observation(observation)
        return observation

    def follow(self, session, request, response, timeout=10.0):
        """The response, or notification, with the blocks that are still to be fetched."""
        return self._follow_block2(session, request.code, request.target, request.uint(ACCEPT), response,
                                   timeout, request.payload, request.content_format)

    def forget_observation(self, observation):
        """What comes for it from now on is a surprise."""
        with self.condition:
            observation.session.observations.pop(observation.request.token, None)
            observation.session.exchanges.pop(observation.request.token, None)

    def _serve(self, session, message):
        if message.mid in session.answers:
            if session.answers[message.mid]:
                self.send_bytes(session, session.answers[message.mid])
            return
        session.answers[message.mid] = None
        message = self._assemble(session, message)
        if message is None:
            return
        answer = self.handle(session, message)
        if answer is SILENCE:
            del session.answers[message.mid]    # a repetition is a new chance
            return
        self._answer(session, message, answer)

    def _answer(self, session, message, answer):
        piggybacked = answer.separate is None and answer.code != EMPTY
        if not piggybacked and message.type == Type.CON:
            session.answers[message.mid] = Message(Type.ACK, EMPTY, message.mid).encode()
            self.send_bytes(session, session.answers[message.mid])
        if answer.code == EMPTY:
            return
        response = Message(Type.ACK, answer.code, message.mid, message.token, list(answer.options),
                           answer.payload)
        block = message.block(BLOCK1)
        if block is not None:
            response.options.append((BLOCK1, block.encode()))
        if not piggybacked or message.type == Type.NON:
            response.type = Type.NON if answer.separate is None else answer.separate
            response.mid = session.mid()
        elif answer.delay == 0:
            session.answers[message.mid] = response.encode()
        if answer.delay > 0:
            timer = threading.Timer(answer.delay, self._respond, (session, message, response, answer))
            timer.daemon = True
            timer.start()
        else:
            self._respond(session, message, response, answer)

    def _respond(self, session, message, response, answer):
        with self.condition:
            # First: who hears from the daemon that it was sent sees it here, too. Who waits here, later.
            if answer.sent is not None:
                answer.sent()
            self.send(session, response)
            self.condition.notify_all()
        if self.on_operation is not None and response.code != CONTINUE:
            self.on_operation(self, True, message, response.code)
        if answer.then is not None:
            threading.Thread(target=answer.then, daemon=True).start()

    def _assemble(self, session, message):
        """The whole request at its last Block1, None (and 2.31) before."""
        block = message.block(BLOCK1)
        if block is None:
            return message
        key = (message.code, message.path, tuple(message.queries))
        body = (b"" if block.num == 0 else session.assemblies.get(key, b"")) + message.payload
        session.assemblies[key] = body
        if block.more:
            self._answer(session, message, Answer(CONTINUE))
            return None
        del session.assemblies[key]
        return dataclasses.replace(message, payload=body)

    def handle(self, session, message):
        """The Answer to a request, or SILENCE. Runs in the receiving thread: it must not wait."""
        return Answer(code("4.04"))


class BlackHole(Endpoint):
    """A bound port that records and never answers."""

    def __init__(self, **keywords):
        super().__init__(**{"name": "black hole", **keywords})
        self.silent = True


def closed_port(host="127.0.0.1"):
    """A UDP port that nobody has bound: the kernel answers with ICMP port unreachable."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


# --- Bootstrap Server --------------------------------------------------------------------------------------


@dataclasses.dataclass
class Step:
    """One request of a bootstrap script; keywords go to Endpoint.request."""
    method: int
    path: str
    keywords: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        return f"{METHODS[self.method]} {self.path}"


def write(path, payload, cf=TLV, **keywords):
    """PUT; a dict is an instance ({rid: value}) or, with a path /O, an object ({iid: {rid: value}})."""
    if isinstance(payload, dict):
        if cf in PACKS:
            payload = PACKS[cf][0](path, payload)
        else:
            payload = tlv_object(payload) if path.count("/") == 1 else tlv_instance(payload)
    return Step(PUT, path, {"payload": payload, "cf": cf, **keywords})


def delete(path, **keywords):
    return Step(DELETE, path, keywords)


def discover(path="/", **keywords):
    return Step(GET, path, {"accept": LINK, **keywords})


def read(path, accept=None, **keywords):
    return Step(GET, path, {"accept": accept, **keywords})


def finish(**keywords):
    return Step(POST, "/bs", keywords)


def security(uri, ssid=None, bootstrap=False, mode=3, identity=b"", key=b"", **resources):
    """Resources of a Security instance; r11=5 adds resource 11."""
    values = {0: uri, 1: bootstrap, 2: mode}
    if mode == 0:
        values |= {3: identity, 5: key}
    if ssid is not None:
        values[10] = ssid
    return values | {int(name[1:]): value for name, value in resources.items()}


def server_object(ssid, lifetime=300, binding="U", storing=True, **resources):
    """Resources of a Server instance; r16=False adds resource 16."""
    return {0: ssid, 1: lifetime, 6: storing, 7: binding} | {int(n[1:]): v for n, v in resources.items()}


def account(uri, ssid=1, security_id=1, server_id=0, cf=TLV, mode=3, identity=b"", key=b"", **keywords):
    """The two writes of one LwM2M Server account; keywords as server_object takes them."""
    return [write(f"/0/{security_id}", security(uri, ssid, mode=mode, identity=identity, key=key), cf),
            write(f"/1/{server_id}", server_object(ssid, **keywords), cf)]


def access(number, target, owner, **acl):
    """PUT of /2/number for the Object Instance at a path; s2=1 is the right of server 2, s0 the default."""
    object_id, instance = target.split("/")[1:]
    values = {0: int(object_id), 1: int(instance), 3: owner}
    if acl:
        values[2] = {int(name[1:]): rights for name, rights in acl.items()}
    return write(f"/2/{number}", values)


def account_values(uri, ssid=1, security_id=1, server_id=0, mode=3, identity=b"", key=b"", **keywords):
    """The same as values of a Bootstrap-Pack."""
    return {f"/0/{security_id}": security(uri, ssid, mode=mode, identity=identity, key=key),
            f"/1/{server_id}": server_object(ssid, **keywords)}


def pack(instances, cf=SENML_CBOR, **keywords):
    """The Answer that is a Bootstrap-Pack: {path of an instance: {Resource ID: value}}, or bytes."""
    if isinstance(instances, dict):
        instances = pack_payload(instances, cf)
    return Answer(CONTENT, instances, [(CONTENT_FORMAT, uint(cf))] if cf is not None else [], **keywords)


def pack_payload(instances, cf=SENML_CBOR):
    """One payload with several Objects."""
    tree = {}
    for path, resources in instances.items():
        object_id, instance_id = map(int, path[1:].split("/"))
        tree.setdefault(object_id, {})[instance_id] = resources
    return cbor_encode(tree) if cf == LWM2M_CBOR else PACKS[cf][0]("/", tree)


class Run:
    """One execution of a bootstrap script: the steps with their responses."""

    def __init__(self, session):
        self.session = session
        self.results = []       # (Step, Message)
        self.error = None       # the exception that ended it
        self.done = False

    @property
    def codes(self):
        return [response.code_text for _, response in self.results]

    def response(self, index):
        return self.results[index][1]


class BootstrapServer(Endpoint):
    """Answers POST /bs and executes its script: a list of Steps, or a callable (server, run) for free play.

    `answers` is used up first, one for each Bootstrap-Request (a code, an Answer or SILENCE); then `answer`.
    A script runs after every answer of success. `prefix` is the path of its URI, "/tenant/a". GET /bspack is
    answered by `packs` first and then by `pack` in the same way; a body over `pack_block` bytes by Block2.
    With a `pack_script` it gets the empty ACK, and that script runs.
    """

    def __init__(self, script=(), answer=CHANGED, answers=(), prefix="", pack=code("4.04"), packs=(),
                 pack_block=1024, pack_script=None, **keywords):
        self.script, self.answer, self.answers = script, answer, collections.deque(answers)
        self.prefix = prefix
        self.pack, self.packs, self.pack_block = pack, collections.deque(packs), pack_block
        self.pack_script = pack_script
        self.runs = []
        super().__init__(**{"name": "Bootstrap Server", **keywords})

    def _pack(self, session, message):
        if self.pack_script is not None:
            threading.Thread(target=self.run, args=(session, self.pack_script), daemon=True).start()
            return ACK_ONLY
        block = message.block(BLOCK2)
        if block is not None and block.num > 0:     # of the answer that was begun
            answer = self._begun
        else:
            answer = self.packs.popleft() if self.packs else self.pack
            self._begun = answer = Answer(answer) if isinstance(answer, int) else answer
        size = min(self.pack_block, block.size if block is not None else 1024)
        if answer is SILENCE or len(answer.payload) <= size:
            return answer
        number = block.num if block is not None else 0
        begin, end = number * size, (number + 1) * size
        option = (BLOCK2, Block(number, end < len(answer.payload), size).encode())
        return dataclasses.replace(answer, payload=answer.payload[begin:end],
                                   options=[*answer.options, option])

    def pack_requests(self):
        """The Bootstrap-Pack-Requests without retransmissions and further blocks."""
        return [each for each in self._firsts(self.requests(GET, self.prefix + "/bspack"))
                if each.message.block(BLOCK2) is None or each.message.block(BLOCK2).num == 0]

    def handle(self, session, message):
        if message.code == GET and message.path == self.prefix + "/bspack":
            return self._pack(session, message)
        if message.code != POST or message.path != self.prefix + "/bs":
            return Answer(code("4.04"))
        answer = self.answers.popleft() if self.answers else self.answer
        if isinstance(answer, int):
            answer = Answer(answer)
        if answer is not SILENCE and answer.code >> 5 == 2 and answer.then is None:
            answer = dataclasses.replace(answer, then=lambda: self.run(session))
        return answer

    def run(self, session, script=None):
        """Executes a script against a session; the Run stands in `runs` from its first step on."""
        run, script = Run(session), self.script if script is None else script
        with self.condition:
            self.runs.append(run)
            self.condition.notify_all()
        try:
            if callable(script):
                script(self, run)
            else:
                for step in script:
                    self.step(run, step)
        except Exception as error:      # an assertion in a script counts too
            run.error = error
        finally:
            with self.condition:
                run.done = True
                self.condition.notify_all()
        return run

    def step(self, run, step):
        response = self.request(run.session, step.method, step.path, **step.keywords)
        with self.condition:
            run.results.append((step, response))
            self.condition.notify_all()
        return response

    def bootstrap_requests(self):
        return self.requests(POST, self.prefix + "/bs")

    def first_transmissions(self):
        """The Bootstrap-Requests without their retransmissions."""
        return self._firsts(self.bootstrap_requests())

    @staticmethod
    def _firsts(records):
        seen, firsts = set(), []
        for record in records:
            key = (record.port, record.message.mid, record.message.token)
            if key not in seen:
                seen.add(key)
                firsts.append(record)
        return firsts

    def wait_run(self, number=1, timeout=15.0, failed=False):
        """The number-th finished Run; raises what ended its script before the end, unless failed."""
        def ended():
            return self.runs[number - 1] if len(self.runs) >= number and self.runs[number - 1].done else None
        run = self.wait(ended, timeout, f"end of bootstrap run {number}")
        if run.error is not None and not failed:
            raise run.error
        return run


# --- LwM2M Server ------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Registration:
    """One accepted Register and what followed."""
    session: Session
    request: Message
    location: list
    time: float
    updates: list = dataclasses.field(default_factory=list)     # Messages
    active: bool = True
    deregistered: bool = False

    @property
    def query(self):
        return self.request.query

    @property
    def objects(self):
        return links(self.request.payload)


class LwM2MServer(Endpoint):
    """Accepts registrations and manages the client from its own socket.

    `answers` is used up first, one for each Register (a code, an Answer or SILENCE); then `answer`. So are
    `locations`, lists of segments; then there is a random one. `prefix` is the path of its URI, "/tenant/a".
    """

    def __init__(self, answer=CREATED, answers=(), locations=(), prefix="", **keywords):
        self.answer, self.answers = answer, collections.deque(answers)
        self.locations, self.prefix = collections.deque(locations), prefix
        self.update_answers, self.send_answers = collections.deque(), collections.deque()
        self.registrations, self.sends = [], []     # whole Messages
        super().__init__(**{"name": "LwM2M Server", **keywords})

    def handle(self, session, message):
        if message.code == POST and message.path == self.prefix + "/rd":
            return self._register(session, message)
        if message.code == POST and message.path == self.prefix + "/dp":
            return self._take(message)
        return self._change(session, message, [each.decode() for each in message.all(URI_PATH)])

    def _register(self, session, message):
        answer = self.answers.popleft() if self.answers else self.answer
        if isinstance(answer, int):
            answer = Answer(answer)
        if answer is SILENCE or answer.code != CREATED:
            return answer
        location = self.locations.popleft() if self.locations else ["rd", os.urandom(4).hex()]

        def register():     # not earlier: before its 2.01 a client ignores the requests of a server
            for old in self.registrations:
                old.active = old.active and old.query.get("ep") != message.query.get("ep")
            self.registrations.append(Registration(session, message, location, time.monotonic()))
        return dataclasses.replace(answer, sent=register,
                                   options=[(LOCATION_PATH, segment.encode()) for segment in location])

    def _take(self, message):
        """A Send."""
        self.sends.append(message)
        answer = self.send_answers.popleft() if self.send_answers else CHANGED
        return Answer(answer) if isinstance(answer, int) else answer

    def _change(self, session, message, path):
        registration = next((r for r in self.registrations if r.active and r.location == path), None)
        if registration is None:
            return Answer(code("4.04"))
        if message.code == POST:
            answer = self.update_answers.popleft() if self.update_answers else CHANGED
            registration.session = session
            registration.updates.append(message)
            return Answer(answer) if isinstance(answer, int) else answer
        if message.code == DELETE:
            registration.active, registration.deregistered = False, True
            return Answer(DELETED)
        return Answer(code("4.05"))

    def wait_registration(self, number=1, timeout=15.0):
        """The number-th accepted registration."""
        return self.wait(lambda: len(self.registrations) >= number and self.registrations[number - 1],
                         timeout, f"registration {number}")

    def wait_update(self, registration, number=1, timeout=15.0):
        return self.wait(lambda: len(registration.updates) >= number and registration.updates[number - 1],
                         timeout, f"update {number}")

    def wait_deregistered(self, registration, timeout=15.0):
        self.wait(lambda: registration.deregistered, timeout, "De-register")

    @property
    def session(self):
        return self.registrations[-1].session

    def operation(self, method, path, **keywords):
        """One operation on the client that registered last."""
        return self.request(self.session, method, path, **keywords)

    def read(self, path, accept=None, **keywords):
        return self.operation(GET, path, accept=accept, **keywords)

    def write(self, path, payload, cf=TEXT, method=PUT, **keywords):
        return self.operation(method, path, payload=payload, cf=cf, **keywords)

    def execute(self, path, payload=b"", **keywords):
        return self.operation(POST, path, payload=payload, cf=TEXT if payload else None, **keywords)

    def discover(self, path, **keywords):
        return self.operation(GET, path, accept=LINK, **keywords)

    def write_attributes(self, path, query, **keywords):
        return self.operation(PUT, f"{path}?{query}", **keywords)

    def create(self, object_id, payload, cf=TLV, **keywords):
        return self.operation(POST, f"/{object_id}", payload=payload, cf=cf, **keywords)

    def delete(self, path, **keywords):
        return self.operation(DELETE, path, **keywords)

    def read_composite(self, paths, cf=SENML_CBOR, accept=SENML_CBOR, **keywords):
        """Read-Composite of some paths."""
        return self.operation(FETCH, "/", payload=names(paths, cf), cf=cf, accept=accept, **keywords)

    def write_composite(self, values, cf=SENML_CBOR, **keywords):
        """Write-Composite of {path: value}; None takes a Resource Instance away, in SenML-ETCH."""
        return self.operation(IPATCH, "/", payload=records(values, cf), cf=cf, **keywords)

    def observe(self, path, **keywords):
        """The Observation of a path on the client that registered last."""
        return super().observe(self.session, path, **keywords)

    def observe_composite(self, paths, cf=SENML_CBOR, accept=SENML_CBOR, query="", **keywords):
        """The Observation of some paths together; query as 'pmin=1&pmax=10'."""
        return super().observe(self.session, "/" + ("?" + query if query else ""), FETCH,
                               payload=names(paths, cf), cf=cf, accept=accept, **keywords)


# --- the program -------------------------------------------------------------------------------------------


def operation_line(endpoint, incoming, request, response_code):
    """One line for one operation: who, direction, method, path, content, code."""
    target = request.path + ("?" + "&".join(request.queries) if request.queries else "")
    content = f" ({len(request.payload)} bytes)" if request.payload else ""
    arrow = "<-" if incoming else "->"
    operation = f"{request.method} {target}{content}"
    return f"{endpoint.name:<16} {arrow} {operation:<64} {code_text(response_code)}"


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Bootstrap Server and LwM2M Server on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default %(default)s)")
    parser.add_argument("--bootstrap-port", type=int, default=0, help="UDP port, 0 = any (default)")
    parser.add_argument("--server-port", type=int, default=0, help="UDP port, 0 = any (default)")
    parser.add_argument("--lifetime", type=int, default=300, help="seconds (default %(default)s)")
    options = parser.parse_args(arguments)

    def show(*operation):
        print(operation_line(*operation), flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with LwM2MServer(host=options.host, port=options.server_port, on_operation=show) as server, \
            BootstrapServer(host=options.host, port=options.bootstrap_port, on_operation=show) as bootstrap:
        bootstrap.script = [delete("/"), *account(server.uri, lifetime=options.lifetime),
                            discover(), finish()]
        print(f"Bootstrap Server on {bootstrap.uri}, LwM2M Server on {server.uri}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
