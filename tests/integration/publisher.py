# SPDX-License-Identifier: Apache-2.0
"""A service that publishes Objects on the private bus (org.lwm2m.Client1.Objects) and has a handler."""
import itertools
import socket
import threading
import time
from collections import namedtuple

from jeepney import (DBusAddress, HeaderFields, MessageFlag, MessageType, new_error, new_method_call,
                     new_method_return)
from jeepney.bus_messages import MatchRule, message_bus
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from harness import MANAGER, NAME, Watched
from system_services import HANG, VANISH, Call, Error

ADDRESS = DBusAddress(MANAGER, bus_name=NAME, interface=NAME + ".Objects")
ERROR = NAME + ".Error."
HANDLER = "/handler"
ACCEPT = object()       # a reply without values
Reply = namedtuple("Reply", "signature body")   # whatever the member wants
NEW = 65535             # the lowest free Object Instance ID; all of them for Withdraw


class Typed(tuple):
    """A value of a D-Bus type of its own: Typed("q", 7)."""

    def __new__(cls, signature, value):
        return super().__new__(cls, (signature, value))


def variant(value):
    """The variant of a bool, int, float, str, bytes, (Object, Instance) or {Resource Instance ID: value}."""
    if isinstance(value, Typed):
        return tuple(value)
    if isinstance(value, bool):
        return "b", value
    if isinstance(value, int):
        return ("x" if value < 1 << 63 else "t"), value
    if isinstance(value, dict):
        return "a{qv}", {key: variant(each) for key, each in value.items()}
    return {float: "d", str: "s", bytes: "ay", tuple: "(qq)"}[type(value)], value


def variants(values):
    return {key: variant(value) for key, value in values.items()}


def plain(value):
    """What variant() was made of."""
    signature, content = value
    return {key: plain(each) for key, each in content.items()} if signature == "a{qv}" else content


def plains(values):
    return {key: plain(value) for key, value in dict(values).items()}


def error_of(call, *arguments, **keywords):
    """(name without its prefix, message) of the error that a call has to give."""
    try:
        call(*arguments, **keywords)
    except DBusErrorResponse as error:
        return error.name.removeprefix(ERROR), error.data[0]
    raise AssertionError(f"{arguments} gives no error")


