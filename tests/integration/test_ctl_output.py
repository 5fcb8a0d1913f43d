# SPDX-License-Identifier: Apache-2.0
"""What lwm2mctl prints: the history of bootstraps, and the JSON of every verb by its schema."""
import copy
import json
import os
import re
import subprocess

import jsonschema
import pytest
from jeepney import DBusAddress, HeaderFields, new_signal
from jeepney.bus_messages import message_bus
from jeepney.wrappers import unwrap_msg

from gateway import BENCH, write_definitions
from harness import CTL, HASTY_COAP, factory_server, settings
from lwm2m_peer import POST, account, code, finish

PATH = "/org/lwm2m/Client1"
SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "schema")


def run(daemon, *words):
    return subprocess.run([CTL, f"--address={daemon.bus.address}", *words], capture_output=True, text=True,
                          timeout=30, check=False, stdin=subprocess.DEVNULL)


def lines(daemon, *words):
    done = run(daemon, *words)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


# --- history -------------------------------------------------------------------------------------------


def test_history(daemon, server, peers):
    """A table, newest first; one series with the operations of its last attempt."""
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answers=[code("4.03")])
    daemon.start(settings(bootstrap.uri, retry_delay="1s"))
    daemon.wait_status("registered")
    bootstrap.answer = code("5.03")
    assert run(daemon, "bootstrap", "--wait").returncode == 1
    head, *rows = (re.split("  +", line) for line in lines(daemon, "history"))
    assert head == ["NUMBER", "START", "TOOK", "TRIGGER", "ATTEMPTS", "RESULT", "SERVER"]
    assert [[row[0], *row[3:]] for row in rows] == [
        ["1", "method", "2", "BootstrapRejected", bootstrap.uri],
        ["2", "no-account", "2", "finished", bootstrap.uri]]
    assert re.search(r" \((now|\d+s ago)\)$", rows[0][1]) and re.fullmatch(r"\d\.\ds", rows[1][2])
    shown = lines(daemon, "history", "1")
    assert f"  Server: {bootstrap.uri}" in shown and "  Result: BootstrapRejected" in shown
    assert any(line.startswith("  Reason: ") and "5.03" in line for line in shown)
    assert [json.loads(lines(daemon, "--json=short", "history", number)[0])["Result"]
            for number in "12"] == ["BootstrapRejected", "finished"]
    shown = lines(daemon, "history", "2")
    head, *rows = (line.split() for line in shown[shown.index("") + 1:])
    assert head == ["START", "METHOD", "PATH", "CODE", "BYTES", "TOOK"]
    assert [row[1:4] for row in rows] == [["POST", "/bs", "2.04"], ["PUT", "/0/1", "2.04"],
                                          ["PUT", "/1/0", "2.04"], ["POST", "/bs", "2.04"]]
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}", row[0]) and row[5].endswith("ms") for row in rows)


def test_history_in_json(registered, bootstrap):
    """The same as on the bus, with names for the members of an operation."""
    (on_bus,) = registered.call("GetHistory")[0]
    (shown,) = json.loads(lines(registered, "--json=short", "history")[0])
    assert {key: value for key, value in shown.items() if key != "Operations"} == {
        key: value for key, (_, value) in on_bus.items() if key != "Operations"}
    names = ["Method", "Path", "Code", "Size", "Start", "Duration"]
    assert shown["Operations"] == [dict(zip(names, each)) for each in on_bus["Operations"][1]]
    assert json.loads("".join(lines(registered, "--json=pretty", "history", "1"))) == shown


def test_history_that_there_is_not(daemon, server):
    daemon.start(settings(servers=[factory_server(server.uri)]))
    daemon.wait_status("registered")
    done = run(daemon, "history")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "There was no bootstrap yet.\n")
    assert json.loads(run(daemon, "--json=short", "history").stdout) == []
    for mode in "off", "short":
        done = run(daemon, f"--json={mode}", "history", "1")
        assert (done.returncode, done.stdout) == (1, "") and "no series 1" in done.stderr
    for word in "0", "one", "-1", "1000":
        assert run(daemon, "history", word).returncode == 2


def test_series_that_is_on(daemon, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri))
    silent.wait_request(POST, "/bs")
    assert re.search(r" +running +" + re.escape(silent.uri) + "$", lines(daemon, "history")[1])
    shown = lines(daemon, "history", "1")
    assert any(re.fullmatch(r"    Took: .*, and is still on", line) for line in shown)
    assert shown[-1].split()[1:4] == ["POST", "/bs", "-"]


def test_server_shows_its_counters(registered):
    """Those that are not zero."""
    (shown,) = [line for line in lines(registered, "server", "1") if line.startswith("         Counters: ")]
    assert "Registrations 1, " in shown and " 0" not in shown


# --- JSON by its schema --------------------------------------------------------------------------------


def strict(schema):
    """What is not in the schema is a fault of this version, though not of a later one."""
    schema = copy.deepcopy(schema)

    def close(part):
        if isinstance(part, dict):
            if "properties" in part and "type" in part:
                part.setdefault("additionalProperties", False)
            for each in part.values():
                close(each)
        elif isinstance(part, list):
            for each in part:
                close(each)
    close(schema)
    return schema


