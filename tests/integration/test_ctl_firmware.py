# SPDX-License-Identifier: Apache-2.0
"""What lwm2mctl shows of a firmware update, and asks for, mostly over a stand-in for the daemon: each State
stays as long as the test looks at it."""
import json
import re
import subprocess
import time

import pytest

from fake_client import FakeClient, update
from harness import CTL, factory_server, poll, settings
from test_ctl_output import schema_of
from test_ctl_terminal import terminal      # noqa: F401 (a fixture)

NO_BACK_END = ("This client updates no firmware: firmware_update.backend of lwm2m-client.yaml(5) is none.\n")
DOWNLOADING = {"State": "downloading", "PackageURI": "https://example.org/gateway",
               "ReceivedBytes": 12582912, "TotalBytes": 209715200, "CanCancel": True}
UPDATING = {"State": "updating", "PackageName": "gateway", "PackageVersion": "2.1", "ReceivedBytes": 5,
            "TotalBytes": 5, "Progress": 45}
FAILED = {"UpdateResult": 8, "ResultName": "failed", "ResultText": "The slot\x1b[31m is broken."}


@pytest.fixture
def fake(bus):
    with FakeClient(bus.address) as made:
        yield made


def run(bus, *words):
    return subprocess.run([CTL, f"--address={bus.address}", *words], capture_output=True, text=True,
                          timeout=30, check=False, stdin=subprocess.DEVNULL)


def lines(bus, *words):
    done = run(bus, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.strip() for line in done.stdout.splitlines()]


def test_no_back_end(fake, bus):
    """It is said where it was asked for, and nothing is said of it elsewhere."""
    for words in ["firmware"], ["firmware", "cancel"], ["history", "firmware"], ["history", "firmware", "1"]:
        for mode in "off", "short":
            done = run(bus, f"--json={mode}", *words)
            assert (done.returncode, done.stdout, done.stderr) == (1, "", NO_BACK_END)
    assert not re.search("(?i)firmware", run(bus, "status").stdout)
    assert run(bus, "history").stderr == "There was no bootstrap yet.\n"


def test_states(fake, bus):
    fake.update_firmware()
    assert lines(bus, "firmware") == ["State: idle"]
    assert not re.search("(?i)firmware", run(bus, "status").stdout)
    fake.update_firmware(**DOWNLOADING)
    assert lines(bus, "firmware") == ["State: downloading", "URI: https://example.org/gateway",
                                      "Received: 12.0 MiB of 200.0 MiB", "Progress: 6 %"]
    assert "Firmware: downloading, 12.0 MiB of 200.0 MiB (6 %)" in lines(bus, "status")
    fake.update_firmware(**{**DOWNLOADING, "TotalBytes": 0})
    assert lines(bus, "firmware")[2:] == ["Received: 12.0 MiB"]
    assert "Firmware: downloading, 12.0 MiB" in lines(bus, "status")
    fake.update_firmware(**UPDATING)
    assert lines(bus, "firmware") == ["State: updating", "Name: gateway", "Version: 2.1",
                                      "Received: 5 B of 5 B", "Progress: 45 %"]
    assert "Firmware: updating gateway 2.1, 45 %" in lines(bus, "status")
    fake.update_firmware(**FAILED)
    assert lines(bus, "firmware") == ["State: idle", "Result: failed (8)",
                                      "Reason: The slot [31m is broken."]
    assert "Firmware: idle, failed" in lines(bus, "status")


def test_installation_that_waits(fake, bus):
    fake.update_firmware(State="downloaded", UpdateResult=11, ResultName="deferred", CanInstall=True,
                         ResultText="It waits.", InstallTimestamp=int((time.time() + 7300) * 1e6))
    shown = lines(bus, "firmware")
    assert shown[:3] == ["State: downloaded", "Result: deferred (11)", "Reason: It waits."]
    assert re.fullmatch(r"Waits: until .+ \(in 2h\)", shown[3])
    assert any(re.fullmatch(r"Firmware: downloaded, waits until .+ \(in 2h\)", line)
               for line in lines(bus, "status"))


def test_orders(fake, bus):
    """They print nothing; what the daemon refuses is told with its reason."""
    fake.update_firmware()
    for word in "cancel", "install":
        done = run(bus, "firmware", word)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert fake.orders == ["Cancel", "Install"]
    fake.refusal = "It is too late."
    done = run(bus, "firmware", "cancel")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "It is too late.\n")
    for words in ["firmware", "now"], ["firmware", "cancel", "install"], ["history", "1", "2"], \
            ["history", "firmware", "0"], ["history", "firmware", "firmware"]:
        assert run(bus, *words).returncode == 2, words


