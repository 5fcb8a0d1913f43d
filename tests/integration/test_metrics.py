# SPDX-License-Identifier: Apache-2.0
"""What is counted, as D-Bus (interface.md, section 3) and Prometheus show it."""
import os
import re
import signal
import stat

import pytest
from prometheus_client.parser import text_string_to_metric_families

from daemon_clock import Clock
from harness import (COAP, FILE_SHIM, HASTY_COAP, MACHINE_SHIM, MANAGER, NAME, factory_server, poll, psk,
                     settings)
from lwm2m_peer import TEXT, finish, security, server_object, write

OF_SERVER = ["Registrations", "Updates", "Deregistrations", "Handshakes", "HandshakeFailures",
             "RequestsReceived", "ResponsesSent", "Notifications", "Sends", "Retransmissions",
             "DatagramsReceived", "DatagramsSent", "BytesReceived", "BytesSent"]
OF_MANAGER = [*OF_SERVER, "BootstrapAttempts", "BootstrapFailures", "Bootstraps", "StorageWrites",
              "StorageFailures"]
IDENTITY, KEY = "my-device", "000102030405060708090a0b0c0d0e0f"


def counters(daemon, ssid=None):
    """Those of the Manager, or of one server; those that are not 0."""
    everything = daemon.get("Counters") if ssid is None else daemon.get_server(ssid, "Counters")
    assert list(everything) == (OF_MANAGER if ssid is None else OF_SERVER)
    return {name: value for name, value in everything.items() if value}


def seen(server):
    """The same as the server has seen it: {counter: value} of datagrams, without those that are empty."""
    with server.condition:
        came = [each for each in server.records if not each.outgoing]
        went = [each for each in server.records if each.outgoing and each.message.code]
    return {"DatagramsSent": len(came), "BytesSent": sum(len(each.data) for each in came),
            "DatagramsReceived": len(went), "BytesReceived": sum(len(each.data) for each in went)}


def without(values, *names):
    return {name: value for name, value in values.items() if name not in names}


def test_a_session_as_the_server_sees_it(daemon, server, peers):
    """Each operation counts once, each datagram with its bytes; the Manager has the sum of one server."""
    bootstrap = peers.bootstrap([write("/0/1", security(server.uri, 1)),
                                 write("/1/0", server_object(1) | {23: False}), finish()])
    daemon.start(settings(bootstrap.uri))
    registration = server.wait_registration()
    daemon.wait_server(1, "State", "registered")
    assert counters(daemon, 1) == {"Registrations": 1, **seen(server)}
    daemon.call_server(1, "Update")
    server.wait_update(registration)
    daemon.wait_server(1, "State", "registered")
    assert server.read("/1/0/1").code_text == "2.05"
    assert server.read("/1/0/9999").code_text == "4.04"
    observation = server.observe("/1/0/1")
    assert server.write("/1/0/1", b"200", cf=TEXT).code_text == "2.04"
    observation.wait(1)
    daemon.call("Send", "asa{sv}", (["/1/0/1"], {}), f"{MANAGER}/server/1", NAME + ".Server")
    expected = {"Registrations": 1, "Updates": 2, "RequestsReceived": 4, "ResponsesSent": 4,
                "Notifications": 1, "Sends": 1, **seen(server)}
    assert counters(daemon, 1) == expected      # 2: the lifetime that was written is in another one
    assert without(counters(daemon), "StorageWrites") == {
        **expected, "BootstrapAttempts": 1, "Bootstraps": 1}
    daemon.call_server(1, "Disable", "u", (600,))
    server.wait_deregistered(registration)
    assert counters(daemon, 1)["Deregistrations"] == 1
    assert counters(daemon, 1)["BytesSent"] == seen(server)["BytesSent"]


def test_nothing_falls(daemon, server, other):
    """A Restart keeps what was counted, and the sums have what a server that is gone has counted."""
    config = settings(servers=[factory_server(server.uri, 1), factory_server(other.uri, 2)])
    daemon.start(config)
    for ssid, each in (1, server), (2, other):
        each.wait_registration()
        daemon.wait_server(ssid, "State", "registered")
    before = counters(daemon)
    assert before["Registrations"] == 2
    daemon.call("Restart")
    other.wait_registration(2)
    daemon.wait_status("registered", number=2)
    daemon.wait_server(2, "State", "registered")
    assert counters(daemon, 2)["Registrations"] == 2 and "Deregistrations" not in counters(daemon, 2)
    gone = counters(daemon, 2)
    del config["servers"][1]
    daemon.configure(config)
    daemon.call("Reload")
    server.wait_registration(3)
    daemon.wait_status("registered", number=3)
    after = counters(daemon)
    assert {"/org/lwm2m/Client1/server/1"} == {path for path in daemon.managed_objects() if "server" in path}
    assert after["Registrations"] == 5
    assert all(after[name] >= before[name] for name in before)
    assert after["BytesSent"] > counters(daemon, 1)["BytesSent"] + gone["BytesSent"]    # and its De-register


