# SPDX-License-Identifier: Apache-2.0
"""lwm2mctl verb by verb, with its exit codes; words of lwm2m-clientd without a session (interface.md 1)."""
import json
import os
import re
import signal
import socket
import subprocess
import time
import uuid

import pytest
from jeepney import DBusAddress, HeaderFields, new_method_call
from jeepney.wrappers import unwrap_msg

from harness import BUS_CONFIG, CLIENTD, CTL, ENDPOINT, HASTY_COAP, START, factory_server, settings
from lwm2m_peer import POST, account, closed_port, code, finish

MANAGER_KEYS = {"Status", "SubStatus", "StatusTimestamp", "LastError", "Attempt", "RetryCount",
                "Bootstrapped", "NextRetryTimestamp", "LastBootstrapTimestamp", "EndpointName",
                "BootstrapServerURI", "BootstrapSecurityMode"}
SERVER_KEYS = {"ShortServerID", "ServerURI", "SecurityMode", "PeerAddress", "Cipher", "Lifetime", "Binding",
               "State", "LastRegistrationTimestamp", "NextUpdateTimestamp", "LastError"}


def run(words, environment=None):
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})


def ctl(daemon, *words):
    return run([CTL, f"--address={daemon.bus.address}", *words])


# --- looking -------------------------------------------------------------------------------------------


def test_status_is_the_default_verb(registered):
    by_default, named = ctl(registered), ctl(registered, "status")
    assert by_default.returncode == named.returncode == 0
    for word in ("registered", ENDPOINT, registered.get("BootstrapServerURI")):
        assert word in by_default.stdout and word in named.stdout


@pytest.mark.parametrize("option", [["--json=short"], ["--json", "short"], ["--json=pretty"]])
def test_json_has_the_names_of_the_properties(registered, server, option):
    status = json.loads(ctl(registered, *option, "status").stdout)
    assert MANAGER_KEYS <= set(status)
    assert (status["Status"], status["SubStatus"]) == ("registered", "idle")
    assert status["StatusTimestamp"] == registered.get("StatusTimestamp")
    servers = json.loads(ctl(registered, *option, "servers").stdout)
    assert SERVER_KEYS <= set(servers[0])
    assert (servers[0]["ServerURI"], servers[0]["State"]) == (server.uri, "registered")
    assert json.loads(ctl(registered, *option, "server", "1").stdout)["ShortServerID"] == 1
    lines = ctl(registered, "--json=short", "status").stdout.splitlines()
    assert len(lines) == 1
    assert ctl(registered, "--json=off", "status").stdout == ctl(registered, "status").stdout


def test_failure_is_explained(daemon, peers):
    bootstrap = peers.bootstrap(answer=code("4.03"))
    daemon.start(settings(bootstrap.uri, retry_count=0))
    daemon.wait_status("failure")
    shown = ctl(daemon, "status").stdout
    assert "failure" in shown and "BootstrapRejected" in shown and "4.03" in shown
    assert ctl(daemon, "status").returncode == 0, "the daemon answered; what it says is not an error of ours"


def test_server_of_an_unknown_id(registered):
    for word in ("4711", "0", "65536", "one", "-1"):
        done = ctl(registered, "server", word)
        assert done.returncode in (1, 2) and done.stderr, word
    assert ctl(registered, "server", "4711").returncode == 1


def test_servers_are_one_snapshot(daemon, peers):
    """One call, whatever the number of servers: the table is of one moment."""
    servers = [peers.server() for _ in range(3)]
    daemon.start(settings(servers=[factory_server(each.uri, i + 1) for i, each in enumerate(servers)]))
    daemon.wait_status("registered")
    for words in ["servers"], ["--json=short", "servers"], ["server", "2"]:
        with daemon.bus.connect() as monitor:
            address = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus",
                                  "org.freedesktop.DBus.Monitoring")
            rule = "type='method_call',destination='org.lwm2m.Client1'"
            unwrap_msg(monitor.send_and_get_reply(
                new_method_call(address, "BecomeMonitor", "asu", ([rule], 0))))
            assert ctl(daemon, *words).returncode == 0
            daemon.get("Status")
            calls = []
            while not calls or calls[-1] != "Get":
                calls.append(monitor.receive(timeout=5).header.fields.get(HeaderFields.member))
        assert calls[-2:] == ["GetManagedObjects", "Get"], words


