# SPDX-License-Identifier: Apache-2.0
"""The daemon under test, its private bus, its configuration; every wait is for an event and has an end."""
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.bus_messages import MatchRule, message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

CLIENTD = os.environ.get("LWM2M_CLIENTD", "lwm2m-clientd")
CTL = os.environ.get("LWM2MCTL", "lwm2mctl")
CLOCK_SHIM = os.environ.get("LWM2M_CLOCK_SHIM", "clock_shim.so")
CUT_SHIM = os.environ.get("LWM2M_CUT_SHIM", "cut_shim.so")
FILE_SHIM = os.environ.get("LWM2M_FILE_SHIM", "file_shim.so")
JOURNAL_SHIM = os.environ.get("LWM2M_JOURNAL_SHIM", "")
MACHINE_SHIM = os.environ.get("LWM2M_MACHINE_SHIM", "machine_shim.so")
HAVE_DISCOVER = os.environ.get("LWM2M_BOOTSTRAP_DISCOVER", "1") == "1"
SANITIZED = os.environ.get("LWM2M_SANITIZED") == "1"     # its allocator keeps what is freed

# A wrapper of a Daemon: an error, or a byte that is lost, is an exit status of its own.
VALGRIND = ["valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite",
            "--error-exitcode=99"]

NAME = "org.lwm2m.Client1"
MANAGER = "/org/lwm2m/Client1"
ENDPOINT = "test-endpoint"

# MAX_TRANSMIT_WAIT = 1 s * (2^2 - 1) * 1 = 3 s with these, 1 s with max_retransmit 0 (lwm2m-facts.md 7.1)
COAP = {"ack_timeout": "1s", "ack_random_factor": 1, "max_retransmit": 1}
HASTY_COAP = {**COAP, "max_retransmit": 0}
TRANSMIT_WAIT, HASTY_TRANSMIT_WAIT = 3.0, 1.0

# What the object list holds beside the accounts and Access Control
OWN_OBJECTS = ["</3/0>", "</4/0>", "</7/0>"]

START = [("initial", "bootstrapping", ""), ("bootstrapping", "bootstrapped", ""),
         ("bootstrapped", "registering", ""), ("registering", "registered", "")]

def message_ids():
    """{name: MESSAGE_ID}, as the daemon has them."""
    header = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../include/util/message_ids.h")
    with open(header, encoding="utf-8") as file:
        return dict(re.findall(r'^#define MESSAGE_ID_(\w+)\s+"([0-9a-f]{32})"', file.read(), re.M))


MESSAGE_IDS = message_ids()

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
</busconfig>
"""


def yaml(value, indent=""):
    """Block style with JSON scalars, for dicts, lists, strings, numbers and booleans."""
    if isinstance(value, dict):
        return "".join(_yaml_entry(f"{indent}{key}:", each, indent) for key, each in value.items())
    if isinstance(value, list):
        return "".join(f"{indent}- {yaml(each, indent + '  ').lstrip()}" for each in value)
    return json.dumps(value) + "\n"


def _yaml_entry(head, value, indent):
    if isinstance(value, (dict, list)) and value:
        return f"{head}\n{yaml(value, indent + '  ')}"
    return f"{head} {json.dumps(value)}\n"


def nosec(uri, **keys):
    return {"uri": uri, "security_mode": "nosec", **keys}


def psk(uri, identity, key_hex, **keys):
    return {"uri": uri, "security_mode": "psk", "identity": identity, "key_hex": key_hex, **keys}


def certified(uri, device=None, **keys):
    """An account with certificates; `device`, of pki.py, is the client's own."""
    own = {} if device is None else {"certificate_file": device.certificate_file,
                                     "private_key_file": device.key_file}
    return {"uri": uri, "security_mode": "certificate", **own, **keys}


def settings(bootstrap=None, servers=(), coap=COAP, bootstrap_account=None, **bootstrap_keys):
    """A configuration with small times: a Bootstrap Server's URI, factory servers, keys of `bootstrap:`."""
    config = {"endpoint": ENDPOINT, "coap": dict(coap)}
    keys = {"retry_count": 1, "retry_delay": "1s", "jitter": "0%", "timeout": "20s", "on_failure": "stay"}
    keys.update(bootstrap_keys)
    if bootstrap is not None:
        keys["server"] = nosec(bootstrap, **(bootstrap_account or {}))
    config["bootstrap"] = keys
    if servers:
        config["servers"] = list(servers)
    return config


