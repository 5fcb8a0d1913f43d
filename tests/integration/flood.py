#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A service that publishes /OBJECT/INSTANCE/0, an Integer, and counts it up by SetValues, RATE times a
second or, with 0, as fast as the bus lets it.

    flood.py ADDRESS OBJECT INSTANCE RATE SECONDS [WINDOW]

WINDOW calls wait for their reply at most, 0: none wants one. Writes "published" when it is, and at the end
one line of JSON: [how many, errors, [CLOCK_MONOTONIC of each call], [of each reply]]. A message is made once
and its number and value are changed in place: so this costs the machine a tenth of what the daemon does.
"""
import array
import json
import selectors
import struct
import sys
import time

from jeepney import DBusAddress, MessageFlag, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

NAME = "org.lwm2m.Client1"
OBJECTS = DBusAddress("/org/lwm2m/Client1", bus_name=NAME, interface=NAME + ".Objects")
WINDOW = 100        # below the 128 replies that a bus lets a connection wait for
BATCH = 10          # calls in one write of the socket, at most
ERROR = 3
SERIAL_AT, FIRST_SERIAL = 8, 1000


class Template:
    """SetValues of one Integer."""

    def __init__(self, path, wants_reply):
        message = new_method_call(OBJECTS, "SetValues", "a(sv)", ([(path, ("x", 0))],))
        if not wants_reply:
            message.header.flags |= MessageFlag.no_reply_expected
        self.data = bytearray(message.serialise(serial=FIRST_SERIAL))

    def make(self, number):
        struct.pack_into("<I", self.data, SERIAL_AT, FIRST_SERIAL + number)
        struct.pack_into("<q", self.data, len(self.data) - 8, number)
        return bytes(self.data)


class Replies:
    """Counts what comes, by the lengths in the headers."""

    def __init__(self):
        self.data, self.times, self.errors = b"", array.array("d"), 0

    def take(self, data):
        self.data += data
        at = 0
        while len(self.data) - at >= 16:
            body, = struct.unpack_from("<I", self.data, at + 4)
            fields, = struct.unpack_from("<I", self.data, at + 12)
            size = 16 + (fields + 7) // 8 * 8 + body
            if len(self.data) - at < size:
                break
            if self.data[at + 1] in (2, ERROR):
                self.times.append(time.monotonic())
                self.errors += self.data[at + 1] == ERROR
            at += size
        self.data = self.data[at:]


def flood(connection, path, rate, seconds, window):
    """(times of the calls, Replies)"""
    template, replies, times = Template(path, window > 0), Replies(), array.array("d")
    selector = selectors.DefaultSelector()
    selector.register(connection.sock, selectors.EVENT_READ)
    begin = time.monotonic()
    while (now := time.monotonic()) < begin + seconds:
        due = int((now - begin) * rate) + 1 - len(times) if rate else BATCH
        if window:
            due = min(due, window - (len(times) - len(replies.times)))
        batch = range(len(times) + 1, len(times) + 1 + max(0, min(due, BATCH)))
        if batch:
            times.extend([now] * len(batch))
            connection.sock.sendall(b"".join(map(template.make, batch)))
        wait = 0.001 if not batch else 0
        if selector.select(wait):
            replies.take(connection.sock.recv(65536))
    deadline = time.monotonic() + 10
    while window and len(replies.times) < len(times) and time.monotonic() < deadline:
        if selector.select(1):
            replies.take(connection.sock.recv(65536))
    return times, replies


def main():
    address, object_id, instance, rate, seconds, *rest = sys.argv[1:]
    window = int(rest[0]) if rest else WINDOW
    connection = open_dbus_connection(address)
    body = (int(object_id), int(instance), {0: ("x", 0)}, {})
    unwrap_msg(connection.send_and_get_reply(new_method_call(OBJECTS, "Publish", "qqa{qv}a{sv}", body)))
    print("published", flush=True)
    if sys.stdin.readline() != "go\n":
        return 1
    times, replies = flood(connection, f"/{object_id}/{instance}/0", int(rate), float(seconds), window)
    print(json.dumps([len(times), replies.errors, list(times), list(replies.times)]), flush=True)
    sys.stdin.read()        # stays on the bus until its standard input is closed
    return 0


if __name__ == "__main__":
    sys.exit(main())