def test_handshakes_and_those_that_fail(daemon, server, peers):
    front = peers.terminator(server.port, IDENTITY, KEY)
    wrong = peers.terminator(server.port, "another", KEY)
    entries = [factory_server(front.uri, 1), factory_server(wrong.uri, 2)]
    for entry in entries:
        entry.update(psk(entry["uri"], IDENTITY, KEY))
    daemon.start(settings(servers=entries, coap=HASTY_COAP))
    server.wait_registration()
    daemon.wait_server(1, "State", "registered")
    daemon.wait_server(2, "State", "failed")
    one, two, both = counters(daemon, 1), counters(daemon, 2), counters(daemon)
    assert one["Handshakes"] == 1 and "HandshakeFailures" not in one
    assert two["HandshakeFailures"] >= 1 and "Handshakes" not in two
    assert both == {name: one.get(name, 0) + two.get(name, 0) for name in {**one, **two}} | {
        "StorageWrites": both["StorageWrites"]}


def test_bootstraps_and_storage(daemon, peers, server, bootstrap):
    """Attempts, failures and files of the state directory, what could not be written among them."""
    daemon.start(settings(peers.black_hole().uri, coap=HASTY_COAP, retry_count=1, retry_delay="1s",
                          jitter="0%"))
    daemon.wait_status("failure")
    assert without(counters(daemon), "StorageWrites") == {"BootstrapAttempts": 2, "BootstrapFailures": 2}
    daemon.configure(settings(bootstrap.uri))
    daemon.call("Reload")
    daemon.wait_status("registered")
    seen_before = counters(daemon)
    assert (seen_before["Bootstraps"], seen_before["BootstrapAttempts"]) == (1, 3)
    current = os.path.join(daemon.state_directory, "current")
    os.rename(current, current + ".kept")
    os.makedirs(os.path.join(current, "in-the-way"))
    assert server.write("/1/0/5", b"61").code_text == "2.04"
    daemon.wait_property("LastError", lambda error: error[0] == "StorageFailed")
    assert counters(daemon)["StorageFailures"] == 1
    assert counters(daemon)["StorageWrites"] == seen_before["StorageWrites"]
    os.rmdir(os.path.join(current, "in-the-way"))
    os.rmdir(current)
    assert server.write("/1/0/5", b"62").code_text == "2.04"
    daemon.wait_property("LastError", ("", ""))
    assert counters(daemon)["StorageWrites"] > seen_before["StorageWrites"]


def test_retransmissions_are_those_that_came(daemon, server):
    """What libcoap sends again is counted, also where the answer is there before it has returned, and giving
    up is none."""
    lost = []

    def lose(record):
        lost.append(record)
        return False

    daemon.environment = {"LD_PRELOAD": MACHINE_SHIM, "MACHINE_SHIM_SEND_MSEC": "20"}
    daemon.start(settings(servers=[factory_server(server.uri)], coap={**COAP, "max_retransmit": 2}))
    registration = server.wait_registration()
    daemon.wait_server(1, "State", "registered")
    daemon.call_server(1, "Update")
    server.wait_update(registration)
    daemon.wait_server(1, "State", "registered")
    assert "Retransmissions" not in counters(daemon, 1)
    server.on_incoming = lose
    daemon.call_server(1, "Update")
    server.wait(lambda: len(lost) == 2, 10, "first retransmission")
    server.on_incoming = None
    server.wait_update(registration, 2)
    daemon.wait_server(1, "State", "registered")
    assert counters(daemon, 1)["Retransmissions"] == 2
    lost.clear()
    server.on_incoming = lose
    daemon.call_server(1, "Update")
    daemon.wait_server(1, "LastError", lambda error: error[0] == "Timeout")
    assert counters(daemon, 1)["Retransmissions"] == 4
    repeated = [each.data for each in lost if each.data == lost[0].data]
    assert len(repeated) == 3


# --- metrics_file --------------------------------------------------------------------------------------

INTERVAL, RETRY, PATIENCE = 15, 60, 10      # seconds; metrics_file.h
UNWRITTEN = r"The metrics cannot be written to \S+: "


