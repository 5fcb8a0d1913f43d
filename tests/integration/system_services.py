# SPDX-License-Identifier: Apache-2.0
"""logind and timedated on the private bus, as stubs: each call is recorded, and answered as a test wants."""
import threading
import time
from collections import namedtuple

from jeepney import HeaderFields, MessageType, new_error, new_method_return

from harness import Watched

Call = namedtuple("Call", "at member arguments")
Error = namedtuple("Error", "name text")
HANG = object()     # no answer at all
VANISH = object()   # the service ends instead


class Service(Watched):
    """`answers`: member -> (signature, body), Error, HANG or VANISH; or a list of them, whose last stays."""
    NAME = ""
    ANSWERS = {}

    def __init__(self, bus):
        super().__init__()
        self.answers, self.calls = dict(self.ANSWERS), []
        self.connection = bus.own(self.NAME)
        self.closed = False
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        """Leaves the bus."""
        if not self.closed:
            self.closed = True
            self.connection.close()

    def explain(self):
        return f"\n{self.NAME}: {self.calls}"

    def _serve(self):
        try:
            while True:
                message = self.connection.receive()
                if message.header.message_type == MessageType.method_call:
                    self._answer(message)
        except (OSError, ValueError, EOFError):
            pass    # closed

    def _answer(self, message):
        member = message.header.fields[HeaderFields.member]
        with self.condition:
            self.calls.append(Call(time.monotonic(), member, message.body))
            self.condition.notify_all()
        answer = self.answers.get(member, Error("org.freedesktop.DBus.Error.UnknownMethod", "What?"))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if answer is VANISH:
            self.close()
        elif isinstance(answer, Error):
            self.connection.send(new_error(message, answer.name, "s", (answer.text,)))
        elif answer is not HANG:
            self.connection.send(new_method_return(message, *answer))

    def asked(self):
        """The calls without their times."""
        with self.condition:
            return [(call.member, *call.arguments) for call in self.calls]

    def wait_call(self, member, timeout=10.0, number=1):
        def found():
            calls = [call for call in self.calls if call.member == member]
            return calls[number - 1] if len(calls) >= number else None
        return self.await_(found, timeout, f"call {number} of {member}")


class Logind(Service):
    """org.freedesktop.login1(5)"""
    NAME = "org.freedesktop.login1"
    ANSWERS = {"CanReboot": ("s", ("yes",)), "Reboot": (None, ())}


class Timedated(Service):
    """org.freedesktop.timedate1(5)"""
    NAME = "org.freedesktop.timedate1"
    ANSWERS = {"SetTime": (None, ()), "SetTimezone": (None, ())}