class Publisher(Watched):
    """One connection, and what came over it: `calls` to the handler, `changes` by ValuesChanged. `answers`:
    member of ObjectHandler -> ACCEPT, {Resource ID: value} of a Create, Error, HANG, VANISH, a Reply or what
    a function of the Call gives; or a list, whose last stays."""

    def __init__(self, bus, everything=False):
        super().__init__()
        self.answers, self.calls, self.changes = {}, [], []
        self.connection = bus.connect()
        if everything:      # broadcasts of ValuesChanged, too
            rule = MatchRule(type="signal", interface=ADDRESS.interface, member="ValuesChanged")
            unwrap_msg(self.connection.send_and_get_reply(message_bus.AddMatch(rule)))
        self._serials, self._replies = itertools.count(1000), {}
        self._sending, self._is_closed = threading.Lock(), False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def name(self):
        return self.connection.unique_name

    def close(self):
        """Leaves the bus."""
        self._hang_up()
        if threading.current_thread() is not self._reader:
            self._reader.join(5)

    def _hang_up(self):
        with self._sending:
            if not self._is_closed:
                self._is_closed = True
                self.connection.sock.shutdown(socket.SHUT_RDWR)

    def is_over(self):
        return not self._reader.is_alive()

    def explain(self):
        return f"\n{self.name}: calls {self.calls}, changes {self.changes}"

    # -- what comes

    def _read(self):
        try:
            while True:
                self._take(self.connection.receive())
        except (OSError, ValueError, EOFError):
            pass    # closed
        with self._sending:
            self._is_closed = True
            self.connection.close()
        with self.condition:
            self.condition.notify_all()

    def _take(self, message):
        fields, kind = message.header.fields, message.header.message_type
        if kind == MessageType.method_call:
            self._answer(message)
            return
        with self.condition:
            if kind == MessageType.signal:
                if fields.get(HeaderFields.member) == "ValuesChanged":
                    self.changes.append((plains(message.body[0]), message.body[1]))
            else:
                self._replies[fields[HeaderFields.reply_serial]] = message
            self.condition.notify_all()

    def _answer(self, message):
        member = message.header.fields[HeaderFields.member]
        call = Call(time.monotonic(), member, message.body)
        with self.condition:
            self.calls.append(call)
            self.condition.notify_all()
            answer = self.answers.get(member, ACCEPT)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):    # it may call, and so must not be waited for here
            threading.Thread(target=lambda: self._reply(message, member, answer(call)), daemon=True).start()
        else:
            self._reply(message, member, answer)

    def _reply(self, message, member, answer):
        if answer is VANISH:
            self._hang_up()
        elif isinstance(answer, Error):
            self._send(new_error(message, answer.name, "s", (answer.text,)))
        elif isinstance(answer, Reply):
            self._send(new_method_return(message, *answer))
        elif answer is not HANG:
            values = {} if answer in (ACCEPT, None) else answer
            self._send(new_method_return(message, "a{qv}", (variants(values),)) if member == "Create" else
                       new_method_return(message))

    def asked(self):
        """The calls without their times, values as plain() gives them."""
        with self.condition:
            return [(call.member, *(plains(each) if isinstance(each, dict) else each
                                    for each in call.arguments)) for call in self.calls]

    def wait_call(self, member, number=1, timeout=10.0):
        def found():
            calls = [call for call in self.calls if call.member == member]
            return calls[number - 1] if len(calls) >= number else None
        return self.await_(found, timeout, f"call {number} of {member}")

    def wait_change(self, number=1, timeout=10.0):
        """The number-th ValuesChanged: ({path: value}, Short Server ID)."""
        self.await_(lambda: len(self.changes) >= number, timeout, f"ValuesChanged {number}")
        return self.changes[number - 1]

    # -- what goes

    def _send(self, message, serial=None):
        with self._sending:
            if not self._is_closed:
                self.connection.send(message, serial=serial if serial is not None else next(self._serials))

    def begin(self, member, signature=None, body=()):
        """A call whose reply is waited for by end()."""
        serial = next(self._serials)
        self._send(new_method_call(ADDRESS, member, signature, body), serial)
        return serial

    def end(self, serial, timeout=10.0):
        """The reply's body; raises DBusErrorResponse."""
        reply = self.await_(lambda: self._replies.pop(serial, None), timeout, "reply")
        return unwrap_msg(reply)

    def call(self, member, signature=None, body=(), timeout=10.0):
        return self.end(self.begin(member, signature, body), timeout)

    def tell(self, member, signature, body):
        """A call that wants no reply."""
        message = new_method_call(ADDRESS, member, signature, body)
        message.header.flags |= MessageFlag.no_reply_expected
        self._send(message)

    # -- org.lwm2m.Client1.Objects

    def publish_object(self, object_id, handler=True, path=HANDLER):
        self.call("PublishObject", "qa{sv}", (object_id, {"handler": ("o", path)} if handler else {}))

    def publish(self, object_id, instance, values, handler=False, acl=None, path=HANDLER):
        """The Object Instance ID that it has got."""
        options = {"handler": ("o", path)} if handler else {}
        if acl is not None:
            options["acl"] = ("a{qq}", acl)
        body = (object_id, instance, variants(values), options)
        return self.call("Publish", "qqa{qv}a{sv}", body)[0]

    def withdraw(self, object_id, instance=NEW):
        self.call("Withdraw", "qq", (object_id, instance))

    def set(self, values):
        self.end(self.begin_set(values))

    def begin_set(self, values):
        return self.begin("SetValues", "a(sv)", (list(variants(values).items()),))

    def get(self, *paths):
        return plains(self.call("GetValues", "as", (list(paths),))[0])

    def objects(self):
        """{Object: [Object Instance IDs]}"""
        return {number: list(instances) for number, _, instances in self.call("GetObjects")[0]}