class Exporter:
    """The folder of a textfile collector, and a daemon that writes there; its clock can be turned."""

    def __init__(self, daemon, server):
        self.daemon, self.server = daemon, server
        self.folder = os.path.join(daemon.folder, "collector")
        self.path = os.path.join(self.folder, "lwm2m-client.prom")
        os.mkdir(self.folder)
        self.clock = Clock(daemon)
        self.config = settings(servers=[factory_server(server.uri)], coap=COAP)

    def start(self, name="lwm2m-client.prom", arguments=()):
        self.path = os.path.join(self.folder, name)
        self.daemon.start(self.config | {"metrics_file": self.path}, arguments=arguments)
        self.server.wait_registration()
        self.daemon.wait_server(1, "State", "registered")

    def reload(self, **keys):
        self.daemon.configure(self.config | keys)
        self.daemon.call("Reload")

    def version(self):
        """Another one with each write."""
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def wait(self, condition, timeout=10.0):
        return poll(condition, timeout, lambda: f"{self.daemon.report()}\nonly {os.listdir(self.folder)}")

    def wait_written(self, before=None):
        return self.wait(lambda: self.version() not in (None, before) and self.version())

    def settle(self):
        """What has changed is written by now, and another change would be at once."""
        before = self.wait_written()
        self.clock.sleep(INTERVAL)
        self.wait(lambda: self.values()["lwm2m_client_server_registrations_total", "1", None] > 0)
        self.clock.sleep(INTERVAL)
        return before

    def values(self):
        """{(name, Short Server ID, state or name): value}"""
        with open(self.path, encoding="utf-8") as file:
            families = list(text_string_to_metric_families(file.read()))
        assert all(family.documentation and family.type in ("counter", "gauge") for family in families)
        return {(sample.name, sample.labels.get("short_server_id"),
                 sample.labels.get("state") or sample.labels.get("name")): sample.value
                for family in families for sample in family.samples}


@pytest.fixture
def exporter(daemon, server):
    return Exporter(daemon, server)


def in_the_file(name):
    """The word of a counter there."""
    words = re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
    words = re.sub(r"^bytes_(\w+)$", r"\1_bytes", words)
    return words + "_total"


def test_file_is_what_d_bus_shows(exporter, daemon, other):
    """Read by Prometheus' own client: each counter, each state, the times; nothing else lies there."""
    exporter.config["servers"].append(factory_server(other.uri, 2))
    exporter.start()
    other.wait_registration()
    daemon.wait_server(2, "State", "registered")
    exporter.settle()
    values = exporter.wait(lambda: exporter.values()["lwm2m_client_server_state", "2", "registered"] == 1
                           and exporter.values())
    for ssid in None, 1, 2:
        shown = daemon.get("Counters") if ssid is None else daemon.get_server(ssid, "Counters")
        prefix = "lwm2m_client_" if ssid is None else "lwm2m_client_server_"
        label = None if ssid is None else str(ssid)
        assert {in_the_file(name): value for name, value in shown.items()} == {
            in_the_file(name): values[prefix + in_the_file(name), label, None] for name in shown}
    assert {state: value for (name, _, state), value in values.items() if name == "lwm2m_client_status"} == {
        state: int(state == "registered") for state in (
            "initial", "bootstrapping", "bootstrapped", "registering", "registered", "suspended",
            "queue-mode", "failure")}
    assert sum(value for (name, *_), value in values.items() if name == "lwm2m_client_last_error") == 0
    assert values["lwm2m_client_server_lifetime_seconds", "1", None] == 300
    stamp = daemon.get_server(1, "LastRegistrationTimestamp") / 1e6
    assert abs(values["lwm2m_client_server_last_registration_timestamp_seconds", "1", None] - stamp) < 0.001
    assert os.listdir(exporter.folder) == ["lwm2m-client.prom"]
    assert stat.S_IMODE(os.stat(exporter.path).st_mode) == 0o644


def test_file_at_most_every_15_s_and_gone_at_the_end(exporter, daemon, server):
    """A change is there a second later, the next one 15 s after that, and without one nothing is written."""
    previous = os.umask(0o077)      # the unit's
    try:
        exporter.start()
    finally:
        os.umask(previous)
    exporter.settle()
    at_rest = exporter.version()
    exporter.clock.sleep(4 * INTERVAL)
    server.read("/1/0/1")
    first = exporter.wait_written(at_rest)
    assert exporter.values()["lwm2m_client_requests_received_total", None, None] == 1
    server.read("/1/0/1")
    slept = INTERVAL - 3
    exporter.clock.sleep(slept)
    second = exporter.wait_written(first)
    # They begin 15 s apart. The files tell when they were written, the first one maybe a moment later.
    assert slept + (second[1] - first[1]) / 1e9 > INTERVAL - 1.5
    assert exporter.values()["lwm2m_client_requests_received_total", None, None] == 2
    assert stat.S_IMODE(os.stat(exporter.path).st_mode) == 0o644
    daemon.stop()
    assert not os.listdir(exporter.folder)


