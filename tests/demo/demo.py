#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Shows lwm2m-clientd at work: bootstrap, registration, a temperature that a program publishes, a power cut,
and a Bootstrap Server that is silent.

Everything runs on loopback and on a D-Bus of its own; nothing on the machine is changed. Ends with status 0
only when every operation and every change of Status was seen. Standard library only.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peer"))

from bus_monitor import BusMonitor  # noqa: E402
from lwm2m_peer import (ACCEPT, LINK, TEXT, TLV, BlackHole, BootstrapServer, LwM2MServer,   # noqa: E402
                        account, code_text, delete, discover, finish)

PATIENCE = 30       # seconds for one part
NAME, MANAGER = "org.lwm2m.Client1", "/org/lwm2m/Client1"

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow send_type="signal"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
"""

CONFIG = """endpoint: demo-gateway
bootstrap:
  server:
    uri: {uri}
    security_mode: nosec
  retry_count: 1
  retry_delay: 1s
  jitter: 0%
  on_failure: stay
coap:
  ack_timeout: 1s
  ack_random_factor: 1
  max_retransmit: 1
device:
  manufacturer: Example
  model_number: demo
"""

DEFINITIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "objects")
TEMPERATURE, PLACE = "/3303/0/5700", "/3303/0/5750"     # Sensor Value, Application Type

FORMATS = {TLV: " (TLV)", TEXT: " (text)"}

# What a part shows comes from two processes; this is the order in which the client did it.
ORDER = {"bootstrapping": 1, "/bs": 2, "bootstrapped": 3, "registering": 4, "/rd": 5,
         "registered": 6, "failure": 6}

FIRST_START = [
    "initial -> bootstrapping",
    "POST /bs?ep=demo-gateway 2.04", "DELETE / 2.02", "PUT /0/1 (TLV) 2.04", "PUT /1/0 (TLV) 2.04",
    "GET / (Discover) 2.05", "POST /bs 2.04",
    "bootstrapping -> bootstrapped", "bootstrapped -> registering",
    "POST /rd?ep=demo-gateway&lt=300&lwm2m=1.1&b=U 2.01",
    "registering -> registered"]
PUBLISHED = ["Publish /3303/0 done", "POST /rd/ID (list of Objects) 2.04"]
OBSERVED = [f"GET {TEMPERATURE} (Observe) 2.05 21.5", f"SetValues {TEMPERATURE} 22.25 done",
            f"notification of {TEMPERATURE} 2.05 22.25"]
WRITTEN = ["Write /3303/0/5750 cellar accepted", f"PUT {PLACE} (text) 2.04"]
SECOND_START = ["initial -> registering", *FIRST_START[-2:]]
STOP = ["DELETE /rd/ID 2.02"]
SILENT_START = [
    "initial -> bootstrapping", "POST /bs?ep=demo-gateway no answer", "POST /bs?ep=demo-gateway no answer",
    "bootstrapping -> failure (Timeout)"]


def normalise(text):
    """The transcript without what differs from run to run: ports, locations, process ids and times."""
    for pattern, replacement in ((r"(127\.0\.0\.1|\[::1\]):\d+", r"\1:PORT"),
                                 (r"/rd/[0-9a-f]{8}\b", "/rd/ID"),
                                 (r"\bPID \d+", "PID N"),
                                 (r"\bport \d+", "port PORT"),
                                 (r"\b\d+(\.\d+)? ?(ms|s|seconds)\b", r"N \2"),
                                 (r"\bt \d{9,}", "t TIME"),
                                 (r"[ \t]+$", "")):
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text.strip() + "\n"


def shown(message):
    return f"{message.code_text} {message.text}"


class Missing(Exception):
    """Something that the demonstration promises was not seen."""


class Demo:
    """The bus, the two servers and the daemon; `seen` holds what happened since the part began."""

    def __init__(self, daemon, definitions, folder):
        self.program, self.definitions, self.folder = daemon, definitions, folder
        self.condition, self.seen = threading.Condition(), []
        self.bus = self.monitor = self.daemon = self.thermometer = None
        self.server = LwM2MServer(on_operation=self.operation)
        self.bootstrap = BootstrapServer(on_operation=self.operation)
        self.bootstrap.script = [delete("/"), *account(self.server.uri), discover(), finish()]
        self.log = open(os.path.join(folder, "log"), "w+", encoding="utf-8")    # closed in close()

    def close(self):
        if self.monitor is not None:
            self.monitor.close()
        for process in (self.thermometer, self.daemon, self.bus):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self.server.close()
        self.bootstrap.close()
        self.log.close()

    # -- what happens

    def happened(self, rank, coap, status=""):
        with self.condition:
            self.seen.append((rank, coap, status))
            self.condition.notify_all()

    def operation(self, endpoint, incoming, request, response_code):
        query = "?" + "&".join(request.queries) if request.queries else ""
        what = " (Discover)" if request.uint(ACCEPT) == LINK else FORMATS.get(request.content_format, "")
        if request.path.startswith("/rd/") and request.payload:
            what = " (list of Objects)"
        rank = ORDER["/bs"] if endpoint is self.bootstrap else ORDER["/rd"]
        self.happened(rank, (endpoint.name, "<-" if incoming else "->",
                             f"{request.method} {request.path}{query}{what}", code_text(response_code)))

    def silent_request(self, record, known=set()):
        """Only first transmissions: a repetition has the Message ID of the first."""
        message = record.message
        if message is not None and (record.port, message.mid) not in known:
            known.add((record.port, message.mid))
            self.happened(ORDER["/bs"], ("silent port", "<-", f"{message.method} {message.path}?"
                                         + "&".join(message.queries), "no answer"))

    def status_changed(self, old, new, reason):
        self.happened(ORDER.get(new, 9), None, f"{old} -> {new}" + (f" ({reason})" if reason else ""))

    # -- processes

    def start_bus(self):
        config, path = os.path.join(self.folder, "bus.conf"), os.path.join(self.folder, "bus")
        with open(config, "w", encoding="utf-8") as file:
            file.write(BUS_CONFIG.format(path=path))
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={path}"
        self.bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                                     "--print-address"], stdout=subprocess.PIPE, stderr=self.log, text=True)
        if not self.bus.stdout.readline():
            raise Missing("dbus-daemon does not start")
        self.monitor = BusMonitor([f"type='signal',path='{MANAGER}',member='StatusChanged'"],
                                  lambda message: self.status_changed(*message["payload"]["data"]))

    def start_daemon(self, name, uri):
        config, state = os.path.join(self.folder, name + ".yaml"), os.path.join(self.folder, name)
        os.makedirs(state, exist_ok=True)
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(uri=uri))
        self.daemon = subprocess.Popen([self.program, f"--config={config}", f"--state-directory={state}",
                                        f"--object-directory={self.definitions}"],
                                       stdin=subprocess.DEVNULL, stderr=self.log)

    def stop_daemon(self, kill=False):
        (self.daemon.kill if kill else self.daemon.terminate)()
        return self.daemon.wait(PATIENCE)

    def start_thermometer(self):
        self.thermometer = subprocess.Popen([self.built("..", "tests", "demo", "thermometer")], text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def built(self, *words):
        """A program that was built with the daemon."""
        return os.path.normpath(os.path.join(os.path.dirname(self.program), *words))

    # -- what is shown

    def part(self, title):
        print(f"\n== {title}", flush=True)
        with self.condition:
            self.seen.clear()

    def expect(self, expected):
        """Waits until as much was seen as is expected, prints it, and compares."""
        deadline = time.monotonic() + PATIENCE
        with self.condition:
            while len(self.seen) < len(expected) and time.monotonic() < deadline:
                if not self.condition.wait(1) and self.daemon.poll() is not None and expected != STOP:
                    break       # it died: nothing more will come
            seen = sorted(self.seen, key=lambda event: event[0])
        for _, coap, status in seen:
            left = "{:<16} {} {:<50} {}".format(*coap) if coap else ""
            print(f"{left:<82} {status}".rstrip(), flush=True)
        lines = [normalise(f"{coap[2]} {coap[3]}" if coap else status).strip() for _, coap, status in seen]
        if lines != expected:
            raise Missing(f"expected {expected}, seen {lines}")

    def command(self, program, *words):
        name = os.path.basename(program)
        print(f"$ {name} " + shlex.join(words), flush=True)
        output = subprocess.run([program, *words], capture_output=True, text=True, timeout=PATIENCE,
                                check=False)
        print(output.stdout + output.stderr, end="", flush=True)
        if output.returncode != 0:
            raise Missing(f"{name} failed")
        return output.stdout

    def properties(self, path, interface, *names):
        return self.command("busctl", "get-property", NAME, path, f"{NAME}.{interface}", *names)

    def publish(self):
        """A program publishes a temperature; then servers are told which Objects there are now."""
        self.start_thermometer()
        if self.thermometer.stdout.readline() != "published\n":
            raise Missing("the temperature was not published")
        self.happened(0, ("thermometer", "->", "Publish /3303/0", "done"))
        self.expect(PUBLISHED)
        self.command(self.built("lwm2mctl"), "get", "/3303/0")

    def observe(self):
        self.seen.clear()
        observation = self.server.observe(TEMPERATURE, accept=TEXT)
        self.happened(1, (self.server.name, "->", f"GET {TEMPERATURE} (Observe)", shown(observation.answer)))
        self.thermometer.stdin.write("22.25\n")
        self.thermometer.stdin.flush()
        notification = observation.wait(timeout=PATIENCE)
        self.happened(2, ("thermometer", "->", f"SetValues {TEMPERATURE} 22.25", "done"))
        self.happened(3, (self.server.name, "<-", f"notification of {TEMPERATURE}", shown(notification)))
        self.expect(OBSERVED)

    def write(self):
        self.seen.clear()
        self.server.write(PLACE, b"cellar")
        resource, text = self.thermometer.stdout.readline().split()
        self.happened(0, ("thermometer", "<-", f"Write /3303/0/{resource} {text}", "accepted"))
        self.expect(WRITTEN)
        self.command(self.built("lwm2mctl"), "get", PLACE)

    def run(self):
        self.start_bus()
        self.part("First start: bootstrap and registration")
        self.start_daemon("gateway", self.bootstrap.uri)
        self.expect(FIRST_START)

        self.part("What D-Bus says")
        status = self.properties(MANAGER, "Manager", "Status", "SubStatus", "LastError", "EndpointName")
        state = self.properties(f"{MANAGER}/server/1", "Server",
                                "State", "ServerURI", "SecurityMode", "Lifetime")
        if '"registered"' not in status.splitlines()[0] or '"registered"' not in state.splitlines()[0]:
            raise Missing("D-Bus does not say registered")

        self.part("A program publishes a temperature, and a server observes it and writes to it")
        self.publish()
        self.observe()
        self.write()

        self.part("SIGKILL, and a start that registers without a bootstrap")
        self.stop_daemon(kill=True)
        self.thermometer.communicate(timeout=PATIENCE)
        self.start_daemon("gateway", self.bootstrap.uri)
        self.expect(SECOND_START)

        self.part("An orderly stop")
        if self.stop_daemon() != 0:
            raise Missing("the daemon did not stop with status 0")
        self.expect(STOP)

        self.part("A Bootstrap Server that is silent: 1 + 1 attempts, about seven seconds")
        with BlackHole() as silent:
            silent.on_incoming = self.silent_request
            self.start_daemon("other", silent.uri)
            self.expect(SILENT_START)
            if '"Timeout"' not in self.properties(MANAGER, "Manager", "LastError"):
                raise Missing("LastError is not Timeout")
            if self.stop_daemon() != 0:
                raise Missing("the daemon did not stop with status 0")
        print("\nAll of it was seen.", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Demonstration of lwm2m-clientd on loopback.")
    parser.add_argument("daemon", help="the built lwm2m-clientd")
    parser.add_argument("--object-directory", default=DEFINITIONS, metavar="DIR",
                        help="definitions of Objects, instead of this tree's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lwm2m-demo-") as folder:
        demo = Demo(os.path.abspath(options.daemon), options.object_directory, folder)
        try:
            demo.run()
            return 0
        except (Missing, OSError, subprocess.TimeoutExpired) as error:
            demo.log.seek(0)
            print(f"\nNot seen: {error}\nThe daemon's log:\n{demo.log.read()}", flush=True)
            return 1
        finally:
            demo.close()


if __name__ == "__main__":
    sys.exit(main())
