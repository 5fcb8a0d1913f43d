# SPDX-License-Identifier: Apache-2.0
"""lwm2mctl objects, get, set: what an operator or a script sees of Objects, and sets."""
import json
import subprocess

import pytest
from jeepney import DBusAddress, HeaderFields, new_method_call
from jeepney.wrappers import unwrap_msg

from gateway import BENCH, write_definitions
from harness import CTL, NAME, factory_server, settings
from lwm2m_peer import TEXT

# Resource, text of its type, the same in JSON (the Resources of gateway.py's Bench)
VALUES = [
    (0, "two words, 100 %", "two words, 100 %"),
    (1, "42", 42),
    (2, "-21.5", -21.5),
    (3, "true", True),
    (4, "base64:AAH/", "base64:AAH/"),
    (5, "2026-01-31T10:00:00Z", 1769853600),
    (6, "3:0", "3:0"),
    (7, "18446744073709551615", 18446744073709551615),
    (11, "</3303/0>", "</3303/0>"),
]


def path_of(resource, instance=0):
    return f"/{BENCH}/{instance}/{resource}"


@pytest.fixture
def gateway(daemon, server, tmp_path):
    """With two Object Instances of the configuration, one of them with a value of each type."""
    daemon.arguments.append("--object-directory=" + write_definitions(tmp_path / "definitions"))
    values = [{0: "x"}, {0: "x", 1: 7, 8: ["first", "second"]}]
    objects = [{"object": BENCH, "instance": number, "values": each} for number, each in enumerate(values)]
    daemon.start({**settings(servers=[factory_server(server.uri)]), "objects": objects})
    server.wait_registration()
    return daemon


def ctl(daemon, *words):
    return subprocess.run([CTL, f"--address={daemon.bus.address}", *words], capture_output=True, text=True,
                          timeout=30, check=False, stdin=subprocess.DEVNULL)


def get(daemon, *paths):
    """{path: text}"""
    done = ctl(daemon, "get", *paths)
    assert (done.returncode, done.stderr) == (0, "")
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_objects(gateway):
    shown = ctl(gateway, "objects")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert lines[0] == ["OBJECT", "VERSION", "INSTANCES"]
    assert [str(BENCH), "1.0", "0", "1"] in lines and ["3", "1.1", "0"] in lines
    assert [line[0] for line in lines[1:]] == sorted((line[0] for line in lines[1:]), key=int)
    for mode in "short", "pretty":
        objects = json.loads(ctl(gateway, f"--json={mode}", "objects").stdout)
        assert {"Object": BENCH, "Version": "1.0", "Instances": [0, 1]} in objects
        assert len(objects) == len(lines) - 1


def test_set_and_get_every_type(gateway, server):
    words = [word for resource, text, _ in VALUES for word in (path_of(resource), text)]
    done = ctl(gateway, "set", *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert get(gateway, path_of(0)[:-2]) == {path_of(resource): text for resource, text, _ in VALUES}
    shown = json.loads(ctl(gateway, "--json=short", "get", path_of(0)[:-2]).stdout)
    assert shown == [{"Path": path_of(resource), "Value": value} for resource, _, value in VALUES]
    assert server.read(path_of(2), accept=TEXT).text == "-21.5"


def test_get_paths_of_every_level(gateway):
    both = {path_of(0): "x", path_of(0, 1): "x", path_of(1, 1): "7", path_of(8, 1) + "/0": "first",
            path_of(8, 1) + "/1": "second"}
    assert get(gateway, f"/{BENCH}") == both
    assert get(gateway, path_of(8, 1) + "/1", path_of(0), path_of(0)) == {
        path_of(0): "x", path_of(8, 1) + "/1": "second"}
    shown = json.loads(ctl(gateway, "--json=pretty", "get", path_of(8, 1)).stdout)
    assert shown == [{"Path": path_of(8, 1), "Value": {"0": "first", "1": "second"}}]
    done = ctl(gateway, "--json=short", "get", path_of(8, 1), path_of(8, 1) + "/0")
    assert (done.returncode, done.stderr, json.loads(done.stdout)) == (0, "", shown)


def test_get_where_there_is_nothing(gateway):
    """The rest is shown; a Resource that servers may only write is not."""
    assert ctl(gateway, "set", path_of(9), "secret").returncode == 0
    absent = [path_of(2), path_of(9), f"/{BENCH}/7", "/4711"]
    for mode, first in ("off", f"{path_of(0)} x\n"), ("short", f'[{{"Path":"{path_of(0)}","Value":"x"}}]\n'):
        done = ctl(gateway, f"--json={mode}", "get", path_of(0), *absent)
        assert (done.returncode, done.stdout) == (1, first)
        assert done.stderr == "".join(f"There is no value at {path}.\n" for path in absent)


@pytest.mark.parametrize("path, value, reason", [
    (path_of(1), "many", "Integer"), (path_of(1), "1001", "range"), (path_of(2), "", "Float"),
    (path_of(8), "x", f"several instances, each is given by a path of its own, as {path_of(8)}/0"),
    (path_of(3), "yes", "Boolean"), (path_of(10), "1", None), (path_of(77), "1", None),
    (path_of(0, 7), "x", "nor under objects:"), ("/3/0/0", "x", "client itself"),
    ("/1/0/1", "60", "client itself"), (f"/{BENCH}/0", "x", None),
], ids=["no-number", "range", "empty", "all-instances", "no-boolean", "executable", "no-resource",
        "no-instance", "device", "server", "no-resource-path"])
def test_set_is_all_or_nothing(gateway, path, value, reason):
    """A path that cannot be set, before and behind one that can."""
    for words in (path_of(0), "new", path, value), (path, value, path_of(0), "new"):
        done = ctl(gateway, "set", *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert path in done.stderr and (reason or "") in done.stderr and done.stderr.count("\n") == 1
    assert get(gateway, f"/{BENCH}/0") == {path_of(0): "x"}


def test_what_is_set_is_notified_at_once(gateway, server):
    """In the group of values that one call has."""
    observation = server.observe_composite([path_of(0), path_of(1)])
    assert ctl(gateway, "set", path_of(1), "8", path_of(0), "y").returncode == 0
    assert observation.wait(1).code_text == "2.05"
    assert ctl(gateway, "set", path_of(1), "-5").returncode == 1     # below its range
    assert ctl(gateway, "set", path_of(1), "9").returncode == 0
    assert observation.wait(2).code_text == "2.05" and observation.count() == 2


def test_one_call_each(gateway):
    for words, member in ((["get", path_of(0), path_of(1, 1)], "GetTexts"),
                          (["--json=short", "get", path_of(0)], "GetValues"),
                          (["set", path_of(1), "3", path_of(2), "-4"], "SetValues"),
                          (["objects"], "GetObjects")):
        with gateway.bus.connect() as monitor:
            address = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  "org.freedesktop.DBus.Monitoring")
            rule = f"type='method_call',destination='{NAME}'"
            unwrap_msg(monitor.send_and_get_reply(
                new_method_call(address, "BecomeMonitor", "asu", ([rule], 0))))
            assert ctl(gateway, *words).returncode == 0
            gateway.get("Status")
            calls = []
            while not calls or calls[-1] != "Get":
                calls.append(monitor.receive(timeout=5).header.fields.get(HeaderFields.member))
        assert calls[-2:] == [member, "Get"]