def factory_server(uri, short_server_id=1, lifetime=300, retry=None, **keys):
    """An entry of `servers:`; without retry one attempt, so that a failure is quick."""
    retry = retry or {"retry_count": 1, "retry_timer": "1s", "sequence_retry_count": 1}
    return {"short_server_id": short_server_id, **nosec(uri), "lifetime": lifetime,
            "communication_retry": retry, **keys}


def versioned(config, version):
    """The configuration with this lwm2m_version, without the keys that 1.0 does not know."""
    config["lwm2m_version"] = version
    if version == "1.0":
        for entry in config.get("servers", ()):
            del entry["communication_retry"]
    return config


def poll(condition, timeout=10.0, missing=lambda: "not seen"):
    """The first true value of what no event tells, as of a file; missing() says what there was instead."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"{missing()} within {timeout} s")
        time.sleep(0.02)
    return value


class Watched:
    """State that threads change and tests wait for."""

    def __init__(self):
        self.condition = threading.Condition()

    def await_(self, condition, timeout, what):
        """The first true value of condition(), checked after each event."""
        deadline = time.monotonic() + timeout
        with self.condition:
            while not (value := condition()):
                if self.is_over() or time.monotonic() >= deadline:
                    raise TimeoutError(f"no {what} within {timeout} s{self.explain()}")
                self.condition.wait(max(0.0, deadline - time.monotonic()))
            return value

    def explain(self):
        return ""

    def is_over(self):
        """Nothing more will happen: no use in waiting."""
        return False


class Bus:
    """A dbus-daemon with a system-type configuration that allows everything."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "bus")
        self.address = f"unix:path={self.path}"
        self.config = os.path.join(folder, "bus.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(BUS_CONFIG.format(path=self.path))
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self.config}", "--nofork", "--nopidfile", "--print-address"],
            stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().startswith("unix:"), "dbus-daemon did not start"
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(5)
            self.process.stdout.close()
            self.process = None

    def connect(self):
        return open_dbus_connection(self.address)

    def own(self, name):
        """A connection that owns a name."""
        connection = self.connect()
        assert unwrap_msg(connection.send_and_get_reply(message_bus.RequestName(name))) == (1,)
        return connection


