# SPDX-License-Identifier: Apache-2.0
"""Calls of org.lwm2m.FirmwareBackend1 with descriptors; lwm2m-client-firmware-script on a private bus."""
import os
import signal
import socket
import subprocess
import threading
import time
from collections import namedtuple
from contextlib import contextmanager

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from daemon_clock import preload
from harness import Watched
from users import identity

PROGRAM = os.environ.get("LWM2M_FIRMWARE_SCRIPT", "lwm2m-client-firmware-script")
NAME = "org.lwm2m.FirmwareScript1"
PATH = "/org/lwm2m/FirmwareBackend1"
INTERFACE = "org.lwm2m.FirmwareBackend1"

Verified = namedtuple("Verified", "result name version text")
Installed = namedtuple("Installed", "result reboot text")
Booted = namedtuple("Booted", "result text")


class Caller:
    """A connection of a user. The bus asks the kernel once who it is."""

    def __init__(self, address, user):
        self.user = user
        with identity(user):
            self.connection = open_dbus_connection(address, enable_fds=True)

    def close(self):
        self.connection.close()

    def send(self, member, signature, body):
        """Without waiting; the serial of the call."""
        address = DBusAddress(PATH, bus_name=NAME, interface=INTERFACE)
        message = new_method_call(address, member, signature, body)
        serial = next(self.connection.outgoing_serial)
        self.connection.send(message, serial=serial)
        return serial

    def receive(self, serial, timeout=20.0):
        """The answer to it; raises DBusErrorResponse. What comes before is kept in `signals`."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.connection.receive(timeout=max(0.01, deadline - time.monotonic()))
            if message.header.fields.get(HeaderFields.reply_serial) == serial and \
                    message.header.message_type in (MessageType.method_return, MessageType.error):
                return unwrap_msg(message)

    def call(self, member, signature, body, timeout=20.0):
        return self.receive(self.send(member, signature, body), timeout)

    def verify(self, package, timeout=20.0):
        with opened(package, self.user) as fd:
            return Verified(*self.call("Verify", "h", (fd,), timeout))

    def install(self, package, name, timeout=20.0):
        with opened(package, self.user) as fd:
            return Installed(*self.call("Install", "hs", (fd, name), timeout))

    def booted(self, name, timeout=20.0):
        return Booted(*self.call("Booted", "s", (name,), timeout))


@contextmanager
def opened(package, user):
    """A descriptor is handed over as it is, a path is opened for reading as that user."""
    if isinstance(package, int):
        yield package
        return
    with identity(user):
        fd = os.open(package, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


class FirmwareService(Watched):
    """The service, without systemd, with a script of the test's."""

    def __init__(self, folder, bus, user):
        super().__init__()
        self.folder, self.bus, self.user = folder, bus, user
        self.script, self.state = folder / "firmware", folder / "state"
        self.clock = folder / "clock"
        self.state.mkdir(mode=0o700)
        self.lines, self.process = [], None

    def explain(self):
        return "\n" + "\n".join(self.lines[-60:])

    def is_over(self):
        return self.process is not None and self.process.poll() is not None

    def write_script(self, text):
        self.script.write_text(f"#!/bin/sh\n{text}\n")
        self.script.chmod(0o755)

    def start(self):
        environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.bus.address, "SECRET": "of the service",
                       **preload(CLOCK_SHIM_SOCKET=str(self.clock), CLOCK_SHIM_OFFSET="0")}
        environment.pop("JOURNAL_STREAM", None)
        self.clock.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [PROGRAM, f"--script={self.script}", f"--state-directory={self.state}", f"--user={self.user}"],
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment)
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        self._wait_name()
        return self

    def _read(self, process):
        for line in process.stderr:
            with self.condition:
                self.lines.append(line.rstrip("\n"))
                self.condition.notify_all()
        process.wait()
        with self.condition:
            self.condition.notify_all()

    def _wait_name(self):
        deadline = time.monotonic() + 10
        with_bus = self.bus.connect()
        try:
            bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
            while not unwrap_msg(with_bus.send_and_get_reply(
                    new_method_call(bus, "NameHasOwner", "s", (NAME,))))[0]:
                assert not self.is_over() and time.monotonic() < deadline, self.explain()
                time.sleep(0.01)
        finally:
            with_bus.close()

    def wait_line(self, words, timeout=10.0, number=1):
        def found():
            return len([line for line in self.lines if words in line]) >= number
        self.await_(found, timeout, f"line {words!r}")

    def wait_exit(self, timeout=10.0):
        self.process.wait(timeout)
        return self.process.returncode

    def sleep(self, seconds, to_its_end=False):
        """The machine was suspended that long: what has a deadline is that much nearer. At its end the
        service may be gone before its clock can say that it was set."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.settimeout(10)
            to.bind("")
            words = f"sleep {seconds}".encode()
            to.sendto(words, str(self.clock))
            if not to_its_end:
                to.recv(len(words))

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait_exit()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