def schema_of(verb):
    with open(os.path.join(SCHEMAS, f"lwm2mctl-{verb}.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(strict(schema))


def validate(daemon, *words, returned=0):
    """Both forms; what they say."""
    found = []
    for mode in "short", "pretty":
        done = run(daemon, f"--json={mode}", *words)
        assert done.returncode == returned, done.stderr
        found.append(json.loads(done.stdout))
        schema_of(words[0]).validate(found[-1])
    return found[0]


def validate_looking(daemon, registered):
    validate(daemon, "status")
    validate(daemon, "is-registered", returned=0 if registered else 1)
    for each in validate(daemon, "servers"):
        validate(daemon, "server", str(each["ShortServerID"]))
    validate(daemon, "objects")
    validate(daemon, "history")


def test_each_state_is_valid(daemon, server, peers):
    bootstrap = peers.bootstrap([*account(server.uri), finish()], answer=None)
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_delay="30s"))
    bootstrap.wait_request(POST, "/bs")
    validate_looking(daemon, registered=False)
    daemon.wait_property("SubStatus", "retry-wait")
    validate_looking(daemon, registered=False)
    bootstrap.answer = code("2.04")
    assert run(daemon, "bootstrap", "--wait").returncode in (0, 1)
    daemon.wait_status("registered")
    validate_looking(daemon, registered=True)
    validate(daemon, "history", "1")
    daemon.call_server(1, "Disable", "u", (200,))
    daemon.wait_status("suspended")
    validate_looking(daemon, registered=True)
    server.answer = bootstrap.answer = code("4.03")
    daemon.call("Restart")
    daemon.wait_property("SubStatus", "retry-wait")
    validate_looking(daemon, registered=False)


def test_values_are_valid(daemon, server, tmp_path):
    """Of each type, those that JSON does not have among them."""
    daemon.arguments.append("--object-directory=" + write_definitions(tmp_path / "definitions"))
    values = {0: "x", 1: 7, 2: 21.5, 3: True, 4: "base64:AAH/", 5: "2026-01-31T10:00:00Z", 6: "3:0",
              7: 18446744073709551615, 8: ["first", "second"]}
    daemon.start({**settings(servers=[factory_server(server.uri)]),
                  "objects": [{"object": BENCH, "instance": 0, "values": values}]})
    server.wait_registration()
    assert len(validate(daemon, "get", f"/{BENCH}")) == len(values)
    validate(daemon, "get", "/3", f"/{BENCH}/0/8/1", "/1")
    assert server.write("/1/0/23", b"0").code_text == "2.04"
    validate(daemon, "send", "1", "/1/0/1")


def test_monitor_is_valid(registered, server, bus):
    process = subprocess.Popen([CTL, f"--address={bus.address}", "--json=short", "monitor"],
                               stdout=subprocess.PIPE, text=True)
    validator, seen = schema_of("monitor"), set()

    def read_until(signal):
        while signal not in seen:
            found = json.loads(process.stdout.readline())
            validator.validate(found)
            seen.add(found["Signal"])
    try:
        read_until("")
        registered.call("Reset")
        read_until("InterfacesRemoved")
        read_until("InterfacesAdded")
        registered.stop()
        read_until("NameOwnerChanged")
        bus.stop()
        read_until("Disconnected")
        assert seen == {"", "StatusChanged", "PropertiesChanged", "InterfacesAdded", "InterfacesRemoved",
                        "NameOwnerChanged", "Disconnected"}
    finally:
        process.terminate()
        process.communicate()


def test_signal_of_anybody(registered, bus):
    """What somebody else sends to this one connection is neither shown nor believed."""
    evil = bus.connect()
    before = set(unwrap_msg(evil.send_and_get_reply(message_bus.ListNames()))[0])
    process = subprocess.Popen([CTL, f"--address={bus.address}", "monitor"], stdout=subprocess.PIPE,
                               text=True)
    try:
        assert "Status: registered" in process.stdout.readline()
        name, = set(unwrap_msg(evil.send_and_get_reply(message_bus.ListNames()))[0]) - before
        manager = "org.lwm2m.Client1.Manager"
        for path, interface, member, signature, body in (
                (PATH, manager, "StatusChanged", "sss", ("registered", "failure", "\x1b[31mevil")),
                (PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
                 (manager, {"evil\x1b[31m": ("s", "x")}, [])),
                ("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged", "sss",
                 ("org.lwm2m.Client1", ":1.1", ""))):
            spoofed = new_signal(DBusAddress(path, interface=interface), member, signature, body)
            spoofed.header.fields[HeaderFields.destination] = name
            evil.send(spoofed)
        unwrap_msg(evil.send_and_get_reply(message_bus.GetId()))
        registered.call("Restart")
        shown = ""
        while "registered -> registering" not in shown:
            shown += process.stdout.readline()
        assert not re.search("evil|failure|has left", shown)
    finally:
        process.terminate()
        process.communicate()
        evil.close()


def test_every_other_verb_prints_nothing(registered, tmp_path):
    """A verb has a schema, or no output."""
    shown = subprocess.run([CTL, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout
    verbs = set(re.findall(r"^  ([a-z][a-z-]*)", shown[:shown.index("\nOptions:")], re.M)) - {"lwm2mctl"}
    described = {name[len("lwm2mctl-"):-len(".json")] for name in os.listdir(SCHEMAS)}
    silent = [["wait-online"], ["reload"], ["update", "1"], ["disable", "1", "1s"], ["restart", "--wait"],
              ["bootstrap", "--wait"], ["reset"], ["check", registered.config],
              ["set", f"/{BENCH}/0/0", "x"]]
    assert verbs == described | {words[0] for words in silent} and described <= verbs
    for words in silent:
        done = run(registered, "--json=pretty", *words)
        assert done.stdout == "" and (done.returncode == 0 or words[0] == "set"), (words, done.stderr)
