# SPDX-License-Identifier: Apache-2.0
"""What holds at every moment, whatever servers, operators and power do (interface.md sections 3 and 4).

One connection asks and listens, so that replies and signals come in the order in which the daemon sent them.
What one reply alone cannot show, because signals are merged to one a loop turn, has to last for LASTING.
"""
import collections
import copy
import os
import time

from jeepney import DBusAddress, MatchRule, MessageType, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.wrappers import DBusErrorResponse, unwrap_msg

from harness import MANAGER, NAME

SLOW = 2 if os.environ.get("LWM2M_SANITIZED") == "1" else 1
ANSWER = 1.0 * SLOW     # seconds for a reply
LASTING = 1.0 * SLOW    # seconds after which a doubt is a violation,
LOOKS = 5               # if so many looks had it; the daemon may have been stopped meanwhile
FLOOD = 200             # lines of log between two looks
BUSY = 0.5              # of a core, between two looks
FILES_MAX, THREADS_MAX = 100, 32

SUB_STATUS = {
    "initial": {"loading", "no-account"},
    "bootstrapping": {"hold-off", "resolving", "handshaking", "requesting", "provisioning", "retry-wait"},
    "bootstrapped": {"committed"},
    "registering": {"resolving", "handshaking", "requesting", "retry-wait"},
    "registered": {"idle", "updating", "partial"},
    "suspended": {"disabled"},
    "queue-mode": {"sleeping"},
    "failure": {"retry-wait", "stopped"},
}
STATES = {"idle", "resolving", "handshaking", "requesting", "registered", "updating", "retry-wait",
          "disabled", "sleeping", "failed"}
ERRORS = {"", "NameResolutionFailed", "NoRoute", "Refused", "Timeout", "ServerSilent", "ConnectionLost",
          "HandshakeFailed", "PskIdentityUnknown", "DecryptError", "NoSharedCipher", "CertificateExpired",
          "CertificateNotYetValid", "CertificateNameMismatch", "CertificateUntrusted", "CertificateMismatch",
          "CredentialUnusable", "BootstrapRejected", "InconsistentConfiguration", "RegistrationRejected",
          "StorageFailed", "InvalidConfiguration"}
PROPERTIES = "org.freedesktop.DBus.Properties"
NO_OBJECT = {"org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod"}
REPORTS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "Assertion", "is damaged", "are damaged")


class Violation(Exception):
    """The daemon has broken a promise."""


def expect(holds, text):
    if not holds:
        raise Violation(text)


def values(properties):
    return {name: value for name, (_, value) in properties.items()}


def ours(interfaces):
    return {name: values(properties) for name, properties in interfaces.items() if name.startswith(NAME)}


def status_of(states):
    """(Status, SubStatus or None for any) of the servers alone."""
    up = [state for state in states if state in ("registered", "updating")]
    resting = [state for state in states if state in ("disabled", "sleeping")]
    if up:
        if len(up) + len(resting) < len(states):
            return "registered", "partial"
        return "registered", "updating" if "updating" in up else "idle"
    if "sleeping" in resting:
        return "queue-mode", "sleeping"
    if any(state not in ("disabled", "failed") for state in states):
        order = ("requesting", "handshaking", "resolving", "retry-wait")
        return "registering", next((word for word in order if word in states), "retry-wait")
    return ("suspended", "disabled") if resting else ("failure", None)