UPDATES = [
    update(Start=1700000090000000, End=0, Delivery="pull", PackageURI="https://example.org/gateway",
           PackageVersion="", Size=1536, UpdateResult=0, ResultName="initial", ResultText="",
           VersionAfter=""),
    update(UpdateResult=5, ResultName="integrity", ResultText="The signature is wrong."),
    update(),
]


def test_history(fake, bus):
    """Beside that of bootstraps, and alone."""
    fake.update_firmware()
    done = run(bus, "history", "firmware")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There was no firmware update yet.\n")
    fake.updates = UPDATES
    done = run(bus, "history")
    assert (done.returncode, done.stderr) == (0, "There was no bootstrap yet.\n")
    head, *rows = (re.split("  +", line) for line in done.stdout.splitlines())
    assert head == ["FIRMWARE", "START", "TOOK", "DELIVERY", "SIZE", "RESULT", "VERSION"]
    assert [[row[0], *row[3:]] for row in rows] == [["1", "pull", "1.5 KiB", "running", "-"],
                                                    ["2", "push", "200.0 MiB", "integrity", "2.1"],
                                                    ["3", "push", "200.0 MiB", "success", "2.1"]]
    assert rows[2][2] == "83s"
    assert run(bus, "history", "firmware").stdout == done.stdout

    shown = lines(bus, "history", "firmware", "2")
    assert shown[2:] == ["Delivery: push", "Size: 200.0 MiB", "Name: gateway", "Version: 2.1",
                         "Result: integrity (5)", "Reason: The signature is wrong.", "Version before: 2.0",
                         "Version after: 2.1", "ID: 0123"]
    shown = lines(bus, "history", "firmware", "1")
    assert shown[1].endswith(", and is still on") and "Result: running" in shown
    assert "URI: https://example.org/gateway" in shown
    done = run(bus, "history", "firmware", "4")
    assert (done.returncode, done.stderr) == (1, "There is no update 4: the daemon knows of 3.\n")


def test_history_beside_bootstraps(fake, bus):
    """Two tables, a blank line between them; scripts get one kind at a time."""
    fake.history = [{"Start": ("t", 1700000000000000), "End": ("t", 1700000001000000),
                     "Trigger": ("s", "method"), "Attempts": ("u", 1), "Server": ("s", "coap://a"),
                     "Result": ("s", "finished"), "Sentence": ("s", ""), "OperationCount": ("u", 0)}]
    fake.update_firmware()
    assert len(lines(bus, "history")) == 2
    fake.updates = UPDATES
    shown = lines(bus, "history")
    assert [line.split()[0] for line in shown if line] == ["NUMBER", "1", "FIRMWARE", "1", "2", "3"]
    assert shown[2] == ""
    assert [each["Trigger"] for each in json.loads(run(bus, "--json=short", "history").stdout)] == ["method"]


def test_json(fake, bus):
    """The same as on the bus, and by its schema."""
    fake.update_firmware(**DOWNLOADING)
    fake.updates = UPDATES
    plain = [{name: value for name, (_, value) in each.items()} for each in (fake.firmware, *UPDATES)]
    for mode in "short", "pretty":
        for words, expected in ((["firmware"], plain[0]), (["history", "firmware"], plain[1:]),
                                (["history", "firmware", "2"], plain[2])):
            shown = json.loads(run(bus, f"--json={mode}", *words).stdout)
            schema_of(words[0]).validate(shown)
            assert shown == expected


def monitor(bus, *words):
    return subprocess.Popen([CTL, f"--address={bus.address}", *words, "monitor"], stdout=subprocess.PIPE,
                            text=True)


def test_monitor_in_a_pipe(fake, bus):
    """Whose properties they are is said, and bytes are no times."""
    process = monitor(bus)
    try:
        assert "Status: registered" in process.stdout.readline()
        fake.update_firmware()
        assert process.stdout.readline().split(" ", 1)[1] == "Firmware added\n"
        fake.update_firmware(State="downloading", ReceivedBytes=12582912)
        assert [process.stdout.readline().split(" ", 1)[1] for _ in range(2)] == [
            "Firmware State: downloading\n", "Firmware ReceivedBytes: 12.0 MiB\n"]
        fake.update_firmware(State="downloading", ReceivedBytes=12582912, InstallTimestamp=1)
        assert "Firmware InstallTimestamp: " in (shown := process.stdout.readline()) and "1970" in shown
        fake.remove_firmware()
        assert process.stdout.readline().split(" ", 1)[1] == "Firmware removed\n"
    finally:
        process.terminate()
        process.communicate()