def test_next_attempt_of_a_server_is_shown(daemon, peers):
    server = peers.server(answer=code("5.03"))
    retry = {"retry_count": 2, "retry_timer": "200s"}
    daemon.start(settings(servers=[factory_server(server.uri, retry=retry)]))
    daemon.wait_server(1, "State", "retry-wait")
    line = ctl(daemon, "servers").stdout.splitlines()[1]
    assert server.uri in line and re.search(r" in 3min +RegistrationRejected$", line)
    assert re.search(r"^ +Next attempt: .* \(in 3min\)$", ctl(daemon, "server", "1").stdout, re.MULTILINE)


def test_status_shows_the_end_of_a_disable(registered):
    """Where the Manager has no next attempt, the first one of a server is it."""
    registered.call_server(1, "Disable", "u", (200,))
    registered.wait_status("suspended")
    shown = ctl(registered, "status").stdout
    assert re.search(r"^ +Next attempt: .* \(in 3min\)$", shown, re.MULTILINE), shown


# --- monitor -------------------------------------------------------------------------------------------


@pytest.fixture
def monitor(registered):
    """Runs with a line already there."""
    process = subprocess.Popen([CTL, f"--address={registered.bus.address}", "monitor"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "Status: registered (" in process.stdout.readline()  # what is; it listens from here on
    yield process
    process.kill()
    process.communicate()


def read_until(process, words):
    while words not in (line := process.stdout.readline()):
        assert line, f"ended before {words!r}"


def test_monitor_prints_changes_until_interrupted(registered, monitor):
    registered.call("Restart")
    read_until(monitor, "registered -> registering")
    monitor.send_signal(signal.SIGINT)      # as a user ends it
    assert monitor.wait(5) == 0


def test_monitor_ends_when_its_output_is_closed(monitor):
    """As behind `| head -1`, without waiting for a change."""
    monitor.stdout.close()
    assert monitor.wait(5) == 0
    assert monitor.stderr.read() == ""
    monitor.stdout = None


def test_monitor_outlives_the_daemon_and_the_bus(registered, bus, monitor):
    registered.stop()
    read_until(monitor, "lwm2m-clientd has left the bus")
    registered.start()
    for words in "lwm2m-clientd has come to the bus", "Status: ", "-> registered":
        read_until(monitor, words)
    bus.stop()
    read_until(monitor, "The bus has gone, waiting for it")
    bus.start()
    read_until(monitor, "Status: registered (")
    registered.watch()
    registered.wait_property("Status", "registered")
    registered.call("Restart")
    read_until(monitor, "registered -> registering")


def test_monitor_writes_one_json_object_a_line(registered, bus):
    process = subprocess.Popen([CTL, f"--address={bus.address}", "--json=short", "monitor"],
                               stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(process.stdout.readline())["Status"] == "registered"
        registered.call("Restart")
        while json.loads(process.stdout.readline()).get("New") != "registered":
            pass
        bus.stop()
        while json.loads(process.stdout.readline())["Signal"] != "Disconnected":
            pass
    finally:
        process.terminate()
        process.communicate()


# --- controlling ---------------------------------------------------------------------------------------


def test_reload_says_what_is_not_in_force(daemon, peers):
    """A file that is missing counts as unchanged: no failure, and not said by the exit status alone."""
    config = settings(peers.black_hole().uri.replace("coap:", "coaps:"))
    config["bootstrap"]["server"] |= {"security_mode": "psk", "identity": "me", "key_file": "psk.hex"}
    key = os.path.join(daemon.folder, "psk.hex")
    with open(key, "w", encoding="ascii") as file:
        file.write("00" * 16)
    daemon.start(config)
    assert ctl(daemon, "reload").stderr == ""
    os.rename(key, key + ".away")
    done = ctl(daemon, "reload")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Not in force: {daemon.get('ConfigurationProblem')}\n"
    assert "'key_file' names a file that does not exist" in done.stderr


def test_reload_and_reset(registered, server, bootstrap):
    assert ctl(registered, "reload").returncode == 0
    assert registered.changes == START
    registered.configure("endpoint: [")
    done = ctl(registered, "reload")
    assert done.returncode == 1 and re.search(r"lwm2m-client\.yaml:\d+:\d+: ", done.stderr)
    assert ctl(registered, "reset").returncode == 0
    registered.wait_changes([("registered", "initial", ""), *START], after=len(START))


def test_restart_and_bootstrap_without_waiting(registered, server, bootstrap):
    assert ctl(registered, "restart").returncode == 0
    server.wait_registration(2)
    registered.wait_status("registered", number=2)
    assert ctl(registered, "bootstrap").returncode == 0
    bootstrap.wait_run(2)


def test_bootstrap_wait_ends_with_the_outcome_of_the_registration(daemon, server, peers):
    """0 when registered; 1 when the accounts that it brought lead nowhere."""
    scripts = [[*account(f"coap://127.0.0.1:{closed_port()}", r17=1, r20=1), finish()],
               [*account(server.uri), finish()]]
    bootstrap = peers.bootstrap(lambda bs, result: [bs.step(result, step) for step in scripts.pop(0)],
                                answers=[code("5.03")])
    daemon.start(settings(bootstrap.uri, coap=HASTY_COAP, retry_count=0))
    daemon.wait_status("failure")
    done = ctl(daemon, "bootstrap", "--wait")
    assert done.returncode == 1 and "Refused" in done.stderr
    assert daemon.status == "failure"
    assert ctl(daemon, "bootstrap", "--wait").returncode == 0
    assert daemon.status == "registered"


def test_wait_ends_with_the_outcome(registered, server, bootstrap):
    assert ctl(registered, "restart", "--wait").returncode == 0
    assert len(server.registrations) == 2
    assert ctl(registered, "bootstrap", "--wait").returncode == 0
    assert len(bootstrap.first_transmissions()) == 2 and registered.status == "registered"
    bootstrap.answer = None
    assert ctl(registered, "bootstrap", "--wait").returncode == 1


def test_restart_wait_is_1_where_everything_fails(daemon, peers):
    daemon.start(settings(servers=[factory_server(peers.black_hole().uri)], coap=HASTY_COAP))
    daemon.wait_status("failure")
    assert ctl(daemon, "restart", "--wait").returncode == 1


def test_refusals_of_the_daemon_are_1(daemon, peers):
    silent = peers.black_hole()
    daemon.start(settings(silent.uri))
    silent.wait_request(POST, "/bs")
    done = ctl(daemon, "bootstrap")
    assert done.returncode == 1 and done.stderr


def test_daemon_that_leaves_while_waiting_is_3(daemon, peers):
    silent = peers.black_hole()
    daemon.start(settings(servers=[factory_server(silent.uri)]))
    silent.wait_request(POST, "/rd")
    process = subprocess.Popen([CTL, f"--address={daemon.bus.address}", "restart", "--wait"],
                               stderr=subprocess.PIPE, text=True)
    silent.wait_request(POST, "/rd", number=3)      # the Restart() has come
    daemon.kill()
    _, told = process.communicate(timeout=10)
    assert process.returncode == 3 and told


# --- without a daemon ----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["no-such-verb"], ["--no-such-option"], ["server"], ["status", "more"],
                                   ["--json=yaml", "status"], ["status", "--wait"], ["reload", "--wait"],
                                   ["check"], ["check", "a", "b"], ["server", "first"],
                                   ["server", "65536"], ["--address=foo"], ["--address="], ["--address"],
                                   ["--address", "unix:nonsense"], ["-xy"], ["-x"], ["--help=more"],
                                   ["objects", "/3"], ["get"], ["get", "3303/0"], ["get", "/"],
                                   ["get", "/3", "--wait"],
                                   ["set"], ["set", "/3303/0/5700"], ["set", "3303", "1"],
                                   ["set", "/3303/0/5700", "1", "/3303/0/5701"],
                                   ["set", "/3303/0/5700", "1", "Cel", "2"],
                                   ["set", "/3303/0/5750", "-text"], ["set", "/3303/0/5750", b"\xff"]])
def test_wrong_words_are_2(bus, words):
    done = run([CTL, f"--address={bus.address}", *words])
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("lwm2mctl: ")
    assert not words[0].startswith("-x") or "'-x'" in done.stderr
    assert run([CTL, f"--address={bus.address}-none", *words]).returncode == 2


@pytest.mark.parametrize("words, told", [
    (["stauts"], "lwm2mctl: unknown verb 'stauts'; \"lwm2mctl --help\" names all\n"),
    (["get", "3303"], "lwm2mctl: '3303' is not a path, as /3/0/9\n"),
    (["send", "1"], "lwm2mctl: 'send' needs a path, as /3/0/9\n"),
])
def test_wrong_words_are_told_with_the_right_ones(bus, words, told):
    done = run([CTL, f"--address={bus.address}", *words])
    assert (done.returncode, done.stderr) == (2, told)


@pytest.mark.parametrize("words", [["status"], ["servers"], ["server", "1"], ["bootstrap"], ["reload"],
                                   ["restart", "--wait"], ["reset"], ["monitor"], ["objects"], ["get", "/3"],
                                   ["set", "/3303/0/5700", "-5"], ["set", "--", "/3303/0/5750", "-text"]])
def test_no_daemon_is_3(bus, words):
    """And nothing on standard output, which a script would take for an answer."""
    for address in (bus.address, bus.address + "-none"):
        for options in [], ["--json=short"]:
            done = run([CTL, f"--address={address}", *options, *words])
            assert (done.returncode, done.stdout) == (3, "") and done.stderr


def test_daemon_or_bus_that_hangs_is_3(registered, tmp_path):
    """What is waited for is told after 1 s; after 10 s it is not waited for."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{tmp_path}/silent")
        listener.listen()
        registered.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            hung = [(whom, subprocess.Popen([CTL, f"--address={address}", verb], stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True))
                    for verb in ("status", "monitor", "restart")
                    for address, whom in ((registered.bus.address, "lwm2m-clientd"),
                                          (f"unix:path={tmp_path}/silent", f"unix:path={tmp_path}/silent"))]
            for whom, process in hung:
                assert process.stderr.readline() == f"Waiting for the answer of {whom}...\n"
            assert 0.9 < time.monotonic() - began < 5
            for whom, process in hung:
                output, told = process.communicate(timeout=15)
                assert (process.returncode, output) == (3, "")
                assert told == f"{whom} has not answered within 10 s.\n"
            assert 9.9 < time.monotonic() - began < 15
        finally:
            registered.process.send_signal(signal.SIGCONT)


def test_daemon_that_answers_late_is_waited_for(registered):
    registered.process.send_signal(signal.SIGSTOP)
    try:
        late = subprocess.Popen([CTL, f"--address={registered.bus.address}", "servers"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        told = late.stderr.readline()
    finally:
        registered.process.send_signal(signal.SIGCONT)
    output, rest = late.communicate(timeout=10)
    assert (late.returncode, rest) == (0, "") and told.startswith("Waiting for ")
    assert registered.get_server(1, "ServerURI") in output


def test_address_of_the_environment_is_honoured(registered):
    done = run([CTL, "status"], {"DBUS_SYSTEM_BUS_ADDRESS": registered.bus.address})
    assert done.returncode == 0 and "registered" in done.stdout


def test_check_needs_no_bus(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("servers:\n  - short_server_id: 1\n    uri: coap://server.example.org\n"
                    "    security_mode: nosec\n")
    bad.write_text("bootstrap:\n  retry_cuont: 3\n")
    for path in (good, bad):
        path.chmod(0o600)
    nowhere = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path}/none"}
    done = run([CTL, "check", str(good)], nowhere)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run([CTL, "check", str(bad)], nowhere)
    messages = run([CLIENTD, "--check-config", f"--config={bad}"]).stderr
    assert (done.returncode, done.stderr) == (1, messages) and messages.startswith(f"{bad}:2:3: ")


def test_help_and_version():
    shown = run([CTL, "--help"])
    assert shown.returncode == 0
    for verb in ("status", "servers", "server", "monitor", "bootstrap", "restart", "reload", "reset",
                 "objects", "get", "set", "check"):
        assert re.search(rf"^ +{verb}\b", shown.stdout, re.MULTILINE), verb
    assert run([CTL, "--version"]).stdout.startswith("lwm2mctl ")


# --- lwm2m-clientd: words that start nothing -----------------------------------------------------------

ACCOUNT = """
servers:
  - short_server_id: 1
    uri: coap://server.example.org
    security_mode: nosec
"""


def print_endpoint(folder, line):
    path = folder / "client.yaml"
    path.write_text(line + ACCOUNT)
    path.chmod(0o600)
    done = run([CLIENTD, "--print-endpoint", "--config", str(path)],
               {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/none"})
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(os.listdir(folder)) == ["client.yaml", "name"]
    return done.stdout


def test_print_endpoint_fills_in_the_templates(tmp_path):
    (tmp_path / "name").write_text("from-a-file\n")
    assert print_endpoint(tmp_path, 'endpoint: "{hostname}/{{x"') == f"{socket.gethostname()}/{{x\n"
    assert print_endpoint(tmp_path, 'endpoint: "gw-{file:name}"') == "gw-from-a-file\n"
    by_default = print_endpoint(tmp_path, "")
    prefix, _, text = by_default.strip().rpartition(":")
    assert prefix == "urn:uuid" and str(uuid.UUID(text)) == text
    with open("/etc/machine-id", encoding="ascii") as file:
        assert uuid.UUID(text).hex != file.read().strip(), "the machine's own id is not given away"


@pytest.mark.parametrize("form", ["=", " "])
def test_options_take_both_forms(make_daemon, server, form):
    daemon = make_daemon()
    daemon.configure(settings(servers=[factory_server(server.uri)]))
    option = ["--log-level=err"] if form == "=" else ["--log-level", "err"]
    daemon.start(arguments=["--no-bus", *option])
    server.wait_registration()
    assert daemon.stop() == 0 and not daemon.lines


def test_state_directory_of_the_environment(make_daemon, server, tmp_path):
    daemon = make_daemon()
    daemon.configure(settings(servers=[factory_server(server.uri)]))
    state = tmp_path / "from-the-environment"
    state.mkdir()
    process = subprocess.Popen([CLIENTD, f"--config={daemon.config}", "--no-bus"], stderr=subprocess.DEVNULL,
                               env={**os.environ, "STATE_DIRECTORY": str(state)})
    try:
        server.wait_registration()
        assert server.write("/1/0/5", b"60").code_text == "2.04"
        assert (state / "current").exists()
    finally:
        process.terminate()
        assert process.wait(5) == 0


def test_log_has_one_line_each_without_a_priority_prefix(registered):
    assert not any(re.match(r"<\d+>", line) for line in registered.lines)


def test_looking_never_starts_the_daemon(tmp_path):
    """A bus that could activate the name: lwm2mctl does not ask it to."""
    marker = tmp_path / "activated"
    (tmp_path / "org.lwm2m.Client1.service").write_text(
        f"[D-BUS Service]\nName=org.lwm2m.Client1\nExec=/bin/sh -c 'touch {marker}; exit 1'\n")
    config = tmp_path / "bus.conf"
    config.write_text(BUS_CONFIG.format(path=tmp_path / "bus").replace(
        "<type>system</type>", f"<type>session</type><servicedir>{tmp_path}</servicedir>"))
    bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                            "--print-address"], stdout=subprocess.PIPE, text=True)
    try:
        address = bus.stdout.readline().strip()
        for verb in ("status", "bootstrap"):
            assert run([CTL, f"--address={address}", verb]).returncode == 3
            assert not marker.exists()
        run(["dbus-send", f"--bus={address}", "--dest=org.lwm2m.Client1", "--print-reply=literal", "/",
             "org.freedesktop.DBus.Peer.Ping"])     # ends with the activation, which fails
        assert marker.exists(), "the bus could have started it"
    finally:
        bus.terminate()
        bus.wait(5)
        bus.stdout.close()