class Watch:
    """Looks at one process of the daemon over one connection to the bus; raises Violation."""

    def __init__(self, daemon, secrets, config):
        self.daemon, self.secrets = daemon, secrets
        self.config = config    # the last one that the daemon accepted
        self.connection = daemon.bus.connect()
        self.signals = collections.deque()
        for rule in (MatchRule(type="signal", path_namespace=MANAGER),):
            unwrap_msg(self.connection.send_and_get_reply(message_bus.AddMatch(rule)))
            self.connection.filter(MatchRule(type="signal"), queue=self.signals).__enter__()
        self.last = None        # Status after the last StatusChanged
        self.mirror = {}        # {path: {interface: values}} as the signals tell it since the first replies
        self.objects = {}
        self.doubts = {}        # name -> (since when, how many looks)
        self.lines = 0          # of the log, that were looked at
        self.spent = None       # (time, ticks of CPU) at the last look
        self.retries = 0        # the largest RetryCount

    def close(self):
        self.connection.close()

    # -- calls

    def call(self, method, signature=None, body=(), path=MANAGER, interface=NAME + ".Manager", errors=()):
        """(body, error name); an error outside of errors or a late reply is a violation."""
        begin = time.monotonic()
        address = DBusAddress(path, bus_name=NAME, interface=interface)
        try:
            reply = unwrap_msg(self.connection.send_and_get_reply(
                new_method_call(address, method, signature, body), timeout=10))
            error = None
        except DBusErrorResponse as response:
            reply, error = response.data, response.name
        except TimeoutError:
            raise Violation(f"no reply to {method} within 10 s") from None
        expect(time.monotonic() - begin < ANSWER, f"{method} took {time.monotonic() - begin:.2f} s")
        expect(error is None or error.replace(NAME + ".Error.", "") in errors, f"{method}: {error} {reply}")
        return reply, error

    def ask(self):
        """{path: {interface: {property: value}}}: the Manager, and the servers a moment later."""
        first = not self.mirror
        reply, _ = self.call("GetAll", "s", (NAME + ".Manager",), interface=PROPERTIES)
        manager = values(reply[0])
        self.hear()
        if first:
            self.mirror = {MANAGER: {NAME + ".Manager": dict(manager)}}
        expect(self.last in (None, manager["Status"]),
               f"Status {manager['Status']} after StatusChanged to {self.last}")
        reply, _ = self.call("GetManagedObjects", interface="org.freedesktop.DBus.ObjectManager")
        servers = {path: ours(interfaces) for path, interfaces in reply[0].items()}
        self.hear()
        if first:
            self.mirror.update(copy.deepcopy(servers))
        return {MANAGER: {NAME + ".Manager": manager}, **servers}

    @property
    def manager(self):
        return self.objects[MANAGER][NAME + ".Manager"]

    @property
    def servers(self):
        """{path: properties}"""
        return {path: interfaces[NAME + ".Server"] for path, interfaces in self.objects.items()
                if path != MANAGER}

    # -- looking

    def look(self, seconds):
        """Looks over and over for so long."""
        deadline = time.monotonic() + seconds
        while True:
            self.check()
            if time.monotonic() >= deadline:
                return
            time.sleep(min(0.1, max(0.0, deadline - time.monotonic())))

    def check(self):
        self.check_process()
        self.objects = self.ask()
        self.check_signals()
        self.check_manager()
        self.check_servers()
        self.check_tree()

    def doubt(self, name, wrong, text):
        if not wrong:
            self.doubts.pop(name, None)
            return
        since, looks = self.doubts.get(name, (time.monotonic(), 0))
        self.doubts[name] = since, looks + 1
        if time.monotonic() - since > LASTING and looks >= LOOKS:
            raise Violation(f"{name} for more than {LASTING} s: {text}")

    def check_process(self):
        code = self.daemon.process.poll()
        expect(code is None, f"the daemon has ended by itself: {code}")
        self.check_log()
        self.check_idle()
        folder = f"/proc/{self.daemon.process.pid}"
        for what, limit in (("fd", FILES_MAX), ("task", THREADS_MAX)):
            number = len(os.listdir(f"{folder}/{what}"))
            expect(number <= limit, f"{number} entries in {what}")

    def check_idle(self):
        """No busy loop: the share of one core that the process takes."""
        with open(f"/proc/{self.daemon.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        now, ticks = time.monotonic(), int(fields[11]) + int(fields[12])
        if self.spent is not None and now > self.spent[0]:
            share = (ticks - self.spent[1]) / os.sysconf("SC_CLK_TCK") / (now - self.spent[0])
            self.doubt("busy", share > BUSY and now - self.spent[0] > 0.05, f"{share:.0%} of a core")
        self.spent = now, ticks

    def check_log(self):
        new = self.daemon.lines[self.lines:]
        self.lines += len(new)
        expect(len(new) < FLOOD, f"{len(new)} lines of log at once")
        for line in new:
            expect(not any(report in line for report in REPORTS), line)
            expect(not any(secret in line.lower() for secret in self.secrets), f"a secret: {line}")

    def hear(self):
        while self.signals:
            message = self.signals.popleft()
            fields = {key.name: value for key, value in message.header.fields.items()}
            if message.header.message_type == MessageType.signal:
                self.hear_one(fields.get("path"), fields.get("member"), message.body)

    def check_signals(self):
        wrong = [(path, self.mirror.get(path), self.objects.get(path))
                 for path in sorted(self.mirror.keys() | self.objects.keys())
                 if self.mirror.get(path) != self.objects.get(path)]
        self.doubt("signals tell another story than properties", wrong, wrong)

    def hear_one(self, path, member, body):
        if member == "StatusChanged":
            old, new, reason = body
            known = {old, new} <= SUB_STATUS.keys() and reason in ERRORS
            expect(old != new and known, f"StatusChanged{body}")
            expect(self.last in (None, old), f"StatusChanged{body} after {self.last}")
            self.last = new
        elif not self.mirror:
            return
        elif member == "PropertiesChanged":
            expect(not body[2], f"invalidated: {body}")
            if path in self.mirror:
                self.mirror[path].setdefault(body[0], {}).update(values(body[1]))
        elif member == "InterfacesAdded":
            self.mirror[body[0]] = ours(body[1])
        elif member == "InterfacesRemoved":
            self.mirror.pop(body[0], None)

    # -- what the objects say

    def check_manager(self):
        manager = self.manager
        status, sub_status = manager["Status"], manager["SubStatus"]
        expect(sub_status in SUB_STATUS.get(status, ()), f"{status}/{sub_status}")
        self.check_error(MANAGER, manager["LastError"])
        expect(not any(secret in repr(self.objects).lower() for secret in self.secrets), "a secret on D-Bus")
        self.retries = max(self.retries, manager["RetryCount"])
        expect(manager["Attempt"] <= self.retries + 1, f"Attempt {manager['Attempt']} of 1 + {self.retries}")
        for name in ("Status", "NextRetry", "LastBootstrap"):
            expect(bool(manager[f"{name}Timestamp"]) == bool(manager[f"{name}TimestampMonotonic"]),
                   f"{name}Timestamp is 0 on one clock only")
        self.doubt("an older configuration in force", sub_status != "provisioning" and
                   manager["EndpointName"] != self.config["endpoint"], repr(manager))
        self.check_next_retry(status, sub_status, manager["NextRetryTimestampMonotonic"])

    def check_next_retry(self, status, sub_status, next_retry):
        states = [server["State"] for server in self.servers.values()]
        if status == "failure":
            due = sub_status == "retry-wait"
        else:
            due = sub_status in ("hold-off", "retry-wait") or "retry-wait" in states
        self.doubt("NextRetryTimestamp", bool(next_retry) != due,
                   f"{next_retry} in {status}/{sub_status} {states}")
        late = next_retry and next_retry / 1e6 < time.monotonic() - LASTING
        self.doubt("next retry is over", late, f"{next_retry} in {status}/{sub_status} {states}")

    def check_servers(self):
        for path, server in self.servers.items():
            expect(path == f"{MANAGER}/server/{server['ShortServerID']}", f"{path}: {server}")
            expect(server["State"] in STATES, f"{path}: {server}")
            self.check_error(path, server["LastError"])
            self.check_waits(path, server)
        status, sub_status = self.manager["Status"], self.manager["SubStatus"]
        self.doubt("Bootstrapped", self.manager["Bootstrapped"] != bool(self.servers), repr(self.objects))
        if status in ("initial", "bootstrapping", "bootstrapped"):
            self.doubt("Status of servers", status == "bootstrapped", "bootstrapped for long")
            return
        wanted = status_of([server["State"] for server in self.servers.values()])
        wrong = status != wanted[0] or wanted[1] not in (None, sub_status)
        self.doubt("Status of servers", wrong, f"{status}/{sub_status}, not {wanted}: {self.servers}")

    @staticmethod
    def check_waits(path, server):
        """Each moment stands on both clocks, and a wait has an end: in idle and failed there may be none."""
        for name in ("LastRegistration", "NextUpdate", "NextRetry"):
            expect(bool(server[f"{name}Timestamp"]) == bool(server[f"{name}TimestampMonotonic"]),
                   f"{path}: {name}Timestamp is 0 on one clock only")
        if server["State"] not in ("idle", "failed"):
            expect(bool(server["NextRetryTimestamp"]) == (server["State"] in ("retry-wait", "disabled")),
                   f"{path}: NextRetryTimestamp of {server}")

    @staticmethod
    def check_error(path, error):
        expect(error[0] in ERRORS and bool(error[0]) == bool(error[1]), f"{path}: LastError {error}")

    def check_tree(self):
        """The tree that Introspect shows is the one of GetManagedObjects."""
        reply, _ = self.call("Introspect", path=f"{MANAGER}/server",
                             interface="org.freedesktop.DBus.Introspectable", errors=NO_OBJECT)
        found = {part.split('"')[0] for part in str(reply[0]).split('<node name="')[1:]}
        known = {path.rsplit("/", 1)[1] for path in self.servers}
        self.doubt("objects", found != known, f"Introspect: {found}, GetManagedObjects: {known}")