class Daemon(Watched):
    """lwm2m-clientd with its own state directory; what it says on bus, stderr and to systemd is recorded."""

    def __init__(self, folder, bus=None):
        super().__init__()
        self.folder, self.bus = folder, bus
        self.config = os.path.join(folder, "lwm2m-client.yaml")
        self.state_directory = os.path.join(folder, "state")
        os.makedirs(self.state_directory, exist_ok=True)
        self.environment, self.arguments = {}, []
        self.wrapper = []       # words before the daemon's own, as of unshare
        self.process = self.connection = None
        self.calling = threading.Lock()     # scripts of peers call from threads of their own
        self.lines, self.entries, self.notifications, self.signals, self.changes = [], [], [], [], []
        self._notify_path = os.path.join(folder, "notify")
        self._stderr_reader = None
        self._ended = set()     # of what the process writes to, that which has been read to the end
        self._generation = 0    # of the thread whose signals count

    def explain(self):
        return "\n" + self.report()

    def is_over(self):
        return len(self._ended) == 2

    def report(self):
        return "\n".join(["changes: " + repr(self.changes), "stderr:", *self.lines[-80:]])

    def configure(self, config):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(config if isinstance(config, str) else yaml(config))

    # -- the process

    def start(self, config=None, wait=True, arguments=()):
        """Starts the daemon; with wait until it is READY (and on the bus, if there is one)."""
        if config is not None:
            self.configure(config)
        self._generation += 1
        self.lines, self.entries, self.notifications, self.changes, self.signals = [], [], [], [], []
        # The scripts of peers wait in threads of their own: until the new process is known there is none.
        self.process = self._stderr_reader = None
        self._ended = ended = set()
        if self.bus is not None and self.bus.process is not None:
            self.watch()
        notify = self._listen_notify()
        environment = {**os.environ, "NOTIFY_SOCKET": self._notify_path, **self.environment}
        if self.bus is not None:
            environment["DBUS_SYSTEM_BUS_ADDRESS"] = self.bus.address
        stderr, its_stderr = os.pipe()
        self._show_journal(environment, os.fstat(its_stderr))
        process = subprocess.Popen(
            [*self.wrapper, CLIENTD, f"--config={self.config}", f"--state-directory={self.state_directory}",
             *self.arguments, *arguments],
            stderr=its_stderr, stdin=subprocess.DEVNULL, env=environment)
        os.close(its_stderr)
        self._stderr_reader = self._spawn(self._read_stderr, process, stderr, ended)
        self.process = process
        self._spawn(self._read_notifications, notify, process, ended)
        if wait:
            self.wait_ready()
        return self

    def _spawn(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        return thread

    @staticmethod
    def _show_journal(environment, stderr):
        """What the journal would get comes to stderr, with its fields."""
        environment.pop("JOURNAL_STREAM", None)
        if not JOURNAL_SHIM:
            return
        environment["JOURNAL_STREAM"] = f"{stderr.st_dev}:{stderr.st_ino}"
        environment["LD_PRELOAD"] = f"{environment.get('LD_PRELOAD', '')} {JOURNAL_SHIM}".strip()
        environment["ASAN_OPTIONS"] = f"{environment.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"

    def _read_stderr(self, process, stderr, ended):
        with open(stderr, encoding="utf-8", errors="replace") as stream:
            for line in stream:
                message, *fields = line.rstrip("\n").split("\x1f")
                entry = dict(field.split("=", 1) for field in fields)
                with self.condition:
                    self.lines.append(message)
                    self.entries.append({"MESSAGE": message, **entry})
                    self.condition.notify_all()
        process.wait()
        self._end("stderr", ended)

    def _end(self, stream, ended):
        with self.condition:
            ended.add(stream)
            self.condition.notify_all()

    def _listen_notify(self):
        if os.path.exists(self._notify_path):
            os.unlink(self._notify_path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(self._notify_path)
        listener.settimeout(0.5)
        return listener

    def _read_notifications(self, listener, process, ended):
        with listener:
            while True:
                try:
                    text = listener.recv(65536).decode()
                except socket.timeout:
                    if process.poll() is not None:
                        return self._end("notifications", ended)
                    continue
                with self.condition:
                    self.notifications += text.splitlines()
                    self.condition.notify_all()

    def wait_ready(self, timeout=10.0):
        def ready():
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"exit {self.process.returncode}{self.explain()}")
            return self.process is not None and "READY=1" in self.notifications
        self.await_(ready, timeout, "READY=1")

    def wait_exit(self, timeout=10.0):
        """The exit code."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError(f"still running{self.explain()}") from error
        self._stderr_reader.join(2)
        return self.process.returncode

    def wait_log(self, pattern, timeout=10.0, number=1):
        """The number-th line of stderr that matches."""
        def found():
            matches = [line for line in self.lines if re.search(pattern, line)]
            return matches[number - 1] if len(matches) >= number else None
        return self.await_(found, timeout, f"line {pattern!r}")

    def events(self, kind, pattern="", **fields):
        """The lines of a kind, a name of MESSAGE_IDS, as dictionaries: whose message matches and who have
        these fields (short_server_id=101 for LWM2M_SHORT_SERVER_ID)."""
        wanted = {"MESSAGE_ID": MESSAGE_IDS[kind],
                  **{f"LWM2M_{name.upper()}": str(value) for name, value in fields.items()}}
        return [entry for entry in list(self.entries)
                if wanted.items() <= entry.items() and re.search(pattern, entry["MESSAGE"])]

    def wait_event(self, kind, pattern="", timeout=10.0, number=1, **fields):
        """The number-th of events()."""
        def found():
            matches = self.events(kind, pattern, **fields)
            return matches[number - 1] if len(matches) >= number else None
        return self.await_(found, timeout, f"{kind} {pattern!r} {fields}")

    def stop(self, timeout=10.0):
        self.process.send_signal(signal.SIGTERM)
        return self.wait_exit(timeout)

    def kill(self):
        self.process.kill()
        self.wait_exit()

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def resources(self):
        """Descriptors, and kB of memory that are the process's own, once it is idle."""
        self.get("Status")
        process = f"/proc/{self.process.pid}"
        with open(f"{process}/status", encoding="ascii") as file:
            return len(os.listdir(f"{process}/fd")), int(re.search(r"RssAnon:\s+(\d+)", file.read())[1])

    def close(self):
        """Ends everything; the exit code of an orderly stop, None where the test ended the daemon itself."""
        returned = None
        if self.running:
            try:
                returned = self.stop()
            except TimeoutError:
                self.process.kill()
                self.process.wait()
                returned = "hangs at SIGTERM"
        if self.connection is not None:
            self.connection.close()
        return returned

    # -- the bus

    def watch(self):
        """Records the daemon's signals from now on; again after the bus was restarted."""
        if self.connection is not None:
            self.connection.close()
        self.connection = self.bus.connect()
        watcher = self.bus.connect()
        for rule in (MatchRule(type="signal", path_namespace=MANAGER),
                     MatchRule(type="signal", member="NameOwnerChanged")):
            unwrap_msg(watcher.send_and_get_reply(message_bus.AddMatch(rule)))
        self._generation += 1
        self._spawn(self._read_signals, watcher, self._generation)

    def _read_signals(self, watcher, generation):
        try:
            while generation == self._generation:
                message = watcher.receive()
                if message.header.message_type == MessageType.signal and generation == self._generation:
                    self._record_signal(message)
        except OSError:
            pass    # the bus is gone
        finally:
            watcher.close()

    def _record_signal(self, message):
        fields = {key.name: value for key, value in message.header.fields.items()}
        with self.condition:
            self.signals.append((time.monotonic(), fields.get("path"), fields.get("member"), message.body))
            if fields.get("member") == "StatusChanged" and fields.get("path") == MANAGER:
                self.changes.append(tuple(message.body))
            self.condition.notify_all()

    def call(self, method, signature=None, body=(), path=MANAGER, interface=NAME + ".Manager", timeout=10.0):
        """The reply's body; raises DBusErrorResponse."""
        address = DBusAddress(path, bus_name=NAME, interface=interface)
        with self.calling:
            return unwrap_msg(self.connection.send_and_get_reply(
                new_method_call(address, method, signature, body), timeout=timeout))

    def bootstrap(self):
        return self.call("Bootstrap", "a{sv}", ({},))

    def error_of(self, method, *arguments, **keywords):
        """The D-Bus error name that a call gives."""
        try:
            self.call(method, *arguments, **keywords)
        except DBusErrorResponse as error:
            return error.name
        return None

    def get(self, name, path=MANAGER, interface=NAME + ".Manager"):
        return self.call("Get", "ss", (interface, name), path, "org.freedesktop.DBus.Properties")[0][1]

    def get_all(self, path=MANAGER, interface=NAME + ".Manager"):
        """{name: (signature, value)}"""
        return self.call("GetAll", "s", (interface,), path, "org.freedesktop.DBus.Properties")[0]

    def get_server(self, short_server_id, name):
        return self.get(name, f"{MANAGER}/server/{short_server_id}", NAME + ".Server")

    def call_server(self, short_server_id, method, signature=None, body=()):
        return self.call(method, signature, body, f"{MANAGER}/server/{short_server_id}", NAME + ".Server")

    def managed_objects(self):
        return self.call("GetManagedObjects", interface="org.freedesktop.DBus.ObjectManager")[0]

    @property
    def status(self):
        return self.get("Status")

    # -- waiting

    def wait_status(self, status, timeout=20.0, number=1):
        """Until the number-th transition to a status since the start."""
        self.await_(lambda: sum(new == status for _, new, _ in self.changes) >= number, timeout,
                    f"transition {number} to {status}")

    def wait_changes(self, changes, timeout=20.0, after=0):
        """Until as many transitions as expected were seen; then they must be these."""
        self.await_(lambda: len(self.changes) >= after + len(changes), timeout,
                    f"{len(changes)} transitions")
        assert self.changes[after:after + len(changes)] == list(changes)

    def wait_property(self, name, wanted, timeout=20.0, path=MANAGER, interface=NAME + ".Manager"):
        """Until a property has a value, or satisfies a predicate; asks again after each signal."""
        accepts = wanted if callable(wanted) else lambda value: value == wanted
        deadline = time.monotonic() + timeout
        while True:
            with self.condition:
                seen = len(self.signals)
            try:
                value = self.get(name, path, interface)
                if accepts(value):
                    return value
            except DBusErrorResponse:
                value = None    # the object is not there yet
            try:
                self.await_(lambda: len(self.signals) > seen, max(0.01, deadline - time.monotonic()),
                            f"{name} as wanted, it is {value!r}")
            except TimeoutError:
                if time.monotonic() >= deadline:
                    raise

    def wait_server(self, short_server_id, name, wanted, timeout=20.0):
        path = f"{MANAGER}/server/{short_server_id}"
        return self.wait_property(name, wanted, timeout, path, NAME + ".Server")