def test_file_that_cannot_be_written(exporter, daemon, server):
    """Said once, tried again each minute, and said again when it is there."""
    os.rmdir(exporter.folder)
    exporter.start(arguments=["--log-level=debug"])
    daemon.wait_event("METRICS_FAILED", UNWRITTEN + r"No such file or directory\. Make its folder")
    for attempt in (1, 2):
        exporter.clock.sleep(RETRY)
        daemon.wait_log(r"The metrics cannot be written to .* yet: No such file", number=attempt)
    assert daemon.status == "registered"
    os.mkdir(exporter.folder)
    exporter.clock.sleep(RETRY)
    daemon.wait_event("STORAGE_WORKS", r"The metrics are written to .* again\.")
    assert exporter.values()["lwm2m_client_status", None, "registered"] == 1
    assert sum(bool(re.search(UNWRITTEN, line)) for line in daemon.lines) == 1


def test_file_of_another_name_by_reload(exporter, daemon):
    """The one before goes, and so does the last one where there is to be none."""
    exporter.start()
    exporter.wait_written()
    before, exporter.path = exporter.path, os.path.join(exporter.folder, "another.prom")
    exporter.reload(metrics_file=exporter.path)
    exporter.wait(lambda: not os.path.exists(before))
    exporter.wait_written()
    exporter.reload()
    exporter.wait(lambda: not os.listdir(exporter.folder))
    assert daemon.status == "registered"


def test_file_system_that_hangs(exporter, daemon, server):
    """A thread waits, the client does not; it is said, and what is written in the end is there."""
    release = os.path.join(exporter.folder, ".hung.prom.tmp.release")
    os.mkfifo(release)
    daemon.environment["LD_PRELOAD"] += ":" + FILE_SHIM
    exporter.start("hung.prom")
    exporter.wait(lambda: os.path.exists(os.path.join(exporter.folder, ".hung.prom.tmp")))
    assert server.read("/1/0/1").code_text == "2.05"
    exporter.clock.sleep(PATIENCE)
    daemon.wait_log(UNWRITTEN + r"the write hangs\. Look at what serves its folder, see \S*$")
    with open(release, "wb"):
        daemon.wait_log(r"The metrics are written to .* again\.")
    os.unlink(release)
    assert exporter.values()["lwm2m_client_bootstrapped", None, None] == 1


def test_reload_away_from_a_file_system_that_hangs(exporter, daemon):
    """The new file waits for nothing, and what is written late of the one before is taken away."""
    release = os.path.join(exporter.folder, ".hung.prom.tmp.release")
    os.mkfifo(release)
    daemon.environment["LD_PRELOAD"] += ":" + FILE_SHIM
    exporter.start("hung.prom")
    exporter.wait(lambda: os.path.exists(os.path.join(exporter.folder, ".hung.prom.tmp")))
    exporter.path = os.path.join(exporter.folder, "healthy.prom")
    exporter.reload(metrics_file=exporter.path)
    exporter.wait_written()
    with open(release, "wb"):
        os.unlink(release)
    exporter.wait(lambda: os.listdir(exporter.folder) == ["healthy.prom"])
    assert not any(re.search(UNWRITTEN, line) for line in daemon.lines)


def test_stop_while_it_is_written(exporter, daemon):
    """Nothing stays behind."""
    release = os.path.join(exporter.folder, ".hung.prom.tmp.release")
    os.mkfifo(release)
    daemon.environment["LD_PRELOAD"] += ":" + FILE_SHIM
    exporter.start("hung.prom")
    exporter.wait(lambda: os.path.exists(os.path.join(exporter.folder, ".hung.prom.tmp")))
    daemon.process.send_signal(signal.SIGTERM)
    daemon.wait_log("Stopping, as signal")
    end = os.open(release, os.O_RDWR)       # waits for nobody
    assert daemon.wait_exit() == 0
    os.close(end)
    assert os.listdir(exporter.folder) == [os.path.basename(release)]


@pytest.mark.parametrize("path", ["metrics.txt", "/var/lib/metrics/", ".prom", "/run/.hidden.prom"])
def test_file_that_no_collector_reads_is_refused(exporter, daemon, path):
    daemon.start(exporter.config | {"metrics_file": path}, wait=False)
    assert daemon.wait_exit() == 78
    daemon.wait_log(r"'metrics_file' must name a file that ends in \.prom, the textfile collector")
