#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Publishes two Object Instances through lwm2m-clientd, as lwm2m-objects(7) explains:

    /3320/0  Percentage: how busy the processors are, measured every few seconds
    /3306/0  Actuation: a relay that LwM2M Servers switch

    publish.py [SECONDS]      between two measurements; 5 by default

Needs python3-jeepney, and a user in group lwm2m-publish. It waits for the daemon, and publishes again
whenever that was restarted. When the bus goes it ends; systemd starts it again.
"""
import collections
import sys
import time

from jeepney import (DBusAddress, DBusErrorResponse, HeaderFields, MatchRule, MessageType, message_bus,
                     new_error, new_method_call, new_method_return)
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

NAME, PATH, OBJECTS = "org.lwm2m.Client1", "/org/lwm2m/Client1", "org.lwm2m.Client1.Objects"
HANDLER = "org.lwm2m.Client1.ObjectHandler"
GONE = {f"org.freedesktop.DBus.Error.{name}" for name in ("ServiceUnknown", "NameHasNoOwner", "NoReply")}
SENSOR_VALUE, SENSOR_UNITS, TIMESTAMP, APPLICATION_TYPE, ON_OFF = 5700, 5701, 5518, 5750, 5850


class Relay:
    """Stands for a relay; yours is a pin of the processor."""

    def __init__(self):
        self.on, self.purpose = False, "demonstration"

    def switch(self, on):
        self.on = on
        print("relay", "on" if on else "off", flush=True)


class Processors:
    """How busy they were since the last look, in percent."""

    def __init__(self):
        self.before = self.times()

    @staticmethod
    def times():
        with open("/proc/stat", encoding="ascii") as file:
            return [int(word) for word in file.readline().split()[1:9]]

    def load(self):
        now = self.times()
        spent = [later - earlier for later, earlier in zip(now, self.before)]
        self.before = now
        idle = spent[3] + spent[4]
        return 100 * (1 - idle / max(1, sum(spent)))


class Publisher:
    """Tells the daemon what there is, and does what LwM2M Servers write."""

    def __init__(self, interval):
        self.interval, self.relay, self.processors = interval, Relay(), Processors()
        self.daemon = None      # its unique name on the bus, while it knows our instances
        self.connection = open_dbus_connection("SYSTEM")
        # What comes while a reply is waited for is kept here, too, and nothing of it is lost.
        self.incoming = collections.deque()
        owner_changed = MatchRule(type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged")
        owner_changed.add_arg_condition(0, NAME)
        for rule in owner_changed, MatchRule(type="method_call"):
            self.connection.filter(rule, queue=self.incoming)
        self.ask(message_bus.AddMatch(owner_changed))

    def ask(self, message):
        """The reply's arguments; raises DBusErrorResponse."""
        return unwrap_msg(self.connection.send_and_get_reply(message, timeout=10))

    def call(self, method, signature, *arguments):
        """Calls a method of the daemon, which may be gone in the middle of it."""
        if self.daemon is None:
            return
        try:
            self.ask(new_method_call(DBusAddress(PATH, self.daemon, OBJECTS), method, signature, arguments))
        except DBusErrorResponse as error:
            if error.name not in GONE:
                raise
            self.daemon = None      # NameOwnerChanged tells when it is there again

    # -- What there is

    def measurement(self):
        return {SENSOR_VALUE: ("d", self.processors.load()), TIMESTAMP: ("x", int(time.time()))}

    def publish(self, daemon):
        """Once for each start of the daemon: it forgets us when it ends, as it does when we end."""
        self.daemon = daemon
        self.call("Publish", "qqa{qv}a{sv}", 3320, 0,
                  {SENSOR_UNITS: ("s", "%"), **self.measurement()}, {})
        self.call("Publish", "qqa{qv}a{sv}", 3306, 0,
                  {ON_OFF: ("b", self.relay.on), APPLICATION_TYPE: ("s", self.relay.purpose)},
                  {"handler": ("o", "/relay")})

    def measure(self):
        """Both in one call: no server sees the one without the other."""
        self.call("SetValues", "a(sv)", [(f"/3320/0/{resource}", value)
                                         for resource, value in self.measurement().items()])

    # -- What comes

    def write(self, values):
        """What a server has written to the relay: None to accept it, or why not."""
        for resource in values:
            if resource not in (ON_OFF, APPLICATION_TYPE):
                return f"this relay has no Resource {resource}"
        if ON_OFF in values:
            self.relay.switch(values[ON_OFF][1])
        if APPLICATION_TYPE in values:
            self.relay.purpose = values[APPLICATION_TYPE][1]
        return None

    def answer(self, call):
        """A call of the daemon; nobody else may call us, as the policy of the system bus says."""
        fields = call.header.fields
        if (fields.get(HeaderFields.interface), fields[HeaderFields.member]) != (HANDLER, "Write"):
            return new_error(call, "org.lwm2m.Client1.Error.MethodNotAllowed", "s", ("there is only Write",))
        _object, _instance, values, _replace, _short_server_id = call.body
        refused = self.write(values)
        if refused:
            return new_error(call, "org.lwm2m.Client1.Error.BadRequest", "s", (refused,))
        return new_method_return(call)

    def take(self, message):
        if message.header.message_type is MessageType.method_call:
            self.connection.send(self.answer(message))
            return
        _name, _old, new = message.body
        if new != self.daemon:
            self.daemon = None
            if new:
                self.publish(new)

    def run(self):
        try:
            (daemon,) = self.ask(message_bus.GetNameOwner(NAME))
        except DBusErrorResponse:
            print("waiting for lwm2m-clientd", flush=True)
        else:
            self.publish(daemon)
        due = time.monotonic() + self.interval
        while True:
            while self.incoming:
                self.take(self.incoming.popleft())
            try:
                self.connection.recv_messages(timeout=max(0, due - time.monotonic()))
            except TimeoutError:
                due = time.monotonic() + self.interval
                self.measure()


def main():
    try:
        Publisher(float(sys.argv[1]) if len(sys.argv) > 1 else 5).run()
    except DBusErrorResponse as error:
        sys.exit(f"{error.name}: {error.data[0] if error.data else ''}")
    except (OSError, TimeoutError) as error:
        sys.exit(f"the bus has gone: {error}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
