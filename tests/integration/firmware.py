# SPDX-License-Identifier: Apache-2.0
"""Firmware Update from all its ends: a server that pushes block by block, a back end on the private bus
(org.lwm2m.FirmwareBackend1), the machine that reboots, and what is left on the disk."""
import itertools
import os
import random
import shutil
import threading
import time

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

from daemon_clock import Clock
from harness import MANAGER, NAME, Watched, factory_server, settings, versioned
from lwm2m_peer import CONTINUE, OPAQUE, PUT, SIZE1, TEXT, TLV, Type, tlv_decode, uint
from oma import DEVICE
from system_services import HANG, VANISH, Call, Error, Logind

INTERFACE = "org.lwm2m.FirmwareBackend1"
BACKEND_PATH = "/org/lwm2m/FirmwareBackend1"
FACE = NAME + ".Firmware"

IDLE, DOWNLOADING, DOWNLOADED, UPDATING = range(4)      # State, /5/0/3
PACKAGE, URI, UPDATE, STATE, RESULT = 0, 1, 2, 3, 5     # Resources of /5/0
PKG_NAME, PKG_VERSION, CANCEL, SEVERITY, MAX_DEFER, AUTOMATIC = 6, 7, 10, 11, 13, 14

OLD, NEW = "1.0.0", "2.0.0"     # versions of the firmware
MAX_SIZE = 1 << 20              # the smallest firmware_update.max_size
LIFETIME = 86400                # of the registration: no Update while tests skip time
SILENCE_S = 247                 # after which a push without a block is lost: design.md 14.2


def package(size, seed=1):
    """Bytes that occur nowhere else, neither 0 nor the same in two blocks."""
    return random.Random(seed).randbytes(size)


class BackEnd(Watched):
    """A service that installs. It keeps on its disk what it has installed, by id: a repeated id installs
    nothing anew. `answers`: member -> body, Error, HANG, VANISH, or a function of the call that gives one.
    """
    NAME = "org.example.Installer"
    SIGNATURES = {"Verify": "ysss", "Install": "ybs", "Booted": "ys"}

    def __init__(self, bus, version_file):
        super().__init__()
        self.bus, self.version_file = bus, version_file
        self.reboots = False        # whether what is installed counts from the next boot on
        self.answers = {"Verify": (0, "image", NEW, "")}
        self.calls, self.packages, self.faults = [], [], []
        self.installed, self.pending = {}, None
        self.connection, self._serials, self._sending = None, itertools.count(1000), threading.Lock()
        self.start()

    def start(self):
        """Takes its name, again after close() or VANISH."""
        self.connection = open_dbus_connection(self.bus.address, enable_fds=True)
        # Owner, or the next one: the bus may not have heard yet that the connection of before has ended.
        reply = self.connection.send_and_get_reply(message_bus.RequestName(self.NAME))
        assert unwrap_msg(reply)[0] in (1, 2)
        threading.Thread(target=self._serve, args=[self.connection], daemon=True).start()

    def close(self):
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def explain(self):
        return f"\n{self.NAME}: {[call[1:] for call in self.calls]}"

    def _serve(self, connection):
        try:
            while True:
                message = connection.receive()
                if message.header.message_type == MessageType.method_call:
                    self._take(connection, message)
        except (OSError, ValueError, EOFError):
            pass    # closed

    def _take(self, connection, message):
        fields = message.header.fields
        if fields.get(HeaderFields.interface) != INTERFACE or fields[HeaderFields.path] != BACKEND_PATH:
            connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "s", ("What?",)))
            return
        member, body = fields[HeaderFields.member], list(message.body)
        data = self._read(body.pop(0)) if member in ("Verify", "Install") else None
        call = Call(time.monotonic(), member, tuple(body))
        # Whoever waits for the call then changes the answer of the next one, and finds who vanishes gone.
        answer = self.answers.get(member)
        if answer is VANISH:
            self.close()
        with self.condition:
            self.calls.append(call)
            if data is not None:
                self.packages.append(data)
            self.condition.notify_all()
        own = {"Install": self._install, "Booted": self._booted}
        answer = answer or own[member](*body)
        if callable(answer):    # it may wait, and so must not be waited for here
            threading.Thread(target=lambda: self._reply(connection, message, member, answer(call)),
                             daemon=True).start()
        else:
            self._reply(connection, message, member, answer)

    def _read(self, descriptor):
        """The whole package; what interface.md says of its descriptor is looked at, too."""
        with descriptor.to_file("rb") as file:
            flags = int(open(f"/proc/self/fdinfo/{file.fileno()}").read().split("flags:")[1].split()[0], 8)
            if flags & os.O_ACCMODE != os.O_RDONLY or os.lseek(file.fileno(), 0, os.SEEK_CUR) != 0:
                self.faults.append(f"flags {flags:o}, at {os.lseek(file.fileno(), 0, os.SEEK_CUR)}")
            return file.read()

    def _install(self, number):
        if number not in self.installed:
            self.installed[number] = (0, self.reboots, "")
            self.pending = NEW
            if not self.reboots:
                self.take_effect()
        return self.installed[number]

    def _booted(self, number):
        known = number in self.installed and self.version == NEW
        return (0, "") if known else (8, "The old image has booted again")

    def take_effect(self):
        """Of an Install, or at a boot behind it: the new version runs."""
        if self.pending is not None:
            replace(self.version_file, self.pending)
            self.pending = None

    @property
    def version(self):
        with open(self.version_file, encoding="ascii") as file:
            return file.read().strip()

    def _reply(self, connection, message, member, answer):
        if isinstance(answer, Error):
            self._send(connection, new_error(message, answer.name, "s", (answer.text,)))
        elif answer not in (HANG, VANISH):
            self._send(connection, new_method_return(message, self.SIGNATURES[member], answer))

    def _send(self, connection, message):
        try:
            with self._sending:
                connection.send(message, serial=next(self._serials))
        except OSError:
            pass    # closed meanwhile

    def progress(self, percent, text=""):
        address = DBusAddress(BACKEND_PATH, bus_name=None, interface=INTERFACE)
        self._send(self.connection, new_signal(address, "Progress", "ys", (percent, text)))

    def asked(self):
        """Names of the members, in order."""
        with self.condition:
            return [call.member for call in self.calls]

    def wait_call(self, member, number=1, timeout=10.0):
        def found():
            calls = [call for call in self.calls if call.member == member]
            return calls[number - 1] if len(calls) >= number else None
        return self.await_(found, timeout, f"call {number} of {member}")