def test_monitor_in_json(fake, bus):
    process, validator = monitor(bus, "--json=short"), schema_of("monitor")

    def read():
        found = json.loads(process.stdout.readline())
        validator.validate(found)
        return found
    try:
        assert read()["Status"] == "registered"
        fake.update_firmware()
        assert list(read()["Interfaces"]) == ["org.lwm2m.Client1.Firmware"]
        fake.update_firmware(State="downloading")
        found = read()
        assert (found["Interface"], found["Properties"]) == ("org.lwm2m.Client1.Firmware",
                                                             {"State": "downloading"})
        fake.change(SubStatus=("s", "updating"))
        assert read()["Interface"] == "org.lwm2m.Client1.Manager"
    finally:
        process.terminate()
        process.communicate()


def test_monitor_on_a_terminal(fake, terminal):     # noqa: F811
    """A bar, how far it is; nothing where there is nothing to tell."""
    shown = terminal("monitor")
    shown.wait("COUNTERS|^ +Since:")
    assert not any("FIRMWARE" in line for line in shown.lines())
    fake.update_firmware(**DOWNLOADING)
    shown.wait(r"^downloading, 12\.0 MiB of 200\.0 MiB \(6 %\)$")
    assert shown.wait(r"^\[") == "[" + "#" * 3 + "-" * 55 + "] 6 %"
    assert shown.colour("downloading") == "brown"
    fake.update_firmware(**UPDATING)
    shown.wait("^updating gateway 2.1, 45 %$")
    assert shown.wait(r"^\[") == "[" + "#" * 26 + "-" * 32 + "] 45 %"
    fake.update_firmware(**FAILED)
    shown.wait("^idle, failed$")
    assert shown.colour("idle, failed") == "red"
    assert not any(line.startswith("[") for line in shown.lines())
    fake.remove_firmware()
    while any("FIRMWARE" in line for line in shown.lines()):
        shown.read()

# --- with the daemon itself ----------------------------------------------------------------------------

BACKEND = {"firmware_update": {"backend": "org.example.Nobody"}}


def test_update_that_cannot_be(daemon, server, bus, tmp_path):
    """What becomes of it is the same on D-Bus, in lwm2mctl and in the metrics."""
    file = tmp_path / "client.prom"
    daemon.start({**settings(servers=[factory_server(server.uri)]), **BACKEND, "metrics_file": str(file)})
    server.wait_registration()
    daemon.wait_event("BACK_END_MISSING", r"^Nobody has the name org\.example\.Nobody")
    assert run(bus, "firmware").stdout == "   State: idle\n"
    assert server.write("/5/0/1", b"ftp://user:secret@example.org/gateway?token").code_text == "2.04"
    (failed,) = json.loads(run(bus, "--json=short", "history", "firmware").stdout)
    assert (failed["Delivery"], failed["UpdateResult"], failed["ResultName"]) == (
        "pull", 9, "unsupported-protocol")
    assert failed["PackageURI"] == "ftp://example.org/gateway" and failed["End"] >= failed["Start"] > 0
    shown = json.loads(run(bus, "--json=short", "firmware").stdout)
    schema_of("firmware").validate(shown)
    assert (shown["State"], shown["ResultText"]) == ("idle", failed["ResultText"]) and shown["ResultText"]
    assert (shown["CanCancel"], shown["CanInstall"]) == (False, False)
    for word in "cancel", "install":
        done = run(bus, "firmware", word)
        assert done.returncode == 1 and re.fullmatch(r"[A-Z].*\.\n", done.stderr)
    wanted = 'lwm2m_client_firmware_updates_total{result="unsupported-protocol"} 1\n'
    poll(lambda: file.exists() and wanted in file.read_text())


def test_back_end_by_reload(daemon, server, bus):
    """Object 5 and the interface come and go together, and who watches is told."""
    config = settings(servers=[factory_server(server.uri)])
    daemon.start(config)
    server.wait_registration()
    assert run(bus, "firmware").stderr == NO_BACK_END and server.read("/5/0/3").code_text == "4.04"
    process = monitor(bus)
    try:
        assert "Status: registered" in process.stdout.readline()
        for keys, word in (BACKEND, "added"), ({}, "removed"):
            daemon.configure({**config, **keys})
            daemon.call("Reload")
            while (line := process.stdout.readline().split(" ", 1)[1]) != f"Firmware {word}\n":
                assert "Firmware" not in line
            daemon.wait_event("BACK_END_MISSING", "org.example.Nobody")
            assert run(bus, "firmware").returncode == (0 if keys else 1)
            assert server.read("/5/0/3").code_text == ("2.05" if keys else "4.04")
    finally:
        process.terminate()
        process.communicate()