def replace(path, text):
    """A file, atomically."""
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(text + "\n")
    os.rename(path + ".new", path)


class Push:
    """A package on its way to the client, one block at a time."""

    def __init__(self, server, payload, size=1024, cf=OPAQUE, path="/5/0/0", size1=None, session=None,
                 type=Type.CON):
        self.server, self.payload, self.size, self.cf, self.path = server, payload, size, cf, path
        self.session, self.type = session or server.session, type
        self.options = [] if size1 is None else [(SIZE1, uint(size1))]

    @property
    def count(self):
        return max(1, -(-len(self.payload) // self.size))

    def message(self, num):
        message = self.server.block_message(self.session, PUT, self.path, self.cf, self.payload, num,
                                            self.size, options=self.options)
        message.type = self.type
        return message

    def block(self, num, timeout=10.0):
        """The response to one block."""
        return self.server.exchange(self.session, self.message(num), timeout)

    def blocks(self, first=0, end=None, timeout=10.0):
        """Code of the answer to the last block of these, or to the first that is not 2.31."""
        for num in range(first, self.count if end is None else end):
            response = self.block(num, timeout)
            if response.code != CONTINUE:
                break
        return response.code_text

    def whole(self):
        """In one message where there is one block, without Block1."""
        if self.count > 1:
            return self.blocks()
        return self.server.write(self.path, self.payload, self.cf, options=self.options).code_text


class Firmware:
    """A registered client with a back end; `shown` is what the server was told of State and Update Result.
    """

    def __init__(self, daemon, server, bus, folder, version="1.1", config=None, **keys):
        self.daemon, self.server, self.folder = daemon, server, str(folder)
        self.clock = Clock(daemon)
        self.version_file = os.path.join(self.folder, "version")
        replace(self.version_file, OLD)
        self.back_end, self.logind = BackEnd(bus, self.version_file), Logind(bus)
        self.runtime = os.path.join(self.folder, "run")
        os.makedirs(self.runtime)
        daemon.environment["RUNTIME_DIRECTORY"] = self.runtime
        self.config = config or versioned(
            settings(servers=[factory_server(server.uri, lifetime=LIFETIME)]), version)
        self.config["device"] = {**DEVICE, "firmware_version": {"file": self.version_file},
                                 "reboot": "logind"}
        self.config["firmware_update"] = {"backend": BackEnd.NAME, **keys}
        self.observation = None

    def close(self):
        for each in (self.back_end, self.logind):
            each.close()
        assert not self.back_end.faults, self.back_end.faults

    def start(self, watch=True):
        before = len(self.server.registrations)
        self.daemon.start(self.config)
        self.registered(before + 1, watch)
        return self

    def registered(self, number, watch=True):
        """Until the number-th registration stands; then the server observes."""
        registration = self.server.wait_registration(number)
        self.daemon.wait_status("registered")
        if watch:
            self.watch()
        return registration

    def kill(self):
        self.daemon.kill()

    def reboot(self, boots=True):
        """The machine goes down and comes back: with what was installed, where it boots."""
        if self.daemon.running:
            self.daemon.stop()
        shutil.rmtree(self.runtime)
        os.makedirs(self.runtime)
        if boots:
            self.back_end.take_effect()
        self.start()

    # -- what the server sees

    def watch(self):
        self.observation = self.server.observe("/5/0", accept=TLV)
        assert self.observation.answer.code_text == "2.05" and self.observation.exists

    def shown(self):
        """(State, Update Result) of each answer in the observation, without repetitions in a row."""
        pairs = []
        for message in (self.observation.answer, *list(self.observation.messages)):
            values = tlv_decode(message.payload)
            pair = tuple(int.from_bytes(values[number], "big") for number in (STATE, RESULT))
            if pair != (pairs[-1] if pairs else None):
                pairs.append(pair)
        return pairs

    def wait(self, state, result=0, timeout=10.0):
        """Until the server was told this State and Update Result, last of all."""
        try:
            self.server.wait(lambda: self.shown()[-1] == (state, result), timeout, "notification")
        except TimeoutError as error:
            raise TimeoutError(f"no State {state} and Result {result}: {self.shown()}"
                               f"{self.back_end.explain()}{self.daemon.explain()}") from error

    def read(self, resource):
        """A number or text of /5/0, or the code."""
        response = self.server.read(f"/5/0/{resource}", accept=TEXT)
        if response.code_text != "2.05":
            return response.code_text
        return int(response.text) if response.text.lstrip("-").isdigit() else response.text

    def status(self):
        return self.read(STATE), self.read(RESULT)

    def running_version(self):
        return self.server.read("/3/0/3", accept=TEXT).text

    # -- what the server does

    def push(self, payload, **keywords):
        return Push(self.server, payload, **keywords)

    def reset(self):
        """By an empty URI."""
        return self.server.write("/5/0/1", b"").code_text

    def pull(self, uri):
        return self.server.write("/5/0/1", uri.encode()).code_text

    def update(self, payload=b""):
        return self.server.execute("/5/0/2", payload).code_text

    def cancel(self):
        return self.server.execute("/5/0/10").code_text

    def downloaded(self, payload=None, **keywords):
        """A package is there, verified."""
        assert self.push(payload or package(3000), **keywords).whole() == "2.04"
        self.wait(DOWNLOADED)

    # -- what operators see

    def get(self, name):
        return self.daemon.get(name, MANAGER, FACE)

    def wait_property(self, name, wanted, timeout=10.0):
        return self.daemon.wait_property(name, wanted, timeout, MANAGER, FACE)

    # -- the disk

    def kept(self, payload):
        """The files of the state directory in which bytes of a package are, from its beginning."""
        found = []
        for root, _, names in os.walk(self.daemon.state_directory):
            for name in names:
                try:
                    with open(os.path.join(root, name), "rb") as file:
                        if payload[:16] in file.read():
                            found.append(name)
                except FileNotFoundError:
                    pass    # removed in this moment
        return found

    def wait_kept(self, payload, wanted, timeout=5.0):
        """A thread removes it: files tell nobody, so that it is looked at until it is so."""
        end = time.monotonic() + timeout
        while bool(self.kept(payload)) != wanted:
            assert time.monotonic() < end, f"{self.kept(payload)} in {self.daemon.state_directory}"
            time.sleep(0.02)
